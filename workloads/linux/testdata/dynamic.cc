// C++ with its library: exceptions across libraries, containers, streams,
// run-time types, threads.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

struct Base {
	virtual ~Base() = default;
	virtual int value() const = 0;
};
template <int N> struct Derived : Base {
	int value() const override { return N; }
};

static int thrower(int depth)
{
	std::string guard(100, 'x');
	if (depth == 0)
		throw std::out_of_range("thrown at the bottom");
	return thrower(depth - 1) + static_cast<int>(guard.size());
}

int main(int argc, char **)
{
	try {
		thrower(20);
	} catch (const std::logic_error &e) {
		std::cout << "caught " << e.what() << '\n';
	}
	try {
		std::vector<int>(3).at(7);
	} catch (const std::exception &e) {
		std::cout << typeid(e).name() << '\n';
	}
	std::map<std::string, std::unique_ptr<Base>> m;
	m["one"] = std::make_unique<Derived<1>>();
	m["two"] = std::make_unique<Derived<2>>();
	for (auto &[name, base] : m)
		std::cout << name << ' ' << base->value() << ' ' << (dynamic_cast<Derived<2> *>(base.get()) != nullptr) << '\n';
	std::mutex lock;
	std::vector<std::thread> threads;
	long sum = 0;
	for (int i = 0; i < 4; i++)
		threads.emplace_back([&, i] {
			for (int k = 0; k < 1000; k++) {
				std::lock_guard g(lock);
				sum += i * k;
			}
		});
	for (auto &t : threads)
		t.join();
	std::vector<double> v(1000);
	for (size_t i = 0; i < v.size(); i++)
		v[i] = (i * 7919) % 1000 / 8.0;
	std::sort(v.begin(), v.end());
	std::ostringstream s;
	s.precision(10);
	s << sum << ' ' << v[10] << ' ' << v.back();
	std::cout << s.str() << std::endl;
	return argc;
}

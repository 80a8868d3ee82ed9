// std::thread and what goes with it.
// run: 400
// timed: 16
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <numeric>
#include <queue>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static thread_local std::string own = "fresh";
static std::once_flag once;
static int initialised;

template <class T> class Channel {
	std::queue<T> q;
	std::mutex m;
	std::condition_variable c;
	bool closed = false;

public:
	void send(T v)
	{
		std::lock_guard l(m);
		q.push(std::move(v));
		c.notify_one();
	}
	void close()
	{
		std::lock_guard l(m);
		closed = true;
		c.notify_all();
	}
	bool receive(T &v)
	{
		std::unique_lock l(m);
		c.wait(l, [&] { return closed || !q.empty(); });
		if (q.empty())
			return false;
		v = std::move(q.front());
		q.pop();
		return true;
	}
};

static long fib(int n)
{
	if (n < 2)
		return n;
	if (n < 8)
		return fib(n - 1) + fib(n - 2);
	auto f = std::async(std::launch::async, fib, n - 1);
	long b = fib(n - 2);
	return f.get() + b;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	Channel<std::string> channel;
	std::atomic<long> bytes{0};
	std::vector<std::thread> workers;
	for (int i = 0; i < 3; i++)
		workers.emplace_back([&, i] {
			std::call_once(once, [] { initialised++; });
			own += std::to_string(i);
			std::string s;
			while (channel.receive(s))
				bytes += s.size() + (own.size() == 6 ? 0 : 1000000);
		});
	for (int i = 0; i < n; i++)
		channel.send(std::to_string(i * i));
	channel.close();
	for (auto &w : workers)
		w.join();
	printf("%ld %d %s\n", bytes.load(), initialised, own.c_str());
	printf("%ld\n", fib(n > 100 ? 12 : 9));
	auto failing = std::async(std::launch::async, []() -> int { throw std::runtime_error("from another thread"); });
	try {
		failing.get();
	} catch (const std::exception &e) {
		printf("%s\n", e.what());
	}
	std::promise<int> promise;
	auto future = promise.get_future();
	printf("%d\n", future.wait_for(200us) == std::future_status::timeout);
	std::thread([&] { promise.set_value(6); }).join();
	printf("%d\n", future.get());
	std::promise<void> broken;
	auto never = broken.get_future();
	{
		std::promise<void> gone = std::move(broken);
	}
	try {
		never.get();
	} catch (const std::future_error &e) {
		printf("%d\n", e.code() == std::future_errc::broken_promise);
	}
	std::shared_mutex shared;
	std::mutex a, b;
	long value = 0, reads = 0;
	std::atomic<int> finished{0};
	std::vector<std::thread> more;
	for (int i = 0; i < 4; i++)
		more.emplace_back([&, i] {
			for (int k = 0; k < n / 4; k++)
				if (i % 2) {
					std::unique_lock l(shared);
					value += i;
				} else {
					std::shared_lock l(shared);
					if (value < 0)
						std::abort();
					std::scoped_lock both(i ? a : b, i ? b : a);
					reads++;
				}
			finished.fetch_add(1, std::memory_order_release);
		});
	for (auto &t : more)
		t.join();
	printf("%ld %ld %d\n", value, reads, finished.load());
	std::recursive_mutex r;
	std::timed_mutex timed;
	std::lock_guard l1(r), l2(r);
	timed.lock();
	std::thread([&] { printf("%d\n", timed.try_lock_for(200us)); }).join();
	std::packaged_task<int(int)> task([](int x) { return x + 1; });
	auto result = task.get_future();
	std::thread(std::move(task), 41).join();
	printf("%d\n", result.get());
	auto pointer = std::make_shared<int>(5);
	std::thread([p = pointer] { ++*p; }).join();
	printf("%d %ld\n", *pointer, pointer.use_count());
	auto start = std::chrono::steady_clock::now();
	std::this_thread::sleep_for(300us);
	printf("%d\n", std::chrono::steady_clock::now() - start >= 300us);
	std::this_thread::yield();
}

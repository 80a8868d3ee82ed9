// Exceptions: through frames with destructors, nested, rethrown, across
// threads; standard ones; one that nobody catches is told apart by its code.
// run: 60
// timed: 6
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

static int alive, total;
struct Guard {
	int id;
	explicit Guard(int i) : id(i) { alive++; }
	~Guard()
	{
		alive--;
		total += id;
	}
};
struct Base : std::exception {
	const char *what() const noexcept override { return "base"; }
};
struct Derived : Base {
	int depth;
	explicit Derived(int d) : depth(d) {}
	const char *what() const noexcept override { return "derived"; }
};

__attribute__((noinline)) static int descend(int n)
{
	Guard g(n);
	if (n == 0)
		throw Derived(7);
	std::string text(n, 'x');
	return descend(n - 1) + (int)text.size();
}

struct Member {
	Guard a{100};
	std::unique_ptr<Guard> b{new Guard(200)};
	explicit Member(bool fail) : c(fail ? throw std::runtime_error("in a constructor") : 1) {}
	int c;
};

static void nested(int n)
{
	try {
		if (n == 0)
			throw std::out_of_range("innermost");
		nested(n - 1);
	} catch (...) {
		std::throw_with_nested(std::runtime_error("level " + std::to_string(n)));
	}
}
static void print(const std::exception &e, int depth = 0)
{
	printf("%*s%s\n", depth, "", e.what());
	try {
		std::rethrow_if_nested(e);
	} catch (const std::exception &inner) {
		print(inner, depth + 1);
	}
}
template <class F> static void caught(const char *name, F f)
{
	try {
		f();
		printf("%s: nothing\n", name);
	} catch (const std::bad_alloc &e) {
		printf("%s: bad_alloc\n", name);
	} catch (const std::logic_error &e) {
		printf("%s: logic_error\n", name);
	} catch (const std::bad_cast &e) {
		printf("%s: bad_cast\n", name);
	} catch (const std::exception &e) {
		printf("%s: exception %s\n", name, e.what());
	} catch (int i) {
		printf("%s: int %d\n", name, i);
	} catch (const char *s) {
		printf("%s: %s\n", name, s);
	} catch (...) {
		printf("%s: something\n", name);
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 5, depths = 0;
	for (int i = 0; i < n; i++)
		try {
			descend(i);
		} catch (const Base &e) {
			depths += dynamic_cast<const Derived &>(e).depth;
		}
	printf("%d alive %d total %d\n", depths, alive, total);
	caught("member", [] { Member m(true); });
	printf("alive %d\n", alive);
	caught("fine", [] { Member m(false); });
	caught("at", [] { std::vector<int>(3).at(3); });
	caught("stoi", [] { (void)std::stoi("x"); });
	caught("new", [] { volatile size_t huge = size_t(1) << 62; char *volatile p = new char[huge]; delete[] p; });
	caught("cast", [] { Base b; std::exception &e = b; (void)dynamic_cast<Derived &>(e); });
	caught("int", [] { throw 42; });
	caught("text", [] { throw "a text"; });
	caught("other", [] { throw 1.5; });
	caught("rethrown", [] {
		std::exception_ptr p;
		try {
			throw std::runtime_error("kept");
		} catch (...) {
			p = std::current_exception();
		}
		std::rethrow_exception(p);
	});
	try {
		nested(3);
	} catch (const std::exception &e) {
		print(e);
	}
	printf("uncaught %d\n", std::uncaught_exceptions());
	fflush(stdout);
	std::set_terminate([] {
		printf("terminated\n");
		fflush(stdout);
		_Exit(33);
	});
	[]() noexcept { throw 1; }();
}

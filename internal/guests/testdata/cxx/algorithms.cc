// The algorithms of the standard library.
// run: 1000
// timed: 30
#include <algorithm>
#include <charconv>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
#include <numeric>
#include <random>
#include <string>
#include <valarray>
#include <vector>

static long hash(const std::vector<int> &v)
{
	return std::accumulate(v.begin(), v.end(), 0L, [](long h, int x) { return (h * 31 + x) % 1000000007; });
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 20;
	std::mt19937 r(5);
	std::vector<int> v(n);
	std::generate(v.begin(), v.end(), [&] { return (int)(r() % 5000); });
	printf("made %ld\n", hash(v));
	auto s = v;
	std::sort(s.begin(), s.end());
	printf("sort %ld %d\n", hash(s), std::is_sorted(s.begin(), s.end()));
	auto t = v;
	std::stable_sort(t.begin(), t.end(), [](int a, int b) { return a % 100 < b % 100; });
	printf("stable %ld\n", hash(t));
	std::partial_sort(t.begin(), t.begin() + n / 4, t.end());
	t.resize(n / 4);
	printf("partial %ld\n", hash(t));
	t = v;
	std::nth_element(t.begin(), t.begin() + n / 2, t.end());
	printf("nth %d\n", t[n / 2]);
	std::make_heap(t.begin(), t.end());
	std::sort_heap(t.begin(), t.end());
	printf("heap %d\n", t == s);
	printf("bounds %td %td %d\n", std::lower_bound(s.begin(), s.end(), 2500) - s.begin(), std::upper_bound(s.begin(), s.end(), s[3]) - s.begin(), std::binary_search(s.begin(), s.end(), s[n / 3]));
	s.erase(std::unique(s.begin(), s.end()), s.end());
	std::rotate(s.begin(), s.begin() + s.size() / 3, s.end());
	printf("unique, rotate %ld\n", hash(s));
	std::shuffle(s.begin(), s.end(), r);
	printf("shuffle %ld\n", hash(s));
	auto mid = std::stable_partition(s.begin(), s.end(), [](int x) { return x & 1; });
	printf("partition %td %ld\n", mid - s.begin(), hash(s));
	std::sort(s.begin(), mid);
	std::sort(mid, s.end());
	std::inplace_merge(s.begin(), mid, s.end());
	printf("merge %ld\n", hash(s));
	std::vector<int> evens, both;
	std::copy_if(s.begin(), s.end(), std::back_inserter(evens), [](int x) { return x % 2 == 0; });
	std::set_difference(s.begin(), s.end(), evens.begin(), evens.end(), std::back_inserter(both));
	printf("difference %ld\n", hash(both));
	std::transform(v.begin(), v.end(), v.begin(), std::negate<int>());
	std::partial_sum(v.begin(), v.end(), v.begin());
	std::adjacent_difference(v.begin(), v.end(), v.begin());
	auto [lo, hi] = std::minmax_element(v.begin(), v.end());
	printf("sums %ld %d %d %d\n", hash(v), *lo, *hi, std::inner_product(v.begin(), v.end(), v.begin(), 0) % 1000);
	std::string p = "abcd";
	int count = 0;
	long h = 0;
	while (std::next_permutation(p.begin(), p.end()))
		count++, h = h * 7 + p[0] + p[3] * 3;
	printf("permutations %d %ld\n", count, h);
	std::uniform_int_distribution<int> ui(1, 6);
	std::normal_distribution<double> nd(0, 1);
	std::mt19937_64 r64(9);
	double sum = 0;
	int dice = 0;
	for (int i = 0; i < n; i++)
		dice += ui(r), sum += nd(r64);
	printf("random %d %a\n", dice, sum);
	std::complex<double> z(1, 2);
	z = std::exp(z) * std::conj(z) / std::sqrt(z);
	printf("complex %a %a\n", z.real(), z.imag());
	std::valarray<double> va{1, 2, 3, 4};
	va = va * va + 0.5;
	printf("valarray %g %g\n", va.sum(), std::sqrt(va)[2]);
	char buf[64] = "";
	auto end = std::to_chars(buf, buf + 64, 0.1 + 0.2).ptr;
	*end = 0;
	int parsed = 0;
	std::from_chars("12345x", "12345x" + 5, parsed);
	printf("charconv %s %d gcd %d %d\n", buf, parsed, std::gcd(84, 36), std::lcm(4, 6));
	std::function<int(int)> fib = [&](int k) { return k < 2 ? k : fib(k - 1) + fib(k - 2); };
	printf("function %d %d\n", fib(10), std::bind(std::minus<int>(), std::placeholders::_2, 3)(1, 10));
}

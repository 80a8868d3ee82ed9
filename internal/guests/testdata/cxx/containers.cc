// The containers of the standard library.
// run: 1000
// timed: 40
#include <array>
#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 20;
	std::vector<int> v;
	std::map<int, std::string> m;
	std::unordered_map<std::string, int> u;
	std::set<int> s;
	std::multiset<int> ms;
	std::deque<int> d;
	std::list<int> l;
	std::forward_list<int> f;
	std::priority_queue<int> q;
	std::unordered_set<long> us;
	unsigned x = 7;
	for (int i = 0; i < n; i++) {
		x = x * 1103515245 + 12345;
		int k = x >> 16 & 1023;
		v.push_back(k);
		m[k] += std::to_string(i) + ",";
		u["key" + std::to_string(k % 100)] += i;
		s.insert(k);
		ms.insert(k % 10);
		i % 2 ? d.push_back(k) : d.push_front(k);
		l.push_back(k);
		f.push_front(k);
		q.push(k);
		us.insert((long)k * k);
		if (i % 5 == 4) {
			d.pop_front();
			s.erase(k);
			m.erase(m.begin());
		}
	}
	long h = 0;
	for (int k : v)
		h = h * 31 + k;
	printf("vector %zu %ld\n", v.size(), h);
	h = 0;
	for (auto &[k, t] : m)
		h = h * 31 + k + (long)t.size();
	printf("map %zu %ld %s\n", m.size(), h, m.rbegin()->second.c_str());
	h = 0;
	for (auto &[k, t] : u)
		h += t + (long)k.size();
	printf("unordered_map %zu %ld %d\n", u.size(), h, u.count("key0") ? 1 : 0);
	printf("set %zu %d multiset %zu %zu\n", s.size(), *s.lower_bound(100), ms.size(), ms.count(3));
	printf("deque %zu %d %d\n", d.size(), d.front(), d.back());
	l.sort();
	l.unique();
	l.remove_if([](int k) { return k % 3 == 0; });
	l.reverse();
	f.sort();
	printf("list %zu %d forward %d\n", l.size(), l.front(), f.front());
	h = 0;
	while (!q.empty()) {
		h = (h * 33 + q.top()) % 1000000007;
		q.pop();
	}
	printf("queue %ld unordered_set %zu\n", h, us.size());

	std::string t = "The quick brown fox";
	t.replace(4, 5, "slow").insert(0, ">> ").append(" jumps", 6);
	printf("%s %zu %zu %s\n", t.c_str(), t.find("fox"), t.rfind('o'), t.substr(3, 8).c_str());
	std::wstring w = L"wide";
	w += L" text";
	printf("%zu %d\n", w.size(), w.compare(L"wide text"));
	std::array<int, 5> a{3, 1, 4, 1, 5};
	std::bitset<70> b(0x123456789);
	b.flip(69);
	std::tuple<int, double, std::string> tup{1, 2.5, "three"};
	std::variant<int, std::string> var = "text";
	std::optional<int> none, some = 4;
	printf("%d %zu %s %g %s %d %d\n", a[2], b.count(), b.to_string().substr(0, 4).c_str(), std::get<1>(tup), std::get<std::string>(var).c_str(), none.value_or(9), *some);
	std::stack<int> st;
	for (int i : a)
		st.push(i);
	std::vector<std::vector<std::string>> nest(3, std::vector<std::string>(2, "deep"));
	auto copy = nest;
	copy[1][1] = "changed";
	std::swap(copy, nest);
	printf("%d %s %s\n", st.top(), nest[1][1].c_str(), copy[1][1].c_str());
	std::vector<bool> flags(n);
	for (int i = 0; i < n; i += 3)
		flags[i] = true;
	int set = 0;
	for (bool on : flags)
		set += on;
	printf("%d\n", set);
}

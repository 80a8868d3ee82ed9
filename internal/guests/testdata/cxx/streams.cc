// Streams: formats, parsing, files, the standard input.
// run:
// stdin: 12 0x1f 3.25 word\nthe rest of it\n7 8 9 x
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <unistd.h>

struct Point {
	int x, y;
};
static std::ostream &operator<<(std::ostream &o, const Point &p) { return o << '(' << p.x << ',' << p.y << ')'; }
static std::istream &operator>>(std::istream &i, Point &p)
{
	char c;
	return i >> c >> p.x >> c >> p.y >> c;
}

int main()
{
	std::cout << 1 << ' ' << -2L << ' ' << 3.5 << ' ' << 'c' << ' ' << true << ' ' << "text" << '\n';
	std::cout << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << ' ' << std::dec << std::noshowbase << 10 << '\n';
	std::cout << std::setw(8) << 42 << '|' << std::left << std::setw(8) << 42 << '|' << std::internal << std::setfill('0') << std::setw(8) << -42 << '|' << std::setfill(' ') << std::right << '\n';
	std::cout << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::scientific << 31415.9 << ' ' << std::hexfloat << 0.1 << ' ' << std::defaultfloat << std::setprecision(17) << 0.1 << '\n';
	std::cout << std::boolalpha << true << ' ' << std::showpos << 5 << std::noshowpos << ' ' << std::uppercase << std::hex << 0xbeef << std::nouppercase << std::dec << '\n';
	std::cout << std::numeric_limits<double>::infinity() << ' ' << std::numeric_limits<long>::min() << ' ' << 1.0L / 3 << '\n';
	std::cout << Point{3, -4} << ' ' << std::quoted("a \"b\"") << '\n';
	int a, b;
	double d;
	std::string w, line;
	std::cin >> a >> std::hex >> b >> std::dec >> d >> w;
	std::cout << a << ' ' << b << ' ' << d << ' ' << w << '\n';
	std::getline(std::cin, line);
	std::getline(std::cin, line);
	std::cout << '[' << line << "]\n";
	int sum = 0, x;
	while (std::cin >> x)
		sum += x;
	std::cout << sum << ' ' << std::cin.fail() << ' ' << std::cin.eof() << '\n';
	std::istringstream in("(5,6) 7 (8,x) rest");
	Point p{};
	in >> p >> x;
	std::cout << p << x << ' ' << (bool)(in >> p) << '\n';
	in.clear();
	std::stringstream both;
	for (int i = 0; i < 10; i++)
		both << i * i << (i % 3 ? "," : ";");
	while (std::getline(both, w, ';'))
		std::cout << '<' << w << '>';
	std::cout << '\n';
	std::string name = "/tmp/guest-stream-" + std::to_string(getpid());
	{
		std::ofstream out(name);
		for (int i = 0; i < 100; i++)
			out << "row " << i << '\n';
	}
	std::fstream f(name, std::ios::in | std::ios::out);
	f.seekp(4);
	f << 'X';
	f.seekg(0);
	int rows = 0;
	while (std::getline(f, line))
		rows += line.size();
	f.clear();
	f.seekg(0, std::ios::end);
	std::cout << rows << ' ' << f.tellg() << '\n';
	f.close();
	std::remove(name.c_str());
	std::ifstream gone(name);
	std::cout << gone.is_open() << ' ' << !gone << '\n';
	std::cout.imbue(std::locale::classic());
	std::wcout.flush();
	std::cerr << "to the other\n";
	std::cout << std::setw(6) << std::put_money(123) << std::endl;
	return std::cout.good() ? 4 : 5;
}

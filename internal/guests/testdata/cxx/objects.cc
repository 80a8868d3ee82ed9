// Objects: virtual calls, multiple and virtual inheritance, RTTI, static
// initialisation, smart pointers, regular expressions.
// run: 300
// timed: 10
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <typeinfo>
#include <vector>

static int order;
struct Static {
	const char *name;
	explicit Static(const char *n) : name(n) { printf("made %s %d\n", name, ++order); }
	~Static() { printf("gone %s %d\n", name, ++order); }
};
static Static first("first"), second("second");
static Static &local()
{
	static Static s("local");
	return s;
}

struct Shape {
	virtual ~Shape() = default;
	virtual double area() const = 0;
	virtual const char *name() const { return "shape"; }
};
struct Square : Shape {
	double a;
	explicit Square(double x) : a(x) {}
	double area() const override { return a * a; }
	const char *name() const override { return "square"; }
};
struct Circle final : Shape {
	double r;
	explicit Circle(double x) : r(x) {}
	double area() const override { return 3 * r * r; }
};
struct Top {
	int t = 1;
	virtual int get() { return t; }
	virtual ~Top() {}
};
struct Left : virtual Top {
	int l = 2;
	int get() override { return l + t; }
};
struct Right : virtual Top {
	int r = 3;
	virtual int other() { return r; }
};
struct Bottom : Left, Right {
	int get() override { return Left::get() * 10 + other(); }
	int other() override { return r * t; }
};
struct Node : std::enable_shared_from_this<Node> {
	std::vector<std::shared_ptr<Node>> children;
	std::weak_ptr<Node> parent;
	static int count;
	Node() { count++; }
	~Node() { count--; }
	void add(std::shared_ptr<Node> n)
	{
		n->parent = shared_from_this();
		children.push_back(std::move(n));
	}
};
int Node::count;

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	local();
	std::vector<std::unique_ptr<Shape>> shapes;
	for (int i = 0; i < n; i++)
		if (i % 3)
			shapes.push_back(std::make_unique<Square>(i));
		else
			shapes.push_back(std::make_unique<Circle>(i));
	double sum = 0;
	int squares = 0;
	for (auto &s : shapes)
		sum += s->area(), squares += dynamic_cast<Square *>(s.get()) != nullptr;
	printf("%g %d %s %s\n", sum, squares, shapes[0]->name(), shapes[1]->name());
	Bottom b;
	Top *top = &b;
	Right *right = dynamic_cast<Right *>(top);
	printf("%d %d %d\n", top->get(), right->other(), dynamic_cast<Left *>(right) == &b);
	printf("%s %d\n", typeid(*top).name(), typeid(*top) == typeid(Bottom));
	auto root = std::make_shared<Node>();
	for (int i = 0; i < 5; i++)
		root->add(std::make_shared<Node>());
	auto child = root->children[2];
	printf("%d %ld %d\n", Node::count, root.use_count(), child->parent.lock() == root);
	root.reset();
	printf("%d %d\n", Node::count, child->parent.expired());
	int (Top::*member)() = &Top::get;
	printf("%d\n", (top->*member)());
	std::regex r("(\\w+)@(\\w+)\\.com");
	std::string text = "ann@one.com, bob@two.com; nobody";
	for (std::sregex_iterator i(text.begin(), text.end(), r), end; i != end; ++i)
		printf("<%s|%s>", (*i)[1].str().c_str(), (*i)[2].str().c_str());
	printf("%s\n", std::regex_replace(text, r, "$2").c_str());
}

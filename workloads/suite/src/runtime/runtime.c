// Arguments, output and memory of a workload. It needs the system calls of
// start.S and nothing else.
#include "runtime.h"

int64_t sys_write(int fd, const void *bytes, size_t n);
_Noreturn void sys_exit(int code);
void *sys_map(size_t bytes);

enum { STDOUT = 1, STDERR = 2 };

// A line under construction; what does not fit is dropped.
struct line {
	size_t n;
	char text[256];
};

static void put(struct line *l, const char *s)
{
	for (; *s && l->n < sizeof l->text; s++)
		l->text[l->n++] = *s;
}

static void put_number(struct line *l, uint64_t x)
{
	char digits[21];
	size_t i = sizeof digits - 1;
	digits[i] = 0;
	do
		digits[--i] = (char)('0' + x % 10);
	while (x /= 10);
	put(l, digits + i);
}

static void put_hex(struct line *l, uint64_t x)
{
	char digits[17];
	for (int i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[(x >> (60 - 4 * i)) & 15];
	digits[16] = 0;
	put(l, "0x");
	put(l, digits);
}

// print writes the line and a newline.
static void print(struct line *l, int fd)
{
	l->n = l->n < sizeof l->text ? l->n : sizeof l->text - 1;
	l->text[l->n++] = '\n';
	for (size_t done = 0; done < l->n;) {
		int64_t n = sys_write(fd, l->text + done, l->n - done);
		if (n <= 0)
			sys_exit(1);
		done += (size_t)n;
	}
}

static _Noreturn void stop(int code, const char *why)
{
	struct line l = {0};
	put(&l, workload.name);
	put(&l, ": ");
	put(&l, why);
	print(&l, STDERR);
	sys_exit(code);
}

void fail(const char *why) { stop(1, why); }

void reject(const char *why) { stop(2, why); }

void *allocate(size_t bytes)
{
	void *p = sys_map(bytes);
	if ((intptr_t)p < 0 && (intptr_t)p >= -4095)
		fail("out of memory");
	return p;
}

static _Noreturn void usage(void)
{
	struct line l = {0};
	put(&l, "usage: ");
	put(&l, workload.name);
	put(&l, " ");
	put(&l, workload.size.name);
	put(&l, " [");
	put(&l, workload.rounds.name);
	if (workload.extra.name) {
		put(&l, " [");
		put(&l, workload.extra.name);
		put(&l, "]");
	}
	put(&l, "]");
	print(&l, STDERR);
	sys_exit(2);
}

static _Noreturn void reject_number(const struct parameter *p, const char *s)
{
	struct line l = {0};
	put(&l, workload.name);
	put(&l, ": ");
	put(&l, p->name);
	put(&l, " must be a number from ");
	put_number(&l, p->min);
	put(&l, " to ");
	put_number(&l, p->max);
	put(&l, ", not \"");
	put(&l, s);
	put(&l, "\"");
	print(&l, STDERR);
	sys_exit(2);
}

// number reads a decimal argument within the parameter's range.
static uint64_t number(const struct parameter *p, const char *s)
{
	uint64_t x = 0;
	if (!*s)
		reject_number(p, s);
	for (const char *c = s; *c; c++) {
		if (*c < '0' || *c > '9')
			reject_number(p, s);
		x = x * 10 + (uint64_t)(*c - '0');
		if (x > p->max)
			reject_number(p, s);
	}
	if (x < p->min)
		reject_number(p, s);
	return x;
}

uint64_t extra;

// start is the program: _start calls it with the arguments of the process.
_Noreturn void start(int64_t argc, char **argv)
{
	if (argc < 2 || argc > (workload.extra.name ? 4 : 3))
		usage();
	uint64_t size = number(&workload.size, argv[1]);
	uint64_t rounds = argc >= 3 ? number(&workload.rounds, argv[2]) : workload.rounds.fallback;
	if (workload.extra.name)
		extra = argc == 4 ? number(&workload.extra, argv[3]) : workload.extra.fallback;
	uint64_t sum = run(size, rounds);
	struct line l = {0};
	put(&l, workload.name);
	put(&l, " ");
	put_number(&l, size);
	put(&l, " ");
	put_number(&l, rounds);
	if (argc == 4) {
		put(&l, " ");
		put_number(&l, extra);
	}
	put(&l, " checksum ");
	put_hex(&l, sum);
	print(&l, STDOUT);
	sys_exit(0);
}

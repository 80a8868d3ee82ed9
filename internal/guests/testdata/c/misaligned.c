// Loads and stores at every offset, across cache lines and pages.
// run: 64
// timed: 8
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t digest;
static void mix(uint64_t v) { digest = (digest ^ v) * 1099511628211u; }
#define load(op, at) ({ uint64_t r_; __asm__ volatile(op " %0, 0(%1)" : "=r"(r_) : "r"(at) : "memory"); r_; })
#define store(op, at, v) __asm__ volatile(op " %1, 0(%0)" ::"r"(at), "r"(v) : "memory")

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 8;
	unsigned char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 3 * 4096; i++)
		p[i] = i * 37 + i / 256;
	for (int i = 0; i < n; i++) {
		unsigned char *at = p + 4096 - n / 2 + i, expect[8];
		memcpy(expect, at, 8);
		mix(load("ld", at));
		mix(load("lw", at));
		mix(load("lwu", at));
		mix(load("lh", at));
		mix(load("lhu", at));
		mix(load("lb", at));
		double d;
		float f;
		__asm__ volatile("fld %0, 0(%1)" : "=f"(d) : "r"(at) : "memory");
		__asm__ volatile("flw %0, 0(%1)" : "=f"(f) : "r"(at) : "memory");
		if (memcmp(&d, expect, 8) || memcmp(&f, expect, 4))
			return 1;
		store("sd", at, i * 0x0123456789abcdefu);
		store("sw", at + 3, i * 0x9e3779b9u);
		store("sh", at + 5, i * 0x1235u);
		store("sb", at + 8, i);
		__asm__ volatile("fsd %1, 0(%0)" ::"r"(at + 4096), "f"(i * 0.1) : "memory");
		__asm__ volatile("fsw %1, 0(%0)" ::"r"(at + 4096 + 3), "f"(i * 0.1f) : "memory");
	}
	for (int i = 0; i < 3 * 4096; i++)
		mix(p[i]);
	printf("%lx\n", digest);
	return 0;
}

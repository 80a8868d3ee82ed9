// Rounding modes and exception flags, fused multiply-add, conversions.
// run: 11
// timed: 2
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void flags(void)
{
	int f = fetestexcept(FE_ALL_EXCEPT);
	printf("%s%s%s%s%s ", f & FE_INVALID ? "v" : "-", f & FE_DIVBYZERO ? "z" : "-", f & FE_OVERFLOW ? "o" : "-", f & FE_UNDERFLOW ? "u" : "-", f & FE_INEXACT ? "x" : "-");
	feclearexcept(FE_ALL_EXCEPT);
}

#define show(e) (r = (e), printf("%016lx ", bits(r)), flags())
static unsigned long bits(double d)
{
	unsigned long w;
	memcpy(&w, &d, 8);
	return w;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? atoi(argv[1]) : 3;
	static const double v[] = {1, 3, 0.1, -2.5, 1e308, 4.9e-324, 2.2250738585072014e-308, 1e16, 0, INFINITY, 0x1.fffffffffffffp1023};
	static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
	feclearexcept(FE_ALL_EXCEPT);
	for (unsigned m = 0; m < 4; m++) {
		fesetround(modes[m]);
		for (unsigned i = 0; i < n; i++) {
			for (unsigned j = 0; j < sizeof v / sizeof *v; j++) {
				volatile double a = v[i], b = v[j], r;
				show(a + b);
				show(a - b);
				show(a * b);
				show(a / b);
				show(__builtin_fma(a, b, -a));
			}
			volatile double a = v[i], r;
			volatile float f;
			show(sqrt(a));
			show(f = (float)a);
			show((double)lrint(fabs(a) < 1e18 ? a : 5.5));
			printf("\n");
		}
		volatile long big = 0x7fffffffffffffff;
		volatile double r;
		show((double)big);
		show((double)(unsigned long)big);
		show((float)big);
		printf("%d\n", fegetround() == modes[m]);
	}
	fesetround(FE_TONEAREST);
	long out;
	static const double limits[] = {9223372036854775808.0, -9223372036854775808.0, NAN, INFINITY, -1, 4294967295.5, 2147483648.0, -2147483649.0};
	for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
		__asm__ volatile("fcvt.l.d %0, %1, rtz" : "=r"(out) : "f"(limits[i]));
		printf("%ld ", out), flags();
		__asm__ volatile("fcvt.lu.d %0, %1, rup" : "=r"(out) : "f"(limits[i]));
		printf("%ld ", out), flags();
		__asm__ volatile("fcvt.w.d %0, %1, rmm" : "=r"(out) : "f"(limits[i]));
		printf("%ld ", out), flags();
		__asm__ volatile("fcvt.wu.d %0, %1, rne" : "=r"(out) : "f"(limits[i]));
		printf("%ld ", out), flags();
		__asm__ volatile("fclass.d %0, %1" : "=r"(out) : "f"(limits[i]));
		printf("%ld\n", out);
	}
	fenv_t saved;
	feraiseexcept(FE_OVERFLOW);
	feholdexcept(&saved);
	feraiseexcept(FE_DIVBYZERO);
	feupdateenv(&saved);
	flags();
	printf("\n");
	return 0;
}

// The mathematical library, results to the last bit.
// run: 40
// timed: 2
#define _GNU_SOURCE
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	double (*f)(double);
} one[] = {
	{"sin", sin}, {"cos", cos}, {"tan", tan}, {"asin", asin}, {"acos", acos}, {"atan", atan}, {"sinh", sinh}, {"cosh", cosh}, {"tanh", tanh},
	{"asinh", asinh}, {"acosh", acosh}, {"atanh", atanh}, {"exp", exp}, {"exp2", exp2}, {"exp10", exp10}, {"expm1", expm1}, {"log", log},
	{"log2", log2}, {"log10", log10}, {"log1p", log1p}, {"logb", logb}, {"sqrt", sqrt}, {"cbrt", cbrt}, {"floor", floor}, {"ceil", ceil},
	{"trunc", trunc}, {"round", round}, {"rint", rint}, {"nearbyint", nearbyint}, {"roundeven", roundeven}, {"erf", erf}, {"erfc", erfc},
	{"tgamma", tgamma}, {"lgamma", lgamma}, {"j0", j0}, {"y1", y1}, {"fabs", fabs},
};
static const struct {
	const char *name;
	double (*f)(double, double);
} two[] = {
	{"pow", pow}, {"atan2", atan2}, {"hypot", hypot}, {"fmod", fmod}, {"remainder", remainder}, {"fmax", fmax}, {"fmin", fmin}, {"fdim", fdim},
	{"copysign", copysign}, {"nextafter", nextafter},
};
static const struct {
	const char *name;
	float (*f)(float);
} single[] = {
	{"sinf", sinf}, {"cosf", cosf}, {"tanf", tanf}, {"expf", expf}, {"logf", logf}, {"sqrtf", sqrtf}, {"cbrtf", cbrtf}, {"tgammaf", tgammaf}, {"atanf", atanf}, {"log2f", log2f},
};

static double plain(double v) { return isnan(v) ? (double)NAN : v; }

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 5;
	unsigned long x = 42;
	for (int i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		double a = i == 0 ? 0.5 : ((long)x >> 20) * 0x1p-42, b = i == 0 ? 2 : ((long)(x * 0x9e3779b97f4a7c15u) >> 30) * 0x1p-30;
		printf("%a %a:", a, b);
		for (unsigned k = 0; k < sizeof one / sizeof *one; k++)
			printf(" %s %a", one[k].name, plain(one[k].f(k % 2 && i % 2 ? a * 0x1p-10 : a)));
		for (unsigned k = 0; k < sizeof two / sizeof *two; k++)
			printf(" %s %a", two[k].name, plain(two[k].f(a, b)));
		for (unsigned k = 0; k < sizeof single / sizeof *single; k++)
			printf(" %s %a", single[k].name, plain(single[k].f((float)a)));
		int e, q;
		double whole, part = modf(a, &whole), m = frexp(b, &e), rem = remquo(a, b, &q);
		printf(" %a %a %a %d %a %d %a %ld %d\n", part, whole, m, e, rem, q & 7, scalbn(m, e), lrint(a), ilogb(b));
	}
	const double special[] = {0, -0.0, INFINITY, -INFINITY, NAN, 1e308, 4.9e-324, 1e22, -1, 710, -746};
	for (unsigned i = 0; i < sizeof special / sizeof *special; i++) {
		for (unsigned k = 0; k < 24; k++)
			printf("%a ", plain(one[k].f(special[i])));
		printf("%d %d\n", fpclassify(special[i]), !!signbit(special[i] == special[i] ? special[i] : 0));
	}
	double complex z = cexp(1 + 2 * I) * csqrt(-1 + 0.5 * I);
	printf("%a %a %a %a\n", creal(z), cimag(z), cabs(z), carg(z));
	return 0;
}

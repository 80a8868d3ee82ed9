#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	for (int i = 1; i <= 12; i++) {
		double x = i * 0.37 - 2;
		printf("%.17g %.17g %.17g %.17g %.17g\n", sin(x), exp(x), log(fabs(x)), pow(fabs(x), 1.7), atan2(x, 2));
		printf("%.9g %.9g %.9g %a\n", sinf(x), expf(x), sqrtf(fabsf(x)), tgamma(x + 3.5));
	}
	long double l = 1;
	for (int i = 1; i < 30; i++)
		l = l * 1.1L + 1 / l;
	printf("%.30Lg\n", l);
	double complex z = cexp(1 + 2 * I);
	printf("%.15g %.15g\n", creal(z), cimag(z));
	const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
	for (int i = 0; i < 4; i++) {
		fesetround(modes[i]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile double a = 1, b = 3, c = -2.5;
		printf("%.17g %.17g %ld %d\n", a / b, -a / b, lrint(c), fetestexcept(FE_INEXACT) != 0);
	}
	fesetround(FE_TONEAREST);
	printf("%f %f %f %g\n", INFINITY, -NAN, strtod("0x1.8p-1073", NULL), strtod("1e-320", NULL));
	printf("%d %d\n", isnan(sqrt(-1.0)) != 0, (int)copysign(1, -0.0));
	return 0;
}

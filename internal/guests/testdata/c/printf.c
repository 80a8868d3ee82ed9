// Every conversion of printf.
// run: 18
// timed: 3
#define _GNU_SOURCE
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

int main(int argc, char **argv)
{
	unsigned count = argc > 1 ? atoi(argv[1]) : 1;
	printf("[%d][%5d][%-5d][%05d][%+d][% d][%'d][%.4d]\n", 42, 42, 42, 42, 42, 42, 1234567, 42);
	printf("[%i][%u][%o][%#o][%x][%#X][%#x]\n", -7, -7u, 511, 511, 48879, 48879, 0);
	printf("[%hhd][%hd][%ld][%lld][%zd][%td][%jd]\n", 300, 70000, LONG_MIN, LLONG_MAX, (size_t)9, (ptrdiff_t)-9, INTMAX_MIN);
	printf("[%" PRIu64 "][%" PRIx8 "][%" PRId16 "]\n", UINT64_MAX, (uint8_t)200, (int16_t)-3);
	printf("[%c][%5c][%-5c][%s][%10s][%-10s][%.2s][%*.*s]\n", 'x', 'y', 'z', "str", "right", "left", "cut", 8, 3, "dynamic");
	printf("[%2$s %1$s][%%][%3$*4$d]\n", "world", "hello", 5, 7);
	const double v[] = {0, -0.0, 1, -1.5, 0.1, 1e-5, 123456789, 1e21, 1e100, 1.7976931348623157e308, 5e-324, 2.5, 3.5, 0.5, 9.995, INFINITY, -INFINITY, NAN};
	for (unsigned i = 0; i < count && i < sizeof v / sizeof *v; i++)
		printf("[%f][%.0f][%e][%.3E][%g][%#g][%.17g][%a][%.3A][%+012.3f]\n", v[i], v[i], v[i], v[i], v[i], v[i], v[i], v[i], v[i], v[i]);
	const long double w[] = {1.0L / 3, -0.0L, LDBL_EPSILON, LDBL_MIN, LDBL_MAX, 1e4000L};
	for (unsigned i = 0; i < count && i < sizeof w / sizeof *w; i++)
		printf("[%Lg][%.36Lg][%Le][%La]\n", w[i], w[i], w[i], w[i]);
	printf("[%.40f]\n[%.60f]\n", 0.1, FLT_MIN);
	int n, m;
	printf("count%n and%n\n", &n, &m);
	printf("%d %d [%p][%p]\n", n, m, (void *)0, (void *)0x1234);
	printf("[%ls][%lc]\n", L"wide", (wint_t)L'w');
	printf("[%m]\n");
	char small[8];
	printf("%d ", snprintf(small, sizeof small, "%s", "longer than that"));
	printf("[%s] %d\n", small, snprintf(NULL, 0, "%d", 1 << 30));
	char *made;
	printf("%d ", asprintf(&made, "%08.3f|%-8s|%+d", 3.14159, "pi", 3));
	printf("%s\n", made);
	fprintf(stderr, "to the other stream %d\n", 5);
	dprintf(1, "");
	return 0;
}

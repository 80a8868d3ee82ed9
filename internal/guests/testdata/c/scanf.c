// Reading of text: sscanf, strtol's and strtod's families, memory streams.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void number(const char *s, int base)
{
	char *end;
	errno = 0;
	long v = strtol(s, &end, base);
	printf("strtol %s/%d = %ld rest '%s' errno %d;", s, base, v, end, errno);
	errno = 0;
	unsigned long u = strtoul(s, &end, base);
	printf(" strtoul %lu errno %d\n", u, errno);
}

static void real(const char *s)
{
	char *end;
	errno = 0;
	double d = strtod(s, &end);
	printf("strtod %s = %.17g %a rest '%s' errno %d;", s, d, d, end, errno);
	printf(" strtof %a strtold %La\n", strtof(s, NULL), strtold(s, NULL));
}

int main(void)
{
	int i, j, k, n;
	unsigned u;
	char word[32], set[32], c;
	float f;
	double d;
	long double l;
	short h;
	printf("%d", sscanf("12 -34 0x1f 077", "%d%i%i", &i, &j, &k));
	printf(" %d %d %d\n", i, j, k);
	printf("%d", sscanf("word [abc] q 3.5 -1e3 2.25", "%31s [%31[a-z]] %c %f %lf %Lf%n", word, set, &c, &f, &d, &l, &n));
	printf(" %s %s %c %g %g %Lg %d\n", word, set, c, f, d, l, n);
	printf("%d", sscanf("2026-11-25", "%4d-%2d-%2d", &i, &j, &k));
	printf(" %d %d %d\n", i, j, k);
	printf("%d %d\n", sscanf("", "%d", &i), sscanf("x", "%d", &i));
	printf("%d", sscanf("99999 ffff", "%hd %x", &h, &u));
	printf(" %d %u\n", h, u);
	char *made;
	printf("%d", sscanf("allocated rest", "%ms", &made));
	printf(" %s\n", made);

	const char *integers[] = {"0", "-0", "  42abc", "+7", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "0x", "zz", ""};
	for (unsigned x = 0; x < sizeof integers / sizeof *integers; x++) {
		number(integers[x], 10);
		number(integers[x], 0);
		number(integers[x], 36);
	}
	const char *reals[] = {"0", "-0", "1", "0.1", "1e400", "-1e-400", "4.9e-324", "2.4703282292062327e-324", "2.2250738585072014e-308", "1.7976931348623159e308", "0x1.8p3", "0x1p-1080", "inf", "nan", "nan(123)", ".5", "5.", ".", "1e", "123456789012345678901234567890", "9007199254740993", "1.00000000000000011102230246251565404236316680908203125"};
	for (unsigned x = 0; x < sizeof reals / sizeof *reals; x++)
		real(reals[x]);

	char text[] = "line one\nline two\n3 4 5\n";
	FILE *in = fmemopen(text, strlen(text), "r");
	char *line = NULL;
	size_t size = 0;
	printf("%zd ", getline(&line, &size, in));
	printf("%s%ld\n", line, ftell(in));
	ungetc('L', in);
	printf("%d", fscanf(in, "%s%s%d%d%d", word, set, &i, &j, &k));
	printf(" %s %s %d %d %d\n", word, set, i, j, k);
	printf("%d %d", fgetc(in), fgetc(in));
	printf(" eof %d\n", !!feof(in));
	rewind(in);
	printf("%zu %.9s\n", fread(word, 1, 9, in), word);
	fclose(in);

	size_t length;
	FILE *out = open_memstream(&made, &length);
	for (i = 0; i < 100; i++)
		fprintf(out, "%d,", i * i);
	fseek(out, 0, SEEK_SET);
	fputs("start:", out);
	fseek(out, 0, SEEK_END);
	fclose(out);
	printf("%zu %s\n", length, made);
	return 0;
}

#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

int main(void)
{
	char buf[200] = "the quick brown fox jumps over the lazy dog";
	setlocale(LC_ALL, "");
	printf("%zu %s %s\n", strlen(buf), strstr(buf, "fox"), strrchr(buf, 'o'));
	printf("%d %d %d\n", strcmp("abc", "abd") < 0, memcmp("xyz", "xya", 2), strcasecmp("HELLO", "hello"));
	for (char *t = strtok(buf, " "); t; t = strtok(NULL, " "))
		printf("%c%s.", toupper(t[0]), t + 1);
	puts("");
	memmove(buf + 3, buf, 20);
	printf("%.10s %zu\n", buf + 3, strspn("aabbc", "ab"));
	int a;
	char word[20];
	double d;
	printf("%d", sscanf("  42 word 2.5e3", "%d %19s %lf", &a, word, &d));
	printf(" %d %s %g %ld %lu\n", a, word, d, strtol("-0x1f", NULL, 0), strtoul("777", NULL, 8));
	regex_t re;
	regmatch_t m[2];
	regcomp(&re, "([0-9]+)-[a-z]+", REG_EXTENDED);
	printf("%d %d %d\n", regexec(&re, "see 123-abc", 2, m, 0), (int)m[1].rm_so, (int)m[1].rm_eo);
	wchar_t wide[20];
	printf("%zu\n", mbstowcs(wide, "plain", 20));
	printf("%" PRIu64 " %" PRId64 "\n", UINT64_MAX, INT64_MIN);
	return 0;
}

// Wide and multibyte characters.
// run:
#define _GNU_SOURCE
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>
#include <wctype.h>

int main(void)
{
	printf("%s\n", setlocale(LC_ALL, "C"));
	wchar_t w[64], copy[64], *end;
	wcscpy(w, L"The wide world");
	printf("%zu %ls %ls\n", wcslen(w), wcsstr(w, L"wide"), wcsrchr(w, L'o'));
	wcscat(w, L" of strings");
	wmemcpy(copy, w, 64);
	printf("%d %d %d\n", wcscmp(w, copy), wcsncmp(w, L"The x", 4), wmemcmp(w, copy, 10));
	swprintf(w, 64, L"%d|%ls|%-6s|%.3f|%x", 42, L"in", "out", 2.5, 255);
	printf("%ls\n", w);
	int a;
	double d;
	printf("%d", swscanf(L"17 2.5 rest", L"%d %lf %ls", &a, &d, copy));
	printf(" %d %g %ls\n", a, d, copy);
	printf("%ld %g %lu\n", wcstol(L"-0x7f!", &end, 0), wcstod(L"1e-3", NULL), wcstoul(L"777", NULL, 8));
	printf("%ls %zu %zu\n", end, wcsspn(L"aabbc", L"ab"), wcscspn(L"aabbc", L"c"));
	int classes = 0;
	for (wint_t c = 0; c < 128; c++)
		classes += !!iswalpha(c) + 2 * !!iswdigit(c) + 4 * !!iswspace(c) + 8 * !!iswpunct(c) + towupper(c);
	printf("%d %d\n", classes, !!iswctype(L'5', wctype("digit")));
	char narrow[64];
	printf("%zu", wcstombs(narrow, L"plain ascii", sizeof narrow));
	printf(" %s %zu\n", narrow, mbstowcs(copy, "back again", 64));
	mbstate_t s = {0};
	const char *from = "step by step";
	printf("%zu", mbsrtowcs(copy, &from, 64, &s));
	printf(" %ls %d\n", copy, from == NULL);
	char32_t c32;
	char16_t c16;
	printf("%zu %zu", mbrtoc32(&c32, "A", 1, &s), mbrtoc16(&c16, "B", 1, &s));
	printf(" %x %x\n", (unsigned)c32, c16);
	wchar_t text[] = L"a b  c", *at, *t;
	for (t = wcstok(text, L" ", &at); t; t = wcstok(NULL, L" ", &at))
		printf("<%ls>", t);
	printf("\n%d\n", wcwidth(L'x'));
	return 0;
}

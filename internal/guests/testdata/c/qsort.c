// Sorting and searching by libc, and by hand.
// run: 4000
// timed: 150
#define _GNU_SOURCE
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
	int key;
	char name[12];
	double weight;
};

static long compared;
static int byKey(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	compared++;
	return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : strcmp(x->name, y->name);
}
static int descending(const void *a, const void *b, void *unit)
{
	double x = *(const double *)a / *(double *)unit, y = *(const double *)b / *(double *)unit;
	return (x < y) - (x > y);
}
static int byText(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void heapsort_(long *a, int n)
{
	for (int start = n / 2, end = n; end > 1;) {
		if (start > 0)
			start--;
		else {
			long t = a[--end];
			a[end] = a[0];
			a[0] = t;
		}
		for (int root = start, child; (child = 2 * root + 1) < end; root = child) {
			if (child + 1 < end && a[child] < a[child + 1])
				child++;
			if (a[root] >= a[child])
				break;
			long t = a[root];
			a[root] = a[child];
			a[child] = t;
		}
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	struct record *r = malloc(n * sizeof *r);
	double *d = malloc(n * sizeof *d), unit = 2;
	char **s = malloc(n * sizeof *s);
	long *h = malloc(n * sizeof *h);
	unsigned x = 12345;
	for (int i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		r[i].key = x >> 8 & 1023;
		snprintf(r[i].name, sizeof r[i].name, "r%u", x % 997);
		r[i].weight = x / 3.0;
		d[i] = (int)x / 7.0;
		s[i] = r[i].name;
		h[i] = (long)x * (i & 1 ? 1 : -1);
	}
	qsort(s, n, sizeof *s, byText);
	for (int i = 1; i < n; i++)
		if (strcmp(s[i - 1], s[i]) > 0)
			return 1;
	printf("%s %s\n", s[0], s[n - 1]);
	qsort(r, n, sizeof *r, byKey);
	qsort_r(d, n, sizeof *d, descending, &unit);
	heapsort_(h, n);
	for (int i = 1; i < n; i++)
		if (byKey(&r[i - 1], &r[i]) > 0 || d[i - 1] < d[i] || h[i - 1] > h[i])
			return 2;
	printf("%d %s %.3f; %.6f %.6f; %ld %ld; compared %d\n", r[0].key, r[0].name, r[n - 1].weight, d[0], d[n - 1], h[0], h[n - 1], compared > n);
	int found = 0;
	for (int i = 0; i < 1024; i++) {
		struct record key = {.key = i};
		struct record *at = bsearch(&r[i * (long)n / 1024], r, n, sizeof *r, byKey);
		found += at && at->key == r[i * (long)n / 1024].key;
		found += bsearch(&key, r, n, sizeof *r, byKey) == NULL;
	}
	printf("%d\n", found);
	hcreate(50);
	for (long i = 0; i < 26; i++) {
		char *name = malloc(2);
		name[0] = 'a' + i, name[1] = 0;
		hsearch((ENTRY){name, (void *)(i * i)}, ENTER);
	}
	printf("%ld %d\n", (long)hsearch((ENTRY){"k", NULL}, FIND)->data, hsearch((ENTRY){"K", NULL}, FIND) == NULL);
	return 0;
}

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;
	return (x > y) - (x < y);
}

static int visits;
static void visit(const void *node, VISIT which, int depth)
{
	if (which == postorder || which == leaf)
		visits += (int)(**(long *const *)node % 7) + depth;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1000;
	long *a = malloc(n * sizeof *a);
	srand(1);
	srandom(7);
	void *tree = NULL;
	for (int i = 0; i < n; i++) {
		a[i] = rand() ^ random();
		tsearch(&a[i], &tree, compare);
	}
	twalk(tree, visit);
	qsort(a, n, sizeof *a, compare);
	long key = a[n / 3], *found = bsearch(&key, a, n, sizeof *a, compare);
	printf("%ld %ld %ld %d %d\n", a[0], a[n / 2], a[n - 1], (int)(found - a), visits);
	return 0;
}

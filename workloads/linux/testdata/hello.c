#include <stdio.h>

int main(void)
{
	printf("%s, %d %5.3f %-8s| %08lx %c\n", "hello", -42, 2.71828, "left", 0xdeadbeefUL, 'x');
	fprintf(stderr, "to standard error\n");
	for (int i = 0; i < 2000; i++)
		printf("%d%c", i * i, i % 10 == 9 ? '\n' : ' ');
	return 7;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	int n = 0;
	for (ssize_t len; (len = getline(&line, &size, stdin)) >= 0; n++)
		printf("%d %zd %s", n, len, line);
	printf("|%d %d %zd\n", feof(stdin) != 0, ferror(stdin), read(0, line, 10));
	free(line);
	return n;
}

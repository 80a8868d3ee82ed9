// Counts lines, words and letters of the standard input.
// run:
// stdin: the quick\nbrown fox\n\n  jumps over the lazy dog\nno newline
#include <ctype.h>
#include <stdio.h>

int main(void)
{
	int c, lines = 0, words = 0, in = 0, bytes = 0, letters[26] = {0};
	while ((c = getchar()) != EOF) {
		bytes++;
		lines += c == '\n';
		words += !in && !isspace(c);
		in = !isspace(c);
		if (islower(c))
			letters[c - 'a']++;
	}
	printf("%d %d %d\n", lines, words, bytes);
	for (int i = 0; i < 26; i++)
		if (letters[i])
			printf("%c%d", 'a' + i, letters[i]);
	printf("\n%d %d\n", feof(stdin) != 0, ferror(stdin));
	return words;
}

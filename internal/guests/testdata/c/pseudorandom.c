// Generators that libc has, and a hash of much of what they give.
// run: 2000
// timed: 60
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	unsigned seed = 5;
	uint32_t crc = ~0u, table[256];
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		table[i] = c;
	}
	srand(1);
	srand48(2);
	char state[64];
	initstate(3, state, sizeof state);
	struct drand48_data d;
	srand48_r(4, &d);
	for (int i = 0; i < n; i++) {
		double x, y = drand48();
		drand48_r(&d, &x);
		long v[] = {rand(), rand_r(&seed), random(), lrand48(), mrand48(), (long)(x * 1e9), (long)(y * 1e9)};
		for (unsigned k = 0; k < sizeof v; k++)
			crc = table[(crc ^ ((unsigned char *)v)[k]) & 255] ^ crc >> 8;
	}
	printf("%08x\n", ~crc);
	unsigned char some[64] = {0}, more[64] = {0};
	printf("%zd %zd", getrandom(some, 64, 0), getrandom(more, 64, GRND_NONBLOCK));
	int differ = 0, zero = 0;
	for (int i = 0; i < 64; i++)
		differ += some[i] != more[i], zero += some[i] == 0;
	printf(" %d %d %d\n", differ > 32, zero < 32, getentropy(some, 64));
	return 0;
}

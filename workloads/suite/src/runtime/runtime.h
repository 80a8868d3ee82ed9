// What a workload and the runtime know of each other.
//
// A workload defines `workload` and `run`. It is called as
//
//     NAME SIZE [ROUNDS [EXTRA]]
//
// where a few workloads have EXTRA, and prints one line, "NAME SIZE ROUNDS
// checksum 0x...", with EXTRA where it is given, on standard output.
// Exit codes: 0 done; 1 the self-check failed; 2 the arguments are wrong.
// The checksum depends on the arguments only: never on addresses, time or the
// environment.
//
// Memory from allocate is zero-filled and touched on demand, so large data
// need no initialisation: a word is stored as its distance from a guess, a
// cheap pseudo-random function of its index, and zero means that the guess is
// right. The result is guess + loaded word, so the loads are as real as any
// other; only the pass that would write them is saved.
#pragma once

#include <stddef.h>
#include <stdint.h>

// A numeric argument. Fallback is its value when it is left out; 0 means that
// it must be given.
struct parameter {
	const char *name;
	uint64_t min, max, fallback;
};

struct workload {
	const char *name;
	struct parameter size, rounds;
	struct parameter extra; // without a name: there is none
};

extern const struct workload workload;

// extra is the value of the third argument.
extern uint64_t extra;

// run is the workload; it returns the checksum.
uint64_t run(uint64_t size, uint64_t rounds);

// allocate returns zero-filled memory, aligned to a page.
void *allocate(size_t bytes);

// fail ends the program: its self-check does not hold.
_Noreturn void fail(const char *why);

// reject ends the program: its arguments are wrong.
_Noreturn void reject(const char *why);

// mix is a bijection without structure (the finaliser of splitmix64).
static inline uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

// advance is Knuth's 64-bit linear congruential generator; its high bits are
// the good ones.
static inline uint64_t advance(uint64_t x)
{
	return x * 6364136223846793005 + 1442695040888963407;
}

// below scales 64 random bits to [0, n).
static inline uint64_t below(uint64_t random, uint64_t n)
{
	return (uint64_t)((unsigned __int128)random * n >> 64);
}

// fold adds a value to an order-dependent checksum.
static inline uint64_t fold(uint64_t sum, uint64_t value)
{
	sum = (sum ^ value) * 0x9e3779b97f4a7c15;
	return sum ^ (sum >> 29);
}

// bits is the representation of a double.
static inline uint64_t bits(double x)
{
	uint64_t b;
	__builtin_memcpy(&b, &x, sizeof b);
	return b;
}

// threadmill.h marks the region of interest of a program, in C and C++: the
// part that is measured when a run is given --roi. On the include path of
// every C and C++ program that Threadmill builds; for another compiler, copy
// it.
//
// The marks are hints that the RISC-V unprivileged ISA designates for custom
// use: slti x0, x0, 1 begins a region and slti x0, x0, 2 ends it. Any other
// RISC-V processor executes them as no-ops, and without --roi so does
// Threadmill; for other processors the functions are empty.
//
// Memory accesses stay on their side of a mark: the compiler moves none
// across. In a program of several threads one mark by any of them counts for
// all.

#ifndef THREADMILL_H
#define THREADMILL_H

static inline __attribute__((always_inline)) void threadmill_roi_begin(void)
{
#ifdef __riscv
	__asm__ volatile("slti x0, x0, 1" ::: "memory");
#endif
}

static inline __attribute__((always_inline)) void threadmill_roi_end(void)
{
#ifdef __riscv
	__asm__ volatile("slti x0, x0, 2" ::: "memory");
#endif
}

#endif

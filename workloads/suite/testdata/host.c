// The system calls of src/runtime/start.S in terms of the C library, so that a
// workload runs on the machine of the tests.
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void start(int64_t argc, char **argv);

int64_t sys_write(int fd, const void *bytes, size_t n) { return write(fd, bytes, n); }

_Noreturn void sys_exit(int code) { _exit(code); }

void *sys_map(size_t bytes)
{
	void *p = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? (void *)-12 : p;
}

int main(int argc, char **argv) { start(argc, argv); }

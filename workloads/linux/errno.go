package linux

// errno is the error of a system call, 0 when there is none; the numbers are
// those of asm-generic/errno.h.
type errno uint16

const (
	eok          errno = 0
	eperm        errno = 1
	enoent       errno = 2
	esrch        errno = 3
	eintr        errno = 4
	eio          errno = 5
	enxio        errno = 6
	ebadf        errno = 9
	echild       errno = 10
	eagain       errno = 11
	enomem       errno = 12
	eacces       errno = 13
	efault       errno = 14
	ebusy        errno = 16
	eexist       errno = 17
	exdev        errno = 18
	enodev       errno = 19
	enotdir      errno = 20
	eisdir       errno = 21
	einval       errno = 22
	emfile       errno = 24
	enotty       errno = 25
	efbig        errno = 27
	enospc       errno = 28
	espipe       errno = 29
	erofs        errno = 30
	epipe        errno = 32
	erange       errno = 34
	enametoolong errno = 36
	enosys       errno = 38
	eloop        errno = 40
	eoverflow    errno = 75
	enotsock     errno = 88
	eopnotsupp   errno = 95
	eafnosupport errno = 97
	etimedout    errno = 110

	// Within the kernel only. eparked: the thread waits, and its result comes
	// when that is over. erestart: a signal interrupted the call, which begins
	// anew unless a handler without SA_RESTART is called (EINTR then).
	eparked  errno = 511
	erestart errno = 512
	// erestartNoHandler: likewise, but any handler means EINTR.
	erestartNoHandler errno = 514
)

// result is what a system call leaves in a0.
func (e errno) result() uint64 { return -uint64(e) }

package linux

import "fmt"

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

// errnoTexts are the names of errors, and what the C library says of them.
var errnoTexts = map[errno]struct{ name, text string }{
	eperm:        {"EPERM", "Operation not permitted"},
	enoent:       {"ENOENT", "No such file or directory"},
	esrch:        {"ESRCH", "No such process"},
	eintr:        {"EINTR", "Interrupted system call"},
	eio:          {"EIO", "Input/output error"},
	enxio:        {"ENXIO", "No such device or address"},
	ebadf:        {"EBADF", "Bad file descriptor"},
	echild:       {"ECHILD", "No child processes"},
	eagain:       {"EAGAIN", "Resource temporarily unavailable"},
	enomem:       {"ENOMEM", "Cannot allocate memory"},
	eacces:       {"EACCES", "Permission denied"},
	efault:       {"EFAULT", "Bad address"},
	ebusy:        {"EBUSY", "Device or resource busy"},
	eexist:       {"EEXIST", "File exists"},
	exdev:        {"EXDEV", "Invalid cross-device link"},
	enodev:       {"ENODEV", "No such device"},
	enotdir:      {"ENOTDIR", "Not a directory"},
	eisdir:       {"EISDIR", "Is a directory"},
	einval:       {"EINVAL", "Invalid argument"},
	emfile:       {"EMFILE", "Too many open files"},
	enotty:       {"ENOTTY", "Inappropriate ioctl for device"},
	efbig:        {"EFBIG", "File too large"},
	enospc:       {"ENOSPC", "No space left on device"},
	espipe:       {"ESPIPE", "Illegal seek"},
	erofs:        {"EROFS", "Read-only file system"},
	epipe:        {"EPIPE", "Broken pipe"},
	erange:       {"ERANGE", "Numerical result out of range"},
	enametoolong: {"ENAMETOOLONG", "File name too long"},
	enosys:       {"ENOSYS", "Function not implemented"},
	eloop:        {"ELOOP", "Too many levels of symbolic links"},
	eoverflow:    {"EOVERFLOW", "Value too large for defined data type"},
	enotsock:     {"ENOTSOCK", "Socket operation on non-socket"},
	eopnotsupp:   {"EOPNOTSUPP", "Operation not supported"},
	eafnosupport: {"EAFNOSUPPORT", "Address family not supported by protocol"},
	etimedout:    {"ETIMEDOUT", "Connection timed out"},
}

// name is the error's constant in C.
func (e errno) name() string {
	if t, ok := errnoTexts[e]; ok {
		return t.name
	}
	return fmt.Sprintf("errno %d", uint16(e))
}

// String is the error's message.
func (e errno) String() string {
	if t, ok := errnoTexts[e]; ok {
		return t.text
	}
	return fmt.Sprintf("Unknown error %d", uint16(e))
}

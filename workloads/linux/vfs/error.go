package vfs

import "fmt"

// Error is why an operation on files failed; the numbers are Linux's.
type Error uint16

const (
	ErrPermission   Error = 1  // EPERM
	ErrNotFound     Error = 2  // ENOENT
	ErrIO           Error = 5  // EIO
	ErrNoDevice     Error = 6  // ENXIO
	ErrBadFile      Error = 9  // EBADF
	ErrNoMemory     Error = 12 // ENOMEM
	ErrAccess       Error = 13 // EACCES
	ErrBusy         Error = 16 // EBUSY
	ErrExists       Error = 17 // EEXIST
	ErrCrossDevice  Error = 18 // EXDEV
	ErrNotDirectory Error = 20 // ENOTDIR
	ErrIsDirectory  Error = 21 // EISDIR
	ErrInvalid      Error = 22 // EINVAL
	ErrTooManyFiles Error = 23 // ENFILE
	ErrTooBig       Error = 27 // EFBIG
	ErrNoSpace      Error = 28 // ENOSPC
	ErrReadOnly     Error = 30 // EROFS
	ErrTooManyLinks Error = 31 // EMLINK
	ErrNameTooLong  Error = 36 // ENAMETOOLONG
	ErrNotEmpty     Error = 39 // ENOTEMPTY
	ErrLoop         Error = 40 // ELOOP
)

var errorTexts = map[Error]string{
	ErrPermission:   "operation not permitted",
	ErrNotFound:     "no such file or directory",
	ErrIO:           "the host could not read it",
	ErrNoDevice:     "no such device",
	ErrBadFile:      "not open for this",
	ErrNoMemory:     "out of memory",
	ErrAccess:       "permission denied",
	ErrBusy:         "in use by the system",
	ErrExists:       "file exists",
	ErrCrossDevice:  "not on the same file system",
	ErrNotDirectory: "not a directory",
	ErrIsDirectory:  "is a directory",
	ErrInvalid:      "invalid argument",
	ErrTooManyFiles: "the host has too many open files",
	ErrTooBig:       "file too large",
	ErrNoSpace:      "no space left in the guest's memory",
	ErrReadOnly:     "read-only",
	ErrTooManyLinks: "too many links",
	ErrNameTooLong:  "name too long",
	ErrNotEmpty:     "directory not empty",
	ErrLoop:         "too many symbolic links",
}

func (e Error) Error() string {
	if s, ok := errorTexts[e]; ok {
		return s
	}
	return fmt.Sprintf("error %d", uint16(e))
}

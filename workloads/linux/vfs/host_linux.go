package vfs

import (
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// kernelFilesystems are the file systems through which a Linux kernel shows
// itself (uapi/linux/magic.h).
var kernelFilesystems = []int64{
	0x9fa0,     // proc
	0x62656572, // sysfs
	0x1cd1,     // devpts
	0x64626720, // debugfs
	0x74726163, // tracefs
	0x73636673, // securityfs
	0x62656570, // configfs
	0x27e0eb,   // cgroup
	0x63677270, // cgroup2
	0xcafe4a11, // bpf
	0x6165676c, // pstore
	0xde5e81e4, // efivarfs
	0x6e736673, // nsfs
	0xf97cff8c, // selinux
	0x43415d53, // smack
	0x19800202, // mqueue
	0x42494e4d, // binfmt_misc
	0x0187,     // autofs
}

// kernelFS reports whether an open file is on such a file system, or on one
// that cannot be told.
func kernelFS(f *os.File) bool {
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &s); err != nil {
		return true
	}
	return slices.Contains(kernelFilesystems, int64(uint32(s.Type)))
}

// device is the file system that a file is on.
func device(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Dev)
	}
	return 0
}

package vfs

// Mode is the type of a file and its permissions, in Linux's numbers.
type Mode uint32

const (
	TypeMask    Mode = 0o170000
	Fifo        Mode = 0o010000
	CharDevice  Mode = 0o020000
	Directory   Mode = 0o040000
	Regular     Mode = 0o100000
	Symlink     Mode = 0o120000
	Socket      Mode = 0o140000
	Permissions Mode = 0o7777
)

// Type is the file type alone.
func (m Mode) Type() Mode { return m & TypeMask }

// Time is nanoseconds since 1970.
type Time int64

// Stat describes a file.
type Stat struct {
	Device, Ino uint64
	Mode        Mode
	Links       uint32
	Rdev        uint64 // of a device: major<<8 | minor
	Size        int64  // bytes
	Blocks      int64  // of 512 bytes, that it takes
	// When it was read, its contents changed, and anything of it changed.
	Access, Modify, Change Time
}

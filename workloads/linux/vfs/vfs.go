package vfs

// Entry is one name in a directory.
type Entry struct {
	Name string
	Ino  uint64
	Type Mode
}

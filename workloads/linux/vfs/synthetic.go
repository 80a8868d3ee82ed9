package vfs

import (
	"path"
	"strconv"
	"strings"
)

// Dynamic is a directory whose entries the guest's system makes up.
type Dynamic interface {
	// Entries are the names and types; numbers are filled in by others.
	Entries() []Entry
	// Entry is a node without a name for one of them, nil when there is none.
	Entry(name string) *Node
}

// NewText is a read-only file whose contents are made up when it is opened.
func (fs *FS) NewText(text func() []byte) *Node {
	n := fs.newNode(Regular | 0o444)
	n.text = text
	return n
}

// NewLink is a symbolic link that says what target returns. When jump is not
// nil it leads to the node that jump returns instead of to what it says; that
// may be nil.
func (fs *FS) NewLink(target func() string, jump func() *Node) *Node {
	n := fs.newNode(Symlink | 0o777)
	n.link, n.jump = target, jump
	return n
}

// NewSpecial is a device, pipe or other object that is no file, to which the
// guest's system attaches what it is.
func (fs *FS) NewSpecial(mode Mode, rdev uint64, special any) *Node {
	n := fs.newNode(mode)
	n.rdev, n.special = rdev, special
	return n
}

// NewImage is a file that holds data, which the caller does not change
// afterwards. What is written over it is charged, data are not.
func (fs *FS) NewImage(mode Mode, data []byte) *Node {
	n := fs.newNode(Regular | mode&Permissions)
	size := int64(len(data))
	n.content = content{size: size, base: size, image: data}
	return n
}

// NewDirectory is a directory whose entries the guest cannot change; d makes
// up those that Put does not add, and may be nil.
func (fs *FS) NewDirectory(d Dynamic) *Node {
	n := fs.newNode(Directory | 0o555)
	n.dynamic, n.fixed = d, true
	return n
}

// MakeDirectory puts a directory of the guest's own at an absolute path.
func (fs *FS) MakeDirectory(path string, perm Mode) {
	fs.Put(path, fs.newNode(Directory|perm))
}

// Put makes a node of the guest's system what an absolute path means, instead
// of whatever was there. Directories that are missing come into being, as ones
// that the guest cannot change.
func (fs *FS) Put(name string, n *Node) {
	dir := fs.root
	above, last := path.Split(path.Clean(name))
	for _, part := range strings.FieldsFunc(above, func(r rune) bool { return r == '/' }) {
		next := dir.children[part]
		if next == nil || next.mode.Type() != Directory {
			next = fs.NewDirectory(nil)
			next.ino = hashIno("", dir.inoText(), part)
			dir.attach(part, next)
		}
		dir = next
	}
	n.ino = hashIno("", dir.inoText(), last)
	dir.attach(last, n)
}

// adopt makes a node that a dynamic directory has made up its entry, for the
// time of its use.
func (fs *FS) adopt(dir *Node, name string, n *Node) {
	n.ino = hashIno(dir.inoText(), name)
	n.links = 1
	if n.mode.Type() == Directory {
		n.parent, n.name = dir, name
	}
}

func (n *Node) inoText() string { return strconv.FormatUint(n.ino, 10) }

// Package vfs is the file system that a guest sees.
//
// It is one tree of nodes in memory with three sources. Under everything may
// lie one directory of the host, which is only read, and only through an
// os.Root: nodes of it appear when a path first leads to them. What the guest
// creates, writes, renames or removes is kept in memory, page by page, and is
// dropped with the tree; a name that hides one of the host's is a nil child.
// And there are nodes whose contents the guest's system makes up: devices,
// /proc and /sys.
//
// Paths are resolved here, component by component, and never by the host: an
// absolute link and ".." mean the guest's root, as after chroot. Of the host
// only regular files, directories and symbolic links exist; its FIFOs,
// sockets and devices do not, and neither does what is on a file system of
// its kernel (proc, sysfs, cgroup …), wherever that is mounted. Every access
// looks at what it has opened before it uses it, so that a host that swaps
// files under a run cannot show the guest anything else.
//
// What two hosts have in common looks the same on both: directories are
// sorted, numbers of nodes are hashes of names or count up, times are those of
// the guest. All belongs to the guest's one user, whose permission bits count.
// Memory is charged to a budget, by page and by node.
//
// Left out: other users and groups, extended attributes, mounts, hard links
// between the host's files (they are different files), changes that the host
// makes to a directory after the guest has seen them.
//
// A file system belongs to one goroutine; the os.Root may be shared.
package vfs

import (
	"fmt"
	"hash/fnv"
	"os"
)

// Options describe a file system. The zero value is an empty one without
// limits.
type Options struct {
	Host *os.Root // what lies under it; nil: nothing
	// Charge takes bytes of memory from the guest's budget, or gives them back
	// when negative, and reports whether that was possible. nil: no budget.
	Charge func(bytes int64) bool
	// Now is the time that changed files get; nil: always 0.
	Now func() Time
	// Epoch is the time of what was there at the start.
	Epoch Time
}

// Bounds of Linux's (uapi/linux/limits.h, namei.h) and ours.
const (
	maxPath  = 4096 // bytes of a path with its zero byte
	maxName  = 255  // bytes of a component
	maxLinks = 40   // symbolic links followed for one path
	maxNodes = 1 << 20
	nodeCost = 512 // bytes charged for a node, about what it takes
	// MaxSize is the largest size of a file in bytes.
	MaxSize = 1<<63 - 1
)

// FS is a file system.
type FS struct {
	options Options
	host    *host // nil: none
	root    *Node
	nodes   int    // charged
	created uint64 // nodes that have no name to derive a number from
}

// New returns a file system with what the host's directory holds, and in any
// case with the directory /tmp.
func New(o Options) (*FS, error) {
	if o.Charge == nil {
		o.Charge = func(int64) bool { return true }
	}
	if o.Now == nil {
		o.Now = func() Time { return 0 }
	}
	fs := &FS{options: o}
	fs.root = fs.newNode(Directory | 0o755)
	fs.root.parent, fs.root.links = fs.root, 1
	if o.Host != nil {
		h, err := newHost(o.Host)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be the guest's root directory: %w", o.Host.Name(), err)
		}
		fs.host = h
		fs.root.backing = h.rootBacking()
	}
	if tmp, err := fs.child(fs.root, "tmp"); err != nil || tmp.mode.Type() != Directory {
		fs.MakeDirectory("/tmp", 0o777)
	}
	return fs, nil
}

// Root is the directory "/".
func (fs *FS) Root() *Node { return fs.root }

// Charge takes bytes from the guest's budget for what is kept on behalf of the
// file system, or gives them back when negative.
func (fs *FS) Charge(bytes int64) bool { return fs.options.Charge(bytes) }

// newNode is a node without a name. It is not charged.
func (fs *FS) newNode(mode Mode) *Node {
	fs.created++
	t := fs.options.Epoch
	n := &Node{fs: fs, ino: fs.created, mode: mode, access: t, modify: t, change: t}
	if mode.Type() == Directory {
		n.children = make(map[string]*Node)
	}
	return n
}

// allocate is a new node of the guest's, charged with extra bytes.
func (fs *FS) allocate(mode Mode, extra int) (*Node, error) {
	if fs.nodes >= maxNodes || !fs.options.Charge(nodeCost+int64(extra)) {
		return nil, ErrNoSpace
	}
	fs.nodes++
	n := fs.newNode(mode)
	n.charged = nodeCost + int64(extra)
	n.touch()
	n.access = n.modify
	return n, nil
}

// hashIno is the number of a node that its place in the tree identifies. Such
// numbers have the upper half set, so that they meet none that count up.
func hashIno(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64() | 1<<62
}

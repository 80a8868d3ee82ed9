package vfs

import "strings"

// Node is a file, directory, link or device: what Linux calls an inode.
type Node struct {
	fs      *FS
	ino     uint64
	mode    Mode
	links   int // names that it has
	holds   int // openings that have not ended
	charged int64
	rdev    uint64

	access, modify, change Time

	// Of a directory.
	parent   *Node // the root is its own
	name     string
	children map[string]*Node // those known; nil hides a name of the host's
	dynamic  Dynamic          // makes up its entries; nil: none
	fixed    bool             // the guest cannot change its entries

	backing *backing // the host's file or directory; nil: none
	content content  // of a regular file
	target  string   // of a symbolic link
	link    func() string
	jump    func() *Node
	text    func() []byte
	special any
}

// Stat describes the node.
func (n *Node) Stat() Stat {
	s := Stat{
		Device: 1, Ino: n.ino, Mode: n.mode, Links: uint32(n.links), Rdev: n.rdev, Size: n.Size(),
		Access: n.access, Modify: n.modify, Change: n.change,
	}
	s.Blocks = s.Size/512 + min(s.Size%512, 1)
	return s
}

// Mode is the node's type and permissions.
func (n *Node) Mode() Mode { return n.mode }

// Size is what stat tells: the bytes of a file, the length of a link, one
// page for a directory, 0 for what is made up.
func (n *Node) Size() int64 {
	switch n.mode.Type() {
	case Directory:
		return pageSize
	case Symlink:
		return int64(len(n.target))
	case Regular:
		return n.content.size
	}
	return 0
}

// Text is the contents of a file that the guest's system makes up, as they
// are now; ok is false for every other node.
func (n *Node) Text() (b []byte, ok bool) {
	if n.text == nil {
		return nil, false
	}
	return n.text(), true
}

// Special is what the guest's system attached to the node; nil for most.
func (n *Node) Special() any { return n.special }

// Target is what a symbolic link says.
func (n *Node) Target() string {
	if n.link != nil {
		return n.link()
	}
	return n.target
}

// Permission bits of the owner.
const (
	MayExecute Mode = 1
	MayWrite   Mode = 2
	MayRead    Mode = 4
)

// Allows reports whether the guest's user may do all of want.
func (n *Node) Allows(want Mode) bool { return n.mode>>6&want == want }

// Chmod sets the permissions.
func (n *Node) Chmod(m Mode) error {
	if n.fixed || n.text != nil {
		return ErrPermission
	}
	n.mode = n.mode.Type() | m&Permissions
	n.change = n.fs.options.Now()
	return nil
}

// SetTimes sets when the node was read and changed; nil leaves one as it is.
func (n *Node) SetTimes(access, modify *Time) {
	if access != nil {
		n.access = *access
	}
	if modify != nil {
		n.modify = *modify
	}
	n.change = n.fs.options.Now()
}

// touch notes that the contents have changed.
func (n *Node) touch() {
	n.modify = n.fs.options.Now()
	n.change = n.modify
}

// Hold keeps the node while it is open, whatever happens to its names.
func (n *Node) Hold() { n.holds++ }

// Drop ends a Hold.
func (n *Node) Drop() {
	n.holds--
	if n.holds == 0 && n.backing != nil {
		n.backing.close()
	}
	n.reclaim()
}

// unlinked notes that the node has lost a name.
func (n *Node) unlinked() {
	n.links--
	n.change = n.fs.options.Now()
	n.reclaim()
}

// reclaim gives the memory back of a node that nothing leads to any more.
func (n *Node) reclaim() {
	if n.links > 0 || n.holds > 0 {
		return
	}
	n.fs.options.Charge(-n.charged - int64(len(n.content.pages))*pageSize)
	if n.charged > 0 {
		n.fs.nodes--
	}
	n.charged, n.content.pages = 0, nil
}

// Path is the path of a directory, unless that has been removed (ErrNotFound)
// or lies too deep to have one (ErrNameTooLong).
func (n *Node) Path() (string, error) {
	var names []string
	length := 1
	for d := n; d != n.fs.root; d = d.parent {
		length += len(d.name) + 1
		switch {
		case d.links == 0:
			return "", ErrNotFound
		case length > maxPath:
			return "", ErrNameTooLong
		}
		names = append(names, d.name)
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		b.WriteString("/")
		b.WriteString(names[i])
	}
	if b.Len() == 0 {
		return "/", nil
	}
	return b.String(), nil
}

// attach makes child an entry of n.
func (n *Node) attach(name string, child *Node) {
	n.children[name] = child
	child.links++
	if child.mode.Type() == Directory {
		child.parent, child.name = n, name
	}
}

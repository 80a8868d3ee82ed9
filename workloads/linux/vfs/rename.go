package vfs

// RenameHow modifies Rename.
type RenameHow uint8

const (
	NoReplace RenameHow = 1 << iota // the new name must not exist
	Exchange                        // both exist and change places
)

// Rename moves a node to another name, which what was there loses.
func (fs *FS) Rename(fromAt *Node, from string, toAt *Node, to string, how RenameHow) error {
	src, err := fs.present(fromAt, from)
	if err != nil {
		return err
	}
	dst, err := fs.Walk(toAt, to, false)
	switch {
	case err != nil:
		return err
	case dst.Dir == nil:
		return ErrBusy
	case dst.Node == nil && how&Exchange != 0:
		return ErrNotFound
	case dst.Node != nil && how&NoReplace != 0:
		return ErrExists
	case dst.Node == nil && dst.Slash && src.Node.mode.Type() != Directory:
		return ErrNotDirectory
	}
	if err := changeable(dst.Dir); err != nil {
		return err
	}
	if dst.Node == src.Node {
		return nil // names of one file: both stay
	}
	if within(dst.Dir, src.Node) || how&Exchange != 0 && within(src.Dir, dst.Node) {
		return ErrInvalid // a directory into itself
	}
	if how&Exchange != 0 {
		return fs.exchange(src, dst)
	}
	if err := fs.replaceable(src.Node, dst); err != nil {
		return err
	}
	if err := fs.detach(src); err != nil {
		return err
	}
	src.Node.links--
	if dst.Node != nil {
		dst.Node.unlinked()
	}
	fs.move(src.Node, src.Dir, dst)
	return nil
}

// replaceable checks whether n may take the place of what is at dst.
func (fs *FS) replaceable(n *Node, dst Place) error {
	if dst.Node == nil {
		return nil
	}
	isDir, wasDir := n.mode.Type() == Directory, dst.Node.mode.Type() == Directory
	switch {
	case dst.Node.fixed:
		return ErrBusy
	case isDir && !wasDir:
		return ErrNotDirectory
	case !isDir && wasDir:
		return ErrIsDirectory
	case within(n, dst.Node):
		return ErrNotEmpty // it holds what is to replace it
	case wasDir:
		empty, err := fs.vacant(dst.Node)
		if err == nil && !empty {
			err = ErrNotEmpty
		}
		return err
	}
	return nil
}

func (fs *FS) exchange(a, b Place) error {
	if b.Node.fixed {
		return ErrBusy
	}
	a.Node.links--
	b.Node.links--
	fs.move(a.Node, a.Dir, b)
	fs.move(b.Node, b.Dir, a)
	return nil
}

// move makes n the entry at a place.
func (fs *FS) move(n, from *Node, to Place) {
	to.Dir.attach(to.Name, n)
	from.touch()
	to.Dir.touch()
	n.change = fs.options.Now()
}

// within reports whether a directory is n or lies below it.
func within(dir, n *Node) bool {
	if n.mode.Type() != Directory || dir.mode.Type() != Directory {
		return false
	}
	for ; dir != n; dir = dir.parent {
		if dir == dir.parent {
			return false
		}
	}
	return true
}

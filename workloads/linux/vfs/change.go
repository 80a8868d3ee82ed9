package vfs

// How says what a file is opened for.
type How uint16

const (
	ForRead How = 1 << iota
	ForWrite
	Create
	Exclusive     // with Create: it must not exist
	Truncate      // to no bytes
	OnlyDirectory // it must be one
	NoFollow      // it must not be a symbolic link
	NameOnly      // O_PATH: neither read nor written
)

// Open finds or creates a file and holds its node; the caller drops it. A new
// file gets the permissions of perm.
func (fs *FS) Open(at *Node, path string, how How, perm Mode) (Place, error) {
	follow := how&NoFollow == 0 && how&(Create|Exclusive) != Create|Exclusive
	p, err := fs.Walk(at, path, follow)
	switch {
	case err != nil:
		return Place{}, err
	case p.Node == nil && how&Create == 0:
		return Place{}, ErrNotFound
	case p.Node == nil && p.Slash:
		return Place{}, ErrIsDirectory
	case p.Node == nil:
		if p.Node, err = fs.create(p, Regular|perm&Permissions, 0); err != nil {
			return Place{}, err
		}
	default:
		if err := openable(p.Node, how); err != nil {
			return Place{}, err
		}
	}
	if how&NameOnly == 0 && p.Node.mode.Type() == Regular && p.Node.backing != nil {
		if err := p.Node.backing.open(); err != nil {
			return Place{}, err
		}
	}
	p.Node.Hold()
	if how&Truncate != 0 && p.Node.mode.Type() == Regular && p.Node.text == nil && p.Node.Size() > 0 {
		if err := p.Node.Truncate(0); err != nil {
			p.Node.Drop()
			return Place{}, err
		}
	}
	return p, nil
}

// openable checks whether a file that exists can be opened.
func openable(n *Node, how How) error {
	kind := n.mode.Type()
	want := Mode(0)
	if how&ForRead != 0 {
		want |= MayRead
	}
	if how&(ForWrite|Truncate) != 0 {
		want |= MayWrite
	}
	switch {
	case how&(Create|Exclusive) == Create|Exclusive:
		return ErrExists
	case kind == Symlink && how&NameOnly == 0:
		return ErrLoop
	case kind == Directory && how&(ForWrite|Create|Truncate) != 0:
		return ErrIsDirectory
	case kind != Directory && how&OnlyDirectory != 0:
		return ErrNotDirectory
	case how&NameOnly == 0 && !n.Allows(want):
		return ErrAccess
	}
	return nil
}

// Anonymous is a new regular file without a name, held.
func (fs *FS) Anonymous(perm Mode) (*Node, error) {
	n, err := fs.allocate(Regular|perm&Permissions, 0)
	if err != nil {
		return nil, err
	}
	n.holds = 1
	return n, nil
}

// changeable checks whether a directory's entries can be changed.
func changeable(dir *Node) error {
	switch {
	case dir.links == 0:
		return ErrNotFound
	case dir.fixed:
		return ErrPermission
	case !dir.Allows(MayWrite | MayExecute):
		return ErrAccess
	}
	return nil
}

// create puts a new node at a place where there is none.
func (fs *FS) create(p Place, mode Mode, extra int) (*Node, error) {
	if err := changeable(p.Dir); err != nil {
		return nil, err
	}
	n, err := fs.allocate(mode, len(p.Name)+extra)
	if err != nil {
		return nil, err
	}
	p.Dir.attach(p.Name, n)
	p.Dir.touch()
	return n, nil
}

// absent resolves a path whose last component must not exist.
func (fs *FS) absent(at *Node, path string, slash bool) (Place, error) {
	p, err := fs.Walk(at, path, false)
	switch {
	case err != nil:
		return p, err
	case p.Node != nil:
		return p, ErrExists
	case p.Slash && !slash:
		return p, ErrNotFound
	}
	return p, nil
}

// Mkdir creates a directory.
func (fs *FS) Mkdir(at *Node, path string, perm Mode) error {
	p, err := fs.absent(at, path, true)
	if err != nil {
		return err
	}
	_, err = fs.create(p, Directory|perm&Permissions, 0)
	return err
}

// Symlink creates a symbolic link.
func (fs *FS) Symlink(target string, at *Node, path string) error {
	switch {
	case target == "":
		return ErrNotFound
	case len(target) >= maxPath:
		return ErrNameTooLong
	}
	p, err := fs.absent(at, path, false)
	if err != nil {
		return err
	}
	n, err := fs.create(p, Symlink|0o777, len(target))
	if err != nil {
		return err
	}
	n.target = target
	return nil
}

// Link gives a node another name.
func (fs *FS) Link(n *Node, at *Node, path string) error {
	p, err := fs.absent(at, path, false)
	switch {
	case err != nil:
		return err
	case n.mode.Type() == Directory:
		return ErrPermission
	case n.text != nil || n.special != nil || n.jump != nil:
		return ErrCrossDevice
	case n.links >= maxNodes:
		return ErrTooManyLinks
	}
	if err := changeable(p.Dir); err != nil {
		return err
	}
	if !fs.options.Charge(nodeCost) {
		return ErrNoSpace
	}
	n.charged += nodeCost
	p.Dir.attach(p.Name, n)
	p.Dir.touch()
	n.change = fs.options.Now()
	return nil
}

// present resolves a path whose last component exists, is a name, and can be
// removed.
func (fs *FS) present(at *Node, path string) (Place, error) {
	p, err := fs.Walk(at, path, false)
	switch {
	case err != nil:
		return p, err
	case p.Node == nil:
		return p, ErrNotFound
	case p.Dir == nil || p.Node.fixed:
		return p, ErrBusy
	}
	return p, changeable(p.Dir)
}

// Unlink removes a name of what is no directory.
func (fs *FS) Unlink(at *Node, path string) error {
	p, err := fs.present(at, path)
	switch {
	case p.Node != nil && p.Node.mode.Type() == Directory:
		return ErrIsDirectory
	case err != nil:
		return err
	}
	return fs.remove(p)
}

// Rmdir removes an empty directory.
func (fs *FS) Rmdir(at *Node, path string) error {
	p, err := fs.present(at, path)
	switch {
	case p.Name == ".":
		return ErrInvalid
	case p.Name == "..":
		return ErrNotEmpty
	case err != nil:
		return err
	case p.Node.mode.Type() != Directory:
		return ErrNotDirectory
	}
	if empty, err := fs.vacant(p.Node); err != nil || !empty {
		if err == nil {
			err = ErrNotEmpty
		}
		return err
	}
	return fs.remove(p)
}

// remove takes a name out of its directory.
func (fs *FS) remove(p Place) error {
	if err := fs.detach(p); err != nil {
		return err
	}
	p.Dir.touch()
	p.Node.unlinked()
	return nil
}

// detach forgets a name, and hides what the host has there.
func (fs *FS) detach(p Place) error {
	if p.Dir.backing != nil {
		if _, err := p.Dir.backing.child(p.Name); err != ErrNotFound {
			p.Dir.children[p.Name] = nil
			return nil
		}
	}
	delete(p.Dir.children, p.Name)
	return nil
}

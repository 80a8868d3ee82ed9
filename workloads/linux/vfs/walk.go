package vfs

import "strings"

// Place is where a path leads.
type Place struct {
	Node *Node // nil: there is no such name in Dir
	// Dir and Name are where the last component was looked up. Dir is nil when
	// that was ".", ".." (then Name is that), there was none, or a link of
	// /proc has led to a node at once.
	Dir  *Node
	Name string
	// Slash: the path ends with one, so it means a directory.
	Slash bool
}

// Path is an absolute path of the place, as /proc/self/fd shows it; of what
// has none it is "".
func (p Place) Path() string {
	dir := p.Dir
	if dir == nil {
		if p.Node == nil || p.Node.mode.Type() != Directory {
			return ""
		}
		dir = p.Node
	}
	s, err := dir.Path()
	switch {
	case err != nil:
		return ""
	case p.Dir == nil:
		return s
	case s == "/":
		return s + p.Name
	}
	return s + "/" + p.Name
}

// Walk resolves a path, from a directory when it is relative. A symbolic link
// that is its last component is followed when follow is set or a slash stands
// behind it. That the last component is missing is no error: Place.Node is
// nil then.
func (fs *FS) Walk(at *Node, path string, follow bool) (Place, error) {
	switch {
	case path == "":
		return Place{}, ErrNotFound
	case len(path) >= maxPath:
		return Place{}, ErrNameTooLong
	}
	w := walk{fs: fs, dir: at, rest: path}
	if path[0] == '/' {
		w.dir = fs.root
	}
	w.place = Place{Node: w.dir}
	for w.rest = strings.TrimLeft(w.rest, "/"); w.rest != ""; w.rest = strings.TrimLeft(w.rest, "/") {
		if err := w.step(follow); err != nil {
			return Place{}, err
		}
	}
	if n := w.place.Node; n != nil && w.place.Slash && n.mode.Type() != Directory {
		return Place{}, ErrNotDirectory
	}
	return w.place, nil
}

// Find is Walk for what must exist.
func (fs *FS) Find(at *Node, path string, follow bool) (*Node, error) {
	p, err := fs.Walk(at, path, follow)
	if err == nil && p.Node == nil {
		err = ErrNotFound
	}
	return p.Node, err
}

// walk is the state of a resolution.
type walk struct {
	fs    *FS
	dir   *Node  // where the next component is looked up
	rest  string // components to come
	links int    // followed so far
	place Place  // where the components so far lead
}

// step resolves one component.
func (w *walk) step(follow bool) error {
	name, after, slash := strings.Cut(w.rest, "/")
	last := strings.Trim(after, "/") == ""
	switch {
	case w.dir.mode.Type() != Directory:
		return ErrNotDirectory
	case !w.dir.Allows(MayExecute):
		return ErrAccess
	case len(name) > maxName:
		return ErrNameTooLong
	}
	w.rest = after
	switch name {
	case ".":
		w.at(w.dir, name)
		return nil
	case "..":
		w.at(w.dir.parent, name)
		return nil
	}
	child, err := w.fs.child(w.dir, name)
	if err == ErrNotFound && last {
		w.place = Place{Dir: w.dir, Name: name, Slash: slash}
		return nil
	}
	if err != nil {
		return err
	}
	if child.mode.Type() == Symlink && (!last || slash || follow) {
		return w.follow(child, slash)
	}
	w.place = Place{Node: child, Dir: w.dir, Name: name, Slash: slash}
	w.dir = child
	return nil
}

// at goes to a node without looking its name up.
func (w *walk) at(n *Node, name string) {
	w.dir = n
	w.place = Place{Node: n, Name: name}
}

// follow goes where a link leads; slash says that one stood behind it.
func (w *walk) follow(link *Node, slash bool) error {
	w.links++
	if w.links > maxLinks {
		return ErrLoop
	}
	if link.jump != nil {
		n := link.jump()
		if n == nil {
			return ErrNotFound
		}
		w.at(n, "")
		w.place.Slash = slash
		return nil
	}
	target := link.Target()
	if target == "" {
		return ErrNotFound
	}
	if target[0] == '/' {
		w.dir = w.fs.root
	}
	if slash {
		target += "/" + w.rest
	}
	w.rest = target
	w.place = Place{Node: w.dir}
	return nil
}

// child is the entry of a directory, which the host or a dynamic directory is
// asked for when it is not known yet.
func (fs *FS) child(dir *Node, name string) (*Node, error) {
	if n, known := dir.children[name]; known {
		if n == nil {
			return nil, ErrNotFound
		}
		return n, nil
	}
	if dir.dynamic != nil {
		n := dir.dynamic.Entry(name)
		if n == nil {
			return nil, ErrNotFound
		}
		fs.adopt(dir, name, n)
		return n, nil
	}
	if dir.backing == nil {
		return nil, ErrNotFound
	}
	b, err := dir.backing.child(name)
	if err != nil {
		return nil, err
	}
	return fs.fromHost(dir, name, b)
}

// fromHost makes a file of the host's a node.
func (fs *FS) fromHost(dir *Node, name string, b *backing) (*Node, error) {
	mode := modeOf(b.seen.Mode())
	target := ""
	if mode.Type() == Symlink {
		var err error
		if target, err = b.readlink(); err != nil {
			return nil, err
		}
	}
	n, err := fs.allocate(mode, len(name)+len(target))
	if err != nil {
		return nil, ErrNoMemory
	}
	n.ino = hashIno(b.path)
	n.access, n.modify, n.change = fs.options.Epoch, fs.options.Epoch, fs.options.Epoch
	switch mode.Type() {
	case Regular:
		n.content.size, n.content.base = b.seen.Size(), b.seen.Size()
		n.backing = b
	case Directory:
		n.backing = b
		n.fixed = b.empty
	case Symlink:
		n.target = target
	}
	dir.attach(name, n)
	return n, nil
}

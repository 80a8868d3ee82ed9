package vfs

import (
	"slices"
	"strings"
)

// Entry is one name in a directory.
type Entry struct {
	Name string
	Ino  uint64
	Type Mode
}

// List is what a directory holds: ".", "..", and the rest sorted by name.
func (fs *FS) List(dir *Node) ([]Entry, error) {
	switch {
	case dir.mode.Type() != Directory:
		return nil, ErrNotDirectory
	case dir.links == 0:
		return nil, nil
	}
	entries, err := fs.entries(dir)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return append([]Entry{{".", dir.ino, Directory}, {"..", dir.parent.ino, Directory}}, entries...), nil
}

// entries are the names in a directory in any order.
func (fs *FS) entries(dir *Node) ([]Entry, error) {
	var entries []Entry
	if dir.backing != nil {
		below, err := dir.backing.list()
		if err != nil {
			return nil, err
		}
		entries = slices.DeleteFunc(below, func(e Entry) bool {
			_, known := dir.children[e.Name]
			return known
		})
	}
	for name, n := range dir.children {
		if n != nil {
			entries = append(entries, Entry{name, n.ino, n.mode.Type()})
		}
	}
	if dir.dynamic != nil {
		for _, e := range dir.dynamic.Entries() {
			e.Ino = hashIno(dir.inoText(), e.Name)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// vacant reports whether a directory has no entries.
func (fs *FS) vacant(dir *Node) (bool, error) {
	entries, err := fs.entries(dir)
	return len(entries) == 0, err
}

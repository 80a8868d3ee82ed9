package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// host is the directory of the host's that lies under a file system. Names
// are relative to it and have been resolved: no component is "..", and none
// was a link when it was looked at.
type host struct {
	root *os.Root
	top  fs.FileInfo
}

// backing is a file or directory of the host's.
type backing struct {
	host *host
	path string
	seen fs.FileInfo // as it was when a path first led there
	file *os.File    // while it is open
	// empty: a directory of which nothing is shown, where a file system of
	// the kernel is mounted.
	empty bool
}

func newHost(root *os.Root) (*host, error) {
	info, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	h := &host{root: root, top: info}
	b := h.rootBacking()
	f, err := b.opened()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if kernelFS(f) {
		return nil, errors.New("it is on a file system of the host's kernel")
	}
	return h, nil
}

func (h *host) rootBacking() *backing { return &backing{host: h, path: ".", seen: h.top} }

// join is the path of a name in a directory; ok is false for a name that the
// host would take for more than one component.
func (b *backing) join(name string) (joined string, ok bool) {
	if os.PathSeparator != '/' && strings.ContainsAny(name, `\:`) {
		return "", false
	}
	return path.Join(b.path, name), true
}

// child looks a name up in a directory.
func (b *backing) child(name string) (*backing, error) {
	joined, ok := b.join(name)
	if !ok || b.empty {
		return nil, ErrNotFound
	}
	info, err := b.host.root.Lstat(joined)
	if err != nil {
		return nil, hostError(err)
	}
	c := &backing{host: b.host, path: joined, seen: info}
	if !visible(info.Mode()) {
		return nil, ErrNotFound
	}
	if device(info) == device(b.seen) || info.Mode()&fs.ModeSymlink != 0 {
		return c, nil
	}
	// Something is mounted here.
	f, err := c.opened()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if c.empty = kernelFS(f); c.empty && !info.IsDir() {
		return nil, ErrNotFound
	}
	return c, nil
}

// visible reports whether files of a kind are shown to the guest.
func visible(m fs.FileMode) bool {
	return m.IsRegular() || m.IsDir() || m&fs.ModeType == fs.ModeSymlink
}

// opened opens the file or directory for reading, without ever waiting, and
// makes sure that it is what was seen.
func (b *backing) opened() (*os.File, error) {
	f, err := b.host.root.OpenFile(b.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, hostError(err)
	}
	info, err := f.Stat()
	if err != nil || !os.SameFile(info, b.seen) || info.Mode().Type() != b.seen.Mode().Type() {
		f.Close()
		return nil, ErrNotFound
	}
	return f, nil
}

// open keeps the file open for the reads to come.
func (b *backing) open() (err error) {
	if b.file == nil {
		b.file, err = b.opened()
	}
	return err
}

func (b *backing) close() {
	if b.file != nil {
		b.file.Close() // it was only read
		b.file = nil
	}
}

// readAt fills p with what is at off, and with zeros where the file has
// become shorter. A file that is not open is opened for the time.
func (b *backing) readAt(p []byte, off int64) error {
	if b.file == nil {
		if err := b.open(); err != nil {
			return err
		}
		defer b.close()
	}
	n, err := b.file.ReadAt(p, off)
	clear(p[n:])
	if err != nil && err != io.EOF {
		return ErrIO
	}
	return nil
}

// readlink is what a symbolic link says.
func (b *backing) readlink() (string, error) {
	s, err := b.host.root.Readlink(b.path)
	if err != nil {
		return "", hostError(err)
	}
	return s, nil
}

// list is the names in a directory that the guest may see, in any order.
func (b *backing) list() ([]Entry, error) {
	if b.empty {
		return nil, nil
	}
	f, err := b.opened()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.ReadDir(-1)
	if err != nil {
		return nil, hostError(err)
	}
	entries := make([]Entry, 0, len(names))
	for _, d := range names {
		joined, ok := b.join(d.Name())
		if ok && visible(d.Type()) {
			entries = append(entries, Entry{d.Name(), hashIno(joined), modeOf(d.Type()).Type()})
		}
	}
	return entries, nil
}

// modeOf translates the type and the permissions of a visible file.
func modeOf(m fs.FileMode) Mode {
	p := Mode(m.Perm())
	switch {
	case m.IsDir():
		return Directory | p
	case m&fs.ModeSymlink != 0:
		return Symlink | 0o777
	}
	return Regular | p
}

// hostError is what the guest is told of an error of the host's.
func hostError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		return ErrNotFound
	case errors.Is(err, fs.ErrPermission):
		return ErrAccess
	case errors.Is(err, syscall.ENAMETOOLONG):
		return ErrNameTooLong
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EINVAL):
		return ErrNotFound // it has changed since it was seen
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return ErrTooManyFiles
	}
	if e := new(fs.PathError); errors.As(err, &e) && strings.Contains(e.Err.Error(), "escapes") {
		return ErrNotFound // a component has become a link that leads outside
	}
	return ErrIO
}

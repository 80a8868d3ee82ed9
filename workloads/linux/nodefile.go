package linux

import "github.com/threadmill-sim/threadmill/workloads/linux/vfs"

// nodeFile is an open file or directory of the file system.
type nodeFile struct {
	node *vfs.Node
	fs   *vfs.FS
	// text is what the file held when it was opened, if the system makes its
	// contents up.
	text   []byte
	isText bool
	listed int64 // bytes charged for the entries of a directory
}

var _ file = (*nodeFile)(nil)

// newNodeFile opens a node that is held.
func newNodeFile(fs *vfs.FS, n *vfs.Node) *nodeFile {
	f := &nodeFile{node: n, fs: fs}
	f.text, f.isText = n.Text()
	return f
}

func (f *nodeFile) stat() vfs.Stat { return f.node.Stat() }

func (f *nodeFile) read(b []byte, at int64) (int, errno) {
	switch f.node.Mode().Type() {
	case vfs.Directory:
		return 0, eisdir
	case vfs.Regular:
	default:
		return 0, einval
	}
	if f.isText {
		return copy(b, f.text[min(at, int64(len(f.text))):]), eok
	}
	n, err := f.node.ReadAt(b, at)
	return n, fsErrno(err)
}

func (f *nodeFile) write(b []byte, at int64) (int, errno) {
	if f.isText || f.node.Mode().Type() != vfs.Regular {
		return 0, einval
	}
	n, err := f.node.WriteAt(b, at)
	return n, fsErrno(err)
}

func (f *nodeFile) positions() bool { return true }

func (f *nodeFile) ready() events { return pollIn | pollOut }

func (f *nodeFile) changes() *watchers { return nil }

func (f *nodeFile) close() {
	f.fs.Charge(-f.listed)
	f.node.Drop()
}

// device is what a character device does.
type device uint8

const (
	devNull device = iota
	devZero
	devFull
	devRandom
)

// deviceFile is an open device.
type deviceFile struct {
	node    *vfs.Node
	device  device
	process *Process
}

var _ file = (*deviceFile)(nil)

func (f *deviceFile) stat() vfs.Stat { return f.node.Stat() }

func (f *deviceFile) read(b []byte, _ int64) (int, errno) {
	switch f.device {
	case devNull:
		return 0, eok
	case devRandom:
		fill(f.process.random, b)
	default:
		clear(b)
	}
	return len(b), eok
}

func (f *deviceFile) write(b []byte, _ int64) (int, errno) {
	if f.device == devFull {
		return 0, enospc
	}
	return len(b), eok
}

func (f *deviceFile) positions() bool { return true }

func (f *deviceFile) ready() events { return pollIn | pollOut }

func (f *deviceFile) changes() *watchers { return nil }

func (f *deviceFile) close() { f.node.Drop() }

// reopened is a file without a name of its own, such as a pipe, that was
// opened again through /proc/self/fd.
type reopened struct {
	file
	of *description
}

func (f reopened) read(b []byte, at int64) (int, errno) {
	if !f.of.readable() {
		return 0, ebadf
	}
	return f.file.read(b, at)
}

func (f reopened) write(b []byte, at int64) (int, errno) {
	if !f.of.writable() {
		return 0, ebadf
	}
	return f.file.write(b, at)
}

func (f reopened) close() { f.of.release() }

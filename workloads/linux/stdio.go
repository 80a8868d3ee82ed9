package linux

import (
	"io"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// stdio is a standard stream. To the guest it is a pipe; reading waits for the
// host, and all that is written is taken at once.
type stdio struct {
	in  io.Reader // nil: at its end
	out *output   // nil: it is read
	ino uint64
	eof bool
}

var _ file = (*stdio)(nil)

// standardFiles opens descriptors 0, 1 and 2.
func (p *Process) standardFiles() {
	for fd, s := range []*stdio{{in: p.options.Stdin, ino: 1}, {out: &p.stdout, ino: 2}, {out: &p.stderr, ino: 3}} {
		flags := uint32(openReadOnly)
		if s.out != nil {
			flags = openWriteOnly
		}
		name := [...]string{"pipe:[1]", "pipe:[2]", "pipe:[3]"}[fd]
		p.files.put(fd, &description{file: s, flags: flags, name: name}, false)
	}
}

func (s *stdio) stat() vfs.Stat {
	const ownerReadWrite = 0o600
	t := epochTime
	return vfs.Stat{Device: 2, Ino: s.ino, Mode: vfs.Fifo | ownerReadWrite, Links: 1, Access: t, Modify: t, Change: t}
}

// read fills b as far as the host's reader has something.
func (s *stdio) read(b []byte, _ int64) (int, errno) {
	for s.in != nil && !s.eof && len(b) > 0 {
		n, err := s.in.Read(b)
		s.eof = err != nil
		if n > 0 {
			return n, eok
		}
	}
	return 0, eok
}

func (s *stdio) write(b []byte, _ int64) (int, errno) { return s.out.write(b) }

func (s *stdio) positions() bool { return false }

func (s *stdio) ready() events {
	if s.out != nil {
		return pollOut
	}
	return pollIn
}

func (s *stdio) changes() *watchers { return nil }

func (s *stdio) close() {}

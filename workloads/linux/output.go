package linux

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// DefaultOutputLimit is how many bytes of each guest output stream are kept
// when Options say nothing.
const DefaultOutputLimit = 1 << 20

// output is one of the guest's output streams: its first bytes are kept for
// the record of the run, and all of them go to the host's writer when there
// is one.
type output struct {
	name    string
	limit   int
	kept    []byte
	written uint64
	host    io.Writer // nil: none
	failed  error     // of the host's writer, which is not used again
}

// write takes everything, as a terminal would, unless the host's writer fails:
// then the guest learns of it, from that call on.
func (o *output) write(b []byte) (int, errno) {
	if o.host != nil && o.failed == nil {
		var n int
		n, o.failed = o.host.Write(b)
		b = b[:n]
	} else if o.failed != nil {
		b = nil
	}
	o.written += uint64(len(b))
	if room := o.limit - len(o.kept); room > 0 {
		o.kept = append(o.kept, b[:min(room, len(b))]...)
	}
	switch {
	case o.failed == nil:
		return len(b), eok
	case errors.Is(o.failed, syscall.ENOSPC):
		return len(b), enospc
	}
	return len(b), eio
}

// warnings says what of the output was lost.
func (o *output) warnings() []string {
	var w []string
	if o.written > uint64(len(o.kept)) && o.host == nil {
		w = append(w, fmt.Sprintf("%s is cut: the first %d of %d bytes were kept", o.name, len(o.kept), o.written))
	}
	return w
}

// lost is the error of the host's writer, nil when it took everything.
func (o *output) lost() error {
	if o.failed == nil {
		return nil
	}
	return fmt.Errorf("%s could not be passed on: %w", o.name, o.failed)
}

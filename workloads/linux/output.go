package linux

import (
	"fmt"
	"io"
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

// write takes everything, as a terminal would; a host writer that fails is
// the host's affair and is told in a warning.
func (o *output) write(b []byte) {
	o.written += uint64(len(b))
	if room := o.limit - len(o.kept); room > 0 {
		o.kept = append(o.kept, b[:min(room, len(b))]...)
	}
	if o.host != nil && o.failed == nil {
		_, o.failed = o.host.Write(b)
	}
}

// warnings says what of the output was lost.
func (o *output) warnings() []string {
	var w []string
	if o.written > uint64(len(o.kept)) && o.host == nil {
		w = append(w, fmt.Sprintf("%s is cut: the first %d of %d bytes were kept", o.name, len(o.kept), o.written))
	}
	if o.failed != nil {
		w = append(w, fmt.Sprintf("%s could not be passed on: %v", o.name, o.failed))
	}
	return w
}

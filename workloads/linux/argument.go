package linux

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// How strace shows arguments. The format of a system call's row names a kind
// for each; one with ">" before it is filled in by the call and shown after
// it.

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// pointer is an address as strace shows it.
func pointer(v uint64) string {
	if v == 0 {
		return "NULL"
	}
	return fmt.Sprintf("%#x", v)
}

// hexadecimal is a number as strace shows it in base 16.
func hexadecimal(v uint64) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("%#x", v)
}

// argument is the text of argument i of the thread's system call, of a kind;
// "" leaves it out. result is what the call returned, where it fills in.
func argument(t *Thread, kind string, i int, result uint64) string {
	v := t.call[i]
	if f, ok := argumentKinds[kind]; ok {
		return f(t, v, i, result)
	}
	return pointer(v)
}

// names shows a number as one of some names.
func names(known string, base uint64) func(*Thread, uint64, int, uint64) string {
	list := strings.Fields(known)
	return func(_ *Thread, v uint64, _ int, _ uint64) string {
		if n := v - base; n < uint64(len(list)) && list[n] != "-" {
			return list[n]
		}
		return fmt.Sprintf("%#x", v)
	}
}

// flag is a bit, or several, with a name.
type flag struct {
	bits uint64
	name string
}

// flags shows a set of bits by their names.
func flags(none string, known ...flag) func(*Thread, uint64, int, uint64) string {
	return func(_ *Thread, v uint64, _ int, _ uint64) string { return flagText(v, none, known) }
}

func flagText(v uint64, none string, known []flag) string {
	var parts []string
	for _, f := range known {
		if f.bits != 0 && v&f.bits == f.bits {
			parts = append(parts, f.name)
			v &^= f.bits
		}
	}
	switch {
	case len(parts) == 0 && v == 0:
		return none
	case v != 0:
		parts = append(parts, fmt.Sprintf("%#x", v))
	}
	return strings.Join(parts, "|")
}

// stringLimit is how many bytes of a string or buffer are shown.
const stringLimit = 32

// quoted shows bytes as a C string, cut.
func quoted(b []byte, cut bool) string {
	var s strings.Builder
	s.WriteByte('"')
	for i, c := range b {
		switch {
		case c == '"' || c == '\\':
			s.WriteString("\\" + string(rune(c)))
		case c >= ' ' && c < 0x7f:
			s.WriteByte(c)
		case strings.IndexByte("\t\n\v\f\r", c) >= 0:
			s.WriteString("\\" + string("tnvfr"[c-'\t']))
		case i+1 < len(b) && b[i+1] >= '0' && b[i+1] <= '9':
			fmt.Fprintf(&s, "\\%03o", c)
		default:
			fmt.Fprintf(&s, "\\%o", c)
		}
	}
	s.WriteByte('"')
	if cut {
		s.WriteString("...")
	}
	return s.String()
}

// buffer shows n bytes of guest memory.
func buffer(t *Thread, addr, n uint64) string {
	b := make([]byte, min(n, stringLimit))
	if addr == 0 || t.process.load(addr, b) != eok {
		return pointer(addr)
	}
	return quoted(b, n > stringLimit)
}

// cString shows a string of the guest's of up to limit bytes.
func cString(t *Thread, addr, limit uint64) string {
	if addr == 0 {
		return "NULL"
	}
	s, e := t.process.cstring(addr, limit+1)
	switch {
	case e == eok:
		return quoted([]byte(s), false)
	case e == enomem:
		b := make([]byte, limit)
		if t.process.load(addr, b) == eok {
			return quoted(b, true)
		}
	}
	return pointer(addr)
}

// words shows a structure of 64-bit numbers with the names of its members.
func words(members ...string) func(*Thread, uint64, int, uint64) string {
	return func(t *Thread, v uint64, _ int, _ uint64) string {
		b := make([]byte, 8*len(members))
		if v == 0 || t.process.load(v, b) != eok {
			return pointer(v)
		}
		var parts []string
		for i, m := range members {
			parts = append(parts, m+"="+strconv.FormatInt(int64(le64(b[8*i:])), 10))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
}

// number shows 32 bits at an address.
func number(t *Thread, v uint64, _ int, _ uint64) string {
	var b [4]byte
	if v == 0 || t.process.load(v, b[:]) != eok {
		return pointer(v)
	}
	return fmt.Sprintf("[%d]", int32(binary.LittleEndian.Uint32(b[:])))
}

// pair shows the two descriptors of a pipe.
func pair(t *Thread, v uint64, _ int, _ uint64) string {
	var b [8]byte
	if v == 0 || t.process.load(v, b[:]) != eok {
		return pointer(v)
	}
	le := binary.LittleEndian
	return fmt.Sprintf("[%d, %d]", int32(le.Uint32(b[:])), int32(le.Uint32(b[4:])))
}

// fileTimes shows the times of access and change that utimensat sets.
func fileTimes(t *Thread, v uint64, _ int, _ uint64) string {
	const omit, now = 1<<30 - 2, 1<<30 - 1
	var b [32]byte
	if v == 0 || t.process.load(v, b[:]) != eok {
		return pointer(v)
	}
	one := func(at int) string {
		switch n := le64(b[at+8:]); n {
		case omit:
			return "UTIME_OMIT"
		case now:
			return "UTIME_NOW"
		default:
			return fmt.Sprintf("{tv_sec=%d, tv_nsec=%d}", int64(le64(b[at:])), n)
		}
	}
	return "[" + one(0) + ", " + one(16) + "]"
}

// interval shows struct itimerspec or itimerval.
func interval(fraction string) func(*Thread, uint64, int, uint64) string {
	return func(t *Thread, v uint64, _ int, _ uint64) string {
		var b [32]byte
		if v == 0 || t.process.load(v, b[:]) != eok {
			return pointer(v)
		}
		one := func(at int) string {
			return fmt.Sprintf("{tv_sec=%d, %s=%d}", le64(b[at:]), fraction, le64(b[at+8:]))
		}
		return fmt.Sprintf("{it_interval=%s, it_value=%s}", one(0), one(16))
	}
}

// signals shows a set of signals.
func signals(t *Thread, v uint64, _ int, _ uint64) string {
	var b [maskSize]byte
	if v == 0 || t.process.load(v, b[:]) != eok {
		return pointer(v)
	}
	m := signalSet(le64(b[:]))
	return setText(m)
}

// setText names the signals of a set, or those that are not in it when these
// are fewer.
func setText(m signalSet) string {
	if bits.OnesCount64(uint64(m)) > numSignals/2 {
		return "~" + setText(^m)
	}
	var parts []string
	for s := Signal(1); s <= numSignals; s++ {
		if m.has(s) {
			parts = append(parts, shortSignal(s))
		}
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// shortSignal is a signal's name within a set.
func shortSignal(s Signal) string {
	if s >= realTime {
		return fmt.Sprintf("RT_%d", s-realTime)
	}
	return strings.TrimPrefix(s.String(), "SIG")
}

// handler shows struct sigaction.
func handler(t *Thread, v uint64, _ int, _ uint64) string {
	var b [actionSize]byte
	if v == 0 || t.process.load(v, b[:]) != eok {
		return pointer(v)
	}
	name := fmt.Sprintf("%#x", le64(b[:]))
	switch le64(b[:]) {
	case handlerDefault:
		name = "SIG_DFL"
	case handlerIgnore:
		name = "SIG_IGN"
	}
	known := []flag{{1, "SA_NOCLDSTOP"}, {2, "SA_NOCLDWAIT"}, {4, "SA_SIGINFO"}, {actionOnStack, "SA_ONSTACK"}, {actionRestart, "SA_RESTART"}, {actionNoDefer, "SA_NODEFER"}, {actionReset, "SA_RESETHAND"}}
	return fmt.Sprintf("{sa_handler=%s, sa_mask=%s, sa_flags=%s}", name, setText(signalSet(le64(b[16:]))), flagText(le64(b[8:]), "0", known))
}

// scatter shows an array of struct iovec whose length is the next argument, of
// which the first limit bytes hold something.
func scatter(t *Thread, i int, limit uint64) string {
	vs, e := t.process.vectors(t.call[i], t.call[i+1])
	if e != eok {
		return pointer(t.call[i])
	}
	var parts []string
	for _, v := range vs {
		n := min(v.size, limit)
		limit -= n
		parts = append(parts, fmt.Sprintf("{iov_base=%s, iov_len=%d}", buffer(t, v.addr, n), v.size))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// polls shows an array of struct pollfd whose length is the next argument.
func polls(t *Thread, v uint64, i int, _ uint64) string {
	n := t.call[i+1]
	b := make([]byte, pollSize*min(n, stringLimit))
	if v == 0 || t.process.load(v, b) != eok {
		return pointer(v)
	}
	var parts []string
	for ; len(b) > 0; b = b[pollSize:] {
		le := binary.LittleEndian
		text := fmt.Sprintf("{fd=%d, events=%s", int32(le.Uint32(b)), eventText(uint64(le.Uint16(b[4:])), "POLL"))
		if r := le.Uint16(b[6:]); r != 0 {
			text += ", revents=" + eventText(uint64(r), "POLL")
		}
		parts = append(parts, text+"}")
	}
	if n > stringLimit {
		parts = append(parts, "...")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// eventText shows events of poll or epoll.
func eventText(v uint64, prefix string) string {
	var known []flag
	for _, f := range []flag{
		{1, "IN"}, {2, "PRI"}, {4, "OUT"}, {8, "ERR"}, {0x10, "HUP"}, {0x20, "NVAL"}, {0x40, "RDNORM"}, {0x100, "WRNORM"}, {0x2000, "RDHUP"},
		{epollExclusive, "EXCLUSIVE"}, {epollOneShot, "ONESHOT"}, {epollEdge, "ET"},
	} {
		known = append(known, flag{f.bits, prefix + f.name})
	}
	return flagText(v, "0", known)
}

// watched shows one struct epoll_event.
func watched(b []byte) string {
	return fmt.Sprintf("{events=%s, data=%#x}", eventText(uint64(binary.LittleEndian.Uint32(b)), "EPOLL"), le64(b[8:]))
}

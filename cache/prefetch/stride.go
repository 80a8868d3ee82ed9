package prefetch

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// stride is Chen and Baer's reference prediction table in its basic form: for
// each load instruction the last address, the stride, and how sure it is. An
// access that comes where it was predicted makes its entry steady.
//
// Deviations: only a steady entry proposes, where the paper also tries strides
// that it has seen once; a fixed distance stands for the lookahead program
// counter, which needs the branch predictor; and a stride below a line counts as a
// line, or the proposals of a slow walk would all be for the line in use.
// Stores are written without their PC and do not take part.
type stride struct {
	entries  []reference
	line     int64
	contexts uint64
	distance int64
	degree   int
}

// reference is what the table knows of one load instruction.
type reference struct {
	pc     isa.Addr // 0: free
	thread isa.Context
	state  confidence
	ahead  bool  // next has been set for this stride
	last   int64 // address
	stride int64
	next   int64 // address of the next line to propose
}

// confidence names the paper's states.
type confidence uint8

const (
	initial confidence = iota
	transient
	steady
	noPrediction
)

var _ LoadsOnly = (*stride)(nil)

// LoadsOnly implements the interface of that name.
func (*stride) LoadsOnly() {}

func newStride(args catalog.Args, g Geometry) Prefetcher {
	return &stride{
		entries:  make([]reference, args.Int("entries")),
		line:     int64(g.Line),
		contexts: uint64(max(g.Contexts, 1)),
		distance: int64(args.Int("distance")),
		degree:   args.Int("degree"),
	}
}

// entry is where an instruction of a thread is kept. Threads that run one
// program start in different parts of the table.
func (p *stride) entry(pc isa.Addr, thread isa.Context) *reference {
	n := uint64(len(p.entries))
	return &p.entries[(uint64(pc)>>1+uint64(thread)*n/p.contexts)%n]
}

func (p *stride) Access(a Access, out []isa.Addr) []isa.Addr {
	if a.PC == 0 {
		return out
	}
	e := p.entry(a.PC, a.Thread)
	addr := int64(a.Addr)
	if e.pc != a.PC || e.thread != a.Thread {
		*e = reference{pc: a.PC, thread: a.Thread, last: addr}
		return out
	}
	e.update(addr)
	if e.state != steady || e.stride == 0 {
		return out
	}
	return p.propose(e, out)
}

// update is the paper's state machine.
func (e *reference) update(addr int64) {
	observed := addr - e.last
	e.last = addr
	correct := observed == e.stride
	switch {
	case correct && e.state == noPrediction:
		e.state = transient
	case correct:
		e.state = steady
	case e.state == steady:
		e.state = initial // its stride is kept: loops begin again
	case e.state == initial:
		e.state, e.stride, e.ahead = transient, observed, false
	default:
		e.state, e.stride, e.ahead = noPrediction, observed, false
	}
}

// propose continues the entry's proposals up to the distance.
func (p *stride) propose(e *reference, out []isa.Addr) []isa.Addr {
	from, step := e.last, e.stride
	switch {
	case 0 < step && step < p.line:
		from, step = from&-p.line, p.line
	case -p.line < step && step < 0:
		from, step = from&-p.line, -p.line
	}
	// What was proposed before an interruption is not proposed again.
	if n := (e.next - from) / step; !e.ahead || n < 1 || n > p.distance+1 {
		e.ahead, e.next = true, from+step
	}
	for range p.degree {
		if (e.next-from)/step > p.distance {
			break
		}
		out = append(out, isa.Addr(e.next))
		e.next += step
	}
	return out
}

func (*stride) Fill(Fill) {}

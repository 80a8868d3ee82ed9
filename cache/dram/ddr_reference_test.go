package dram

import (
	"slices"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// arrival is a request and when it arrives.
type arrival struct {
	at isa.Cycle
	r  Request
}

// reference is the memory of the row ddr, written to be read: it goes from one
// memory clock to the next, keeps what waits in plain lists, and decides
// whether a command is legal by looking at all commands before it. It shares
// nothing with the model but the parameters' names.
type reference struct {
	v        func(name string) int
	mhz      int
	upstream int
	waiting  map[bool][]*waiting // by write
	log      []issued
	open     map[[4]int]uint64 // by channel, rank, group, bank
	due      map[[2]int]int
	draining map[int]bool
	served   map[int]int
	left     map[uint32]int
	answers  map[uint32]isa.Cycle
	count    map[string]int
	busy     map[int]int // by channel: when the data bus is free again
}

type waiting struct {
	channel, rank, group, bank int
	row, burst                 uint64
	id                         uint32
	entered                    int // -1: not in the window yet
	needed                     string
}

type issued struct {
	kind                       string
	channel, rank, group, bank int
	at                         int
}

func (r *reference) cycle(m int) isa.Cycle {
	return isa.Cycle((m*r.mhz + r.v("mhz") - 1) / r.v("mhz"))
}

// longest is more clocks than any timing that drawDDR draws.
const longest = 100

// play runs the arrivals, which are in the order of time, to their end.
func play(args catalog.Args, mhz, upstream int, arrivals []arrival) *reference {
	r := &reference{
		v: args.Int, mhz: mhz, upstream: upstream,
		waiting: map[bool][]*waiting{}, open: map[[4]int]uint64{}, due: map[[2]int]int{},
		draining: map[int]bool{}, served: map[int]int{}, left: map[uint32]int{},
		answers: map[uint32]isa.Cycle{}, count: map[string]int{}, busy: map[int]int{},
	}
	for c := range r.v("channels") {
		r.served[c] = r.v("high") - r.v("low")
		for k := range r.v("ranks") {
			r.due[[2]int{c, k}] = r.v("trefi") * (k + 1) / r.v("ranks")
		}
	}
	for m := 0; len(arrivals) > 0 || len(r.waiting[false])+len(r.waiting[true]) > 0; m++ {
		for len(arrivals) > 0 && arrivals[0].at <= r.cycle(m) {
			r.arrive(args, m, arrivals[0])
			arrivals = arrivals[1:]
		}
		for c := range r.v("channels") {
			r.clock(args, c, m)
		}
		r.log = slices.DeleteFunc(r.log, func(c issued) bool { return c.at < m-longest })
	}
	return r
}

func (r *reference) arrive(args catalog.Args, m int, a arrival) {
	size := uint64(r.v("bytes"))
	for burst := uint64(a.r.Addr) / size; burst*size < uint64(a.r.Addr)+uint64(a.r.Bytes); burst++ {
		if !a.r.Write {
			r.left[a.r.ID]++
		}
	}
	for burst := uint64(a.r.Addr) / size; burst*size < uint64(a.r.Addr)+uint64(a.r.Bytes); burst++ {
		w := &waiting{burst: burst, id: a.r.ID, entered: -1, needed: "hit"}
		rest := burst / uint64(r.v("block")/r.v("bytes"))
		take := func(n int) int {
			defer func() { rest /= uint64(n) }()
			return int(rest % uint64(n))
		}
		order := args.List("map")
		for i := len(order) - 1; i >= 0; i-- {
			switch order[i] {
			case "channel":
				w.channel = take(r.v("channels"))
			case "rank":
				w.rank = take(r.v("ranks"))
			case "group":
				w.group = take(r.v("groups"))
			case "bank":
				w.bank = take(r.v("banks"))
			case "column":
				take(r.v("row") / r.v("block"))
			}
		}
		w.row = rest
		if args.Choice("hash") == "xor" {
			w.group ^= take(r.v("groups"))
			w.bank ^= take(r.v("banks"))
		}
		if slices.ContainsFunc(r.window(w.channel, true), func(o *waiting) bool { return o.burst == burst }) {
			if a.r.Write {
				r.count["merged"]++
			} else {
				r.count["forwarded"]++
				r.done(a.r.ID, a.at+r.back())
			}
			continue
		}
		r.waiting[a.r.Write] = append(r.waiting[a.r.Write], w)
		r.enter(w.channel, m)
		r.turn(w.channel)
	}
}

func (r *reference) back() isa.Cycle {
	return isa.Cycle(r.v("latency")-r.upstream) - r.cycle(r.v("tcl")+r.v("tburst"))
}

func (r *reference) done(id uint32, ready isa.Cycle) {
	r.left[id]--
	r.answers[id] = max(r.answers[id], ready)
}

// window is what the scheduler sees of one direction.
func (r *reference) window(c int, write bool) []*waiting {
	name := map[bool]string{false: "reads", true: "writes"}[write]
	var w []*waiting
	for _, o := range r.waiting[write] {
		if o.channel == c && len(w) < r.v(name) {
			w = append(w, o)
		}
	}
	return w
}

// enter notes the clock in which requests are first seen.
func (r *reference) enter(c, m int) {
	for _, write := range []bool{false, true} {
		for _, w := range r.window(c, write) {
			if w.entered < 0 {
				w.entered = m
			}
		}
	}
}

func (r *reference) turn(c int) {
	batch, writes, reads := r.v("high")-r.v("low"), len(r.window(c, true)), len(r.window(c, false))
	if r.draining[c] {
		if writes <= r.v("low") || reads > 0 && r.served[c] >= batch {
			r.draining[c], r.served[c] = false, 0
		}
	} else if writes >= r.v("high") && (reads == 0 || r.served[c] >= batch) {
		r.draining[c], r.served[c] = true, 0
		r.count["drains"]++
	}
}

// clock issues at most one command of a channel.
func (r *reference) clock(args catalog.Args, c, m int) {
	blocked := map[int]bool{} // ranks
	for k := range r.v("ranks") {
		if r.v("trefi") == 0 || m < r.due[[2]int{c, k}] {
			continue
		}
		blocked[k] = true
	}
	for k := range r.v("ranks") {
		if blocked[k] && r.towardsRefresh(c, k, m) {
			return
		}
	}
	write := r.draining[c] || len(r.window(c, false)) == 0
	w := r.window(c, write)
	if len(w) == 0 {
		return
	}
	oldest, aged := w[0], m >= w[0].entered+r.v("age")
	if aged && !blocked[oldest.rank] && r.serve(args, c, m, oldest, write) {
		return
	}
	var candidates []*waiting
	for i, o := range w {
		same := o.rank == oldest.rank && o.group == oldest.group && o.bank == oldest.bank
		if !blocked[o.rank] && !(aged && (i == 0 || same)) {
			candidates = append(candidates, o)
		}
	}
	for _, o := range candidates {
		if row, ok := r.open[o.place()]; ok && row == o.row && r.serve(args, c, m, o, write) {
			return
		}
	}
	for _, o := range candidates {
		row, ok := r.open[o.place()]
		hits := func(x *waiting) bool { return x.place() == o.place() && x.row == row }
		if ok && (row == o.row || slices.ContainsFunc(w, hits)) {
			continue
		}
		if r.serve(args, c, m, o, write) {
			return
		}
	}
}

func (o *waiting) place() [4]int { return [4]int{o.channel, o.rank, o.group, o.bank} }

func (r *reference) towardsRefresh(c, k, m int) bool {
	open := false
	for p := range r.open {
		open = open || p[0] == c && p[1] == k
	}
	if !open {
		if !r.legal(issued{"REF", c, k, 0, 0, m}) {
			return false
		}
		r.log = append(r.log, issued{"REF", c, k, 0, 0, m})
		r.due[[2]int{c, k}] += r.v("trefi")
		return true
	}
	for p := range r.open {
		if p[0] == c && p[1] == k && !r.legal(issued{"PRE", c, k, p[2], p[3], m}) {
			return false
		}
	}
	for p := range r.open {
		if p[0] == c && p[1] == k {
			r.log = append(r.log, issued{"PRE", c, k, p[2], p[3], m})
			delete(r.open, p)
		}
	}
	return true
}

// serve issues the next command for a request, if it is legal.
func (r *reference) serve(args catalog.Args, c, m int, o *waiting, write bool) bool {
	row, open := r.open[o.place()]
	cmd := issued{"ACT", c, o.rank, o.group, o.bank, m}
	switch {
	case open && row == o.row && write:
		cmd.kind = "WR"
	case open && row == o.row:
		cmd.kind = "RD"
	case open:
		cmd.kind = "PRE"
	}
	if !r.legal(cmd) {
		return false
	}
	r.log = append(r.log, cmd)
	switch cmd.kind {
	case "ACT":
		r.open[o.place()] = o.row
		r.count["activates"]++
		if o.needed == "hit" {
			o.needed = "miss"
		}
	case "PRE":
		delete(r.open, o.place())
		o.needed = "conflict"
	default:
		r.transfer(args, m, o, write)
	}
	return true
}

func (r *reference) transfer(args catalog.Args, m int, o *waiting, write bool) {
	r.count[o.needed]++
	r.served[o.channel]++
	data := m + r.v("tcl")
	if write {
		data = m + r.v("tcwl")
	}
	if data < r.busy[o.channel] {
		r.count["collisions"]++
	}
	r.busy[o.channel] = data + r.v("tburst")
	if !write {
		r.done(o.id, r.cycle(m+r.v("tcl")+r.v("tburst"))+r.back())
	}
	r.waiting[write] = slices.DeleteFunc(r.waiting[write], func(x *waiting) bool { return x == o })
	r.enter(o.channel, m+1)
	wanted := func(x *waiting) bool { return x.place() == o.place() && x.row == o.row }
	if args.Choice("page") == "closed" && !slices.ContainsFunc(r.window(o.channel, false), wanted) && !slices.ContainsFunc(r.window(o.channel, true), wanted) {
		delete(r.open, o.place())
		pre := issued{"PRE", o.channel, o.rank, o.group, o.bank, m}
		for !r.legal(pre) {
			pre.at++
		}
		r.log = append(r.log, pre)
	}
	r.turn(o.channel)
}

// legal compares a command with every one before it in its channel.
func (r *reference) legal(c issued) bool {
	v, acts := r.v, []int{}
	for _, h := range r.log {
		if h.channel != c.channel {
			continue
		}
		rank := h.rank == c.rank
		group := rank && h.group == c.group
		bank := group && h.bank == c.bank
		end := v("tcwl") + v("tburst")
		gap := 0 // at least, from h to c
		need := func(when bool, n int) {
			if when {
				gap = max(gap, n)
			}
		}
		switch h.kind + " " + c.kind {
		case "ACT ACT":
			need(rank, v("trrds"))
			need(group, v("trrdl"))
			if rank {
				acts = append(acts, h.at)
			}
		case "ACT PRE":
			need(bank, v("tras"))
		case "ACT RD", "ACT WR":
			need(bank, v("trcd"))
		case "PRE ACT":
			need(bank, v("trp"))
		case "PRE REF":
			need(rank, v("trp"))
		case "REF ACT", "REF REF":
			need(rank, v("trfc"))
		case "RD PRE":
			need(bank, v("trtp"))
		case "WR PRE":
			need(bank, end+v("twr"))
		case "RD RD":
			need(rank, v("tccds"))
			need(group, v("tccdl"))
			need(!rank, v("tburst")+v("trtrs"))
		case "WR WR":
			need(rank, v("tccds"))
			need(group, v("tccdlw"))
			need(!rank, v("tburst")+v("trtrs"))
		case "RD WR":
			need(true, v("trtw"))
		case "WR RD":
			need(rank, end+v("twtrs"))
			need(group, end+v("twtrl"))
			need(!rank, end+v("trtrs")-v("tcl"))
		}
		if gap > 0 && c.at < h.at+gap {
			return false
		}
	}
	slices.Sort(acts)
	if n := len(acts); n >= 4 && c.kind == "ACT" && c.at < acts[n-4]+v("tfaw") {
		return false
	}
	return true
}

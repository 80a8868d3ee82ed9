package dram

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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
	log      []command0
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

type command0 struct {
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
		r.log = slices.DeleteFunc(r.log, func(c command0) bool { return c.at < m-longest })
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
		if !r.legal(command0{"REF", c, k, 0, 0, m}) {
			return false
		}
		r.log = append(r.log, command0{"REF", c, k, 0, 0, m})
		r.due[[2]int{c, k}] += r.v("trefi")
		return true
	}
	for p := range r.open {
		if p[0] == c && p[1] == k && !r.legal(command0{"PRE", c, k, p[2], p[3], m}) {
			return false
		}
	}
	for p := range r.open {
		if p[0] == c && p[1] == k {
			r.log = append(r.log, command0{"PRE", c, k, p[2], p[3], m})
			delete(r.open, p)
		}
	}
	return true
}

// serve issues the next command for a request, if it is legal.
func (r *reference) serve(args catalog.Args, c, m int, o *waiting, write bool) bool {
	row, open := r.open[o.place()]
	cmd := command0{"ACT", c, o.rank, o.group, o.bank, m}
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
		pre := command0{"PRE", o.channel, o.rank, o.group, o.bank, m}
		for !r.legal(pre) {
			pre.at++
		}
		r.log = append(r.log, pre)
	}
	r.turn(o.channel)
}

// legal compares a command with every one before it in its channel.
func (r *reference) legal(c command0) bool {
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

func drawDDR(t *rapid.T) string {
	n := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	v := map[string]int{
		"mhz": n("mhz", 300, 3000), "channels": n("channels", 1, 3), "ranks": n("ranks", 1, 2),
		"groups": 1 << n("groups", 0, 2), "banks": 1 << n("banks", 0, 2), "bytes": 64, "row": 128 << n("row", 0, 3),
		"reads": n("reads", 1, 12), "writes": n("writes", 4, 12), "age": n("age", 1, 200),
		"tcl": n("tcl", 1, 12), "tcwl": n("tcwl", 1, 12), "tburst": n("tburst", 1, 4),
		"trcd": n("trcd", 1, 12), "trp": n("trp", 1, 12), "tras": n("tras", 1, 30), "trtp": n("trtp", 1, 8), "twr": n("twr", 1, 12),
		"trtrs": n("trtrs", 0, 2), "tfaw": n("tfaw", 1, 30),
	}
	v["block"] = min(64<<n("block", 0, 2), v["row"])
	above := func(name, least string, more int) { v[name] = v[least] + n(name, 0, more) }
	above("tccds", "tburst", 2)
	above("tccdl", "tccds", 4)
	above("tccdlw", "tccds", 8)
	v["trrds"], v["twtrs"] = n("trrds", 1, 4), n("twtrs", 1, 4)
	above("trrdl", "trrds", 4)
	above("twtrl", "twtrs", 8)
	v["high"] = n("high", 1, v["writes"])
	v["low"] = n("low", 0, v["high"]-1)
	v["trtw"] = max(v["tcl"]+v["tburst"]-v["tcwl"], 1) + n("trtw", 0, 3)
	v["trfc"] = n("trfc", 1, 60)
	sum := 0
	for _, name := range []string{"trfc", "tras", "trp", "trcd", "tcl", "tcwl", "tburst", "twr", "twtrl", "trtw", "tccdlw", "trrdl", "tfaw"} {
		sum += v[name]
	}
	v["trefi"] = n("refreshes", 0, 1) * (2*sum + n("trefi", 0, 300))
	v["latency"] = 1000
	var list []string
	for name, value := range v {
		list = append(list, fmt.Sprintf("%s=%d", name, value))
	}
	slices.Sort(list)
	order := strings.Join(rapid.Permutation(fieldNames).Draw(t, "map"), "+")
	return "ddr:" + strings.Join(list, ",") + ",map=" + order + ",hash=" + pick("hash", "xor", "none") + ",page=" + pick("page", "open", "closed")
}

func drawArrivals(t *rapid.T) []arrival {
	pace, span := rapid.IntRange(0, 40).Draw(t, "pace"), rapid.IntRange(1, 400).Draw(t, "span")
	writes := rapid.IntRange(0, 4).Draw(t, "writes")
	var list []arrival
	now := isa.Cycle(rapid.IntRange(0, 3000).Draw(t, "start"))
	for id := range rapid.IntRange(1, 150).Draw(t, "requests") {
		now += isa.Cycle(rapid.IntRange(0, pace).Draw(t, "gap"))
		if rapid.IntRange(0, 60).Draw(t, "pause") == 0 {
			now += 2000
		}
		list = append(list, arrival{now, Request{
			Addr: isa.Addr(rapid.IntRange(0, span).Draw(t, "line") * 64), Bytes: 64 * rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "bursts"),
			Write: rapid.IntRange(0, 4).Draw(t, "write") < writes, ID: uint32(id),
		}})
	}
	return list
}

// Random requests to memories of random shape and timing are answered when the
// reference says, and counted as it counts.
func TestDDRAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, mhz, arrivals := drawDDR(t), rapid.IntRange(300, 5000).Draw(t, "core"), drawArrivals(t)
		row, args, err := Catalog.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		p := Place{Upstream: 20, MHz: mhz}
		model, err := row.New(args, p)
		if err != nil {
			if strings.HasPrefix(err.Error(), "latency") {
				t.Skip("a memory clock too slow for the latency")
			}
			t.Fatal(err)
		}
		got := drive(model, arrivals)
		want := play(args, mhz, p.Upstream, arrivals)
		for _, a := range arrivals {
			if got[a.r.ID] != want.answers[a.r.ID] {
				t.Fatalf("%s, core at %d MHz: request %d (%+v) answered at %d, the reference says %d", spec, mhz, a.r.ID, a, got[a.r.ID], want.answers[a.r.ID])
			}
		}
		if want.count["collisions"] > 0 {
			t.Fatalf("%s: two bursts are on the bus at once", spec)
		}
		d, s := model.Detail().(*DDRStats), model.Stats()
		if n := d.RowHits + d.RowMisses + d.RowConflicts + d.Forwarded + d.Merged; n != (s.ReadBytes+s.WriteBytes)/64 {
			t.Fatalf("%s: %d bursts, %d bytes were asked for", spec, n, s.ReadBytes+s.WriteBytes)
		}
		for name, pair := range map[string][2]int{
			"hits": {int(d.RowHits), want.count["hit"]}, "misses": {int(d.RowMisses), want.count["miss"]},
			"conflicts": {int(d.RowConflicts), want.count["conflict"]}, "activates": {int(d.Activates), want.count["activates"]},
			"forwarded": {int(d.Forwarded), want.count["forwarded"]}, "merged": {int(d.Merged), want.count["merged"]},
			"drains": {int(d.Drains), want.count["drains"]},
		} {
			if pair[0] != pair[1] {
				t.Fatalf("%s: %s: %d, the reference counts %d", spec, name, pair[0], pair[1])
			}
		}
	})
}

// drive hands requests to a model at their times, ticks it at its events, and
// returns when each read was answered.
func drive(m Model, arrivals []arrival) map[uint32]isa.Cycle {
	at := map[uint32]isa.Cycle{}
	tick := func(until isa.Cycle) {
		for m.NextEvent() <= until && m.NextEvent() != isa.Never {
			now := m.NextEvent()
			for _, id := range m.Tick(now, nil) {
				at[id] = now
			}
		}
	}
	for _, a := range arrivals {
		tick(a.at)
		m.Enqueue(a.at, a.r)
	}
	tick(isa.Never)
	return at
}

package pipeline

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// observe collects what is reported of a window, in the order of fetch.
func observe(c *Core, w Window) (list func() []Observation) {
	var all []Observation
	c.Observe(w, func(o *Observation) {
		kept := *o
		kept.Waits = slices.Clone(o.Waits)
		all = append(all, kept)
	})
	return func() []Observation {
		c.Unobserve()
		slices.SortFunc(all, func(a, b Observation) int { return cmp.Compare(a.Number, b.Number) })
		return all
	}
}

// disciplines are policies that exercise each kind of plan, and orders.
var disciplines = []string{"single", "coarse:on=l2+tlb,penalty=3", "barrel", "barrel:rotate=strict", "barrel:inflight=1", "rr:issue=single", "icount.2.8"}

// speculative is out of order, with loads that issue before older stores.
const speculative = "speculative"

// crowded is a rig whose structures are often full.
func crowded(policy, order string) (*rig, []isa.Stream) {
	r := newRig(policy)
	if order == speculative {
		order, r.core.LSQ.Disambiguation = OutOfOrder, "naive"
	}
	r.core.Issue.Order, r.core.Issue.Depth = order, 2
	r.core.IQ.Size, r.core.IntRegs.Size, r.core.SQ.Size, r.core.LQ.Size = 24, 60, 12, 24
	r.core.Commit.Width, r.core.Rename.Width = 3, 4
	r.core.Ports.IntALU, r.core.Ports.IntMul = "p0+p1+p2+p3+p4+p5", "p0+p1"
	if order == InOrder {
		r.core.Scoreboard.Registers = ArchitecturalRegisters
	}
	scripts := []*script{mixed(1, 3000), chase(1 << 10), mixed(3, 2000)}
	scripts[1].left = 150
	if policy == "single" {
		scripts = scripts[:1]
	}
	return r, apart(scripts...)
}

// Every instruction is reported once, its cycles are in order, every cycle in
// which it could have gone on and did not has one reason, and what commits is
// what retires. All reasons and fates occur.
func TestObservations(t *testing.T) {
	var reasons [NumWhys]bool
	var fates [4]bool
	violations := false
	for _, policy := range disciplines {
		for _, order := range []string{OutOfOrder, InOrder, speculative} {
			r, streams := crowded(policy, order)
			type committed struct {
				ctx isa.Context
				dyn isa.Dyn
			}
			var retired []committed
			r.retire = func(ctx isa.Context, d *isa.Dyn) { retired = append(retired, committed{ctx, *d}) }
			c := r.build(t, streams...)
			list := observe(c, Window{})
			finish(t, c, nil)
			all := list()
			fetched := uint64(0)
			for i := range c.threads {
				fetched += c.threads[i].stats.Fetched
			}
			if uint64(len(all)) != fetched {
				t.Errorf("%s, %s: %d observations, %d instructions fetched", policy, order, len(all), fetched)
			}
			commits := make([]committed, len(retired))
			for i := range all {
				o := &all[i]
				if o.Number != uint64(i) {
					t.Fatalf("%s, %s: observation %d has number %d", policy, order, i, o.Number)
				}
				fates[o.Fate] = true
				violations = violations || o.Violation
				if o.Fate == Committed {
					commits[o.Retired] = committed{o.Context, o.Dyn}
				}
				checkObservation(t, c, all, o)
				for _, w := range o.Waits {
					reasons[w.Why] = true
				}
				if t.Failed() {
					t.Fatalf("%s, %s: %+v", policy, order, *o)
				}
			}
			if !reflect.DeepEqual(commits, retired) {
				t.Errorf("%s, %s: what was reported to commit is not what retired", policy, order)
			}
		}
	}
	for why := WaitStructure; why < NumWhys; why++ {
		if !reasons[why] && why != WaitTLBMiss && why != WaitStoreData { // see TestObservedTimes
			t.Errorf("nothing waited for %q", why)
		}
	}
	if fates != [4]bool{false, true, true, true} || !violations {
		t.Errorf("fates %v, violations %v", fates, violations)
	}
}

// checkObservation verifies one observation by itself, and with those that it
// names.
func checkObservation(t *testing.T, c *Core, all []Observation, o *Observation) {
	t.Helper()
	order := []isa.Cycle{o.Fetch, o.Rename, o.Issue, o.Execute, o.Done, o.End}
	for i, at := range order[1:5] {
		before := order[i]
		switch {
		case at == isa.Never && o.Fate == Committed:
			t.Errorf("it committed and stage %d never came", i+1)
		case at != isa.Never && (before == isa.Never || at < before || i < 2 && at == before || at >= o.End):
			t.Errorf("stage %d in cycle %d, the one before in %d", i+1, at, before)
		}
	}
	if o.Issue != isa.Never && (o.Ready == isa.Never || o.Ready > o.Issue || o.Ready <= o.Rename) {
		t.Errorf("ready in %d", o.Ready)
	}
	if o.Wrong != (o.Fate == Discarded) || o.Violation && (o.Fate != Replayed || o.Dyn.Inst.Class != isa.Load) {
		t.Errorf("wrong path: %v, violation: %v", o.Wrong, o.Violation)
	}
	if o.Before != NoUop && (all[o.Before].Fate != Replayed || all[o.Before].Dyn != o.Dyn) {
		t.Errorf("it was %d before, which is %+v", o.Before, all[o.Before])
	}
	last := o.Fetch
	for _, w := range o.Waits {
		if w.From < last || w.Until <= w.From || w.Until > o.End {
			t.Errorf("wait %+v", w)
		}
		last = w.Until
		if w.Uop != NoUop && (w.Uop >= o.Number || all[w.Uop].Context != o.Context) {
			t.Errorf("wait for %d", w.Uop)
		}
	}
	// from … until-1, or until it was squashed
	explained := func(what string, from, until isa.Cycle) {
		if until = min(until, o.End); from >= until {
			return
		}
		sum := isa.Cycle(0)
		for _, w := range o.Waits {
			if w.From < until && w.Until > from {
				sum += min(w.Until, until) - max(w.From, from)
			}
		}
		if sum != until-from {
			t.Errorf("%s, of %d cycles %d have a reason", what, until-from, sum)
		}
	}
	explained("in the front end", o.Fetch+c.fetchDepth, o.Rename)
	if o.Rename != isa.Never {
		explained("in the queue", o.Rename+1, o.Issue)
	}
	if o.Done != isa.Never {
		explained("at commit", o.Done+1, o.End)
	}
	for _, s := range o.Sources {
		if s.Waited && s.Until != isa.Never && s.Uop != NoUop && o.Issue != isa.Never {
			if p := &all[s.Uop]; p.Issue == isa.Never || s.Until <= p.Issue || p.Done != isa.Never && s.Until > p.Done+1 {
				t.Errorf("operand in cycle %d of %+v", s.Until, *p)
			}
		}
	}
}

// Observations are the same with idle cycles skipped and simulated one by one,
// and what is simulated is the same without an observer.
func TestObservingChangesNothing(t *testing.T) {
	for _, policy := range disciplines {
		run := func(noSkip, observed bool) ([]Observation, map[string]uint64) {
			r, streams := crowded(policy, OutOfOrder)
			r.noSkip = noSkip
			c := r.build(t, streams...)
			var all []Observation
			if observed {
				list := observe(c, Window{})
				finish(t, c, nil)
				all = list()
			} else {
				finish(t, c, nil)
			}
			return all, counters(c)
		}
		with, stats := run(false, true)
		without, _ := run(true, true)
		if len(with) != len(without) {
			t.Fatalf("%s: %d observations with skipping, %d without", policy, len(with), len(without))
		}
		for i := range with {
			if !reflect.DeepEqual(with[i], without[i]) {
				t.Fatalf("%s: with skipping\n%+v\nwithout\n%+v", policy, with[i], without[i])
			}
		}
		if _, alone := run(false, false); !reflect.DeepEqual(stats, alone) {
			t.Errorf("%s: observing changes statistics", policy)
		}
	}
}

// A window reports the observations of a whole run whose fetch is in it, with
// numbers and cycles counted from where observing begins, and ends the run
// when the last has left.
func TestWindow(t *testing.T) {
	const before = 300 // instructions
	observed := func(w Window) (all []Observation, begin, end isa.Cycle) {
		r, streams := crowded("icount.2.8", OutOfOrder)
		c := r.build(t, streams...)
		begin = until(t, c, 0, before)
		list := observe(c, w)
		for !c.Observed() && !(c.threads[0].parked() && c.threads[1].parked() && c.threads[2].parked()) {
			if err := c.Run(1 << 40); err != nil {
				t.Fatal(err)
			}
		}
		return list(), begin, c.now
	}
	whole, begin, _ := observed(Window{})
	at := uint64(whole[100].Fetch - begin)
	for _, w := range []Window{
		{Cycles: Range{at, at + 60}}, {Insts: Range{0, 1}}, {Insts: Range{333, 444}}, {Cycles: Range{0, 1}},
		{Cycles: Range{at, at + 100}, Insts: Range{102, 0}}, {Cycles: Range{at, 0}, Insts: Range{0, 200}},
	} {
		got, _, now := observed(w)
		var want []Observation
		last := isa.Cycle(0)
		for _, o := range whole {
			if w.Insts.has(o.Number) && w.Cycles.has(uint64(o.Fetch-begin)) {
				want = append(want, o)
				last = max(last, o.End)
			}
		}
		if len(got) != len(want) || len(want) == 0 && w.Cycles.To != 1 {
			t.Errorf("%+v: %d observations, want %d", w, len(got), len(want))
			continue
		}
		for i := range got {
			if a, b := got[i], want[i]; a.Number != b.Number || a.Dyn != b.Dyn || a.Fetch != b.Fetch || a.Issue != b.Issue || a.End != b.End {
				t.Errorf("%+v: %+v, want %+v", w, a, b)
			}
		}
		if len(want) > 0 && now != last+1 {
			t.Errorf("%+v: the run ended in cycle %d, the last left in %d", w, now, last)
		}
	}
}

// What is in flight when observing ends is reported as such.
func TestUnobserve(t *testing.T) {
	c := newRig("single").build(t, loop(add(5, 5, 6)))
	until(t, c, 0, 100)
	list := observe(c, Window{Insts: Range{0, 5}})
	if err := c.Run(3); err != nil {
		t.Fatal(err)
	}
	all := list()
	if len(all) != 5 || all[4].Fate != InFlight || all[4].End != isa.Never {
		t.Errorf("%+v", all)
	}
}

// Closed forms: in a chain of adds each waits for the one before and issues a
// cycle later; a dependent of a load that hits issues after the L1D's latency;
// a load that a store forwards to names it, and waits for the store's data.
func TestObservedTimes(t *testing.T) {
	load := isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 7, Src: [3]isa.Reg{9}}
	store := isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{9, 6}}
	mul := isa.Inst{Class: isa.IntMul, Size: 4, Dst: 6, Src: [3]isa.Reg{6}}
	s := loop(mul, store, load, add(5, 7, 7), add(5, 5, 5))
	s.mem = func(uint64, int) isa.Addr { return 1 << 20 }
	c := newRig("single").build(t, s)
	until(t, c, 0, 2000)
	list := observe(c, Window{Insts: Range{0, 70}})
	for !c.Observed() {
		if err := c.Run(1000); err != nil {
			t.Fatal(err)
		}
	}
	all := list()
	first := slices.IndexFunc(all, func(o Observation) bool { return o.Dyn.Inst == mul })
	for at := first + 7; at+5 < len(all); at += 7 {
		m, st, ld, use, next := all[at], all[at+1], all[at+2], all[at+3], all[at+4]
		if got, want := m.Issue, all[at-7].Issue+3; got != want {
			t.Errorf("the multiplication issues in %d, want %d", got, want)
		}
		if src := st.Sources[1]; !src.Waited || src.Uop != m.Number || src.Until != m.Issue+3 || st.Done != src.Until {
			t.Errorf("the store's data: %+v", st)
		}
		if !ld.Forwarded || ld.From != st.Number || ld.Missed != 0 || ld.Done != m.Issue+3+rigL1-1 {
			t.Errorf("the load: %+v", ld)
		}
		if !slices.ContainsFunc(ld.Waits, func(w Wait) bool { return w.Why == WaitStoreData && w.Uop == st.Number && w.Until == m.Issue+3 }) {
			t.Errorf("the load waits: %+v", ld.Waits)
		}
		if use.Issue != ld.Done+1 || use.Sources[0].Uop != ld.Number || use.Ready != use.Issue {
			t.Errorf("its use: %+v", use)
		}
		if want := (Wait{Why: WaitOperand, Uop: use.Number, From: next.Rename + 1, Until: next.Issue}); next.Issue != use.Issue+1 || !slices.Contains(next.Waits, want) {
			t.Errorf("the next add: %+v", next)
		}
	}
	if t.Failed() || len(all) != 70 {
		t.Errorf("%d observations, the first %d", len(all), first)
	}
}

// A load from memory is seen to miss each level in turn.
func TestObservedMisses(t *testing.T) {
	c := newRig("single").build(t, chase(1<<15))
	until(t, c, 0, 300)
	list := observe(c, Window{Insts: Range{0, 12}})
	for !c.Observed() {
		if err := c.Run(1 << 20); err != nil {
			t.Fatal(err)
		}
	}
	loads := 0
	for _, o := range list() {
		if o.Dyn.Inst.Class != isa.Load {
			continue
		}
		loads++
		var missed []uint8
		for _, w := range o.Waits {
			if w.Why == WaitMemory {
				missed = append(missed, w.Missed)
			}
		}
		if o.Missed != 2 || o.Walked || !slices.Equal(missed, []uint8{0, 1, 2}) {
			t.Errorf("missed %d levels, waited for %v: %+v", o.Missed, missed, o.Waits)
		}
	}
	if loads < 3 {
		t.Errorf("%d loads", loads)
	}
}

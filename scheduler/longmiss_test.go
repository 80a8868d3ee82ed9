package scheduler_test

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// gates wants threads to be gated, and squashed or not.
func (b *bench) gates(now isa.Cycle, gated isa.ContextSet, squashes ...scheduler.Squash) *scheduler.Plan {
	b.t.Helper()
	p := b.at(now)
	if p.Gated != gated || len(p.Squash) != len(squashes) {
		b.t.Fatalf("cycle %d: gates %b, squashes %+v; want %b, %+v", now, p.Gated, p.Squash, gated, squashes)
	}
	for i, s := range squashes {
		if p.Squash[i] != s {
			b.t.Fatalf("cycle %d: squashes %+v, want %+v", now, p.Squash[i], s)
		}
	}
	return p
}

// outstanding shows a load that was detected to miss levels in a cycle.
func (b *bench) outstanding(thread int, detected isa.Cycle, pc isa.Addr, after int, levels ...scheduler.Level) {
	for _, l := range levels {
		b.view.Threads[thread].Misses[l] = scheduler.Misses{Count: 1, Oldest: detected, Load: detected - 5, PC: pc, After: after}
	}
}

// A long load stops its thread, under flush with a squash past it, until it
// has its data; nearer misses do not.
func TestStallAndFlush(t *testing.T) {
	for _, flush := range []bool{false, true} {
		spec, past := "stall", func(...scheduler.Squash) []scheduler.Squash { return nil }
		if flush {
			spec, past = "flush", func(s ...scheduler.Squash) []scheduler.Squash { return s }
		}
		b := newBench(t, spec, 3)
		b.view.Threads[1].FrontEnd = 5
		b.outstanding(0, 95, 0, 9, scheduler.L1)
		b.gates(100, 0)
		b.outstanding(0, 95, 0, 9, scheduler.L1, scheduler.L2)
		b.gates(101, 0b001, past(scheduler.Squash{Thread: 0, Past: scheduler.L2})...)
		b.fetch(102, 2, 1) // by ICOUNT among the others
		b.fill(0)
		b.gates(103, 0)

		// When all have one, the last to get it goes on, until another can.
		b.outstanding(2, 104, 0, 3, scheduler.L2)
		b.outstanding(0, 110, 0, 3, scheduler.L2)
		b.outstanding(1, 107, 0, 3, scheduler.L2)
		zero, one, two := scheduler.Squash{Thread: 0, Past: scheduler.L2}, scheduler.Squash{Thread: 1, Past: scheduler.L2}, scheduler.Squash{Thread: 2, Past: scheduler.L2}
		b.gates(111, 0b110, past(one, two)...)
		b.fetch(111, 0)
		b.fill(2)
		b.gates(112, 0b011, past(zero, one)...)

		// Of two since the same cycle one goes on, and it stays the one.
		b.view.Threads[2].State = scheduler.Waiting
		b.outstanding(0, 107, 0, 3, scheduler.L2)
		first := b.at(120).Gated
		for now := isa.Cycle(121); now < 150; now++ {
			if got := b.at(now).Gated; got != first || got != 1 && got != 2 {
				t.Fatalf("cycle %d: gates %b, first %b", now, got, first)
			}
		}
	}
}

// The oldest load of the first level or of a walk counts, from its detection
// on, and the plan says when.
func TestTriggerByAge(t *testing.T) {
	b := newBench(t, "flush:trigger=cycles:15", 2)
	b.outstanding(0, 100, 0, 3, scheduler.L1)
	b.outstanding(0, 104, 0, 2, scheduler.L2)
	b.view.Threads[1].Stall = scheduler.BufferFull
	if p := b.gates(105, 0); p.Until != 115 {
		t.Errorf("until %d, want 115", p.Until)
	}
	b.gates(114, 0)
	b.gates(115, 0b01, scheduler.Squash{Thread: 0, Past: scheduler.L1, Age: 15})
	b.outstanding(0, 103, 0, 2, scheduler.TLB)
	if p := b.gates(117, 0b01, scheduler.Squash{Thread: 0, Past: scheduler.L1, Age: 15}); p.Until != 118 {
		t.Errorf("until %d, want 118", p.Until)
	}
	b.gates(118, 0b01, scheduler.Squash{Thread: 0, Past: scheduler.L1, Age: 15}, scheduler.Squash{Thread: 0, Past: scheduler.TLB, Age: 15})
}

// DG counts what has been detected.
func TestDataGating(t *testing.T) {
	b := newBench(t, "pdg:predict=no,misses=1", 3)
	b.view.Threads[0].Misses[scheduler.L1].Count = 1
	b.gates(100, 0)
	b.view.Threads[0].Misses[scheduler.L1].Count = 2
	b.gates(101, 0b001)
	for i := range b.view.Threads {
		b.view.Threads[i].Misses[scheduler.L1].Count, b.view.Threads[i].FrontEnd = 5, 10-i
	}
	b.gates(102, 0b011) // all: the first by ICOUNT goes on
	b.view.Threads[2].Stall = scheduler.ICacheMiss
	b.gates(103, 0b101) // that can
	for i := range b.view.Threads {
		b.view.Threads[i].Stall, b.view.Threads[i].FrontEnd = scheduler.BufferFull, 8
	}
	for now := isa.Cycle(104); now < 130; now++ {
		b.gates(now, 0b110) // none can: the answer stays
	}
}

// PDG learns a load that misses from its data on, and counts it from its fetch
// on then; one that it does not expect to miss from its detection on. A hit
// unlearns in steps.
func TestPredictiveDataGating(t *testing.T) {
	b := newBench(t, "pdg", 2)
	w := b.policy.(scheduler.LoadWatcher)
	const pc = 0x1234
	load := func(miss bool) {
		l := scheduler.Load{Thread: 0, PC: pc}
		if l.Note = w.LoadFetched(0, pc); miss {
			l.Note = w.LoadMissed(l, scheduler.L1)
			l.Note = w.LoadMissed(l, scheduler.L2)
		}
		w.LoadDone(l)
	}
	counted := func(now isa.Cycle, want isa.ContextSet) {
		t.Helper()
		l := scheduler.Load{Thread: 0, PC: pc}
		l.Note = w.LoadFetched(0, pc)
		b.gates(now, want)
		w.LoadSquashed(l) // teaches nothing
		b.gates(now, 0)
	}
	counted(100, 0)
	load(true)
	counted(110, 0)
	load(true)
	counted(120, 0b01) // two misses
	other := scheduler.Load{Thread: 0, PC: pc + 4}
	other.Note = w.LoadFetched(0, pc+4)
	b.gates(125, 0) // another load
	other.Note = w.LoadMissed(other, scheduler.L1)
	b.gates(126, 0b01) // a surprise
	other.Note = w.LoadDone(other)
	b.gates(127, 0)
	elsewhere := scheduler.Load{Thread: 1, PC: pc}
	elsewhere.Note = w.LoadFetched(1, pc)
	b.gates(128, 0) // another thread's
	load(false)
	counted(130, 0)
	load(true)
	counted(140, 0b01)
}

// dcraCase is a mix of threads: fast or slow, and active for floating point or
// not.
func (b *bench) dcra(thread int, slow bool, iq, integer, fp int) {
	th := &b.view.Threads[thread]
	th.Misses[scheduler.L1].Count = 0
	if slow {
		th.Misses[scheduler.L1].Count = 1
	}
	th.Occupancy[scheduler.IssueQueue], th.Occupancy[scheduler.IntRegisters], th.Occupancy[scheduler.FPRegisters] = iq, integer, fp
}

// Of 24 entries, with T = 4 threads, so C = 1/8:
//
//	one slow, three fast   24/4 × (1 + 3/8) = 8.25
//	two slow, two fast     24/4 × (1 + 2/8) = 7.5
//	four slow              24/4             = 6
//
// and of the floating-point registers, with one slow and one fast thread that
// use them: 24/2 × (1 + 1/8) = 13.5.
func TestDCRAShares(t *testing.T) {
	b := newBench(t, "dcra", 4)
	b.dcra(0, true, 7, 7, 0)
	for i := 1; i < 4; i++ {
		b.dcra(i, false, 24, 24, 0) // fast threads are not bounded
	}
	b.gates(1000, 0)
	b.dcra(0, true, 8, 7, 0)
	b.gates(1001, 0b0001)
	b.dcra(0, true, 7, 8, 0)
	b.gates(1002, 0b0001)
	b.dcra(0, true, 7, 6, 0)
	b.dcra(1, true, 6, 6, 0)
	b.gates(1003, 0b0001)
	b.dcra(0, true, 6, 6, 0)
	b.gates(1004, 0)
	for i := range 4 {
		b.dcra(i, true, 5+i%2, 5, 0)
	}
	b.gates(1005, 0b1010)

	b.dcra(0, true, 0, 0, 12)
	b.dcra(1, false, 0, 0, 5)
	b.dcra(2, false, 0, 0, 0)
	b.dcra(3, true, 0, 0, 0)
	b.gates(2000, 0)
	b.dcra(0, true, 0, 0, 13)
	b.gates(2001, 0b0001)
	// 256 cycles after its last use the fast one is inactive, and the slow
	// thread may have all.
	b.dcra(1, false, 0, 0, 0)
	if p := b.gates(2100, 0b0001); p.Until > 2356 {
		t.Errorf("until %d", p.Until)
	}
	b.gates(2355, 0b0001)
	b.gates(2356, 0)
	b.dcra(0, true, 0, 0, 24)
	b.gates(2357, 0b0001)
}

// The distance of a load is that from it to the last long load in the window
// behind it, learnt when it leaves the window; by it the thread fetches on, and
// is squashed past the end of the group.
func TestMLPDistance(t *testing.T) {
	b := newBench(t, "mlpflush:window=32,width=4", 2)
	w := b.policy.(scheduler.LoadWatcher)
	commit := func(pc isa.Addr, n uint64, long bool) {
		l := scheduler.Load{Thread: 0, PC: pc}
		if l.Note = w.LoadFetched(0, pc); long {
			l.Note = w.LoadMissed(l, scheduler.L2)
		}
		l.Note = w.LoadDone(l)
		w.LoadCommitted(l, n)
	}
	const a, c = 0x100, 0x200
	past := func(keep int) scheduler.Squash {
		return scheduler.Squash{Thread: 0, Past: scheduler.L2, Keep: keep}
	}
	// Nothing known: as flush.
	b.outstanding(0, 90, a, 0, scheduler.L2)
	b.gates(100, 0b01, past(0))

	commit(a, 1000, true)
	commit(a+8, 1005, false) // a hit
	commit(c, 1020, true)
	b.view.Threads[0].Committed = 1032
	b.gates(110, 0b01, past(0)) // still in the window
	commit(c+8, 1032, true)     // has not been in the window with the first
	b.view.Threads[0].Committed = 1033
	b.outstanding(0, 90, a, 19, scheduler.L2)
	b.gates(111, 0, past(20+3))
	b.outstanding(0, 90, a, 20, scheduler.L2)
	b.gates(112, 0b01, past(20+3))
	b.outstanding(0, 90, c, 0, scheduler.L2)
	b.view.Threads[0].Committed = 1053
	b.gates(113, 0, past(12+3))
	b.outstanding(0, 90, c+8, 0, scheduler.L2)
	b.view.Threads[0].Committed = 1065
	b.gates(114, 0b01, past(0)) // alone

	// By age: how long the load was out decides.
	b = newBench(t, "mlpflush:window=32,trigger=cycles:10", 2)
	w = b.policy.(scheduler.LoadWatcher)
	for i, waited := range []isa.Cycle{10, 12, 9} {
		l := scheduler.Load{Thread: 0, PC: a, Waited: waited}
		l.Note = w.LoadDone(l)
		w.LoadCommitted(l, uint64(100+5*i))
	}
	b.view.Threads[0].Committed = 133
	b.outstanding(0, 90, a, 4, scheduler.L1)
	b.gates(100, 0, scheduler.Squash{Thread: 0, Past: scheduler.L1, Age: 10, Keep: 5 + 7})
}

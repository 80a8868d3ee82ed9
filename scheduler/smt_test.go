package scheduler_test

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// fetch wants the order of the cycle's fetch.
func (b *bench) fetch(now isa.Cycle, want ...isa.Context) *scheduler.Plan {
	b.t.Helper()
	p := b.at(now)
	if !slices.Equal(p.Fetch, want) {
		b.t.Fatalf("cycle %d: fetch order %v, want %v", now, p.Fetch, want)
	}
	return p
}

// n.m: n threads of up to m instructions, all contexts rename and issue.
func TestPartition(t *testing.T) {
	for spec, want := range map[string][2]int{
		"rr": {2, 8}, "icount": {2, 8}, "rr.1.8": {1, 8}, "icount.2.4": {2, 4}, "icount:threads=8,width=1": {8, 1},
		"icount.4.1000": {4, 8}, // the machine fetches eight
	} {
		b := newBench(t, spec, 4)
		p := b.at(100)
		if p.FetchThreads != want[0] || p.FetchWidth != want[1] {
			t.Errorf("%s: %d threads of %d, want %v", spec, p.FetchThreads, p.FetchWidth, want)
		}
		if all := ^isa.ContextSet(0); p.Rename != all || p.Issue != all || p.Owner != scheduler.NoOwner {
			t.Errorf("%s: rename %b, issue %b, owner %d", spec, p.Rename, p.Issue, p.Owner)
		}
	}
	for _, spec := range []string{"icount.2", "icount.2.8.1", "icount.x.8", "rr.0.8", "rr.-1.8", "icount.2.8:width=4"} {
		if _, _, err := scheduler.Parse(spec); err == nil {
			t.Errorf("%s was accepted", spec)
		}
	}
}

// fetched notes that threads have fetched, in order, in a cycle.
func (b *bench) fetched(now isa.Cycle, threads ...isa.Context) {
	for _, t := range threads {
		b.view.Threads[t].LastFetch = now
	}
}

// Whoever fetched longest ago comes first, which is a rotation when all can.
func TestRoundRobin(t *testing.T) {
	b := newBench(t, "rr", 3)
	b.view.Threads[0].FrontEnd = 50 // how full it is does not matter
	for i, t := range []isa.Context{0, 1, 2} {
		b.fetched(isa.Cycle(90+i), t)
	}
	b.fetch(99, 0, 1, 2)
	b.fetched(99, 0)
	b.fetch(100, 1, 2, 0)
	b.fetched(100, 1)
	b.fetch(101, 2, 0, 1)
	// Those that can fetch go before those that cannot, each in its order: 2
	// does not inherit the turns of 1.
	b.view.Threads[0].Stall = scheduler.ICacheMiss
	b.fetch(102, 2, 1, 0)
	b.fetched(102, 2)
	b.fetch(103, 1, 2, 0)
	b.view.Threads[1].State = scheduler.Idle
	if p := b.fetch(105, 2, 0); p.Until != isa.Never {
		t.Errorf("one thread can fetch, and the answer changes at %d", p.Until)
	}
}

// Two threads that always fetch in the same cycle have the first choice about
// equally often, whatever the period in which they do.
func TestTiesHaveNoPeriod(t *testing.T) {
	for period := isa.Cycle(1); period <= 16; period++ {
		b := newBench(t, "rr", 2)
		first := 0
		for k := range isa.Cycle(4000) {
			if b.at(1000 + k*period).Fetch[0] == 0 {
				first++
			}
			b.fetched(1000+k*period, 0, 1)
		}
		if first < 1800 || first > 2200 {
			t.Errorf("every %d cycles: thread 0 comes first %d times of 4000", period, first)
		}
	}
}

// Fewest before issue first; those in flight beyond do not count.
func TestICount(t *testing.T) {
	b := newBench(t, "icount", 4)
	for i, n := range []int{9, 3, 7, 3} {
		b.view.Threads[i].FrontEnd, b.view.Threads[i].Queued = n/2, n-n/2
	}
	b.view.Threads[1].InFlight = 400
	b.fetched(99, 3)
	b.fetch(100, 1, 3, 2, 0)
	b.fetched(100, 1)
	b.fetch(101, 3, 1, 2, 0) // a tie goes to whoever fetched longer ago
	b.view.Threads[3].Stall = scheduler.BufferFull
	b.fetch(101, 1, 3, 2, 0) // who can fetch comes first among equals
	b.view.Threads[1].FrontEnd = 30
	b.fetch(102, 3, 2, 0, 1)
	b.view.Threads[2].State = scheduler.Waiting
	b.fetch(103, 3, 0, 1)
}

func TestSingle(t *testing.T) {
	b := newBench(t, "single", 4)
	if len(b.view.Threads) != 1 {
		t.Fatalf("single wants %d contexts", len(b.view.Threads))
	}
	if p := b.fetch(100, 0); p.FetchWidth != 8 || p.FetchThreads != 1 || p.Owner != 0 || p.Until != isa.Never {
		t.Errorf("%+v", p)
	}
	b.view.Threads[0].State = scheduler.Idle
	b.fetch(101)
}

package scheduler_test

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// turn wants the cycle to be the thread's: it fetches, if it can, and nothing
// of another thread is renamed or issued.
func (b *bench) turn(now isa.Cycle, thread int, fetches bool) *scheduler.Plan {
	b.t.Helper()
	p := b.at(now)
	mine := isa.ContextSet(0).With(isa.Context(thread))
	var want []isa.Context
	if fetches {
		want = []isa.Context{isa.Context(thread)}
	}
	if p.Owner != thread || p.Rename != mine || p.Issue != mine || !slices.Equal(p.Fetch, want) {
		b.t.Fatalf("cycle %d: owner %d, fetch %v, rename %b, issue %b; want thread %d to fetch: %v", now, p.Owner, p.Fetch, p.Rename, p.Issue, thread, fetches)
	}
	return p
}

// Strict rotation goes by the cycle, over threads that stall or are not there.
func TestBarrelStrict(t *testing.T) {
	b := newBench(t, "barrel:rotate=strict", 4)
	b.miss(1, 90, scheduler.L1, scheduler.L2, scheduler.LLC)
	b.view.Threads[2].State = scheduler.Absent
	b.view.Threads[3].State = scheduler.Waiting
	for now := isa.Cycle(100); now < 120; now++ {
		thread := int(now % 4)
		if p := b.turn(now, thread, thread < 2); p.Until != now+1 {
			t.Errorf("cycle %d: until %d", now, p.Until)
		}
	}
	alone := newBench(t, "barrel:rotate=strict", 1)
	if p := alone.turn(100, 0, true); p.Until != isa.Never {
		t.Errorf("one thread: until %d", p.Until)
	}
}

// skip passes over threads with a miss or nothing to do.
func TestBarrelSkip(t *testing.T) {
	b := newBench(t, "barrel", 4)
	turns := func(from isa.Cycle, n int) []int {
		var order []int
		for now := from; now < from+isa.Cycle(n); now++ {
			p := b.at(now)
			order = append(order, p.Owner)
		}
		return order
	}
	if got := turns(100, 8); !slices.Equal(got, []int{0, 1, 2, 3, 0, 1, 2, 3}) {
		t.Errorf("all: %v", got)
	}
	b.miss(1, 90, scheduler.L1)
	if got := turns(108, 6); !slices.Equal(got, []int{0, 2, 3, 0, 2, 3}) {
		t.Errorf("without 1, which missed: %v", got)
	}
	b.view.Threads[2].Stall = scheduler.ICacheMiss
	if got := turns(114, 4); !slices.Equal(got, []int{0, 3, 0, 3}) {
		t.Errorf("without 2, which has nothing to do: %v", got)
	}
	b.view.Threads[2].Queued = 5 // it cannot fetch, but it can issue
	if got := turns(118, 3); !slices.Equal(got, []int{2, 0, 3}) {
		t.Errorf("2 has waited longest: %v", got)
	}
	b.fill(1)
	if got := turns(121, 5); !slices.Equal(got, []int{1, 2, 0, 3, 1}) {
		t.Errorf("1 has waited longest: %v", got)
	}
	b.miss(0, 90, scheduler.TLB)
	if got := turns(126, 3); !slices.Equal(got, []int{2, 3, 1}) {
		t.Errorf("without 0, whose page is walked: %v", got)
	}
}

// When only threads with a miss could use a turn they take turns: with
// nothing better to do hardware lets them go on.
func TestBarrelAllMiss(t *testing.T) {
	b := newBench(t, "barrel", 3)
	for i := range 3 {
		b.miss(i, 90, scheduler.L1)
	}
	var order []int
	for now := isa.Cycle(99); now < 105; now++ {
		order = append(order, b.at(now).Owner)
	}
	if !slices.Equal(order, []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("%v", order)
	}
	b.fill(2)
	if p := b.turn(105, 2, true); p.Until != isa.Never {
		t.Errorf("until %d with one thread to serve", p.Until)
	}
}

// The only runnable thread has every cycle, whatever it waits for.
func TestBarrelAlone(t *testing.T) {
	b := newBench(t, "barrel", 3)
	b.view.Threads[0].State, b.view.Threads[2].State = scheduler.Idle, scheduler.Absent
	b.miss(1, 90, scheduler.L1)
	b.view.Threads[1].Stall = scheduler.Redirect
	if p := b.turn(100, 1, true); p.Until != isa.Never {
		t.Errorf("until %d", p.Until)
	}
}

// With nobody to give the turn to, the first that is woken may fetch at once.
func TestBarrelNobody(t *testing.T) {
	b := newBench(t, "barrel", 3)
	for now := isa.Cycle(99); now < 102; now++ { // the last turn is 2's
		b.at(now)
	}
	for i := range b.view.Threads {
		b.view.Threads[i].Stall = scheduler.Redirect
	}
	p := b.at(102)
	if !slices.Equal(p.Fetch, []isa.Context{0, 1, 2}) || p.FetchThreads != 1 || p.Owner != scheduler.NoOwner || p.Until != isa.Never {
		t.Errorf("fetch %v of %d threads, owner %d, until %d", p.Fetch, p.FetchThreads, p.Owner, p.Until)
	}
}

// With a bound the turn is one to enter the pipeline: whoever is at the bound
// is passed over, and all that has entered moves on.
func TestBarrelInFlight(t *testing.T) {
	b := newBench(t, "barrel:inflight=1", 3)
	row, args, err := scheduler.Parse("barrel:inflight=1")
	if err != nil {
		t.Fatal(err)
	}
	if _, traits, err := row.New(scheduler.Env{Contexts: 3, FetchWidth: 8}, args); err != nil || traits.InFlight != 1 {
		t.Errorf("traits %+v, %v", traits, err)
	}
	b.view.Threads[0].InFlight, b.view.Threads[0].FrontEnd = 1, 1
	for _, c := range []struct {
		now  isa.Cycle
		want int
	}{{100, 1}, {101, 2}, {102, 1}} {
		p := b.at(c.now)
		if !slices.Equal(p.Fetch, []isa.Context{isa.Context(c.want)}) || p.Owner != c.want {
			t.Errorf("cycle %d: fetch %v, owner %d, want %d", c.now, p.Fetch, p.Owner, c.want)
		}
		if all := ^isa.ContextSet(0); p.Rename != all || p.Issue != all {
			t.Errorf("cycle %d: rename %b, issue %b", c.now, p.Rename, p.Issue)
		}
	}
	b.view.Threads[0].InFlight, b.view.Threads[0].FrontEnd = 0, 0
	if p := b.at(103); p.Owner != 0 {
		t.Errorf("thread 0 is free and waited longest; the turn is %d's", p.Owner)
	}
}

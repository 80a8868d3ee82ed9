package scheduler_test

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// bench drives a policy with a view that the test changes by hand.
type bench struct {
	t      *testing.T
	policy scheduler.Policy
	view   scheduler.View
}

// newBench is the policy on n running threads that wait for nothing.
func newBench(t *testing.T, spec string, n int) *bench {
	t.Helper()
	p, n := build(t, spec, n)
	b := &bench{t: t, policy: p, view: scheduler.View{Now: 100, Threads: make([]scheduler.Thread, n)}}
	for i := range b.view.Threads {
		b.view.Threads[i] = scheduler.Thread{State: scheduler.Running, OldestQueued: isa.Never}
	}
	return b
}

// squashedPast is the level past whose miss a plan squashes a thread.
func squashedPast(p *scheduler.Plan, thread int) scheduler.Level {
	for _, s := range p.Squash {
		if int(s.Thread) == thread {
			return s.Past
		}
	}
	return scheduler.NoLevel
}

// at is the plan of a cycle.
func (b *bench) at(now isa.Cycle) *scheduler.Plan {
	b.view.Now = now
	return plan(b.policy, &b.view)
}

// miss shows a load, fetched in the given cycle, that has missed the levels.
func (b *bench) miss(thread int, load isa.Cycle, levels ...scheduler.Level) {
	for _, l := range levels {
		b.view.Threads[thread].Misses[l] = scheduler.Misses{Count: 1, Oldest: b.view.Now, Load: load}
	}
}

// fill takes the thread's misses back.
func (b *bench) fill(thread int) {
	b.view.Threads[thread].Misses = [scheduler.NumLevels]scheduler.Misses{}
	b.view.Threads[thread].FetchMiss = scheduler.NoLevel
}

// foreground wants the thread alone to fetch in the cycle.
func (b *bench) foreground(now isa.Cycle, thread int) *scheduler.Plan {
	b.t.Helper()
	p := b.at(now)
	if !slices.Equal(p.Fetch, []isa.Context{isa.Context(thread)}) || p.Owner != thread || p.Switching {
		b.t.Fatalf("cycle %d: fetch %v, owner %d, switching %v; want thread %d", now, p.Fetch, p.Owner, p.Switching, thread)
	}
	return p
}

// switching wants a switch to the thread under way, which squashes left past
// a miss of level.
func (b *bench) switching(now isa.Cycle, thread, left int, level scheduler.Level, until isa.Cycle) {
	b.t.Helper()
	p := b.at(now)
	if len(p.Fetch) > 0 || p.Owner != thread || !p.Switching || p.Until != until || squashedPast(p, left) != level {
		b.t.Fatalf("cycle %d: fetch %v, owner %d, switching %v until %d, squash %v; want a switch to %d until %d, squash %v",
			now, p.Fetch, p.Owner, p.Switching, p.Until, squashedPast(p, left), thread, until, level)
	}
}

func (b *bench) counters(switches, cycles, timer uint64) {
	b.t.Helper()
	want := scheduler.Counters{Switches: switches, SwitchCycles: cycles, TimerSwitches: timer}
	if got := b.policy.(scheduler.Counting).Counters(); got != want {
		b.t.Errorf("counters %+v, want %+v", got, want)
	}
}

// The decision falls in the cycle that shows the miss; the next thread
// fetches the penalty later, and the old one is squashed once.
func TestCoarseSwitch(t *testing.T) {
	b := newBench(t, "coarse:penalty=7,timer=0", 3)
	b.foreground(100, 0)
	b.foreground(110, 0)
	b.miss(0, 105, scheduler.L1)
	b.foreground(111, 0)
	b.miss(0, 105, scheduler.L1, scheduler.L2)
	b.foreground(120, 0)
	b.miss(0, 105, scheduler.L1, scheduler.L2, scheduler.LLC)
	b.switching(140, 1, 0, scheduler.LLC, 147)
	b.switching(140, 1, 0, scheduler.LLC, 147) // asked twice: one switch
	b.switching(141, 1, 0, scheduler.NoLevel, 147)
	b.switching(146, 1, 0, scheduler.NoLevel, 147)
	b.foreground(147, 1)
	b.foreground(300, 1) // the miss of 0 is no concern of 1's
	b.counters(1, 7, 0)
}

func TestCoarseWithoutPenalty(t *testing.T) {
	b := newBench(t, "coarse:penalty=0,timer=0", 2)
	b.foreground(100, 0)
	b.miss(0, 90, scheduler.LLC)
	if p := b.foreground(101, 1); squashedPast(p, 0) != scheduler.LLC {
		t.Errorf("squash %v", p.Squash)
	}
	b.foreground(102, 1)
	b.counters(1, 0, 0)
}

// A miss during the penalty waits until it is over.
func TestCoarseDecidesOnceASwitch(t *testing.T) {
	b := newBench(t, "coarse:penalty=10,timer=0", 3)
	b.foreground(100, 0)
	b.miss(0, 90, scheduler.LLC)
	b.switching(101, 1, 0, scheduler.LLC, 111)
	b.miss(1, 95, scheduler.LLC)
	b.switching(105, 1, 1, scheduler.NoLevel, 111)
	b.switching(111, 2, 1, scheduler.LLC, 121)
	b.foreground(121, 2)
	b.counters(2, 20, 0)
}

// Only a ready thread is switched to, the next in rotation; without one the
// foreground goes on, and keeps the foreground when its miss comes back first.
func TestCoarseReadyRule(t *testing.T) {
	b := newBench(t, "coarse:penalty=5,timer=0", 4)
	b.foreground(100, 0)
	b.miss(1, 90, scheduler.LLC)
	b.view.Threads[2].State = scheduler.Waiting
	b.miss(0, 95, scheduler.LLC)
	b.switching(101, 3, 0, scheduler.LLC, 106)
	b.foreground(106, 3)

	b.miss(3, 105, scheduler.LLC)
	p := b.foreground(107, 3) // nobody is ready
	if squashedPast(p, 3) != scheduler.NoLevel {
		t.Error("squashed the foreground thread without a switch")
	}
	b.fill(3)
	b.foreground(120, 3)
	b.fill(1)
	b.foreground(121, 3) // 1 is ready, but 3 waits for nothing any more
	b.miss(3, 118, scheduler.LLC)
	b.switching(122, 1, 3, scheduler.LLC, 127)
	b.counters(2, 10, 0)
}

// One that cannot run gives way even to a thread with a miss.
func TestCoarseForegroundGone(t *testing.T) {
	for _, state := range []scheduler.State{scheduler.Waiting, scheduler.Idle, scheduler.Absent} {
		b := newBench(t, "coarse:penalty=5,timer=0", 3)
		b.foreground(100, 0)
		b.view.Threads[0].State = state
		b.miss(1, 90, scheduler.LLC)
		b.miss(2, 90, scheduler.LLC)
		b.switching(101, 1, 0, scheduler.NoLevel, 106)
		b.foreground(106, 1) // and stays: 2 is not ready either
		b.view.Threads[1].State, b.view.Threads[2].State = state, state
		if p := b.at(107); len(p.Fetch) > 0 || p.Switching {
			t.Errorf("state %d: fetch %v, switching %v with nobody there", state, p.Fetch, p.Switching)
		}
	}
	// The first to run gets the foreground at no cost.
	b := newBench(t, "coarse:penalty=5,timer=0", 3)
	b.view.Threads[0].State = scheduler.Absent
	b.foreground(100, 1)
	b.counters(0, 0, 0)
}

// A thread is squashed past the load that was fetched first among those that
// switch.
func TestCoarseSquashTarget(t *testing.T) {
	for _, c := range []struct {
		name, spec string
		miss       func(b *bench)
		want       scheduler.Level
	}{
		{"the walk is of the older load", "coarse:timer=0", func(b *bench) { b.miss(0, 80, scheduler.TLB); b.miss(0, 90, scheduler.L1, scheduler.L2, scheduler.LLC) }, scheduler.TLB},
		{"the miss is of the older load", "coarse:timer=0", func(b *bench) { b.miss(0, 90, scheduler.TLB); b.miss(0, 80, scheduler.L1, scheduler.L2, scheduler.LLC) }, scheduler.LLC},
		{"a level that does not switch is older", "coarse:on=l2,timer=0", func(b *bench) { b.miss(0, 70, scheduler.L1, scheduler.TLB); b.miss(0, 90, scheduler.L2) }, scheduler.L2},
		{"drain", "coarse:action=drain,timer=0", func(b *bench) { b.miss(0, 90, scheduler.LLC) }, scheduler.NoLevel},
		{"a fetch has no load", "coarse:timer=0", func(b *bench) { b.view.Threads[0].FetchMiss = scheduler.LLC }, scheduler.NoLevel},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.spec, 2)
			b.foreground(100, 0)
			c.miss(b)
			b.switching(101, 1, 0, c.want, 111)
		})
	}
}

// Which misses switch, of loads and of fetches.
func TestCoarseTriggers(t *testing.T) {
	levels := []scheduler.Level{scheduler.L1, scheduler.L2, scheduler.LLC, scheduler.TLB, scheduler.Long}
	for _, on := range levels {
		for _, miss := range levels {
			b := newBench(t, "coarse:timer=0,on="+on.String(), 2)
			b.foreground(100, 0)
			b.miss(0, 90, miss)
			if got := b.at(101).Switching; got != (on == miss) {
				t.Errorf("on=%v, a load missed %v: switches %v", on, miss, got)
			}
			if miss == scheduler.Long {
				continue // a fetch is none
			}
			b = newBench(t, "coarse:timer=0,on="+on.String(), 2)
			b.foreground(100, 0)
			b.view.Threads[0].FetchMiss = miss
			// A fetch that has missed a level has missed the nearer ones.
			want := on == miss || on != scheduler.TLB && miss != scheduler.TLB && on < miss
			if got := b.at(101).Switching; got != want {
				t.Errorf("on=%v, a fetch missed %v: switches %v", on, miss, got)
			}
		}
	}
}

// The timer counts from the foreground's first fetch, squashes nothing and
// needs a ready thread.
func TestCoarseTimer(t *testing.T) {
	b := newBench(t, "coarse:penalty=5,timer=50", 3)
	if p := b.foreground(100, 0); p.Until != 150 {
		t.Errorf("until %d, want 150", p.Until)
	}
	b.foreground(149, 0)
	b.switching(150, 1, 0, scheduler.NoLevel, 155)
	if p := b.foreground(155, 1); p.Until != 205 {
		t.Errorf("until %d, want 205", p.Until)
	}
	b.miss(0, 90, scheduler.LLC)
	b.miss(2, 90, scheduler.LLC)
	b.foreground(205, 1) // overdue, but nobody is ready
	b.foreground(230, 1)
	b.fill(2)
	b.switching(231, 2, 1, scheduler.NoLevel, 236)
	b.counters(2, 10, 2)

	alone := newBench(t, "coarse:penalty=5,timer=50", 1)
	for now := isa.Cycle(100); now < 400; now += 25 {
		alone.foreground(now, 0)
	}
	never := newBench(t, "coarse:timer=0", 2)
	if p := never.foreground(100, 0); p.Until != isa.Never {
		t.Errorf("until %d without a timer", p.Until)
	}
	never.foreground(1<<40, 0)
}

// The quantum counts what the foreground commits from its choice on, and needs
// a ready thread.
func TestCoarseQuantum(t *testing.T) {
	b := newBench(t, "coarse:penalty=5,timer=0,quantum=1000", 2)
	b.view.Threads[0].Committed, b.view.Threads[1].Committed = 300, 5000
	b.foreground(100, 0)
	b.view.Threads[0].Committed = 1299
	b.foreground(200, 0)
	b.view.Threads[0].Committed = 1301
	b.miss(1, 90, scheduler.LLC)
	b.foreground(201, 0)
	b.fill(1)
	b.switching(202, 1, 0, scheduler.NoLevel, 207)
	b.view.Threads[1].Committed = 5999
	b.foreground(400, 1)
	b.view.Threads[1].Committed = 6004
	b.switching(401, 0, 1, scheduler.NoLevel, 406)
	b.counters(2, 10, 2)
}

// Only the foreground fetches; what was fetched before goes on.
func TestCoarseRenamesAndIssuesAll(t *testing.T) {
	b := newBench(t, "coarse:timer=0", 4)
	b.foreground(100, 0)
	b.miss(0, 90, scheduler.LLC)
	for _, now := range []isa.Cycle{101, 105, 111} {
		if p := b.at(now); p.Rename&isa.FirstContexts(4) != isa.FirstContexts(4) || p.Issue&isa.FirstContexts(4) != isa.FirstContexts(4) {
			t.Errorf("cycle %d: rename %b, issue %b", now, p.Rename, p.Issue)
		}
	}
}

// What ends a turn bounds how long the others wait for it: the timer, or a quantum
// of slow instructions; without either only misses do.
func TestCoarseTurn(t *testing.T) {
	for spec, want := range map[string]isa.Cycle{
		"coarse:penalty=10,timer=500":                  510,
		"coarse:penalty=0,timer=30000000":              30_000_000,
		"coarse:penalty=10,timer=500,quantum=50000000": 510,
		"coarse:penalty=10,timer=0,quantum=50000000":   5_000_000_010,
		"coarse:timer=0":                               0,
	} {
		row, args, err := scheduler.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, traits, err := row.New(environment(2), args); err != nil || traits.Turn != want {
			t.Errorf("%s: a turn of %d cycles (%v), want %d", spec, traits.Turn, err, want)
		}
	}
}

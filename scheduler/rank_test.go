package scheduler_test

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// The policies of ISCA 1996 rank by one number each, and by nothing else.
func TestRanks(t *testing.T) {
	for _, c := range []struct {
		spec string
		set  func(th *scheduler.Thread, n int)
	}{
		{"icount", func(th *scheduler.Thread, n int) { th.FrontEnd, th.Queued = n/2, n-n/2 }},
		{"brcount", func(th *scheduler.Thread, n int) { th.Branches = n }},
		{"misscount", func(th *scheduler.Thread, n int) { th.Misses[scheduler.L1].Count = n }},
		{"iqposn", func(th *scheduler.Thread, n int) { th.OldestQueued = isa.Cycle(90 - n) }},
	} {
		t.Run(c.spec, func(t *testing.T) {
			b := newBench(t, c.spec, 4)
			for i, n := range []int{9, 3, 7, 3} {
				c.set(&b.view.Threads[i], n)
			}
			b.fetched(99, 3)
			b.fetch(100, 1, 3, 2, 0)
			b.fetched(100, 1)
			b.fetch(101, 3, 1, 2, 0)
			for i := range b.view.Threads { // what the others go by
				th := &b.view.Threads[i]
				th.InFlight, th.Committed, th.Misses[scheduler.LLC].Count = 100*(i+1), uint64(1000*(4-i)), i%2
			}
			b.fetch(101, 3, 1, 2, 0)
		})
	}
}

// A thread with nothing in a queue is the farthest from the head of one.
func TestIQPosnEmptyQueue(t *testing.T) {
	b := newBench(t, "iqposn", 3)
	b.view.Threads[0].OldestQueued, b.view.Threads[2].OldestQueued = 99, 20
	b.fetch(100, 1, 0, 2)
}

func TestIssueModels(t *testing.T) {
	for spec, want := range map[string]scheduler.Select{
		"icount":                                  {},
		"rr:issue=single":                         {PerThread: 1},
		"rr:issue=dual":                           {PerThread: 2},
		"brcount:issue=four,order=priority":       {PerThread: 4, ByContext: true},
		"misscount:issue=limited":                 {Wired: true},
		"iqposn:order=age":                        {},
		"priority":                                {ByContext: true},
		"priority:issue=limited":                  {Wired: true, ByContext: true},
		"priority:levels=4+2,issue=dual":          {PerThread: 2},
		"icount:threads=1,width=4,order=priority": {ByContext: true},
	} {
		if p := newBench(t, spec, 4).at(100); p.Select != want {
			t.Errorf("%s: %+v, want %+v", spec, p.Select, want)
		}
	}
}

// Strict priority looks at nothing but the number of the context.
func TestStrictPriority(t *testing.T) {
	b := newBench(t, "priority", 4)
	b.view.Threads[0].FrontEnd, b.view.Threads[0].Stall = 40, scheduler.ICacheMiss
	b.view.Threads[2].State = scheduler.Idle
	b.fetched(99, 1)
	if p := b.fetch(100, 0, 1, 3); p.Until != isa.Never || p.Rename&0b1011 != 0b1011 {
		t.Errorf("until %d, rename %b", p.Until, p.Rename)
	}
}

// decodes counts the cycles that each thread decodes in, all having something
// to decode.
func (b *bench) decodes(from isa.Cycle, cycles int) []int {
	b.t.Helper()
	got := make([]int, len(b.view.Threads))
	for i := range b.view.Threads {
		b.view.Threads[i].FrontEnd = 8
	}
	for now := from; now < from+isa.Cycle(cycles); now++ {
		p := b.at(now)
		only := p.Rename & isa.FirstContexts(len(got))
		if only == 0 || only&(only-1) != 0 {
			b.t.Fatalf("cycle %d: threads %b decode", now, only)
		}
		for i := range got {
			if only.Has(isa.Context(i)) {
				b.view.Threads[i].LastRename = now
				got[i]++
			}
		}
	}
	return got
}

// POWER5: of two threads the lower one decodes in exactly one cycle of
// 2^(|X−Y|+1), from wherever one counts.
func TestPOWER5Shares(t *testing.T) {
	const cycles = 1 << 10
	for x := 2; x <= 6; x++ {
		for y := 2; y <= 6; y++ {
			lower := cycles >> (max(x-y, y-x) + 1)
			want := []int{cycles - lower, lower}
			if x < y {
				slices.Reverse(want)
			}
			b := newBench(t, "priority:levels="+string(rune('0'+x))+"+"+string(rune('0'+y)), 2)
			if got := b.decodes(7777, cycles); !slices.Equal(got, want) {
				t.Errorf("priorities %d and %d: %v, want %v", x, y, got, want)
			}
		}
	}
}

// Of N threads one that is d below the highest has every N·2^d-th cycle, and
// the highest share the rest equally.
func TestSharesOfMany(t *testing.T) {
	for _, c := range []struct {
		levels string
		cycles int
		want   []int
	}{
		{"4", 400, []int{100, 100, 100, 100}},
		{"6+5+4+3", 3 * 4 * 8, []int{3 * (32 - 4 - 2 - 1), 3 * 4, 3 * 2, 3 * 1}},
		{"5+4+5", 4 * 6, []int{10, 4, 10}},
		{"5+4+5", 4, []int{3, 1}},
		{"5+4", 4 * 6, []int{16, 4, 4}},
		{"5+5+3+5", 3 * 16, []int{15, 15, 3, 15}},
	} {
		n := len(c.want)
		if got := newBench(t, "priority:levels="+c.levels, n).decodes(1234, c.cycles); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.levels, got, c.want)
		}
	}
}

// 7 has all that it can decode, 1 what is left over, 0 nothing while another
// runs; a thread without anything to decode leaves its cycle to the others.
func TestPriorityClasses(t *testing.T) {
	b := newBench(t, "priority:levels=7+4+1+0", 4)
	if got := b.decodes(0, 100); !slices.Equal(got, []int{100, 0, 0, 0}) {
		t.Errorf("7, 4, 1 and 0: %v", got)
	}
	b.fetched(99, 2) // among the others the rotation decides
	p := b.fetch(100, 0, 1, 2)
	if p.Gated != 0b1000 {
		t.Errorf("gated %b", p.Gated)
	}
	b.view.Threads[0].FrontEnd = 0
	if p := b.at(101); p.Rename != 0b0110 {
		t.Errorf("7 has nothing to decode: %b", p.Rename)
	}
	b.view.Threads[0].State = scheduler.Waiting
	if got := b.decodes(200, 100); !slices.Equal(got, []int{0, 100, 0, 0}) {
		t.Errorf("4, 1 and 0: %v", got)
	}
	b.view.Threads[1].FrontEnd = 0
	if p := b.at(301); p.Rename != 0b0100 {
		t.Errorf("4 has nothing to decode: %b", p.Rename)
	}
	b.view.Threads[1].State = scheduler.Idle
	b.view.Threads[2].State = scheduler.Idle
	if got := b.decodes(400, 10); !slices.Equal(got, []int{0, 0, 0, 10}) {
		t.Errorf("0 alone: %v", got)
	}
	two := newBench(t, "priority:levels=6+2", 2)
	two.view.Threads[0].FrontEnd, two.view.Threads[1].FrontEnd = 0, 3
	for now := isa.Cycle(0); now < 32; now++ {
		if p := two.at(now); p.Rename != 0b10 {
			t.Fatalf("cycle %d: rename %b, and only thread 1 has something to decode", now, p.Rename)
		}
	}
}

// A turn that could not be used is kept until something is renamed.
func TestTurnsAreKept(t *testing.T) {
	b := newBench(t, "priority:levels=6+4", 2)
	for i := range b.view.Threads {
		b.view.Threads[i].FrontEnd = 8
	}
	owed := false
	for now := isa.Cycle(800); now < 832; now++ {
		p := b.at(now)
		b.view.Threads[0].LastRename = now // it could, thread 1 could not
		owed = owed || now%8 == 1 && p.Rename.Has(1)
		if owed != p.Rename.Has(1) {
			t.Fatalf("cycle %d: rename %b", now, p.Rename)
		}
	}
	b.view.Threads[1].LastRename = 832
	if p := b.at(834); p.Rename != 0b01 || !owed {
		t.Errorf("rename %b after the turn was used", p.Rename)
	}
}

// The turns come round after the period that the plan names.
func TestPeriods(t *testing.T) {
	for _, spec := range []string{"barrel", "barrel:rotate=strict"} {
		b := newBench(t, spec, 3)
		for i := range b.view.Threads {
			b.view.Threads[i].FrontEnd, b.view.Threads[i].Stall = 4, scheduler.BufferFull
		}
		period := b.at(1000).Period
		if period < 3 {
			t.Fatalf("%s: period %d", spec, period)
		}
		var turns []isa.ContextSet
		for now := isa.Cycle(1000); now < 1000+2*period; now++ {
			turns = append(turns, b.at(now).Rename)
		}
		if !slices.Equal(turns[:period], turns[period:]) {
			t.Errorf("%s: turns %b in two periods of %d", spec, turns, period)
		}
	}
}

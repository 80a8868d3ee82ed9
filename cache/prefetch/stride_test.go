package prefetch

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// The table of states against the paper's figure, written as a table.
func TestStrideStates(t *testing.T) {
	type move struct {
		to     confidence
		update bool // of the stride
	}
	figure := map[confidence]map[bool]move{
		initial:      {true: {steady, false}, false: {transient, true}},
		transient:    {true: {steady, false}, false: {noPrediction, true}},
		steady:       {true: {steady, false}, false: {initial, false}},
		noPrediction: {true: {transient, false}, false: {noPrediction, true}},
	}
	rapid.Check(t, func(t *rapid.T) {
		p := build(t, "stride", Geometry{Line: line, Contexts: 1}).(*stride)
		addr := int64(1 << 20)
		state, step, last := initial, int64(0), addr
		p.Access(Access{Addr: isa.Addr(addr), PC: 4}, nil)
		for range 40 {
			addr += int64(rapid.IntRange(-1, 2).Draw(t, "step")) * 8
			m := figure[state][addr == last+step]
			if m.update {
				step = addr - last
			}
			state, last = m.to, addr
			out := p.Access(Access{Addr: isa.Addr(addr), PC: 4}, nil)
			if e := p.entry(4, 0); e.state != state || e.stride != step {
				t.Fatalf("state %d stride %d, the figure has %d, %d", e.state, e.stride, state, step)
			}
			if len(out) > 0 && (state != steady || step == 0) {
				t.Fatalf("proposals %v in state %d with stride %d", out, state, step)
			}
		}
	})
}

// A steady instruction runs up to its distance ahead and then a step for each
// access, in strides or lines, up or down, and never proposes a line twice.
func TestStrideAhead(t *testing.T) {
	for _, test := range []struct {
		step int64
		unit int64 // between proposals
	}{{256, 256}, {-256, -256}, {100, 100}, {8, line}, {-8, -line}, {64, 64}} {
		p := build(t, "stride:distance=3,degree=2", Geometry{Line: line, Contexts: 1})
		addr := int64(1 << 20)
		var got []int64
		seen := map[isa.Addr]bool{}
		for i := range 100 {
			out := p.Access(Access{Addr: isa.Addr(addr), PC: 4}, nil)
			if i < 2 && len(out) > 0 {
				t.Errorf("step %d: access %d proposes %v", test.step, i, out)
			}
			for _, a := range out {
				if seen[a] {
					t.Errorf("step %d: %#x proposed again", test.step, a)
				}
				seen[a] = true
				base := addr
				if test.unit != test.step {
					base &^= line - 1
				}
				got = append(got, (int64(a)-base)/test.unit)
			}
			addr += test.step
		}
		// Two when it becomes steady, two to reach the distance, then one for
		// each step of the unit.
		want := []int64{1, 2, 2, 3, 3, 3}
		if test.unit != test.step {
			want = []int64{1, 2, 3, 3, 3, 3} // still in the same line
		}
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("step %d: proposals so many units ahead: %v, want %v …", test.step, got, want)
		}
		if last := got[len(got)-1]; last != 3 {
			t.Errorf("step %d: ends %d ahead, want 3", test.step, last)
		}
	}
}

// A walk that leaves out a line now and then, and so is not predicted once,
// proposes nothing twice; one that begins again does.
func TestStrideAfterInterruption(t *testing.T) {
	p := build(t, "stride:distance=4,degree=4", Geometry{Line: line, Contexts: 1})
	seen := map[isa.Addr]int{}
	walk := func() {
		for i := range isa.Addr(40) {
			if i%8 == 7 {
				continue
			}
			for _, a := range p.Access(Access{Addr: 1<<20 + i*line, PC: 4}, nil) {
				seen[a]++
			}
		}
	}
	for times := 1; times <= 2; times++ {
		walk()
		for i := isa.Addr(10); i < 40; i++ {
			if n := seen[1<<20+i*line]; n != times {
				t.Errorf("after %d walks line %d was proposed %d times", times, i, n)
			}
		}
	}
}

// Threads that run one program do not take each other's entries; an access
// without a PC teaches nothing.
func TestStrideThreads(t *testing.T) {
	p := build(t, "stride", Geometry{Line: line, Contexts: 4})
	proposals := 0
	for i := range 20 {
		for thread := range isa.Context(4) {
			step := isa.Addr(thread+1) * 128
			out := p.Access(Access{Addr: 1<<20*isa.Addr(thread+1) + isa.Addr(i)*step, PC: 0x104, Thread: thread}, nil)
			if i >= 3 && len(out) == 0 {
				t.Fatalf("thread %d proposes nothing", thread)
			}
			proposals += len(out)
		}
		if out := p.Access(Access{Addr: isa.Addr(i * 64)}, nil); len(out) > 0 {
			t.Fatal("proposals for an unknown instruction")
		}
	}
	if proposals == 0 {
		t.Error("no proposals")
	}
}

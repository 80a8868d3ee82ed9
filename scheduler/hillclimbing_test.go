package scheduler_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// hill is a machine whose threads commit, in an epoch, what a curve makes of
// the registers that they may have.
type hill struct {
	*bench
	epoch  isa.Cycle
	curves []func(registers float64) float64
	gated  []int // epochs in which each thread was gated
	caps   scheduler.Caps
}

func newHill(t *testing.T, spec string, curves ...func(float64) float64) *hill {
	row, args, err := scheduler.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	e := environment(len(curves))
	for s := range e.Sizes {
		e.Sizes[s] = 256
	}
	e.Sizes[scheduler.ROB], e.Sizes[scheduler.FPQueue] = 512, 0
	p, _, err := row.New(e, args)
	if err != nil {
		t.Fatal(err)
	}
	h := &hill{bench: &bench{t: t, policy: p, view: scheduler.View{Now: 1000, Threads: make([]scheduler.Thread, len(curves))}}}
	h.epoch, h.curves, h.gated = isa.Cycle(args.Int("epoch")), curves, make([]int, len(curves))
	for i := range h.view.Threads {
		h.view.Threads[i] = scheduler.Thread{State: scheduler.Running, OldestQueued: isa.Never, Stall: scheduler.BufferFull}
	}
	return h
}

// run lets epochs pass, each with what the threads commit under its limits.
func (h *hill) run(epochs int) {
	h.t.Helper()
	for range epochs {
		p := h.at(h.view.Now)
		if p.Until != h.view.Now+h.epoch {
			h.t.Fatalf("cycle %d: until %d, and an epoch is %d", h.view.Now, p.Until, h.epoch)
		}
		for i := range h.view.Threads {
			may := 256.0
			if p.Caps != nil {
				may = float64(p.Caps[scheduler.IntRegisters][i])
				h.caps = *p.Caps
			}
			if p.Gated.Has(isa.Context(i)) {
				h.gated[i]++
			} else {
				h.view.Threads[i].Committed += uint64(h.curves[i](may))
			}
		}
		h.view.Now += h.epoch
	}
}

// peak is a curve that rises to a number of registers and is flat from there.
func peak(at, most float64) func(float64) float64 {
	return func(r float64) float64 { return most * min(r/at, 1) }
}

// The parts climb to the top of the hill and stay there, within a step.
func TestHillClimbing(t *testing.T) {
	parts := func(h *hill) []int {
		var got []int
		for i := range h.curves {
			got = append(got, h.caps[scheduler.IntRegisters][i])
		}
		return got
	}
	for _, c := range []struct {
		name, spec string
		curves     []func(float64) float64
		want       []int
		slack      int
	}{
		// The first needs 192 for all that it can do, the second is content
		// with 64.
		{"one top", "hillclimbing:metric=ipc", []func(float64) float64{peak(192, 1e5), peak(64, 1e5)}, []int{192, 64}, 8},
		// IPC feeds the fast one to the least part of the other: 256/16.
		{"unfair", "hillclimbing:metric=ipc", []func(float64) float64{peak(256, 1e6), peak(256, 1e5)}, []int{240, 16}, 5},
		// √x + √y with x + y = 256 has its top in the middle, whatever the
		// threads' speeds are, when each is measured by what it does alone.
		{"weighted", "hillclimbing:metric=weighted", []func(float64) float64{
			func(r float64) float64 { return 1e6 * math.Sqrt(r) }, func(r float64) float64 { return 1e4 * math.Sqrt(r) },
		}, []int{128, 128}, 9},
		// The harmonic mean of x and y/2 + 1/2, as parts of what is alone.
		{"harmonic", "hillclimbing:metric=harmonic", []func(float64) float64{
			func(r float64) float64 { return 1e6 * r / 256 }, func(r float64) float64 { return 1e4 * (r + 256) / 512 },
		}, []int{212, 44}, 9},
		{"three", "hillclimbing:metric=ipc,delta=3", []func(float64) float64{peak(128, 1e5), peak(64, 1e5), peak(64, 1e5)}, []int{128, 64, 64}, 13},
	} {
		h := newHill(t, c.spec, c.curves...)
		for range 30 {
			h.run(20)
		}
		for i, got := range parts(h) {
			if d := got - c.want[i]; d > c.slack || d < -c.slack {
				t.Errorf("%s: parts %v, want %v within %d", c.name, parts(h), c.want, c.slack)
				break
			}
		}
		for i := range c.curves { // the other structures in proportion
			r := h.caps[scheduler.IntRegisters][i]
			if rob := h.caps[scheduler.ROB][i]; rob != 2*r {
				t.Errorf("%s: %d of 512 in the reorder buffer and %d of 256 registers", c.name, rob, r)
			}
		}
		// One epoch to see who runs; for the relative metrics, one alone for
		// each and one more in 41.
		want := 0
		if !slices.Contains([]string{"one top", "unfair", "three"}, c.name) {
			want = (600-3)/41 + len(c.curves)
		}
		solos := 0
		for _, n := range h.gated {
			solos += n
		}
		if solos /= max(len(c.curves)-1, 1); solos != want {
			t.Errorf("%s: %d epochs alone, want %d", c.name, solos, want)
		}
	}
}

// In its epoch a thread has delta registers of each other one, as far as they
// can give them: of 64 each, an eighth stays.
func TestHillClimbingDelta(t *testing.T) {
	flat := peak(1, 1e5)
	for _, c := range []struct{ spec, want string }{
		{"delta=1", "[67 63 63 63]"}, {"delta=2", "[70 62 62 62]"}, {"delta=4", "[76 60 60 60]"}, {"delta=5", "[79 59 59 59]"},
		{"delta=1000", "[232 8 8 8]"},
	} {
		h := newHill(t, "hillclimbing:metric=ipc,"+c.spec, flat, flat, flat, flat)
		h.run(2) // one to see who runs, and that of the first thread
		if got := fmt.Sprint(h.caps[scheduler.IntRegisters][:4]); got != c.want {
			t.Errorf("%s: %s, want %s", c.spec, got, c.want)
		}
	}
}

// An epoch in which a thread stops teaches nothing and has no limits from then
// on; when another set of threads runs, it gets parts of its own.
func TestHillClimbingDisturbed(t *testing.T) {
	h := newHill(t, "hillclimbing:metric=ipc,epoch=100", peak(192, 1e5), peak(64, 1e5), peak(256, 10))
	h.view.Threads[2].State = scheduler.Absent
	h.run(301)
	at := h.caps[scheduler.IntRegisters]
	begin := h.view.Now
	h.at(begin)
	h.view.Threads[0].State = scheduler.Waiting
	if p := h.at(begin + 50); p.Caps != nil || p.Gated != 0 {
		t.Errorf("caps %v, gated %b with a thread gone", p.Caps, p.Gated)
	}
	h.view.Threads[0].State = scheduler.Running
	if p := h.at(begin + 60); p.Caps != nil {
		t.Error("caps in an epoch that was disturbed")
	}
	if p := h.at(begin + 100); p.Caps == nil || p.Caps[scheduler.IntRegisters][0]-at[0] > 12 || at[0]-p.Caps[scheduler.IntRegisters][0] > 12 {
		t.Errorf("caps %v after the disturbance, %v before", p.Caps, at[:2])
	}
	h.view.Threads[0].State, h.view.Threads[2].State = scheduler.Waiting, scheduler.Running
	h.view.Now += 100
	h.run(3)
	if got := h.caps[scheduler.IntRegisters]; got[1] < 120 || got[1] > 136 || got[1]+got[2] > 256 {
		t.Errorf("parts %v of another pair", got[:3])
	}
}

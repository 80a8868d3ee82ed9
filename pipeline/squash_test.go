package pipeline

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

// mixed is a loop with loads, stores, dependences and a branch that a
// predictor often gets wrong.
func mixed(seed uint64, instructions uint64) *script {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := loop()
	s.body = s.body[:0]
	for range 24 {
		reg := func() isa.Reg { return isa.Reg(5 + rng.IntN(12)) }
		switch rng.IntN(6) {
		case 0, 1:
			s.body = append(s.body, isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: reg(), Src: [3]isa.Reg{reg()}})
		case 2:
			s.body = append(s.body, isa.Inst{Class: isa.Store, Size: 4, MemSize: 4, Src: [3]isa.Reg{reg(), reg()}})
		case 3:
			s.body = append(s.body, isa.Inst{Class: isa.IntMul, Size: 4, Dst: reg(), Src: [3]isa.Reg{reg(), reg()}})
		default:
			s.body = append(s.body, add(reg(), reg(), reg()))
		}
	}
	s.body = append(s.body, back())
	s.body[len(s.body)/2-1] = back() // the flaky one
	s.left = instructions
	s.mem = func(iteration uint64, i int) isa.Addr {
		// Overlaps, line crossings, and a footprint beyond the L2.
		h := (iteration*31 + uint64(i)*7 + seed) * 0x9e3779b97f4a7c15
		if h>>60 < 8 {
			return 1<<24 + isa.Addr(h>>20&127)
		}
		return 1<<24 + isa.Addr(h>>20&(1<<20-1))
	}
	s.flaky = seed
	return s
}

// counters are all statistics of a core by name.
func counters(c *Core) map[string]uint64 {
	c.Settle(^isa.ContextSet(0))
	var set stats.Set
	c.AddStats(&set)
	c.parts.Caches.AddStats(&set)
	c.parts.MMU.AddStats(&set)
	values := map[string]uint64{}
	for i, v := range set.Snapshot(nil) {
		values[set.Descs()[i].Name] = v
	}
	return values
}

// finish runs until nothing will ever run any more: no context waits for a
// cycle.
func finish(t *testing.T, c *Core, between func()) {
	t.Helper()
	for {
		over := true
		for i := range c.threads {
			over = over && c.threads[i].parked() && c.threads[i].wakeAt == isa.Never
		}
		if over {
			return
		}
		budget := uint64(1 << 40)
		if between != nil {
			between()
			budget = 1
		}
		if err := c.Run(budget); err != nil {
			t.Fatal(err)
		}
	}
}

// Squashes at random cycles and places change when things happen, not what
// retires; and everything executed retires, was discarded with its wrong path,
// or is still there.
func TestInjectedSquashes(t *testing.T) {
	for _, policy := range multithreaded() {
		retired := func(inject float64) [][]isa.Addr {
			got := make([][]isa.Addr, 2)
			r := newRig(policy)
			r.retire = func(ctx isa.Context, d *isa.Dyn) { got[ctx] = append(got[ctx], d.PC, d.Mem, d.NextPC) }
			c := r.build(t, apart(mixed(1, 6000), mixed(2, 6000))...)
			rng := rand.New(rand.NewPCG(7, 7))
			var between func()
			if inject > 0 {
				between = func() {
					if th := &c.threads[rng.IntN(2)]; rng.Float64() < inject && th.cursor > th.head {
						c.putBack(th, th.head+rng.Uint64N(th.cursor-th.head))
					}
				}
			}
			finish(t, c, between)
			for i := range c.threads {
				s := &c.threads[i].stats
				if s.Executed != s.Committed+s.Discarded {
					t.Errorf("%s: executed %d, committed %d, discarded %d", policy, s.Executed, s.Committed, s.Discarded)
				}
				if inject > 0 && s.Replayed == 0 {
					t.Errorf("%s: no instruction was replayed", policy)
				}
				// A thread with one instruction in the pipe has resolved its
				// branch before it fetches again.
				if s.Discarded == 0 != (policy == "barrel:inflight=1") {
					t.Errorf("%s: %d instructions on wrong paths", policy, s.Discarded)
				}
			}
			return got
		}
		if want, got := retired(0), retired(0.05); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: squashes changed what retires", policy)
		}
	}
}

// Skipping idle cycles changes no statistic.
func TestIdleSkipping(t *testing.T) {
	for _, policy := range everyDiscipline() {
		for _, order := range []string{OutOfOrder, InOrder} {
			run := func(noSkip bool) map[string]uint64 {
				r := newRig(policy)
				r.noSkip = noSkip
				r.core.Issue.Order = order
				scripts := []*script{mixed(1, 4000), chase(1 << 13), mixed(3, 6000), mixed(4, 1000)}
				scripts[1].left = 1200
				if policy == "single" {
					scripts = scripts[:1]
				}
				c := r.build(t, apart(scripts...)...)
				finish(t, c, nil)
				return counters(c)
			}
			with, without := run(false), run(true)
			for name, v := range with {
				if without[name] != v {
					t.Errorf("%s, %s: %s is %d with skipping, %d without", policy, order, name, v, without[name])
				}
			}
		}
	}
}

// The ledgers of issue and dispatch sum to width × cycles, the machine's and
// each thread's, also over an interval that begins and ends with instructions
// in flight.
func TestLedgerSums(t *testing.T) {
	for _, policy := range everyDiscipline() {
		t.Run(policy, func(t *testing.T) {
			r := newRig(policy)
			r.core.Rename.Width = 5
			scripts := apart(mixed(1, 1<<40), chase(1<<13), mixed(2, 20_000))
			if policy == "single" {
				scripts = scripts[:1]
			}
			c := r.build(t, scripts...)
			last := counters(c)
			for range 40 {
				if err := c.Run(977); err != nil {
					t.Fatal(err)
				}
				now := counters(c)
				checkLedgers(t, len(scripts), 8, 5, now, last)
				last = now
			}
			if policy == "coarse:on=l1+l2+llc+tlb,penalty=1" && (last["slots.issue.cause.replayed"] == 0 || last["slots.issue.cause.wrongpath"] == 0) {
				t.Error("no replayed or no wrong-path slots")
			}
		})
	}
}

// checkLedgers compares the sums of the ledgers over an interval with the
// slots that it had.
func checkLedgers(t *testing.T, threads int, issueWidth, renameWidth uint64, now, last map[string]uint64) {
	t.Helper()
	sum := func(prefix string, names ...string) (n uint64) {
		for name, v := range now {
			rest, ok := strings.CutPrefix(name, prefix)
			if ok && (len(names) == 0 || slices.Contains(names, rest)) {
				n += v - last[name]
			}
		}
		return n
	}
	cycles := now["cycles"] - last["cycles"]
	for stage, width := range map[string]uint64{"issue": issueWidth, "dispatch": renameWidth} {
		ledger, want := "slots."+stage+".", width*cycles
		used := sum(ledger+"cause.", "retired", "wrongpath", "replayed", "inflight")
		for what, got := range map[string]uint64{
			"total":       sum(ledger, "total"),
			"the causes":  sum(ledger + "cause."),
			"the threads": sum(ledger + "thread"),
			"waste":       used + sum(ledger, "horizontal", "vertical"),
		} {
			if got != want {
				t.Errorf("%s: %s of %d slots in %d cycles: %d", stage, what, want, cycles, got)
			}
		}
		for i := range threads {
			for k := i + 1; k < threads && stage == "issue"; k++ {
				if got := sum(fmt.Sprintf("joint.%d_%d.", i, k)); got != cycles {
					t.Errorf("states of threads %d and %d in %d of %d cycles", i, k, got, cycles)
				}
			}
			if got := sum(fmt.Sprintf("thread%d.%s", i, ledger)); got != want {
				t.Errorf("%s: thread %d has %d of %d slots", stage, i, got, want)
			}
		}
	}
}

// A cycle allocates nothing once lists have their length.
func TestNoAllocation(t *testing.T) {
	for _, policy := range multithreaded() {
		c := newRig(policy).build(t, apart(mixed(1, 1<<40), chase(1<<13), mixed(3, 1<<40), mixed(4, 1<<40))...)
		if err := c.Run(200_000); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() {
			if err := c.Run(10_000); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations in 10,000 cycles", policy, n)
		}
	}
}

// One thread under a simultaneous policy, and alone in a barrel or under
// coarse, runs exactly as on the single-threaded core.
func TestOneThreadEqualsSingle(t *testing.T) {
	run := func(policy string) map[string]uint64 {
		c := newRig(policy).build(t, mixed(5, 50_000))
		finish(t, c, nil)
		return counters(c)
	}
	want := run("single")
	for _, policy := range catalogNames() {
		for name, v := range run(policy) {
			if want[name] != v {
				t.Errorf("%s: %s is %d, under single %d", policy, name, v, want[name])
			}
		}
	}
}

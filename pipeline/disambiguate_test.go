package pipeline

import (
	"reflect"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
)

func load(dst, base isa.Reg) isa.Inst {
	return isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: dst, Src: [3]isa.Reg{base}}
}

func store(base, data isa.Reg) isa.Inst {
	return isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{base, data}}
}

func div(dst, a, b isa.Reg) isa.Inst {
	return isa.Inst{Class: isa.IntDiv, Size: 4, Dst: dst, Src: [3]isa.Reg{a, b}}
}

// lateStore is a loop in which the address of a store needs a division of what
// the load of the iteration before has read. Accesses are to what at says.
func lateStore(base isa.Reg, at func(iteration uint64, i int) isa.Addr) *script {
	s := loop(div(20, 5, 7), store(20, 8), load(5, base))
	s.mem = at
	return s
}

// pipelined is a rig with dividers that take an operation a cycle.
func pipelined(policy, disambiguation string) *rig {
	r := newRig(policy)
	r.core.Units.IntDiv.Interval = 1
	r.core.LSQ.Disambiguation = disambiguation
	return r
}

const (
	lateLoop = 5 // instructions of lateStore
	rigDiv   = 20
)

// The load reads in each iteration what the store has written. Who waits for
// the store's address takes a division, a cycle for the address and a forward.
// Who does not has read before: the load is found out in the cycle after the
// address was computed, fetched again penalty cycles later, and issues when it
// has gone through the front end.
func TestViolation(t *testing.T) {
	same := func(uint64, int) isa.Addr { return 1 << 24 }
	for _, penalty := range []int{0, 1, 9} {
		for _, row := range memdep.Catalog.Rows {
			r := pipelined("single", row.Name)
			r.core.LSQ.Penalty = penalty
			c := r.build(t, lateStore(6, same))
			want := float64(rigDiv + 1 + rigL1)
			if row.Name == "naive" {
				want += float64(penalty + r.core.Fetch.Depth + 1)
			}
			near(t, row.Name+": cycles per iteration", cpi(t, c, 0, 2000, 20_000)*lateLoop, want, 0.005)
			n := counters(c)
			iterations := n["committed"] / lateLoop
			switch got := n["order.violations"]; row.Name {
			case "naive":
				if got+3 < iterations || got > iterations+1 {
					t.Errorf("naive: %d violations in %d iterations", got, iterations)
				}
				if n["order.squashed"] < got || n["order.squashed"] != n["replayed"] {
					t.Errorf("naive: %d instructions squashed by %d violations, %d replayed", n["order.squashed"], got, n["replayed"])
				}
			case "store-sets":
				// The first finds the pair out; those that are in flight
				// without knowing their set are squashed with it.
				if got != 1 || n["order.held"]+2 < iterations {
					t.Errorf("store-sets: %d violations, %d loads held in %d iterations", got, n["order.held"], iterations)
				}
			default:
				if got != 0 || n["replayed"] != 0 {
					t.Errorf("%s: %d violations", row.Name, got)
				}
			}
			if n["order.held_falsely"] != 0 {
				t.Errorf("%s: %d loads waited needlessly", row.Name, n["order.held_falsely"])
			}
		}
	}
}

// The load never reads what a store in flight has written. Its chain takes an
// L1D hit an iteration, unless it waits for all addresses: then every load
// waits in vain for a division and the address.
func TestFalseDependence(t *testing.T) {
	apart := func(_ uint64, i int) isa.Addr { return 1<<24 + isa.Addr(i)*4096 }
	for _, row := range memdep.Catalog.Rows {
		c := pipelined("single", row.Name).build(t, lateStore(5, apart))
		want := float64(rigL1)
		if row.Name == "conservative" {
			want += rigDiv + 1
		}
		near(t, row.Name+": cycles per iteration", cpi(t, c, 0, 2000, 20_000)*lateLoop, want, 0.005)
		n := counters(c)
		if n["order.violations"] != 0 {
			t.Errorf("%s: %d violations", row.Name, n["order.violations"])
		}
		iterations := n["committed"] / lateLoop
		if false_ := n["order.held_falsely"]; (row.Name == "conservative") != (false_+2 > iterations) || row.Name != "conservative" && false_ > 0 {
			t.Errorf("%s: %d loads waited needlessly in %d iterations", row.Name, false_, iterations)
		}
	}
}

// Store sets forget at every multiple of the interval, and learn again from one
// violation; or from two, when the interval ends between the renaming of a store
// and of its load: the store is then not among those of the new set.
func TestStoreSetsAreCleared(t *testing.T) {
	const interval, intervals = 5000, 20
	c := pipelined("single", "store-sets:clear=5000").build(t, lateStore(6, func(uint64, int) isa.Addr { return 1 << 24 }))
	if err := c.Run(interval*intervals - 1); err != nil {
		t.Fatal(err)
	}
	if got := counters(c)["order.violations"]; got < intervals || got > 2*intervals {
		t.Errorf("%d violations in %d intervals", got, intervals)
	}
}

// A pair that meets once in a while, after having been learned, makes the load
// wait each time: store sets have no confidence.
func TestStoreSetsHoldFalsely(t *testing.T) {
	const once = 50 // the iteration in which they meet
	c := pipelined("single", "store-sets:clear=0").build(t, lateStore(5, func(iteration uint64, i int) isa.Addr {
		if iteration == once {
			i = 0
		}
		return 1<<24 + isa.Addr(i)*4096
	}))
	near(t, "cycles per iteration", cpi(t, c, 0, 2000, 20_000)*lateLoop, rigDiv+1+rigL1, 0.005)
	n := counters(c)
	if n["order.violations"] != 1 || n["order.held_falsely"]+1 != n["order.held"] || n["order.held_falsely"]+2*once < n["committed"]/lateLoop {
		t.Errorf("%d violations, %d of %d held loads waited needlessly", n["order.violations"], n["order.held_falsely"], n["order.held"])
	}
}

// A load that has its data from a younger store is not too early for an older
// one whose address comes later; it is when it has it from memory.
func TestYoungerStoreHidesOlder(t *testing.T) {
	for _, hidden := range []bool{true, false} {
		// The load's address is two cycles later than the younger store's.
		s := loop(div(20, 6, 7), store(20, 8), store(6, 8), add(21, 6, 7), add(21, 21, 7), load(5, 21))
		s.mem = func(_ uint64, i int) isa.Addr {
			if i == 2 && !hidden {
				return 1<<24 + 4096
			}
			return 1 << 24
		}
		c := pipelined("single", "naive").build(t, s)
		until(t, c, 0, 6000)
		if n := counters(c)["order.violations"]; (n == 0) != hidden {
			t.Errorf("hidden by a younger store: %t, %d violations", hidden, n)
		}
	}
}

// Accesses that have one byte in common violate, neighbours do not, whichever is
// the lower one, also at the end of the address space.
func TestViolationByBytes(t *testing.T) {
	for _, base := range []isa.Addr{1 << 24, ^isa.Addr(0) - 20} {
		for distance := -9; distance <= 9; distance++ {
			s := lateStore(6, func(_ uint64, i int) isa.Addr {
				if i == 1 {
					return base + isa.Addr(distance)
				}
				return base
			})
			c := pipelined("single", "naive").build(t, s)
			until(t, c, 0, 1000)
			if n := counters(c)["order.violations"]; (n > 0) != (distance > -8 && distance < 8) {
				t.Errorf("store %d bytes above the load at %#x: %d violations", distance, uint64(base), n)
			}
		}
	}
}

// Whatever a load waits for, the same instructions retire, nothing is executed
// twice, and skipping idle cycles changes no statistic.
func TestDisambiguationRetiresTheSame(t *testing.T) {
	var want [][]isa.Addr
	for _, row := range memdep.Catalog.Rows {
		for _, policy := range []string{"icount.2.8", "coarse:on=l1+l2+llc+tlb", "barrel", "barrel:rotate=strict"} {
			for _, order := range []string{OutOfOrder, InOrder} {
				var counts [2]map[string]uint64
				for k, noSkip := range []bool{false, true} {
					got := make([][]isa.Addr, 2)
					r := pipelined(policy, row.Name)
					r.noSkip, r.core.Issue.Order = noSkip, order
					r.core.Units.Store.Latency = 1 + 2*k2(policy)
					r.retire = func(ctx isa.Context, d *isa.Dyn) { got[ctx] = append(got[ctx], d.PC, d.Mem, d.NextPC) }
					c := r.build(t, apart(mixed(1, 2500), mixed(2, 2500))...)
					finish(t, c, nil)
					if want == nil {
						want = got
					}
					if !reflect.DeepEqual(want, got) {
						t.Errorf("%s, %s, %s: other instructions retired", row.Name, policy, order)
					}
					counts[k] = counters(c)
				}
				n := counts[0]
				if n["executed"] != n["committed"]+n["discarded"] {
					t.Errorf("%s, %s: executed %d, committed %d, discarded %d", row.Name, policy, n["executed"], n["committed"], n["discarded"])
				}
				if row.Name == "naive" && order == OutOfOrder && n["order.violations"] == 0 {
					t.Errorf("%s: no violation", policy)
				}
				for name, v := range n {
					if counts[1][name] != v {
						t.Errorf("%s, %s, %s: %s is %d with skipping, %d without", row.Name, policy, order, name, v, counts[1][name])
					}
				}
			}
		}
	}
}

// k2 is 1 for every other policy: stores of another latency.
func k2(policy string) int { return len(policy) & 1 }

// Speculation allocates nothing either.
func TestSpeculationAllocatesNothing(t *testing.T) {
	for _, row := range memdep.Catalog.Rows {
		c := pipelined("icount.2.8", row.Name).build(t, apart(mixed(1, 1<<40), mixed(2, 1<<40), mixed(3, 1<<40))...)
		if err := c.Run(100_000); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() {
			if err := c.Run(10_000); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations in 10,000 cycles", row.Name, n)
		}
	}
}

// A store forwards in the configured time.
func TestForwardLatency(t *testing.T) {
	for _, k := range []struct{ forward, want int }{{0, rigL1}, {1, 1}, {3, 3}, {6, 6}, {300, 300}} {
		s := loop(store(6, 5), load(5, 6), add(5, 5, 7))
		s.mem = func(uint64, int) isa.Addr { return 1 << 24 }
		r := newRig("single")
		r.core.LSQ.Forward = k.forward
		near(t, "cycles per iteration", cpi(t, r.build(t, s), 0, 2000, 20_000)*5, float64(k.want+1), 0.01)
	}
}

func TestLSQErrors(t *testing.T) {
	for want, change := range map[string]func(*LSQSpec){
		`core.lsq.disambiguation: unknown disambiguation "store-set", did you mean "store-sets"?`: func(s *LSQSpec) { s.Disambiguation = "store-set" },
		`core.lsq.disambiguation: store-sets: ssit=100`:                                           func(s *LSQSpec) { s.Disambiguation = "store-sets:ssit=100" },
		`core.lsq.penalty: -1`:     func(s *LSQSpec) { s.Penalty = -1 },
		`core.lsq.forward: 100001`: func(s *LSQSpec) { s.Forward = 100001 },
	} {
		r := newRig("single")
		change(&r.core.LSQ)
		errs := r.core.Validate("core", 4)
		if len(errs) != 1 || len(errs[0].Error()) < len(want) || errs[0].Error()[:len(want)] != want {
			t.Errorf("%v, want %s", errs, want)
		}
	}
}

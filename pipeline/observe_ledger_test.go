package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// The issue ledger and the observer know each by itself what the oldest
// instruction that has not issued waits for. On one thread of issue width 1
// every cycle in which nothing issues is a slot of the ledger, so they must
// count the same cycles.
func TestObserverAgreesWithLedger(t *testing.T) {
	for _, order := range []string{OutOfOrder, InOrder} {
		r := newRig("single")
		r.core.Issue.Order, r.core.Issue.Width = order, 1
		r.core.Units.IntMul = Unit{Count: 1, Latency: 9, Interval: 7}
		c := r.build(t, apart(mixed(3, 6000))...)
		list := observe(c, Window{})
		finish(t, c, nil)
		c.Settle(1)
		all := list()
		issues := make([]bool, c.now+1)
		for i := range all {
			if at := all[i].Issue; at != isa.Never {
				issues[at] = true
			}
		}
		// Program order is the order of fetch among what is there in a cycle, so
		// the first to claim a cycle is the oldest.
		var units, operands, loads, stores uint64
		claimed := make([]bool, c.now+1)
		for i := range all {
			o := &all[i]
			for at := o.Rename + 1; o.Rename != isa.Never && at < min(o.Issue, o.End); at++ {
				if claimed[at] {
					continue
				}
				claimed[at] = true
				if issues[at] {
					continue
				}
				switch w := waitAt(o, at); {
				case w == nil:
					t.Fatalf("%s: cycle %d of %+v has no reason", order, at, *o)
				case w.Why == WaitUnit || w.Why == WaitIssueOrder:
					units++
				case w.Why == WaitAddress || w.Why == WaitAddresses:
					stores++
				case w.Why != WaitOperand:
					t.Fatalf("%s: %s in cycle %d of %+v", order, w.Why, at, *o)
				case all[w.Uop].Dyn.Inst.Class == isa.Load:
					loads++
				default:
					operands++
				}
			}
		}
		ledger := &c.threads[0].stats.Issue
		sum := func(from, to slotClass) (n uint64) {
			for class := from; class <= to; class++ {
				n += ledger[class]
			}
			return n
		}
		if got := ledger[waitUnit]; got != units || units == 0 {
			t.Errorf("%s: %d cycles for units in the ledger, %d observed", order, got, units)
		}
		if got := sum(waitShortInt, waitLongFP); got != operands || operands == 0 {
			t.Errorf("%s: %d cycles for operations in the ledger, %d observed", order, got, operands)
		}
		// What fills the window counts as waiting for a load or a store, too, when
		// everything in it has issued.
		if got := sum(waitL1, waitStore); got < loads+stores || loads == 0 {
			t.Errorf("%s: %d cycles for loads and stores in the ledger, %d + %d observed", order, got, loads, stores)
		}
	}
}

// waitAt is the wait that a cycle belongs to, nil if there is none.
func waitAt(o *Observation, at isa.Cycle) *Wait {
	for i := range o.Waits {
		if w := &o.Waits[i]; at >= w.From && at < w.Until {
			return w
		}
	}
	return nil
}

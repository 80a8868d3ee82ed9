package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// free is a loop of independent adds: a counter, a branch and k more.
func free(k int) *script {
	var body []isa.Inst
	for i := range k {
		body = append(body, add(isa.Reg(11+i%20), 6, 7))
	}
	return loop(body...)
}

// apartRig is a rig whose window and queue are split between the threads, as
// the windows of the ISCA 1995 machine are: what cannot issue keeps nobody else
// from it.
func apartRig(policy string) *rig {
	r := newRig(policy)
	for _, b := range []*Buffer{&r.core.ROB, &r.core.IQ, &r.core.IntRegs, &r.core.FPRegs} {
		*b = Buffer{Size: 1024, Sharing: "static"}
	}
	return r
}

// shares runs n loops of independent adds for a while and returns the
// instructions per cycle of each.
func shares(t *testing.T, r *rig, n int) []float64 {
	t.Helper()
	var scripts []*script
	for range n {
		scripts = append(scripts, free(62))
	}
	c := r.build(t, apart(scripts...)...)
	run := func(cycles uint64) {
		if err := c.Run(cycles); err != nil {
			t.Fatal(err)
		}
	}
	run(15_000)
	before := make([]uint64, n)
	for i := range before {
		before[i] = c.Committed(isa.ASID(i))
	}
	const cycles = 10_000
	run(cycles)
	ipc := make([]float64, n)
	for i := range ipc {
		ipc[i] = float64(c.Committed(isa.ASID(i))-before[i]) / cycles
	}
	return ipc
}

// One thread has at most 1, 2, 4 of the issue slots under the issue models of
// that name, whatever the others leave free.
func TestIssueModels(t *testing.T) {
	for model, limit := range map[string]float64{"single": 1, "dual": 2, "four": 4, "full": 8} {
		for _, n := range []int{1, 2, 4} {
			r := newRig("icount:issue=" + model)
			r.core.Units.IntALU.Count = 8
			// A branch ends a block and the next starts the line after: nine
			// cycles for 64 instructions when one thread fetches alone.
			r.core.Fetch.Width, r.core.Fetch.Line = 16, 128
			want := min(limit, 8/float64(n))
			for i, got := range shares(t, r, n) {
				near(t, fmt.Sprintf("%s issue: IPC of thread %d of %d", model, i, n), got, want, 0.02)
			}
		}
	}
}

// With limited connection, contexts share the one ALU that they are wired to:
// of 8 contexts and 6 ALUs the first two meet the last two.
func TestLimitedConnection(t *testing.T) {
	r := apartRig("icount:issue=limited,threads=8")
	r.core.Fetch.Width, r.core.Issue.Width, r.core.Rename.Width, r.core.Commit.Width = 32, 16, 16, 16
	// The adds and the counter are 63 of 64 instructions; branches have units
	// of their own.
	for i, got := range shares(t, r, 8) {
		want := 64.0 / 63
		if i%6 < 2 {
			want /= 2
		}
		near(t, fmt.Sprintf("IPC of thread %d", i), got, want, 0.02)
	}
}

// An operation that keeps its unit busy keeps it from the contexts wired to it
// and from no other.
func TestLimitedConnectionBusy(t *testing.T) {
	r := apartRig("icount:issue=limited")
	r.core.Units.IntDiv.Count = 2
	div := func() *script { return serial(isa.IntDiv, 30) }
	for n, want := range map[int][]float64{1: {20}, 2: {20, 20}, 3: {40, 20, 40}} {
		var scripts []*script
		for range n {
			scripts = append(scripts, div())
		}
		c := r.build(t, apart(scripts...)...)
		for i := range n {
			near(t, fmt.Sprintf("cycles per division of thread %d of %d", i, n), cpi(t, c, isa.ASID(i), 1000, 5000)*32/30, want[i], 0.03)
		}
	}
}

// By priority, context 0 issues as if it were alone, and the others get what
// it leaves.
func TestIssueByPriority(t *testing.T) {
	for _, policy := range []string{"priority", "icount:order=priority"} {
		r := apartRig(policy)
		r.core.Units.IntALU.Count = 2
		got := shares(t, r, 2)
		near(t, policy+": IPC of the first", got[0], 2*64.0/63, 0.01)
		if got[1] > 0.05 {
			t.Errorf("%s: the second issues %.3f instructions a cycle of none that are left", policy, got[1])
		}
		// A chain leaves one of two ALUs free.
		r = apartRig(policy)
		r.core.Units.IntALU.Count = 2
		chain := loop()
		chain.body = nil
		for range 62 {
			chain.body = append(chain.body, add(5, 5, 6))
		}
		chain.body = append(chain.body, isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4})
		c := r.build(t, apart(chain, free(62))...)
		near(t, policy+": cycles per instruction of a chain", cpi(t, c, 0, 5000, 20_000), 62.0/63, 0.01)
		near(t, policy+": share of the other", float64(c.Committed(1))/float64(c.Committed(0)), 62.0/63*64/63, 0.05)
	}
}

// POWER5's software priorities part what decode can do.
func TestDecodeShares(t *testing.T) {
	for d := range 5 {
		r := newRig(fmt.Sprintf("priority:levels=6+%d", 6-d))
		r.core.Units.IntALU.Count, r.core.Rename.Width = 8, 4
		got := shares(t, r, 2)
		lower := 4 / float64(int(2)<<d)
		near(t, fmt.Sprintf("IPC of the thread %d below", d), got[1], lower, 0.02)
		near(t, fmt.Sprintf("IPC of the one %d above", d), got[0], 4-lower, 0.02)
	}
}

package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A chain of dependent operations takes their latency a link, and the
// write-back more where their results are not bypassed.
func TestBypass(t *testing.T) {
	const k = 30
	chains := map[string]struct {
		inst    isa.Inst
		latency float64
	}{
		"int-alu": {add(5, 5, 6), 1},
		"int-mul": {isa.Inst{Class: isa.IntMul, Size: 4, Dst: 5, Src: [3]isa.Reg{5, 6}}, 3},
		"fp-add":  {isa.Inst{Class: isa.FPAdd, Size: 4, Dst: 40, Src: [3]isa.Reg{40, 41}}, 4},
		"load":    {isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{5}}, rigL1},
	}
	for _, order := range []string{OutOfOrder, InOrder} {
		for _, results := range []string{"", FullBypass, NoBypass, "int-alu", "load+fp-add"} {
			for unit, chain := range chains {
				var body []isa.Inst
				for range k {
					body = append(body, chain.inst)
				}
				r := newRig("single")
				r.core.Issue.Order = order
				r.core.Bypass = BypassSpec{results, 2}
				want := chain.latency
				if results == NoBypass || results != "" && results != FullBypass && !strings.Contains(results, unit) {
					want += 2
				}
				s := loop(body...)
				s.mem = func(uint64, int) isa.Addr { return 1 << 24 }
				c := r.build(t, s)
				near(t, fmt.Sprintf("%s, %q: cycles per %s", order, results, unit), cpi(t, c, 0, 5000, 20_000)*(k+2)/k, want, 0.01)
			}
		}
	}
}

// A branch knows its outcome at the end of its execution, whoever else waits
// for results; an instruction commits when its own has been written.
func TestBypassAndBranches(t *testing.T) {
	for _, writeBack := range []int{1, 5} {
		r := newRig("single")
		r.branch.Direction = "taken"
		r.core.Bypass = BypassSpec{NoBypass, writeBack}
		s := loop(back(), add(5, 6, 7))
		s.body[0].Src[0] = 8
		c := r.build(t, s)
		want := float64(r.core.Fetch.Depth + 1 + 1 + r.core.Fetch.Redirect + 1)
		near(t, "cycles per misprediction", cpi(t, c, 0, 2000, 20_000)*4, want, 0.01)

		// One instruction in flight: fetched in cycle 0, renamed in Depth,
		// issued one later, written after write-back, committed in the next.
		r = newRig("barrel:inflight=1")
		r.core.Bypass = BypassSpec{NoBypass, writeBack}
		s = loop(add(5, 6, 7), add(8, 6, 7))
		c = r.build(t, s)
		got := cpi(t, c, 0, 2000, 20_000) * 4
		// Three additions; the branch is the fourth, and has no result to write.
		if depth := float64(r.core.Fetch.Depth + 2 + writeBack); got < 3*depth || got > 4*depth {
			t.Errorf("write-back after %d cycles: %.2f cycles per iteration, want %v to %v", writeBack, got, 3*depth, 4*depth)
		}
	}
}

// Wrong bypasses say what would be right.
func TestWrongBypass(t *testing.T) {
	for want, b := range map[string]BypassSpec{
		`core.bypass.results: "alu" has a result of none of int-alu, int-mul, int-div, branch, load, fp-add, fp-mul, fp-div, fp-sqrt; or full, or none`:   {"int-mul+alu", 1},
		`core.bypass.results: "store" has a result of none of int-alu, int-mul, int-div, branch, load, fp-add, fp-mul, fp-div, fp-sqrt; or full, or none`: {"store", 1},
		`core.bypass.write-back: 0 is a bypass; results that are not bypassed (results = "none") come at least a cycle later`:                             {NoBypass, 0},
		`core.bypass.write-back: -1 is below 0`: {"", -1},
	} {
		r := newRig("single")
		r.core.Bypass = b
		if errs := r.core.Validate("core", 1); len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%v, want %s", errs, want)
		}
	}
}

package cache

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// Loads that wait for an MSHR take each one in the cycle in which it becomes
// free, before the walker asks again. It gets one all the same, whether its line
// is there or not, and the loads go on afterwards.
func TestWalkerIsNotKeptOut(t *testing.T) {
	for _, mshrs := range []int{1, 2} {
		for _, cached := range []bool{false, true} {
			spec := threeLevels()
			spec.L1D.MSHRs = mshrs
			h, _ := build(t, spec, 1)
			l := &h.levels[l1d]
			loads, walked, again, refused := 0, isa.Cycle(0), isa.Cycle(50), false
			freed := ^uint64(0)
			line := func(load int) isa.Addr { return isa.Addr(1+load) << 12 }
			for now := isa.Cycle(1); now < 100_000; now++ {
				h.Tick(now)
				if h.Freed(Read) != freed {
					freed = h.Freed(Read)
					for {
						if _, why := h.Access(now, Request{Addr: line(loads), Kind: Read}); why != Accepted {
							break
						}
						loads++
					}
				}
				entry := isa.Addr(1 << 30)
				if kept := l.mshrs.used < mshrs; kept && cached {
					for k := loads - 1; l.find(uint64(entry)>>l.shift) < 0; k-- {
						entry = line(k)
					}
				}
				if walked == 0 && now >= again {
					hit, ready, accepted := h.WalkPort().Access(now, entry, 0, 1, refused)
					if again, refused = ready, !accepted; accepted {
						walked = now
					}
					if hit != (accepted && cached) {
						t.Errorf("%d MSHRs: the walker's read hits: %t", mshrs, hit)
					}
				}
			}
			if walked == 0 || walked > testMemory*(walkPatience+8) {
				t.Errorf("%d MSHRs: the walker read in cycle %d", mshrs, walked)
			}
			if want := 100_000 / testMemory * mshrs; loads < want*9/10 {
				t.Errorf("%d MSHRs: %d loads were served, want about %d", mshrs, loads, want)
			}
		}
	}
}

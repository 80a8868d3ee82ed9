package cache

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

type silent struct{}

func (silent) Filled(isa.Cycle, uint64)      {}
func (silent) Missed(isa.Cycle, uint64, int) {}

// largeSpec has the sizes of a present-day core.
func largeSpec() Spec {
	return Spec{
		L1I:    Level{Size: 32 << 10, Ways: 8, Line: 64, Latency: 4, MSHRs: 8, Replacement: "lru"},
		L1D:    Level{Size: 48 << 10, Ways: 12, Line: 64, Latency: 5, MSHRs: 16, Replacement: "lru"},
		L2:     &Level{Size: 1 << 20, Ways: 16, Line: 64, Latency: 15, MSHRs: 32, Interval: 1, Replacement: "lru"},
		L3:     &Level{Size: 8 << 20, Ways: 16, Line: 64, Latency: 45, MSHRs: 64, Banks: 4, Interval: 2, Replacement: "srrip"},
		Memory: "fixed:latency=250,bytes=16,cycles=1",
	}
}

// BenchmarkHit is the hot path: loads that hit the L1D.
func BenchmarkHit(b *testing.B) {
	h, _ := build(b, largeSpec(), 4)
	h.Attach(silent{}, silent{})
	for a := isa.Addr(0); a < 32<<10; a += 64 {
		load(b, h, isa.Cycle(a)*10, a, 0)
		settle(h)
	}
	for i := 0; b.Loop(); i++ {
		h.Access(1<<40, Request{Addr: isa.Addr(i*200) & (32<<10 - 1), Kind: Read, PC: 4})
	}
}

// BenchmarkMiss is a load that goes to memory, with all events.
func BenchmarkMiss(b *testing.B) {
	h, _ := build(b, largeSpec(), 4)
	h.Attach(silent{}, silent{})
	now := isa.Cycle(0)
	for i := 0; b.Loop(); i++ {
		h.Access(now, Request{Addr: isa.Addr(i) * 64, Kind: Read})
		now += 20
		for h.NextEvent() <= now {
			h.Tick(h.NextEvent())
		}
	}
}

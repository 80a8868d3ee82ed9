package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
)

// missingLoads is an endless loop of loads over four pages that do not wait for each
// other.
func missingLoads() *script {
	s := loop(load(5, 1))
	s.mem = func(iteration uint64, _ int) isa.Addr { return isa.Addr(iteration % 256 * 64) }
	return s
}

// A thread that may hold n MSHRs has n misses to memory every rigMemory
// cycles, beside others that have theirs: those that wait for their share hold
// nobody up.
func TestMSHRShares(t *testing.T) {
	for _, test := range []struct{ mshrs, share, threads, each int }{
		{16, 0, 1, 16},
		{16, 3, 1, 3},
		{16, 4, 2, 4},
		{8, 2, 4, 2},
		{12, 9, 2, 6},
	} {
		r := newRig("icount")
		r.caches.L1D.MSHRs, r.caches.L1D.ThreadMSHRs = test.mshrs, test.share
		r.caches.L1D.Size, r.caches.L2.Size = 2<<10, 8<<10 // where none of them hits
		r.core.ROB.Sharing, r.core.LQ.Sharing, r.core.IQ.Sharing = "static", "static", "static"
		var streams []*script
		for range test.threads {
			streams = append(streams, missingLoads())
		}
		c := r.build(t, apart(streams...)...)
		const start = 60_000 // the pages are in the TLB by then
		for c.Now() < start {
			if err := c.Run(uint64(start - c.Now())); err != nil {
				t.Fatal(err)
			}
		}
		before := make([]uint64, test.threads)
		for p := range before {
			before[p] = c.Committed(isa.ASID(p))
		}
		const rounds = 200
		for end := c.Now() + rounds*rigMemory; c.Now() < end; {
			if err := c.Run(uint64(end - c.Now())); err != nil {
				t.Fatal(err)
			}
		}
		for p := range before {
			loads, want := float64(c.Committed(isa.ASID(p))-before[p])/3, float64(rounds*test.each)
			if loads < want*0.99 || loads > want*1.01 {
				t.Errorf("%+v: thread %d made %.0f loads in %d × %d cycles, want %.0f", test, p, loads, rounds, rigMemory, want)
			}
		}
	}
}

// Skipping idle cycles changes no statistic with everything that the caches
// can be configured to do.
func TestIdleSkippingWithCaches(t *testing.T) {
	for i, change := range []func(*cache.Spec){
		func(s *cache.Spec) {
			s.L1D.Prefetcher, s.L1I.Prefetcher, s.L2.Prefetcher = "stride", "next-line", "stream"
		},
		func(s *cache.Spec) {
			s.L1D.Prefetcher, s.L2.Prefetcher, s.L2.PrefetchReserve = "next-line", "best-offset", 30
		},
		func(s *cache.Spec) {
			s.L1D.MSHRs, s.L1D.ThreadMSHRs, s.L2.ThreadMSHRs = 4, 1, 2
			s.L1D.Banks, s.L1D.FillInterval, s.L2.FillInterval = 4, 2, 3
		},
		func(s *cache.Spec) {
			s.L1D.Size, s.L2.Size, s.L2.Inclusion = 4<<10, 8<<10, cache.Inclusive
			s.L1D.Partition, s.L2.Partition, s.L1D.Replacement, s.L2.Replacement = "static", "0-3+2-7", "plru", "drrip"
		},
		func(s *cache.Spec) {
			s.L1D.Write, s.L1D.StoreMiss, s.L1D.WriteBuffer = cache.WriteThrough, cache.NoAllocate, 2
		},
	} {
		for _, policy := range []string{"icount", "coarse:on=l1,penalty=2", "barrel"} {
			run := func(noSkip bool) map[string]uint64 {
				r := newRig(policy)
				r.noSkip = noSkip
				change(&r.caches)
				scripts := []*script{mixed(1, 2000), chase(1 << 13), mixed(3, 3000), missingLoads()}
				scripts[1].left, scripts[3].left = 600, 600
				c := r.build(t, apart(scripts...)...)
				finish(t, c, nil)
				return counters(c)
			}
			with, without := run(false), run(true)
			for name, v := range with {
				if without[name] != v {
					t.Errorf("caches %d, %s: %s is %d with skipping, %d without", i, policy, name, v, without[name])
				}
			}
		}
	}
}

package machine

import "testing"

// Whatever the caches are configured to do, each program retires exactly the
// instructions that the emulator executes.
func TestLockstepWithCaches(t *testing.T) {
	programs, want := suite(t)
	turn := 0
	for _, sets := range [][]string{
		{"cache.l1i.prefetcher=next-line", "cache.l1d.prefetcher=stride", "cache.l2.prefetcher=best-offset", "cache.l3.inclusion=exclusive"},
		{"cache.l1d.prefetcher=next-line", "cache.l2.prefetcher=stream", "cache.l3.prefetcher=next-line", "cache.l2.inclusion=inclusive", "cache.l2.size=64K"},
		{"cache.l1d.partition=static", "cache.l2.partition=0-5+2-7", "cache.l1d.replacement=plru", "cache.l2.replacement=drrip:by=thread", "cache.l3.replacement=brrip"},
		{"cache.l1d.mshrs=4", "cache.l1d.prefetch-reserve=2", "cache.l1d.thread-mshrs=1", "cache.l2.thread-mshrs=2", "cache.l1d.banks=8", "cache.l1d.fill-interval=2", "cache.l2.fill-interval=2"},
	} {
		config := preset(t, "default", sets...)
		for _, scheduler := range []string{"icount", "coarse"} {
			first := turn % (len(programs) - 1)
			turn += 2
			lockstep(t, Job{Config: config, Scheduler: scheduler, Programs: programs[first : first+2], Threads: 2}, want[first:first+2])
		}
	}
}

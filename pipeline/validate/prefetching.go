package validate

import (
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// linesOfPage is the lines of a page that a chase goes through in order.
const linesOfPage = 4096 / node

// nextLines is the degree of a machine's next-line prefetcher of the L1D.
func nextLines(c *machine.Config) int {
	_, args, err := prefetch.Catalog.Parse(c.Cache.L1D.Prefetcher)
	if err != nil {
		panic(err) // the machine has been validated
	}
	return args.Int("degree")
}

// ahead is the cycles of a chase through a page of lines that are in the L2,
// with the lines after each fetched when it is first used. Line i is used when
// line i − 1 is there, and is there an L2 latency after it was fetched, at the
// use of line i − degree or of the page's first, or an L1D hit after its use.
// The proposals of one use go to the L2 one after the other, as its bank takes
// them; the first line's come behind the line itself.
func ahead(c *machine.Config) float64 {
	degree, hit, miss := nextLines(c), c.Cache.L1D.Latency, c.Cache.L2.Latency
	var used [linesOfPage + 1]int
	used[1] = miss
	for i := 1; i < linesOfPage; i++ {
		fetched := used[max(0, i-degree)]
		if i <= degree {
			fetched += i * c.Cache.L2.Interval
		}
		used[i+1] = max(used[i]+hit, fetched+miss)
	}
	return float64(used[linesOfPage])
}

// strides is the cycles of a chase through a page behind a stride prefetcher of
// the L1D, whose table knows the stride from the page before. The page's first
// load comes from elsewhere, which the second makes good: from there on each
// load proposes the next lines that have not been, degree of them and not
// further ahead than distance. They go to the L2 as in ahead.
func strides(c *machine.Config) float64 {
	_, args, err := prefetch.Catalog.Parse(c.Cache.L1D.Prefetcher)
	if err != nil {
		panic(err) // the machine has been validated
	}
	degree, distance := args.Int("degree"), args.Int("distance")
	hit, miss := c.Cache.L1D.Latency, c.Cache.L2.Latency
	var used, fetched [linesOfPage + 1]int
	used[1], used[2] = miss, 2*miss
	next := 2
	for i := 1; i < linesOfPage; i++ {
		turn := 0
		if i == 1 {
			turn = 1 // behind its own line
		} else {
			used[i+1] = max(used[i]+hit, fetched[i]+miss)
		}
		for k := 0; k < degree && next-i <= distance && next < linesOfPage; k++ {
			fetched[next] = used[i] + (turn+k)*c.Cache.L2.Interval
			next++
		}
	}
	return float64(used[linesOfPage])
}

// prefetching is about lines that come before they are asked for.
var prefetching = []Kernel{
	{
		Name: "next-line-prefetch", Group: "prefetching", Unit: "cycles per load",
		Doc:     "a chain of loads from line to line of the L2 behind a next-line prefetcher",
		Why:     "Line i is fetched when line i − degree is first used, unless that is in another page, and comes an L2 latency later: near L2 / (degree + 1) cycles a load, and a whole latency for each page's first. The recurrence over the 64 lines of a page is exact.",
		At:      []string{"cache.l1d.prefetcher=next-line", "cache.l1d.prefetcher=next-line:degree=3", "cache.l1d.prefetcher=next-line:degree=2 cache.l2.latency=50"},
		Breaks:  "cache.l1d.prefetcher=none",
		Expect:  func(c *machine.Config) float64 { return ahead(c) / linesOfPage },
		Measure: cycles(1, chase(512, node)),
	},
	{
		Name: "next-line-coverage", Group: "prefetching", Unit: "misses per load",
		Doc:    "what a next-line prefetcher leaves of the misses of such a chain",
		Why:    "All lines of a page but the first are on their way or there when they are asked for: prefetches do not cross pages.",
		At:     []string{"cache.l1d.prefetcher=next-line", "cache.l1d.prefetcher=next-line:degree=4"},
		Breaks: "cache.l1d.prefetcher=none",
		Expect: value(1.0 / linesOfPage), Measure: events("l1d.misses", 1, chase(512, node)),
	},
	{
		Name: "stride-prefetch", Group: "prefetching", Unit: "cycles per load",
		Doc:     "a chain of loads from line to line of the L2 behind a stride prefetcher",
		Why:     "A page's first two loads take the L2's latency, for the first comes from elsewhere. The second proposes what follows, and so does each after it, up to the distance, until the loads hit. The recurrence over the 64 lines of a page is exact.",
		At:      []string{"cache.l1d.prefetcher=stride", "cache.l1d.prefetcher=stride:degree=1,distance=8", "cache.l1d.prefetcher=stride:distance=2 cache.l2.latency=50"},
		Breaks:  "cache.l1d.prefetcher=next-line",
		Expect:  func(c *machine.Config) float64 { return strides(c) / linesOfPage },
		Measure: cycles(1, chase(512, node)),
	},
	{
		Name: "stride-coverage", Group: "prefetching", Unit: "misses per load",
		Doc:    "what a stride prefetcher leaves of the misses of such a chain",
		Why:    "The first two loads of a page.",
		At:     []string{"cache.l1d.prefetcher=stride", "cache.l1d.prefetcher=stride:degree=1,distance=8"},
		Breaks: "cache.l1d.prefetcher=none",
		Expect: value(2.0 / linesOfPage), Measure: events("l1d.misses", 1, chase(512, node)),
	},
	{
		Name: "next-line-traffic", Group: "prefetching", Unit: "lines read per load",
		Doc:    "the lines of memory that a next-line prefetcher of the L2 reads for a chain of loads two lines apart",
		Why:    "Of two lines one is asked for. Its prefetch brings the other, which nobody uses, so each load reads two.",
		At:     []string{"cache.l2.prefetcher=next-line:on=miss", "cache.l2.prefetcher=next-line"},
		Breaks: "cache.l2.prefetcher=none",
		Expect: value(2), Measure: events("memory.reads", 1, chase(1024, 2*node)),
	},
}

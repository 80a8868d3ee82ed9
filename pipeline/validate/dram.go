package validate

import (
	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// memoryOf is the parameters of a machine's memory.
func memoryOf(c *machine.Config) catalog.Args {
	_, args, err := dram.Catalog.Parse(c.Memory.Model)
	if err != nil {
		panic(err) // the machine has been validated
	}
	return args
}

// oneBank is a memory with one bank whose clock is the core's, so that nothing
// is rounded, with a row of a page and without refresh.
const oneBank = "memory.model=ddr:mhz=1000,channels=1,ranks=1,groups=1,banks=1,row=4096,hash=none,trefi=0,latency=200,"

// ddrAt are its configurations: two sets of timings, and what a kernel adds.
func ddrAt(more string) []string {
	return []string{oneBank + more + "trcd=22", oneBank + more + "trcd=30,trp=18"}
}

// ddr is about banks and rows.
var ddr = []Kernel{
	{
		Name: "ddr-row-hit", Group: "memory", Unit: "cycles",
		Doc: "a chain of loads from line to line of one row after the other",
		Why: "A load that finds its row open takes the memory's latency. Of the 64 lines of a row the first finds another row of the only bank open: tRP to close it and tRCD to open its own.",
		At:  ddrAt(""), Breaks: oneBank + "page=closed",
		Expect: func(c *machine.Config) float64 {
			m := memoryOf(c)
			return float64(m.Int("latency")) + float64(m.Int("trp")+m.Int("trcd"))/64
		},
		Measure: cycles(1, chase(2048, node)),
	},
	{
		Name: "ddr-row-conflict", Group: "memory", Unit: "cycles",
		Doc: "a chain of loads, each from another row of one bank",
		Why: "Each finds another row open: tRP to close it and tRCD to open its own, beyond the latency of a row that is open.",
		At:  ddrAt(""), Breaks: oneBank + "trcd=40",
		Expect: func(c *machine.Config) float64 {
			m := memoryOf(c)
			return float64(m.Int("latency") + m.Int("trp") + m.Int("trcd"))
		},
		Measure: cycles(1, chase(32, 4096)),
	},
	{
		Name: "ddr-closed-page", Group: "memory", Unit: "cycles",
		Doc: "a chain of loads under a closed-page policy",
		Why: "Every row is closed behind its last transfer, long before the next load: each takes tRCD to open its own, in the same row or in another.",
		At:  ddrAt("page=closed,"), Breaks: oneBank + "page=open",
		Expect: func(c *machine.Config) float64 {
			m := memoryOf(c)
			return float64(m.Int("latency") + m.Int("trcd"))
		},
		Measure: cycles(1, chase(2048, node)),
	},
	{
		Name: "ddr-bandwidth", Group: "memory", Unit: "cycles per line",
		Doc: "independent loads from line to line, more than the bank can serve",
		Why: "Reads of one row follow each other every tCCD_L. Between the last of a row and the first of the next the row is closed, tRTP after the read, and the next opened: tRTP + tRP + tRCD. A row has 64 lines.",
		At:  ddrAt("tburst=16,tccds=16,tccdl=16,trtw=24,tccdlw=24,"), Breaks: oneBank + "tburst=16,tccds=16,tccdl=18,trtw=24,tccdlw=24",
		Expect: func(c *machine.Config) float64 {
			m := memoryOf(c)
			return float64(63*m.Int("tccdl")+m.Int("trtp")+m.Int("trp")+m.Int("trcd")) / 64
		},
		Measure: cycles(1, stream("ld t0, 0(a1)")),
	},
	{
		Name: "ddr-row-hits", Group: "memory", Unit: "row hits per load",
		Doc: "loads with a step of a part of a row, which found it open",
		Why: "With n lines a row the first finds another row open: (n − 1) / n of them hit.",
		At:  ddrAt(""), Breaks: oneBank + "page=closed",
		Expect:  value(15.0 / 16),
		Measure: events("memory.row_hits", 1, chase(512, 256)),
	},
}

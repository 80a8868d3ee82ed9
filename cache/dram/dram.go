// Package dram holds the models of main memory behind the last cache level.
//
// A model takes line reads and write-backs in the order in which they leave
// the caches, each at its own cycle, and says when the data of a read is
// there. It moves no data. Latencies are totals from the core's request to
// the use of the data, as everywhere; Place tells a model how much of that the
// caches have already spent.
package dram

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Request is one transfer between the last cache level and memory.
type Request struct {
	Addr   isa.Addr // physical, aligned to Bytes
	Bytes  int
	Thread isa.Context
	Write  bool   // a write-back: it takes bandwidth and is not answered
	ID     uint32 // of a read: comes back when its data is there
}

// Model is the state of one memory.
type Model interface {
	// Enqueue hands over a request that arrives at cycle now. Calls come in
	// the order of now.
	Enqueue(now isa.Cycle, r Request)
	// NextEvent is the next cycle at which a read may be answered, isa.Never
	// when there is none.
	NextEvent() isa.Cycle
	// Tick appends to done the IDs of the reads whose data is there at now,
	// in the order of their answers. It is called at every NextEvent.
	Tick(now isa.Cycle, done []uint32) []uint32
	// Stats are the counters that all models have; the pointer stays the same.
	Stats() *Stats
	// Threads are those by hardware context; the slice stays the same.
	Threads() []ThreadStats
	// Detail points to a struct of counters of this model alone; nil: none.
	Detail() any
}

// Place is where a memory stands.
type Place struct {
	// Upstream is what an undisturbed request has spent when it arrives:
	// the latency of the last cache level, in cycles.
	Upstream int
	MHz      int // the core's clock
	Contexts int // hardware threads
	Seed     uint64
}

// New makes the state of a memory.
type New func(args catalog.Args, p Place) (Model, error)

// Row is one model of the catalog.
type Row = catalog.Row[New]

// Table is a catalog of models.
type Table = catalog.Table[New]

// Catalog lists the models.
var Catalog = Table{
	Family: "memory",
	Rows: []Row{
		{Name: "fixed", Doc: "fixed latency behind a channel of limited bandwidth, first come first served", Params: fixedParams, New: newFixed},
		{Name: "ddr", Doc: "banks with open rows under first-ready, first-come-first-served scheduling (Rixner et al., ISCA 2000); by default DDR4-3200AA", Params: ddrParams(ddr4), New: newDDR},
		{Name: "ddr5", Doc: "the same with the timing of DDR5-4800B: the two halves of one module are the two channels", Params: ddrParams(ddr5), New: newDDR},
	},
}

// Stats are the counters of a memory.
type Stats struct {
	Reads       uint64 `stat:"reads" unit:"lines" doc:"lines read from memory"`
	Writes      uint64 `stat:"writes" unit:"lines" doc:"lines written back to memory"`
	ReadBytes   uint64 `stat:"read_bytes" unit:"bytes" doc:"bytes read from memory"`
	WriteBytes  uint64 `stat:"write_bytes" unit:"bytes" doc:"bytes written back to memory"`
	QueueCycles uint64 `stat:"queue_cycles" unit:"cycles" doc:"cycles from the arrival of a read to the start of its transfer, summed over reads"`
	ReadCycles  uint64 `stat:"read_cycles" unit:"cycles" doc:"cycles from the arrival of a read to its answer, summed over reads"`
}

// ThreadStats are the counters of a memory for one hardware context.
type ThreadStats struct {
	Reads      uint64 `stat:"reads" unit:"lines" doc:"lines that the thread read from memory"`
	Writes     uint64 `stat:"writes" unit:"lines" doc:"lines of the thread that were written back to memory"`
	ReadCycles uint64 `stat:"read_cycles" unit:"cycles" doc:"cycles from the arrival of a read of the thread to its answer, summed over reads"`
}

// counters are what every model counts.
type counters struct {
	stats   Stats
	threads []ThreadStats
}

func newCounters(p Place) counters { return counters{threads: make([]ThreadStats, max(p.Contexts, 1))} }

func (c *counters) Stats() *Stats          { return &c.stats }
func (c *counters) Threads() []ThreadStats { return c.threads }

// count counts a request that arrives.
func (c *counters) count(r Request) {
	t := &c.threads[r.Thread]
	if r.Write {
		c.stats.Writes++
		c.stats.WriteBytes += uint64(r.Bytes)
		t.Writes++
		return
	}
	c.stats.Reads++
	c.stats.ReadBytes += uint64(r.Bytes)
	t.Reads++
}

// countRead counts the time of a read that arrived, began its transfer, and
// will be answered at the given cycles.
func (c *counters) countRead(thread isa.Context, arrived, began, answered isa.Cycle) {
	c.stats.QueueCycles += uint64(began - arrived)
	c.stats.ReadCycles += uint64(answered - arrived)
	c.threads[thread].ReadCycles += uint64(answered - arrived)
}

// Package dram holds the models of main memory behind the last cache level.
//
// A model takes line reads and write-backs in the order in which they leave
// the caches, each at its own cycle, and says when the data of a read is
// there. It moves no data. Latencies are totals from the core's request to
// the use of the data, as everywhere; Place tells a model how much of that the
// caches have already spent.
package dram

import (
	"fmt"

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
	// Stats are the model's counters; the pointer stays the same.
	Stats() *Stats
}

// Place is where a memory stands.
type Place struct {
	// Upstream is what an undisturbed request has spent when it arrives:
	// the latency of the last cache level, in cycles.
	Upstream int
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
		{
			Name: "fixed",
			Doc:  "fixed latency behind a channel of limited bandwidth, first come first served",
			Params: []catalog.Param{
				{Name: "latency", Doc: "cycles from the core's request to the use of the data, all cache levels included, when the channel is idle", Kind: catalog.Int, Default: "200", Min: 1, Max: 100000},
				{Name: "bytes", Doc: "bytes that the channel moves in the given number of cycles", Kind: catalog.Int, Default: "16", Min: 1, Max: 1 << 20},
				{Name: "cycles", Doc: "cycles in which the channel moves the given bytes", Kind: catalog.Int, Default: "1", Min: 1, Max: 1 << 20},
			},
			New: newFixed,
		},
	},
}

// Stats are the counters of a memory.
type Stats struct {
	Reads       uint64 `stat:"reads" unit:"lines" doc:"lines read from memory"`
	Writes      uint64 `stat:"writes" unit:"lines" doc:"lines written back to memory"`
	ReadBytes   uint64 `stat:"read_bytes" unit:"bytes" doc:"bytes read from memory"`
	WriteBytes  uint64 `stat:"write_bytes" unit:"bytes" doc:"bytes written back to memory"`
	QueueCycles uint64 `stat:"queue_cycles" unit:"cycles" doc:"cycles that reads waited for the channel, summed over reads"`
}

func (s *Stats) count(r Request) {
	if r.Write {
		s.Writes++
		s.WriteBytes += uint64(r.Bytes)
		return
	}
	s.Reads++
	s.ReadBytes += uint64(r.Bytes)
}

// fixed answers a read a constant time after its transfer could start. The
// channel is one resource that reads and write-backs take in their order of
// arrival; a transfer of n bytes holds it for n·cycles/bytes cycles. Banks,
// open rows and read priority are left out.
type fixed struct {
	latency isa.Cycle // from the start of the transfer to the answer
	bytes   uint64
	cycles  uint64
	// free is when the channel is free again, in units of 1/bytes cycles, so
	// that no bandwidth is lost to rounding.
	free uint64
	// reads in flight: with one latency and one channel, answers come in the
	// order of arrival.
	queue []answer
	head  int
	stats Stats
}

type answer struct {
	ready isa.Cycle
	id    uint32
}

var _ Model = (*fixed)(nil)

func newFixed(args catalog.Args, p Place) (Model, error) {
	latency := args.Int("latency")
	if latency <= p.Upstream {
		return nil, fmt.Errorf("latency: %d is not above %d, the latency of the last cache level", latency, p.Upstream)
	}
	return &fixed{
		latency: isa.Cycle(latency - p.Upstream),
		bytes:   uint64(args.Int("bytes")),
		cycles:  uint64(args.Int("cycles")),
		queue:   make([]answer, 0, 256),
	}, nil
}

func (m *fixed) Enqueue(now isa.Cycle, r Request) {
	m.stats.count(r)
	start := max(uint64(now)*m.bytes, m.free)
	m.free = start + uint64(r.Bytes)*m.cycles
	if r.Write {
		return
	}
	cycle := isa.Cycle((start + m.bytes - 1) / m.bytes)
	m.stats.QueueCycles += uint64(cycle - now)
	if m.head > 0 && len(m.queue) == cap(m.queue) {
		m.queue = m.queue[:copy(m.queue, m.queue[m.head:])]
		m.head = 0
	}
	m.queue = append(m.queue, answer{cycle + m.latency, r.ID})
}

func (m *fixed) NextEvent() isa.Cycle {
	if m.head == len(m.queue) {
		return isa.Never
	}
	return m.queue[m.head].ready
}

func (m *fixed) Tick(now isa.Cycle, done []uint32) []uint32 {
	for m.head < len(m.queue) && m.queue[m.head].ready <= now {
		done = append(done, m.queue[m.head].id)
		m.head++
	}
	if m.head == len(m.queue) {
		m.queue, m.head = m.queue[:0], 0
	}
	return done
}

func (m *fixed) Stats() *Stats { return &m.stats }

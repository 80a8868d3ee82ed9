package dram

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

var fixedParams = []catalog.Param{
	{Name: "latency", Doc: "cycles from the core's request to the use of the data, all cache levels included, when the channel is idle", Kind: catalog.Int, Default: "200", Min: 1, Max: 100000},
	{Name: "bytes", Doc: "bytes that the channel moves in the given number of cycles", Kind: catalog.Int, Default: "16", Min: 1, Max: 1 << 20},
	{Name: "cycles", Doc: "cycles in which the channel moves the given bytes", Kind: catalog.Int, Default: "1", Min: 1, Max: 1 << 20},
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
	counters
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
		counters: newCounters(p),
		latency:  isa.Cycle(latency - p.Upstream),
		bytes:    uint64(args.Int("bytes")),
		cycles:   uint64(args.Int("cycles")),
		queue:    make([]answer, 0, 256),
	}, nil
}

func (m *fixed) Enqueue(now isa.Cycle, r Request) {
	m.count(r)
	start := max(uint64(now)*m.bytes, m.free)
	m.free = start + uint64(r.Bytes)*m.cycles
	if r.Write {
		return
	}
	cycle := isa.Cycle((start + m.bytes - 1) / m.bytes)
	m.countRead(r.Thread, now, cycle, cycle+m.latency)
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

// Detail is nothing: a fixed latency has nothing else to count.
func (m *fixed) Detail() any { return nil }

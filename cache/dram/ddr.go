package dram

import (
	"github.com/threadmill-sim/threadmill/internal/calendar"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// DDRStats are the counters that only a memory with banks has. A burst is what
// one column command moves; a line is one burst or several.
//
//	row_hits + row_misses + row_conflicts + forwarded + merged = bursts asked for
//
// once nothing is under way.
type DDRStats struct {
	RowHits      uint64 `stat:"row_hits" unit:"bursts" doc:"bursts that found their row open"`
	RowMisses    uint64 `stat:"row_misses" unit:"bursts" doc:"bursts that found no row open in their bank, and opened theirs"`
	RowConflicts uint64 `stat:"row_conflicts" unit:"bursts" doc:"bursts that found another row open in their bank, and closed it"`
	Forwarded    uint64 `stat:"forwarded" unit:"bursts" doc:"bursts read from the write queue"`
	Merged       uint64 `stat:"merged" unit:"bursts" doc:"bursts written to one that was still in the write queue"`
	Activates    uint64 `stat:"activates" unit:"commands" doc:"rows opened"`
	Refreshes    uint64 `stat:"refreshes" unit:"commands" doc:"refreshes of a rank, up to the last request"`
	Drains       uint64 `stat:"drains" unit:"turns" doc:"times that a full write queue took the bus from the reads"`
	BusClocks    uint64 `stat:"bus_clocks" unit:"clocks" doc:"memory clocks in which data moved, summed over channels"`
}

// ddr is main memory as one or several channels of DRAM chips behind a
// controller with a read and a write queue.
//
// Commands are decided clock by clock of the memory's own clock, which starts
// with the core's at cycle 0; a request takes part from the first edge on that
// is not before its arrival. What is decided for a clock is decided after all
// of its arrivals, that is, when the time has passed it. A read is answered
// when its last data has left the chips and a constant time, back, has passed.
//
// Functional warming does not reach it: rows are closed when timing begins.
//
// Left out are power-down, temperature, command and address parity, refresh of
// single banks, postponed refreshes and the second cycle of DDR5's commands.
// Writes never make the caches wait: what the write queue cannot take waits
// before it without limit, and can neither be read nor written to there.
type ddr struct {
	timing
	mapping
	counters
	detail DDRStats

	ratio      ratio
	back       isa.Cycle // from the end of a read's data to its answer
	burstBytes uint64
	high, low  int   // writes that begin and end a drain
	age        clock // that a request may reach before it goes first
	closed     bool  // a row that nothing waits for is closed

	channels []channel
	reads    []read
	free     []int32 // of reads
	answers  *calendar.Calendar[uint32]
	event    isa.Cycle

	asked uint64 // bursts; for the conservation checks only
}

// read is a read of which some bursts have not been transferred.
type read struct {
	id      uint32
	left    int32
	arrived isa.Cycle
	ready   isa.Cycle // as far as is known
	thread  isa.Context
}

var _ Model = (*ddr)(nil)

func newDDR(args catalog.Args, p Place) (Model, error) {
	m := &ddr{timing: readTiming(args), counters: newCounters(p)}
	if err := m.configure(args, p); err != nil {
		return nil, err
	}
	n := m.counts
	for range n[channelField] {
		c := channel{
			devices: newDevices(&m.timing, int(n[rankField]), int(n[groupField]), int(n[bankField])),
			reads:   newQueue(args.Int("reads")), writes: newQueue(args.Int("writes")),
			served: m.high - m.low,
		}
		c.decide(m.age)
		m.channels = append(m.channels, c)
	}
	m.answers = calendar.New[uint32](512)
	m.event = isa.Never
	return m, nil
}

// Detail are the counters of banks and bus.
func (m *ddr) Detail() any { return &m.detail }

// Enqueue splits a request into bursts and queues them.
func (m *ddr) Enqueue(now isa.Cycle, r Request) {
	m.count(r)
	m.advance(now)
	first, last := uint64(r.Addr)/m.burstBytes, (uint64(r.Addr)+uint64(r.Bytes)-1)/m.burstBytes
	id := int32(-1)
	if !r.Write {
		id = m.newRead(read{id: r.ID, left: int32(last - first + 1), arrived: now, thread: r.Thread})
	}
	for burst := first; burst <= last; burst++ {
		m.enqueue(now, burst, id, r.Thread)
	}
	m.schedule()
}

// enqueue queues a burst, or finds it in the write queue.
func (m *ddr) enqueue(now isa.Cycle, burst uint64, id int32, thread isa.Context) {
	m.asked++
	s := m.of(burst)
	c := &m.channels[s.at[channelField]]
	edge := m.ratio.edge(now)
	for c.next.at < edge { // refreshes of the time when nothing was asked for
		m.issue(c)
	}
	c.from = max(c.from, edge)
	queued := c.writes.has(burst)
	switch {
	case queued && id < 0:
		m.detail.Merged++
		return
	case queued:
		m.detail.Forwarded++
		m.transferred(now, id, now+m.back)
		return
	}
	q := &c.reads
	if id < 0 {
		q = &c.writes
	}
	q.push(transfer{
		row: s.row, burst: burst, entered: edge, read: id, thread: thread,
		bank: int32(c.bank(s.at[rankField], s.at[groupField], s.at[bankField])),
	})
	m.turn(c)
	c.decide(m.age)
}

// turn lets a channel change its direction.
func (m *ddr) turn(c *channel) {
	if c.turn(m.high, m.low) {
		m.detail.Drains++
	}
}

// advance issues the commands of all clocks that have passed at now.
func (m *ddr) advance(now isa.Cycle) {
	edge := m.ratio.edge(now)
	for {
		var first *channel
		for i := range m.channels {
			c := &m.channels[i]
			if c.next.at < edge && !c.idle() && (first == nil || c.next.at < first.next.at) {
				first = c
			}
		}
		if first == nil {
			return
		}
		m.issue(first)
	}
}

// issue carries out the next command of a channel.
func (m *ddr) issue(c *channel) {
	n := c.next
	c.from = n.at + 1
	switch n.kind {
	case cmdPrechargeAll:
		c.prechargeAll(n.at, n.n)
	case cmdRefresh:
		c.refresh(n.at, n.n)
		m.detail.Refreshes++
	case cmdPrecharge:
		e := &c.serving().window[n.n]
		e.needed = rowConflict
		c.precharge(n.at, int(e.bank))
	case cmdActivate:
		e := &c.serving().window[n.n]
		e.needed = max(e.needed, rowMiss)
		c.activate(n.at, int(e.bank), e.row)
		m.detail.Activates++
	case cmdTransfer:
		m.move(c, n.at, n.n)
	}
	c.decide(m.age)
}

// move is the column command of a request of the queue that has the bus.
func (m *ddr) move(c *channel, at clock, i int) {
	write, q := c.writing(), c.serving()
	e := q.window[i]
	c.transfer(at, int(e.bank), write)
	c.served++
	m.detail.BusClocks += uint64(m.burst)
	if checking {
		data := at + m.cl
		if write {
			data = at + m.cwl
		}
		c.checkBus(data, m.burst)
	}
	switch e.needed {
	case rowHit:
		m.detail.RowHits++
	case rowMiss:
		m.detail.RowMisses++
	case rowConflict:
		m.detail.RowConflicts++
	}
	q.remove(at, i)
	if m.closed && !c.reads.wants(e.bank, e.row) && !c.writes.wants(e.bank, e.row) {
		c.precharge(c.banks[e.bank].pre, int(e.bank))
	}
	m.turn(c)
	if !write {
		m.transferred(m.ratio.cycle(at), e.read, m.ratio.cycle(at+m.cl+m.burst)+m.back)
	}
}

// transferred notes that a burst of a read, whose transfer began at a cycle,
// will be there at ready.
func (m *ddr) transferred(began isa.Cycle, id int32, ready isa.Cycle) {
	r := &m.reads[id]
	r.ready = max(r.ready, ready)
	if r.left--; r.left > 0 {
		return
	}
	m.countRead(r.thread, r.arrived, began, r.ready)
	m.answers.At(uint64(began), uint64(r.ready), r.id)
	m.free = append(m.free, id)
}

func (m *ddr) newRead(r read) int32 {
	if n := len(m.free); n > 0 {
		id := m.free[n-1]
		m.free = m.free[:n-1]
		m.reads[id] = r
		return id
	}
	m.reads = append(m.reads, r)
	m.free = append(m.free, 0)[:len(m.free)] // room for every one to be free
	return int32(len(m.reads) - 1)
}

// schedule finds the next event: an answer, or the cycle after the clock of a
// command. The refreshes of a channel without requests are made up for later.
func (m *ddr) schedule() {
	m.event = isa.Cycle(m.answers.Next())
	for i := range m.channels {
		if c := &m.channels[i]; !c.idle() {
			m.event = min(m.event, m.ratio.cycle(c.next.at)+1)
		}
	}
	if checking {
		m.check()
	}
}

// NextEvent includes commands, from which reads and their answers follow.
func (m *ddr) NextEvent() isa.Cycle { return m.event }

// Tick answers what is ready at now.
func (m *ddr) Tick(now isa.Cycle, done []uint32) []uint32 {
	m.advance(now)
	for {
		id, _, ok := m.answers.Pop(uint64(now))
		if !ok {
			break
		}
		done = append(done, id)
	}
	m.schedule()
	return done
}

package cache

import (
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// noLine marks an invalid way and a free MSHR: no address has this line
// number, since lines are at least 8 bytes.
const noLine = ^uint64(0)

// level is one cache: its lines, its MSHRs, and what waits for them.
type level struct {
	lines  []uint64    // by set and way: line number (address >> shift)
	state  []lineState // by set and way
	guess  []int32     // L1s: where a line was last found; see guessed
	mask   uint64      // sets-1 when that is a mask, else 0
	sets   uint64
	ways   int
	shift  uint8 // log2 of the line size
	gated  bool  // accesses compete for ports or banks
	lru    *replacement.LRU
	policy replacement.Policy
	shares []replacement.Ways // by thread: ways that its lines fill

	stats   Stats
	threads []ThreadStats

	name    string
	number  int // 1 for both L1s
	next    int // index of the level below, or memory
	latency isa.Cycle
	// delay is what a miss waits in addition before it arrives below: it
	// makes up for L1s of different latency in front of one memory.
	delay    isa.Cycle
	through  bool // writes go on to the next level
	allocate bool // a store that misses fetches its line
	// inclusive: what leaves here leaves the levels above.
	inclusive bool
	exclusive bool // it holds what the level above has given up
	gives     bool // clean lines that leave go on: the next level is exclusive

	prefetcher prefetch.Prefetcher // nil: none
	lookup     isa.Cycle           // of a prefetch, from its turn of the bank
	reserved   int                 // MSHRs that prefetches leave free

	mshrs   mshrFile
	freed   uint64
	waiting list // requests whose lookup has missed and that found no MSHR
	buffer  writeBuffer

	ports     int // 0: unlimited
	portCycle isa.Cycle
	portsUsed int
	bankShift uint8
	bankFree  []isa.Cycle // by bank: first cycle in which it takes a request
	fillTime  isa.Cycle   // that a line which comes in keeps its banks
	interval  isa.Cycle

	// For the conservation checks only: demand requests under way to this
	// level, not yet counted as its accesses.
	pending         uint64
	pendingPrefetch uint64 // … and prefetches of the levels above
	probes          uint64 // prefetches whose lookup has not ended
	warmed          uint64 // lines in ways that were filled without being counted
	warmedMarks     uint64 // prefetches made less those used, without being counted
}

// lineState is what a cache keeps of a line besides its address.
type lineState struct {
	owner      isa.Context // the thread that brought it in
	dirty      bool
	prefetched bool // by this level, and nobody has asked for it yet
}

// newLevel builds one cache from a valid specification.
func newLevel(name string, spec *Level, index, contexts int, seed uint64) level {
	lines := int(spec.Size) / spec.Line
	l := level{
		name:      name,
		number:    max(index, 1),
		lines:     make([]uint64, lines),
		state:     make([]lineState, lines),
		sets:      uint64(lines / spec.Ways),
		ways:      spec.Ways,
		shift:     log2(spec.Line),
		threads:   newThreadStats(contexts),
		latency:   isa.Cycle(spec.Latency),
		through:   spec.Write == WriteThrough,
		allocate:  spec.StoreMiss != NoAllocate,
		inclusive: spec.Inclusion == Inclusive,
		exclusive: spec.Inclusion == Exclusive,
		mshrs:     newMSHRFile(spec.MSHRs, spec.Targets, spec.ThreadMSHRs, contexts),
		waiting:   emptyList(),
		buffer:    newWriteBuffer(spec.WriteBuffer),
		ports:     spec.Ports,
		interval:  isa.Cycle(spec.Interval),
		fillTime:  isa.Cycle(spec.FillInterval),
		reserved:  spec.PrefetchReserve,
	}
	for i := range l.lines {
		l.lines[i] = noLine
	}
	if l.sets&(l.sets-1) == 0 {
		l.mask = l.sets - 1
	}
	l.bankShift = l.shift
	banks := max(spec.Banks, 1)
	if index < firstShared {
		l.bankShift, banks = 3, spec.Banks
		l.gated = spec.Ports > 0 || banks > 0
		l.guess = make([]int32, 1<<log2(2*lines))
	}
	l.bankFree = make([]isa.Cycle, banks)
	var err error
	if l.shares, err = partition(spec.Partition, l.ways, contexts); err != nil {
		panic("cache: " + err.Error()) // Validate has parsed it
	}
	l.policy = newPolicy(spec, replacement.Geometry{Sets: int(l.sets), Ways: l.ways, Contexts: contexts, Seed: seed + uint64(index)})
	l.lru, _ = l.policy.(*replacement.LRU)
	l.prefetcher = newPrefetcher(spec, contexts)
	return l
}

// newPolicy builds the replacement policy of a valid level.
func newPolicy(spec *Level, g replacement.Geometry) replacement.Policy {
	row, args, err := replacement.Catalog.Parse(spec.Replacement)
	if err != nil {
		panic("cache: " + err.Error()) // Validate has parsed it
	}
	return row.New(args, g)
}

func log2(n int) uint8 {
	var s uint8
	for n > 1<<s {
		s++
	}
	return s
}

// set is the set of a line.
func (l *level) set(line uint64) int {
	if l.mask != 0 {
		return int(line & l.mask)
	}
	return int(line % l.sets)
}

// find looks a line up: its index, set*ways+way, or -1.
func (l *level) find(line uint64) int {
	first := l.set(line) * l.ways
	for w, have := range l.lines[first : first+l.ways] {
		if have == line {
			return first + w
		}
	}
	return -1
}

// guessed is find for the core's accesses. It looks first where the line, or
// one that shares its entry of guess, was found last time; a wrong guess costs
// the search and changes nothing. Measured on 12 ways (BenchmarkHit,
// interleaved): 6.5 ns a hit instead of 7.6.
func (l *level) guessed(line uint64) int {
	g := &l.guess[line&uint64(len(l.guess)-1)]
	if l.lines[*g] == line {
		return int(*g)
	}
	i := l.find(line)
	if i >= 0 {
		*g = int32(i)
	}
	return i
}

// hit counts and records a demand hit on the line with index i.
func (l *level) hit(i int, thread isa.Context, pc isa.Addr) {
	t := &l.threads[thread]
	l.stats.Accesses++
	l.stats.Hits++
	t.Accesses++
	t.Hits++
	if l.state[i].owner != thread {
		l.stats.SharedHits++
		t.SharedHits++
	}
	if l.lru != nil { // as touch does, without the call
		l.lru.Touch(i)
		return
	}
	l.touch(i, replacement.Access{PC: pc, Thread: thread})
}

// countMiss counts a demand access that goes to the next level.
func (l *level) countMiss(thread isa.Context) {
	t := &l.threads[thread]
	l.stats.Accesses++
	l.stats.Misses++
	t.Accesses++
	t.Misses++
}

// countMerge counts a demand access to a line in flight.
func (l *level) countMerge(thread isa.Context) {
	t := &l.threads[thread]
	l.stats.Accesses++
	l.stats.Merges++
	t.Accesses++
	t.Merges++
}

// touch tells the replacement policy that the line with index i was used.
func (l *level) touch(i int, a replacement.Access) {
	if l.lru != nil {
		l.lru.Touch(i)
		return
	}
	l.policy.Hit(i/l.ways, i%l.ways, a)
}

// insert puts a line into a way that its thread may fill. It returns the line that gave way and what
// was kept of it, noLine when there was a free way.
func (l *level) insert(line uint64, a replacement.Access, st lineState) (victim uint64, old lineState) {
	set := l.set(line)
	among := l.shares[a.Thread]
	i := l.freeWay(set, among)
	victim = noLine
	if i < 0 {
		i = set*l.ways + l.policy.Victim(set, among, a)
		victim, old = l.lines[i], l.state[i]
	}
	l.lines[i] = line
	l.state[i] = st
	if l.lru != nil {
		l.lru.Touch(i)
	} else {
		l.policy.Fill(set, i-set*l.ways, a)
	}
	return victim, old
}

// freeWay is the index of the lowest invalid way of a set among some, -1 when
// there is none.
func (l *level) freeWay(set int, among replacement.Ways) int {
	first := set*l.ways + among.First
	for w, have := range l.lines[first : set*l.ways+among.End] {
		if have == noLine {
			return first + w
		}
	}
	return -1
}

// gate says whether the ports and the bank take an access of the core now.
func (l *level) gate(now isa.Cycle, addr isa.Addr) Refusal {
	if l.ports > 0 && l.portCycle == now && l.portsUsed == l.ports {
		return PortBusy
	}
	if len(l.bankFree) > 0 && l.bankFree[l.bank(addr)] > now {
		return BankBusy
	}
	return Accepted
}

// occupy takes a port and the bank for an accepted access of the core.
func (l *level) occupy(now isa.Cycle, addr isa.Addr) {
	if l.portCycle != now {
		l.portCycle, l.portsUsed = now, 0
	}
	l.portsUsed++
	if len(l.bankFree) > 0 {
		l.bankFree[l.bank(addr)] = now + l.interval
	}
}

// occupyFill keeps the banks busy that a line is written into. The line does
// not wait for them, nor do those who wait for the line: it passes them by,
// and the banks are late by as much.
func (l *level) occupyFill(now isa.Cycle, addr isa.Addr) {
	if l.fillTime == 0 {
		return
	}
	spanned := min(1<<l.shift>>l.bankShift, len(l.bankFree))
	for k := range spanned {
		free := &l.bankFree[l.bank(addr+isa.Addr(k<<l.bankShift))]
		*free = max(*free, now) + l.fillTime
	}
}

func (l *level) bank(addr isa.Addr) int {
	return int(uint64(addr) >> l.bankShift % uint64(len(l.bankFree)))
}

// reserve takes the next turn of a bank for a request that arrives from
// above, and says when that is.
func (l *level) reserve(now isa.Cycle, addr isa.Addr) isa.Cycle {
	start := l.turn(now, addr)
	l.stats.BankCycles += uint64(start - now)
	return start
}

// turn is reserve for a request that nobody waits for.
func (l *level) turn(now isa.Cycle, addr isa.Addr) isa.Cycle {
	free := &l.bankFree[l.bank(addr)]
	start := max(now, *free)
	*free = start + l.interval
	return start
}

package tlb

import "github.com/threadmill-sim/threadmill/isa"

// noKey marks an invalid entry: no address space has this number.
const noKey = ^uint64(0)

// key names a page of an address space.
func key(asid isa.ASID, vpn uint64) uint64 { return vpn<<16 | uint64(asid) }

func keyASID(k uint64) isa.ASID { return isa.ASID(k) }
func keyVPN(k uint64) uint64    { return k >> 16 }

// array is the entries of one TLB with least-recently-used replacement.
type array struct {
	keys  []uint64   // by set and way
	pages []isa.Addr // by set and way: physical address of the page
	last  []uint64   // by set and way: clock at the last use
	owner []isa.Context
	clock uint64
	sets  uint64
	ways  int

	// guess is where a page was last found, by hash of its key: it saves the
	// search of a set, which for a fully associative TLB is all entries. A
	// wrong guess costs the search and changes nothing. Measured on 64
	// entries (BenchmarkHit, interleaved): 4.5 ns a hit instead of 12.6 fully
	// associative, 6.7 with 4 ways.
	guess []int32
}

func newArray(entries, ways int) array {
	a := array{
		keys:  make([]uint64, entries),
		pages: make([]isa.Addr, entries),
		last:  make([]uint64, entries),
		owner: make([]isa.Context, entries),
		sets:  uint64(entries / max(ways, 1)),
		ways:  ways,
	}
	size := 64
	for size < 4*entries {
		size *= 2
	}
	a.guess = make([]int32, size)
	for i := range a.keys {
		a.keys[i] = noKey
	}
	return a
}

// slot is the place of a key in guess. Entries of neighbouring pages and of
// several address spaces lie apart.
func (a *array) slot(k uint64) *int32 {
	return &a.guess[(k>>16^k*0x9e3779b1)&uint64(len(a.guess)-1)]
}

// find looks a page up and makes it the most recently used. It returns the
// entry's index, -1 on a miss.
func (a *array) find(k uint64) int {
	guess := a.slot(k)
	i := int(*guess)
	if a.keys[i] != k {
		if i = a.search(k); i < 0 {
			return -1
		}
		*guess = int32(i)
	}
	a.clock++
	a.last[i] = a.clock
	return i
}

func (a *array) set(k uint64) int { return int(keyVPN(k)%a.sets) * a.ways }

func (a *array) search(k uint64) int {
	first := a.set(k)
	for w, have := range a.keys[first : first+a.ways] {
		if have == k {
			return first + w
		}
	}
	return -1
}

// insert puts in a page that is not there and reports the thread whose entry
// gave way, if one did.
func (a *array) insert(k uint64, page isa.Addr, thread isa.Context) (victim isa.Context, evicted bool) {
	first := a.set(k)
	i := first
	for w := range a.ways {
		if a.keys[first+w] == noKey {
			i = first + w
			break
		}
		if a.last[first+w] < a.last[i] {
			i = first + w
		}
	}
	victim, evicted = a.owner[i], a.keys[i] != noKey
	a.clock++
	a.keys[i], a.pages[i], a.last[i], a.owner[i] = k, page, a.clock, thread
	*a.slot(k) = int32(i)
	return victim, evicted
}

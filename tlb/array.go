package tlb

import "github.com/threadmill-sim/threadmill/isa"

// array is the entries of one TLB with least-recently-used replacement.
type array struct {
	keys  []uint64   // by set and way
	pages []isa.Addr // by set and way: physical address of the page
	last  []uint64   // by set and way: clock at the last use
	owner []isa.Context
	clock uint64
	sets  uint64
	ways  int

	// How the threads share it; see sharing.
	private  bool
	parts    []wayRange // by context: the ways that it fills; nil: all
	cap      int        // entries of a set that a context has at most; 0: no limit
	setsEach uint64     // sets of a context; 0: all

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
	return &a.guess[(k>>pageShift^k*0x9e3779b1)&uint64(len(a.guess)-1)]
}

// find looks a page up, by its tag, and makes it the most recently used. It
// returns the entry's index, -1 on a miss.
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

// set is the index of the first entry of a page's set.
func (a *array) set(k uint64) int {
	if a.setsEach > 0 {
		ctx := k & contextMask >> contextShift
		return int(ctx*a.setsEach+keyPage(k)%a.setsEach) * a.ways
	}
	return int(keyPage(k)%a.sets) * a.ways
}

func (a *array) search(k uint64) int {
	first := a.set(k)
	for w, have := range a.keys[first : first+a.ways] {
		if have == k {
			return first + w
		}
	}
	return -1
}

// insert puts in a page that is not there, under its tag, and reports the
// thread whose entry gave way, if one did.
func (a *array) insert(k uint64, page isa.Addr, thread isa.Context) (victim isa.Context, evicted bool) {
	first := a.set(k)
	ways := wayRange{0, a.ways}
	if a.parts != nil {
		ways = a.parts[thread]
	}
	own := a.cap > 0 && a.held(first, thread) >= a.cap
	i := -1
	for w := first + ways.from; w < first+ways.to; w++ {
		switch {
		case own && (a.keys[w] == noKey || a.owner[w] != thread):
			continue
		case i < 0 || a.last[w] < a.last[i]:
			i = w
		}
		if a.keys[w] == noKey {
			i = w
			break
		}
	}
	victim, evicted = a.owner[i], a.keys[i] != noKey
	a.clock++
	a.keys[i], a.pages[i], a.last[i], a.owner[i] = k, page, a.clock, thread
	*a.slot(k) = int32(i)
	return victim, evicted
}

// held counts the entries of a set that a thread has filled.
func (a *array) held(first int, thread isa.Context) (n int) {
	for w := first; w < first+a.ways; w++ {
		if a.keys[w] != noKey && a.owner[w] == thread {
			n++
		}
	}
	return n
}

package cache

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/internal/units"
	"github.com/threadmill-sim/threadmill/internal/valid"
)

// Spec is the configuration of the caches and of main memory. It does not
// change after New.
type Spec struct {
	L1I Level  `toml:"l1i" doc:"first-level instruction cache, shared by all threads"`
	L1D Level  `toml:"l1d" doc:"first-level data cache, shared by all threads; page-table reads go through it"`
	L2  *Level `toml:"l2" doc:"second level, for instructions and data; absent: the first level is backed by memory"`
	L3  *Level `toml:"l3" doc:"third level; absent: none"`
	L4  *Level `toml:"l4" doc:"fourth level; absent: none"`

	// Memory is a choice of the catalog dram.Catalog, with its parameters.
	Memory string `toml:"-"`
	// Frequency is the core's clock in MHz, for memories with a clock of their own.
	Frequency int `toml:"-"`
}

// Level is one cache.
type Level struct {
	Size         Bytes  `toml:"size" doc:"capacity in bytes; K, M and G are powers of 1024"`
	Ways         int    `toml:"ways" doc:"lines of a set"`
	Line         int    `toml:"line" doc:"bytes of a line; not below the line of the level above"`
	Latency      int    `toml:"latency" doc:"cycles from the core's access to the use of the data when it hits here, all levels above included"`
	MSHRs        int    `toml:"mshrs" doc:"lines that can be on their way to this cache"`
	Targets      int    `toml:"targets" doc:"requests that one MSHR can hold, the first included; 0: no limit"`
	ThreadMSHRs  int    `toml:"thread-mshrs" doc:"MSHRs that one thread can hold; 0: no limit"`
	Ports        int    `toml:"ports" doc:"accesses a cycle, first level only; 0: as many as the core makes"`
	Banks        int    `toml:"banks" doc:"banks, interleaved by 8 bytes in the first level and by line below; 0: no bank conflicts in the first level, one bank below"`
	Interval     int    `toml:"interval" doc:"cycles before a bank takes the next request"`
	FillInterval int    `toml:"fill-interval" doc:"cycles for which a line that comes in keeps the banks that it is written into, one after another and before what waits for the banks; 0: none"`
	Write        string `toml:"write" doc:"write-back, or write-through: each store goes on to the next level; empty: write-back"`
	StoreMiss    string `toml:"store-miss" doc:"what a store that misses does: allocate fetches the line, no-allocate writes to the next level; empty: allocate"`
	WriteBuffer  int    `toml:"write-buffer" doc:"lines of stores on their way to the next level, for write-through and no-allocate in the first level"`
	Replacement  string `toml:"replacement" doc:"which line of a full set gives way"`

	Inclusion string `toml:"inclusion" doc:"none; inclusive: a line that leaves this level leaves the levels above; exclusive (below L2): this level holds what the level above has given up; empty: none"`
	Partition string `toml:"partition" doc:"ways that the lines of each thread fill: none (all ways), static (equal shares), or ranges by thread, as 0-3+4-7, which begin again at the first for threads beyond the list, and of which a machine of fewer threads has the first; hits are found in all ways; empty: none"`

	Prefetcher      string `toml:"prefetcher" doc:"proposes lines to fetch before they are asked for (list prefetchers); empty: none"`
	PrefetchReserve int    `toml:"prefetch-reserve" doc:"MSHRs that prefetches leave free for demands"`
}

// Write policies.
const (
	WriteBack    = "write-back"
	WriteThrough = "write-through"
	Allocate     = "allocate"
	NoAllocate   = "no-allocate"
)

// NoPrefetcher is what an empty Level.Prefetcher means.
const NoPrefetcher = "none"

// Bytes is a size. As text it is an integer with an optional K, M or G, a
// power of 1024.
type Bytes int64

// UnmarshalText parses 32768, 32K, 1M.
func (b *Bytes) UnmarshalText(text []byte) error {
	n, err := units.Parse(string(text))
	if err != nil || n > 1<<62 {
		return fmt.Errorf("%q is not a size: an integer of bytes, or one with K, M or G", text)
	}
	*b = Bytes(n)
	return nil
}

// MarshalText is the shortest exact spelling.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

func (b Bytes) String() string {
	if b < 0 {
		return strconv.FormatInt(int64(b), 10) // of no cache
	}
	return units.Format(uint64(b))
}

// Limits that keep handles small and arrays affordable.
const (
	maxSize    = 1 << 30
	maxWays    = 1024
	maxLine    = 4096
	maxLatency = 100000
	maxMSHRs   = 4096
	maxBanks   = 4096
)

// Validate reports every field that cannot be built, each error starting with
// the field's path below path. The memory is configured beside the caches, so
// its path is memory.model whatever path is.
func (s *Spec) Validate(path string) []error {
	v := validator{}
	levels := s.levels()
	for i, l := range levels {
		v.level(path+"."+l.name, l.spec, i)
	}
	if s.L3 != nil && s.L2 == nil {
		v.Addf("%s.l3: there is no l2 above it", path)
	}
	if s.L4 != nil && s.L3 == nil {
		v.Addf("%s.l4: there is no l3 above it", path)
	}
	for i := firstShared; i < len(levels); i++ {
		above := levels[i-1 : i]
		if i == firstShared {
			above = levels[:firstShared]
		}
		for _, a := range above {
			v.order(path, a, levels[i])
			if levels[i].spec.Inclusion == Exclusive {
				v.exclusive(path, a, levels[i])
			}
		}
	}
	if row, args, err := dram.Catalog.Parse(s.Memory); err != nil {
		v.Addf("memory.model: %w", err)
	} else if _, err := row.New(args, dram.Place{Upstream: s.upstream(), MHz: s.Frequency}); err != nil {
		v.Addf("memory.model: %w", err)
	}
	return v.List()
}

// firstShared is the index of the first level below the two L1s in levels.
const firstShared = 2

type namedLevel struct {
	name string
	spec *Level
}

// levels lists the caches that are present: L1I, L1D, L2 …
func (s *Spec) levels() []namedLevel {
	levels := []namedLevel{{"l1i", &s.L1I}, {"l1d", &s.L1D}}
	for _, l := range []namedLevel{{"l2", s.L2}, {"l3", s.L3}, {"l4", s.L4}} {
		if l.spec != nil {
			levels = append(levels, l)
		}
	}
	return levels
}

// upstream is what a request has spent when it leaves the last level.
func (s *Spec) upstream() int {
	levels := s.levels()
	if len(levels) == firstShared {
		return max(s.L1I.Latency, s.L1D.Latency)
	}
	return levels[len(levels)-1].spec.Latency
}

type validator struct{ valid.Errors }

func (v *validator) oneOf(path, s string, choices ...string) {
	if s != "" && s != choices[0] && s != choices[1] {
		v.Addf("%s: %q is neither %q nor %q", path, s, choices[0], choices[1])
	}
}

func (v *validator) level(path string, l *Level, index int) {
	first := index < firstShared
	v.geometry(path, l)
	v.Between(path+".latency", l.Latency, 1, maxLatency)
	v.Between(path+".mshrs", l.MSHRs, 1, maxMSHRs)
	v.Between(path+".targets", l.Targets, 0, maxMSHRs)
	v.Between(path+".thread-mshrs", l.ThreadMSHRs, 0, maxMSHRs)
	v.Between(path+".fill-interval", l.FillInterval, 0, maxLatency)
	v.Between(path+".banks", l.Banks, 0, maxBanks)
	v.oneOf(path+".write", l.Write, WriteBack, WriteThrough)
	v.oneOf(path+".store-miss", l.StoreMiss, Allocate, NoAllocate)
	if first {
		v.Between(path+".ports", l.Ports, 0, 64)
		v.Between(path+".interval", l.Interval, min(l.Banks, 1), maxLatency)
		if l.FillInterval > 0 && l.Banks == 0 {
			v.Addf("%s.fill-interval: %d without banks to keep; %s.banks is 0", path, l.FillInterval, path)
		}
	} else {
		v.Between(path+".interval", l.Interval, 1, maxLatency)
		if l.Ports != 0 {
			v.Addf("%s.ports: only the first level has ports; below it, banks and interval say how many requests it takes", path)
		}
	}
	if index == l1d && (l.Write == WriteThrough || l.StoreMiss == NoAllocate) {
		v.Between(path+".write-buffer", l.WriteBuffer, 1, maxMSHRs)
	} else if l.WriteBuffer != 0 {
		v.Addf("%s.write-buffer: only an l1d that is %s or %s has one", path, WriteThrough, NoAllocate)
	}
	if _, _, err := replacement.Catalog.Parse(l.Replacement); err != nil {
		v.Addf("%s.replacement: %w", path, err)
	}
	v.prefetcher(path, l, index)
	if _, err := partition(l.Partition, max(l.Ways, 1), 1); err != nil {
		v.Addf("%s.partition: %w", path, err)
	}
	v.inclusion(path, l, index)
}

func (v *validator) inclusion(path string, l *Level, index int) {
	switch l.Inclusion {
	case "", NoInclusion:
	case Inclusive:
		if index < firstShared {
			v.Addf("%s.inclusion: the first level has none above it to include", path)
		}
	case Exclusive:
		if index <= firstShared {
			v.Addf("%s.inclusion: only a level with one level above it can be exclusive, l3 or l4", path)
		}
		if cmp.Or(l.Prefetcher, NoPrefetcher) != NoPrefetcher {
			v.Addf("%s.prefetcher: %q puts lines into an exclusive level, which takes victims alone", path, l.Prefetcher)
		}
	default:
		v.Addf("%s.inclusion: %q is not %s, %s or %s", path, l.Inclusion, NoInclusion, Inclusive, Exclusive)
	}
}

// exclusive checks a level that takes the victims of the one above.
func (v *validator) exclusive(path string, above, below namedLevel) {
	if below.spec.Line != above.spec.Line {
		v.Addf("%s.%s.line: %d is not %d, the line of %s, whose victims this exclusive level takes", path, below.name, below.spec.Line, above.spec.Line, above.name)
	}
	for _, l := range []namedLevel{above, below} {
		if l.spec.Write == WriteThrough {
			v.Addf("%s.%s.write: %s does not go with an exclusive %s", path, l.name, WriteThrough, below.name)
		}
		if l.spec.StoreMiss == NoAllocate {
			v.Addf("%s.%s.store-miss: %s does not go with an exclusive %s", path, l.name, NoAllocate, below.name)
		}
	}
}

func (v *validator) prefetcher(path string, l *Level, index int) {
	row, args, err := prefetch.Catalog.Parse(cmp.Or(l.Prefetcher, NoPrefetcher))
	if err != nil {
		v.Addf("%s.prefetcher: %w", path, err)
	} else if index == l1i {
		if _, loads := row.New(args, prefetch.Geometry{Line: 64, Contexts: 1}).(prefetch.LoadsOnly); loads {
			v.Addf("%s.prefetcher: %q follows single load instructions, and this cache has none; the other prefetchers follow fetches too", path, l.Prefetcher)
		}
	}
	v.Between(path+".prefetch-reserve", l.PrefetchReserve, 0, max(l.MSHRs-1, 0))
}

// newPrefetcher builds the prefetcher of a valid level, nil when it has none.
func newPrefetcher(l *Level, contexts int) prefetch.Prefetcher {
	row, args, err := prefetch.Catalog.Parse(cmp.Or(l.Prefetcher, NoPrefetcher))
	if err != nil {
		panic("cache: " + err.Error()) // Validate has parsed it
	}
	return row.New(args, prefetch.Geometry{Line: l.Line, Contexts: contexts})
}

func (v *validator) geometry(path string, l *Level) {
	ok := v.Between(path+".size", int(l.Size), 1, maxSize)
	ok = v.Between(path+".ways", l.Ways, 1, maxWays) && ok
	if v.Between(path+".line", l.Line, 8, maxLine) && !v.PowerOfTwo(path+".line", l.Line) {
		return
	}
	if ok && l.Line > 0 && int(l.Size)%(l.Ways*l.Line) != 0 {
		v.Addf("%s.size: %s is not a multiple of %d ways of %d bytes", path, l.Size, l.Ways, l.Line)
	}
}

// order checks what two neighbouring levels must have in common.
func (v *validator) order(path string, above, below namedLevel) {
	if below.spec.Latency <= above.spec.Latency {
		v.Addf("%s.%s.latency: %d is not above %d, the latency of %s", path, below.name, below.spec.Latency, above.spec.Latency, above.name)
	}
	if below.spec.Line < above.spec.Line {
		v.Addf("%s.%s.line: %d is below %d, the line of %s", path, below.name, below.spec.Line, above.spec.Line, above.name)
	}
}

package tlb

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/valid"
)

// Spec is the configuration of address translation. It does not change after
// New. Replacement is least recently used everywhere.
type Spec struct {
	Pages  string      `toml:"pages" doc:"what the programs' memory is made of: 4K, 2M, or mixed:N, in which N of 100 aligned regions of 2 MiB are one page and the others 4 KiB pages; empty: 4K"`
	I      FirstLevel  `toml:"i" doc:"instruction TLB"`
	D      FirstLevel  `toml:"d" doc:"data TLB"`
	L2     SecondLevel `toml:"l2" doc:"second-level TLB for instructions and data; 0 entries: none"`
	Walker Walker      `toml:"walker" doc:"page-table walker, shared by all threads"`
}

// FirstLevel is a TLB that is looked up beside the level-one cache.
type FirstLevel struct {
	Entries int    `toml:"entries" doc:"translations of pages, of either size unless 2 MiB pages have entries of their own"`
	Ways    int    `toml:"ways" doc:"entries of a set; equal to entries: fully associative"`
	Misses  int    `toml:"misses" doc:"pages whose translation can be outstanding"`
	Sharing string `toml:"sharing" doc:"shared: any thread may take any entry; static: an equal part of the ways each; static-sets: of the sets; cap:N: at most N entries of a set each, or all where it has no more than N ways; ways:A-B+C-D+...: each thread fills the ways of its range (every thread has one, and a machine of fewer threads has the first ones), and of fewer ways for 2 MiB pages the last stands for all beyond it; empty: shared"`
	Large   Large  `toml:"large" doc:"entries for 2 MiB pages alone; 0: they share the others"`
}

// SecondLevel is the TLB behind the first-level ones.
type SecondLevel struct {
	Entries int    `toml:"entries" doc:"translations of pages, of either size unless 2 MiB pages have entries of their own; 0: no second level"`
	Ways    int    `toml:"ways" doc:"entries of a set; equal to entries: fully associative"`
	Latency int    `toml:"latency" doc:"cycles from the request to the translation when it misses the first level and hits here"`
	Sharing string `toml:"sharing" doc:"as that of the data TLB"`
	Large   Large  `toml:"large" doc:"entries for 2 MiB pages alone; 0: they share the others"`
}

// Large is the part of a TLB that has the 2 MiB pages when these do not share
// the entries of the others.
type Large struct {
	Entries int `toml:"entries" doc:"translations of 2 MiB pages"`
	Ways    int `toml:"ways" doc:"entries of a set; equal to entries: fully associative"`
}

// Walker reads page tables.
type Walker struct {
	Walks   int       `toml:"walks" doc:"walks at a time; further ones queue"`
	Latency int       `toml:"latency" doc:"cycles from the request to the translation when all TLBs miss, for walks that take a fixed time and read nothing; 0: walks read page tables through the data caches"`
	Cache   WalkCache `toml:"cache" doc:"cache of page-table entries above the leaves, by level of the table (3 is the root)"`
}

// WalkCache is the cache of page-table entries that are not leaves.
type WalkCache struct {
	Level3  int    `toml:"level3" doc:"entries of the root (Intel: PML4 cache), each of which saves a walk one read; 0: none"`
	Level2  int    `toml:"level2" doc:"entries of the tables below (PDPTE cache), each of which saves a walk two reads; 0: none"`
	Level1  int    `toml:"level1" doc:"entries of those above the leaves of 4 KiB pages (PDE cache), each of which saves a walk three reads; 0: none"`
	Sharing string `toml:"sharing" doc:"shared, static or cap:N, as that of the data TLB"`
}

// entries are the entries by level.
func (c *WalkCache) entries() [walkLevels]int { return [...]int{0, c.Level1, c.Level2, c.Level3} }

const (
	maxEntries = 1 << 20
	maxMisses  = 4096
	maxLatency = 100000
	// Entries of a walk cache are searched one by one.
	maxWalkCache = 1024
)

// Validate reports every field that cannot be built for a number of contexts,
// each error starting with the field's path below path.
func (s *Spec) Validate(path string, contexts int) []error {
	v := validator{contexts: contexts}
	if _, err := parsePages(s.Pages); err != nil {
		v.Addf("%s.pages: %w", path, err)
	}
	v.level(path+".i", s.I.Entries, s.I.Ways, s.I.Large, s.I.Sharing)
	v.Between(path+".i.misses", s.I.Misses, 1, maxMisses)
	v.level(path+".d", s.D.Entries, s.D.Ways, s.D.Large, s.D.Sharing)
	v.Between(path+".d.misses", s.D.Misses, 1, maxMisses)
	if s.L2.Entries == 0 {
		v.zero(path+".l2.ways", s.L2.Ways)
		v.zero(path+".l2.latency", s.L2.Latency)
		v.zero(path+".l2.large.entries", s.L2.Large.Entries)
		v.zero(path+".l2.large.ways", s.L2.Large.Ways)
		if s.L2.Sharing != "" && s.L2.Sharing != "shared" {
			v.Addf("%s.l2.sharing: %q means nothing without entries", path, s.L2.Sharing)
		}
	} else {
		v.level(path+".l2", s.L2.Entries, s.L2.Ways, s.L2.Large, s.L2.Sharing)
		v.Between(path+".l2.latency", s.L2.Latency, 1, maxLatency)
	}
	v.Between(path+".walker.walks", s.Walker.Walks, 1, maxMisses)
	v.walkCache(path+".walker.cache", &s.Walker.Cache)
	v.fixedWalk(path+".walker", s)
	return v.List()
}

// fixedWalk checks the time of walks that read nothing.
func (v *validator) fixedWalk(path string, s *Spec) {
	switch spent := max(s.L2.Latency, 1); {
	case !v.Between(path+".latency", s.Walker.Latency, 0, maxLatency) || s.Walker.Latency == 0:
	case s.Walker.Latency <= spent:
		v.Addf("%s.latency: %d is not above %d, the time of the lookups before a walk", path, s.Walker.Latency, spent)
	case s.Walker.Cache.entries() != [walkLevels]int{}:
		v.Addf("%s.latency: %d makes walks read nothing that %s.cache could keep", path, s.Walker.Latency, path)
	}
}

type validator struct {
	valid.Errors
	contexts int
}

func (v *validator) zero(path string, n int) {
	if n != 0 {
		v.Addf("%s: %d means nothing without entries", path, n)
	}
}

// level checks a TLB with its part for large pages.
func (v *validator) level(path string, entries, ways int, large Large, text string) {
	s, err := parseSharing(text)
	if err != nil {
		v.Addf("%s.sharing: %w", path, err)
	}
	v.array(path, entries, ways, func(err error) { v.Addf("%s.sharing: %w", path, err) }, s)
	if large.Entries == 0 {
		v.zero(path+".large.ways", large.Ways)
	} else {
		v.array(path+".large", large.Entries, large.Ways, func(err error) { v.Addf("%s.sharing: in %s.large %w", path, path, err) }, s.within(large.Ways))
	}
}

// array checks one array of a TLB; unshareable is told why it cannot be shared so.
func (v *validator) array(path string, entries, ways int, unshareable func(error), s sharing) {
	ok := v.Between(path+".entries", entries, 1, maxEntries)
	if !v.Between(path+".ways", ways, 1, maxEntries) || !ok {
		return
	}
	if entries%ways != 0 {
		v.Addf("%s.entries: %d is not a multiple of %d ways", path, entries, ways)
	} else if err := s.check(ways, entries/ways, v.contexts); err != nil {
		unshareable(err)
	}
}

func (v *validator) walkCache(path string, c *WalkCache) {
	s, err := parseSharing(c.Sharing)
	if err == nil && s.kind != sharedWays && s.kind != staticWays && s.kind != cappedWays {
		err = fmt.Errorf("%q is none of shared, static, cap:N", c.Sharing)
	}
	if err != nil {
		v.Addf("%s.sharing: %w", path, err)
		return
	}
	for level, entries := range c.entries() {
		name := fmt.Sprintf("%s.level%d", path, level)
		if v.Between(name, entries, 0, maxWalkCache) && entries > 0 && s.kind == staticWays && entries < v.contexts {
			v.Addf("%s: static leaves %d contexts no entry of %d", name, v.contexts, entries)
		}
	}
}

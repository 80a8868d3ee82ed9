// Package prefetch holds the prefetchers of the caches: they watch what one
// cache is asked for and what comes into it, and propose lines to fetch.
//
// A prefetcher decides what; the cache decides whether and when. It takes a
// proposal through its banks, drops it when the line is there or on its way or
// no MSHR is left for it, and never lets one leave the physical page of the
// access that caused it. A prefetcher of the reader's own is a type with these
// three methods and a Row.
//
// All threads share the tables of a cache's prefetcher; entries that follow one
// program carry its thread. Addresses are physical, so whatever is learned ends
// with the page, and accesses come in the order in which the core makes them,
// which out of order is not the program's.
package prefetch

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// PageSize bounds prefetches: the smallest page, since hardware that sees
// physical addresses cannot know that the next one follows.
const PageSize = 4096

// Access is a request that the cache has looked up: in a first level one of
// the core's, below it one of the level above for a line, be it for a demand
// or for a prefetch there.
type Access struct {
	Addr   isa.Addr // physical
	PC     isa.Addr // of the instruction; 0 when it is not known, as of stores
	Thread isa.Context
	Hit    bool // the line was there
	// First tells that nobody has asked for the line since it was last absent:
	// it has missed, or a prefetch of this cache has brought it in or is
	// fetching it.
	First bool
}

// Fill is a line that was fetched into the cache.
type Fill struct {
	Addr       isa.Addr // physical, of the line's first byte
	Thread     isa.Context
	Prefetched bool // this prefetcher had proposed it
}

// Prefetcher is the state of one cache's prefetcher.
type Prefetcher interface {
	// Access tells of an access and appends to out an address in each line to
	// fetch, the most urgent first.
	Access(a Access, out []isa.Addr) []isa.Addr
	// Fill tells of a fill.
	Fill(f Fill)
	// Storage is what its state costs.
	Storage() Storage
}

// LoadsOnly is implemented by prefetchers that follow the addresses of single
// load instructions. They learn nothing in an instruction cache, where what one
// PC fetches is always the same.
type LoadsOnly interface {
	Prefetcher
	LoadsOnly()
}

// Geometry is the cache that a prefetcher is made for.
type Geometry struct {
	Line     int // bytes, a power of two from 8 to PageSize
	Contexts int // threads that share it
}

// New makes the state of a prefetcher for one cache; nil prefetches nothing.
type New func(args catalog.Args, g Geometry) Prefetcher

// Row is one prefetcher of the catalog.
type Row = catalog.Row[New]

// Table is a catalog of prefetchers.
type Table = catalog.Table[New]

// Catalog lists the prefetchers.
var Catalog = Table{
	Family: "prefetcher",
	Rows: []Row{
		{Name: "none", Doc: "no prefetches", New: func(catalog.Args, Geometry) Prefetcher { return nil }},
		{
			Name: "next-line",
			Doc:  "the lines after the one that is used (Smith, ACM Computing Surveys 14(3), 1982)",
			Params: []catalog.Param{
				{Name: "degree", Doc: "lines after it", Kind: catalog.Int, Default: "1", Min: 1, Max: 64},
				{Name: "on", Doc: "miss: when a line misses; tagged: when it is used first, missed or prefetched; always: at every access", Kind: catalog.Choice, Default: "tagged", Choices: []string{"miss", "tagged", "always"}},
			},
			New: newNextLine,
		},
		{
			Name: "stride",
			Doc:  "for each load instruction, so not in cache.l1i, what follows at its stride: a reference prediction table (Chen and Baer, IEEE Transactions on Computers 44(5), 1995)",
			Params: []catalog.Param{
				{Name: "entries", Doc: "instructions that the table holds, direct-mapped", Kind: catalog.Int, Default: "256", Min: 1, Max: 1 << 16},
				{Name: "distance", Doc: "strides, of at least a line, that prefetches run ahead", Kind: catalog.Int, Default: "4", Min: 1, Max: 512},
				{Name: "degree", Doc: "lines proposed at one access", Kind: catalog.Int, Default: "2", Min: 1, Max: 64},
			},
			New: newStride,
		},
		{
			Name: "stream",
			Doc:  "what follows of sequences of misses in either direction, as in POWER4 (Srinath et al., HPCA 2007; stream buffers: Jouppi, ISCA 1990)",
			Params: []catalog.Param{
				{Name: "streams", Doc: "streams followed at a time", Kind: catalog.Int, Default: "64", Min: 1, Max: 1024},
				{Name: "distance", Doc: "lines that prefetches run ahead", Kind: catalog.Int, Default: "16", Min: 1, Max: 512},
				{Name: "degree", Doc: "lines proposed at one access", Kind: catalog.Int, Default: "2", Min: 1, Max: 64},
			},
			New: newStream,
		},
		{
			Name: "best-offset",
			Doc:  "the line at the offset that would have been in time most often of late (Michaud, HPCA 2016)",
			Params: []catalog.Param{
				{Name: "recent", Doc: "entries of the table of recent requests; rounded down to a power of two", Kind: catalog.Int, Default: "256", Min: 1, Max: 1 << 16},
				{Name: "score-max", Doc: "score that ends a learning phase", Kind: catalog.Int, Default: "31", Min: 1, Max: 1023},
				{Name: "round-max", Doc: "tests of each offset that end a learning phase", Kind: catalog.Int, Default: "100", Min: 1, Max: 10000},
				{Name: "bad-score", Doc: "best score up to which nothing is prefetched in the next phase", Kind: catalog.Int, Default: "1", Min: 0, Max: 1023},
			},
			New: newBestOffset,
		},
	},
}

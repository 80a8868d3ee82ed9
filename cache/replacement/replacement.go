// Package replacement holds the policies that choose which line of a set gives
// way to a new one.
//
// A policy sees the hits and fills of one cache and answers with a way. It
// knows neither addresses nor threads' identities beyond what Access carries,
// and it is never asked while the set has an invalid way: the cache fills those
// first, lowest way first. A policy of the reader's own is a type with these
// three methods and a Row.
package replacement

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Access is what a policy may learn about the access that touches or fills a
// line.
type Access struct {
	PC     isa.Addr // of the instruction; 0 for write-backs
	Thread isa.Context
}

// Policy keeps the replacement state of one cache.
type Policy interface {
	// Hit tells that way of set was accessed.
	Hit(set, way int, a Access)
	// Fill tells that a new line was put into way of set.
	Fill(set, way int, a Access)
	// Victim chooses the way of a full set that a new line replaces.
	Victim(set int, a Access) int
}

// Geometry is the cache that a policy is made for.
type Geometry struct {
	Sets, Ways int
	Seed       uint64 // for policies that draw random numbers
}

// New makes the state of a policy for one cache.
type New func(args catalog.Args, g Geometry) Policy

// Row is one policy of the catalog.
type Row = catalog.Row[New]

// Table is a catalog of policies.
type Table = catalog.Table[New]

// Catalog lists the policies.
var Catalog = Table{
	Family: "replacement",
	Rows: []Row{
		{Name: "lru", Doc: "least recently used", New: newLRU},
		{Name: "random", Doc: "a random way, from a seeded xorshift generator (Marsaglia, Journal of Statistical Software 8(14), 2003)", New: newRandom},
		{
			Name: "srrip",
			Doc:  "static re-reference interval prediction with hit priority (Jaleel et al., ISCA 2010)",
			Params: []catalog.Param{
				{Name: "bits", Doc: "bits of the re-reference prediction value", Kind: catalog.Int, Default: "2", Min: 1, Max: 7},
			},
			New: newSRRIP,
		},
	},
}

// Package replacement holds the policies that choose which line of a set gives
// way to a new one.
//
// A policy sees the hits and fills of one cache and answers with a way. It
// knows neither addresses nor threads' identities beyond what Access carries.
// It is asked for a victim among the ways that the thread may fill, all of
// them unless the cache is partitioned, and never while one of these is
// invalid: the cache fills those first, lowest way first. A policy of the
// reader's own is a type with these four methods and a Row.
//
// The models leave out bypassing (every line that is fetched is put in) and
// what invalidation could tell a policy: a way that inclusion has emptied
// keeps its state until it is filled again, which is before it can be asked
// about.
package replacement

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Access is what a policy may learn about the access that touches or fills a
// line.
type Access struct {
	PC     isa.Addr // of the instruction; 0 when it is not known
	Thread isa.Context
	Cause  Cause
}

// Cause is what an access is made for.
type Cause uint8

const (
	Demand    Cause = iota // the core or the walker asks for the line
	Writeback              // the level above has given it up
	Prefetch               // a prefetcher has proposed it
)

// Ways is a range of ways: First and what follows up to End, which is not in it.
type Ways struct{ First, End int }

// Policy keeps the replacement state of one cache.
type Policy interface {
	// Hit tells that way of set was accessed.
	Hit(set, way int, a Access)
	// Fill tells that a new line was put into way of set.
	Fill(set, way int, a Access)
	// Victim chooses the way that a new line replaces; it is one of among, all
	// of which are valid.
	Victim(set int, among Ways, a Access) int
	// Storage is what its state costs.
	Storage() Storage
}

// Geometry is the cache that a policy is made for.
type Geometry struct {
	Sets, Ways int
	Contexts   int    // threads that share it
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
		{Name: "plru", Doc: "pseudo least recently used: a binary tree of bits that point away from what was used (So and Rechtschaffen, IEEE Transactions on Computers 37(6), 1988)", New: newPLRU},
		{Name: "random", Doc: "a random way, from a seeded xorshift generator (Marsaglia, Journal of Statistical Software 8(14), 2003)", New: newRandom},
		{
			Name:   "srrip",
			Doc:    "static re-reference interval prediction with hit priority (Jaleel et al., ISCA 2010)",
			Params: []catalog.Param{rrpvBits},
			New:    newSRRIP,
		},
		{
			Name:   "brrip",
			Doc:    "bimodal re-reference interval prediction: most new lines leave first, so a working set larger than the cache keeps a part of itself (Jaleel et al., ISCA 2010)",
			Params: []catalog.Param{rrpvBits, longEvery},
			New:    newBRRIP,
		},
		{
			Name: "drrip",
			Doc:  "dynamic re-reference interval prediction: leader sets duel over SRRIP or BRRIP for all others (Jaleel et al., ISCA 2010)",
			Params: []catalog.Param{
				rrpvBits, longEvery,
				{Name: "leaders", Doc: "leader sets of each of the two policies; at most a quarter of the sets", Kind: catalog.Int, Default: "32", Min: 1, Max: 1024},
				{Name: "by", Doc: "who duels: the cache as a whole, or each thread in leader sets of its own (thread-aware)", Kind: catalog.Choice, Default: "cache", Choices: []string{"cache", "thread"}},
			},
			New: newDRRIP,
		},
	},
}

// Package memdep decides which older stores of its thread a load waits for
// while their addresses are not known: memory disambiguation.
//
// A load that waits for none of them may read memory, or an older store's
// data, before a store to the same bytes has computed its address. The core
// finds that out when the store does, squashes the load and everything behind
// it, and tells the predictor about the pair (Predictor.Violated). How long to
// wait is the choice between needless waits and squashes.
//
// Policies know instructions by their addresses and stores in flight by an
// opaque handle. What a load or store accesses is never shown to them; only
// the core's oracle (WaitOracle) looks.
//
// What the package leaves out: prediction of which store a load forwards from
// (memory bypassing, Moshovos and Sohi, MICRO 1997), values, and dependences
// between threads.
package memdep

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Wait is what a load waits for before it may issue.
type Wait uint8

const (
	// WaitAll: the addresses of all older stores of its thread.
	WaitAll Wait = iota
	// WaitNone: nothing.
	WaitNone
	// WaitPredicted: the address of the store that the predictor names.
	WaitPredicted
	// WaitOracle: the address of the youngest older store that really has a
	// byte of it.
	WaitOracle
)

// Store is a handle of a store in flight. No two stores of a run have the
// same; 0 is none.
type Store uint64

// Predictor names the store that a load, or another store, waits for. The core
// calls it for each load and store when it is renamed, in program order of its
// thread, on wrong paths and after a squash too.
type Predictor interface {
	// Load returns the store that the load at pc waits for. The core takes
	// the wait for over when the store's address is known or the store gone.
	Load(now isa.Cycle, ctx isa.Context, pc isa.Addr) Store
	// Store tells of a store at pc, and returns one that it waits for itself.
	Store(now isa.Cycle, ctx isa.Context, pc isa.Addr, self Store) Store
	// Known tells that the store's address has been computed.
	Known(now isa.Cycle, ctx isa.Context, pc isa.Addr, self Store)
	// Violated tells that the load had read before the store, which is older,
	// computed the address of the same bytes.
	Violated(now isa.Cycle, ctx isa.Context, load, store isa.Addr)
}

// Policy is one way to disambiguate.
type Policy struct {
	Wait      Wait
	Predictor Predictor // with WaitPredicted

	build func() Predictor // nil without one
}

// Speculative reports whether loads can issue before the addresses of older
// stores are known.
func (p *Policy) Speculative() bool { return p.Wait != WaitAll }

// New is a policy for a number of hardware contexts, whose predictor is not
// built yet: a configuration can be checked for less.
type New func(args catalog.Args, contexts int) (Policy, error)

// Row is one policy of the catalog.
type Row = catalog.Row[New]

// Table is an ordered list of policies.
type Table = catalog.Table[New]

// Default is what an empty name means.
const Default = "conservative"

// Catalog lists the policies.
var Catalog = Table{Family: "disambiguation", Rows: []Row{
	{
		Name: Default,
		Doc:  "a load waits for the addresses of all older stores of its thread: no speculation, no violations",
		New:  waits(WaitAll),
	},
	{
		Name: "naive",
		Doc:  "a load waits for no store (naive speculation of Moshovos et al., ISCA 1997)",
		New:  waits(WaitNone),
	},
	{
		Name: "store-sets",
		Doc:  "a load waits for the last store of its store set, learned from violations (Chrysos and Emer, ISCA 1998)",
		Params: []catalog.Param{
			{Name: "ssit", Doc: "entries of the store set identifier table, a power of two", Kind: catalog.Int, Default: "4096", Min: 1, Max: 1 << 20},
			{Name: "lfst", Doc: "entries of the last fetched store table, a power of two: the number of store sets", Kind: catalog.Int, Default: "128", Min: 1, Max: 1 << 16},
			{Name: "clear", Doc: "cycles between two clearings of the store sets; 0: they are never cleared", Kind: catalog.Int, Default: "1000000", Min: 0, Max: 1 << 40},
			{Name: "tables", Doc: "shared: threads share entries; tagged: an entry belongs to the thread that made it; split: an equal part each", Kind: catalog.Choice, Default: sharedTables, Choices: []string{sharedTables, taggedTables, splitTables}},
		},
		New: newStoreSets,
	},
	{
		Name: "perfect",
		Doc:  "a load waits for the youngest older store that has a byte of it: an oracle that knows addresses before they are computed, to compare predictors with",
		New:  waits(WaitOracle),
	},
}}

// Parse is Catalog.Parse with the meaning of the empty name.
func Parse(spec string) (Row, catalog.Args, error) {
	if spec == "" {
		spec = Default
	}
	return Catalog.Parse(spec)
}

// Build makes the policy that spec names for a number of hardware contexts.
func Build(spec string, contexts int) (Policy, error) {
	row, args, err := Parse(spec)
	if err != nil {
		return Policy{}, err
	}
	p, err := row.New(args, contexts)
	if err == nil && p.build != nil {
		p.Predictor = p.build()
	}
	return p, err
}

// Check reports why Build could not make a policy.
func Check(spec string, contexts int) error {
	row, args, err := Parse(spec)
	if err == nil {
		_, err = row.New(args, contexts)
	}
	return err
}

// waits is the constructor of a policy without state.
func waits(w Wait) New {
	return func(catalog.Args, int) (Policy, error) { return Policy{Wait: w}, nil }
}

package bpred

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Direction predicts whether conditional branches are taken. The unit keeps
// the global history and hands the one that a prediction was made with to
// Train, so a direction predictor holds tables only.
type Direction interface {
	// Predict answers for the branch at pc after history (youngest outcome in
	// bit 0, 1 is taken) and may leave a note for its training.
	Predict(pc isa.Addr, history uint64) (taken bool, meta uint16)
	// Train is called once, at commit, with what Predict was called with and
	// returned.
	Train(pc isa.Addr, history uint64, meta uint16, taken bool)
}

// NewDirection builds a direction predictor from its arguments.
type NewDirection func(catalog.Args) (Direction, error)

// Row is one direction predictor of the catalog.
type Row = catalog.Row[NewDirection]

// Table is an ordered list of direction predictors.
type Table = catalog.Table[NewDirection]

// Catalog lists the direction predictors.
var Catalog = Table{Family: "predictor", Rows: []Row{
	{
		Name: "taken",
		Doc:  "always taken: no table (the static scheme of Smith, ISCA 1981)",
		New:  func(catalog.Args) (Direction, error) { return alwaysTaken{}, nil },
	},
	{
		Name:   "bimodal",
		Doc:    "2-bit counters by address (Smith, ISCA 1981)",
		Params: []catalog.Param{bitsParam("14")},
		New:    newBimodal,
	},
	{
		Name:   "gshare",
		Doc:    "2-bit counters by address xor global history (McFarling, WRL TN-36, 1993)",
		Params: []catalog.Param{bitsParam("16"), historyParam("12", 22)},
		New:    newGshare,
	},
	{
		Name:   "tournament",
		Doc:    "bimodal and gshare with a chooser by address (McFarling, WRL TN-36, 1993)",
		Params: []catalog.Param{bitsParam("15"), historyParam("15", 22)},
		New:    newTournament,
	},
}}

func bitsParam(def string) catalog.Param {
	return catalog.Param{Name: "bits", Doc: "logarithm of the entries of each table", Kind: catalog.Int, Default: def, Min: 1, Max: 22}
}

func historyParam(def string, most int64) catalog.Param {
	return catalog.Param{Name: "history", Doc: "outcomes of earlier branches that take part", Kind: catalog.Int, Default: def, Min: 0, Max: most}
}

// counters are 2-bit saturating counters: 0 and 1 predict not taken, 2 and 3
// taken. One byte each: host memory is not what is modelled.
type counters []uint8

// newCounters starts every counter at weakly not taken.
func newCounters(bits int) counters {
	c := make(counters, 1<<bits)
	for i := range c {
		c[i] = 1
	}
	return c
}

func (c counters) taken(i uint64) bool { return c[i] >= 2 }

func (c counters) train(i uint64, taken bool) {
	switch n := c[i]; {
	case taken && n < 3:
		c[i] = n + 1
	case !taken && n > 0:
		c[i] = n - 1
	}
}

// pcBits drops the bit that is 0 in every RISC-V instruction address.
func pcBits(pc isa.Addr) uint64 { return uint64(pc) >> 1 }

// alwaysTaken is the baseline without a table.
type alwaysTaken struct{}

var _ Direction = alwaysTaken{}

func (alwaysTaken) Predict(isa.Addr, uint64) (bool, uint16) { return true, 0 }
func (alwaysTaken) Train(isa.Addr, uint64, uint16, bool)    {}

func checkHistory(a catalog.Args) error {
	if h, b := a.Int("history"), a.Int("bits"); h > b {
		return fmt.Errorf("%s: history=%d is more than the bits=%d of the index", a.Name, h, b)
	}
	return nil
}

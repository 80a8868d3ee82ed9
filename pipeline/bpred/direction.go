package bpred

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Direction predicts whether conditional branches are taken. The unit keeps
// the last 64 outcomes of each context and hands those that a prediction was
// made with to Train, so a predictor that makes do with them holds tables
// only. One that needs more is a Follower as well.
type Direction interface {
	// Predict answers for the branch at pc of context t after history
	// (youngest outcome in bit 0, 1 is taken) and may leave a note for its
	// training. It changes nothing that a later call could notice.
	Predict(t isa.Context, pc isa.Addr, history uint64) (taken bool, note uint16)
	// Train is called once, at commit, with what Predict was called with and
	// returned, and where the branch went.
	Train(t isa.Context, pc isa.Addr, history uint64, note uint16, taken bool)
	// Storage is what the predictor costs.
	Storage() Storage
}

// NewDirection builds a direction predictor from its arguments.
type NewDirection func(catalog.Args, Shape) (Direction, error)

// Row is one direction predictor of the catalog.
type Row = catalog.Row[NewDirection]

// Table is an ordered list of direction predictors.
type Table = catalog.Table[NewDirection]

// Catalog lists the direction predictors.
var Catalog = Table{Family: "predictor", Rows: []Row{
	{
		Name: "taken",
		Doc:  "always taken: no table (the static scheme of Smith, ISCA 1981)",
		New:  func(catalog.Args, Shape) (Direction, error) { return alwaysTaken{}, nil },
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
	{
		Name: "perceptron",
		Doc:  "a weight for each outcome of the global history, by address (Jiménez and Lin, HPCA 2001)",
		Params: []catalog.Param{
			{Name: "bits", Doc: "logarithm of the number of perceptrons", Kind: catalog.Int, Default: "10", Min: 0, Max: 16},
			historyParam("62", 64),
		},
		New: newPerceptron,
	},
	{
		Name: "tage",
		Doc:  "tagged tables with geometric history lengths over a bimodal one (Seznec and Michaud, JILP 2006)",
		Params: []catalog.Param{
			{Name: "tables", Doc: "tagged tables", Kind: catalog.Int, Default: "12", Min: 1, Max: maxTageTables},
			{Name: "bits", Doc: "logarithm of the entries of each tagged table", Kind: catalog.Int, Default: "11", Min: 4, Max: 16},
			{Name: "base", Doc: "logarithm of the counters of the bimodal table", Kind: catalog.Int, Default: "14", Min: 1, Max: 22},
			{Name: "tag", Doc: "width of the first table's tags; every second table has one bit more, up to 15", Kind: catalog.Int, Default: "8", Min: 5, Max: 15},
			{Name: "min", Doc: "transfers in the history of the first table", Kind: catalog.Int, Default: "4", Min: 1, Max: 64},
			{Name: "max", Doc: "transfers in the history of the last table", Kind: catalog.Int, Default: "640", Min: 1, Max: 4096},
		},
		New: newTageRow,
	},
	{
		Name: "tage-sc-l",
		Doc:  "TAGE with a statistical corrector and a loop predictor, as in the championship (Seznec, CBP-5, 2016)",
		Params: []catalog.Param{
			{Name: "size", Doc: "budget in KB", Kind: catalog.Choice, Default: "64", Choices: []string{"8", "64"}},
		},
		New: newTageSCL,
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

func (c counters) storage() Storage { return Storage{Tables: 2 * uint64(len(c))} }

// saturate moves a signed counter of the given width towards taken or not.
func saturate(c int8, taken bool, width uint8) int8 {
	top := int8(1<<(width-1) - 1)
	switch {
	case taken && c < top:
		return c + 1
	case !taken && c > -top-1:
		return c - 1
	}
	return c
}

// strength is 1 for the two weakest values of a signed counter, 3 for the
// next, and so on.
func strength(c int8) int {
	return max(2*int(c)+1, -2*int(c)-1)
}

// pcBits drops the bit that is 0 in every RISC-V instruction address.
func pcBits(pc isa.Addr) uint64 { return uint64(pc) >> 1 }

// alwaysTaken is the baseline without a table.
type alwaysTaken struct{}

var _ Direction = alwaysTaken{}

func (alwaysTaken) Predict(isa.Context, isa.Addr, uint64) (bool, uint16) { return true, 0 }
func (alwaysTaken) Train(isa.Context, isa.Addr, uint64, uint16, bool)    {}
func (alwaysTaken) Storage() Storage                                     { return Storage{} }

func checkHistory(a catalog.Args) error {
	if h, b := a.Int("history"), a.Int("bits"); h > b {
		return fmt.Errorf("%s: history=%d is more than the bits=%d of the index", a.Name, h, b)
	}
	return nil
}

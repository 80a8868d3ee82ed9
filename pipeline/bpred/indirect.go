package bpred

import (
	"strconv"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// Indirect predicts the targets of indirect jumps and calls. The unit keeps a
// short hashed history of each context's indirect targets and hands the one
// that a prediction was made with to Train. A predictor that needs more of the
// path is a Follower as well.
type Indirect interface {
	// Predict answers for the transfer at pc of context t, false if it does
	// not know; then the branch target buffer's last target is taken. It
	// changes nothing that a later call could notice.
	Predict(t isa.Context, pc isa.Addr, targets uint32) (isa.Addr, bool)
	// Train is called once, at commit, with where the transfer went and
	// whether the last target, which the BTB has, was right.
	Train(t isa.Context, pc isa.Addr, targets uint32, target isa.Addr, easy bool)
	// Storage is what the predictor costs.
	Storage() Storage
}

// NewIndirect builds a predictor of indirect targets from its arguments.
type NewIndirect func(catalog.Args, Shape) (Indirect, error)

// IndirectRow is one predictor of indirect targets of the catalog.
type IndirectRow = catalog.Row[NewIndirect]

// IndirectCatalog lists the predictors of indirect targets.
var IndirectCatalog = catalog.Table[NewIndirect]{Family: "indirect predictor", Rows: []IndirectRow{
	{
		Name: "none",
		Doc:  "the branch target buffer's last target",
		New:  func(catalog.Args, Shape) (Indirect, error) { return lastTarget{}, nil },
	},
	{
		Name: "tagged",
		Doc:  "targets by address and recent indirect targets (Chang, Hao and Patt, ISCA 1997)",
		Params: []catalog.Param{
			{Name: "entries", Doc: "entries; a power of two", Kind: catalog.Int, Default: "2048", Min: 1, Max: maxTable},
		},
		New: newTargetCache,
	},
	{
		Name: "ittage",
		Doc:  "tagged tables of targets with geometric history lengths (Seznec, CBP-3, 2011)",
		Params: []catalog.Param{
			{Name: "tables", Doc: "tagged tables", Kind: catalog.Int, Default: "8", Min: 1, Max: maxTageTables},
			{Name: "bits", Doc: "logarithm of the entries of each tagged table", Kind: catalog.Int, Default: "9", Min: 4, Max: 16},
			{Name: "base", Doc: "logarithm of the entries of the table without tags", Kind: catalog.Int, Default: "10", Min: 1, Max: 16},
			{Name: "tag", Doc: "width of the tags", Kind: catalog.Int, Default: "11", Min: 6, Max: maxTagWidth},
			{Name: "min", Doc: "transfers in the history of the first table", Kind: catalog.Int, Default: "2", Min: 1, Max: 64},
			{Name: "max", Doc: "transfers in the history of the last table", Kind: catalog.Int, Default: "300", Min: 1, Max: 4096},
		},
		New: newITTAGE,
	},
}}

// IndirectSpec is a choice of IndirectCatalog. A number of entries is short for
// the tagged table of that size, and 0 for none, which is what the field was
// before there was a choice.
type IndirectSpec string

// UnmarshalText takes a choice or a number of entries.
func (s *IndirectSpec) UnmarshalText(text []byte) error {
	*s = IndirectSpec(text)
	return nil
}

// MarshalText is the canonical spelling: every parameter.
func (s IndirectSpec) MarshalText() ([]byte, error) {
	if _, args, err := IndirectCatalog.Parse(s.choice()); err == nil {
		return []byte(args.String()), nil
	}
	return []byte(s), nil // Validate reports it
}

// choice is s with numbers of entries written out.
func (s IndirectSpec) choice() string {
	switch n, err := strconv.ParseInt(string(s), 10, 64); {
	case s == "", err == nil && n == 0:
		return "none"
	case err == nil:
		return "tagged:entries=" + string(s)
	}
	return string(s)
}

// lastTarget leaves everything to the branch target buffer.
type lastTarget struct{}

var _ Indirect = lastTarget{}

func (lastTarget) Predict(isa.Context, isa.Addr, uint32) (isa.Addr, bool) { return 0, false }
func (lastTarget) Train(isa.Context, isa.Addr, uint32, isa.Addr, bool)    {}
func (lastTarget) Storage() Storage                                       { return Storage{} }

// fibonacci is 2^64 divided by the golden ratio, odd: Knuth's multiplicative
// hash, whose high bits depend on all lower ones.
const fibonacci = 0x9e3779b97f4a7c15

package bpred

import "github.com/threadmill-sim/threadmill/internal/valid"

// Spec configures the predictors of one core.
type Spec struct {
	Direction string  `toml:"direction" doc:"direction predictor of conditional branches, name:key=value,..."`
	BTB       BTBSpec `toml:"btb" doc:"branch target buffer, shared by the threads"`
	RAS       int     `toml:"ras" doc:"entries of the return address stack of each thread; 0: returns are predicted by the BTB"`
	Indirect  int     `toml:"indirect" doc:"entries of the indirect target table, shared by the threads; 0: indirect jumps are predicted by the BTB"`
}

// BTBSpec configures the branch target buffer.
type BTBSpec struct {
	Entries int `toml:"entries" doc:"entries; 0: none, every taken direct transfer is a misfetch"`
	Ways    int `toml:"ways" doc:"associativity; entries / ways is a power of two"`
}

// Bounds that keep a typing error from becoming gigabytes.
const (
	maxTable = 1 << 22
	maxWays  = 64
	maxRAS   = 4096
)

// Validate reports every field that cannot be built, each error starting with
// the field's path below path.
func (s *Spec) Validate(path string) []error {
	var v valid.Errors
	if row, args, err := Catalog.Parse(s.Direction); err != nil {
		v.Addf("%s.direction: %w", path, err)
	} else if _, err := row.New(args); err != nil {
		v.Addf("%s.direction: %w", path, err)
	}
	if v.Between(path+".btb.entries", s.BTB.Entries, 0, maxTable) && s.BTB.Entries > 0 &&
		v.Between(path+".btb.ways", s.BTB.Ways, 1, min(maxWays, s.BTB.Entries)) {
		if sets := s.BTB.Entries / s.BTB.Ways; sets*s.BTB.Ways != s.BTB.Entries || sets&(sets-1) != 0 {
			v.Addf("%s.btb: %d entries in sets of %d ways are not a power of two of sets", path, s.BTB.Entries, s.BTB.Ways)
		}
	}
	v.Between(path+".ras", s.RAS, 0, maxRAS)
	if v.Between(path+".indirect", s.Indirect, 0, maxTable) {
		v.PowerOfTwo(path+".indirect", s.Indirect)
	}
	return v.List()
}

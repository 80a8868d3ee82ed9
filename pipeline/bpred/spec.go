package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/valid"
)

// Spec configures the predictors of one core.
type Spec struct {
	Direction string       `toml:"direction" doc:"direction predictor of conditional branches, name:key=value,..."`
	BTB       BTBSpec      `toml:"btb" doc:"branch target buffer, the level that answers at once"`
	BTB2      BTB2Spec     `toml:"btb2" doc:"second level of the branch target buffer"`
	Discovery Discovery    `toml:"discovery" doc:"where a taken transfer is found out that the branch target buffer does not know: fetch (predecoded lines) or decode, where it is a misfetch even if its target is predicted otherwise"`
	RAS       int          `toml:"ras" doc:"entries of the return address stack of each thread; 0: returns are predicted by the BTB"`
	RASRepair Repair       `toml:"ras-repair" doc:"what a misprediction restores of the return stack: none, top (its index), entry (and the entry there) or full"`
	Indirect  IndirectSpec `toml:"indirect" doc:"predictor of indirect targets, name:key=value,...; a number is the entries of a tagged table; none or 0: indirect jumps are predicted by the BTB"`
	Sharing   SharingSpec  `toml:"sharing" doc:"how the threads use the predictors' tables"`
}

// BTBSpec configures the first level of the branch target buffer.
type BTBSpec struct {
	Entries int `toml:"entries" doc:"entries; 0: none, every taken direct transfer is a misfetch"`
	Ways    int `toml:"ways" doc:"associativity; entries / ways is a power of two"`
}

// BTB2Spec configures the second level of the branch target buffer.
type BTB2Spec struct {
	Entries int `toml:"entries" doc:"entries; 0: none"`
	Ways    int `toml:"ways" doc:"associativity; entries / ways is a power of two"`
	Bubble  int `toml:"bubble" doc:"cycles without fetch when the first level does not know a taken transfer and this one does"`
}

// SharingSpec says how threads use the tables.
type SharingSpec struct {
	Direction Sharing `toml:"direction" doc:"tables of the direction predictor: shared, tagged (the thread takes part in index and tag) or split"`
	BTB       Sharing `toml:"btb" doc:"branch target buffer: shared, tagged (an entry serves the thread that wrote it) or split"`
	Indirect  Sharing `toml:"indirect" doc:"indirect targets: shared, tagged or split"`
	RAS       Sharing `toml:"ras" doc:"return stack: per-thread, or one that is shared"`
}

// Discovery is where control transfers are recognised.
type Discovery string

const (
	// DiscoverAtFetch recognises every transfer at fetch.
	DiscoverAtFetch Discovery = "fetch"
	// DiscoverAtDecode recognises at fetch what the branch target buffer knows.
	DiscoverAtDecode Discovery = "decode"
)

// Bounds that keep a typing error from becoming gigabytes.
const (
	maxTable  = 1 << 22
	maxWays   = 64
	maxRAS    = 4096
	maxBubble = 64
)

// withDefaults is the specification with what may be left empty filled in.
func (s Spec) withDefaults() Spec {
	def := func(p *Sharing, v Sharing) {
		if *p == "" {
			*p = v
		}
	}
	def(&s.Sharing.Direction, Shared)
	def(&s.Sharing.BTB, Tagged)
	def(&s.Sharing.Indirect, Tagged)
	def(&s.Sharing.RAS, PerThread)
	if s.Discovery == "" {
		s.Discovery = DiscoverAtFetch
	}
	if s.RASRepair == "" {
		s.RASRepair = RepairEntry
	}
	return s
}

// Validate reports every field that cannot be built for a core of so many
// contexts, each error starting with the field's path below path.
func (s *Spec) Validate(path string, contexts int) []error {
	full := s.withDefaults()
	var v valid.Errors
	oneOf(&v, path+".sharing.direction", full.Sharing.Direction, Shared, Tagged, Split)
	oneOf(&v, path+".sharing.btb", full.Sharing.BTB, Shared, Tagged, Split)
	oneOf(&v, path+".sharing.indirect", full.Sharing.Indirect, Shared, Tagged, Split)
	oneOf(&v, path+".sharing.ras", full.Sharing.RAS, PerThread, Shared)
	oneOf(&v, path+".discovery", full.Discovery, DiscoverAtFetch, DiscoverAtDecode)
	oneOf(&v, path+".ras-repair", full.RASRepair, RepairNone, RepairTop, RepairEntry, RepairFull)
	if _, err := full.direction(contexts, 1); err != nil {
		v.Addf("%s.direction: %w", path, err)
	}
	if _, err := full.indirect(contexts, 1); err != nil {
		v.Addf("%s.indirect: %w", path, err)
	}
	full.validateBTB(&v, path+".btb", s.BTB.Entries, s.BTB.Ways, contexts)
	full.validateBTB(&v, path+".btb2", s.BTB2.Entries, s.BTB2.Ways, contexts)
	v.Between(path+".btb2.bubble", s.BTB2.Bubble, 0, maxBubble)
	v.Between(path+".ras", s.RAS, 0, maxRAS)
	return v.List()
}

func oneOf[T ~string](v *valid.Errors, path string, is T, known ...T) {
	var names []string
	for _, k := range known {
		if is == k {
			return
		}
		names = append(names, string(k))
	}
	v.Addf("%s: %w", path, catalog.Unknown("value", string(is), names))
}

func (s *Spec) validateBTB(v *valid.Errors, path string, entries, ways, contexts int) {
	if !v.Between(path+".entries", entries, 0, maxTable) || entries == 0 ||
		!v.Between(path+".ways", ways, 1, min(maxWays, entries)) {
		return
	}
	if sets := entries / ways; sets*ways != entries || sets&(sets-1) != 0 {
		v.Addf("%s: %d entries in sets of %d ways are not a power of two of sets", path, entries, ways)
	} else if s.Sharing.BTB == Split && sets < 1<<log2Ceil(contexts) {
		v.Addf("%s: %d sets cannot be split among %d threads", path, sets, contexts)
	}
}

// direction builds the direction predictor.
func (s *Spec) direction(contexts, inFlight int) (Direction, error) {
	row, args, err := Catalog.Parse(s.Direction)
	if err != nil {
		return nil, err
	}
	return row.New(args, Shape{Contexts: contexts, InFlight: inFlight, Sharing: s.Sharing.Direction})
}

// indirect builds the predictor of indirect targets.
func (s *Spec) indirect(contexts, inFlight int) (Indirect, error) {
	row, args, err := IndirectCatalog.Parse(s.Indirect.choice())
	if err != nil {
		return nil, err
	}
	return row.New(args, Shape{Contexts: contexts, InFlight: inFlight, Sharing: s.Sharing.Indirect})
}

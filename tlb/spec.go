package tlb

import "github.com/threadmill-sim/threadmill/internal/valid"

// Spec is the configuration of address translation. It does not change after
// New. Replacement is least recently used everywhere.
type Spec struct {
	I      FirstLevel  `toml:"i" doc:"instruction TLB, shared by all threads"`
	D      FirstLevel  `toml:"d" doc:"data TLB, shared by all threads"`
	L2     SecondLevel `toml:"l2" doc:"second-level TLB for instructions and data; 0 entries: none"`
	Walker Walker      `toml:"walker" doc:"page-table walker"`
}

// FirstLevel is a TLB that is looked up beside the level-one cache.
type FirstLevel struct {
	Entries int `toml:"entries" doc:"translations of 4 KiB pages"`
	Ways    int `toml:"ways" doc:"entries of a set; equal to entries: fully associative"`
	Misses  int `toml:"misses" doc:"pages whose translation can be outstanding"`
}

// SecondLevel is the TLB behind the first-level ones.
type SecondLevel struct {
	Entries int `toml:"entries" doc:"translations of 4 KiB pages; 0: no second level"`
	Ways    int `toml:"ways" doc:"entries of a set; equal to entries: fully associative"`
	Latency int `toml:"latency" doc:"cycles from the request to the translation when it misses the first level and hits here"`
}

// Walker reads page tables.
type Walker struct {
	Walks int `toml:"walks" doc:"walks at a time; further ones queue"`
}

const (
	maxEntries = 1 << 20
	maxMisses  = 4096
	maxLatency = 100000
)

// Validate reports every field that cannot be built, each error starting with
// the field's path below path.
func (s *Spec) Validate(path string) []error {
	v := validator{}
	v.array(path+".i", s.I.Entries, s.I.Ways)
	v.Between(path+".i.misses", s.I.Misses, 1, maxMisses)
	v.array(path+".d", s.D.Entries, s.D.Ways)
	v.Between(path+".d.misses", s.D.Misses, 1, maxMisses)
	if s.L2.Entries == 0 {
		v.zero(path+".l2.ways", s.L2.Ways)
		v.zero(path+".l2.latency", s.L2.Latency)
	} else {
		v.array(path+".l2", s.L2.Entries, s.L2.Ways)
		v.Between(path+".l2.latency", s.L2.Latency, 1, maxLatency)
	}
	v.Between(path+".walker.walks", s.Walker.Walks, 1, maxMisses)
	return v.List()
}

type validator struct{ valid.Errors }

func (v *validator) zero(path string, n int) {
	if n != 0 {
		v.Addf("%s: %d means nothing without entries", path, n)
	}
}

func (v *validator) array(path string, entries, ways int) {
	ok := v.Between(path+".entries", entries, 1, maxEntries)
	if v.Between(path+".ways", ways, 1, maxEntries) && ok && entries%ways != 0 {
		v.Addf("%s.entries: %d is not a multiple of %d ways", path, entries, ways)
	}
}

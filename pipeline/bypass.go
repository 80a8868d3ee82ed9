package pipeline

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/valid"
	"github.com/threadmill-sim/threadmill/isa"
)

// A result reaches the instructions that wait for it by bypass, at the end of
// its latency, or from the register file, so many cycles later. Which results
// are bypassed is said by unit class. What the model leaves out: a bypass that
// reaches some units and not others, and the ports of the register file.

// The bypass of all results and of none.
const (
	FullBypass = "full"
	NoBypass   = "none"
)

// BypassSpec configures how results reach their consumers.
type BypassSpec struct {
	Results   string `toml:"results" doc:"unit classes whose results are bypassed, such as int-alu+load; full: all; none; empty: full"`
	WriteBack int    `toml:"write-back" doc:"cycles until a result that is not bypassed can be read from the register file, beyond its latency; it commits no earlier"`
}

func (s *BypassSpec) validate(v *valid.Errors, path string) {
	if _, err := s.delays(); err != nil {
		v.Addf("%s.results: %w", path, err)
	}
	if v.Between(path+".write-back", s.WriteBack, 0, 64) && s.WriteBack == 0 && s.Results != "" && s.Results != FullBypass {
		v.Addf("%s.write-back: 0 is a bypass; results that are not bypassed (results = %q) come at least a cycle later", path, s.Results)
	}
}

// delays are the cycles that the results of each unit class come later than at
// the end of their latency. Stores have none.
func (s *BypassSpec) delays() (delays [numUnits]isa.Cycle, err error) {
	if s.Results == "" || s.Results == FullBypass {
		return delays, nil
	}
	rows := new(UnitsSpec).rows()
	bypassed := [numUnits]bool{storeUnit: true}
	names := strings.Split(s.Results, "+")
	if s.Results == NoBypass {
		names = nil
	}
next:
	for _, name := range names {
		var known []string
		for unit := range rows {
			if unit == storeUnit {
				continue
			}
			if rows[unit].name == name {
				bypassed[unit] = true
				continue next
			}
			known = append(known, rows[unit].name)
		}
		return delays, fmt.Errorf("%q has a result of none of %s; or %s, or %s", name, strings.Join(known, ", "), FullBypass, NoBypass)
	}
	for unit := range delays {
		if !bypassed[unit] {
			delays[unit] = isa.Cycle(s.WriteBack)
		}
	}
	return delays, nil
}

package summary

import (
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Effect is how a metric depends on one factor, everything else averaged out
// (a main effect).
type Effect struct {
	Factor string
	Levels []Level
	// Range is the greatest mean of a level over the least, minus 1; undefined
	// when they are not above 0.
	Range results.Number
	// Blocks are the combinations of everything else, mix and seed included, in
	// which every level was run: the means are over these. Left are those in
	// which some level is missing.
	Blocks, Left int
}

// Level is one value of a factor.
type Level struct {
	Value string
	Mean  results.Number
}

// Effects are the main effects of every factor of the set but mix, seed and
// contexts, the strongest first. A factor that varies only together with
// another one (linked axes, or a machine and its scheduler) has no complete
// block and is left out.
func Effects(s *results.Set, metric *results.Metric) (list []Effect) {
	factors := s.Factors()
	for _, f := range factors {
		switch f.Path {
		case results.FactorMix, results.FactorSeed, results.FactorContexts:
			continue
		}
		if e := effect(s, metric, f, factors); e.Blocks > 0 {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b Effect) int {
		switch {
		case a.Range.Defined() && (!b.Range.Defined() || a.Range > b.Range):
			return -1
		case b.Range.Defined() && (!a.Range.Defined() || a.Range < b.Range):
			return 1
		}
		return 0
	})
	return list
}

func effect(s *results.Set, metric *results.Metric, f results.Factor, all []results.Factor) Effect {
	blocks := make(map[string]map[string]results.Number)
	for _, r := range s.Runs {
		var rest strings.Builder
		for _, other := range all {
			// The number of contexts follows from machine and scheduler, or is the
			// same for all.
			if other.Path != f.Path && other.Path != results.FactorContexts {
				rest.WriteString(s.Value(r, other.Path))
				rest.WriteByte(0)
			}
		}
		v := metric.Of(r)
		if !v.Defined() {
			continue
		}
		if blocks[rest.String()] == nil {
			blocks[rest.String()] = make(map[string]results.Number)
		}
		blocks[rest.String()][s.Value(r, f.Path)] = v
	}
	e := Effect{Factor: f.Path, Range: results.Undefined}
	values := make(map[string][]results.Number)
	for _, name := range sortedKeys(blocks) { // sums do not depend on the order of a map
		block := blocks[name]
		if len(block) < len(f.Values) {
			e.Left++
			continue
		}
		e.Blocks++
		for level, v := range block {
			values[level] = append(values[level], v)
		}
	}
	if e.Blocks == 0 {
		return e
	}
	var least, most results.Number
	for i, level := range f.Values {
		m := Mean(values[level], metric.Mean)
		e.Levels = append(e.Levels, Level{level, m})
		if i == 0 {
			least, most = m, m
		}
		least, most = min(least, m), max(most, m)
	}
	if least > 0 {
		e.Range = most/least - 1
	}
	return e
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

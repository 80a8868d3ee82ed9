package summary

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Effect is how a metric depends on one factor, everything else averaged out
// (a main effect).
type Effect struct {
	// Factor is the path of the factor; those of several, joined with ", ", that
	// vary only together, as linked axes do, or each machine with a scheduler.
	Factor string
	Levels []Level // nil without a block
	// Range is the greatest mean of a level over the least, minus 1; undefined
	// when they are not above 0.
	Range results.Number
	// Blocks are the combinations of everything else, mix and seed included, in
	// which every level was measured, of the mixes that are compared at all if
	// there are such: the means are over these. Left are the others: when there
	// are any the design is incomplete, and when there are no Blocks it says
	// nothing of the factor.
	Blocks, Left int
}

// Level is one value of a factor.
type Level struct {
	Value string
	Mean  results.Number
}

// Effects are the main effects of every factor of the group but mix, seed and
// contexts, the strongest first, and last those that the design says nothing of.
func Effects(g *Group, metric *results.Metric) (list []Effect) {
	finished := *g.Set
	finished.Failed = nil // a value that none has finished with has no effect
	units, factors := blocking(&finished)
	mixes := NewTable(g, metric).Mixes
	for i := range factors {
		list = append(list, effect(g.Set, mixes, metric, i, factors, units))
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

// factor is factors of the set that vary only together.
type factor struct {
	paths  []string
	levels []string // in the order of the first one's values
}

// level is the factor's value in a run.
func (f *factor) level(s *results.Set, r *results.Record) string {
	values := make([]string, len(f.paths))
	for i, path := range f.paths {
		values[i] = s.Value(r, path)
	}
	return strings.Join(values, ", ")
}

// blocking divides the factors of a set into those whose effects are asked for
// and those that runs are repeated over. The number of contexts is neither: it
// follows from machine and scheduler, or is the same for all.
func blocking(s *results.Set) (units []string, factors []*factor) {
	partitions := make(map[string]*factor) // by how they divide the runs
	for _, f := range s.Factors() {
		switch f.Path {
		case results.FactorMix, results.FactorSeed:
			units = append(units, f.Path)
			continue
		case results.FactorContexts:
			continue
		}
		division := divide(s, f.Path)
		if together := partitions[division]; together != nil {
			together.paths = append(together.paths, f.Path)
			continue
		}
		partitions[division] = &factor{paths: []string{f.Path}, levels: f.Values}
		factors = append(factors, partitions[division])
	}
	for _, f := range factors {
		of := make(map[string]string) // by the first one's value
		for _, r := range s.Runs {
			of[s.Value(r, f.paths[0])] = f.level(s, r)
		}
		for i, v := range f.levels {
			f.levels[i] = of[v]
		}
	}
	return units, factors
}

// divide says which runs have the same value of a path: the same text for two
// paths when a value of the one goes with just one of the other.
func divide(s *results.Set, path string) string {
	number := make(map[string]int)
	var text strings.Builder
	for _, r := range s.Runs {
		v := s.Value(r, path)
		if _, ok := number[v]; !ok {
			number[v] = len(number)
		}
		fmt.Fprintf(&text, "%d ", number[v])
	}
	return text.String()
}

// effect is that of factors[which] over the mixes, over any when there are none.
func effect(s *results.Set, mixes []string, metric *results.Metric, which int, factors []*factor, units []string) Effect {
	f := factors[which]
	e := Effect{Factor: strings.Join(f.paths, ", "), Range: results.Undefined}
	blocks := make(map[string]map[string][]results.Number) // values by level
	compared := make(map[string]bool)
	for _, mix := range mixes {
		compared[mix] = true
	}
	for _, r := range s.Runs {
		var rest strings.Builder
		for i, other := range factors {
			if i != which {
				rest.WriteString(other.level(s, r) + "\x00")
			}
		}
		for _, path := range units {
			rest.WriteString(s.Value(r, path) + "\x00")
		}
		block := blocks[rest.String()]
		if block == nil {
			block = make(map[string][]results.Number)
			blocks[rest.String()] = block
		}
		v := metric.Of(r)
		if !v.Defined() || len(r.Unmeasured()) > 0 || len(mixes) > 0 && !compared[r.Mix()] {
			continue // the block lacks the level
		}
		level := f.level(s, r)
		block[level] = append(block[level], v)
	}
	values := make(map[string][]results.Number)
	for _, name := range slices.Sorted(maps.Keys(blocks)) { // sums do not depend on the order of a map
		block := blocks[name]
		if len(block) < len(f.levels) {
			e.Left++
			continue
		}
		e.Blocks++
		for level, v := range block {
			values[level] = append(values[level], Mean(v, metric.Mean))
		}
	}
	if e.Blocks > 0 {
		e.setLevels(f.levels, values, metric.Mean)
	}
	return e
}

// setLevels sets the means and their range.
func (e *Effect) setLevels(levels []string, values map[string][]results.Number, mean results.Mean) {
	least, most := results.Number(math.Inf(1)), results.Number(math.Inf(-1))
	for _, level := range levels {
		m := Mean(values[level], mean)
		e.Levels = append(e.Levels, Level{level, m})
		least, most = min(least, m), max(most, m)
	}
	if least > 0 {
		e.Range = most/least - 1
	}
}

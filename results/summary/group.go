package summary

import (
	"fmt"
	"maps"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// Group is runs of mixes of one number of programs, and the mixes over which
// their settings are compared: means over mixes of several numbers would say
// more about the mixes than about the settings.
//
// One rule holds for all means: they are over the mixes that were measured under
// every setting, so that they are comparable. A mix was measured under a setting
// when each of its runs measured all its programs. A setting under which no mix
// was is not compared, and what is said of it is undefined.
type Group struct {
	Set      *results.Set // runs of these mixes alone, finished and failed, and all solo runs
	Programs int
	Only     bool              // the set has no others
	Settings []results.Setting // in the order of the runs
	Mixes    []string          // that are compared, in natural order
	LeftOut  []LeftOut         // the other mixes
	// Undefined are the settings under which no mix was measured.
	Undefined []results.Setting
	Failed    []FailedSetting // of which there is no run
	Seeds     int

	runs map[key][]*results.Record
}

// LeftOut is a mix that is in no mean, and why.
type LeftOut struct {
	Mix     string
	Missing []results.Setting // without a finished run of it
	Partly  []results.Setting // under which nothing of a program was measured
	// Programs are those of which nothing was measured in some run.
	Programs []string
}

// FailedSetting is a setting of which all runs that have ended failed.
type FailedSetting struct {
	Setting results.Setting
	Runs    int
	Error   string // of the first
}

type key struct {
	setting results.Setting
	mix     string
}

// Groups are those of a set, by the number of programs, ascending.
func Groups(s *results.Set) (list []*Group) {
	of := make(map[int]*Group)
	for _, r := range s.Runs {
		n := len(r.Programs)
		if of[n] == nil {
			of[n] = &Group{Set: &results.Set{Planned: s.Planned, Configurations: s.Configurations, Baselines: s.Baselines}, Programs: n}
		}
		of[n].Set.Runs = append(of[n].Set.Runs, r)
	}
	for _, f := range s.Failed {
		if g := of[len(f.Programs)]; g != nil && !f.Solo {
			g.Set.Failed = append(g.Set.Failed, f)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(of)) {
		of[n].Only = len(of) == 1
		of[n].index()
		list = append(list, of[n])
	}
	return list
}

// index finds the mixes that are compared.
func (g *Group) index() {
	g.Settings = g.Set.Settings()
	g.runs = make(map[key][]*results.Record)
	unmeasured := make(map[key][]string) // programs
	seeds, mixes := make(map[uint64]bool), make(map[string]bool)
	for _, r := range g.Set.Runs {
		k := key{r.Setting(), r.Mix()}
		g.runs[k] = append(g.runs[k], r)
		unmeasured[k] = append(unmeasured[k], r.Unmeasured()...)
		seeds[r.Setup.Seed], mixes[k.mix] = true, true
	}
	for i := range g.Set.Failed {
		f := &g.Set.Failed[i]
		mixes[f.Mix()] = true
		k := f.Setting()
		if slices.Contains(g.Settings, k) {
			continue
		}
		at := slices.IndexFunc(g.Failed, func(o FailedSetting) bool { return o.Setting == k })
		if at < 0 {
			at = len(g.Failed)
			g.Failed = append(g.Failed, FailedSetting{Setting: k, Error: f.Error})
		}
		g.Failed[at].Runs++
	}
	g.Seeds = len(seeds)
	all := slices.SortedFunc(maps.Keys(mixes), results.Natural)
	for _, s := range g.Settings {
		if !slices.ContainsFunc(all, func(mix string) bool {
			k := key{s, mix}
			return len(g.runs[k]) > 0 && len(unmeasured[k]) == 0
		}) {
			g.Undefined = append(g.Undefined, s)
		}
	}
	for _, mix := range all {
		left := LeftOut{Mix: mix}
		for _, s := range g.Settings {
			k := key{s, mix}
			switch {
			case slices.Contains(g.Undefined, s):
			case len(g.runs[k]) == 0:
				left.Missing = append(left.Missing, s)
			case len(unmeasured[k]) > 0:
				left.Partly = append(left.Partly, s)
				left.Programs = append(left.Programs, unmeasured[k]...)
			}
		}
		if len(left.Missing)+len(left.Partly) > 0 || len(g.Undefined) == len(g.Settings) {
			slices.SortFunc(left.Programs, results.Natural)
			left.Programs = slices.Compact(left.Programs)
			g.LeftOut = append(g.LeftOut, left)
			continue
		}
		g.Mixes = append(g.Mixes, mix)
	}
}

// Runs are those of a mix under a setting, one for each seed.
func (g *Group) Runs(setting results.Setting, mix string) []*results.Record {
	return g.runs[key{setting, mix}]
}

// All is the number of mixes, compared or not.
func (g *Group) All() int { return len(g.Mixes) + len(g.LeftOut) }

// Table is a metric by setting and mix.
type Table struct {
	Metric   *results.Metric
	Settings []results.Setting
	// Mixes are those that means are over: of the mixes that the group compares
	// those with a value under every setting that has one at all.
	Mixes []string
	// Lacking are the others that the group compares, with the settings under which
	// they have no value, Missing.
	Lacking []LeftOut

	cells map[key]results.Number
}

// NewTable gathers a metric of the mixes that a group compares, each the mean
// over its seeds. What is undefined in one run of a mix is so for the mix.
func NewTable(g *Group, metric *results.Metric) *Table {
	t := &Table{Metric: metric, Settings: g.Settings, cells: make(map[key]results.Number)}
	has := make(map[results.Setting]bool)
	for _, mix := range g.Mixes {
		for _, s := range g.Settings {
			k := key{s, mix}
			values := make([]results.Number, len(g.runs[k]))
			for i, r := range g.runs[k] {
				values[i] = metric.Of(r)
			}
			if v := meanOfAll(values, metric.Mean); v.Defined() && !slices.Contains(g.Undefined, s) {
				t.cells[k], has[s] = v, true
			}
		}
	}
	for _, mix := range g.Mixes {
		var lacking []results.Setting
		for _, s := range g.Settings {
			if (has[s] || len(has) == 0) && !t.Of(s, mix).Defined() {
				lacking = append(lacking, s)
			}
		}
		if lacking == nil {
			t.Mixes = append(t.Mixes, mix)
			continue
		}
		t.Lacking = append(t.Lacking, LeftOut{Mix: mix, Missing: lacking})
	}
	return t
}

// meanOfAll is the mean of values, undefined when one of them is.
func meanOfAll(values []results.Number, mean results.Mean) results.Number {
	if slices.ContainsFunc(values, func(v results.Number) bool { return !v.Defined() }) {
		return results.Undefined
	}
	return Mean(values, mean)
}

// Of is the value of a mix under a setting; undefined when there is none.
func (t *Table) Of(setting results.Setting, mix string) results.Number {
	v, ok := t.cells[key{setting, mix}]
	if !ok {
		return results.Undefined
	}
	return v
}

// Values are those of the mixes under a setting: all defined, or none.
func (t *Table) Values(setting results.Setting) []results.Number {
	values := make([]results.Number, len(t.Mixes))
	for i, mix := range t.Mixes {
		values[i] = t.Of(setting, mix)
	}
	return values
}

// Mean is the mean over the mixes under a setting.
func (t *Table) Mean(setting results.Setting) results.Number {
	return meanOfAll(t.Values(setting), t.Metric.Mean)
}

// Estimate is the mean over the mixes under a setting, with its interval.
func (t *Table) Estimate(setting results.Setting) Estimate {
	return NewEstimate(t.Values(setting), t.Metric.Mean)
}

// CountMixes is so many mixes of all that there are: "1 mix", "4 of 5 mixes".
func CountMixes(n, all int) string {
	switch {
	case n < all:
		return fmt.Sprintf("%d of %d mixes", n, all)
	case n == 1:
		return "1 mix"
	}
	return fmt.Sprintf("%d mixes", n)
}

package plot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
)

// view is a set of runs as the figures want it.
type view struct {
	set     *results.Set
	options Options
	groups  []*group // by the number of programs, ascending
}

// group is the runs of mixes of one number of programs: means over mixes of
// several would say more about the mixes than about the settings.
type group struct {
	view     *view
	set      *results.Set // runs of the group alone
	programs int
	only     bool // all runs of the set are of this group
	settings []results.Setting
	labels   []string // of the settings
	runs     map[results.Setting]map[string][]*results.Record
	mixes    []string // measured under every setting, in the order of the runs
	allMixes int      // measured under any
	seeds    int
}

func newView(set *results.Set, options Options) *view {
	v := &view{set: set, options: options}
	byPrograms := map[int]*group{}
	for _, r := range set.Runs {
		n := len(r.Programs)
		g := byPrograms[n]
		if g == nil {
			g = &group{view: v, programs: n, set: &results.Set{Configurations: set.Configurations}}
			byPrograms[n] = g
			v.groups = append(v.groups, g)
		}
		g.set.Runs = append(g.set.Runs, r)
	}
	slices.SortFunc(v.groups, func(a, b *group) int { return a.programs - b.programs })
	for _, g := range v.groups {
		g.only = len(v.groups) == 1
		g.index()
	}
	return v
}

func (g *group) index() {
	g.settings = g.set.Settings()
	g.labels = g.set.SettingLabels(g.settings)
	g.runs = map[results.Setting]map[string][]*results.Record{}
	under := map[string]int{} // settings that a mix was measured under
	seeds := map[uint64]bool{}
	var order []string
	for _, r := range g.set.Runs {
		k, mix := r.Setting(), r.Mix()
		if g.runs[k] == nil {
			g.runs[k] = map[string][]*results.Record{}
		}
		if under[mix] == 0 {
			order = append(order, mix)
		}
		if g.runs[k][mix] == nil {
			under[mix]++
		}
		g.runs[k][mix] = append(g.runs[k][mix], r)
		seeds[r.Setup.Seed] = true
	}
	for _, mix := range order {
		if under[mix] == len(g.settings) {
			g.mixes = append(g.mixes, mix)
		}
	}
	g.allMixes, g.seeds = len(order), len(seeds)
}

// suffix tells the figures of groups apart.
func (g *group) suffix() string {
	if g.only {
		return ""
	}
	return fmt.Sprintf("-%d", g.programs)
}

// title is the given one with what tells the groups apart.
func (g *group) title(text string) string {
	if g.only {
		return text
	}
	return text + ", mixes of " + results.Counted(g.programs, "program")
}

// values are those of a number under a setting, one for each mix that every
// setting has: the mean over its seeds, undefined where one of them is.
func (g *group) values(k results.Setting, of func(*results.Record) results.Number, kind results.Mean) []results.Number {
	list := make([]results.Number, len(g.mixes))
	for i, mix := range g.mixes {
		var seeds []results.Number
		for _, r := range g.runs[k][mix] {
			seeds = append(seeds, of(r))
		}
		list[i] = mean(seeds, kind)
	}
	return list
}

// mean is that of the kind, undefined when one of the values is: settings are
// compared over the same mixes or not at all.
func mean(values []results.Number, kind results.Mean) results.Number {
	if slices.ContainsFunc(values, func(v results.Number) bool { return !v.Defined() }) {
		return results.Undefined
	}
	return summary.Mean(values, kind)
}

// bounds are those of the 95 % interval of the mean of defined values; lo = hi
// where there is none.
func bounds(values []results.Number, kind results.Mean) (lo, hi float64) {
	e := summary.NewEstimate(values, kind)
	if !e.Low.Defined() || !e.High.Defined() || e.High-e.Low < 1e-9*e.High { // of a constant
		return 0, 0
	}
	return float64(e.Low), float64(e.High)
}

// conditions says what numbers over some of the group's mixes are of; which is
// how these were chosen of those that every setting has.
func (g *group) conditions(mixes []string, which string) string {
	n := fmt.Sprintf("n = %d mixes of %s", len(mixes), results.Counted(g.programs, "program"))
	if len(mixes) == 1 {
		n = fmt.Sprintf("n = 1 mix, %s", mixes[0])
	}
	var chosen []string
	if len(mixes) < len(g.mixes) {
		chosen = append(chosen, which)
	}
	if g.allMixes > len(g.mixes) {
		chosen = append(chosen, "that were measured under every setting")
	}
	if chosen != nil {
		n += fmt.Sprintf(" (of %d, those %s)", g.allMixes, strings.Join(chosen, " and "))
	}
	return fmt.Sprintf("%s, %s; %s.", n, results.Counted(g.seeds, "seed"), measured(g.set.Runs))
}

// measured says on what and how long runs were, as far as it is one for all.
func measured(runs []*results.Record) string {
	all := func(of func(*results.Record) string) string {
		for _, r := range runs {
			if of(r) != of(runs[0]) {
				return ""
			}
		}
		return of(runs[0])
	}
	var parts []string
	for _, of := range []func(*results.Record) string{
		func(r *results.Record) string { return "machine " + r.Machine },
		func(r *results.Record) string { return fmt.Sprintf("issue width %d", r.Setup.Width) },
		func(r *results.Record) string {
			switch {
			case r.Setup.ROI:
				return "regions of interest"
			case r.Setup.Insts == 0:
				return "to the programs' ends"
			}
			return results.ShortNumber(r.Setup.Insts) + " instructions of each program"
		},
		func(r *results.Record) string { return "warm-up " + results.ShortNumber(r.Setup.Warmup) },
	} {
		if text := all(of); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// lacks is why groups have no figure of a kind.
type lacks struct {
	groups  []*group
	reasons []string // of the groups, in the same places
}

// add notes a reason, once for each group.
func (l *lacks) add(g *group, why string) {
	for i := range l.groups {
		if l.groups[i] == g && l.reasons[i] == why {
			return
		}
	}
	l.groups, l.reasons = append(l.groups, g), append(l.reasons, why)
}

// unless answers with the figures, and when there are none with the reasons: one
// that all have in common as it is, others with the group that each is of; none
// where no group has one.
func (l *lacks) unless(figures []*Figure, none string) ([]*Figure, string) {
	switch {
	case len(figures) > 0:
		return figures, ""
	case len(l.reasons) == 0:
		return nil, none
	case len(slices.Compact(slices.Clone(l.reasons))) == 1:
		return nil, l.reasons[0]
	}
	var list []string
	for i, why := range l.reasons {
		if g := l.groups[i]; !g.only {
			why = "mixes of " + results.Counted(g.programs, "program") + ": " + why
		}
		list = append(list, why)
	}
	return nil, strings.Join(list, "; ")
}

// finish names a figure of the group.
func (g *group) finish(f *Figure) *Figure {
	f.Name += g.suffix()
	f.Title = g.title(f.Title)
	if f.Conditions == "" {
		f.Conditions = g.conditions(g.mixes, "")
	}
	return f
}

// noMix is why a group of several settings has nothing to compare.
const noMix = "no mix was measured under every setting"

// noRuns is why a set without groups has no figure.
const noRuns = "there are no runs"

// family is settings that differ in the discipline alone.
type family struct {
	heading string   // "": none
	members []int    // into settings
	labels  []string // of the members
}

// families splits the settings, each family with a heading and short names; it
// is one without a heading where that would tell nothing.
func (g *group) families() []family {
	namesakes := map[results.Setting]int{}
	schedulers := map[string]bool{}
	for _, k := range g.settings {
		schedulers[k.Scheduler] = true
		k.Contexts = 0
		namesakes[k]++
	}
	contexts := false
	for _, n := range namesakes {
		contexts = contexts || n > 1
	}
	var outer []results.Setting
	families := map[results.Setting]*family{}
	for i, k := range g.settings {
		k.Scheduler = ""
		if !contexts {
			k.Contexts = 0
		}
		if families[k] == nil {
			families[k] = &family{}
			outer = append(outer, k)
		}
		families[k].members = append(families[k].members, i)
	}
	if len(outer) == 1 || len(schedulers) == 1 {
		one := family{}
		for i := range g.settings {
			one.members = append(one.members, i)
		}
		one.labels = g.labels
		return []family{one}
	}
	headings := g.outerLabels(outer)
	names := g.set.SchedulerLabels(g.settings)
	var list []family
	for i, k := range outer {
		f := families[k]
		f.heading = headings[i]
		for _, m := range f.members {
			f.labels = append(f.labels, names[g.settings[m].Scheduler])
		}
		list = append(list, *f)
	}
	return list
}

// outerLabels are the labels of settings whose discipline is left out.
func (g *group) outerLabels(settings []results.Setting) []string {
	same := &results.Set{Configurations: g.set.Configurations}
	for _, r := range g.set.Runs {
		without := *r
		without.Scheduler = ""
		same.Runs = append(same.Runs, &without)
	}
	return same.SettingLabels(settings)
}

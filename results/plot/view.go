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

// group is runs of mixes of one number of programs, with the names of their
// settings.
type group struct {
	*summary.Group
	view   *view
	labels []string // of the settings
}

func newView(set *results.Set, options Options) *view {
	v := &view{set: set, options: options}
	for _, g := range summary.Groups(set) {
		v.groups = append(v.groups, &group{g, v, g.Set.SettingLabels(g.Settings)})
	}
	return v
}

// suffix tells the figures of groups apart.
func (g *group) suffix() string {
	if g.Only {
		return ""
	}
	return fmt.Sprintf("-%d", g.Programs)
}

// title is the given one with what tells the groups apart.
func (g *group) title(text string) string {
	if g.Only {
		return text
	}
	return text + ", mixes of " + results.Counted(g.Programs, "program")
}

// table gathers a metric of the mixes that are compared.
func (g *group) table(m *results.Metric) *summary.Table { return summary.NewTable(g.Group, m) }

// bounds are those of the 95 % interval of a mean; lo = hi where there is none.
func bounds(e summary.Estimate) (lo, hi float64) {
	if !e.Low.Defined() || !e.High.Defined() || e.High-e.Low < 1e-9*e.High { // of a constant
		return 0, 0
	}
	return float64(e.Low), float64(e.High)
}

// conditions says what numbers over some of the group's mixes are of; which is
// how these were chosen of those that are compared.
func (g *group) conditions(mixes []string, which string) string {
	n := summary.CountMixes(len(mixes), g.All())
	if len(mixes) == 1 {
		n += ", " + mixes[0]
	} else {
		n += " of " + results.Counted(g.Programs, "program")
	}
	var chosen []string
	if len(mixes) < len(g.Mixes) {
		chosen = append(chosen, which)
	}
	if len(g.LeftOut) > 0 {
		chosen = append(chosen, "that were measured under every setting")
	}
	if chosen != nil {
		n += fmt.Sprintf(" (those %s)", strings.Join(chosen, " and "))
	}
	n += ", " + results.Counted(g.Seeds, "seed")
	if k := len(g.Failed); k > 0 {
		n += fmt.Sprintf("; without %s of which every run failed", results.Counted(k, "setting"))
	}
	return fmt.Sprintf("n = %s; %s.", n, measured(g.Set.Runs))
}

// valued is how mixes were chosen that a figure of some metrics is of.
const valued = "with a value under every setting"

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
		if g := l.groups[i]; !g.Only {
			why = "mixes of " + results.Counted(g.Programs, "program") + ": " + why
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
		f.Conditions = g.conditions(g.Mixes, "")
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
	for _, k := range g.Settings {
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
	for i, k := range g.Settings {
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
		for i := range g.Settings {
			one.members = append(one.members, i)
		}
		one.labels = g.labels
		return []family{one}
	}
	headings := g.outerLabels(outer)
	names := g.Set.SchedulerLabels(g.Settings)
	var list []family
	for i, k := range outer {
		f := families[k]
		f.heading = headings[i]
		for _, m := range f.members {
			f.labels = append(f.labels, names[g.Settings[m].Scheduler])
		}
		list = append(list, *f)
	}
	return list
}

// outerLabels are the labels of settings whose discipline is left out.
func (g *group) outerLabels(settings []results.Setting) []string {
	same := &results.Set{Configurations: g.Set.Configurations}
	for _, r := range g.Set.Runs {
		without := *r
		without.Scheduler = ""
		same.Runs = append(same.Runs, &without)
	}
	return same.SettingLabels(settings)
}

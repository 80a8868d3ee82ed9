// Package diff compares two runs, or two sets of runs, statistic by statistic.
//
// The runs of two sets are paired by what they are of: those of one key, then
// those that only the version of the model tells apart, then those with the
// same machine by name, values of the sets' axes, discipline, contexts,
// programs, limits and seed, whatever else of the configuration differs. What
// tells the two of a pair apart is listed. Where several runs fit none is
// chosen, and they count as being in one set only.
package diff

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Pair is a run in two sets.
type Pair struct {
	A, B *results.Record
	// Label says which run it is among those of its set.
	Label string
}

// Change is a statistic with its values in the two runs of a pair.
type Change struct {
	A, B results.Number
	// Run is the label of the pair.
	Run string
}

// Relative is (B − A) / |A|, infinite when A is 0.
func (c Change) Relative() float64 {
	return float64((c.B - c.A) / results.Number(math.Abs(float64(c.A))))
}

// compare orders changes, the relatively largest first, and of equal ones that
// which is larger.
func (c Change) compare(d Change) int {
	return cmp.Or(
		cmp.Compare(math.Abs(d.Relative()), math.Abs(c.Relative())),
		cmp.Compare(math.Abs(float64(d.B-d.A)), math.Abs(float64(c.B-c.A))))
}

// Statistic is what became of one statistic: a counter, or a measure that
// follows from them.
type Statistic struct {
	Name string
	Unit string // of a measure that has one; empty: none, or a counter
	// Runs is how many pairs it differs in, Largest its relatively largest
	// change.
	Runs    int
	Largest Change
	// Ratio is the geometric mean of B/A over the pairs where both are above
	// 0; undefined without one.
	Ratio results.Number

	logs  float64
	terms int
}

// Setting is something that tells the runs of pairs apart: a path of the
// configuration, or a name of what else was asked for.
type Setting struct {
	results.Difference
	Runs int // pairs
}

// One is a run that has no pair.
type One struct {
	Run   *results.Record
	Label string
}

// Result is what a comparison has found.
type Result struct {
	Pairs []Pair
	// Equal is how many of the pairs are equal in every statistic and in what
	// the programs wrote.
	Equal        int
	OnlyA, OnlyB []One
	Settings     []Setting
	// Statistics are those that differ, the relatively largest change first.
	Statistics []Statistic
	// OneSided are statistics that only one run of a pair has, in natural
	// order.
	OneSided []string
	// Outputs are the pairs whose programs wrote something else, or ended
	// otherwise.
	Outputs []Pair
	// Unknown is how many pairs differ in their configuration, of which one is
	// not known.
	Unknown int
}

// Sets compares the runs of two sets.
func Sets(a, b *results.Set) *Result {
	m := match(a, b)
	r := &Result{Pairs: m.pairs, OnlyA: ones(a, m.restA), OnlyB: ones(b, m.restB)}
	r.compare(a, b)
	return r
}

// Runs compares a run of a set with one of another, whatever they are of.
func Runs(a *results.Set, x *results.Record, b *results.Set, y *results.Record) *Result {
	r := &Result{Pairs: []Pair{{x, y, ""}}}
	r.compare(a, b)
	return r
}

func (r *Result) compare(a, b *results.Set) {
	statistics := make(map[string]*Statistic)
	settings := make(map[results.Difference]*Setting)
	oneSided := make(map[string]bool)
	for _, p := range r.Pairs {
		r.differences(settings, a, b, p)
		changed := false
		each(p, func(name, unit string, x, y results.Number) {
			if x.Defined() != y.Defined() {
				oneSided[name] = true
				return
			}
			if !x.Defined() {
				return
			}
			s := statistics[name]
			if s == nil {
				s = &Statistic{Name: name, Unit: unit}
				statistics[name] = s
			}
			changed = s.add(Change{x, y, p.Label}) || changed
		})
		if output := !sameOutput(p.A, p.B); output {
			r.Outputs = append(r.Outputs, p)
		} else if !changed {
			r.Equal++
		}
	}
	for _, s := range statistics {
		if s.Runs > 0 {
			s.Ratio = results.Undefined
			if s.terms > 0 {
				s.Ratio = results.Number(math.Exp(s.logs / float64(s.terms)))
			}
			r.Statistics = append(r.Statistics, *s)
		}
	}
	slices.SortFunc(r.Statistics, func(s, t Statistic) int {
		return cmp.Or(s.Largest.compare(t.Largest), results.Natural(s.Name, t.Name))
	})
	for _, s := range settings {
		r.Settings = append(r.Settings, *s)
	}
	slices.SortFunc(r.Settings, func(s, t Setting) int {
		return cmp.Or(results.Natural(s.Path, t.Path), results.Natural(s.A, t.A), results.Natural(s.B, t.B))
	})
	for name := range oneSided {
		r.OneSided = append(r.OneSided, name)
	}
	slices.SortFunc(r.OneSided, results.Natural)
}

// add counts the change of one pair and reports whether it is one.
func (s *Statistic) add(c Change) bool {
	if c.A > 0 && c.B > 0 {
		s.logs += math.Log(float64(c.B) / float64(c.A))
		s.terms++
	}
	if c.A == c.B {
		return false
	}
	if s.Runs == 0 || c.compare(s.Largest) < 0 {
		s.Largest = c
	}
	s.Runs++
	return true
}

// each calls f with everything that is measured of a pair.
func each(p Pair, f func(name, unit string, a, b results.Number)) {
	f("instructions", "instructions", results.Number(p.A.Instructions), results.Number(p.B.Instructions))
	f(cycles, "cycles", results.Number(p.A.Cycles), results.Number(p.B.Cycles))
	for i := range results.MetricTable {
		m := &results.MetricTable[i]
		f(m.Key, m.Unit, m.Of(p.A), m.Of(p.B))
	}
	for i := range min(len(p.A.Programs), len(p.B.Programs)) {
		name := fmt.Sprintf("program%d.", i)
		a, b := &p.A.Programs[i], &p.B.Programs[i]
		f(name+"instructions", "instructions", results.Number(a.Instructions), results.Number(b.Instructions))
		f(name+"cycles", "cycles", results.Number(a.Cycles), results.Number(b.Cycles))
		f(name+"ipc", "instructions/cycle", a.IPC(), b.IPC())
		f(name+"progress", "", progress(p.A, i), progress(p.B, i))
	}
	for name, x := range p.A.Stats.All() {
		if name == cycles {
			continue
		}
		y, ok := p.B.Stats.Lookup(name)
		if !ok {
			f(name, "", results.Number(x), results.Undefined)
			continue
		}
		f(name, "", results.Number(x), results.Number(y))
	}
	for name, y := range p.B.Stats.All() {
		if _, ok := p.A.Stats.Lookup(name); !ok && name != cycles {
			f(name, "", results.Undefined, results.Number(y))
		}
	}
}

// cycles is a counter, too, and the same.
const cycles = "cycles"

func progress(r *results.Record, i int) results.Number {
	if r.Metrics == nil || i >= len(r.Metrics.Progress) {
		return results.Undefined
	}
	return r.Metrics.Progress[i]
}

// sameOutput reports whether the programs wrote the same and ended alike.
func sameOutput(a, b *results.Record) bool {
	return slices.EqualFunc(a.Programs, b.Programs, func(p, q results.Program) bool {
		exit := func(code *int) string {
			if code == nil {
				return ""
			}
			return strconv.Itoa(*code)
		}
		return string(p.Stdout) == string(q.Stdout) && string(p.Stderr) == string(q.Stderr) &&
			exit(p.ExitCode) == exit(q.ExitCode) && p.Signal == q.Signal
	})
}

// differences counts what tells the runs of a pair apart.
func (r *Result) differences(found map[results.Difference]*Setting, a, b *results.Set, p Pair) {
	add := func(d results.Difference) {
		if found[d] == nil {
			found[d] = &Setting{Difference: d}
		}
		found[d].Runs++
	}
	x, y := properties(p.A), properties(p.B)
	for i := range x {
		if x[i].value != y[i].value {
			add(results.Difference{Path: x[i].name, A: x[i].value, B: y[i].value})
		}
	}
	if p.A.Mix() == p.B.Mix() {
		for i := range p.A.Programs {
			if d, e := p.A.Programs[i].Digest, p.B.Programs[i].Digest; d != e {
				add(results.Difference{Path: "digest of " + p.A.Programs[i].Workload, A: short(d), B: short(e)})
			}
		}
	}
	if p.A.Setup.Config == p.B.Setup.Config {
		return
	}
	c, d := a.Configuration(p.A), b.Configuration(p.B)
	if c == nil || d == nil {
		r.Unknown++
		return
	}
	for _, difference := range results.Differences(c, d) {
		// The machine's own discipline is that of no run but those that name
		// it, and they say so themselves.
		if difference.Path != results.FactorScheduler {
			add(difference)
		}
	}
}

// property is something that was asked of a run.
type property struct{ name, value string }

// properties are all but the configuration of the machine.
func properties(r *results.Record) []property {
	s := &r.Setup
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return append(limits(r),
		property{results.FactorMachine, r.Machine},
		property{results.FactorScheduler, r.Scheduler},
		property{results.FactorContexts, strconv.Itoa(s.Contexts)},
		property{results.FactorMix, r.Mix()},
		property{results.FactorSeed, number(s.Seed)},
		property{"model", s.Model},
		property{"interval", number(s.Interval)},
	)
}

// limits are how much of the programs was to be measured, and of what they saw.
func limits(r *results.Record) []property {
	s := &r.Setup
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return []property{
		{"fast_forward", number(s.FastForward)},
		{"roi", strconv.FormatBool(s.ROI)},
		{"warmup", number(s.Warmup)},
		{"insts", number(s.Insts)},
		{"until", s.Until},
		{"memory", number(s.Memory)},
		{"root", s.Root},
	}
}

// short is the beginning of a digest, enough to know it by.
func short(digest string) string { return digest[:min(8, len(digest))] }

// ones are runs of a set with their labels.
func ones(s *results.Set, list []*results.Record) (out []One) {
	label := labels(s)
	for _, r := range list {
		out = append(out, One{r, label(r)})
	}
	return out
}

// labels names the runs of a set as they differ from one another.
func labels(s *results.Set) func(*results.Record) string {
	settings := s.Settings()
	names := make(map[results.Setting]string, len(settings))
	for i, name := range s.SettingLabels(settings) {
		names[settings[i]] = name
	}
	seeds := slices.ContainsFunc(s.Runs, func(r *results.Record) bool { return r.Setup.Seed != s.Runs[0].Setup.Seed })
	return func(r *results.Record) string {
		parts := []string{names[r.Setting()], r.Mix()}
		if seeds {
			parts = append(parts, "seed "+strconv.FormatUint(r.Setup.Seed, 10))
		}
		return strings.Join(parts, ", ")
	}
}

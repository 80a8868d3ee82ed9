package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// matching pairs the runs of two sets.
type matching struct {
	pairs        []Pair
	restA, restB []*results.Record // without a pair, in the order of their sets
}

// match pairs runs by names of theirs that say less and less.
func match(a, b *results.Set) *matching {
	m := &matching{restA: slices.Clone(a.Runs), restB: slices.Clone(b.Runs)}
	axes := slices.Concat(a.Axes(), b.Axes())
	slices.SortFunc(axes, results.Natural)
	axes = slices.Compact(axes)
	label := labels(a)
	key := func(_ *results.Set, r *results.Record) string { return r.Key() }
	config := func(s *results.Set, r *results.Record) string {
		return r.Setup.Config + digests(r) + conditions(s, r, nil)
	}
	programs := func(s *results.Set, r *results.Record) string { return digests(r) + conditions(s, r, axes) }
	names := func(s *results.Set, r *results.Record) string { return conditions(s, r, axes) }
	for _, name := range []func(*results.Set, *results.Record) string{key, config, programs, names} {
		m.by(func(r *results.Record) string { return name(a, r) }, func(r *results.Record) string { return name(b, r) }, label)
	}
	place := make(map[*results.Record]int, len(a.Runs))
	for i, r := range a.Runs {
		place[r] = i
	}
	slices.SortFunc(m.pairs, func(p, q Pair) int { return place[p.A] - place[q.A] })
	return m
}

// by pairs those that are left and have a name that no other in their set has.
func (m *matching) by(nameA, nameB, label func(*results.Record) string) {
	inA, inB := unique(m.restA, nameA), unique(m.restB, nameB)
	paired := make(map[*results.Record]bool)
	for name, x := range inA {
		if y := inB[name]; x != nil && y != nil {
			m.pairs = append(m.pairs, Pair{x, y, label(x)})
			paired[x], paired[y] = true, true
		}
	}
	isPaired := func(r *results.Record) bool { return paired[r] }
	m.restA, m.restB = slices.DeleteFunc(m.restA, isPaired), slices.DeleteFunc(m.restB, isPaired)
}

// unique finds runs by name; nil where several have it.
func unique(list []*results.Record, name func(*results.Record) string) map[string]*results.Record {
	found := make(map[string]*results.Record, len(list))
	for _, r := range list {
		n := name(r)
		if _, taken := found[n]; taken {
			found[n] = nil
			continue
		}
		found[n] = r
	}
	return found
}

// conditions are what a run was under, as far as experiments name it.
func conditions(s *results.Set, r *results.Record, axes []string) string {
	parts := []string{r.Machine, r.Scheduler, strconv.Itoa(r.Setup.Contexts), r.Mix(), strconv.FormatUint(r.Setup.Seed, 10)}
	for _, l := range limits(r) {
		parts = append(parts, l.value)
	}
	for _, path := range axes {
		parts = append(parts, s.Value(r, path))
	}
	return strings.Join(parts, "\x00")
}

func digests(r *results.Record) string {
	parts := make([]string, len(r.Programs))
	for i := range r.Programs {
		parts[i] = r.Programs[i].Digest
	}
	return strings.Join(parts, "\x00") + "\x00"
}

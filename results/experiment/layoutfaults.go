package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// pointFault is something that cannot be simulated at a point.
type pointFault struct {
	point int
	text  string
	what  string // the same at another point, where the text may have other numbers
	ofMix bool
}

// unfit is what cannot be simulated in a plan that other things are wrong with:
// of its values and of its mixes, as asked.
func (l *Layout) unfit(ctx context.Context, ofValues, ofMixes bool) []error {
	if !ofValues && !ofMixes {
		return nil
	}
	faults, err := l.layOut(ctx)
	if err != nil {
		return []error{err}
	}
	return l.joined(slices.DeleteFunc(faults, func(f pointFault) bool {
		if f.ofMix {
			return !ofMixes
		}
		return !ofValues
	}))
}

// tooWide finds mixes that do not fit a number of contexts, which all
// disciplines but single have.
func (l *Layout) tooWide(c *machine.Config, contexts int) (faults []pointFault) {
	var names []string
	for i := range l.numSchedulers() {
		if spec := l.scheduler(i, c); !isSingle(spec) {
			names = append(names, spec)
		}
	}
	if names == nil || contexts < 1 {
		return nil
	}
	have := "has"
	if len(names) > 1 {
		have = "have"
	}
	for i := range l.Mixes {
		m := &l.Mixes[i]
		if len(m.Programs) <= contexts {
			continue
		}
		what := fmt.Sprintf("%s:%d: workloads: the %d programs of %s need as many hardware threads",
			l.File, m.Line, len(m.Programs), mixName(m.Programs))
		if m.drawn {
			what = fmt.Sprintf("%s:%d: %s: mixes of %d programs need as many hardware threads", l.File, m.Line, drawTable, len(m.Programs))
		}
		faults = append(faults, pointFault{
			text: fmt.Sprintf("%s, and %s %s %d", what, enumerated(names), have, contexts), what: what, ofMix: true,
		})
	}
	return faults
}

// enumerated is a list in words: a, b and c.
func enumerated(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// group is one fault at all the points where it is.
type group struct {
	text   string // that of the first
	points []int
}

// joined are the errors of faults in the order of their points: each thing once,
// with where it is.
func (l *Layout) joined(faults []pointFault) (errs []error) {
	const most = 20
	found := map[string]*group{}
	var order []*group
	for _, f := range faults {
		g := found[f.what]
		if g == nil {
			g = &group{text: f.text}
			found[f.what] = g
			order = append(order, g)
		}
		if n := len(g.points); n == 0 || g.points[n-1] != f.point {
			g.points = append(g.points, f.point)
		}
	}
	for i, g := range order {
		if i == most {
			errs = append(errs, fmt.Errorf("%s: and %d others", l.File, len(order)-most))
			break
		}
		errs = append(errs, errors.New(g.text+l.where(g.points)))
	}
	return errs
}

// where says at which points of the axes something is: those with the values
// that all of them share, or from the first of them on; nothing for all.
func (l *Layout) where(points []int) string {
	if len(points) == len(l.points) {
		return ""
	}
	shared, others := map[int]bool{}, 1
	first := l.digits(points[0])
	for axis := range first {
		if slices.ContainsFunc(points, func(p int) bool { return l.digits(p)[axis] != first[axis] }) {
			others *= len(l.Axes[axis].Values)
		} else {
			shared[axis] = true
		}
	}
	count := fmt.Sprintf("at %d of %d points", len(points), len(l.points))
	switch {
	case len(points) == 1:
		return fmt.Sprintf(" (with %s)", l.label(points[0]))
	case others == len(points):
		return fmt.Sprintf(" (with %s, %s)", l.labelBy(points[0], func(axis int) bool { return shared[axis] }), count)
	}
	return fmt.Sprintf(" (%s, first with %s)", count, l.label(points[0]))
}

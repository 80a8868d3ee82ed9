package experiment

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

// drawing is a rule by which mixes are made.
type drawing struct {
	line        int
	pairs       []string // two classes
	count, size uint64
	seed        uint64
	balanced    bool
	classes     []string
	from        []tomltree.Value
	input       string // size of the bundled workloads' input
	given       map[string]int
}

// drawKeys are those of a rule.
var drawKeys = []struct{ Name, Doc string }{
	{"pairs", "two classes: a mix of each workload of the first with each of the second"},
	{"count", "how many different random mixes"},
	{"size", "workloads of each of them, all different"},
	{"seed", "of the choice (1)"},
	{"balanced", "whether all classes have equally many places in the mixes (false)"},
	{"classes", "those that are drawn from (all)"},
	{"from", "list of workloads that are drawn from, in place of the bundled ones"},
	{"input", "test, small or ref: input of the bundled workloads (small)"},
}

// DrawHelp says what the keys of a rule for mixes mean, a line for each.
func DrawHelp() string {
	var b strings.Builder
	for _, k := range drawKeys {
		fmt.Fprintf(&b, "  %-14s%s\n", k.Name, k.Doc)
	}
	return b.String()
}

// draw makes the mixes of a rule.
func (r *planReader) draw(entries []tomltree.Entry) {
	before := len(r.faults)
	d := drawing{line: entries[0].Line, seed: 1, classes: suite.ClassNames(), given: map[string]int{}}
	for i := range entries {
		e := &entries[i]
		if e.Kind == tomltree.Header {
			if e.Path != drawTable {
				r.fail(e.Line, "%s: a rule has no tables", e.Path)
			}
			continue
		}
		e.Path = strings.TrimPrefix(e.Path, drawTable+".")
		d.given[e.Path] = e.Line
		if err := d.read(e); err != nil {
			r.fail(e.Line, "%s: %w", drawTable, err)
		}
	}
	if len(r.faults) > before {
		return
	}
	if err := d.check(); err != nil {
		r.fail(d.line, "%s: %w", drawTable, err)
		return
	}
	candidates := r.candidates(&d)
	if len(r.faults) > before {
		return
	}
	var mixes [][]tomltree.Value
	var err error
	if d.pairs != nil {
		mixes = allPairs(candidates, d.pairs)
	} else if mixes, err = d.random(candidates); err != nil {
		r.fail(d.line, "%s: %w", drawTable, err)
	}
	for _, m := range mixes {
		r.addMix(m, false)
	}
}

func (d *drawing) read(e *tomltree.Entry) error {
	named := func(err error) error {
		if err != nil {
			err = fmt.Errorf("%s: %w", e.Path, err)
		}
		return err
	}
	switch e.Path {
	case "pairs":
		var err error
		if d.pairs, err = classes(&e.Value); err == nil && len(d.pairs) != 2 {
			err = fmt.Errorf("%d classes are not two", len(d.pairs))
		}
		return named(err)
	case "classes":
		var err error
		d.classes, err = classes(&e.Value)
		return named(err)
	case "count":
		return named(number(&e.Value, 1, 1_000_000, &d.count))
	case "size":
		return named(number(&e.Value, 1, 1024, &d.size))
	case "seed":
		return named(number(&e.Value, 0, maxNumber, &d.seed))
	case "balanced":
		return named(boolean(&e.Value, &d.balanced))
	case "input":
		err := word(&e.Value, &d.input)
		if err == nil && !slices.Contains(suite.SizeNames, d.input) {
			err = catalog.Unknown("size", d.input, suite.SizeNames)
		}
		return named(err)
	case "from":
		var err error
		d.from, err = items(&e.Value, "workloads")
		return named(err)
	}
	var known []string
	for _, k := range drawKeys {
		known = append(known, k.Name)
	}
	return catalog.Unknown("key", e.Path, known)
}

// classes reads a list of classes.
func classes(v *tomltree.Value) (names []string, err error) {
	list, err := items(v, "classes")
	for i := range list {
		if list[i].Kind != tomltree.String || !slices.Contains(suite.ClassNames(), list[i].Text) {
			return nil, catalog.Unknown("class", list[i].Text, suite.ClassNames())
		}
		names = append(names, list[i].Text)
	}
	return names, err
}

// check finds keys that do not go together.
func (d *drawing) check() error {
	has := func(key string) bool { return d.given[key] > 0 }
	if has("pairs") == has("count") {
		return fmt.Errorf("either pairs = [CLASS, CLASS], or count and size of random mixes")
	}
	if has("count") && !has("size") {
		return fmt.Errorf("count without size: how many workloads a mix has")
	}
	for _, key := range []string{"size", "seed", "balanced", "classes", "from"} {
		if has("pairs") && has(key) {
			return fmt.Errorf("%s has no meaning beside pairs", key)
		}
	}
	if has("from") && has("input") {
		return fmt.Errorf("input has no meaning beside from: sort@test is a workload")
	}
	return nil
}

// candidate is a workload that may be drawn.
type candidate struct {
	spec  tomltree.Value
	class string
}

// candidates are those of the classes that a rule draws from, in their order.
func (r *planReader) candidates(d *drawing) (list []candidate) {
	wanted := d.classes
	if d.pairs != nil {
		wanted = d.pairs
	}
	if d.from == nil {
		for _, w := range suite.All() {
			name := w.Name
			if d.input != "" {
				name += "@" + d.input
			}
			if slices.Contains(wanted, w.Class) {
				list = append(list, candidate{tomltree.Value{Kind: tomltree.String, Text: name, Line: d.line}, w.Class})
			}
		}
		return list
	}
	needsClass := d.balanced || d.given["classes"] > 0
	listed := map[string]string{}
	for i := range d.from {
		p := r.open(&d.from[i])
		if p == nil {
			continue
		}
		first, twice := listed[p.Digest]
		listed[p.Digest] = p.Spec
		switch {
		case twice && first == p.Spec:
			r.fail(d.from[i].Line, "%s: from: %s is listed twice, and the workloads of a mix are all different", drawTable, p.Spec)
		case twice:
			r.fail(d.from[i].Line, "%s: from: %s is %s, which is listed already, and the workloads of a mix are all different", drawTable, p.Spec, first)
		case p.Class == "" && needsClass:
			r.fail(d.from[i].Line, "%s: from: %s has no class: only the bundled workloads have one", drawTable, p.Spec)
		case !needsClass || slices.Contains(wanted, p.Class):
			list = append(list, candidate{d.from[i], p.Class})
		}
	}
	return list
}

// ofClass are the candidates of a class.
func ofClass(list []candidate, class string) (out []candidate) {
	for _, c := range list {
		if c.class == class {
			out = append(out, c)
		}
	}
	return out
}

// allPairs are the workloads of one class with those of another, or each two
// different ones of the same.
func allPairs(list []candidate, pair []string) (mixes [][]tomltree.Value) {
	for i, a := range ofClass(list, pair[0]) {
		second := ofClass(list, pair[1])
		if pair[0] == pair[1] {
			second = second[i+1:]
		}
		for _, b := range second {
			mixes = append(mixes, []tomltree.Value{a.spec, b.spec})
		}
	}
	return mixes
}

// random draws different mixes of different workloads, whose order in a mix is
// that of the candidates. Balanced, the places of the mixes go round the
// classes, from one mix to the next too, so that no class has more than one
// place more than another.
func (d *drawing) random(list []candidate) (mixes [][]tomltree.Value, err error) {
	size := int(d.size)
	groups := [][]candidate{list}
	if d.balanced {
		groups = nil
		for _, class := range d.classes {
			groups = append(groups, ofClass(list, class))
		}
	}
	if err := d.checkCount(groups); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(d.seed, 0))
	drawn := map[string]bool{}
	for place := 0; len(mixes) < int(d.count); {
		var chosen []int // by group and candidate, as indices into list
		for g, group := range groups {
			for _, k := range rng.Perm(len(group))[:places(place, size, g, len(groups))] {
				chosen = append(chosen, slices.IndexFunc(list, func(c candidate) bool { return c.spec.Text == group[k].spec.Text }))
			}
		}
		slices.Sort(chosen)
		key := fmt.Sprint(chosen)
		if drawn[key] {
			continue
		}
		drawn[key] = true
		var mix []tomltree.Value
		for _, k := range chosen {
			spec := list[k].spec
			spec.Line = d.line
			mix = append(mix, spec)
		}
		mixes = append(mixes, mix)
		place += size
	}
	return mixes, nil
}

// checkCount reports groups that have not the workloads of a mix, or of count
// different ones. Mixes that begin at the same place of the round have equally
// many workloads of each group, and others have not.
func (d *drawing) checkCount(groups [][]candidate) error {
	size := int(d.size)
	left := map[int]uint64{} // mixes by the place at which they begin, up to count
	for k := range int(d.count) {
		begin := k * size % len(groups)
		if _, known := left[begin]; !known {
			there := big.NewInt(1)
			for g, group := range groups {
				n := places(begin, size, g, len(groups))
				if n > len(group) {
					return fmt.Errorf("a mix needs %d different workloads%s, and there are %d", n, d.groupName(g), len(group))
				}
				there.Mul(there, new(big.Int).Binomial(int64(len(group)), int64(n)))
			}
			left[begin] = d.count
			if there.IsUint64() {
				left[begin] = min(d.count, there.Uint64())
			}
		}
		if left[begin] == 0 {
			return fmt.Errorf("count: there are not %d different mixes of %d workloads here, only %d", d.count, size, k)
		}
		left[begin]--
	}
	return nil
}

// places is how many of size places, from the place-th on, group g of n has
// when they go round.
func places(place, size, g, n int) int {
	return (place+size-g+n-1)/n - (place-g+n-1)/n
}

// groupName says of which class the workloads of a group are.
func (d *drawing) groupName(g int) string {
	if !d.balanced {
		return ""
	}
	return " of class " + d.classes[g]
}

package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// setBase loads the machine and makes the plan's fixed changes to it. In place of
// a machine that there is not, the default one is changed: paths and types are
// those of any.
func (r *planReader) setBase() {
	name := r.machine
	if !machine.IsPreset(name) {
		if _, err := os.Stat(r.path(name)); err == nil || !errors.Is(err, fs.ErrNotExist) {
			name = r.path(name)
		}
	}
	base, err := machine.Load(name, nil)
	if err != nil {
		r.fail(r.machineLine, "machine: %w", err)
		r.doubtful["machine"] = true
		if base, err = machine.Load(defaultMachine, nil); err != nil {
			panic(err) // it is built in
		}
	}
	for i := range r.changes {
		e := &r.changes[i]
		if e.Kind == tomltree.Header {
			continue
		}
		if err := base.Assign(e.Path, e.Value, r.file); err != nil {
			r.fail(e.Line, "%s: %w", setTable, err)
			r.doubtful[e.Path] = true
			continue
		}
		r.given = append(r.given, given{setTable, e.Path, []tomltree.Value{e.Value}})
	}
	r.plan.Base = base
}

// parts of a range.
var rangeKeys = []string{"from", "to", "step", "factor"}

// lists are those of an axis, before their values are looked at.
type lists struct {
	entries []tomltree.Entry
	table   string
	good    bool // they can be an axis, for all that has been seen
}

// setAxes reads the table of axes: a list of values for each path, or a range.
func (r *planReader) setAxes(entries []tomltree.Entry) {
	paths := configPaths()
	for i := 0; i < len(entries); i++ {
		e := &entries[i]
		if e.Kind == tomltree.Header {
			continue
		}
		above, last, isRange := cutLast(e.Path)
		// What looks like a range is one of an unknown path, too; a list below a
		// path is none, nor a parameter of a scheduler.
		known := slices.Contains(rangeKeys, last)
		if isRange = isRange && !paths[e.Path] && (known || paths[above] && e.Kind != tomltree.List && above != "scheduler"); !isRange {
			r.collect([]tomltree.Entry{*e}, axesTable, true)
			continue
		}
		first := i
		for i+1 < len(entries) && strings.HasPrefix(entries[i+1].Path, above+".") {
			i++
		}
		if values := r.span(above, entries[first:i+1]); values == nil {
			r.doubtful[above] = true
		} else {
			r.collect([]tomltree.Entry{{Path: above, Value: tomltree.Value{Kind: tomltree.List, Items: values, Line: e.Line}}}, axesTable, true)
		}
	}
}

// collect takes note of an axis; its values are looked at when it is known how
// many there are of all axes.
func (r *planReader) collect(entries []tomltree.Entry, table string, good bool) {
	for i := range entries {
		if e := &entries[i]; len(e.Items) > mostValues {
			r.fail(e.Line, "%s: %s: the list has %d values, and an axis can have %d", table, e.Path, len(e.Items), mostValues)
			r.tooLong = true
		}
	}
	r.collected = append(r.collected, lists{entries, table, good})
}

// makeAxes makes the axes of the lists, unless there are more points than a plan
// can have, which are refused before anybody has waited for them.
func (r *planReader) makeAxes() {
	points := 1
	for _, l := range r.collected {
		first := &l.entries[0]
		if points *= max(len(first.Items), 1); points > mostRuns && !r.tooLong {
			r.fail(first.Line, "%s: %s: with its %d values the axes have more than %d points", l.table, first.Path, len(first.Items), mostRuns)
			r.tooLong = true
		}
		points = min(points, mostRuns)
	}
	for _, l := range r.collected {
		if !r.tooLong {
			r.axis(l.entries, l.table, l.good)
			continue
		}
		for _, e := range l.entries {
			r.doubtful[e.Path] = true
		}
	}
}

func configPaths() map[string]bool {
	paths := map[string]bool{}
	for _, p := range machine.Paths() {
		paths[p.Path] = true
	}
	return paths
}

// cutLast divides a path before its last part.
func cutLast(path string) (above, last string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// checkPath is the error of a path that no machine has. A choice's parameters
// are none: they stand in its value.
func checkPath(path string) error {
	err := machine.CheckPath(path)
	above, parameter, _ := cutLast(path)
	switch i := slices.IndexFunc(machine.Paths(), func(p machine.Path) bool { return p.Path == above }); {
	case err == nil || i < 0 || machine.Paths()[i].Type != "string":
	case above == "scheduler":
		err = fmt.Errorf("%s is no path of the configuration: the parameters of a scheduler stand in the plan's list schedulers, as \"NAME:%s=2\"", path, parameter)
	default:
		err = fmt.Errorf("%s is no path of the configuration: the parameters of %s stand in its values, as \"NAME:%s=2\"", path, above, parameter)
	}
	return err
}

// mostValues bounds the values of an axis.
const mostValues = 100_000

// span lists the values of a range; nil when it is none.
func (r *planReader) span(path string, entries []tomltree.Entry) (values []tomltree.Value) {
	if err := checkPath(path); err != nil {
		r.fail(entries[0].Line, "%s: %w", axesTable, err)
		return nil
	}
	given := map[string]uint64{}
	unknown := false
	for i := range entries {
		e := &entries[i]
		_, key, _ := cutLast(e.Path)
		if !slices.Contains(rangeKeys, key) {
			r.fail(e.Line, "%s: %s: %w", axesTable, path, catalog.Unknown("key of a range", key, rangeKeys))
			unknown = true
			continue
		}
		n, err := size(&e.Value)
		if err != nil {
			r.fail(e.Line, "%s: %s.%s: %w", axesTable, path, key, err)
			return nil
		}
		given[key] = n
	}
	if unknown {
		return nil
	}
	line := entries[0].Line
	from, hasFrom := given["from"]
	to, hasTo := given["to"]
	step, factor := given["step"], given["factor"]
	problem := ""
	switch {
	case !hasFrom || !hasTo || (step == 0) == (factor == 0):
		problem = "a range is {from, to, step} or {from, to, factor}, with a step or factor above 0"
	case from > to:
		problem = fmt.Sprintf("the range from %d to %d is empty", from, to)
	case factor == 1 || factor > 1 && from == 0:
		problem = fmt.Sprintf("a factor of %d from %d goes nowhere", factor, from)
	}
	for n := from; problem == "" && n <= to; {
		values = append(values, tomltree.Value{Kind: tomltree.Integer, Text: strconv.FormatUint(n, 10), Line: line})
		switch {
		case len(values) > mostValues:
			problem = fmt.Sprintf("the range has more than %d values", mostValues)
		case factor > 0 && n > maxNumber/factor, n > maxNumber-step:
			return values
		case factor > 0:
			n *= factor
		default:
			n += step
		}
	}
	if problem != "" {
		r.fail(line, "%s: %s: %s", axesTable, path, problem)
		return nil
	}
	return values
}

// size reads an integer, or a string such as 32K.
func size(v *tomltree.Value) (n uint64, err error) {
	if v.Kind == tomltree.String {
		return ParseSize(v.Text)
	}
	err = number(v, 0, maxNumber, &n)
	return n, err
}

// link reads a table of lists that move together.
func (r *planReader) link(entries []tomltree.Entry) {
	var lists []tomltree.Entry
	for _, e := range entries {
		if e.Kind != tomltree.Header {
			e.Path = strings.TrimPrefix(e.Path, linkedTable+".")
			lists = append(lists, e)
		}
	}
	if len(lists) == 0 {
		r.fail(entries[0].Line, "%s: no path is linked", linkedTable)
		return
	}
	equal := true
	for _, e := range lists[1:] {
		if e.Kind == tomltree.List && lists[0].Kind == tomltree.List && len(e.Items) != len(lists[0].Items) {
			r.fail(e.Line, "%s: %s has %d values and %s has %d: linked lists are of one length", linkedTable, e.Path, len(e.Items), lists[0].Path, len(lists[0].Items))
			equal = false
		}
	}
	r.collect(lists, linkedTable, equal)
}

// axis adds an axis of one list or of several, without the values that are of a
// wrong type; good is false when it can be none for another reason.
func (r *planReader) axis(lists []tomltree.Entry, table string, good bool) {
	var a Axis
	wrong := map[int]bool{} // by the number of the value
	for i := range lists {
		e := &lists[i]
		a.Paths = append(a.Paths, e.Path)
		good = r.values(e, table, wrong) && good
	}
	if !good || len(wrong) == len(lists[0].Items) {
		for _, path := range a.Paths {
			r.doubtful[path] = true
		}
		return
	}
	for i := range lists {
		spell(&lists[i])
	}
	seen := map[string]bool{}
	said := 0
	for k := range lists[0].Items {
		if wrong[k] {
			continue
		}
		var point []tomltree.Value
		key := ""
		for i := range lists {
			point = append(point, lists[i].Items[k])
			key += lists[i].Items[k].Quoted() + " "
		}
		if seen[key] && said < mostOfPath {
			said++
			r.fail(point[0].Line, "%s: %s: %s is listed twice", table, strings.Join(a.Paths, ", "), strings.TrimSpace(key))
		}
		seen[key] = true
		a.Values = append(a.Values, point)
	}
	r.plan.Axes = append(r.plan.Axes, a)
}

// spell writes the sizes of a list as configurations have them, so that plans,
// tables and figures name them alike and 24576 is the same value as 24K.
func spell(list *tomltree.Entry) {
	if !slices.ContainsFunc(machine.Paths(), func(p machine.Path) bool { return p.Path == list.Path && p.Type == "size" }) {
		return
	}
	for i := range list.Items {
		v := &list.Items[i]
		var b cache.Bytes
		if b.UnmarshalText([]byte(v.Text)) == nil {
			v.Kind, v.Text = tomltree.String, b.String()
		}
	}
}

// values checks the list of one path, adds to wrong those of its values that are
// of a wrong type, and reports whether the others can be an axis.
func (r *planReader) values(e *tomltree.Entry, table string, wrong map[int]bool) bool {
	if err := checkPath(e.Path); err != nil {
		r.fail(e.Line, "%s: %w", table, err)
		return false
	}
	good := true
	if first, ok := r.axisLines[e.Path]; ok {
		good = false
		r.fail(e.Line, "%s: %s is an axis already, in line %d", table, e.Path, first)
	}
	r.axisLines[e.Path] = e.Line
	for i := range r.changes {
		if c := &r.changes[i]; c.Path == e.Path {
			good = false
			r.fail(e.Line, "%s: %s is set to one value in line %d", table, e.Path, c.Line)
		}
	}
	list, err := items(&e.Value, "values")
	if err != nil {
		r.fail(e.Line, "%s: %s: %w; or a range, {from, to, step} or {from, to, factor}", table, e.Path, err)
		return false
	}
	fitting := given{table, e.Path, nil}
	said := 0
	for i := range list {
		switch err := r.plan.Base.Clone().Assign(e.Path, list[i], r.file); {
		case err == nil:
			fitting.values = append(fitting.values, list[i])
			continue
		case said < mostOfPath:
			said++
			r.fail(list[i].Line, "%s: %w", table, err)
		}
		wrong[i] = true
	}
	r.given = append(r.given, fitting)
	return good
}

// given are values of the right type that the plan gives a path.
type given struct {
	table, path string
	values      []tomltree.Value
}

// mostOfPath bounds how many values of a path are said to be wrong.
const mostOfPath = 10

// checkValues finds values that no machine can have, where the plan's is in doubt
// and cannot tell.
func (r *planReader) checkValues() {
	if len(r.doubtful) == 0 {
		return
	}
	for _, g := range r.given {
		said := 0
		for i := range g.values {
			if said == mostOfPath || r.ctx.Err() != nil {
				break
			}
			if err := machine.CheckValue(g.path, g.values[i]); err != nil {
				said++
				r.fail(g.values[i].Line, "%s: %w", g.table, err)
			}
		}
	}
}

// checkAxes finds axes that other keys of the plan leave without an effect.
func (r *planReader) checkAxes() {
	if line, ok := r.axisLines["threads"]; ok && r.plan.Threads > 0 {
		r.fail(line, "%s: threads: the plan's key threads holds for all runs", axesTable)
	}
	if line, ok := r.axisLines["scheduler"]; ok && r.schedulersLine > 0 {
		r.fail(line, "%s: scheduler: the discipline of runs that name none, and the plan's key schedulers names some", axesTable)
	}
}

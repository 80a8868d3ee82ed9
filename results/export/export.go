// Package export writes the runs of a set as a table that other programs read:
// one row for each run, in the order of the set, as CSV or as JSON Lines.
//
// Every column is declared once (Column), and rows, header and schema follow
// from it, so both formats have the same names. Nothing that a run cost the
// host is among them, and nothing depends on how the set came about: equal
// sets are equal bytes. Numbers are written so that they read back as they
// are; what is undefined is empty in CSV and null in JSON.
package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/threadmill-sim/threadmill/results"
)

// Type is what the cells of a column are.
type Type string

// The types of columns.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Real    Type = "number"
	Boolean Type = "boolean"
)

// Column is one column of the table.
type Column struct {
	Name string
	Type Type
	Unit string // empty: none, or a plain ratio
	Doc  string
	// value is a string, uint64, results.Number or bool, as Type says; nil when
	// undefined.
	value func(*results.Record) any
}

// Table is the runs of a set with the columns that are wanted of them.
type Table struct {
	Columns []Column
	rows    []*results.Record
}

// Options choose rows and columns.
type Options struct {
	Baselines bool // after the runs
	// Statistics are patterns of their names, as of path.Match; one that none
	// matches is an error.
	Statistics []string
	Output     bool // what the programs wrote
	// Statistic describes one by name, Path a value of the configuration; nil
	// where only names are known.
	Statistic func(name string) (unit, doc string)
	Path      func(path string) (doc string)
}

// New is the table of a set.
func New(s *results.Set, o Options) (*Table, error) {
	t := &Table{rows: s.Runs}
	if o.Baselines {
		t.rows = slices.Concat(s.Runs, s.Baselines)
	}
	names, err := t.statistics(o.Statistics)
	if err != nil {
		return nil, err
	}
	baselines := make(map[*results.Record]bool, len(s.Baselines))
	for _, r := range s.Baselines {
		baselines[r] = true
	}
	t.add("key", Text, "", "name of the run: digest of everything that what it measures depends on", func(r *results.Record) any { return r.Key() })
	t.add("baseline", Boolean, "", "it is a program alone that was added for the metrics of others", func(r *results.Record) any { return baselines[r] })
	t.addSetting(s, o)
	t.addLimits()
	t.addMeasures()
	t.addPrograms(o.Output)
	for _, name := range names {
		unit, doc := "", ""
		if o.Statistic != nil {
			unit, doc = o.Statistic(name)
		}
		t.add("stats."+name, Integer, unit, doc, func(r *results.Record) any {
			if v, ok := r.Stats.Lookup(name); ok {
				return v
			}
			return nil
		})
	}
	return t, nil
}

func (t *Table) add(name string, typ Type, unit, doc string, value func(*results.Record) any) {
	t.Columns = append(t.Columns, Column{name, typ, unit, doc, value})
}

// statistics lists the names that match any of the patterns, in natural order.
func (t *Table) statistics(patterns []string) ([]string, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	known := make(map[string]bool)
	for _, r := range t.rows {
		for name := range r.Stats.All() {
			known[name] = true
		}
	}
	chosen := make(map[string]bool)
	for _, p := range patterns {
		some := false
		for name := range known {
			ok, err := path.Match(p, name)
			if err != nil {
				return nil, fmt.Errorf("%q is no pattern: * stands for any characters, ? for one, [a-z] for one of several", p)
			}
			if ok {
				chosen[name], some = true, true
			}
		}
		if !some && len(t.rows) > 0 {
			return nil, fmt.Errorf("%q matches no statistic of the runs", p)
		}
	}
	return slices.SortedFunc(maps.Keys(chosen), results.Natural), nil
}

// addSetting adds what experiments vary.
func (t *Table) addSetting(s *results.Set, o Options) {
	t.add("machine", Text, "", "name of the machine", func(r *results.Record) any { return r.Machine })
	for _, axis := range s.Axes() {
		doc := ""
		if o.Path != nil {
			doc = o.Path(axis)
		}
		typ := t.typeOf(func(r *results.Record) string { return s.Value(r, axis) })
		t.add(axis, typ, "", doc, func(r *results.Record) any { return typ.parse(s.Value(r, axis)) })
	}
	t.add("scheduler", Text, "", "discipline with all its parameters", func(r *results.Record) any { return r.Scheduler })
	t.add("contexts", Integer, "hardware threads", "contexts of the machine in this run", func(r *results.Record) any { return uint64(r.Setup.Contexts) })
	t.add("mix", Text, "", "the programs, joined with +", func(r *results.Record) any { return r.Mix() })
	t.add("seed", Integer, "", "from which everything random follows", func(r *results.Record) any { return r.Setup.Seed })
}

// typeOf is the narrowest type that all cells have.
func (t *Table) typeOf(cell func(*results.Record) string) Type {
	for _, typ := range []Type{Integer, Real, Boolean} {
		if !slices.ContainsFunc(t.rows, func(r *results.Record) bool {
			text := cell(r)
			return text != "" && typ.parse(text) == nil
		}) {
			return typ
		}
	}
	return Text
}

// parse is the value of a text; nil when it has none.
func (t Type) parse(text string) any {
	switch t {
	case Integer:
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return n
		}
	case Real:
		if v, err := strconv.ParseFloat(text, 64); err == nil && results.Number(v).Defined() {
			return results.Number(v)
		}
	case Boolean:
		if text == "true" || text == "false" {
			return text == "true"
		}
	default:
		if text != "" {
			return text
		}
	}
	return nil
}

// addLimits adds what was asked of the run besides.
func (t *Table) addLimits() {
	t.add("fast_forward", Integer, "instructions", "executed functionally before anything is timed, of each program", func(r *results.Record) any { return r.Setup.FastForward })
	t.add("roi", Boolean, "", "from the mark that begins each program's region of interest", func(r *results.Record) any { return r.Setup.ROI })
	t.add("warmup", Integer, "instructions", "committed by the slowest program when the measurement began", func(r *results.Record) any { return r.Setup.Warmup })
	t.add("insts", Integer, "instructions", "measured of each program; 0: to its end", func(r *results.Record) any { return r.Setup.Insts })
	t.add("until", Text, "", "rule that was to end the run", func(r *results.Record) any { return r.Setup.Until })
	t.add("end", Text, "", "rule that ended it", func(r *results.Record) any { return r.End })
	t.add("memory", Integer, "bytes", "limit of each program; 0: the usual", func(r *results.Record) any { return r.Setup.Memory })
	t.add("root", Text, "", "directory that the programs saw", func(r *results.Record) any { return Text.parse(r.Setup.Root) })
	t.add("interval", Integer, "cycles", "between samples of the statistics; 0: none", func(r *results.Record) any { return r.Setup.Interval })
	t.add("model", Text, "", "version of the simulator's model", func(r *results.Record) any { return r.Setup.Model })
	t.add("config", Text, "", "digest of the machine's whole configuration", func(r *results.Record) any { return r.Setup.Config })
}

// addMeasures adds what was measured of the run as a whole.
func (t *Table) addMeasures() {
	t.add("cycles", Integer, "cycles", "measured, until the last program was", func(r *results.Record) any { return r.Cycles })
	t.add("instructions", Integer, "instructions", "committed by all threads in these cycles", func(r *results.Record) any { return r.Instructions })
	for i := range results.MetricTable {
		m := &results.MetricTable[i]
		t.add(m.Key, Real, m.Unit, m.Doc, func(r *results.Record) any { return number(m.Of(r)) })
	}
}

// number is a defined number, or nil.
func number(n results.Number) any {
	if !n.Defined() {
		return nil
	}
	return n
}

// WriteCSV writes a header and a line for each run.
func (t *Table) WriteCSV(w io.Writer) error {
	header := make([]string, len(t.Columns))
	for i := range t.Columns {
		header[i] = t.Columns[i].Name
	}
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	row := make([]string, len(t.Columns))
	for _, r := range t.rows {
		for i := range t.Columns {
			row[i] = cell(t.Columns[i].value(r))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case uint64:
		return strconv.FormatUint(v, 10)
	case results.Number:
		return strconv.FormatFloat(float64(v), 'g', -1, 64)
	}
	return fmt.Sprint(value)
}

// WriteJSONL writes an object for each run, a line each, with the columns in
// their order.
func (t *Table) WriteJSONL(w io.Writer) error {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = string(quote(t.Columns[i].Name)) + ":"
	}
	out := bufio.NewWriter(w)
	for _, r := range t.rows {
		for i := range t.Columns {
			out.WriteByte("{,"[min(i, 1)])
			out.WriteString(names[i])
			switch v := t.Columns[i].value(r).(type) {
			case nil:
				out.WriteString("null")
			case string:
				out.Write(quote(v))
			default:
				out.WriteString(cell(v))
			}
		}
		if _, err := out.WriteString("}\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}

// quote is a string as JSON has it, "<" as itself.
func quote(text string) []byte {
	data, err := results.EncodeJSON(text)
	if err != nil {
		panic(err) // a string
	}
	return data[:len(data)-1]
}

// WriteSchemaCSV writes a line for each column: its name, type, unit and
// meaning.
func (t *Table) WriteSchemaCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"column", "type", "unit", "meaning"}); err != nil {
		return err
	}
	for _, c := range t.Columns {
		if err := out.Write([]string{c.Name, string(c.Type), c.Unit, c.Doc}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteSchemaJSONL writes an object for each column.
func (t *Table) WriteSchemaJSONL(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, c := range t.Columns {
		err := out.Encode(struct {
			Column  string `json:"column"`
			Type    Type   `json:"type"`
			Unit    string `json:"unit"`
			Meaning string `json:"meaning"`
		}{c.Name, c.Type, c.Unit, c.Doc})
		if err != nil {
			return err
		}
	}
	return nil
}

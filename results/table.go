package results

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Column is one column of the table of runs. The command line, CSV, Markdown
// and the report all draw the same columns.
type Column struct {
	Key   string // as in CSV
	Title string // as in a table
	Doc   string
	// Value gives the cell for people and the full-precision one for
	// programs; both empty-like ("–", "") when undefined.
	Value func(r *Record) (text, exact string)
}

// shownStructures are the classic four whose misses the table has.
var shownStructures = []string{"l1d", "l2", "tlb", "branch"}

// Columns of the table of runs, after the discipline's name.
func Columns() []Column {
	cols := []Column{
		count("cycles", "cycles", "measured cycles, until the last program was measured", func(r *Record) (uint64, bool) { return r.Cycles, true }),
		ratio("ipc", "IPC", "instructions per cycle of all threads together", 2, func(r *Record) Number { return r.IPC }),
		percent("utilization", "util. %", "issue slots whose instruction committed, of width × cycles", func(r *Record) Number { return r.Utilization }),
		ratio("speedup", "speedup", "over running the programs one after another, each alone", 2, metric(func(m *Metrics) Number { return m.Speedup })),
		ratio("stp", "STP", "system throughput: Σ of each program's progress relative to running alone", 2, metric(func(m *Metrics) Number { return m.STP })),
		ratio("antt", "ANTT", "average normalized turnaround time; lower is better", 2, metric(func(m *Metrics) Number { return m.ANTT })),
		ratio("fairness", "fairness", "least over greatest relative progress; 1 is fair", 2, metric(func(m *Metrics) Number { return m.Fairness })),
	}
	for i := range Structures {
		s := &Structures[i]
		if !slices.Contains(shownStructures, s.Key) {
			continue // in the figure and in JSON
		}
		cols = append(cols, ratio(s.Key+"_mpki", s.Label+" MPKI", s.Doc+", per 1000 instructions", 2, s.MPKI))
	}
	return append(cols, count("switches", "switches", "thread switches of the scheduler", Switches))
}

func metric(get func(*Metrics) Number) func(*Record) Number {
	return func(r *Record) Number {
		if r.Metrics == nil {
			return Undefined
		}
		return get(r.Metrics)
	}
}

func ratio(key, title, doc string, decimals int, get func(*Record) Number) Column {
	return Column{key, title, doc, func(r *Record) (string, string) {
		n := get(r)
		return n.Text(decimals), n.exact()
	}}
}

func percent(key, title, doc string, get func(*Record) Number) Column {
	return Column{key, title, doc, func(r *Record) (string, string) {
		n := get(r)
		return (100 * n).Text(1), n.exact()
	}}
}

func count(key, title, doc string, get func(*Record) (uint64, bool)) Column {
	return Column{key, title, doc, func(r *Record) (string, string) {
		n, ok := get(r)
		if !ok {
			return "–", ""
		}
		exact := strconv.FormatUint(n, 10)
		return ShortNumber(n), exact
	}}
}

// exact is the shortest text that parses back to n; empty when undefined.
func (n Number) exact() string {
	if !n.Defined() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// Table is the table of runs for people: a header and one row per record.
func Table(records []*Record, cols []Column) (header []string, rows [][]string) {
	header = []string{"scheduler"}
	for _, c := range cols {
		header = append(header, c.Title)
	}
	for i, label := range Labels(records) {
		row := []string{label}
		for _, c := range cols {
			text, _ := c.Value(records[i])
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return header, rows
}

// WriteCSV writes one line per record with full precision: what identifies
// the run, then the columns, then the throughput, which the figures show: the
// sum over the threads of each one's IPC in its own measured interval.
func WriteCSV(w io.Writer, records []*Record, cols []Column) error {
	out := csv.NewWriter(w)
	header := []string{"machine", "changes", "scheduler", "programs", "contexts", "seed", "fast_forward", "roi", "warmup", "insts", "end", "instructions"}
	for _, c := range cols {
		header = append(header, c.Key)
	}
	header = append(header, "throughput")
	if err := out.Write(header); err != nil {
		return err
	}
	for _, r := range records {
		row := []string{
			r.Machine, strings.Join(r.Changes, " "), r.Scheduler, r.Mix(), strconv.Itoa(r.Setup.Contexts),
			strconv.FormatUint(r.Setup.Seed, 10), strconv.FormatUint(r.Setup.FastForward, 10), strconv.FormatBool(r.Setup.ROI),
			strconv.FormatUint(r.Setup.Warmup, 10), strconv.FormatUint(r.Setup.Insts, 10), r.End, strconv.FormatUint(r.Instructions, 10),
		}
		for _, c := range cols {
			_, exact := c.Value(r)
			row = append(row, exact)
		}
		row = append(row, Throughput(r).exact())
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteStatsCSV writes every statistic of every record in long form.
func WriteStatsCSV(w io.Writer, records []*Record) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"machine", "changes", "scheduler", "programs", "statistic", "value"}); err != nil {
		return err
	}
	for _, r := range records {
		for _, name := range r.Stats.Names() {
			if err := out.Write([]string{r.Machine, strings.Join(r.Changes, " "), r.Scheduler, r.Mix(), name, strconv.FormatUint(r.Stats.Of(name), 10)}); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// Mix names the record's programs in one cell.
func (r *Record) Mix() string {
	mix := ""
	for i, p := range r.Programs {
		if i > 0 {
			mix += " + "
		}
		mix += p.Workload
	}
	return mix
}

// Slot is a hardware context with the program that it ran.
type Slot struct {
	// Thread is N of its statistics threadN.*: the context, or the place of the
	// program when they ran BackToBack.
	Thread  int
	Program *Program // nil: it ran none, or several in turn
	// Index of the program in the record's.
	Index        int
	Instructions uint64
	Cycles       uint64
	IPC          Number
}

// Slots lists the contexts of a record, in order; a context on which several
// programs ran one after another is there once for each of them.
func (r *Record) Slots() []Slot {
	var slots []Slot
	if r.BackToBack() {
		for i := range r.Programs {
			p := &r.Programs[i]
			slots = append(slots, Slot{i, p, i, p.Instructions, p.Cycles, p.IPC()})
		}
		return slots
	}
	for _, t := range r.Threads {
		s := Slot{Thread: t.ID, Instructions: t.Instructions, Cycles: t.Cycles, IPC: t.IPC}
		if t.Program != nil && *t.Program < len(r.Programs) {
			s.Index = *t.Program
			s.Program = &r.Programs[s.Index]
		}
		slots = append(slots, s)
	}
	return slots
}

// BackToBack reports whether the programs ran one after another on one
// context.
func (r *Record) BackToBack() bool { return r.Setup.Contexts == 1 && len(r.Programs) > 1 }

// ThreadTable is the per-thread table of one record.
func ThreadTable(r *Record) (header []string, rows [][]string) {
	header = []string{"thread", "program", "exit", "instructions", "cycles", "IPC", "MLP"}
	for _, s := range r.Slots() {
		program, ending := "–", "–"
		switch {
		case s.Program != nil:
			program, ending = s.Program.Workload, s.Program.ending()
		case s.Instructions > 0:
			program = "several"
		}
		row := []string{
			fmt.Sprint(s.Thread), program, ending,
			strconv.FormatUint(s.Instructions, 10), strconv.FormatUint(s.Cycles, 10), s.IPC.Text(3),
			MLP(r, s.Thread).Text(2),
		}
		rows = append(rows, row)
	}
	return header, rows
}

// ending is how a program stood when the run ended.
func (p *Program) ending() string {
	switch {
	case p.Signal != 0:
		return fmt.Sprintf("signal %d", p.Signal)
	case p.ExitCode != nil:
		return strconv.Itoa(*p.ExitCode)
	}
	return "not ended"
}

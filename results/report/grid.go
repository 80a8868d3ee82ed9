package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/threadmill-sim/threadmill/results"
)

// better says in which direction the columns are good that have one.
var better = map[string]int{"speedup": +1, "stp": +1, "antt": -1, "fairness": +1}

// runsGrid is the table of runs, the best of a column marked.
func runsGrid(c *results.Comparison) grid {
	cols := results.Columns()
	g := grid{ID: "runs", Caption: "One row for each discipline", Header: []heading{{Title: "discipline"}}}
	for _, col := range cols {
		g.Header = append(g.Header, heading{col.Title, col.Doc, true})
	}
	for i, label := range results.Labels(c.Runs) {
		row := []cell{{Text: label, Value: label}}
		for _, col := range cols {
			text, exact := col.Value(c.Runs[i])
			row = append(row, cell{Text: text, Value: exact})
		}
		g.Rows = append(g.Rows, row)
	}
	for k, col := range cols {
		if sign := better[col.Key]; sign != 0 && len(g.Rows) > 1 {
			g.markBest(k+1, sign, func(row int) bool { return col.Key == "fairness" && c.Runs[row].BackToBack() })
		}
	}
	return g
}

// markBest marks the cells of a column that show the best value. What is
// written alike counts as equal. Rows to skip have the value by the way they
// are read: programs one after another are all slowed down alike.
func (g *grid) markBest(col, sign int, skip func(row int) bool) {
	values := make([]float64, len(g.Rows))
	best := math.Inf(-1)
	for i, row := range g.Rows {
		v, err := strconv.ParseFloat(row[col].Text, 64)
		if err != nil || skip(i) {
			v = math.NaN()
		}
		values[i] = v * float64(sign)
		if values[i] > best {
			best = values[i]
		}
	}
	for i, row := range g.Rows {
		row[col].Best = values[i] == best
	}
}

// backToBackNote explains the row of programs that ran one after another.
func backToBackNote(c *results.Comparison) string {
	for i, label := range results.Labels(c.Runs) {
		r := c.Runs[i]
		if !r.BackToBack() {
			continue
		}
		text := fmt.Sprintf("%s runs the programs one after another. Its cycles, IPC and utilization in this table are of that whole run, in which the slowest program weighs most; the others measure all programs over the same time. With the time shared equally between the programs, as in the figures, its IPC is %s",
			label, results.Throughput(r).Text(2))
		if shares := c.Shares(r); shares != nil {
			text += fmt.Sprintf(" and its utilization %s %%", (100 * shares[0]).Text(1))
		}
		if text += "."; !c.Parallel() {
			text += " Speedup, STP, ANTT and fairness compare equal work and need no such care."
		}
		return text
	}
	return ""
}

// threadDocs are what the columns of the table of threads mean.
var threadDocs = map[string]string{
	"thread":       "hardware context; of programs one after another, the place of the program, from 0",
	"exit":         "exit code; not ended: the run ended before it",
	"instructions": "measured",
	"cycles":       "from the start of the measurement until this program was measured",
	"IPC":          "instructions per cycle over these",
	"MLP":          "demand reads of memory under way in the cycles that have one (Chou et al., ISCA 2004)",
}

// threadsGrid has a row for every program under every discipline, beside its
// solo run.
func threadsGrid(c *results.Comparison) grid {
	g := grid{ID: "threads", Caption: "One row for each hardware thread under each discipline", Header: []heading{{Title: "discipline"}}}
	columns, _ := results.ThreadTable(&results.Record{})
	for _, title := range columns {
		g.Header = append(g.Header, heading{title, threadDocs[title], title != "program" && title != "exit"})
	}
	g.Header = append(g.Header,
		heading{"IPC alone", "on the same machine with nothing else running", true},
		heading{"progress", "NP: speed relative to running alone, over the same instructions", true})
	for i, label := range results.Labels(c.Runs) {
		r := c.Runs[i]
		_, rows := results.ThreadTable(r)
		for k, slot := range r.Slots() {
			row := []cell{{Text: label, Value: label}}
			for _, text := range rows[k] {
				value := text
				if text == "–" {
					value = ""
				}
				row = append(row, cell{Text: text, Value: value})
			}
			alone, progress := results.Undefined, results.Undefined
			if slot.Program != nil {
				if solo := c.Baseline(slot.Program.Digest); solo != nil && slot.Program.Threads <= 1 {
					alone = solo.IPC
				}
				if r.Metrics != nil && slot.Index < len(r.Metrics.Progress) {
					progress = r.Metrics.Progress[slot.Index]
				}
			}
			g.Rows = append(g.Rows, append(row, number(alone, 3), number(progress, 3)))
		}
	}
	return g
}

func number(n results.Number, decimals int) cell {
	return cell{Text: n.Text(decimals), Value: exact(n)}
}

// exact sorts as n does; empty when undefined.
func exact(n results.Number) string {
	if !n.Defined() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// definitions of the metrics, with where they come from.
func definitions() []definition {
	list := []definition{
		{"NP, progress", "IPC of a program in the run over its IPC alone on the same machine, over the same instructions (Eyerman and Eeckhout, IEEE Micro 2008). Under single with k programs each has 1/k of the time."},
		{"STP, weighted speedup", "Σ NP (Snavely and Tullsen, ASPLOS 2000; Eyerman and Eeckhout 2008): how many programs' worth of solo progress the core makes. Higher is better."},
		{"ANTT", "mean of 1/NP (Eyerman and Eeckhout 2008): how many times as long a program takes as alone. Lower is better."},
		{"fairness", "least NP over greatest NP: 1 when all programs are slowed down alike."},
		{"speedup", "solo cycles of the measured instructions, summed over the programs, over the measured cycles of the run: how much sooner the work is done than one program after another. With a program of several software threads it is of whole programs or regions of interest, and NP, STP, ANTT and fairness are undefined: how many instructions such a program executes depends on how its threads wait for one another (Alameldeen and Wood, IEEE Micro 2006)."},
		{"utilization", "issue slots whose instruction committed over all of them, width × cycles. Every slot is counted once:"},
	}
	for i := range results.IssueShares {
		s := &results.IssueShares[i]
		list = append(list, definition{s.Label, s.Doc + shareSource(s.Key)})
	}
	list = append(list, definition{"MPKI", "misses per thousand committed instructions of the thread that missed, averaged over the threads, or over the programs when they ran one after another:"})
	for i := range results.Structures {
		s := &results.Structures[i]
		list = append(list, definition{s.Label + " MPKI", s.Doc})
	}
	return append(list, definition{"switches", "changes of the foreground thread, of disciplines that have one"})
}

func shareSource(key string) string {
	if key == "horizontal" || key == "vertical" {
		return " (Tullsen, Eggers and Levy, ISCA 1995)"
	}
	return ""
}

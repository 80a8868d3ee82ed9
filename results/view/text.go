package view

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The most that a diagram in text may have.
const (
	MaxRows    = 200 // instructions
	MaxColumns = 240 // cycles, of which stretches that are all alike count little
)

// TooLarge says what of a diagram is more than a format can show.
type TooLarge struct {
	N, Most int
	What    string
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("%d %s are too many for text, which shows at most %d", e.N, e.What, e.Most)
}

// Text writes a diagram with a row for each instruction and a column for each
// cycle. Threads of odd numbers are in capitals. Long stretches in which nothing
// changes are cut short. A diagram
// that nobody could read is TooLarge, and nothing is written.
func Text(w io.Writer, d *Diagram) error {
	if n := len(d.Uops); n > MaxRows {
		return &TooLarge{n, MaxRows, "instructions"}
	}
	rows, from := grid(d)
	columns := fold(rows)
	if n := len(columns); n > MaxColumns {
		return &TooLarge{n, MaxColumns, "cycles"}
	}
	var b strings.Builder
	b.WriteString(d.Title() + "\n")
	if len(d.Uops) == 0 {
		b.WriteString("no instruction was fetched in the window\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	labels := leftColumns(d)
	header := ruler(columns, from)
	fmt.Fprintf(&b, "%s  %s\n", labels[0], header)
	used := map[byte]bool{}
	for i := range rows {
		cells := pick(rows[i], columns)
		for _, c := range cells {
			used[lower(c)] = true
		}
		line := fmt.Sprintf("%s  %-*s  %s", labels[i+1], len(columns), cells, strings.Join(d.Uops[i].remarks(), ", "))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString(key(used))
	if d.Threads > 1 {
		b.WriteString("; capitals: threads of odd number")
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// remarks are what stands behind a row.
func (u *Uop) remarks() []string {
	if u.Wrong {
		return slices.Concat([]string{Discarded.String()}, u.Notes)
	}
	return u.Notes
}

// grid is the letter of each instruction in each cycle from the first on.
func grid(d *Diagram) (rows [][]byte, from uint64) {
	from, until := d.bounds()
	for i := range d.Uops {
		u := &d.Uops[i]
		row := []byte(strings.Repeat(" ", int(until-from)))
		put := func(c byte, a, b uint64) {
			for at := a; at < min(b, until); at++ {
				row[at-from] = c
			}
		}
		for _, s := range u.spans(until) {
			put(stages[s.stage].letter, s.from, s.until)
		}
		for _, w := range u.Waits {
			if !w.Busy && w.From < u.Done {
				put(waiting, w.From, min(w.Until, u.End))
			}
		}
		if u.Thread%2 == 1 {
			row = []byte(strings.ToUpper(string(row)))
		}
		rows = append(rows, row)
	}
	return rows, from
}

func lower(c byte) byte { return strings.ToLower(string(c))[0] }

// cut stands for cycles left out; the columns beside it are like them.
const cut = -1

// fold lists the columns to show: those of a stretch that are all alike become
// two with a cut between them.
func fold(rows [][]byte) []int {
	if len(rows) == 0 {
		return nil
	}
	const few = 8
	var out []int
	n := len(rows[0])
	for at := 0; at < n; {
		end := at + 1
		for end < n && alike(rows, at, end) {
			end++
		}
		if end-at > few {
			out = append(out, at, at+1, cut, end-2, end-1)
		} else {
			for i := at; i < end; i++ {
				out = append(out, i)
			}
		}
		at = end
	}
	return out
}

func alike(rows [][]byte, a, b int) bool {
	return !slices.ContainsFunc(rows, func(row []byte) bool { return row[a] != row[b] })
}

// pick is a row with the columns that are shown.
func pick(row []byte, columns []int) []byte {
	out := make([]byte, len(columns))
	for i, c := range columns {
		switch {
		case c != cut:
			out[i] = row[c]
		case row[columns[i-1]] == ' ':
			out[i] = ' '
		default:
			out[i] = '~'
		}
	}
	return out
}

// ruler labels every tenth cycle and the first after a cut.
func ruler(columns []int, from uint64) string {
	line := []byte(strings.Repeat(" ", len(columns)))
	free := 0 // first column without a label
	for i, c := range columns {
		if c == cut {
			continue
		}
		at := from + uint64(c)
		after := i == 0 || columns[i-1] == cut
		if !after && at%10 != 0 {
			continue
		}
		label := strconv.FormatUint(at, 10)
		if i < free {
			continue
		}
		line = append(line[:i], label...)
		if pad := len(columns) - len(line); pad > 0 {
			line = append(line, strings.Repeat(" ", pad)...)
		}
		free = i + len(label) + 1
	}
	return strings.TrimRight(string(line), " ")
}

// leftColumns are what stands left of the cycles: of the header, then of each
// instruction.
func leftColumns(d *Diagram) []string {
	cells := [][]string{{"#", "T", "pc", "instruction"}}
	for i := range d.Uops {
		u := &d.Uops[i]
		cells = append(cells, []string{strconv.FormatUint(u.Number, 10), strconv.Itoa(u.Thread), fmt.Sprintf("%x", u.PC), u.Text})
	}
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			widths[i] = max(widths[i], len(c))
		}
	}
	out := make([]string, len(cells))
	for i, row := range cells {
		out[i] = fmt.Sprintf("%*s  %*s  %*s  %-*s", widths[0], row[0], widths[1], row[1], widths[2], row[2], widths[3], row[3])
	}
	return out
}

// key explains the letters that occur.
func key(used map[byte]bool) string {
	var parts []string
	for s := range numStages {
		c := stages[s].letter
		switch {
		case !used[c]:
		case s == queue:
			parts = append(parts, ". waits")
		case s == complete:
			parts = append(parts, "- waits to commit")
		case s == squash:
			parts = append(parts, "x squashed")
		default:
			parts = append(parts, string(c)+" "+textNames[s])
		}
	}
	if used['~'] {
		parts = append(parts, "~ more of the same")
	}
	return strings.Join(parts, ", ")
}

var textNames = [numStages]string{
	fetch: "fetch", decode: "decode", rename: "rename", issue: "issue", execute: "execute", memory: "memory", commit: "commit",
}

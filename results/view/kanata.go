package view

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Kanata writes a log of format version 4 of the Onikiri simulator, which the
// viewer Konata shows (docs/kanata-log-format.md of shioyadan/Konata): the
// stages on lane 0, why an instruction waits on lane 1, arrows from producers.
//
// An instruction retires in the log in the cycle after the one in which it
// commits, so that its commit is seen. One that was in flight when recording
// ended has no end in the log.
func Kanata(w io.Writer, d *Diagram) error {
	from, until := d.bounds()
	ids := make(map[uint64]int, len(d.Uops)) // by number
	for i := range d.Uops {
		ids[d.Uops[i].Number] = i
	}
	l := kanataLog{out: bufio.NewWriter(w), d: d, now: from}
	fmt.Fprintf(l.out, "Kanata\t0004\nC=\t%d\n", from)
	for i := range d.Uops {
		if len(l.events) >= l.enough {
			l.flush(d.Uops[i].Fetch)
		}
		l.uop(i, ids, until)
	}
	l.flush(Never)
	return l.out.Flush()
}

// kanataWay orders what is not the end of an instruction: ends come last in a
// cycle, those of commits as they committed, after the squashes.
const kanataWay = 0

type kanataEvent struct {
	at    uint64
	order uint64
	id    int
	line  string
}

// kanataLog collects events: of each instruction by time, and of one that
// others name before theirs. It writes those that are before all that is still
// to come.
type kanataLog struct {
	out     *bufio.Writer
	d       *Diagram
	events  []kanataEvent
	enough  int // events that are worth sorting
	now     uint64
	retired uint64
}

func (l *kanataLog) add(at uint64, id int, format string, args ...any) {
	l.events = append(l.events, kanataEvent{at, kanataWay, id, fmt.Sprintf(format, args...)})
}

// flush writes the events before cycle until.
func (l *kanataLog) flush(until uint64) {
	slices.SortStableFunc(l.events, func(a, b kanataEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
	})
	n := 0
	for ; n < len(l.events) && l.events[n].at < until; n++ {
		l.write(&l.events[n])
	}
	l.events = append(l.events[:0], l.events[n:]...)
	const least = 4096
	l.enough = max(2*len(l.events), least)
}

func (l *kanataLog) write(e *kanataEvent) {
	if e.at > l.now {
		fmt.Fprintf(l.out, "C\t%d\n", e.at-l.now)
		l.now = e.at
	}
	switch {
	case e.order == kanataWay:
		fmt.Fprintln(l.out, e.line)
	case l.d.Uops[e.id].Fate == Committed:
		fmt.Fprintf(l.out, "R\t%d\t%d\t0\n", e.id, l.retired)
		l.retired++
	default:
		fmt.Fprintf(l.out, "R\t%d\t%d\t1\n", e.id, l.retired) // the number that it would have had at most
	}
}

// uop writes the way of instruction i.
func (l *kanataLog) uop(i int, ids map[uint64]int, until uint64) {
	u := &l.d.Uops[i]
	l.add(u.Fetch, i, "I\t%d\t%d\t%d", i, u.Number, u.Thread)
	l.add(u.Fetch, i, "L\t%d\t0\t%x: %s", i, u.PC, oneField(u.Text))
	l.add(u.Fetch, i, "L\t%d\t1\t%s", i, oneField(details(l.d, u)))
	first := len(l.events)
	for _, s := range u.spans(until) {
		if s.stage != squash {
			l.stage(i, 0, stages[s.stage].log, s.from, s.until)
		}
	}
	for _, w := range u.Waits {
		l.stage(i, 1, oneField(w.Code), w.From, min(w.Until, until))
	}
	for _, s := range u.Sources {
		if id, ok := ids[s.Uop]; ok && s.Until != Never && s.Until < min(u.End, until) {
			l.add(s.Until, i, "W\t%d\t%d\t0", i, id)
		}
	}
	// Of two events of a cycle the end of a stage comes first, as it was added.
	slices.SortStableFunc(l.events[first:], func(a, b kanataEvent) int { return cmp.Compare(a.at, b.at) })
	switch {
	case u.End == Never:
	case u.Fate == Committed:
		l.events = append(l.events, kanataEvent{at: u.End + 1, order: u.Retired + 2, id: i})
	default:
		l.events = append(l.events, kanataEvent{at: u.End, order: 1, id: i})
	}
}

func (l *kanataLog) stage(id, lane int, name string, from, until uint64) {
	if from < until {
		l.add(from, id, "S\t%d\t%d\t%s", id, lane, name)
		l.add(until, id, "E\t%d\t%d\t%s", id, lane, name)
	}
}

// details are what a viewer shows of an instruction besides its stages; lines
// are parted as the format has them.
func details(d *Diagram, u *Uop) string {
	lines := []string{fmt.Sprintf("thread %d, software thread %d of program %d", u.Thread, u.Software, u.Program)}
	if u.Program < len(d.Programs) {
		lines[0] += " (" + d.Programs[u.Program] + ")"
	}
	lines = append(lines, u.Fate.String())
	lines = append(lines, u.Notes...)
	for _, w := range u.Waits {
		text := fmt.Sprintf("%d … %d: %s", w.From, w.Until-1, w.Text)
		if w.Until == Never {
			text = fmt.Sprintf("from %d: %s", w.From, w.Text)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, `\n`) + `\n`
}

// oneField keeps a text in its column.
func oneField(text string) string {
	return strings.NewReplacer("\t", " ", "\n", `\n`, "\r", " ").Replace(text)
}

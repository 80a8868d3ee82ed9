package command

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows how far a set of runs is: a bar on a terminal, otherwise a
// line for each finished run, or each so many of a great many, and nothing when
// quiet.
type progress struct {
	lines io.Writer
	bars  *mpb.Progress
	bar   *mpb.Bar
	last  atomic.Pointer[string] // the run that finished last
	began time.Time
}

// lineEach is a line for so many runs when there are that many in all.
func lineEach(total int) int {
	const most = 200
	return (total + most - 1) / most
}

// pace says how many runs a minute there were so far and how long the rest
// takes at that pace, by its expected work; nothing where that is not known.
func (p *progress) pace(r experiment.Progress) string {
	elapsed := time.Since(p.began)
	if r.Work == 0 || r.Work == r.TotalWork || elapsed < time.Second {
		return ""
	}
	left := time.Duration(float64(elapsed) / float64(r.Work) * float64(r.TotalWork-r.Work))
	return fmt.Sprintf("%.3g runs a minute, %s left", float64(r.Done)/elapsed.Minutes(), roughly(left))
}

// roughly writes a duration as precisely as an estimate deserves.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

func (t *tool) newProgress() *progress {
	switch {
	case t.quiet:
		return &progress{}
	case !hasHeight(t.err):
		return &progress{lines: t.err}
	}
	return &progress{bars: mpb.New(mpb.WithOutput(t.err), mpb.WithWidth(barWidth))}
}

// barWidth is the width of the bar alone, in columns.
const barWidth = 24

// show takes one report; reports come one at a time.
func (p *progress) show(r experiment.Progress) {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	switch {
	case p.lines != nil && r.Done > 0 && (r.Done%lineEach(r.Total) == 0 || r.Done == r.Total):
		pace := p.pace(r)
		if pace != "" {
			pace = " (" + pace + ")"
		}
		fmt.Fprintf(p.lines, "threadmill: %d of %d %s%s\n", r.Done, r.Total, ending(r), pace)
	case p.bars != nil && p.bar == nil:
		p.bar = p.bars.AddBar(int64(r.Total),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d runs")),
			mpb.AppendDecorators(
				decor.Elapsed(decor.ET_STYLE_MMSS),
				decor.Any(func(s decor.Statistics) string {
					last := p.last.Load()
					if last == nil || s.Completed || s.Aborted {
						return ""
					}
					const gaps = 3 // around the bar, and the last column
					return fit("  "+*last, s.AvailableWidth-barWidth-gaps)
				}),
			),
			mpb.BarRemoveOnComplete(),
		)
	}
	p.warn(r.Exits)
	if p.bar != nil {
		last := r.Run
		if r.Failed != nil {
			last += " failed"
		}
		if pace := p.pace(r); pace != "" {
			last = pace + "  " + last
		}
		p.last.Store(&last)
		p.bar.SetCurrent(int64(r.Done))
	}
}

// ending says how the run that is just over ended.
func ending(r experiment.Progress) string {
	if r.Failed != nil {
		return fmt.Sprintf("over: %s failed: %v", r.Run, r.Failed)
	}
	return "done: " + r.Run
}

// warn says what should not wait for the end, above the bar.
func (p *progress) warn(exits []results.Exit) {
	var w io.Writer = p.bars
	switch {
	case p.lines != nil:
		w = p.lines
	case p.bars == nil:
		return
	}
	for _, e := range exits {
		fmt.Fprint(w, warning(e.String()))
	}
}

// end takes the bar away, finished or not.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.Abort(true)
	}
	if p.bars != nil {
		p.bars.Wait()
	}
}

// fit cuts a text to so many columns, so that the bar before it keeps its own.
func fit(text string, columns int) string {
	runes := []rune(text)
	switch {
	case columns < 1:
		return ""
	case len(runes) > columns:
		return string(runes[:columns-1]) + "…"
	}
	return text
}

// hasHeight reports whether w is a terminal that says how many lines it has, as
// one does on which something can be drawn.
func hasHeight(w any) bool {
	if terminalWidth(w) == 0 {
		return false
	}
	_, height, err := term.GetSize(int(w.(*os.File).Fd()))
	return err == nil && height > 0
}

// terminalWidth is the columns of the terminal behind w, 0 when there is none.
func terminalWidth(w any) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	const usual = 80
	return usual
}

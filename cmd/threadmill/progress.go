package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows how far a comparison is: a bar on a terminal, otherwise a
// line for each finished run, and nothing when quiet.
type progress struct {
	lines io.Writer
	bars  *mpb.Progress
	bar   *mpb.Bar
	last  atomic.Pointer[string] // the run that finished last
}

func (t *tool) newProgress() *progress {
	switch {
	case t.quiet:
		return &progress{}
	case terminalWidth(t.err) == 0:
		return &progress{lines: t.err}
	}
	return &progress{bars: mpb.New(mpb.WithOutput(t.err), mpb.WithWidth(40))}
}

// show takes one report; reports come one at a time.
func (p *progress) show(r experiment.Progress) {
	switch {
	case p.lines != nil && r.Done > 0:
		fmt.Fprintf(p.lines, "threadmill: %d of %d done: %s\n", r.Done, r.Total, r.Run)
	case p.bars != nil && p.bar == nil:
		p.bar = p.bars.AddBar(int64(r.Total),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d runs")),
			mpb.AppendDecorators(
				decor.Elapsed(decor.ET_STYLE_MMSS),
				decor.Any(func(s decor.Statistics) string {
					if last := p.last.Load(); last != nil && !s.Completed && !s.Aborted {
						return "  " + *last
					}
					return ""
				}),
			),
			mpb.BarRemoveOnComplete(),
		)
	}
	if p.bar != nil {
		p.last.Store(&r.Run)
		p.bar.SetCurrent(int64(r.Done))
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

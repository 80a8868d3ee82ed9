package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/view"
	"github.com/urfave/cli/v2"
)

const viewName = "view"

// viewFormat is a way to draw a diagram.
type viewFormat struct {
	name  string
	write func(io.Writer, *view.Diagram) error
	most  uint64 // instructions
	usual uint64 // … without a window
}

// Diagrams by format, the default first.
var viewTable = []viewFormat{
	{"text", view.Text, view.MaxRows, 32},
	{"kanata", view.Kanata, 500_000, 20_000},
	{"html", view.HTML, 200_000, 20_000},
}

var viewFormats = func() (names []string) {
	for _, f := range viewTable {
		names = append(names, f.name)
	}
	return names
}()

func (t *tool) viewCommand() *cli.Command {
	return &cli.Command{
		Name:      viewName,
		Usage:     "a diagram of the pipeline: which instruction was where in each cycle, and why it waited",
		ArgsUsage: "WORKLOAD...",
		Description: "The diagram has the instructions that are fetched in a window, each to its commit or squash. Cycles and instructions are\n" +
			"counted from the end of --fast-forward and --warmup, from 0; instructions in the order of fetch over all threads, in which\n" +
			"wrong paths and what is fetched again count. A window is A:B (A up to, not including, B), A: or N, which is 0:N; with both,\n" +
			"an instruction must be in both.\n\n" +
			"text is for some dozen instructions; kanata is a log for the Konata viewer; html is a page that needs nothing but itself.\n\n" + workloadHelp,
		Flags: join(machineFlags(), []cli.Flag{
			&cli.StringFlag{Name: "scheduler", DefaultText: "the machine's own", Usage: "discipline, `NAME` or NAME:param=value,..."},
			&cli.StringFlag{Name: "cycles", Usage: "show what is fetched in the cycles `A:B`"},
			&cli.StringFlag{Name: "insts", DefaultText: fmt.Sprintf("0:%d as text, else 0:%d", viewTable[0].usual, viewTable[1].usual), Usage: "show the instructions `A:B`"},
			&cli.StringFlag{Name: "format", Value: viewTable[0].name, Usage: "`FORMAT` of the diagram: " + alternatives(viewFormats)},
			&cli.StringFlag{Name: "out", DefaultText: "standard output", Usage: "`FILE` for the diagram"},
		}, viewBeginFlags(), guestFlags(), []cli.Flag{quietFlag()}),
		Action: t.view,
	}
}

// viewBeginFlags say where cycles and instructions are counted from.
func viewBeginFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Uint64Flag{Name: "fast-forward", Usage: "execute the first `N` instructions of each program functionally, which warms caches, TLBs and predictors"},
		&cli.BoolFlag{Name: "roi", Usage: "begin, before any fast-forward, where each program begins its region of interest"},
		&cli.Uint64Flag{Name: "warmup", Usage: "count from where the slowest program has committed `N` instructions"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`N` from which everything random follows"},
	}
}

// alternatives writes names as a choice.
func alternatives(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func (t *tool) view(c *cli.Context) error {
	f := formatOf(c)
	window, err := windowOf(c, f)
	if err != nil {
		return err
	}
	out := c.String("out")
	if err := t.checkOut(c, f, out); err != nil {
		return err
	}
	job, err := t.viewJob(c)
	if err != nil {
		return err
	}
	watch, err := experiment.PrepareWatch(job)
	if err != nil {
		return usage(c, "%w", err)
	}
	d, err := watch.Do(c.Context, window)
	switch {
	case c.Context.Err() != nil:
		return &exit{exitFailed, fmt.Errorf("interrupted; nothing is written")}
	case err != nil:
		return err
	case len(d.Uops) == 0:
		return &exit{exitFailed, fmt.Errorf("no instruction was fetched in the window; the programs had ended, or waited")}
	case uint64(len(d.Uops)) > f.most:
		return usage(c, "the window has more than %d instructions, the most that %s shows; %s", f.most, f.name, smaller(f))
	}
	return t.writeDiagram(c, f, d, out)
}

// checkOut finds what is wrong with a place for the diagram before anything is
// simulated for it.
func (t *tool) checkOut(c *cli.Context, f viewFormat, out string) error {
	if out == "" {
		switch {
		case c.IsSet("out"):
			return usage(c, "--out: no file is named")
		case f.name == "html" && terminalWidth(t.out) > 0:
			return usage(c, "--format html is a page for a browser: name a file with --out FILE")
		}
		return nil
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		return usage(c, "--out: %s is a directory; a file is wanted", out)
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return usage(c, "--out: %s: there is no directory %s", out, filepath.Dir(out))
	}
	return nil
}

// formatOf is the format asked for, which checkFormat has found to be one.
func formatOf(c *cli.Context) viewFormat {
	for _, f := range viewTable {
		if f.name == c.String("format") {
			return f
		}
	}
	return viewTable[0]
}

// smaller says how a diagram becomes one that can be looked at.
func smaller(f viewFormat) string {
	if f.name == "text" {
		return "choose a smaller one with --cycles A:B or --insts A:B, or --format html"
	}
	return "choose a smaller one with --cycles A:B or --insts A:B"
}

// windowOf reads the window. One that is given by cycles ends where there is
// more to show than a format can.
func windowOf(c *cli.Context, f viewFormat) (w pipeline.Window, err error) {
	if w.Cycles, err = parseRange(c, "cycles"); err != nil {
		return w, err
	}
	if w.Insts, err = parseRange(c, "insts"); err != nil {
		return w, err
	}
	cycles, insts := c.IsSet("cycles"), c.IsSet("insts")
	n := w.Insts.To - w.Insts.From
	switch {
	case !cycles && !insts:
		w.Insts.To = f.usual
	case w.Insts.To > 0 && n > f.most && !cycles:
		return w, usage(c, "--insts: %d instructions are more than %d, the most that %s shows; %s", n, f.most, f.name, smaller(f))
	case w.Insts.To == 0 || n > f.most:
		w.Insts.To = w.Insts.From + f.most + 1
	}
	return w, nil
}

// parseRange reads the flag of a range.
func parseRange(c *cli.Context, flag string) (r pipeline.Range, err error) {
	text := c.String(flag)
	if !c.IsSet(flag) {
		return r, nil
	}
	wrong := func() (pipeline.Range, error) {
		return r, usage(c, "--%s: %q is no window: A:B, A: or N, whole numbers", flag, text)
	}
	first, last, both := strings.Cut(text, ":")
	if !both {
		first, last = "0", text
	}
	if first == "" {
		first = "0"
	}
	if r.From, err = strconv.ParseUint(first, 10, 62); err != nil {
		return wrong()
	}
	if last == "" && both {
		return r, nil
	}
	if r.To, err = strconv.ParseUint(last, 10, 62); err != nil {
		return wrong()
	}
	if r.To <= r.From {
		return r, usage(c, "--%s: %q has nothing in it: it begins at %d and ends before %d", flag, text, r.From, r.To)
	}
	return r, nil
}

func (t *tool) viewJob(c *cli.Context) (job machine.Job, err error) {
	if c.NArg() == 0 {
		return job, usage(c, "no workload given (threadmill list workloads)")
	}
	job.Scheduler, job.Seed = c.String("scheduler"), c.Uint64("seed")
	if job.Config, job.Threads, err = machineOf(c); err != nil {
		return job, err
	}
	if !c.IsSet("scheduler") {
		job.Scheduler = job.Config.Discipline()
	}
	job.Limits = machine.Limits{
		FastForward: c.Uint64("fast-forward"), ROI: c.Bool("roi"), Warmup: c.Uint64("warmup"), Until: machine.UntilAll,
	}
	if job.Guest, err = guestOf(c); err != nil {
		return job, err
	}
	job.Programs, err = t.programs(c, c.Args().Slice())
	return job, err
}

// writeDiagram draws into a file, which is there whole or not at all, or to
// standard output.
func (t *tool) writeDiagram(c *cli.Context, f viewFormat, d *view.Diagram, out string) error {
	draw := func(w io.Writer) error { return f.write(w, d) }
	var err error
	if out == "" {
		err = draw(t.out)
	} else {
		err = writeWhole(out, draw)
	}
	var large *view.TooLarge
	switch {
	case errors.As(err, &large):
		return usage(c, "%w; %s", err, smaller(f))
	case err != nil:
		return &exit{exitFailed, err}
	case out != "":
		t.note("%d instructions in %s", len(d.Uops), out)
	}
	return nil
}

// writeWhole writes a file beside its place and then renames it. What is no
// file, as a pipe, is written to.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(w), w.Close())
	}
	// In a directory of its own, since a temporary file would be its writer's alone.
	dir, err := os.MkdirTemp(filepath.Dir(name), ".threadmill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stage, err := os.Create(filepath.Join(dir, filepath.Base(name)))
	if err != nil {
		return err
	}
	err = write(stage)
	if err = errors.Join(err, stage.Close()); err != nil {
		return err
	}
	return os.Rename(stage.Name(), name)
}

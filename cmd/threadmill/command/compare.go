package command

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwarp"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/report"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/urfave/cli/v2"
)

// What compare does without arguments.
var (
	defaultMix        = []string{"sort", "matmul", "bfs", "chase"}
	defaultSchedulers = []string{"single", "coarse", "barrel", "icount"}
)

func (t *tool) compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "run programs alone and under several disciplines, side by side: a table, figures, an HTML report",
		ArgsUsage: "[WORKLOAD...]",
		Description: "Without a WORKLOAD the mix is " + strings.Join(defaultMix, ", ") + ", or the first of them on fewer threads. Every program also runs alone, for the speedup\n" +
			"and the metrics of multiprogrammed performance.\n\n" + workloadHelp + "\n\n" + untilHelp(),
		Flags: join(machineFlags(), []cli.Flag{
			&cli.StringSliceFlag{
				Name: "scheduler", DefaultText: strings.Join(defaultSchedulers, ", ") + ", and the machine's own",
				Usage: "compare discipline `NAME` or NAME:param=value,...; those given replace the default ones",
			},
		}, runFlags(200_000, 1_000_000), guestFlags(), []cli.Flag{
			jobsFlag("`N` simulations at a time"),
			&cli.StringFlag{Name: "out", Value: "threadmill-report", Usage: "`DIR` for figures, CSV, JSON and index.html"},
		}, outputFlags()),
		Action: t.compare,
	}
}

func (t *tool) compare(c *cli.Context) error {
	o, err := t.compareOptions(c)
	if err != nil {
		return err
	}
	dir := c.String("out")
	if err := report.Check(dir); err != nil {
		return usage(c, "--out: %w", err)
	}
	bar := t.newProgress()
	o.Progress = bar.show
	res, err := experiment.Compare(c.Context, o)
	bar.end()
	if err != nil {
		return usage(c, "%w", err)
	}
	res.Command = compareLine(c, o, res)
	all := slices.Concat(res.Runs, res.Baselines, res.Scaling)
	if res.Canceled && len(all) == 0 {
		return &exit{exitFailed, fmt.Errorf("interrupted before a run had finished; nothing is written")}
	}
	if err := unmeasured(all); err != nil && !res.Canceled {
		return cmp.Or(failures(res.Failures), err)
	}
	t.warnAll(res)
	wrote := report.Write(dir, res)
	if err := t.printComparison(res, c.String("format")); err != nil {
		return err
	}
	switch {
	case wrote != nil:
		return &exit{exitFailed, fmt.Errorf("%s: %w", dir, wrote)}
	case res.Canceled:
		return &exit{exitFailed, fmt.Errorf("interrupted; the runs that had finished are in %s", filepath.Join(dir, "index.html"))}
	}
	t.note("figures and report: %s", filepath.Join(dir, "index.html"))
	return failures(res.Failures)
}

func (t *tool) compareOptions(c *cli.Context) (o experiment.CompareOptions, err error) {
	if o.Jobs, err = jobs(c); err != nil {
		return o, err
	}
	if o.Config, o.Threads, err = machineOf(c); err != nil {
		return o, err
	}
	o.Limits = limits(c)
	if o.Guest, err = guestOf(c); err != nil {
		return o, err
	}
	o.Seed = c.Uint64("seed")
	if o.Schedulers = c.StringSlice("scheduler"); len(o.Schedulers) == 0 {
		o.Schedulers = usualSchedulers(o.Config)
	}
	mix := c.Args().Slice()
	if len(mix) == 0 {
		mix = defaultMix[:min(len(defaultMix), cmp.Or(o.Threads, o.Config.Threads))]
	}
	o.Programs, err = t.programs(c, mix)
	return o, err
}

// usualSchedulers are those compared when none is named: the machine's own
// stands beside the default ones unless it is one of them.
func usualSchedulers(cfg *machine.Config) []string {
	canonical := func(spec string) string {
		_, args, err := scheduler.Parse(spec)
		if err != nil {
			return spec // the comparison reports it
		}
		return args.String()
	}
	own := cfg.Discipline()
	for _, spec := range defaultSchedulers {
		if canonical(spec) == canonical(own) {
			return defaultSchedulers
		}
	}
	return append(slices.Clone(defaultSchedulers), own)
}

// compareLine is the command that gives the same comparison.
func compareLine(c *cli.Context, o experiment.CompareOptions, res *results.Comparison) string {
	words := []string{"threadmill", "compare", "--machine", c.String("machine")}
	for _, s := range c.StringSlice("set") {
		words = append(words, "--set", s)
	}
	if o.Threads > 0 {
		words = append(words, "--threads", strconv.Itoa(o.Threads))
	}
	for _, s := range o.Schedulers {
		words = append(words, "--scheduler", s)
	}
	if n := o.Limits.FastForward; n > 0 {
		words = append(words, "--fast-forward", strconv.FormatUint(n, 10))
	}
	if o.Limits.ROI {
		words = append(words, "--roi")
	}
	if o.Guest.Root != nil {
		words = append(words, "--root", o.Guest.Root.Name())
	}
	if c.IsSet("memory") {
		words = append(words, "--memory", c.String("memory"))
	}
	words = append(words,
		"--warmup", strconv.FormatUint(o.Limits.Warmup, 10), "--insts", strconv.FormatUint(o.Limits.Insts, 10),
		"--until", o.Limits.Until, "--seed", strconv.FormatUint(o.Seed, 10))
	return results.ShellLine(append(words, res.Mix...))
}

// printComparison prints the runs; as text, also what each program got.
func (t *tool) printComparison(res *results.Comparison, format string) error {
	switch format {
	case formatJSON:
		return writeJSON(t.out, res)
	case formatCSV:
		return results.WriteCSV(t.out, res.Runs, results.Columns())
	}
	if len(res.Runs) == 0 {
		return nil
	}
	var runs table
	runs.header, runs.rows = results.Table(res.Runs, results.Columns())
	if err := t.print(&runs, format); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	if err := t.print(perProgram(res), format); err != nil {
		return err
	}
	if estimates := estimates(res); len(estimates.rows) > 0 {
		fmt.Fprintln(t.out)
		if err := t.print(estimates, format); err != nil {
			return err
		}
	}
	return t.printNotes(res)
}

// estimates compares each program's progress with what its thread's accounting
// makes of it without a solo run.
func estimates(res *results.Comparison) *table {
	out := &table{header: []string{"NP estimated (error) of"}}
	labels := results.Labels(res.Runs)
	for k, r := range res.Runs {
		if r.Metrics != nil && slices.ContainsFunc(r.Metrics.Estimate, results.Number.Defined) {
			out.header = append(out.header, labels[k])
		}
	}
	if len(out.header) == 1 {
		return out
	}
	for i, name := range res.Mix {
		row := []string{name}
		for _, r := range res.Runs {
			if r.Metrics == nil || !slices.ContainsFunc(r.Metrics.Estimate, results.Number.Defined) {
				continue
			}
			estimate, progress := r.Metrics.Estimate[i], r.Metrics.Progress[i]
			cell := estimate.Text(2)
			if estimate.Defined() && progress.Defined() {
				cell += fmt.Sprintf(" (%+.0f %%)", 100*float64(estimate/progress-1))
			}
			row = append(row, cell)
		}
		out.add(row...)
	}
	return out
}

// printNotes says what a reader of the table must know.
func (t *tool) printNotes(res *results.Comparison) error {
	var notes []string
	if note := res.InterruptNote(); note != "" {
		notes = append(notes, "Interrupted. "+note)
	}
	if hasProgress(res) {
		notes = append(notes, "NP is a program's IPC relative to its IPC alone over the same instructions, which may be later ones than those of the column \"alone\".")
	}
	if len(estimates(res).rows) > 0 {
		off := ""
		if hasProgress(res) {
			off = ", and how far that is off"
		}
		notes = append(notes, "NP estimated is what the accounting of the program's own thread makes of NP without a solo run"+off+": too low where it could have used few of the slots that others took, its instructions waiting for one another, or where a discipline kept ready ones from issuing; too high where others cost it lines, memory bandwidth or the time that its window takes to drain.")
	}
	if note := res.TimeNote(); note != "" {
		notes = append(notes, note)
	}
	for i, label := range results.Labels(res.Runs) {
		if res.Runs[i].BackToBack() {
			notes = append(notes, label+" runs the programs one after another: its cycles, IPC and utilization are of that whole run, in which the slowest program weighs most. The figures read it as equal shares of time, as STP and ANTT do.")
			break
		}
	}
	const width = 106
	for _, note := range notes {
		lines, _ := twwarp.WrapString(note, width)
		if _, err := fmt.Fprintf(t.out, "\n%s\n", strings.Join(lines, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// hasProgress reports whether NP is defined for some program of some run.
func hasProgress(res *results.Comparison) bool {
	return slices.ContainsFunc(res.Runs, func(r *results.Record) bool {
		return r.Metrics != nil && slices.ContainsFunc(r.Metrics.Progress, results.Number.Defined)
	})
}

// perProgram is each program's IPC, alone and under each discipline, with its
// progress: the IPC relative to that alone over the same instructions, which
// need not be those of the column "alone".
func perProgram(res *results.Comparison) *table {
	out := &table{header: []string{"IPC (NP) of", "alone"}}
	out.header = append(out.header, results.Labels(res.Runs)...)
	for i, name := range res.Mix {
		row := []string{name, "–"}
		for _, r := range res.Runs {
			if alone := res.Baseline(r.Programs[i].Digest); alone != nil {
				row[1] = alone.IPC.Text(2)
			}
			cell := r.Programs[i].IPC().Text(2)
			if r.Metrics != nil && r.Metrics.Progress[i].Defined() {
				cell += " (" + r.Metrics.Progress[i].Text(2) + ")"
			}
			row = append(row, cell)
		}
		out.add(row...)
	}
	return out
}

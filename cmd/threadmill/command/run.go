package command

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/urfave/cli/v2"
)

func (t *tool) runCommand() *cli.Command {
	return &cli.Command{
		Name:        "run",
		Usage:       "one simulation, one program per workload",
		ArgsUsage:   "WORKLOAD...",
		Description: "Without --insts every program runs to its end.\n\n" + workloadHelp + "\n\n" + untilHelp(),
		Flags: join(machineFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "scheduler", DefaultText: "the machine's own", Usage: "discipline, `NAME` or NAME:param=value,..."},
		}, runFlags(0, 0), guestFlags(), intervalFlags(), []cli.Flag{straceFlag(), jobsFlag("`N` simulations at a time, when --scheduler single makes one of each program")}, outputFlags()),
		Action: t.run,
	}
}

func (t *tool) run(c *cli.Context) error {
	job, err := t.runJob(c)
	if err != nil {
		return err
	}
	workers, err := jobs(c)
	if err != nil {
		return err
	}
	if job.Guest.Trace != nil || job.Intervals.Every > 0 {
		workers = 1 // what is written of one program comes after that of another
	}
	var intervals *intervalWriter
	job.Intervals.Sink = func(v *machine.Interval) error { return intervals.sink(v) }
	run, err := experiment.Prepare(job)
	if err != nil {
		return usage(c, "%w", err)
	}
	if intervals, err = intervalsOf(c); err != nil {
		return err
	}
	record, deaths, err := run.Do(c.Context, workers)
	if intervals != nil {
		err = errors.Join(err, intervals.close())
	}
	switch {
	case c.Context.Err() != nil:
		return &exit{exitFailed, fmt.Errorf("interrupted; a run that has not finished has no result")}
	case err != nil:
		return err
	}
	if len(deaths) == 0 {
		if err := unmeasured([]*results.Record{record}); err != nil {
			return err
		}
	}
	for _, w := range record.Warnings {
		t.warn("%s", w)
	}
	if err := t.printRecord(record, c.String("format")); err != nil {
		return err
	}
	return failures(deaths)
}

func (t *tool) runJob(c *cli.Context) (job machine.Job, err error) {
	if c.NArg() == 0 {
		return job, usage(c, "no workload given (threadmill list workloads)")
	}
	given := c.StringSlice("scheduler")
	if n := len(given); n > 1 {
		return job, usage(c, "--scheduler is given %d times; compare takes several", n)
	}
	job.Seed = c.Uint64("seed")
	if job.Config, job.Threads, err = machineOf(c); err != nil {
		return job, err
	}
	job.Scheduler = append(given, job.Config.Discipline())[0]
	job.Limits = limits(c)
	job.Intervals.Every = c.Uint64("interval")
	if job.Guest, err = guestOf(c); err != nil {
		return job, err
	}
	if c.Bool("strace") {
		job.Guest.Trace = t.err
	}
	job.Programs, err = t.programs(c, c.Args().Slice())
	return job, err
}

// printRecord prints one run; as text, also what its programs wrote.
func (t *tool) printRecord(r *results.Record, format string) error {
	switch format {
	case formatJSON:
		return writeJSON(t.out, r)
	case formatCSV:
		return results.WriteCSV(t.out, []*results.Record{r}, results.Columns())
	}
	fmt.Fprintf(t.out, "machine %s, %s, ended by %s\n\n", r.Changed(), r.Scheduler, r.End)
	var threads table
	threads.header, threads.rows = results.ThreadTable(r)
	if err := t.print(&threads, format); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	if err := t.print(summary(r), format); err != nil {
		return err
	}
	var topDown table
	if topDown.header, topDown.rows = results.TopDownTable(r); topDown.rows != nil {
		fmt.Fprintln(t.out)
		if err := t.print(&topDown, format); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(t.out, "\n%s\n", results.TopDownNote); err != nil {
			return err
		}
	}
	for i := range r.Programs {
		if err := t.printOutput(&r.Programs[i], i, format); err != nil {
			return err
		}
	}
	return nil
}

// summary lists what the columns of a comparison hold, and the issue slots.
func summary(r *results.Record) *table {
	out := &table{header: []string{"measure", "value", "meaning"}}
	for _, col := range results.Columns() {
		if text, exact := col.Value(r); exact != "" {
			out.add(col.Title, text, col.Doc)
		}
	}
	for i := range results.IssueShares {
		s := &results.IssueShares[i]
		if share := s.Of(r); share.Defined() {
			out.add(s.Label+" %", (100 * share).Text(1), s.Doc)
		}
	}
	return out
}

// printOutput shows what a program has written.
func (t *tool) printOutput(p *results.Program, thread int, format string) error {
	for _, stream := range []struct {
		name string
		data []byte
	}{{"tandard output", p.Stdout}, {"tandard error", p.Stderr}} {
		if len(stream.data) == 0 {
			continue
		}
		before, after := fmt.Sprintf("\n── s%s of program %d, %s ──\n", stream.name, thread, p.Workload), ""
		if format == formatMarkdown {
			before, after = fmt.Sprintf("\nS%s of program %d, %s:\n\n```\n", stream.name, thread, p.Workload), "```\n"
		}
		text := string(stream.data)
		if text[len(text)-1] != '\n' {
			text += "\n"
		}
		if _, err := fmt.Fprint(t.out, before, text, after); err != nil {
			return err
		}
	}
	return nil
}

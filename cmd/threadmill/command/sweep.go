package command

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

func (t *tool) sweepCommand() *cli.Command {
	return &cli.Command{
		Name:      "sweep",
		Usage:     "a matrix of runs, described by a plan and kept in a store; resumable",
		ArgsUsage: "PLAN.toml",
		Description: "Every mix of the plan runs under every scheduler, with every seed, at every point of the axes. What\n" +
			"the store has already is not done again, so the same command goes on where it was interrupted. The\n" +
			"programs alone, which STP and the like need, are added by themselves. Keys of a plan (what holds\n" +
			"without them):\n\n" + experiment.PlanHelp() + "\n" +
			"Relative paths start at the directory of the plan. Tables:\n\n" +
			"  [set]         configuration path = value: changes for all runs\n" +
			"  [axes]        configuration path = list of values, {from, to, step} or {from, to, factor}\n" +
			"  [[linked]]    configuration path = list, several of one length that move together as one axis\n" +
			"  [[draw]]      mixes by rule:\n\n" + experiment.DrawHelp() + "\n" + untilHelp() + "\n\n" + clusterHelp,
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "store", Usage: "`FILE` that keeps the runs; made when there is none"},
			jobsFlag("`N` simulations at a time"),
			&cli.StringFlag{Name: "timeout", Usage: "give a run up after `DURATION` (90s, 10m, 2h)", DefaultText: "none"},
			&cli.StringFlag{Name: "shard", Usage: "do the `I/N`-th part of the runs, for N processes or machines; store merge puts the stores together", DefaultText: "all"},
			&cli.BoolFlag{Name: "dry-run", Usage: "list the runs, how many are stored and about how long the others take, and do nothing"},
		}, clusterFlags(), outputFlags()),
		Action: t.sweep,
	}
}

func (t *tool) sweep(c *cli.Context) error {
	o, err := sweepOptions(c)
	if err != nil {
		return err
	}
	plan, err := experiment.ReadPlan(c.Context, c.Args().First(), *t.opener())
	var layout *experiment.Layout
	if err == nil {
		layout, err = experiment.NewLayout(c.Context, plan)
	}
	var missing *fs.PathError
	if errors.As(err, &missing) {
		err = usage(c, "%s: %w", missing.Path, missing.Err)
	}
	switch err := errors.Join(checkStore(c), err); {
	case c.Context.Err() != nil:
		return &exit{exitFailed, fmt.Errorf("interrupted; nothing has been simulated")}
	case err != nil:
		return &exit{exitUsage, err}
	case c.String("engine") == engineSlurm:
		return t.doCluster(c, layout)
	case c.Bool("dry-run"):
		return t.dryRun(c, layout, o)
	}
	return t.doSweep(c, layout, o)
}

// checkStore reports a store that is needed and not named.
func checkStore(c *cli.Context) error {
	if c.String("store") != "" || c.Bool("dry-run") && c.String("engine") != engineSlurm {
		return nil
	}
	return usage(c, "--store FILE: where are the runs to be kept?")
}

func sweepOptions(c *cli.Context) (o experiment.SweepOptions, err error) {
	switch {
	case c.NArg() == 0:
		return o, usage(c, "no plan given")
	case c.NArg() > 1:
		return o, usage(c, "one plan at a time, not %d", c.NArg())
	case c.IsSet("format") && !c.Bool("dry-run"):
		return o, usage(c, "--format is of what --dry-run lists")
	}
	if err := checkEngine(c); err != nil {
		return o, err
	}
	if o.Jobs, err = jobs(c); err != nil {
		return o, err
	}
	if c.IsSet("timeout") {
		if o.Timeout, err = time.ParseDuration(c.String("timeout")); err != nil || o.Timeout <= 0 {
			return o, usage(c, "--timeout: %q is no duration above 0, such as 90s, 10m or 2h", c.String("timeout"))
		}
	}
	if c.IsSet("shard") {
		if o.Shard, err = experiment.ParseShard(c.String("shard")); err != nil {
			return o, usage(c, "--shard: %w", err)
		}
	}
	return o, nil
}

// doSweep does the runs that the store has not.
func (t *tool) doSweep(c *cli.Context, l *experiment.Layout, o experiment.SweepOptions) error {
	file := c.String("store")
	s, err := store.Open(file)
	if err != nil {
		return storeError(c, err)
	}
	o.Store = s
	bar := t.newProgress()
	o.Progress = bar.show
	out, err := experiment.Sweep(c.Context, l, o)
	bar.end()
	err = errors.Join(err, s.Close())
	switch {
	case out == nil:
		return storeError(c, err)
	case err != nil:
		return &exit{exitFailed, fmt.Errorf("%w; %d of %d runs are stored, and the same command does the rest", err, out.Finished, out.Runs)}
	case out.Canceled:
		return &exit{exitFailed, fmt.Errorf("interrupted; %d of %d runs are in %s, and the same command does the rest", out.Finished, out.Runs, file)}
	}
	t.warnExits(out.Exits)
	t.warnPartly(out.Partly)
	t.noteLeft(l.Name, file, out.Left)
	t.note("%s: %s, %d of them done now and %d before, in %s", l.Name, results.Counted(out.Runs, "run"), out.Finished-out.Had, out.Had, file)
	return failedRuns(l, out.Failed)
}

// noteLeft says how many runs an edited plan has left in a store.
func (t *tool) noteLeft(plan, file string, n int) {
	if n > 0 {
		t.note("%s: runs that the plan no longer asks for, which stay in %s and are not reported with it: %d", plan, file, n)
	}
}

// failedRuns is the error that names the runs that failed, when they are many
// the first of them; nil when none has.
func failedRuns(l *experiment.Layout, list []results.FailedRun) error {
	const most = 20
	var errs []error
	for i := range list {
		if i == most {
			errs = append(errs, fmt.Errorf("and %d others", len(list)-most))
			break
		}
		f := &list[i]
		if len(f.Programs) == 0 {
			errs = append(errs, errors.New(f.Error))
			continue
		}
		where := f.Scheduler
		if label := l.LabelOf(f.Setup.Config); label != "" {
			where += ", " + label
		}
		errs = append(errs, fmt.Errorf("%s under %s, seed %d: %s", f.Mix(), where, f.Setup.Seed, f.Error))
	}
	if errs == nil {
		return nil
	}
	errs = append(errs, fmt.Errorf("%s failed; the same command tries again", results.Counted(len(list), "run")))
	return &exit{exitFailed, errors.Join(errs...)}
}

// plannedRun is a run of a plan as JSON.
type plannedRun struct {
	Run       int               `json:"run"` // from 1
	Key       string            `json:"key"`
	Settings  map[string]string `json:"settings"`
	Scheduler string            `json:"scheduler"`
	Contexts  int               `json:"contexts"`
	Seed      uint64            `json:"seed"`
	Mix       []string          `json:"mix"`
	Stored    bool              `json:"stored"`
}

// surveyJSON is a plan's dry run as JSON.
type surveyJSON struct {
	Plan            string         `json:"plan"`
	Runs            int            `json:"runs"`
	Stored          int            `json:"stored"`
	Baselines       int            `json:"baselines"`
	StoredBaselines int            `json:"stored_baselines"`
	Instructions    uint64         `json:"instructions"`
	Seconds         results.Number `json:"seconds"` // null: unknown
	List            []plannedRun   `json:"list"`
}

// dryRun lists the runs and says how much there is to do.
func (t *tool) dryRun(c *cli.Context, l *experiment.Layout, o experiment.SweepOptions) error {
	finished, price, err := stored(c)
	if err != nil {
		return err
	}
	workers := o.Jobs
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	survey := l.Survey(finished, o.Shard)
	from, to := o.Shard.Range(l.Len())
	format := c.String("format")
	if format == formatJSON {
		j := surveyJSON{
			Plan: l.Name, Runs: survey.Runs, Stored: survey.Stored, Baselines: survey.Baselines, StoredBaselines: survey.StoredBaselines,
			Instructions: survey.Instructions, Seconds: survey.Seconds(price.Cost, workers), List: make([]plannedRun, 0, to-from),
		}
		for i := from; i < to; i++ {
			j.List = append(j.List, planned(l, i, finished))
		}
		return writeJSON(t.out, j)
	}
	const ends, long = 10, 40 // rows of a list that is too long for people
	out := &table{header: []string{"run"}}
	for _, s := range l.Settings(0) {
		out.header = append(out.header, s.Path)
	}
	out.header = append(out.header, "scheduler", "contexts", "seed", "stored", "mix")
	for i := from; i < to; i++ {
		if format != formatCSV && to-from > long && i == from+ends {
			row := make([]string, len(out.header))
			row[0] = "…"
			out.add(row...)
			i = to - ends
		}
		out.add(plannedRow(l, i, finished)...)
	}
	if err := t.print(out, format); err != nil || format == formatCSV {
		return err
	}
	_, err = fmt.Fprintf(t.out, "\n%s\n", surveyText(l, survey, price, workers, to-from > long))
	return err
}

// pricing is what simulations take and who says so.
type pricing struct {
	experiment.Cost
	source string
}

// guess is the source of a price that no run has told.
const guess = "a guess"

// stored are the keys that the store has, and what its latest runs took; a guess
// when there is no store yet.
func stored(c *cli.Context) (finished map[string]bool, took pricing, err error) {
	took = pricing{experiment.Guess, guess}
	file := c.String("store")
	if file == "" {
		return nil, took, nil
	}
	s, err := store.OpenReadOnly(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, took, nil
	}
	if err != nil {
		return nil, took, storeError(c, err)
	}
	defer s.Close()
	finished, err = s.Finished()
	if err != nil {
		return nil, took, storeError(c, err)
	}
	const enough = 1000
	latest, err := s.Latest(enough)
	if measured, ok := experiment.CostOf(latest); ok {
		took = pricing{measured, "the store's runs"}
	}
	return finished, took, storeError(c, err)
}

func planned(l *experiment.Layout, i int, finished map[string]bool) plannedRun {
	id := l.Identity(i)
	p := plannedRun{
		Run: i + 1, Key: id.Key(), Settings: map[string]string{}, Scheduler: id.Scheduler, Contexts: id.Setup.Contexts, Seed: id.Setup.Seed,
	}
	for _, s := range l.Settings(l.At(i).Point) {
		p.Settings[s.Path] = s.Value
	}
	for _, program := range id.Programs {
		p.Mix = append(p.Mix, program.Workload)
	}
	p.Stored = finished[p.Key]
	return p
}

func plannedRow(l *experiment.Layout, i int, finished map[string]bool) []string {
	p := planned(l, i, finished)
	row := []string{strconv.Itoa(p.Run)}
	for _, s := range l.Settings(l.At(i).Point) {
		row = append(row, s.Value)
	}
	return append(row, p.Scheduler, strconv.Itoa(p.Contexts), strconv.FormatUint(p.Seed, 10), yesNo(p.Stored), strings.Join(p.Mix, " + "))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// surveyText says how much there is to do.
func surveyText(l *experiment.Layout, s *experiment.Survey, price pricing, workers int, abridged bool) string {
	text := fmt.Sprintf("%s: %s, %d of them stored; %s for their metrics, %d of them stored.\n",
		l.Name, results.Counted(s.Runs, "run"), s.Stored, results.Counted(s.Baselines, "solo run"), s.StoredBaselines)
	switch seconds := s.Seconds(price.Cost, workers); {
	case s.Stored == s.Runs && s.StoredBaselines == s.Baselines:
		text += "Nothing is left to do."
	case seconds.Defined():
		text += fmt.Sprintf("About %s on %s: %s at %.3g ms each, and %.1f million instructions at %.3g million a second (%s).",
			roughly(time.Duration(float64(seconds)*float64(time.Second))), results.Counted(workers, "worker"),
			results.Counted(s.Simulations, "simulation"), 1e3*price.Run, float64(s.Instructions)/1e6, 1e-6/price.Instruction, price.source)
		if s.RunOn > 0 && price.source == guess {
			text += fmt.Sprintf("\nIn %d of them a program that has been measured runs on until the slowest of its mix has; what that takes is known when some are stored, and can be several times the guess.", s.RunOn)
		}
	default:
		names := slices.Clone(s.Unknown)
		const few = 5
		if len(names) > few {
			names = append(names[:few], fmt.Sprintf("%d others", len(names)-few))
		}
		text += fmt.Sprintf("How long it takes is unknown: nobody can tell how many instructions there are of %s (insts bounds them).", strings.Join(names, ", "))
	}
	if abridged {
		text += "\nThe list is abridged; --format csv or json has all of it."
	}
	return text
}

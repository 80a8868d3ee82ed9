package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/export"
	"github.com/threadmill-sim/threadmill/results/plot"
	"github.com/threadmill-sim/threadmill/results/report"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/urfave/cli/v2"
)

func (t *tool) reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "figures and an HTML page of stored runs",
		ArgsUsage: "STORE",
		Description: "The page has the best setting, what matters most and who is slowed down in words; means by setting with 95 %\n" +
			"confidence intervals; all runs, to sort and to filter, each with the command that gives its numbers; and the figures,\n" +
			"which are beside it as files. It needs nothing but itself. A setting is what a run was under: machine, configuration,\n" +
			"scheduler, hardware threads.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "out", DefaultText: "the store's name without its ending, and -report", Usage: "`DIR` for index.html, figures and CSV"},
			&cli.StringFlag{Name: "metric", DefaultText: "stp, or ipc where no run has one", Usage: "the `METRIC` that the summary is about: " + strings.Join(metricKeys(), ", ")},
			&cli.StringFlag{Name: "reference", DefaultText: "the plan's first; of several plans, the first by name", Usage: "the `SETTING` that the others are compared with, by its name in the report, such as 'rob.size=64, icount'"},
			&cli.StringSliceFlag{Name: "size", DefaultText: plot.Column.Name, Usage: "`SIZE` of the figures' files: " + strings.Join(sizeNames(), ", ")},
		}, filterFlags(), []cli.Flag{quietFlag()}),
		Action: t.reportStore,
	}
}

func sizeNames() (names []string) {
	for _, s := range plot.Sizes {
		names = append(names, s.Name)
	}
	return names
}

func metricKeys() (keys []string) {
	for i := range results.MetricTable {
		keys = append(keys, results.MetricTable[i].Key)
	}
	return keys
}

// reportStore is the command; report prints an error.
func (t *tool) reportStore(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage(c, "one store is wanted, not %d", c.NArg())
	}
	path := c.Args().First()
	dir := c.String("out")
	if !c.IsSet("out") {
		dir = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + "-report"
	}
	if err := report.Check(dir); err != nil {
		return usage(c, "--out: %w", err)
	}
	o := report.SetOptions{Title: filepath.Base(path), Machine: machineWords(), Program: programNote(c.Context, filepath.Dir(path))}
	if plan := c.String("plan"); plan != "" {
		o.Title = plan
	}
	if key := c.String("metric"); c.IsSet("metric") {
		metric, ok := results.MetricOf(key)
		if !ok {
			return usage(c, "--metric: %w", catalog.Unknown("metric", key, metricKeys()))
		}
		o.Metric = metric
	}
	for _, name := range append(c.StringSlice("size"), plot.Column.Name)[:max(1, len(c.StringSlice("size")))] {
		i := slices.Index(sizeNames(), name)
		if i < 0 {
			return usage(c, "--size: %w", catalog.Unknown("size", name, sizeNames()))
		}
		o.Sizes = append(o.Sizes, plot.Sizes[i])
	}
	set, err := load(path, filterOf(c))
	var damaged *store.DamageError
	if err != nil && !errors.As(err, &damaged) {
		return storeError(c, err)
	}
	damage := storeError(c, err)
	t.warnSet(set)
	if len(set.Runs) == 0 && len(set.Failed) == 0 {
		return errors.Join(usage(c, "%s has no run to report%s", path, chosen(c)), damage)
	}
	if c.IsSet("reference") {
		if o.Reference, err = settingOf(c, set); err != nil {
			return err
		}
	}
	if err := t.writeReport(dir, path, set, o); err != nil {
		return &exit{exitFailed, fmt.Errorf("%s: %w", dir, err)}
	}
	t.note("report: %s", filepath.Join(dir, "index.html"))
	return damage
}

// settingOf is the setting that --reference names.
func settingOf(c *cli.Context, set *results.Set) (*results.Setting, error) {
	settings := set.Settings()
	labels := set.SettingLabels(settings)
	name := c.String("reference")
	i := slices.Index(labels, name)
	if i < 0 {
		err := catalog.Unknown("setting", name, nil)
		if near := catalog.Nearest(name, labels); near != "" {
			err = fmt.Errorf("%w, did you mean %q?", err, near)
		}
		const few = 24
		shown := strings.Join(labels[:min(few, len(labels))], "; ") // names with commas
		if more := len(labels) - few; more > 0 {
			shown += fmt.Sprintf("; and %d more, which a report without --reference has in its table of settings", more)
		}
		err = fmt.Errorf("%w (known: %s)", err, shown)
		return nil, usage(c, "--reference: %w", err)
	}
	return &settings[i], nil
}

// chosen says which runs the flags choose; nothing when all are.
func chosen(c *cli.Context) string {
	text := ""
	if plan := c.String("plan"); plan != "" {
		text = fmt.Sprintf(" of plan %q", plan)
	}
	if model := c.String("model"); model != "" {
		text += fmt.Sprintf(" of model %q", model)
	}
	return text
}

func (t *tool) writeReport(dir, path string, set *results.Set, o report.SetOptions) error {
	var metrics []string
	if o.Metric != nil {
		metrics = []string{o.Metric.Key}
	}
	figures, omitted := plot.OfSet(set, plot.Options{Metrics: metrics, Reference: o.Reference, Intervals: func(r *results.Record) ([]results.Interval, error) {
		s, err := store.OpenReadOnly(path)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return s.Intervals(r.Key())
	}})
	o.Figures = figures
	for _, omission := range omitted {
		o.Omitted = append(o.Omitted, omission.String())
	}
	table, err := export.New(set, export.Options{})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := table.WriteCSV(&b); err != nil {
		return err
	}
	o.CSV = b.Bytes()
	return report.WriteSet(dir, set, o)
}

// programNote answers what is to be known of a program that a command names: that
// what has the name now is not what ran. Files are looked for where the report is
// made, and beside the store.
func programNote(ctx context.Context, dir string) func(workload, digest string) string {
	return func(workload, digest string) string {
		found := false
		var first error
		for _, from := range []string{"", dir} {
			opener := workloads.Opener{Dir: from}
			p, err := opener.Open(ctx, workload)
			if err == nil && p.Digest == digest {
				return ""
			}
			found = found || err == nil
			first = cmp.Or(first, err)
		}
		if found {
			return fmt.Sprintf("When this report was made, %s was no longer the program that ran, so the command may give other numbers.", workload)
		}
		why, _, _ := strings.Cut(first.Error(), "\n") // of a compiler's many lines
		return fmt.Sprintf("Where this report was made, and beside the store, the program was not to be had: %s.", strings.TrimSuffix(why, "."))
	}
}

// machineWords answers how the machine of a run is asked for on the command line:
// as a preset with changes, since a file may change. There are no words for a
// machine of another version of the simulator.
func machineWords() func(*results.Record, *results.Configuration) []string {
	known := make(map[string][]string) // by digest
	return func(r *results.Record, c *results.Configuration) []string {
		if c == nil || r.Setup.Model != machine.Model {
			return nil
		}
		if words, ok := known[r.Setup.Config]; ok {
			return words
		}
		var words []string
		if preset, sets, err := machine.Nearest(c.Text); err == nil {
			words = []string{"--machine", preset}
			for _, set := range sets {
				words = append(words, "--set", set)
			}
		}
		known[r.Setup.Config] = words
		return words
	}
}

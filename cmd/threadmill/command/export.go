package command

import (
	"errors"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/export"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

const exportName = "export"

// Formats of an export.
const formatJSONL = "jsonl"

var exportFormats = []string{formatCSV, formatJSONL}

func (t *tool) exportCommand() *cli.Command {
	return &cli.Command{
		Name:      exportName,
		Usage:     "stored runs as CSV or JSON Lines, for other programs",
		ArgsUsage: "STORE",
		Description: "One row for each run, in the order of the plan or, where there are several, sorted: its key, what it was of (machine, a column for each path of the configuration in\n" +
			"which runs differ, scheduler, mix, limits, seed), what it measured, each program's part, and the statistics of --stats.\n" +
			"What a run cost the host is left out, so that equal stores are equal bytes. Numbers are exact; what is undefined is empty\n" +
			"in CSV and null in JSON. Runs that failed are no rows: standard error says of each cause how many of which mix, which is no error of the export.\n\n" +
			"JSON Lines has the same columns, and unless --stats says otherwise all statistics and what the programs wrote.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: exportFormats[0], Usage: "`FORMAT` of the rows: " + alternatives(exportFormats)},
			&cli.BoolFlag{Name: "baselines", Usage: "also the runs of programs alone that were added for the metrics, after the others"},
			&cli.StringSliceFlag{Name: "stats", DefaultText: "none in CSV, all in JSON Lines", Usage: "the statistics whose names match `PATTERN`, where * is anything: 'l1d.*'"},
			&cli.BoolFlag{Name: "schema", Usage: "what the columns are, a row for each, in place of the runs: name, type, unit, meaning"},
		}, filterFlags(), []cli.Flag{quietFlag()}),
		Action: t.export,
	}
}

func (t *tool) export(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage(c, "one store is wanted, not %d", c.NArg())
	}
	set, err := load(c.Args().First(), filterOf(c))
	var damaged *store.DamageError
	if err != nil && !errors.As(err, &damaged) {
		return storeError(c, err)
	}
	t.warnSet(set)
	if failed := t.exportSet(c, set); failed != nil {
		return failed
	}
	return storeError(c, err)
}

func (t *tool) exportSet(c *cli.Context, set *results.Set) error {
	lines := c.String("format") == formatJSONL
	options := export.Options{Baselines: c.Bool("baselines"), Statistics: c.StringSlice("stats"), Output: lines, Path: pathDoc}
	if lines && !c.IsSet("stats") {
		options.Statistics = []string{"*"}
	}
	var err error
	if options.Statistic, err = statisticDocs(); err != nil {
		return err
	}
	table, err := export.New(set, options)
	if err != nil {
		return usage(c, "--stats: %w", err)
	}
	switch {
	case c.Bool("schema") && lines:
		return table.WriteSchemaJSONL(t.out)
	case c.Bool("schema"):
		return table.WriteSchemaCSV(t.out)
	case lines:
		return table.WriteJSONL(t.out)
	}
	return table.WriteCSV(t.out)
}

package command

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/urfave/cli/v2"
)

func intervalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Uint64Flag{Name: "interval", Usage: "write what every statistic grows by in each `N` cycles of the run's measurement to --interval-file; those of a thread (threadN.*) go on until the run ends, beyond the end of its program's own measurement, at which the run's results stop, and may sum to more than these. Of programs one after another (single) each is a part of its own, counted from 0: threadN is context N of the row's part, so all of them are thread0"},
		&cli.StringFlag{Name: "interval-file", Value: "intervals.csv", Usage: "`FILE` for --interval: .csv, a row for each interval, or .jsonl, an object for each"},
	}
}

// intervalWriter writes the intervals of a run as they end, so that an
// interrupted run leaves those that it has had.
type intervalWriter struct {
	file  *os.File
	out   *bufio.Writer
	write func(*results.Interval) error
}

// intervalsOf opens the file for the intervals that the flags ask for; nil:
// they ask for none.
func intervalsOf(c *cli.Context) (*intervalWriter, error) {
	path := c.String("interval-file")
	switch {
	case !c.IsSet("interval") && c.IsSet("interval-file"):
		return nil, usage(c, "--interval-file without --interval says nothing about how often")
	case !c.IsSet("interval"):
		return nil, nil
	case c.Uint64("interval") == 0:
		return nil, usage(c, "--interval: 0 is below 1")
	}
	form := map[string]func(io.Writer) func(*results.Interval) error{".csv": results.IntervalCSV, ".jsonl": results.IntervalJSONL}[filepath.Ext(path)]
	if form == nil {
		return nil, usage(c, "--interval-file: %s ends neither in .csv nor in .jsonl", path)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, usage(c, "--interval-file: %w", err)
	}
	out := bufio.NewWriter(file)
	return &intervalWriter{file, out, form(out)}, nil
}

// sink writes one interval.
func (w *intervalWriter) sink(v *machine.Interval) error {
	interval := results.Interval(*v)
	if err := w.write(&interval); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *intervalWriter) close() error { return w.file.Close() }

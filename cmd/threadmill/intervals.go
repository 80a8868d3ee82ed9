package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/urfave/cli/v2"
)

func intervalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Uint64Flag{Name: "interval", Usage: "write what every statistic grows by in each `N` cycles of the measurement to --interval-file"},
		&cli.StringFlag{Name: "interval-file", Value: "intervals.csv", Usage: "`FILE` for --interval: .csv, a row for each interval, or .jsonl, an object for each"},
	}
}

// intervalWriter writes the intervals of a run as they end, so that an
// interrupted run leaves those that it has had.
type intervalWriter struct {
	file  *os.File
	out   *bufio.Writer
	write func(*machine.Interval) error
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
	w := &intervalWriter{}
	switch filepath.Ext(path) {
	case ".csv":
		w.write = w.csv()
	case ".jsonl":
		w.write = w.jsonl
	default:
		return nil, usage(c, "--interval-file: %s ends neither in .csv nor in .jsonl", path)
	}
	var err error
	if w.file, err = os.Create(path); err != nil {
		return nil, usage(c, "--interval-file: %w", err)
	}
	w.out = bufio.NewWriter(w.file)
	return w, nil
}

// sink writes one interval.
func (w *intervalWriter) sink(v *machine.Interval) error {
	if err := w.write(v); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *intervalWriter) close() error { return w.file.Close() }

// csv writes a header with the first interval. Programs that run one after
// another are told apart by the first column.
func (w *intervalWriter) csv() func(*machine.Interval) error {
	var out *csv.Writer
	return func(v *machine.Interval) error {
		if out == nil {
			out = csv.NewWriter(w.out)
			if err := out.Write(append([]string{"part", "begin", "end"}, v.Names...)); err != nil {
				return err
			}
		}
		row := make([]string, 0, 3+len(v.Values))
		row = append(row, strconv.Itoa(v.Part), strconv.FormatUint(v.Begin, 10), strconv.FormatUint(v.End, 10))
		for _, n := range v.Values {
			row = append(row, strconv.FormatInt(n, 10))
		}
		if err := out.Write(row); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// jsonl writes an object with the statistics in their order.
func (w *intervalWriter) jsonl(v *machine.Interval) error {
	fmt.Fprintf(w.out, `{"part":%d,"begin":%d,"end":%d,"stats":{`, v.Part, v.Begin, v.End)
	for i, name := range v.Names {
		if i > 0 {
			w.out.WriteByte(',')
		}
		fmt.Fprintf(w.out, "%q:%d", name, v.Values[i])
	}
	_, err := io.WriteString(w.out, "}}\n")
	return err
}

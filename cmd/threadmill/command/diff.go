package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/textfile"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/diff"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

// usualTop is how many rows of each kind a table for people has.
const usualTop = 20

func (t *tool) diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "two runs or two stores, statistic by statistic, the largest relative change first",
		ArgsUsage: "A B",
		Description: "A and B are each a store; a run of a store, STORE#KEY with as much of the key as tells it apart; or a file that\n" +
			"run --format json or compare --format json wrote.\n\n" +
			"Two runs are compared whatever they are of. The runs of two stores are paired by machine, values of the axes, scheduler,\n" +
			"mix, limits and seed, whatever else of the configuration, the programs' contents or the model differs; what does is listed,\n" +
			"and so are the runs that are only in one. A change is relative to A.",
		Flags: join([]cli.Flag{
			&cli.IntFlag{Name: "top", DefaultText: fmt.Sprintf("%d in tables, else all", usualTop), Usage: "the first `N` statistics; 0: all"},
			&cli.StringFlag{Name: "threshold", Value: "0", Usage: "only statistics that change by `X` of their value or more: 0.05 or 5%"},
		}, outputFlags()),
		Action: t.diff,
	}
}

func (t *tool) diff(c *cli.Context) error {
	if c.NArg() != 2 {
		return usage(c, "two runs or stores are wanted, not %d", c.NArg())
	}
	threshold, err := share(c.String("threshold"))
	if err != nil {
		return usage(c, "--threshold: %w", err)
	}
	top := c.Int("top")
	if format := c.String("format"); !c.IsSet("top") && (format == formatTable || format == formatMarkdown) {
		top = usualTop
	}
	if top < 0 {
		return usage(c, "--top: %d is below 0", top)
	}
	a, errA := source(c.Args().Get(0))
	if a == nil {
		return storeError(c, errA)
	}
	b, errB := source(c.Args().Get(1))
	if b == nil {
		return storeError(c, errB)
	}
	found, err := compareSources(a, b)
	if err != nil {
		return usage(c, "%w", err)
	}
	if err := t.printDiff(c.String("format"), a, b, found, threshold, top); err != nil {
		return err
	}
	if err := errors.Join(errA, errB); err != nil {
		return &exit{exitFailed, err}
	}
	return nil
}

// share reads 0.05 or 5%.
func share(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no share of 0 or more, like 0.05 or 5%%", text)
	}
	if percent {
		v /= 100
	}
	return v, nil
}

// diffSource is one side of a comparison.
type diffSource struct {
	name string
	set  *results.Set
	one  *results.Record // nil: all runs of the set
}

// source reads a store, a run of one, or a file of JSON. With an error and a
// source the store is damaged, and the source is what is not lost.
func source(name string) (*diffSource, error) {
	path, key := name, ""
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if i := strings.LastIndexByte(name, '#'); i >= 0 {
			path, key = name[:i], name[i+1:]
		}
	}
	is, err := isStore(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such file", path)
	case err != nil:
		return nil, err
	case !is:
		if path != name {
			return nil, fmt.Errorf("%s is no store, and #%s names a run of one", path, key)
		}
		return readRuns(path)
	}
	set, err := load(path, store.Filter{})
	if set == nil {
		return nil, err
	}
	s := &diffSource{name: name, set: set}
	if path != name {
		var problem error
		if s.one, problem = runOf(path, set, key); problem != nil {
			return nil, problem
		}
	}
	return s, err
}

// isStore reports whether a file is one of SQLite's, which JSON is not.
func isStore(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	begin := make([]byte, 16)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.HasPrefix(begin[:n], []byte("SQLite format 3")), nil
}

// runOf finds the run of a store whose key begins with a prefix.
func runOf(path string, set *results.Set, prefix string) (*results.Record, error) {
	var found *results.Record
	for _, r := range slices.Concat(set.Runs, set.Baselines) {
		switch {
		case !strings.HasPrefix(r.Key(), prefix):
		case found != nil:
			return nil, fmt.Errorf("%s: several runs have keys that begin with %q: %s, %s …", path, prefix, found.Key(), r.Key())
		default:
			found = r
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: no run has a key that begins with %q (threadmill export lists them)", path, prefix)
	}
	return found, nil
}

// readRuns reads what run or compare printed as JSON.
func readRuns(path string) (*diffSource, error) {
	const most = 256 << 20 // bytes, of thousands of runs
	data, err := textfile.Read(path, most)
	if err != nil {
		return nil, err
	}
	var c results.Comparison
	if err := json.Unmarshal(data, &c); err != nil || c.Schema == 0 {
		return nil, fmt.Errorf("%s is neither a store nor what run or compare --format json prints", path)
	}
	if c.Schema != results.Schema {
		return nil, fmt.Errorf("%s has schema %d of another threadmill, not %d", path, c.Schema, results.Schema)
	}
	set := &results.Set{Runs: c.Runs, Baselines: c.Baselines, Configurations: map[string]*results.Configuration{}}
	if len(c.Runs) > 0 && c.Configuration != "" {
		config, err := results.ParseConfiguration(c.Configuration)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		set.Configurations[c.Runs[0].Setup.Config] = config
	}
	if len(c.Runs) > 0 {
		set.Sort()
		return &diffSource{name: path, set: set}, nil
	}
	var r results.Record
	if err := json.Unmarshal(data, &r); err != nil || len(r.Programs) == 0 {
		return nil, fmt.Errorf("%s has no run of a program", path)
	}
	set.Runs = []*results.Record{&r}
	return &diffSource{path, set, &r}, nil
}

// only is the one run of a source, nil when it has several.
func (s *diffSource) only() *results.Record {
	if s.one == nil && len(s.set.Runs) == 1 {
		return s.set.Runs[0]
	}
	return s.one
}

func compareSources(a, b *diffSource) (*diff.Result, error) {
	for _, s := range []*diffSource{a, b} {
		if s.only() == nil && len(s.set.Runs) == 0 {
			return nil, fmt.Errorf("%s has no runs", s.name)
		}
	}
	x, y := a.only(), b.only()
	switch {
	case x != nil && y != nil:
		return diff.Runs(a.set, x, b.set, y), nil
	case a.one != nil:
		return nil, fmt.Errorf("%s is one run and %s has %d: which? (STORE#KEY)", a.name, b.name, len(b.set.Runs))
	case b.one != nil:
		return nil, fmt.Errorf("%s is one run and %s has %d: which? (STORE#KEY)", b.name, a.name, len(a.set.Runs))
	}
	return diff.Sets(a.set, b.set), nil
}

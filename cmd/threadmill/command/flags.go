package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/urfave/cli/v2"
)

// Output formats of every command that prints data.
const (
	formatTable    = "table"
	formatJSON     = "json"
	formatCSV      = "csv"
	formatMarkdown = "markdown"
)

var formats = []string{formatTable, formatJSON, formatCSV, formatMarkdown}

// sourceHelp says what else than an executable may be run.
const sourceHelp = `A source is built here, and again only when it has changed: assembly (.s); C (.c) and C++ (.cc .cpp
.cxx) with riscv64-linux-gnu-gcc and -g++; Go (.go, or a directory) with the Go toolchain.`

// workloadHelp says what a WORKLOAD is.
const workloadHelp = `A WORKLOAD is a bundled program (sort, or sort@test, sort@small, sort@ref for a size) or the path
of a RISC-V Linux executable or of a source, with its arguments when quoted as one word ("sort 1000").
` + sourceHelp

func join(groups ...[]cli.Flag) []cli.Flag { return slices.Concat(groups...) }

// outputFlags are those of every command that prints data.
func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: formatTable, Usage: "`FORMAT` of the data: table, json, csv or markdown"},
		quietFlag(),
	}
}

func quietFlag() cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Usage: "neither progress nor warnings"}
}

func checkFormat(c *cli.Context) error {
	known := formats
	switch c.Command.Name {
	case viewName:
		known = viewFormats
	case exportName:
		known = exportFormats
	}
	if f := c.String("format"); (f != "" || c.IsSet("format")) && !slices.Contains(known, f) {
		return usage(c, "%w", catalog.Unknown("format", f, known))
	}
	return nil
}

// machineFlags choose what is simulated.
func machineFlags() []cli.Flag {
	return append(configFlags(),
		&cli.IntFlag{Name: "threads", DefaultText: "the machine's", Usage: "`N` hardware threads, not below the number of programs"})
}

// configFlags choose a configuration.
func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "machine", Value: "default", Usage: "a machine's `NAME` or TOML file"},
		setFlag(),
	}
}

func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set", Usage: "change one key of the machine, `PATH=VALUE`"}
}

// machineOf is the configuration and the number of threads asked for, 0 when
// it is the machine's.
func machineOf(c *cli.Context) (*machine.Config, int, error) {
	threads, err := contexts(c)
	if err != nil {
		return nil, 0, err
	}
	cfg, err := machine.LoadFor(threads, c.String("machine"), c.StringSlice("set"))
	if err != nil {
		return nil, 0, usage(c, "%w", err)
	}
	return cfg, threads, nil
}

// runFlags say how much of the programs is measured.
func runFlags(warmup, insts uint64) []cli.Flag {
	return []cli.Flag{
		&cli.Uint64Flag{Name: "fast-forward", Usage: "execute the first `N` instructions of each program functionally, which warms caches, TLBs and predictors"},
		&cli.BoolFlag{Name: "roi", Usage: "begin, before any fast-forward, where each program begins its region of interest, and measure to its end; --warmup and --insts are then 0 unless given"},
		&cli.Uint64Flag{Name: "warmup", Value: warmup, Usage: "measure when the slowest program has committed `N` instructions"},
		&cli.Uint64Flag{Name: "insts", Value: insts, Usage: "measure `N` instructions of each program; 0: to its end"},
		&cli.StringFlag{Name: "until", Value: machine.Untils[0].Name, Usage: "the `RULE` that ends a run"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`N` from which everything random follows"},
	}
}

// untilHelp says what the rules of --until are.
func untilHelp() string {
	text := "A run ends by the rule of --until:"
	for _, u := range machine.Untils {
		text += fmt.Sprintf("\n  %-8s%s", u.Name, u.Doc)
	}
	return text
}

func limits(c *cli.Context) machine.Limits {
	l := machine.Limits{
		FastForward: c.Uint64("fast-forward"), ROI: c.Bool("roi"),
		Warmup: c.Uint64("warmup"), Insts: c.Uint64("insts"), Until: c.String("until"),
	}
	if l.ROI && !c.IsSet("warmup") {
		l.Warmup = 0
	}
	if l.ROI && !c.IsSet("insts") {
		l.Insts = 0
	}
	return l
}

func jobsFlag(usage string) cli.Flag {
	return &cli.IntFlag{Name: "jobs", DefaultText: "one for each host core", Usage: usage}
}

// jobs is the number of workers asked for, 0 for the host's cores.
func jobs(c *cli.Context) (int, error) {
	n := c.Int("jobs")
	if c.IsSet("jobs") && n < 1 {
		return 0, usage(c, "--jobs: %d is below 1", n)
	}
	return n, nil
}

// programs opens the workloads, and builds what is a source.
func (t *tool) programs(c *cli.Context, specs []string) ([]*workloads.Program, error) {
	var out []*workloads.Program
	for _, spec := range specs {
		p, err := t.opener().Open(c.Context, spec)
		switch {
		case c.Context.Err() != nil:
			return nil, &exit{exitFailed, fmt.Errorf("interrupted; nothing has been simulated")}
		case err != nil:
			return nil, usage(c, "%w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// opener resolves workloads, and tells the user what a compiler says.
func (t *tool) opener() *workloads.Opener {
	return &workloads.Opener{Note: func(text string) { t.note("%s", strings.TrimSuffix(text, "\n")) }}
}

// contexts is the number of hardware threads asked for with --threads, 0 when
// it is not given.
func contexts(c *cli.Context) (int, error) {
	n := c.Int("threads")
	switch {
	case c.IsSet("threads") && n < 1:
		return 0, usage(c, "--threads: %d is below 1", n)
	case n > isa.MaxContexts:
		return 0, usage(c, "--threads: %d is above %d", n, isa.MaxContexts)
	}
	return n, nil
}

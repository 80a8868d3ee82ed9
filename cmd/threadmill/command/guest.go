package command

import (
	"errors"
	"io/fs"
	"os"

	"github.com/threadmill-sim/threadmill/internal/units"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	"github.com/urfave/cli/v2"
)

// guestFlags say what programs find outside themselves.
func guestFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "root", Usage: "a `DIR` of the host's that programs see as their /, read-only; without it they see no file of the host's"},
		&cli.StringFlag{Name: "memory", Value: units.Format(linux.DefaultMemory), Usage: "at most `SIZE` of memory for each program: bytes, or with K, M or G"},
	}
}

// straceFlag prints system calls.
func straceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "strace", Usage: "the programs' system calls on standard error, as strace prints them"}
}

// guestOf is what the flags say that programs find. The root directory stays
// open until the simulator ends.
func guestOf(c *cli.Context) (g machine.Guest, err error) {
	if g.Memory, err = experiment.ParseSize(c.String("memory")); err != nil {
		return g, usage(c, "--memory: %w", err)
	}
	if !c.IsSet("root") {
		return g, nil
	}
	dir := c.String("root")
	if dir == "" {
		return g, usage(c, "--root: no directory is named")
	}
	if g.Root, err = os.OpenRoot(dir); err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return g, usage(c, "--root: %s: %w", dir, err)
	}
	return g, nil
}

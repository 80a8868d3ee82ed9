package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	"github.com/urfave/cli/v2"
)

// guestFlags say what programs find outside themselves.
func guestFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "root", Usage: "a `DIR` of the host's that programs see as their /, read-only; without it they see no file of the host's"},
		&cli.StringFlag{Name: "memory", Value: shortPower(linux.DefaultMemory), Usage: "at most `SIZE` of memory for each program: bytes, or with K, M or G"},
	}
}

// straceFlag prints system calls.
func straceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "strace", Usage: "the programs' system calls on standard error, as strace prints them"}
}

// guestOf is what the flags say that programs find. The root directory stays
// open until the simulator ends.
func guestOf(c *cli.Context) (g machine.Guest, err error) {
	if g.Memory, err = parseSize(c.String("memory")); err != nil {
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

// sizeSuffixes are the units of a size, the largest first.
var sizeSuffixes = []struct {
	suffix string
	shift  int
}{{"G", 30}, {"M", 20}, {"K", 10}}

// parseSize reads a number of bytes above 0.
func parseSize(text string) (uint64, error) {
	number, shift := text, 0
	for _, s := range sizeSuffixes {
		if n, ok := strings.CutSuffix(strings.ToUpper(text), s.suffix); ok {
			number, shift = n, s.shift
		}
	}
	n, err := strconv.ParseUint(number, 10, 64)
	switch {
	case err != nil && strings.Trim(number, "0123456789") == "" && number != "", err == nil && bits.Len64(n)+shift > 63:
		return 0, fmt.Errorf("%q is more than any program can have", text)
	case err != nil:
		return 0, fmt.Errorf("%q is no size: a whole number of bytes, or of K, M or G (1024 bytes, …) such as 512M", text)
	case n == 0:
		return 0, fmt.Errorf("%q leaves a program no memory", text)
	}
	return n << shift, nil
}

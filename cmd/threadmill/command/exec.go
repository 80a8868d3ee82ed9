package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	"github.com/urfave/cli/v2"
)

func (t *tool) execCommand() *cli.Command {
	return &cli.Command{
		Name:      passThrough,
		Usage:     "functional execution only, as an emulator; exit code and streams are the program's",
		ArgsUsage: "PROGRAM [ARG...]",
		Description: "PROGRAM is a bundled program (sort, or sort@test) or the path of an executable or a source, and what follows it is its own.\n" +
			"A program that a signal killed ends with 128 + signal.\n\n" + sourceHelp,
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "threads", Value: 1, Usage: "`N` processors for the program's threads"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`N` from which follows what the program sees as random"},
			&cli.BoolFlag{Name: "stats", Usage: "at the end, the instructions executed and the speed on standard error"},
			straceFlag(),
			quietFlag(),
		}, guestFlags()...),
		Action: t.exec,
	}
}

func (t *tool) exec(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 {
		return usage(c, "no program given")
	}
	processors, err := contexts(c)
	if err != nil {
		return err
	}
	guest, err := guestOf(c)
	if err != nil {
		return err
	}
	program, argv0, err := t.openProgram(c.Context, args)
	switch {
	case c.Context.Err() != nil:
		return &exit{t.killed(), nil}
	case err != nil:
		return usage(c, "%w", err)
	}
	system := linux.NewSystem(linux.SystemOptions{Contexts: processors, Quantum: linux.DefaultQuantum, Seed: c.Uint64("seed")})
	var trace io.Writer
	if c.Bool("strace") {
		trace = t.err
	}
	process, err := program.Start(system, workloads.Options{
		Argv0: argv0, Seed: c.Uint64("seed"), Memory: guest.Memory, Root: guest.Root,
		Trace: trace, Stdin: t.in, Stdout: t.out, Stderr: t.err,
	})
	if err != nil {
		return usage(c, "%w", err)
	}
	start := time.Now()
	if err := runSystem(c.Context, system); err != nil {
		return &exit{t.killed(), nil}
	}
	end, _ := process.Exit()
	for _, w := range process.Warnings() {
		t.warn("%s", w)
	}
	if c.Bool("stats") {
		seconds := time.Since(start).Seconds()
		n := process.Instructions()
		fmt.Fprintf(t.err, "threadmill: %d instructions in %.3f s, %.1f million a second\n", n, seconds, float64(n)/seconds/1e6)
	}
	switch lost := process.Lost(); {
	case end.Signal != 0:
		return &exit{end.Code, fmt.Errorf("%s: %s", args[0], end.Detail)}
	case lost != nil:
		return &exit{cmp.Or(end.Code, exitFailed), fmt.Errorf("%s: %w", args[0], lost)}
	case end.Code != 0:
		return &exit{end.Code, nil}
	}
	return nil
}

// openProgram finds the program and what it is to be called. A single word
// that is no file may hold arguments, as a WORKLOAD does elsewhere.
func (t *tool) openProgram(ctx context.Context, args []string) (p *workloads.Program, argv0 string, err error) {
	if len(args) == 1 && strings.Contains(args[0], " ") {
		if _, err := os.Stat(args[0]); err != nil {
			p, err := t.opener().Open(ctx, args[0])
			return p, "", err
		}
	}
	p, err = t.opener().OpenArgs(ctx, args[0], args[1:])
	return p, args[0], err
}

// runSystem executes the guests to their end. It does not wait for one that is
// itself waiting for input when ctx is done.
func runSystem(ctx context.Context, s *linux.System) error {
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, 0) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

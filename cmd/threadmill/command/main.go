// Package command is the command line of threadmill.
//
// One file holds one command. What a command computes is another package's;
// here its flags are read and its answer is printed. Data go to standard
// output, progress and warnings to standard error. Exit codes: 0 done, 1 the
// simulation or a guest failed, 2 wrong usage or input; exec exits as its
// guest does.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/workloads/build"
	"github.com/urfave/cli/v2"
)

// Main runs the command line that the process was started with and answers with
// the exit code.
func Main() int {
	t := &tool{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	return t.main(t.untilSignal(context.Background()), os.Args[1:])
}

// untilSignal is done at the first signal, which ends the work in hand; a
// second one ends the process.
func (t *tool) untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		signal.Stop(signals)
		if number, ok := s.(syscall.Signal); ok {
			t.signal.Store(int32(number))
		}
		cancel()
	}()
	return ctx
}

// killed is the exit code of a program that died of the signal received.
func (t *tool) killed() int { return 128 + int(t.signal.Load()) }

// tool is the program with its standard streams.
type tool struct {
	in       io.Reader
	out, err io.Writer
	quiet    bool
	signal   atomic.Int32 // that was received; 0: none
}

// main runs one command line and answers with the exit code.
func (t *tool) main(ctx context.Context, args []string) int {
	app := t.app()
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, args...))
	}
	return t.report(err)
}

// report prints an error, one line for each of its parts and what a compiler
// says as it said it, and answers with the exit code.
func (t *tool) report(err error) int {
	if err == nil {
		return 0
	}
	var e *exit
	if !errors.As(err, &e) {
		e = &exit{exitFailed, err}
	}
	if e.err != nil {
		for _, part := range parts(e.err) {
			fmt.Fprintf(t.err, "threadmill: %s\n", oneLine(part.Error()))
			var refused *build.Error
			if errors.As(part, &refused) {
				fmt.Fprint(t.err, refused.Messages)
			}
		}
	}
	return e.code
}

// parts are the errors that err joins.
func parts(err error) (list []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, part := range joined.Unwrap() {
		list = append(list, parts(part)...)
	}
	return list
}

// oneLine writes control characters, which a name of the user's may have, as
// Go does.
func oneLine(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// warn prints a warning unless --quiet.
func (t *tool) warn(format string, args ...any) {
	if !t.quiet {
		fmt.Fprint(t.err, warning(fmt.Sprintf(format, args...)))
	}
}

// warning is the line that says so.
func warning(text string) string { return "threadmill: warning: " + oneLine(text) + "\n" }

// note prints what is neither data nor a warning unless --quiet.
func (t *tool) note(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.err, "threadmill: "+format+"\n", args...)
	}
}

func (t *tool) app() *cli.App {
	app := &cli.App{
		Name:                      "threadmill",
		Usage:                     "cycle-level simulator of multithreaded processor cores, running RISC-V programs",
		UsageText:                 "threadmill COMMAND [FLAGS] [ARGUMENTS]",
		Description:               "threadmill compare runs four programs single-threaded, coarse-grained, barrel and simultaneously multithreaded, and shows what each discipline makes of the same core.",
		Version:                   version(),
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true,
		Flags:                     []cli.Flag{cli.HelpFlag}, // cli adds it only without a command help
		Reader:                    t.in,
		Writer:                    t.out,
		ErrWriter:                 t.err,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              usageError,
		Commands: []*cli.Command{
			t.compareCommand(), t.runCommand(), t.sweepCommand(), t.viewCommand(), t.execCommand(), t.listCommand(), t.showCommand(), t.validateCommand(), t.storeCommand(),
			t.reportCommand(), t.exportCommand(), t.diffCommand(), t.helpCommand(),
		},
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return cli.ShowAppHelp(c)
			}
			return unknownCommand(c.App, c.Args().First())
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
		c.Before = func(c *cli.Context) error {
			t.quiet = c.Bool("quiet")
			return checkFormat(c)
		}
	}
	return app
}

func unknownCommand(app *cli.App, name string) error {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Names()...)
	}
	return &exit{exitUsage, catalog.Unknown("command", name, names)}
}

// version is the module's, or the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v != "" && v != "(devel)" {
		return v
	}
	v = "devel"
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v += " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			v += " with changes"
		}
	}
	return v
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is an error with the exit code that it ends the program with; without
// an inner error nothing is printed.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// usage is the error of a wrong command line or input.
func usage(c *cli.Context, format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(c.Command.Name+": "+format, args...)}
}

package command

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"
)

// seen is what urfave/cli made of a command line.
type seen struct {
	command string
	strings []string // values of --set
	quiet   bool
	args    []string
}

// parser has a command of each kind, which record what they see.
func parser(s *seen) *cli.App {
	action := func(c *cli.Context) error {
		*s = seen{c.Command.Name, c.StringSlice("set"), c.Bool("quiet"), c.Args().Slice()}
		return nil
	}
	flags := func() []cli.Flag {
		return []cli.Flag{&cli.StringSliceFlag{Name: "set"}, &cli.BoolFlag{Name: "quiet"}}
	}
	return &cli.App{
		Name: "threadmill", HideHelpCommand: true, DisableSliceFlagSeparator: true, Version: "1",
		ExitErrHandler: func(*cli.Context, error) {},
		Commands: []*cli.Command{
			{Name: "run", HideHelpCommand: true, Flags: flags(), Action: action, OnUsageError: usageError},
			{Name: "exec", HideHelpCommand: true, Flags: flags(), Action: action, OnUsageError: usageError},
		},
	}
}

func parse(args ...string) (s seen, err error) {
	app := parser(&s)
	args, err = arrange(app, args)
	if err == nil {
		err = app.RunContext(context.Background(), append([]string{"threadmill"}, args...))
	}
	return s, err
}

// Wherever flags stand, the command sees the same values and the same
// arguments, each in their order.
func TestFlagsAnywhere(t *testing.T) {
	word := rapid.StringMatching(`[a-z./@][-a-z0-9 ,=|]{0,6}`)
	value := rapid.StringMatching(`[-a-z0-9,=|.]([-a-z0-9 ,=|.]{0,4}[-a-z0-9,=|.])?`) // urfave/cli trims blanks
	rapid.Check(t, func(t *rapid.T) {
		want := seen{command: "run"}
		var line []string
		commandAt := rapid.IntRange(0, 6).Draw(t, "command at")
		for i := range 7 {
			if i == commandAt {
				line = append(line, "run")
			}
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			if kind == 3 && !slices.Contains(line, "run") {
				kind = 0 // the first argument is the command
			}
			switch kind {
			case 0:
				want.quiet = true
				line = append(line, rapid.SampledFrom([]string{"--quiet", "-quiet"}).Draw(t, "quiet"))
			case 1:
				v := value.Draw(t, "value")
				want.strings = append(want.strings, v)
				line = append(line, "--set", v)
			case 2:
				v := value.Draw(t, "value")
				want.strings = append(want.strings, v)
				line = append(line, "--set="+v)
			case 3:
				v := word.Draw(t, "argument")
				want.args = append(want.args, v)
				line = append(line, v)
			}
		}
		if rapid.Bool().Draw(t, "dashes") {
			tail := rapid.SliceOfN(value, 0, 3).Draw(t, "tail")
			want.args = append(want.args, tail...)
			line = append(append(line, "--"), tail...)
		}
		got, err := parse(line...)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if got.command != "run" || got.quiet != want.quiet || !slices.Equal(got.strings, want.strings) || !slices.Equal(got.args, want.args) {
			t.Fatalf("%q:\n got %+v\nwant %+v", line, got, want)
		}
	})
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		line string
		want seen
	}{
		{"exec --quiet prog --set x -- y", seen{"exec", nil, true, []string{"prog", "--set", "x", "--", "y"}}},
		{"exec -- --quiet a", seen{"exec", nil, false, []string{"--quiet", "a"}}},
		{"--quiet exec prog --quiet", seen{"exec", nil, true, []string{"prog", "--quiet"}}},
		{"run a - --set b=1,2", seen{"run", []string{"b=1,2"}, false, []string{"a", "-"}}},
		{"--set -v --set --help run a", seen{"run", []string{"-v", "--help"}, false, []string{"a"}}}, // values, though they look like flags
		{"run help --quiet", seen{"run", nil, true, []string{"help"}}},
	} {
		got, err := parse(strings.Fields(c.line)...)
		if err != nil || got.command != c.want.command || got.quiet != c.want.quiet ||
			!slices.Equal(got.strings, c.want.strings) || !slices.Equal(got.args, c.want.args) {
			t.Errorf("%q: %+v, %v; want %+v", c.line, got, err, c.want)
		}
	}
}

func TestArgumentErrors(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"rum a", `unknown command "rum", did you mean "run"? (known: run, exec)`},
		{"run a --set", "run: --set needs a value"},
		{"run --sett b", "run: unknown flag --sett, did you mean --set?"},
		{"run a --quiet=x", `run: --quiet: "x" is neither true nor false`},
		{"--set a", "--set belongs to a command, and none is given (threadmill --help lists them)"},
	} {
		_, err := parse(strings.Fields(c.line)...)
		var e *exit
		if !errors.As(err, &e) || e.code != exitUsage || e.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.line, err, c.want)
		}
	}
}

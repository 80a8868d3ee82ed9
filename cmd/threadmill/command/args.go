package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/urfave/cli/v2"
)

// flagTable says of each flag whether it takes a value.
type flagTable map[string]bool

func (t flagTable) add(flags []cli.Flag) {
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		for _, name := range f.Names() {
			t[name] = ok && doc.TakesValue()
		}
	}
}

// flagName is the name of a flag as written, and whether its value is part of
// the word. ok is false for what is no flag.
func flagName(word string) (name string, hasValue, ok bool) {
	if len(word) < 2 || word[0] != '-' || word == "--" {
		return "", false, false
	}
	name = strings.TrimPrefix(word[1:], "-")
	name, _, hasValue = strings.Cut(name, "=")
	return name, hasValue, true
}

// isHelp reports whether a word asks for help.
func isHelp(word string) bool {
	name, hasValue, ok := flagName(word)
	return ok && !hasValue && slices.Contains(cli.HelpFlag.Names(), name)
}

// passThrough names the command whose arguments after the first belong to the
// program that it runs.
const passThrough = "exec"

// arrange rewrites a command line so that flags may stand anywhere, before the
// command's name too: urfave/cli takes everything after the first argument for
// arguments. The result is
//
//	ROOT-FLAG... COMMAND FLAG... -- ARGUMENT...
//
// with every value joined to its flag. One that asks for help asks for nothing
// else.
func arrange(app *cli.App, args []string) ([]string, error) {
	root, all := flagTable{}, flagTable{}
	root.add([]cli.Flag{cli.HelpFlag, cli.VersionFlag})
	all.add([]cli.Flag{cli.HelpFlag, cli.VersionFlag})
	for _, c := range app.Commands {
		all.add(c.Flags)
	}
	var early []string // flags before the command, each joined with its value
	i := 0             // of the command
	for i < len(args) {
		word := args[i]
		name, hasValue, ok := flagName(word)
		if !ok {
			break
		}
		if i++; all[name] && !hasValue && i < len(args) {
			word += "=" + args[i]
			i++
		}
		early = append(early, word)
	}
	if i >= len(args) || args[i] == "--" {
		if slices.ContainsFunc(early, isHelp) {
			return []string{"--" + cli.HelpFlag.Names()[0]}, nil
		}
		return args, needsCommand(root, all, early)
	}
	cmd := app.Command(args[i])
	if cmd == nil {
		return nil, unknownCommand(app, args[i])
	}
	table := flagTable{}
	table.add(append(slices.Clone(cmd.Flags), cli.HelpFlag))
	var front, flags []string
	for _, f := range early {
		if name, _, _ := flagName(f); hasKey(root, name) && !isHelp(f) {
			front = append(front, f)
		} else {
			flags = append(flags, f)
		}
	}
	more, rest, err := reorder(cmd.Name, table, args[i+1:], cmd.Name == passThrough)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(slices.Concat(flags, more), isHelp) {
		return []string{cmd.Name, "--" + cli.HelpFlag.Names()[0]}, nil
	}
	return slices.Concat(front, args[i:i+1], flags, more, []string{"--"}, rest), nil
}

func hasKey(t flagTable, name string) bool { _, ok := t[name]; return ok }

// needsCommand reports a line of a command's flags without the command.
func needsCommand(root, all flagTable, flags []string) error {
	for _, f := range flags {
		if name, _, _ := flagName(f); hasKey(all, name) && !hasKey(root, name) {
			return &exit{exitUsage, fmt.Errorf("--%s belongs to a command, and none is given (threadmill --help lists them)", name)}
		}
	}
	return nil
}

// reorder separates the flags of a command from its arguments, both in their
// order, and joins each flag with its value. "--" ends the flags; with
// program set the first argument does.
func reorder(command string, table flagTable, args []string, program bool) (flags, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "--" {
			return flags, append(rest, args[i+1:]...), nil
		}
		name, hasValue, ok := flagName(word)
		switch {
		case !ok && program:
			return flags, append(rest, args[i:]...), nil
		case !ok:
			rest = append(rest, word)
		case table[name] && !hasValue:
			if i++; i == len(args) {
				return nil, nil, &exit{exitUsage, fmt.Errorf("%s: --%s needs a value", command, name)}
			}
			flags = append(flags, word+"="+args[i])
		default:
			flags = append(flags, word)
		}
	}
	return flags, rest, nil
}

// usageError turns an error of the flag package into ours.
func usageError(c *cli.Context, err error, _ bool) error {
	msg := err.Error()
	if unknown, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		table := flagTable{}
		table.add(c.Command.Flags)
		msg = fmt.Sprintf("unknown flag --%s", strings.TrimPrefix(unknown, "-"))
		var names []string
		for n := range table {
			names = append(names, n)
		}
		slices.Sort(names)
		if near := catalog.Nearest(unknown, names); near != "" {
			msg += fmt.Sprintf(", did you mean --%s?", near)
		}
	} else {
		msg = invalidValue(msg)
	}
	if c.Command.Name != c.App.Name {
		msg = c.Command.Name + ": " + msg
	}
	return &exit{exitUsage, fmt.Errorf("%s", msg)}
}

// invalidValue rewrites the flag package's errors about values.
func invalidValue(msg string) string {
	var name, value string
	if n, _ := fmt.Sscanf(msg, "invalid boolean value %q for -%s", &value, &name); n == 2 {
		return fmt.Sprintf("--%s: %q is neither true nor false", strings.TrimSuffix(name, ":"), value)
	}
	if n, _ := fmt.Sscanf(msg, "invalid value %q for flag -%s", &value, &name); n == 2 {
		reason := "out of range"
		if strings.HasSuffix(msg, "parse error") {
			reason = "not a whole number of 0 or more"
		}
		return fmt.Sprintf("--%s: %q is %s", strings.TrimSuffix(name, ":"), value, reason)
	}
	return msg
}

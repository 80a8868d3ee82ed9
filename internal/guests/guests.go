// Package guests lists programs that show whether a machine runs programs
// right: C, C++ and Go, one file each, in testdata. What such a program writes
// to its standard output and how it exits depends neither on how its threads
// interleave, nor on the clock, nor on the number of processors, so that it
// must be the same everywhere: under another emulator, executed functionally,
// and timed under any discipline.
//
// The comment that begins a source says how it is run:
//
//	// run: 1000 x         its arguments, separated by blanks
//	// timed: 20           its arguments where every cycle is simulated
//	// stdin: one\ntwo     its standard input
//
// Without "timed" the arguments are those of "run".
//
// The programs of testdata/litmus depend on how threads interleave: that is
// what they are for.
package guests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Guest is a program and how it is run.
type Guest struct {
	Name   string // its folder and its file's name without suffix: "c/strings"
	Source string // its file
	Run    []string
	Timed  []string
	Stdin  string
}

// folders of programs, and what their sources are called.
var folders = []string{"c/*.c", "cxx/*.cc", "go/*.go"}

// List is all the programs that stand in a directory (testdata), by name.
func List(dir string) ([]Guest, error) {
	var list []Guest
	for _, pattern := range folders {
		paths, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			g, err := parse(filepath.Base(filepath.Dir(path)), path, string(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			list = append(list, g)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no programs are here", dir)
	}
	return list, nil
}

// parse reads the comment that begins a source.
func parse(folder, path, text string) (Guest, error) {
	base := filepath.Base(path)
	g := Guest{Name: folder + "/" + strings.TrimSuffix(base, filepath.Ext(base)), Source: path}
	run, timed := false, false
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "//")
		if !ok {
			break
		}
		key, value, _ := strings.Cut(strings.TrimSpace(comment), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "run":
			g.Run, run = strings.Fields(value), true
		case "timed":
			g.Timed, timed = strings.Fields(value), true
		case "stdin":
			in, err := strconv.Unquote(`"` + value + `"`)
			if err != nil {
				return Guest{}, fmt.Errorf("stdin: %q is not the inside of a Go string", value)
			}
			g.Stdin = in
		}
	}
	if !run {
		return Guest{}, fmt.Errorf("the comment that begins it has no line %q", "// run: ARGUMENTS")
	}
	if !timed {
		g.Timed = g.Run
	}
	return g, nil
}

// Outcome is what counts of a run.
type Outcome struct {
	Stdout string
	Code   int // exit code, 128 + the signal's number when one ended it
}

// Reference is what an executable does under qemu's user mode. Now and then that
// crashes by itself when the guest has threads, so an end by a signal counts when
// nothing else comes of repeating it.
func Reference(ctx context.Context, qemu, executable string, args []string, stdin string) (Outcome, error) {
	const most = 4
	var last Outcome
	for i := range most {
		o, signaled, err := once(ctx, qemu, executable, args, stdin)
		switch {
		case err != nil || !signaled:
			return o, err
		case i > 0 && o != last:
			return Outcome{}, fmt.Errorf("%s ends by a signal under %s, each time otherwise: %+v, %+v", executable, qemu, last, o)
		}
		last = o
	}
	return last, nil
}

// once runs an executable under qemu, and says whether a signal ended that.
func once(ctx context.Context, qemu, executable string, args []string, stdin string) (o Outcome, signaled bool, err error) {
	cmd := exec.CommandContext(ctx, qemu, append([]string{executable}, args...)...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = strings.NewReader(stdin), &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Outcome{}, false, fmt.Errorf("%s: %w", executable, ctx.Err())
	case err != nil && !errors.As(err, &exit):
		return Outcome{}, false, err
	}
	o = Outcome{Stdout: out.String(), Code: cmd.ProcessState.ExitCode()}
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		o.Code, signaled = 128+int(s.Signal()), true
	}
	return o, signaled, nil
}

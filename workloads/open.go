package workloads

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/shlex"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

// maxFile bounds the bytes of a program's file.
const maxFile = 1 << 30

// Open resolves a specification: a program and its arguments in one string,
// with the shell's quotes and backslashes, and nothing expanded.
func Open(spec string) (*Program, error) {
	words, err := shlex.Split(spec)
	switch {
	case err != nil:
		return nil, fmt.Errorf("workload %q: unbalanced quotes or a trailing backslash", spec)
	case len(words) == 0:
		return nil, fmt.Errorf("workload %q: no program is named", spec)
	}
	return open(spec, words[0], words[1:])
}

// OpenArgs resolves a program whose arguments are separate already.
func OpenArgs(program string, args []string) (*Program, error) {
	return open(program, program, args)
}

func open(spec, program string, args []string) (*Program, error) {
	p, err := resolve(program, args)
	if err != nil {
		return nil, err
	}
	p.Spec = spec
	return p, nil
}

// resolve finds the program: a bundled name beats a file.
func resolve(program string, args []string) (*Program, error) {
	name, size, sized := strings.Cut(program, "@")
	if d, ok := suite.Lookup(name); ok {
		return bundled(d, size, sized, args)
	}
	info, err := os.Stat(program)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(program, "./"):
		return nil, catalog.Unknown("workload", name, suite.Names())
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("workload %s: no such file", program)
	case err != nil:
		return nil, fmt.Errorf("workload %s: %w", program, withoutPath(err))
	case info.IsDir():
		return nil, fmt.Errorf("workload %s: %w", program, goDirectory(program))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("workload %s: neither a file nor a directory", program)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("workload %s: %d bytes are more than a program may have (%d)", program, info.Size(), maxFile)
	}
	p, err := file(program, args)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", program, err)
	}
	return p, nil
}

// bundled is a workload of the suite at one of its sizes, or with arguments
// of the user's.
func bundled(d suite.Descriptor, size string, sized bool, args []string) (*Program, error) {
	var expected []byte
	switch {
	case sized && len(args) > 0:
		return nil, fmt.Errorf("workload %s@%s: a size stands for the arguments, so there can be no others (%s)", d.Name, size, strings.Join(args, " "))
	case len(args) == 0:
		if !sized {
			size = suite.DefaultSize
		}
		run, err := d.Size(size)
		if err != nil {
			return nil, err
		}
		args, expected = run.Args, []byte(run.Stdout)
	}
	file, err := suite.ELF(d.Name)
	if err != nil {
		return nil, err
	}
	p, err := newProgram(d.Name, file, args)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", d.Name, err)
	}
	p.Class, p.Expected = d.Class, expected
	return p, nil
}

// file is a program of the user's, by what the name ends in.
func file(path string, args []string) (*Program, error) {
	var executable []byte
	var err error
	switch filepath.Ext(path) {
	case ".s":
		executable, err = assemble(path)
	case ".c":
		executable, err = compileC(path)
	case ".go":
		err = errGo
	default:
		executable, err = os.ReadFile(path)
		err = withoutPath(err)
	}
	if err != nil {
		return nil, err
	}
	return newProgram(filepath.Base(path), executable, args)
}

// withoutPath is the reason of an error that names the file, which the
// message around it names already.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

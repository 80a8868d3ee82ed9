package workloads

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/shlex"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/workloads/build"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

// maxFile bounds the bytes of a program's file.
const maxFile = 1 << 30

// Opener resolves specifications. Its zero value is ready, and several
// goroutines may use it.
type Opener struct {
	// Note, unless nil, gets what a user may want to know of the build of a
	// program that succeeds, such as a compiler's warnings.
	Note func(text string)
	// Dir is the directory that relative paths start in; "": the process's.
	Dir string
}

// Open resolves a specification with an Opener that notes nothing.
func Open(spec string) (*Program, error) {
	return new(Opener).Open(context.Background(), spec)
}

// OpenArgs resolves a program whose arguments are separate already, as Open
// does.
func OpenArgs(program string, args []string) (*Program, error) {
	return new(Opener).OpenArgs(context.Background(), program, args)
}

// Open resolves a specification: a program and its arguments in one string,
// with the shell's quotes and backslashes, and nothing expanded. A canceled
// context stops a compiler. An error that wraps a *build.Error is what that
// compiler has to say.
func (o *Opener) Open(ctx context.Context, spec string) (*Program, error) {
	words, err := shlex.Split(spec)
	switch {
	case err != nil:
		return nil, fmt.Errorf("workload %q: unbalanced quotes or a trailing backslash", spec)
	case len(words) == 0:
		return nil, fmt.Errorf("workload %q: no program is named", spec)
	}
	return o.open(ctx, spec, words[0], words[1:])
}

// OpenArgs resolves a program whose arguments are separate already.
func (o *Opener) OpenArgs(ctx context.Context, program string, args []string) (*Program, error) {
	return o.open(ctx, program, program, args)
}

func (o *Opener) open(ctx context.Context, spec, program string, args []string) (*Program, error) {
	p, err := o.resolve(ctx, program, args)
	if err != nil {
		return nil, err
	}
	p.Spec = spec
	return p, nil
}

// resolve finds the program: a bundled name beats a file.
func (o *Opener) resolve(ctx context.Context, program string, args []string) (*Program, error) {
	name, size, sized := strings.Cut(program, "@")
	if d, ok := suite.Lookup(name); ok {
		return bundled(d, size, sized, args)
	}
	path := program
	if o.Dir != "" && !filepath.IsAbs(program) {
		path = filepath.Join(o.Dir, program)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(program, "./"):
		return nil, catalog.Unknown("workload", name, suite.Names())
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("workload %s: no such file", program)
	case err != nil:
		return nil, fmt.Errorf("workload %s: %w", program, withoutPath(err))
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, fmt.Errorf("workload %s: neither a file nor a directory", program)
	case !info.IsDir() && info.Size() > maxFile:
		return nil, fmt.Errorf("workload %s: %d bytes are more than a program may have (%d)", program, info.Size(), maxFile)
	}
	executable, err := o.executable(ctx, path, info)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", program, err)
	}
	p, err := newProgram(filepath.Base(path), executable, args)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", program, err)
	}
	return p, nil
}

// bundled is a workload of the suite at one of its sizes, or with arguments
// of the user's.
func bundled(d suite.Descriptor, size string, sized bool, args []string) (*Program, error) {
	var expected []byte
	var instructions uint64
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
		args, expected, instructions = run.Args, []byte(run.Stdout), run.Instructions
	}
	file, err := suite.ELF(d.Name)
	if err != nil {
		return nil, err
	}
	p, err := newProgram(d.Name, file, args)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", d.Name, err)
	}
	p.Class, p.Expected, p.Instructions = d.Class, expected, instructions
	return p, nil
}

// helpers are the files with which guests mark their region of interest.
//
//go:embed roi/threadmill.h roi/roi.go roi/roi_riscv64.go roi/roi_riscv64.s roi/roi_other.go
var helpers embed.FS

// executable is the one that a file of the user's is, or that is built of it.
func (o *Opener) executable(ctx context.Context, path string, info fs.FileInfo) ([]byte, error) {
	if info.IsDir() || build.IsSource(path) {
		roi, err := fs.Sub(helpers, "roi")
		if err != nil {
			return nil, err
		}
		b := build.Builder{Helpers: roi, Note: o.Note}
		return b.Build(ctx, path)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(file) > 0 && !bytes.HasPrefix(file, []byte("\x7fELF")) {
		return nil, fmt.Errorf("not an ELF file, and not named as a source (%s, or a directory with a Go program)", strings.Join(build.Suffixes(), " "))
	}
	return file, nil
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

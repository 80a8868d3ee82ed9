package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// goFlags of every program: no path of the host and no revision of a
// repository is to be in the executable.
var goFlags = []string{"-trimpath", "-buildvcs=false"}

// goTarget is the environment that makes the Go toolchain build guests.
var goTarget = []string{"GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0"}

// roi is the package for guests that the builder adds to a program which
// imports it without a module that has it, and the module that holds it.
const (
	roiModule = "github.com/threadmill-sim/threadmill"
	roiFolder = "workloads/roi"
	roiImport = roiModule + "/" + roiFolder
)

// goFile builds a program of one Go file.
func (b *Builder) goFile(ctx context.Context, path string) ([]byte, error) {
	name, err := packageName(path)
	switch {
	case err != nil:
		return nil, err
	case name != "main":
		return nil, fmt.Errorf("file of package %s, not package main", name)
	}
	return b.goBuild(ctx, filepath.Dir(path), "./"+filepath.Base(path))
}

// goDirectory builds the Go program in a directory.
func (b *Builder) goDirectory(ctx context.Context, dir string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, reason(err)
	}
	found, sources := "", false
	for _, e := range entries {
		if l := languageOf(e.Name()); l == nil || l.suffix != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			sources = sources || l != nil && l.suffix != ".go"
			continue
		}
		name, err := packageName(filepath.Join(dir, e.Name()))
		switch {
		case err != nil:
			return nil, err
		case name == "main":
			return b.goBuild(ctx, dir, ".")
		}
		found = name
	}
	switch {
	case found != "":
		return nil, fmt.Errorf("directory with package %s, not package main", found)
	case sources:
		return nil, fmt.Errorf("only a Go program may be a directory: give one source file, or what %s -static makes of several", "riscv64-linux-gnu-gcc")
	}
	return nil, errors.New("directory without package main: there is no Go file")
}

// packageName is that of a Go file.
func packageName(path string) (string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
	if err != nil {
		return "", reason(err)
	}
	return f.Name.Name, nil
}

// goProgram is a program on its way through the Go toolchain.
type goProgram struct {
	compiler *compiler
	dir      string // that the toolchain works in, absolute
	target   string // what is built, as seen from there
	tmp      string
	env      []string
	flags    []string
}

// goBuild builds a target in its directory. What it depends on is for the
// toolchain to say, so it is asked each time: given the program that it has
// made last, it answers at once when nothing has changed.
func (b *Builder) goBuild(ctx context.Context, dir, target string) ([]byte, error) {
	c, err := findCompiler(ctx, "go", "version", "install Go (https://go.dev/dl), or give an executable built elsewhere")
	if err != nil {
		return nil, fmt.Errorf("a program in Go %w", err)
	}
	tmp, done, err := scratch()
	if err != nil {
		return nil, err
	}
	defer done()
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	p := &goProgram{compiler: c, dir: dir, target: target, tmp: tmp, flags: goFlags}
	p.env = append(slices.Clone(goTarget), "GOTMPDIR="+tmp)
	p.ownCache()
	kept := b.store()
	k := key(c.path, c.version, dir, target)
	out := filepath.Join(tmp, "program")
	last := kept.get(k)
	if last != nil {
		if err := os.WriteFile(out, last.executable, 0o755); err != nil {
			return nil, err
		}
	}
	if err := p.make(ctx, b, out); err != nil {
		return nil, err
	}
	e := &entry{}
	if e.executable, err = os.ReadFile(out); err != nil {
		return nil, err
	}
	if last == nil || !slices.Equal(last.executable, e.executable) {
		b.keep(kept, k, e)
	}
	return e.executable, nil
}

// ownCache gives the toolchain a place for its build cache where it would
// find none that it can write to.
func (p *goProgram) ownCache() {
	if os.Getenv("GOCACHE") != "" {
		return
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		err = os.MkdirAll(filepath.Join(cache, "go-build"), 0o755)
	}
	if err != nil {
		p.env = append(p.env, "GOCACHE="+filepath.Join(p.tmp, "go-build"))
	}
}

// make runs the toolchain. A program may import roi though nothing it requires
// has it: then a second attempt provides it.
func (p *goProgram) make(ctx context.Context, b *Builder, out string) error {
	where, err := p.locate(ctx)
	if err != nil {
		return err
	}
	if p.target == "." && where.module == "" && where.workspace == "" {
		if err := p.addModule(where); err != nil {
			return err
		}
	}
	err = p.attempt(ctx, b, out)
	var refused *Error
	if !errors.As(err, &refused) || !lacksHelper.MatchString(refused.Messages) {
		return err
	}
	if err := p.addHelper(b.Helpers, where); err != nil {
		return err
	}
	return p.attempt(ctx, b, out)
}

// lacksHelper matches what the toolchain says when no module has roi.
var lacksHelper = regexp.MustCompile(`(no required module provides|cannot find module providing) package ` + regexp.QuoteMeta(roiImport))

func (p *goProgram) attempt(ctx context.Context, b *Builder, out string) error {
	args := slices.Concat([]string{"build"}, p.flags, []string{"-o", out, p.target})
	_, err := b.run(ctx, p.compiler, p.dir, p.env, args...)
	return err
}

// location is the module that a directory is in, as the toolchain sees it.
type location struct {
	module    string // go.mod; "" for none
	workspace string // go.work; "" for none
	version   string // of Go that the module is written for
}

func (p *goProgram) locate(ctx context.Context) (*location, error) {
	cmd := exec.CommandContext(ctx, p.compiler.path, "env", "-json", "GOMOD", "GOWORK", "GOVERSION")
	cmd.Dir = p.dir
	cmd.Env = append(cmd.Environ(), p.env...)
	out, err := cmd.Output()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &failed):
		return nil, &Error{Compiler: p.compiler.name, Messages: string(failed.Stderr)}
	case err != nil:
		return nil, err
	}
	var env struct{ GOMOD, GOWORK, GOVERSION string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	at := &location{module: env.GOMOD, workspace: env.GOWORK, version: strings.TrimPrefix(env.GOVERSION, "go")}
	if at.module == os.DevNull {
		at.module = ""
	}
	if at.workspace == "off" {
		at.workspace = ""
	}
	return at, nil
}

// write makes a file of the build's own, with any folders above it.
func (p *goProgram) write(name string, data []byte) (string, error) {
	path := filepath.Join(p.tmp, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, data, 0o644)
}

// overlay makes the toolchain read text in place of a file that need not be
// there.
func (p *goProgram) overlay(path, text string) error {
	instead, err := p.write("overlay/"+filepath.Base(path), []byte(text))
	if err != nil {
		return err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: instead}})
	if err != nil {
		return err
	}
	name, err := p.write("overlay.json", list)
	if err != nil {
		return err
	}
	p.flags = append(slices.Clone(p.flags), "-overlay="+name)
	return nil
}

// addModule makes a module of a directory that is in none.
func (p *goProgram) addModule(at *location) error {
	at.module = filepath.Join(p.dir, "go.mod")
	return p.overlay(at.module, fmt.Sprintf("module program\n\ngo %s\n", at.version))
}

// addHelper provides the package roi: the module that has nothing but it joins
// the workspace of the program. A requirement in go.mod would do too, but
// would leave a path of the host in the executable.
func (p *goProgram) addHelper(helpers fs.FS, at *location) error {
	names, err := fs.Glob(helpers, "*")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := fs.ReadFile(helpers, name)
		if err != nil {
			return err
		}
		if _, err := p.write("helper/"+roiFolder+"/"+name, data); err != nil {
			return err
		}
	}
	goMod, err := p.write("helper/go.mod", []byte("module "+roiModule+"\n\ngo 1.16\n"))
	if err != nil {
		return err
	}
	use := "use " + quoted(filepath.Dir(goMod)) + "\n"
	if at.workspace != "" {
		text, err := os.ReadFile(at.workspace)
		if err != nil {
			return err
		}
		return p.overlay(at.workspace, string(text)+"\n"+use)
	}
	version := at.version
	if at.module != "" {
		use += "use " + quoted(filepath.Dir(at.module)) + "\n"
		if text, err := os.ReadFile(at.module); err == nil {
			version = writtenFor(string(text))
		}
	}
	work, err := p.write("go.work", []byte("go "+version+"\n"+use))
	if err != nil {
		return err
	}
	p.env = append(slices.Clone(p.env), "GOWORK="+work)
	return nil
}

// quoted writes a path as a go.work file has it.
func quoted(path string) string { return fmt.Sprintf("%q", path) }

// writtenFor is the version in the go line of a go.mod, or what is assumed
// without one.
func writtenFor(goMod string) string {
	for line := range strings.Lines(goMod) {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == "go" {
			return words[1]
		}
	}
	return "1.16"
}

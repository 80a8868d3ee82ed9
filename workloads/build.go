package workloads

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/threadmill-sim/threadmill/isa/asm"
)

// assemble builds a program from one file of assembly. The error is that of
// the first mistake.
func assemble(path string) ([]byte, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	p, err := asm.Assemble(filepath.Base(path), source, asm.Options{})
	var list asm.ErrorList
	switch {
	case errors.As(err, &list) && len(list) > 1:
		return nil, fmt.Errorf("%w (and %d more errors)", list[0], len(list)-1)
	case err != nil:
		return nil, err
	}
	return p.ELF(), nil
}

// compiler is the C compiler for Linux on RISC-V, as Debian names it.
const compiler = "riscv64-linux-gnu-gcc"

// compileC builds a program from one file of C, in the file's folder so that
// what the compiler records of the name does not depend on where it stands.
func compileC(path string) ([]byte, error) {
	gcc, err := exec.LookPath(compiler)
	if err != nil {
		return nil, fmt.Errorf("a C file needs %s on the PATH, which is not there: install it or give a static RISC-V executable", compiler)
	}
	dir, err := os.MkdirTemp("", "threadmill-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	cmd := exec.Command(gcc, "-O2", "-static", "-Wl,--build-id=none", "-o", out, "./"+filepath.Base(path), "-lm")
	cmd.Dir = filepath.Dir(path)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if messages, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %s", compiler, complaint(string(messages), err))
	}
	return os.ReadFile(out)
}

// complaint is the line of a compiler's messages that says what is wrong.
func complaint(messages string, err error) string {
	lines := strings.Split(strings.TrimSpace(messages), "\n")
	for _, line := range lines {
		if strings.Contains(line, "error:") || strings.Contains(line, "undefined reference") {
			return strings.TrimPrefix(line, "./")
		}
	}
	if lines[0] != "" {
		return lines[0]
	}
	return err.Error()
}

// errGo: the runtime of Go starts threads before main does.
var errGo = errors.New("programs in Go need thread support, which this version does not have: give a static C program or executable")

// goDirectory says why a directory cannot be run.
func goDirectory(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return withoutPath(err)
	}
	found := ""
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") || !e.Type().IsRegular() {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" {
			return errGo
		}
		found = f.Name.Name
	}
	if found != "" {
		return fmt.Errorf("directory with package %s, not package main", found)
	}
	return errors.New("directory without package main: there is no Go file")
}

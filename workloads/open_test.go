package workloads

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads/build"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

const hello = `
_start:	li a0, 1
	la a1, text
	li a2, 3
	li a7, 64
	ecall
	ld a0, 0(sp)
	li a7, 94
	ecall
	.data
text:	.ascii "hi\n"
`

// files writes files into a new folder, which becomes the working directory.
func files(t *testing.T, contents map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// run starts a program and runs it functionally to its end.
func run(t *testing.T, p *Program) (stdout string, code int) {
	t.Helper()
	system := linux.NewSystem(linux.SystemOptions{})
	process, err := p.Start(system, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := system.Run(context.Background(), 1_000_000_000); err != nil {
		t.Fatal(err)
	}
	e, _ := process.Exit()
	if w := process.Warnings(); len(w) > 0 {
		t.Errorf("warnings %q", w)
	}
	return string(process.Stdout()), e.Code
}

// executable is the bytes of a bundled program.
func executable(t *testing.T) string {
	t.Helper()
	b, err := suite.ELF("sort")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOpenErrors(t *testing.T) {
	elf := executable(t)
	change := func(at int, b byte) string { return elf[:at] + string([]byte{b}) + elf[at+1:] }
	files(t, map[string]string{
		"empty":               "",
		"truncated":           elf[:len(elf)/2],
		"head":                elf[:40],
		"corrupt":             change(0x38, 0xfe), // e_phnum
		"arm":                 change(18, 183),    // e_machine
		"narrow":              change(4, 1),       // EI_CLASS
		"script":              "#!/bin/sh\necho\n",
		"bad.s":               "_start: nop\n frobnicate a0\n li a0\n",
		"library/lib.go":      "package library\n",
		"tests/a_test.go":     "package main\n",
		"nothing/readme.txt":  "",
		"broken/main.go":      "package\n",
		"sortish":             elf,
		"my programs/program": elf,
	})
	for _, c := range []struct{ spec, want string }{
		{"", `workload "": no program is named`},
		{"   ", "no program is named"},
		{`sort "1000`, `unbalanced quotes`},
		{`sort '`, `unbalanced quotes`},
		{`sort \`, `trailing backslash`},
		{"srot", `unknown workload "srot", did you mean "sort"?`},
		{"zzzzzzzzzz", `unknown workload "zzzzzzzzzz" (known: `},
		{"synthetic:mcf", `unknown workload "synthetic:mcf"`},
		{"sort@big", `workload sort: unknown size "big" (known: test, small, ref)`},
		{"sort@tset", `did you mean "test"?`},
		{"sort@", `unknown size ""`},
		{"sort@test 1000", "workload sort@test: a size stands for the arguments, so there can be no others (1000)"},
		{"./missing", "workload ./missing: no such file"},
		{"missing.c 5", "workload missing.c: no such file"},
		{"no/such/dir", "workload no/such/dir: no such file"},
		{"script/x", "workload script/x: not a directory"},
		{"./empty", "workload ./empty: empty file"},
		{"./truncated", "workload ./truncated: program header 0: truncated ELF file: "},
		{"./head", "workload ./head: truncated ELF file: the file header"},
		{"./corrupt", "truncated ELF file: the program headers"},
		{"./arm", "ELF file for AArch64: only 64-bit RISC-V is supported"},
		{"./narrow", "32-bit ELF file for RISC-V"},
		{"./script", "workload ./script: not an ELF file, and not named as a source (.s .c "},
		{"bad.s", "workload bad.s: the assembler does not accept it"},
		{"./library", "directory with package library, not package main"},
		{"tests", "directory without package main"},
		{"nothing", "workload nothing: directory without package main: there is no Go file"},
		{"broken", "expected 'IDENT'"},
		{"my programs/program", `unknown workload "my"`},
	} {
		p, err := Open(c.spec)
		if err == nil {
			t.Errorf("%q opens as %+v", c.spec, p)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %q does not say %q in one line", c.spec, err, c.want)
		}
	}
}

func TestOpenFile(t *testing.T) {
	elf := executable(t)
	files(t, map[string]string{"hello.s": hello, "sort": "not an ELF file", "my programs/sorter": elf})
	p, err := Open(`hello.s one "two three" 'four'\ five ""`)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"one", "two three", "four five", ""}; p.Name != "hello.s" || !slices.Equal(p.Args, want) || p.Class != "" || p.Expected != nil {
		t.Errorf("program %+v", p)
	}
	for range 2 { // as often as one likes
		if out, code := run(t, p); out != "hi\n" || code != 5 {
			t.Errorf("output %q, exit code %d", out, code)
		}
	}
	if p, err := Open("sort@test"); err != nil || p.Class == "" {
		t.Errorf("a bundled name does not beat a file: %v", err)
	}
	if _, err := Open("./sort"); err == nil {
		t.Error("./sort is not the file")
	}
	if p, err := Open(`"my programs/sorter" 100`); err != nil || p.Name != "sorter" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := new(Opener).OpenArgs(t.Context(), "my programs/sorter", []string{"a b", "'"}); err != nil || !slices.Equal(p.Args, []string{"a b", "'"}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestDigest: the digest is of what runs, not of what it is called.
func TestDigest(t *testing.T) {
	files(t, map[string]string{"hello.s": hello, "elsewhere/other.s": hello, "different.s": hello + "\nnop\n"})
	digest := func(spec string) string {
		p, err := Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest
	}
	same := [][2]string{{"hello.s 1", "elsewhere/other.s '1'"}, {"sort", "sort@small"}}
	for _, s := range same {
		if digest(s[0]) != digest(s[1]) {
			t.Errorf("%q and %q differ", s[0], s[1])
		}
	}
	different := [][2]string{{"hello.s 1", "hello.s 2"}, {"hello.s 1 2", "hello.s 12"}, {"hello.s", `hello.s ""`}, {"hello.s", "different.s"}, {"sort", "sort@test"}}
	for _, s := range different {
		if digest(s[0]) == digest(s[1]) {
			t.Errorf("%q and %q are the same", s[0], s[1])
		}
	}
}

// TestBundled runs the test size of every workload of the suite.
func TestBundled(t *testing.T) {
	for _, d := range Suite() {
		p, err := Open(d.Name + "@test")
		if err != nil {
			t.Fatal(err)
		}
		if p.Class != d.Class || len(p.Expected) == 0 {
			t.Errorf("%s: class %q, expected output %q", d.Name, p.Class, p.Expected)
		}
		if out, code := run(t, p); out != string(p.Expected) || code != 0 {
			t.Errorf("%s: output %q and exit code %d, want %q", d.Name, out, code, p.Expected)
		}
		if p, err := Open(d.Name + " 1"); err != nil || p.Expected != nil || !slices.Equal(p.Args, []string{"1"}) {
			t.Errorf("%s 1: %+v, %v", d.Name, p, err)
		}
	}
}

// TestStartOptions: the name and the environment that reach the program.
func TestStartOptions(t *testing.T) {
	const program = `
_start:	ld a1, 8(sp)
	li a2, 4
	li a0, 1
	li a7, 64
	ecall
	ld a1, 24(sp)
	li a2, 4
	li a0, 1
	li a7, 64
	ecall
	li a0, 0
	li a7, 94
	ecall
`
	files(t, map[string]string{"a.s": program})
	p, err := Open("./a.s")
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]Options{"a.s\x00PATH": {}, "./x\x00VAR=": {Argv0: "./x", Env: []string{"VAR=1"}}} {
		system := linux.NewSystem(linux.SystemOptions{})
		process, err := p.Start(system, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := system.Run(context.Background(), 0); err != nil || string(process.Stdout()) != want {
			t.Errorf("got %q (%v), want %q", process.Stdout(), err, want)
		}
	}
	if _, err := p.Start(linux.NewSystem(linux.SystemOptions{}), Options{Env: []string{"A\x00B"}}); err == nil || !strings.HasPrefix(err.Error(), "workload ./a.s: ") {
		t.Errorf("error %v does not name the workload", err)
	}
}

// Programs in every language that is built here run, with the marks of a
// region of interest in them.
func TestSources(t *testing.T) {
	t.Setenv(build.CacheVariable, t.TempDir())
	const c = `#include <stdio.h>
#include "threadmill.h"
int main(int n, char **v) { threadmill_roi_begin(); threadmill_roi_end(); printf("%s %d\n", v[0], n); return 4; }
`
	const golang = `package main

import (
	"fmt"
	"os"

	"github.com/threadmill-sim/threadmill/workloads/roi"
)

func main() {
	roi.Begin()
	defer os.Exit(4)
	fmt.Println(os.Args[0], len(os.Args))
	roi.End()
}
`
	files(t, map[string]string{"c/m.c": c, "c/m.cc": c, "go/m.go": golang})
	for path, tool := range map[string]string{"c/m.c": "riscv64-linux-gnu-gcc", "c/m.cc": "riscv64-linux-gnu-g++", "go/m.go": "go", "go": "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			if needs.CI() {
				needs.Missing(t, err)
			}
			t.Logf("%s is not run, since there is no %s", path, tool)
			continue
		}
		p, err := Open(path + " a b")
		if err != nil {
			t.Fatal(err)
		}
		if out, code := run(t, p); out != filepath.Base(path)+" 3\n" || code != 4 {
			t.Errorf("%s: output %q, exit code %d", path, out, code)
		}
		again, err := Open("./go/../" + path + " a b")
		if err != nil || again.Digest != p.Digest {
			t.Errorf("%s: a second build differs: %v", path, err)
		}
	}
}

// What a compiler says is in the error.
func TestCompilerMessages(t *testing.T) {
	t.Setenv(build.CacheVariable, t.TempDir())
	files(t, map[string]string{"bad.s": "_start: frobnicate a0\n"})
	_, err := Open("bad.s")
	var refused *build.Error
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Messages, "bad.s:1:9: ") {
		t.Errorf("%v: %+v", err, refused)
	}
}

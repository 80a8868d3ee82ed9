package workloads

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads/suite"

	"github.com/threadmill-sim/threadmill/workloads/linux"
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
		"main.go":             "package main\nfunc main() {}\n",
		"program/main.go":     "package main\nfunc main() {}\n",
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
		{"./script", "not an ELF file"},
		{"bad.s", "workload bad.s: bad.s:2:"},
		{"main.go", "programs in Go need thread support"},
		{"program", "programs in Go need thread support"},
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
	if p, err := OpenArgs("my programs/sorter", []string{"a b", "'"}); err != nil || !slices.Equal(p.Args, []string{"a b", "'"}) {
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

func TestCompileC(t *testing.T) {
	files(t, map[string]string{
		"deep/main.c": "#include <stdio.h>\n#include <math.h>\nint main(int c, char **v) { printf(\"%s %g\\n\", __FILE__, sqrt(c)); return 4; }\n",
		"wrong.c":     "int main(void) { return x; }\n",
		"unlinked.c":  "int f(void);\nint main(void) { return f(); }\n",
	})
	if _, err := exec.LookPath(compiler); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is needed under CI: %v", compiler, err)
		}
		t.Skipf("needs %s: %v", compiler, err)
	}
	p, err := Open("deep/main.c a b c")
	if err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, p); out != "./main.c 2\n" || code != 4 {
		t.Errorf("output %q, exit code %d", out, code)
	}
	again, err := Open("./deep/../deep/main.c a b c")
	if err != nil || again.Digest != p.Digest {
		t.Errorf("a second build differs: %v", err)
	}
	for spec, want := range map[string]string{"wrong.c": "wrong.c:1:25: error: 'x' undeclared", "unlinked.c": "undefined reference to `f'"} {
		if _, err := Open(spec); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", spec, err, want)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open("wrong.c"); err == nil || !strings.Contains(err.Error(), compiler+" on the PATH, which is not there") {
		t.Errorf("without a compiler: %v", err)
	}
}

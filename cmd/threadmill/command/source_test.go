package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results"
)

// exit ends a program of assembly with code a0.
const exitA0 = "\n\tli a7, 93\n\tecall\n"

// A source that a compiler does not accept: exit code 2, and all that the
// compiler says, as it says it.
func TestCompileError(t *testing.T) {
	files := map[string]string{
		"bad.s":  writeFile(t, "bad.s", []byte("_start: frobnicate a0\n\tli\n")),
		"bad.c":  writeFile(t, "bad.c", []byte("int main(void) {\n\treturn x;\n}\n")),
		"bad.go": writeFile(t, "bad.go", []byte("package main\n\nfunc main() { x() }\n")),
	}
	for _, c := range []struct{ name, tool, compiler, messages string }{
		{"bad.s", "", "the assembler", "bad.s:1:9: unknown instruction"},
		{"bad.s", "", "the assembler", "bad.s:2:2: "},
		{"bad.c", "riscv64-linux-gnu-gcc", "riscv64-linux-gnu-gcc", "bad.c:2:16: error: 'x' undeclared (first use in this function)\n    2 |         return x;\n"},
		{"bad.go", "go", "go", "bad.go:3:15: undefined: x\n"},
	} {
		if _, err := exec.LookPath(c.tool); c.tool != "" && err != nil && !needs.CI() {
			t.Logf("%s is left out, since there is no %s", c.name, c.tool)
			continue
		}
		for _, command := range []string{"exec", "run", "compare"} {
			o := threadmill(t, command, files[c.name])
			want := "threadmill: " + command + ": workload " + files[c.name] + ": " + c.compiler + " does not accept it\n"
			_, messages, refused := strings.Cut(o.stderr, want) // behind a word that the compiler is at work, if it takes long
			if o.code != 2 || o.out != "" || !refused || !strings.Contains(messages, c.messages) {
				t.Errorf("%s %s: exit code %d, want 2, %q and %q:\n%s", command, c.name, o.code, want, c.messages, o.stderr)
			}
		}
	}
}

// An interrupted build ends at once, and nothing is run.
func TestBuildInterrupted(t *testing.T) {
	dir := t.TempDir()
	// The compiler says by its lock that it is at work, and never ends.
	const compiler = "#!/bin/sh\n[ \"$1\" = --version ] && exit\necho >\"$STARTED\"\nexec sleep 1000\n"
	if err := os.WriteFile(filepath.Join(dir, "riscv64-linux-gnu-gcc"), []byte(compiler), 0o755); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "main.c", nil)
	for command, want := range map[string]int{"exec": 128 + int(syscall.SIGINT), "run": 1} {
		started := filepath.Join(dir, "started-"+command)
		if err := syscall.Mkfifo(started, 0o600); err != nil {
			t.Skipf("no pipes with names: %v", err)
		}
		cmd := exec.CommandContext(t.Context(), binaryPath, command, path)
		cmd.Env = append(os.Environ(), "STARTED="+started, "THREADMILL_CACHE="+dir, "PATH="+dir+":"+os.Getenv("PATH"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.ReadFile(started); err != nil { // waits for the compiler
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: exit code %d, want %d", command, code, want)
		}
	}
}

// What a guest finds: as many processors as were asked for, the files below
// the root directory and no others, and no more memory than it may have.
func TestGuestSurroundings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("\x2a"), 0o644); err != nil {
		t.Fatal(err)
	}
	// sched_getaffinity(0, 128, sp): the first byte of the mask
	processors := writeFile(t, "processors.s", []byte("_start: li a0, 0\n\tli a1, 128\n\taddi sp, sp, -128\n\tmv a2, sp\n\tli a7, 123\n\tecall\n\tlbu a0, 0(sp)"+exitA0))
	// The first byte of /file, or 1.
	reader := writeFile(t, "reader.s", []byte(`
_start:	li a0, -100
	la a1, name
	li a2, 0
	li a3, 0
	li a7, 56
	ecall
	bltz a0, none
	addi sp, sp, -16
	mv a1, sp
	li a2, 1
	li a7, 63
	ecall
	lbu a0, 0(sp)
	j end
none:	li a0, 1
end:`+exitA0+"\t.data\nname:\t.asciz \"/file\"\n"))
	// Writes to each of 16 MiB.
	greedy := writeFile(t, "greedy.s", []byte(`
_start:	li a0, 0
	li a1, 0x1000000
	li a2, 3
	li a3, 0x22
	li a4, -1
	li a5, 0
	li a7, 222
	ecall
	li t0, 0x1000000
	add t0, t0, a0
	li t1, 4096
1:	sd t0, 0(a0)
	add a0, a0, t1
	bltu a0, t0, 1b
	li a0, 0`+exitA0))
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{processors}, 1},
		{[]string{"--threads", "3", processors}, 7},
		{[]string{reader}, 1},
		{[]string{"--root", dir, reader}, 0x2a},
		{[]string{"--memory", "32M", greedy}, 0},
		{[]string{"--memory", "4096k", greedy}, 128 + int(syscall.SIGKILL)},
	} {
		if o := threadmill(t, append([]string{"exec"}, c.args...)...); o.code != c.code {
			t.Errorf("exec %q: exit code %d, want %d\n%s", c.args, o.code, c.code, o.stderr)
		}
		want := strconv.Itoa(c.code)
		o := threadmill(t, append([]string{"run", "--format", "json", "--quiet"}, c.args...)...)
		switch {
		case c.code > 128:
			if o.code != 1 || !strings.Contains(o.stderr, "out of memory") {
				t.Errorf("run %q: exit code %d\n%s", c.args, o.code, o.stderr)
			}
		case len(c.args) == 1 && c.args[0] == processors: // has those of the machine
		case !strings.Contains(o.out, `"exit_code": `+want+","):
			t.Errorf("run %q: no exit code %s in\n%s%s", c.args, want, o.out, o.stderr)
		}
	}
}

// marked is a program with a region of interest of 1 + 2·1000 instructions,
// the marks not counted, after 3000 others and before 2000.
const marked = `
_start:	li t0, 1500
1:	addi t0, t0, -1
	bnez t0, 1b
	slti x0, x0, 1
	li t0, 1000
2:	addi t0, t0, -1
	bnez t0, 2b
	slti x0, x0, 2
	li t0, 1000
3:	addi t0, t0, -1
	bnez t0, 3b
	li a0, 0` + exitA0

// What is measured begins and ends where the flags say, under run and in every
// run of a comparison.
func TestWhereToMeasure(t *testing.T) {
	path := writeFile(t, "marked.s", []byte(marked))
	const whole = 1 + 3000 + 1 + 2001 + 1 + 2001 + 3
	var r results.Record
	for _, c := range []struct {
		flags string
		want  func(uint64) bool
	}{
		{"", func(n uint64) bool { return n == whole }},
		{"--fast-forward 3000", func(n uint64) bool { return n == whole-3000 }},
		{"--roi", func(n uint64) bool { return n >= 2001 && n <= 2002 }},
		{"--roi --fast-forward 1000", func(n uint64) bool { return n >= 1001 && n <= 1002 }},
		{"--roi --insts 500", func(n uint64) bool { return n >= 500 && n < 508 }},
	} {
		decode(t, succeed(t, append(strings.Fields(c.flags), "run", path, "--format", "json", "--quiet")...), &r)
		if n := r.Programs[0].Instructions; !c.want(n) {
			t.Errorf("%q: %d instructions are measured", c.flags, n)
		}
	}
	var c results.Comparison
	decode(t, succeed(t, "compare", path, path, "--roi", "--threads", "2", "--format", "json", "--quiet"), &c)
	if !strings.Contains(c.Command, " --roi --warmup 0 --insts 0 ") {
		t.Errorf("the command is %q", c.Command)
	}
	for _, r := range append(c.Runs, c.Baselines...) {
		for _, p := range r.Programs {
			if !r.Setup.ROI || p.Instructions < 2001 || p.Instructions > 2002 {
				t.Errorf("%s: %d instructions of the region are measured", r.Scheduler, p.Instructions)
			}
		}
	}
	for _, flags := range []string{"--fast-forward 1000000", "--roi"} {
		o := threadmill(t, append(strings.Fields(flags), "run", exits(t, 0))...)
		if o.code != 1 || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, "ended with exit code 0 after 3 instructions") {
			t.Errorf("%s: exit code %d\n%s", flags, o.code, o.stderr)
		}
	}
}

// System calls are printed on standard error, also with --quiet, since they
// were asked for; those of programs one after another do not mix.
func TestStrace(t *testing.T) {
	path := exits(t, 3)
	const want = "exit(3)                                 = ?\n+++ exited with 3 +++\n"
	if o := threadmill(t, "exec", "--quiet", "--strace", path); o.code != 3 || o.out != "" || o.stderr != want {
		t.Errorf("exec: %+v", o)
	}
	if o := threadmill(t, "run", "--quiet", "--strace", path); o.code != 0 || o.stderr != want {
		t.Errorf("run: exit code %d\n%s", o.code, o.stderr)
	}
	if o := threadmill(t, "run", "--quiet", "--strace", path, path); o.code != 0 || !strings.Contains(o.stderr, "[program 0] exit(3)") || !strings.Contains(o.stderr, "[program 1] exit(3)") {
		t.Errorf("run of two: exit code %d\n%s", o.code, o.stderr)
	}
	if o := threadmill(t, "run", "--quiet", "--strace", "--scheduler", "single", path, path); o.code != 0 || o.stderr != want+want {
		t.Errorf("run of one after another: exit code %d\n%s", o.code, o.stderr)
	}
}

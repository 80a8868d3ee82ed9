package linux

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// sysroot is the directory of the cross compiler's libraries.
const sysroot = "/usr/riscv64-linux-gnu"

// openRoot opens a directory as a guest's root.
func openRoot(t testing.TB, dir string) *os.Root {
	t.Helper()
	r, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// compiled is the image of a source in testdata.
func compiled(t testing.TB, compiler, source string, flags ...string) (program string, m *elf.Image) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "program")
	args := append(append([]string{"-O1", "-w", "-o", program, filepath.Join("testdata", source)}, flags...), "-lm")
	if msg, err := exec.Command(needs.Tool(t, compiler), args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = elf.Load(data); err != nil {
		t.Fatal(err)
	}
	return program, m
}

// TestDynamic runs dynamically linked programs with the libraries of the cross
// compiler, and compares them with what they do under qemu.
func TestDynamic(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	for _, c := range []struct {
		name, compiler, source string
		flags                  []string
	}{
		{"C", "riscv64-linux-gnu-gcc", "dynamic.c", nil},
		{"C without PIE", "riscv64-linux-gnu-gcc", "dynamic.c", []string{"-no-pie", "-fno-pie"}},
		{"C with lazy binding", "riscv64-linux-gnu-gcc", "dynamic.c", []string{"-Wl,-z,lazy"}},
		{"C++", "riscv64-linux-gnu-g++", "dynamic.cc", []string{"-std=c++17"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program, m := compiled(t, c.compiler, c.source, c.flags...)
			args, env := []string{"program", "argument"}, []string{"LC_ALL=C"}
			cmd := exec.Command(qemu, "-L", sysroot, "-0", args[0], program, args[1])
			var out, diagnostics bytes.Buffer
			cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &diagnostics
			if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			p, err := NewSystem(SystemOptions{Contexts: 2}).Start(m, Options{Args: args, Env: env, Root: openRoot(t, sysroot)})
			if err != nil {
				t.Fatal(err)
			}
			if e := finish(t, p); e.Code != cmd.ProcessState.ExitCode() {
				t.Errorf("exit code %d (%s), qemu %d", e.Code, e.Detail, cmd.ProcessState.ExitCode())
			}
			if string(p.Stdout()) != out.String() || string(p.Stderr()) != diagnostics.String() {
				t.Errorf("stdout %q, qemu %q; stderr %q, qemu %q", p.Stdout(), out.String(), p.Stderr(), diagnostics.String())
			}
			if w := p.Warnings(); len(w) > 0 {
				t.Errorf("warnings %q", w)
			}
		})
	}
}

// Without its interpreter a dynamic program cannot start, and the error says
// what to do.
func TestMissingInterpreter(t *testing.T) {
	_, m := compiled(t, "riscv64-linux-gnu-gcc", "hello.c")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "broken/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	const loader = "/lib/ld-linux-riscv64-lp64d.so.1"
	if err := os.WriteFile(filepath.Join(dir, "broken", loader), []byte("text"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		root *os.Root
		want []string
	}{
		{nil, []string{loader, "--root SYSROOT", sysroot}},
		{openRoot(t, dir), []string{loader, dir, "no such file"}},
		{openRoot(t, filepath.Join(dir, "broken")), []string{loader, "not an ELF file"}},
	} {
		_, err := NewSystem(SystemOptions{}).Start(m, Options{Args: []string{"hello"}, Root: c.root})
		if err == nil {
			t.Fatal("it starts")
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not say %q in one line", err, want)
			}
		}
	}
}

// What /proc, /sys and /dev say is what programs expect to find there.
func TestProc(t *testing.T) {
	_, m := compiled(t, "riscv64-linux-gnu-gcc", "proc.c", "-static")
	p, err := NewSystem(SystemOptions{Contexts: 3}).Start(m, Options{Args: []string{"./looker", "second"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := finish(t, p); e.Code != 0 {
		t.Errorf("exit code %d (%s)", e.Code, e.Detail)
	}
	const want = `stack 1 heap 1
stack of the main thread 1
cmdline 16 ./looker second
exe 1
text 1 data 1
file 1 hole 1 file 1
unmapped -1
read 4 1
cwd 1
stat 1 looker
status 1
processors 3 3
sysconf 1
cpuinfo 1
meminfo 1
missing -2
missing -2
fd 1
tasks 1
write 1
`
	if got := string(p.Stdout()); got != want {
		t.Errorf("stdout\n%s\nwant\n%s", got, want)
	}
}

package linux

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// TestGlibc runs static C programs and compares output and exit code with
// those under qemu's user mode.
func TestGlibc(t *testing.T) {
	gcc, qemu := needs.Tool(t, "riscv64-linux-gnu-gcc"), needs.Tool(t, "qemu-riscv64")
	dir := t.TempDir()
	env := []string{"FRUIT=apple pie", "LC_ALL=C", "EMPTY="}
	for _, c := range []struct {
		source string
		args   []string
		stdin  string
	}{
		{source: "hello"},
		{source: "memory"},
		{source: "sorting", args: []string{"5000"}},
		{source: "floating"},
		{source: "jumps"},
		{source: "text"},
		{source: "clocks"},
		{source: "arguments", args: []string{"one", "two words", "", "ünï"}},
		{source: "echo", stdin: "first\n\nlast without a newline"},
		{source: "files"},
		{source: "filesystem"},
		{source: "leave"},
		{source: "die", args: []string{"a"}},
		{source: "die", args: []string{"l"}},
		{source: "die", args: []string{"j"}},
		{source: "die", args: []string{"i"}},
		{source: "die", args: []string{"b"}},
		{source: "die", args: []string{"s"}},
		{source: "die", args: []string{"k"}},
	} {
		t.Run(strings.Join(append([]string{c.source}, c.args...), " "), func(t *testing.T) {
			program := filepath.Join(dir, c.source)
			if _, err := os.Stat(program); err != nil {
				if msg, err := exec.Command(gcc, "-O1", "-w", "-static", "-o", program, "testdata/"+c.source+".c", "-lm").CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, msg)
				}
			}
			args := append([]string{c.source}, c.args...)
			wantOut, wantErr, wantCode := underQemu(t, qemu, program, args, env, c.stdin)

			data, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			m, err := elf.Load(data)
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewSystem(SystemOptions{}).Start(m, Options{Args: args, Env: env, Stdin: strings.NewReader(c.stdin)})
			if err != nil {
				t.Fatal(err)
			}
			got := finish(t, p)
			if got.Code != wantCode {
				t.Errorf("exit code %d (%s), qemu %d", got.Code, got.Detail, wantCode)
			}
			if !bytes.Equal(p.Stdout(), wantOut) {
				t.Errorf("stdout %q, qemu %q", p.Stdout(), wantOut)
			}
			if !bytes.Equal(p.Stderr(), wantErr) {
				t.Errorf("stderr %q, qemu %q", p.Stderr(), wantErr)
			}
			if w := p.Warnings(); len(w) > 0 {
				t.Errorf("warnings %q", w)
			}
		})
	}
}

func underQemu(t *testing.T, qemu, program string, args, env []string, stdin string) (stdout, stderr []byte, code int) {
	cmd := exec.Command(qemu, append([]string{"-0", args[0], program}, args[1:]...)...)
	var out, diagnostics bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(stdin), &out, &diagnostics
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	stderr = diagnostics.Bytes()
	if i := bytes.Index(stderr, []byte("qemu: uncaught target signal")); i >= 0 {
		stderr = stderr[:i]
	}
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signaled() {
		return out.Bytes(), stderr, 128 + int(s.Signal())
	}
	return out.Bytes(), stderr, cmd.ProcessState.ExitCode()
}

package command

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Exit code and streams are the guest's.
func TestExec(t *testing.T) {
	if o := threadmill(t, "exec", exits(t, 7), "--help", "--", "x"); o.code != 7 || o.out != "" || o.stderr != "" {
		t.Errorf("exit 7: %+v", o)
	}
	// read(0, sp, …) then write(1, sp, n), exit(n)
	echo := guest(t,
		li(a0, 0), moveSPtoA1, li(a2, 16), li(a7, 63), ecall,
		moveA0toA2, li(a0, 1), li(a7, 64), ecall,
		li(a7, 93), ecall)
	if o := feed(t, "hello\n", "exec", echo); o.code != 6 || o.out != "hello\n" || o.stderr != "" {
		t.Errorf("echo: %+v", o)
	}
	if o := feed(t, "hello\n", "exec", "--stats", echo); o.code != 6 || o.out != "hello\n" || !strings.Contains(o.stderr, "11 instructions") {
		t.Errorf("echo with statistics: %+v", o)
	}
}

// A guest killed by a signal: 128 + signal, and one line that says where and
// in what instruction.
func TestExecKilled(t *testing.T) {
	for _, c := range []struct {
		name   string
		path   string
		code   int
		wanted []string
	}{
		{"wild load", guest(t, loadZero), 128 + int(syscall.SIGSEGV), []string{"SIGSEGV", "0x10078", "ld"}},
		{"illegal instruction", guest(t, illegal), 128 + int(syscall.SIGILL), []string{"SIGILL", "0x10078"}},
		{"wild jump", guest(t, jumpZero), 128 + int(syscall.SIGSEGV), []string{"SIGSEGV", "0x0"}},
		{"breakpoint", guest(t, ebreak), 128 + int(syscall.SIGTRAP), []string{"SIGTRAP", "0x10078"}},
	} {
		o := threadmill(t, "exec", c.path)
		if o.code != c.code || strings.Count(o.stderr, "\n") != 1 || !strings.HasPrefix(o.stderr, "threadmill: ") {
			t.Errorf("%s: exit code %d, want %d\n%s", c.name, o.code, c.code, o.stderr)
		}
		for _, want := range c.wanted {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("%s: no %q in %s", c.name, want, o.stderr)
			}
		}
		o = threadmill(t, "run", c.path, "--format", "json", "--quiet")
		if o.code != 1 || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, c.wanted[0]) {
			t.Errorf("run of %s: exit code %d, want 1\n%s", c.name, o.code, o.stderr)
		}
		var r struct{ Programs []struct{ Signal int } }
		decode(t, o.out, &r)
		if len(r.Programs) != 1 || r.Programs[0].Signal != c.code-128 {
			t.Errorf("run of %s: %+v", c.name, r)
		}
	}
}

// An unknown system call is named once, and not with --quiet.
func TestExecUnknownSystemCall(t *testing.T) {
	path := guest(t, li(a7, 2000), ecall, ecall, li(a0, 0), li(a7, 93), ecall)
	if o := threadmill(t, "exec", path); o.code != 0 || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, "2000") {
		t.Errorf("%+v", o)
	}
	if o := threadmill(t, "--quiet", "exec", path); o.code != 0 || o.stderr != "" {
		t.Errorf("quiet: %+v", o)
	}
}

// What the guest wrote and nobody took is an error, also with --quiet.
func TestExecOutputLost(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("needs /dev/full: %v", err)
	}
	defer full.Close()
	// write(1, sp, 8), exit(0)
	path := guest(t, li(a0, 1), moveSPtoA1, li(a2, 8), li(a7, 64), ecall, li(a0, 0), li(a7, 93), ecall)
	cmd := exec.CommandContext(t.Context(), binaryPath, "exec", "--quiet", path)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 1 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("exit code %d, want 1\n%s", code, stderr.String())
	}
}

// An interrupted guest ends at once, as one that the signal killed.
func TestExecInterrupted(t *testing.T) {
	// write(1, sp, 1), then for ever
	path := guest(t, li(a0, 1), moveSPtoA1, li(a2, 1), li(a7, 64), ecall, loopForever)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.CommandContext(t.Context(), binaryPath, "exec", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 128+int(signal) {
			t.Errorf("%v: exit code %d\n%s", signal, code, stderr.String())
		}
	}
}

package command

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// viewed is a small window of two programs.
func viewed(more ...string) []string {
	return append([]string{"view", "aluloop@test", "fpchain@test", "--threads", "2", "--fast-forward", "1000"}, more...)
}

func TestViewText(t *testing.T) {
	out := succeed(t, viewed()...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 32+3 || lines[0] != "aluloop@test + fpchain@test, icount on default" {
		t.Fatalf("%d lines:\n%s", len(lines), out)
	}
	for i, want := range []string{"#", "0  ", "1  "} {
		if !strings.HasPrefix(strings.TrimLeft(lines[1+i], " "), want) {
			t.Errorf("line %q, want %q", lines[1+i], want)
		}
	}
	if !strings.HasPrefix(lines[len(lines)-1], "f fetch, d decode") {
		t.Errorf("key %q", lines[len(lines)-1])
	}
	if again := succeed(t, viewed("--insts", "0:32", "--quiet", "--format", "text")...); again != out {
		t.Errorf("spelt out it is something else:\n%s", again)
	}
}

// A window by cycles has what is fetched in them, the same as in a larger one
// by instructions; with both, an instruction is in both.
func TestViewWindow(t *testing.T) {
	rows := func(args ...string) []string {
		lines := strings.Split(strings.TrimSpace(succeed(t, viewed(args...)...)), "\n")
		var out []string
		for _, l := range lines[2 : len(lines)-1] {
			out = append(out, strings.Join(strings.Fields(l)[:4], " "))
		}
		return out
	}
	all, cycles, both := rows("--insts", "60"), rows("--cycles", "1:4"), rows("--cycles", "1:", "--insts", "5:20")
	if len(cycles) == 0 || len(cycles) > 3*8 || !strings.Contains(strings.Join(all, "\n"), strings.Join(cycles, "\n")) {
		t.Errorf("cycles 1:4 have\n%s\nof\n%s", strings.Join(cycles, "\n"), strings.Join(all, "\n"))
	}
	if last := both[len(both)-1]; last != all[19] || len(both) > 15 || len(both) == 0 {
		t.Errorf("both have %q", both)
	}
	// Counting begins after warm-up.
	if later := rows("--insts", "24", "--warmup", "777"); strings.Join(later, "\n") == strings.Join(all[:24], "\n") {
		t.Error("--warmup changes nothing")
	}
}

func TestViewFiles(t *testing.T) {
	dir := t.TempDir()
	for format, begins := range map[string]string{"text": "aluloop@test", "kanata": "Kanata\t0004\nC=\t", "html": "<!DOCTYPE html>"} {
		file := filepath.Join(dir, "diagram."+format)
		o := threadmill(t, viewed("--format", format, "--insts", "100", "--out", file)...)
		data, err := os.ReadFile(file)
		if err != nil || o.code != 0 || o.out != "" || o.stderr != "threadmill: 100 instructions in "+file+"\n" {
			t.Errorf("%s: %v, exit code %d, %q, %q", format, err, o.code, o.out, o.stderr)
			continue
		}
		if !strings.HasPrefix(string(data), begins) {
			t.Errorf("%s begins with %.30q", format, data)
		}
		if out := succeed(t, viewed("--format", format, "--insts", "100")...); out != string(data) {
			t.Errorf("%s to standard output is something else", format)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A window that the programs do not reach is no success, and what is still
// under way when they end is shown as far as it came.
func TestViewBeyondTheEnd(t *testing.T) {
	o := threadmill(t, "view", exits(t, 0), "--insts", "50:60")
	if o.code != 1 || o.out != "" || !strings.Contains(o.stderr, "no instruction was fetched in the window") {
		t.Errorf("exit code %d, %q, %q", o.code, o.out, o.stderr)
	}
	if out := succeed(t, "view", exits(t, 0)); !strings.Contains(out, "ecall") || strings.Count(out, "\n") != 6 {
		t.Errorf("whole:\n%s", out)
	}
}

// Two that write beside each other do not write into one file, and what is left
// is what was asked for alone, for all to read.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, meanwhile func() error) error {
		return writeWhole(filepath.Join(dir, name), func(w io.Writer) error {
			err := meanwhile()
			_, failed := io.WriteString(w, text)
			return errors.Join(err, failed)
		})
	}
	err := write("a", "first", func() error {
		return write("b", "second", func() error { return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("it broke")
	if err := write("c", "", func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]string{"a": "first", "b": "second"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		own := filepath.Join(dir, "own-"+name)
		if err := os.WriteFile(own, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		usual, err := os.Stat(own)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != usual.Mode() {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, usual.Mode())
		}
		if err := os.Remove(own); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v are left, %v", left, err)
	}
}

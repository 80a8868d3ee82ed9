package suite

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

type outcome struct {
	stdout, stderr string
	code           int
}

func run(t *testing.T, command ...string) outcome {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// expect runs a workload at a size by command and compares what it prints.
func expect(t *testing.T, d *Descriptor, size string, command ...string) {
	t.Helper()
	s, err := d.Size(size)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := run(t, append(command, s.Args...)...), (outcome{stdout: s.Stdout}); got != want {
		t.Errorf("%s@%s: got %+v, want %+v", d.Name, size, got, want)
	}
}

// The programs print what the descriptors expect under another emulator.
func TestUnderQEMU(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	for _, d := range All() {
		expect(t, &d, "test", qemu, filepath.Join("bin", d.Name+".elf"))
		expect(t, &d, "small", qemu, filepath.Join("bin", d.Name+".elf"))
	}
}

// The same kernels, compiled for this machine by its own compiler, agree on
// every size: expected outputs are not an accident of one compiler, one
// instruction set or one emulator. Undefined behaviour traps.
func TestNative(t *testing.T) {
	cc := needs.Tool(t, "gcc")
	sizes := SizeNames
	if testing.Short() {
		sizes = sizes[:2]
	}
	for _, d := range All() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), d.Name)
			build := run(t, cc, "-std=gnu11", "-O2", "-ffp-contract=off", "-fno-strict-aliasing",
				"-fsanitize=undefined", "-fsanitize-undefined-trap-on-error", "-Isrc/runtime",
				"src/"+d.Name+".c", "src/runtime/runtime.c", "testdata/host.c", "-lm", "-o", program)
			if build.code != 0 {
				t.Fatal(build.stderr)
			}
			for _, size := range sizes {
				expect(t, &d, size, program)
			}
		})
	}
}

// Any size in range works, also those that are not round; all else is refused
// with one line that names what is wrong, and exit code 2.
func TestArguments(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	for _, d := range All() {
		program := filepath.Join("bin", d.Name+".elf")
		sizes := []string{"1", "2", "3", "7"}
		if d.Name == "fft" {
			sizes = []string{"4", "8"}
		}
		for _, size := range sizes {
			if got := run(t, qemu, program, size, "3"); got.code != 0 || !strings.HasPrefix(got.stdout, d.Name+" "+size+" 3 checksum 0x") {
				t.Errorf("%s %s 3: %+v", d.Name, size, got)
			}
		}
		size, _, _ := strings.Cut(d.Usage, " ")
		wrong := " must be a number from "
		for _, c := range []struct {
			args []string
			want string
		}{
			{nil, "usage: " + d.Name + " " + d.Usage},
			{[]string{"4", "1", "1", "1"}, "usage: "},
			{[]string{"0"}, size + wrong},
			{[]string{""}, size + wrong},
			{[]string{"-1"}, size + wrong},
			{[]string{"4x"}, size + wrong},
			{[]string{"0x4"}, size + wrong},
			{[]string{"18446744073709551620"}, size + wrong}, // 2^64 + 4
			{[]string{"4", "0"}, wrong},
			{[]string{"4", "99999999999999999999"}, wrong},
		} {
			got := run(t, append([]string{qemu, program}, c.args...)...)
			if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("%s %q: %+v, want exit code 2 and one line with %q", d.Name, c.args, got, c.want)
			}
		}
	}
}

// A word argument far beyond the line buffer does not harm the message.
func TestLongArgument(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	got := run(t, qemu, "bin/sort.elf", strings.Repeat("9", 1000))
	if got.code != 2 || len(got.stderr) != 256 || !strings.HasPrefix(got.stderr, "sort: ELEMENTS must be") {
		t.Errorf("%+v", got)
	}
}

// The environment and the place of the stack do not change the result.
func TestEnvironment(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	for _, d := range All() {
		expect(t, &d, "test", qemu, "-E", "NOISE="+strings.Repeat("x", 1234), "-0", "another name", filepath.Join("bin", d.Name+".elf"))
	}
}

// The sources build the programs in the tree, byte by byte when the compiler is
// the recorded one; another compiler's programs print the same.
func TestRebuild(t *testing.T) {
	needs.Tool(t, "riscv64-linux-gnu-gcc")
	out := t.TempDir()
	if build := run(t, "src/build.sh", out); build.code != 0 {
		t.Fatal(build.stderr)
	}
	recorded, err := os.ReadFile("bin/compiler.txt")
	if err != nil {
		t.Fatal(err)
	}
	used, err := os.ReadFile(filepath.Join(out, "compiler.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(recorded, used) {
		t.Logf("comparing bytes: the compiler is the recorded %s", recorded)
		for _, name := range Names() {
			want, err := ELF(name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(out, name+".elf")); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s differs from the program in the tree (error %v): run src/build.sh", name, err)
			}
		}
		return
	}
	t.Logf("comparing outputs: the compiler is %sthe recorded one %s", used, recorded)
	qemu := needs.Tool(t, "qemu-riscv64")
	for _, d := range All() {
		expect(t, &d, "test", qemu, filepath.Join(out, d.Name+".elf"))
	}
}

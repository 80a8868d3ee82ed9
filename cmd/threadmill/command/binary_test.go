package command

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binaryPath is the program as users run it: exit codes and streams are those of
// a process. It is a copy of the test binary, which under this name is the
// program.
var binaryPath string

func TestMain(m *testing.M) {
	const name = "threadmill"
	if filepath.Base(os.Args[0]) == name {
		os.Exit(Main())
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "threadmill-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binaryPath = filepath.Join(dir, name)
		if err := copyOfSelf(binaryPath); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// copyOfSelf makes an executable copy of the test binary; a link would not do,
// since what stands behind it is what os.Executable finds.
func copyOfSelf(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o755)
}

// outcome is what a process left behind.
type outcome struct {
	code        int
	out, stderr string
}

// threadmill runs the binary in a directory of its own.
func threadmill(t *testing.T, args ...string) outcome { return feed(t, "", args...) }

func feed(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binaryPath, args...)
	cmd.Dir = t.TempDir()
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// succeed is threadmill for a command line that must not fail.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	o := threadmill(t, args...)
	if o.code != 0 {
		t.Fatalf("%q: exit code %d\n%s", args, o.code, o.stderr)
	}
	return o.out
}

// writeFile makes a file of the test's and answers with its path.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Machine code for guests of a few instructions.
const (
	ecall        = 0x00000073
	ebreak       = 0x00100073
	illegal      = 0x00000000
	loadZero     = 0x00003503 // ld a0, 0(zero)
	jumpZero     = 0x00000067 // jr zero
	loopForever  = 0x0000006f // j .
	moveSPtoA1   = 0x00010593 // mv a1, sp
	moveA0toA2   = 0x00050613 // mv a2, a0
	a0, a2, a7   = 10, 12, 17
	textAddress  = 0x10000
	elfHeader    = 64
	programEntry = 56
)

// li loads a small constant into register r.
func li(r, value uint32) uint32 { return value<<20 | r<<7 | 0x13 }

// guest is a static RV64 ELF of the given instructions.
func guest(t *testing.T, code ...uint32) string {
	t.Helper()
	var b bytes.Buffer
	size := uint64(elfHeader + programEntry + 4*len(code))
	put := func(v ...any) {
		for _, x := range v {
			if err := binary.Write(&b, binary.LittleEndian, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	put([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		uint16(2), uint16(243), uint32(1), uint64(textAddress+elfHeader+programEntry), uint64(elfHeader), uint64(0),
		uint32(5), uint16(elfHeader), uint16(programEntry), uint16(1), uint16(0), uint16(0), uint16(0)) // flags: RVC, double-float ABI
	put(uint32(1), uint32(5), uint64(0), uint64(textAddress), uint64(textAddress), size, size, uint64(0x1000))
	put(code)
	return writeFile(t, "guest", b.Bytes())
}

// exits is a guest that ends with the given code.
func exits(t *testing.T, code uint32) string {
	return guest(t, li(a0, code), li(a7, 93), ecall)
}

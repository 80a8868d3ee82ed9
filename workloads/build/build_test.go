package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

const (
	cc  = "riscv64-linux-gnu-gcc"
	cxx = "riscv64-linux-gnu-g++"
)

// files writes files into a new folder, which becomes the working directory,
// and gives the test a store of its own.
func files(t *testing.T, contents map[string]string) (dir string) {
	t.Helper()
	t.Setenv(CacheVariable, filepath.Join(t.TempDir(), "cache"))
	dir = t.TempDir()
	for name, text := range contents {
		write(t, filepath.Join(dir, name), text)
	}
	t.Chdir(dir)
	return dir
}

// write makes a file that is older than any build of the test.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

// builder has the helpers of the module, and fails a test by what it notes.
func builder(t *testing.T) *Builder {
	return noting(func(text string) { t.Errorf("note %q", text) })
}

// noting is a builder that notes what does not depend on how busy the host is.
func noting(note func(string)) *Builder {
	return &Builder{Helpers: os.DirFS(helpers), Note: func(text string) {
		if !strings.Contains(text, "is at work") {
			note(text)
		}
	}}
}

// helpers is where the files for guests are; tests change their directory.
var helpers = func() string {
	dir, err := filepath.Abs("../roi")
	if err != nil {
		panic(err)
	}
	return dir
}()

func build(t *testing.T, path string) []byte {
	t.Helper()
	executable, err := builder(t).Build(t.Context(), path)
	var refused *Error
	if errors.As(err, &refused) {
		t.Fatalf("%s: %v:\n%s", path, err, refused.Messages)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if !bytes.HasPrefix(executable, []byte("\x7fELF")) {
		t.Fatalf("%s: not an executable: %.20q", path, executable)
	}
	return executable
}

// refused builds what must not build.
func refused(t *testing.T, path string) string {
	t.Helper()
	_, err := builder(t).Build(t.Context(), path)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: error %v is none of a compiler", path, err)
	}
	return e.Messages
}

// output runs an executable under QEMU.
func output(t *testing.T, executable []byte) string {
	t.Helper()
	qemu := needs.Tool(t, "qemu-riscv64")
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, executable, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), qemu, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// counted puts a compiler on the PATH that counts how often it builds.
func counted(t *testing.T, name string) (count func() int) {
	t.Helper()
	path, dir := needs.Tool(t, name), t.TempDir()
	log := filepath.Join(dir, "log")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = --version ] || echo >>'%s'\nexec '%s' \"$@\"\n", log, path)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return func() int {
		data, err := os.ReadFile(log)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(data)
	}
}

const mainC = `#include <stdio.h>
#include "value.h"
int main(void) { printf("%s %d\n", __FILE__, VALUE); }
`

// A program is built anew when anything that it is made of has changed, and
// only then.
func TestKept(t *testing.T) {
	dir := files(t, map[string]string{"a/main.c": mainC, "a/value.h": "#define VALUE 1\n", "b/main.c": mainC, "b/value.h": "#define VALUE 2\n"})
	builds := counted(t, cc)
	step := func(path string, want int) []byte {
		t.Helper()
		e := build(t, path)
		if n := builds(); n != want {
			t.Fatalf("%s: %d builds, want %d", path, n, want)
		}
		return e
	}
	one := step("a/main.c", 1)
	if again := step("a/main.c", 1); !bytes.Equal(one, again) {
		t.Error("what is kept is not what was built")
	}
	step(filepath.Join(dir, "a/main.c"), 1)
	two := step("b/main.c", 2) // the same source, another header
	write(t, "a/value.h", "#define VALUE 2\n")
	if changed := step("a/main.c", 3); !bytes.Equal(changed, two) || bytes.Equal(changed, one) {
		t.Error("the header that it is built with is not the one there")
	}
	write(t, "a/main.c", mainC+"\n")
	step("a/main.c", 4)
	t.Setenv("CPATH", dir)
	step("a/main.c", 5)
	t.Setenv(CacheVariable, "elsewhere")
	step("a/main.c", 6)
	if _, err := os.Stat("elsewhere/build"); err != nil {
		t.Error(err)
	}
	if got := output(t, two); got != "main.c 2\n" {
		t.Errorf("it prints %q", got)
	}
}

// A source that is edited while it is built is built again.
func TestEditedMeanwhile(t *testing.T) {
	files(t, map[string]string{"main.c": mainC, "value.h": "#define VALUE 1\n"})
	builds := counted(t, cc)
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes("value.h", future, future); err != nil {
		t.Fatal(err)
	}
	build(t, "main.c")
	build(t, "main.c")
	if n := builds(); n != 2 {
		t.Errorf("%d builds, want 2", n)
	}
}

// Where a source stands, and how it is named, is not in the executable.
func TestSameBytes(t *testing.T) {
	needs.Tool(t, cc)
	needs.Tool(t, cxx)
	const c = "#include <assert.h>\n#include <stdio.h>\nint main(int n, char **v) { assert(n); puts(__FILE__ __DATE__ __TIME__); }\n"
	dir := files(t, map[string]string{"-x.c": c, "sub/a folder/-x.c": c, "m.cc": c, "m.cpp": c, "m.cxx": c})
	want := build(t, "-x.c")
	for _, path := range []string{"./-x.c", "sub/../sub/a folder/-x.c", filepath.Join(dir, "-x.c")} {
		if !bytes.Equal(build(t, path), want) {
			t.Errorf("%s gives other bytes", path)
		}
	}
	if got := output(t, want); got != "-x.cJan  1 197000:00:00\n" {
		t.Errorf("it prints %q", got)
	}
	for _, path := range []string{"m.cc", "m.cpp", "m.cxx"} {
		if got := output(t, build(t, path)); !strings.HasPrefix(got, path) {
			t.Errorf("%s prints %q", path, got)
		}
	}
}

// Headers and the like with names that a makefile quotes are found again.
func TestOddNames(t *testing.T) {
	files(t, map[string]string{"a $b#c/m c.c": "#include \"v $1#2.h\"\nint main(void) { return V; }\n", "a $b#c/v $1#2.h": "#define V 0\n"})
	builds := counted(t, cc)
	build(t, "a $b#c/m c.c")
	build(t, "a $b#c/m c.c")
	if n := builds(); n != 1 {
		t.Errorf("%d builds, want 1", n)
	}
	write(t, "a $b#c/v $1#2.h", "#define V 1\n")
	build(t, "a $b#c/m c.c")
	if n := builds(); n != 2 {
		t.Errorf("%d builds after the header has changed, want 2", n)
	}
}

func TestPrerequisites(t *testing.T) {
	const text = "/tmp/x y/program: main.c \\\n a\\ b.h /abs/$$x.h \\\n \\#odd.h c:d.h\n\nheaders:\n"
	want := []string{"main.c", "a b.h", "/abs/$x.h", "#odd.h", "c:d.h"}
	got := prerequisites(text)
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
}

// The messages of a compiler are whole, and name files as the user does.
func TestMessages(t *testing.T) {
	needs.Tool(t, cc)
	needs.Tool(t, cxx)
	files(t, map[string]string{
		"sub/wrong.c":  "int main(void) { return x + y; }\n",
		"unlinked.c":   "int f(void);\nint main(void) { return f(); }\n",
		"wrong.cc":     "int main() { return std::x; }\n",
		"bad.s":        "_start: nop\n frobnicate a0\n li a0\n",
		"empty/x.c":    "",
		"missing/no.h": "",
	})
	for path, wanted := range map[string][]string{
		"sub/wrong.c": {"sub/wrong.c:1:25: error: 'x' undeclared", "sub/wrong.c:1:29: error: 'y' undeclared", "    1 | int main(void) { return x + y; }\n"},
		"unlinked.c":  {"undefined reference to `f'"},
		"wrong.cc":    {"wrong.cc:1:26: error: 'x' is not a member of 'std'"},
		"bad.s":       {"bad.s:2:", "bad.s:3:"},
		"empty/x.c":   {"undefined reference to `main'"},
	} {
		said := refused(t, path)
		for _, want := range wanted {
			if !strings.Contains(said, want) || !strings.HasSuffix(said, "\n") {
				t.Errorf("%s: no %q in\n%s", path, want, said)
			}
		}
	}
	// What is wrong is not kept, and a warning is no error.
	var notes []string
	b := noting(func(text string) { notes = append(notes, text) })
	write(t, "sub/wrong.c", "int main(void) { return \"\"; }\n")
	if _, err := b.Build(t.Context(), "sub/wrong.c"); err != nil || len(notes) != 1 || !strings.Contains(notes[0], "sub/wrong.c:1:25: warning") {
		t.Errorf("error %v, notes %q", err, notes)
	}
}

func TestNoCompiler(t *testing.T) {
	files(t, map[string]string{"a.c": "", "a.cpp": "", "a.go": "package main\n"})
	t.Setenv("PATH", t.TempDir())
	for path, want := range map[string]string{
		"a.c":   "a program in C needs riscv64-linux-gnu-gcc on the PATH, which is not there: install it (on Debian: apt install gcc-riscv64-linux-gnu",
		"a.cpp": "a program in C++ needs riscv64-linux-gnu-g++ on the PATH, which is not there: install it (on Debian: apt install g++-riscv64-linux-gnu",
		"a.go":  "a program in Go needs go on the PATH, which is not there: install Go (https://go.dev/dl)",
	} {
		if _, err := builder(t).Build(t.Context(), path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
}

// threadmill.h is there for every program, and one of the user's own goes
// before it.
func TestHeader(t *testing.T) {
	needs.Tool(t, cc)
	needs.Tool(t, cxx)
	const program = "#include \"threadmill.h\"\n#include <threadmill.h>\nint main(void) { threadmill_roi_begin(); threadmill_roi_end(); return 0; }\n"
	files(t, map[string]string{"m.c": program, "m.cpp": program, "own/m.c": strings.Replace(program, "<threadmill.h>", "\"threadmill.h\"", 1), "own/threadmill.h": "#define threadmill_roi_begin()\n#define threadmill_roi_end()\n"})
	begin, end := []byte{0x13, 0x20, 0x10, 0}, []byte{0x13, 0x20, 0x20, 0}
	for path, want := range map[string]bool{"m.c": true, "m.cpp": true, "own/m.c": false} {
		e := build(t, path)
		if bytes.Contains(e, begin) != want || bytes.Contains(e, end) != want {
			t.Errorf("%s: marks in it: %v and %v, want %v", path, bytes.Contains(e, begin), bytes.Contains(e, end), want)
		}
	}
}

// A damaged entry is built again; without a place to keep anything, programs
// are built each time.
func TestDamagedAndAbsentStore(t *testing.T) {
	files(t, map[string]string{"main.c": "int main(void) { return 0; }\n", "file": ""})
	builds := counted(t, cc)
	want := build(t, "main.c")
	dir := filepath.Join(os.Getenv(CacheVariable), "build")
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	path := filepath.Join(dir, list[0].Name())
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n, damage := range map[int][]byte{2: data[:len(data)-1], 3: append(bytes.Clone(data), 0), 4: {}, 5: bytes.Replace(data, []byte("\x7fELF"), []byte("\x7fELG"), 1)} {
		if err := os.WriteFile(path, damage, 0o644); err != nil {
			t.Fatal(err)
		}
		before := builds()
		if got := build(t, "main.c"); !bytes.Equal(got, want) || builds() != before+1 {
			t.Errorf("damage %d was not noticed", n)
		}
	}
	t.Setenv(CacheVariable, "file")
	var notes []string
	b := noting(func(text string) { notes = append(notes, text) })
	for range 2 {
		before := builds()
		if got, err := b.Build(t.Context(), "main.c"); err != nil || !bytes.Equal(got, want) || builds() != before+1 {
			t.Errorf("without a store: %v", err)
		}
	}
	if len(notes) != 2 || !strings.Contains(notes[0], CacheVariable) {
		t.Errorf("notes %q", notes)
	}
}

// Builds of one program at the same time do not disturb each other.
func TestConcurrent(t *testing.T) {
	needs.Tool(t, cc)
	files(t, map[string]string{"main.c": "int main(void) { return 0; }\n"})
	b := builder(t)
	results := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = b.Build(t.Context(), "main.c"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range results {
		if !bytes.Equal(r, results[0]) {
			t.Error("different bytes")
		}
	}
}

// A canceled build ends with the processes that the compiler has started.
func TestCanceled(t *testing.T) {
	files(t, map[string]string{"main.c": "", "main.go": "package main\nfunc main() {}\n"})
	dir := t.TempDir()
	// Both ends of the pipe close when the last process is gone.
	const script = "#!/bin/sh\ncase \"$1\" in --version|version|env) echo '{}'; exit;; esac\necho started >\"$PIPE\"\nsleep 1000 9>\"$PIPE\" &\nwait\n"
	for _, name := range []string{cc, "go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, path := range []string{"main.c", "main.go"} {
		pipe := filepath.Join(dir, path+"-pipe")
		if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
			t.Skipf("needs mkfifo: %v %s", err, out)
		}
		t.Setenv("PIPE", pipe)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := builder(t).Build(ctx, path)
			done <- err
		}()
		f, err := os.Open(pipe) // waits for the compiler
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", path, err)
		}
		var rest bytes.Buffer
		if _, err := rest.ReadFrom(f); err != nil { // until nobody can write
			t.Error(err)
		}
		f.Close()
	}
}

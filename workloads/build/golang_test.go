package build

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

const (
	helloGo = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"hello\\n\") }\n"
	markGo  = "package main\n\nimport \"github.com/threadmill-sim/threadmill/workloads/roi\"\n\nfunc main() {\n\troi.Begin()\n\tprintln(1)\n\troi.End()\n}\n"
)

// A Go program is a file, or a directory in a module or in none, and its bytes
// depend on neither the place nor an earlier build.
func TestGo(t *testing.T) {
	needs.Tool(t, "go")
	dir := files(t, map[string]string{
		"hello.go": helloGo, "sub/hello.go": helloGo,
		"plain/hello.go": helloGo, "plain/ignored_test.go": "package main\nwrong\n",
		"mod/go.mod": "module example.com/m\n\ngo 1.22\n", "mod/main.go": "package main\n\nimport \"example.com/m/in\"\n\nfunc main() { in.F() }\n",
		"mod/in/in.go": "package in\n\nfunc F() { println(\"one\") }\n",
	})
	want := build(t, "hello.go")
	for _, path := range []string{"hello.go", "sub/hello.go", filepath.Join(dir, "hello.go")} {
		if !bytes.Equal(build(t, path), want) {
			t.Errorf("%s gives other bytes", path)
		}
	}
	if bytes.Contains(want, []byte(dir)) {
		t.Error("the executable has a path of the host in it")
	}
	for path, out := range map[string]string{"hello.go": "hello\n", "plain": "hello\n", "mod": "one\n"} {
		if got := output(t, build(t, path)); got != out {
			t.Errorf("%s prints %q, want %q", path, got, out)
		}
	}
	write(t, "mod/in/in.go", "package in\n\nfunc F() { println(\"two\") }\n")
	if got := output(t, build(t, "mod")); got != "two\n" {
		t.Errorf("after a change it prints %q", got)
	}
	list, err := os.ReadDir("plain")
	if err != nil || len(list) != 2 {
		t.Errorf("the build leaves %v, %v", list, err)
	}
}

// A program may mark its region of interest wherever it stands, with no
// network.
func TestGoHelper(t *testing.T) {
	needs.Tool(t, "go")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "")
	files(t, map[string]string{
		"file.go": markGo, "plain/main.go": markGo,
		"mod/go.mod": "module example.com/m\n\ngo 1.21\n", "mod/main.go": markGo,
		"deep/go.mod": "module example.com/d\n", "deep/cmd/tool/main.go": markGo,
		"work/go.work": "go 1.22\n\nuse (\n\t./a\n\t./b\n)", "work/a/go.mod": "module a\n\ngo 1.22\n", "work/b/go.mod": "module b\n\ngo 1.22\n",
		"work/a/main.go": strings.Replace(markGo, "import ", "import _ \"b\"\nimport ", 1), "work/b/b.go": "package b\n",
		"own/go.mod": "module github.com/threadmill-sim/threadmill\n\ngo 1.22\n", "own/main.go": markGo,
		"own/workloads/roi/roi.go": "package roi\n\nfunc Begin() {}\nfunc End() {}\n",
	})
	begin, end := []byte{0x13, 0x20, 0x10, 0}, []byte{0x13, 0x20, 0x20, 0}
	for path, want := range map[string]bool{"file.go": true, "plain": true, "mod": true, "mod/main.go": true, "deep/cmd/tool": true, "work/a": true, "own": false} {
		e := build(t, path)
		if bytes.Contains(e, begin) != want || bytes.Contains(e, end) != want {
			t.Errorf("%s: marks in it: %v and %v, want %v", path, bytes.Contains(e, begin), bytes.Contains(e, end), want)
		}
		if bytes.Contains(e, []byte(os.TempDir()+"/")) {
			t.Errorf("%s: the executable has a path of the host in it", path)
		}
		if !bytes.Equal(e, build(t, path)) {
			t.Errorf("%s: a second build differs", path)
		}
	}
	for _, name := range []string{"mod/go.mod", "work/go.work"} {
		if data, err := os.ReadFile(name); err != nil || strings.Contains(string(data), "threadmill") {
			t.Errorf("%s is now %q, %v", name, data, err)
		}
	}
}

func TestGoMessages(t *testing.T) {
	needs.Tool(t, "go")
	t.Setenv("GOPROXY", "off")
	files(t, map[string]string{
		"wrong.go":        "package main\n\nfunc main() { x() }\n\nfunc f() { y() }\n",
		"wrong/main.go":   strings.Replace(markGo, "println", "x", 1),
		"lib.go":          "package lib\n",
		"library/lib.go":  "package library\n",
		"tests/a_test.go": "package main\n",
		"several/a.c":     "", "several/b.c": "",
		"nothing/readme.txt": "",
		"broken/main.go":     "package\n",
		"text.txt":           "",
		"absent/go.mod":      "module example.com/m\n\ngo 1.22\n", "absent/main.go": "package main\n\nimport _ \"example.com/not/there\"\n\nfunc main() {}\n",
	})
	for path, wanted := range map[string][]string{
		"wrong.go": {"wrong.go:3:15: undefined: x", "wrong.go:5:12: undefined: y"},
		"wrong":    {"main.go:7:2: undefined: x"},
		"absent":   {"no required module provides package example.com/not/there"},
	} {
		said := refused(t, path)
		for _, want := range wanted {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in\n%s", path, want, said)
			}
		}
	}
	for path, want := range map[string]string{
		"lib.go":   "file of package lib, not package main",
		"library":  "directory with package library, not package main",
		"tests":    "directory without package main: there is no Go file",
		"nothing":  "directory without package main: there is no Go file",
		"several":  "only a Go program may be a directory",
		"broken":   "expected 'IDENT'",
		"text.txt": "not a source of a language that is built here (.s .c .cc .cpp .cxx .go, or a directory",
		"missing":  "no such file",
	} {
		if _, err := builder(t).Build(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
}

// Without a home there is a build cache all the same.
func TestGoNoHome(t *testing.T) {
	needs.Tool(t, "go")
	files(t, map[string]string{"hello.go": helloGo})
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "GOCACHE"} {
		t.Setenv(name, "")
	}
	p := &goProgram{tmp: "/tmp/x"}
	p.ownCache()
	if len(p.env) != 1 || p.env[0] != "GOCACHE=/tmp/x/go-build" {
		t.Errorf("environment %q", p.env)
	}
}

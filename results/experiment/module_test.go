package experiment

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

// The program with a policy of one's own that README shows works as it stands
// there, in a module of its own, in under thirty lines.
func TestOwnModule(t *testing.T) {
	needs.Tool(t, "go")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, program, found := strings.Cut(string(readme), "\n    package main\n\n    import (\n    \t\"context\"\n")
	program, _, ended := strings.Cut(program, "\n    }\n\nIn general")
	if !found || !ended {
		t.Fatal("the program is not in README")
	}
	program = strings.ReplaceAll("package main\n\nimport (\n\t\"context\"\n"+program+"\n}\n", "\n    ", "\n")
	if n := strings.Count(program, "\n"); n >= 30 {
		t.Errorf("%d lines", n)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": program,
		"go.sum":  string(sums),
		"go.mod": "module example.com/policy\n\ngo 1.26.0\n\nrequire github.com/threadmill-sim/threadmill v0.0.0\n\n" +
			"replace github.com/threadmill-sim/threadmill => " + root + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "-mod=mod", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "STP 1.") {
		t.Errorf("%v: %s%s", err, out, stderr.Bytes())
	}
}

package layers

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

const root = "../.."

// The packages of the module keep the order of the rows.
func TestImports(t *testing.T) {
	imports := listImports(t)
	if len(imports) == 0 {
		t.Fatal("go list found no package")
	}
	for _, problem := range check(imports) {
		t.Error(problem)
	}
}

// The check itself finds what it is for.
func TestCheck(t *testing.T) {
	for want, imports := range map[string][]pkg{
		"":                                      {{"cache", []string{"isa", "cache/dram"}}, {"isa", nil}, {"results/report", []string{"results/plot"}}},
		"isa (row 0) imports cache":             {{"isa", []string{"cache"}}},
		"cache (row 2) imports tlb":             {{"cache", []string{"tlb"}}},
		"cache/newest is in no row":             {{"cache/newest", nil}},
		"pipeline imports cache/newer":          {{"pipeline", []string{"cache/newer"}}},
		"internal/stats is a leaf":              {{"internal/stats", []string{"isa"}}},
		"results/plot draws from records alone": {{"results/plot", []string{"results", "scheduler"}}},
	} {
		problems := check(imports)
		if want == "" && len(problems) > 0 || want != "" && (len(problems) != 1 || !strings.Contains(problems[0], want)) {
			t.Errorf("%v: %q, want %q", imports, problems, want)
		}
	}
}

// Where tests draw at random, the draws can be repeated: who uses rapid uses
// internal/draws.
func TestDraws(t *testing.T) {
	found := 0
	for _, p := range list(t, `{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}`) {
		if !slices.Contains(p[1:], "pgregory.net/rapid") {
			continue
		}
		found++
		if !slices.Contains(p[1:], module+"/internal/draws") {
			t.Errorf("the tests of %s draw with rapid and do not import internal/draws", p[0])
		}
	}
	if found == 0 {
		t.Error("no package draws with rapid")
	}
}

// The root has the rooms and nothing else: of what git tracks, since users
// keep files of their own there.
func TestTopLevel(t *testing.T) {
	for _, name := range tracked(t) {
		top, _, _ := strings.Cut(name, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(topLevel, top) {
			t.Errorf("%s has no business at the top level", name)
		}
	}
}

// tracked lists the files of the checkout; without one the test is skipped.
func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		needs.Missing(t, fmt.Errorf("git ls-files: %w", err))
	}
	return strings.Fields(string(out))
}

// pkg is a package with what it imports of the module, relative to it.
type pkg struct {
	path    string
	imports []string
}

// list has the words of a line for each package of the module.
func list(t *testing.T, format string) [][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-f", format, "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var words [][]string
	for line := range strings.Lines(string(out)) {
		words = append(words, strings.Fields(line))
	}
	return words
}

func listImports(t *testing.T) []pkg {
	t.Helper()
	var all []pkg
	for _, words := range list(t, `{{.ImportPath}} {{join .Imports " "}}`) {
		p := pkg{path: strings.TrimPrefix(words[0], module+"/")}
		for _, w := range words[1:] {
			if rel, ok := strings.CutPrefix(w, module+"/"); ok {
				p.imports = append(p.imports, rel)
			}
		}
		all = append(all, p)
	}
	return all
}

// check lists every arrow that points the wrong way.
func check(packages []pkg) []string {
	var problems []string
	addf := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, p := range packages {
		mine := rowOf(p.path)
		if mine < 0 {
			addf("%s is in no row: give it one in internal/layers and in the design", p.path)
			continue
		}
		for _, imported := range p.imports {
			switch theirs := rowOf(imported); {
			case theirs < 0:
				addf("%s imports %s, which is in no row", p.path, imported)
			case strings.HasPrefix(p.path, "internal/"):
				addf("%s is a leaf and imports %s", p.path, imported)
			case theirs >= mine:
				addf("%s (row %d) imports %s (row %d)", p.path, mine, imported, theirs)
			case slices.Contains(drawing, p.path) && theirs > 0 && !strings.HasPrefix(imported, "results"):
				addf("%s draws from records alone and imports %s", p.path, imported)
			}
		}
	}
	return problems
}

func rowOf(path string) int {
	return slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, path) })
}

package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
	"github.com/threadmill-sim/threadmill/results/store"
	means "github.com/threadmill-sim/threadmill/results/summary"
)

// What README says of one's own programs works as it stands there.
func TestReadme(t *testing.T) {
	for _, tool := range []string{"bash", "riscv64-linux-gnu-gcc"} {
		needs.Tool(t, tool)
	}
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Run your own program\n")
	section, _, _ = strings.Cut(section, "\n## ")
	dir, ran := t.TempDir(), 0
	for _, block := range codeBlocks(section) {
		if !strings.Contains(block, "go run ./cmd/threadmill") {
			continue
		}
		script := strings.NewReplacer("go run ./cmd/threadmill", binaryPath, "/tmp/", dir+"/").Replace(block)
		cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
		cmd.Dir = "../../.."
		cmd.Env = append(os.Environ(), "THREADMILL_CACHE="+filepath.Join(dir, "cache"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s\n%s", err, block, out)
		}
		ran++
	}
	if ran < 4 {
		t.Errorf("%d commands were found", ran)
	}
}

// What README does with the rows of a store gives the means of the report, in
// either language: of seeds that differ much, over the mixes that all have, in
// the order of the sizes as numbers.
func TestReadmeExport(t *testing.T) {
	for _, tool := range []string{"bash", "Rscript"} {
		needs.Tool(t, tool)
	}
	python := "/usr/bin/python3" // Debian's, which has its packages
	if err := exec.Command(python, "-c", "import pandas").Run(); err != nil {
		needs.Missing(t, fmt.Errorf("pandas for %s: %w", python, err))
	}
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, ran := t.TempDir(), 0
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 4, Seeds: 2})
	for i, r := range set.Runs {
		for k := range r.Programs {
			if r.Setup.Seed == 2 {
				r.Programs[k].Cycles *= uint64(2 + i%3)
			}
		}
	}
	set.Runs = set.Runs[:len(set.Runs)-2] // the last setting lacks a mix
	path := measuredStore(t, set)
	set, err = load(path, store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	stp, _ := results.MetricOf("stp")
	table := means.NewTable(means.Groups(set)[0], stp)
	if len(table.Settings) != 6 || len(table.Mixes) != 3 {
		t.Fatalf("%d settings, %d mixes", len(table.Settings), len(table.Mixes))
	}
	var want []string
	for _, k := range table.Settings {
		mean := table.Mean(k)
		want = append(want, mean.Text(3)+" "+(mean/table.Mean(table.Settings[0])-1).Text(3))
	}
	for _, block := range codeBlocks(string(text)) {
		if !strings.Contains(block, "/tmp/runs.csv") {
			continue
		}
		script := strings.NewReplacer("go run ./cmd/threadmill", binaryPath, "runs.db", path, "/tmp/", dir+"/", "python3 ", python+" ").Replace(block)
		cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
		out, err := cmd.CombinedOutput()
		var got []string
		for _, m := range regexp.MustCompile(`(?m) (\d\.\d+) +(-?\d\.\d+)$`).FindAllStringSubmatch(string(out), -1) {
			got = append(got, m[1]+" "+m[2])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %q, want %q:\n%s\n%s", err, got, want, block, out)
		}
		ran++
	}
	if ran != 2 {
		t.Errorf("%d examples were found", ran)
	}
}

// The parts of a shown machine that README prints are what show prints.
func TestReadmeShow(t *testing.T) {
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const command = "$ go run ./cmd/threadmill show "
	compared := 0
	for _, block := range codeBlocks(string(text)) {
		name, printed, ok := strings.Cut(strings.TrimPrefix(block, command), "\n")
		if !strings.HasPrefix(block, command) || !ok {
			continue
		}
		rest := "\n" + succeed(t, "show", name)
		for part := range strings.SplitSeq(strings.TrimRight(printed, "\n")+"\n", "…\n") { // something is left out between them
			_, after, found := strings.Cut(rest, "\n"+part)
			if !found {
				t.Errorf("show %s does not print, or not here:\n%s", name, part)
				continue
			}
			rest = "\n" + after
		}
		compared++
	}
	if compared != 1 {
		t.Errorf("%d examples were found", compared)
	}
}

// codeBlocks are the indented blocks of a text in Markdown.
func codeBlocks(text string) (blocks []string) {
	var block strings.Builder
	for line := range strings.Lines(text + "end\n") {
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			block.WriteString(code)
		case strings.TrimSpace(line) == "" && block.Len() > 0:
			block.WriteString("\n")
		case block.Len() > 0:
			blocks = append(blocks, block.String())
			block.Reset()
		}
	}
	return blocks
}

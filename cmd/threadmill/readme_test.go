package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

// What README says of one's own programs works as it stands there.
func TestReadme(t *testing.T) {
	for _, tool := range []string{"bash", "riscv64-linux-gnu-gcc"} {
		needs.Tool(t, tool)
	}
	text, err := os.ReadFile("../../README.md")
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
		cmd.Dir = "../.."
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

// What README does with the rows of a store works as it stands there.
func TestReadmeExport(t *testing.T) {
	for _, tool := range []string{"bash", "Rscript"} {
		needs.Tool(t, tool)
	}
	python := "/usr/bin/python3" // Debian's, which has its packages
	if err := exec.Command(python, "-c", "import pandas").Run(); err != nil {
		needs.Missing(t, fmt.Errorf("pandas for %s: %w", python, err))
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, ran := t.TempDir(), 0
	store := measuredStore(t, madeUp())
	for _, block := range codeBlocks(string(text)) {
		if !strings.Contains(block, "/tmp/runs.csv") {
			continue
		}
		script := strings.NewReplacer("go run ./cmd/threadmill", binaryPath, "runs.db", store, "/tmp/", dir+"/", "python3 ", python+" ").Replace(block)
		cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
		out, err := cmd.CombinedOutput()
		// Of two windows and three disciplines; alone, STP is 1.
		if err != nil || strings.Count(string(out), "1.000") != 2 || strings.Count(string(out), "barrel") != 2 {
			t.Errorf("%v:\n%s\n%s", err, block, out)
		}
		ran++
	}
	if ran != 2 {
		t.Errorf("%d examples were found", ran)
	}
}

// The parts of a shown machine that README prints are what show prints.
func TestReadmeShow(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
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

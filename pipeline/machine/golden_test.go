package machine

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads"
)

var update = flag.Bool("update", false, "rewrite the goldens")

const cyclesFile = "testdata/cycles.golden"

// Cycle counts are part of what a run is. A change of any is a change of the
// model, whose version then has to be raised: results of two models are not
// compared as if they were of one. A preset that changes is another configuration.
func TestCycles(t *testing.T) {
	var got bytes.Buffer
	fmt.Fprintf(&got, "# Cycles of the simulator's model %s: machine, scheduler, programs, instructions, cycles.\n", Model)
	for _, tc := range []struct{ machine, scheduler, programs string }{
		{"default", "single", "sort@test"},
		{"default", "single", "chase@test"},
		{"default", "coarse", "matmul bfs"},
		{"default", "barrel", "matmul bfs"},
		{"default", "icount", "matmul bfs lz hashjoin"},
		{"gem5-o3", "icount", "fft sort"},
		{"scalar", "barrel", "queens spmv"},
	} {
		var programs []*workloads.Program
		for _, spec := range strings.Fields(tc.programs) {
			programs = append(programs, opened(t, spec))
		}
		j := job(t, tc.scheduler, Limits{Warmup: 10000, Insts: 50000}, programs...)
		j.Config = preset(t, tc.machine)
		r := run(t, j)
		fmt.Fprintf(&got, "%s\t%s\t%s\t%d\t%d\n", tc.machine, tc.scheduler, tc.programs, r.Instructions, r.Cycles)
	}
	want, err := os.ReadFile(cyclesFile)
	switch {
	case *update && errors.Is(err, fs.ErrNotExist):
	case err != nil:
		t.Fatal(err)
	case bytes.Equal(got.Bytes(), want):
		return
	case bytes.Equal(firstLine(got.Bytes()), firstLine(want)):
		t.Fatalf("the model's cycle counts have changed: raise Model in config.go, then run this test with -update; where only a preset has changed, correct its line alone\ngot\n%s\nwant\n%s", got.Bytes(), want)
	case !*update:
		t.Fatalf("%s is of another model: run this test with -update", cyclesFile)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cyclesFile, got.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

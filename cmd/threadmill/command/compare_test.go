package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// The notes explain what the tables have, and say what an interruption left
// out of them.
func TestComparisonNotes(t *testing.T) {
	const off, lacks = "how far that is off", "Interrupted. Some programs had not yet run alone"
	notes := func(c *results.Comparison) string {
		var out bytes.Buffer
		if err := (&tool{out: &out}).printNotes(c); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out.String()), " ")
	}
	c := resultstest.Comparison(3, 2)
	for _, r := range c.Runs[1:] {
		r.Metrics.Estimate = []results.Number{0.5, 0.6}
	}
	if got := notes(c); !strings.Contains(got, "NP estimated is") || !strings.Contains(got, off) || strings.Contains(got, lacks) {
		t.Errorf("of a whole comparison: %s", got)
	}
	c.Canceled = true
	for _, r := range c.Runs {
		undefined := results.Undefined
		r.Metrics.Speedup, r.Metrics.Progress = undefined, []results.Number{undefined, undefined}
	}
	if got := notes(c); !strings.Contains(got, "NP estimated is") || strings.Contains(got, off) || !strings.Contains(got, lacks) {
		t.Errorf("of an interrupted one: %s", got)
	}
}

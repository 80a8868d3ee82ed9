package machine

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Intervals sum to the result, each has ledgers that sum to its slots, and the
// run is the same as without them.
func TestIntervals(t *testing.T) {
	for _, scheduler := range []string{"single", "coarse:timer=300", "barrel:rotate=strict", "icount"} {
		t.Run(scheduler, func(t *testing.T) {
			programs := []*workloads.Program{opened(t, "sort@test"), opened(t, "chase@test"), opened(t, "matmul@test")}
			if scheduler == "single" {
				programs = programs[:1]
			}
			j := job(t, scheduler, Limits{Warmup: 5000, Insts: 20000}, programs...)
			want := run(t, j)
			sum, end, count := map[string]int64{}, uint64(0), 0
			j.Intervals = Intervals{Every: 1013, Sink: func(v *Interval) error {
				if v.Begin != end || v.End <= v.Begin || v.End-v.Begin > 1013 {
					t.Errorf("interval from %d to %d after one that ended at %d", v.Begin, v.End, end)
				}
				checkInterval(t, &j, v)
				for i, name := range v.Names {
					sum[name] += v.Values[i]
				}
				end = v.End
				count++
				return nil
			}}
			got := run(t, j)
			got.Seconds = want.Seconds
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("a run with intervals is another:\n%s", diff)
			}
			if end != got.Cycles || count < 10 {
				t.Errorf("%d intervals up to cycle %d of %d", count, end, got.Cycles)
			}
			for name, v := range got.stats() {
				if _, ofThread := threadOf(name); !ofThread && sum[name] != int64(v) {
					t.Errorf("%s is %d, the intervals sum to %d", name, v, sum[name])
				}
			}
		})
	}
}

// checkInterval compares the ledgers of an interval with its slots.
func checkInterval(t *testing.T, j *Job, v *Interval) {
	t.Helper()
	for stage, width := range map[string]int{"issue": j.Config.Core.Issue.Width, "dispatch": j.Config.Core.Rename.Width} {
		sum := int64(0)
		for i, name := range v.Names {
			if strings.HasPrefix(name, "slots."+stage+".cause.") {
				sum += v.Values[i]
			}
		}
		if want := int64(width) * int64(v.End-v.Begin); sum != want {
			t.Errorf("%s slots of cycles %d … %d: %d, want %d", stage, v.Begin, v.End, sum, want)
		}
	}
}

// An error of whoever takes the intervals ends the run.
func TestIntervalsRefused(t *testing.T) {
	full := errors.New("no space")
	j := job(t, "single", Limits{Insts: 20000}, opened(t, "sort@test"))
	j.Intervals = Intervals{Every: 500, Sink: func(*Interval) error { return full }}
	s, err := New(j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context()); !errors.Is(err, full) {
		t.Errorf("ended with %v", err)
	}
}

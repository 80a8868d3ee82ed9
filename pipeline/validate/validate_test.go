package validate

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

// Every kernel measures what its formula says, at each of its configurations.
func TestKernels(t *testing.T) {
	reports := 0
	out, err := Run(t.Context(), Kernels(), runtime.NumCPU(), func(done, total int, kernel string) {
		if reports++; done != reports || total < done || kernel == "" {
			t.Errorf("report %d: %d of %d, %s", reports, done, total, kernel)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if reports != len(out) {
		t.Errorf("%d reports of %d measurements", reports, len(out))
	}
	for i := range out {
		if o := &out[i]; !o.OK() {
			t.Errorf("%s at %q: %.4f %s, expected %.4f", o.Kernel.Name, o.At, o.Measured, o.Kernel.Unit, o.Expected)
		}
	}
}

// Every kernel can fail: on a machine that differs in what it is about, what
// it measures is not what was expected, at any of its configurations.
func TestKernelsCanFail(t *testing.T) {
	kernels := Kernels()
	var group sync.WaitGroup
	next := make(chan *Kernel)
	for range runtime.NumCPU() {
		group.Go(func() {
			for k := range next {
				for i, at := range k.At {
					if !needs.CI() && i > 0 {
						break // under CI each at all its configurations
					}
					o := Outcome{Kernel: k, At: at}
					if err := o.measure(t.Context(), k.Breaks); err != nil {
						t.Error(err)
					} else if o.OK() {
						t.Errorf("%s at %q with %s: %.4f %s is still what was expected", k.Name, at, k.Breaks, o.Measured, k.Unit)
					}
				}
			}
		})
	}
	for i := range kernels {
		next <- &kernels[i]
	}
	close(next)
	group.Wait()
}

// The table is complete: what show prints of a kernel is there, names are
// unique, and each holds at two configurations at least.
func TestTable(t *testing.T) {
	kernels := Kernels()
	const least = 60
	if len(kernels) < least {
		t.Errorf("%d kernels", len(kernels))
	}
	seen := map[string]bool{}
	for _, k := range kernels {
		if k.Name == "" || k.Group == "" || k.Doc == "" || k.Unit == "" || k.Why == "" || k.Breaks == "" || len(k.At) < 2 {
			t.Errorf("%+v is incomplete", k)
		}
		if seen[k.Name] || seen["group "+k.Name] || strings.ContainsAny(k.Name, " .@") {
			t.Errorf("the name %q is taken or cannot be one", k.Name)
		}
		seen[k.Name], seen["group "+k.Group] = true, true
	}
}

func TestSelect(t *testing.T) {
	all, err := Select()
	if err != nil || len(all) != len(Kernels()) {
		t.Errorf("%d kernels, %v", len(all), err)
	}
	some, err := Select("latency", "rob-capacity", "int-add-latency")
	if err != nil || len(some) != len(latency)+1 || some[0].Name != "int-add-latency" || some[len(some)-1].Name != "rob-capacity" {
		t.Errorf("%d kernels, %v", len(some), err)
	}
	if _, err := Select("rob-capacty"); err == nil || !strings.Contains(err.Error(), `did you mean "rob-capacity"?`) {
		t.Error(err)
	}
}

// What is expected of nothing may not be anything.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		expected, measured float64
		ok                 bool
	}{{100, 101, true}, {100, 102, false}, {100, 98.9, false}, {0, 0, true}, {0, 0.02, false}, {64, 63, false}} {
		if o := (Outcome{Expected: c.expected, Measured: c.measured}); o.OK() != c.ok {
			t.Errorf("%+v: error %g", c, o.Error())
		}
	}
}

// A canceled run is an error, in whatever measurement it comes, and keeps those
// that had been made.
func TestCancel(t *testing.T) {
	threads, err := Select("threads")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range threads {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		out := Outcome{Kernel: &k, At: k.At[0]}
		if err := out.measure(ctx, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, err := Run(ctx, latency, 1, func(done, _ int, _ string) {
		if done == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(out) != 2 || !out[0].OK() || out[1].Expected == 0 {
		t.Errorf("%d outcomes, %v", len(out), err)
	}
}

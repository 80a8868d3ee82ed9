package machine

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/tomltree"
)

// integer is a number as a file gives it.
func integer(n int) tomltree.Value {
	return tomltree.Value{Kind: tomltree.Integer, Text: fmt.Sprint(n), Line: 7}
}

// What is remembered of other configurations changes no answer: digests and
// errors are those of each configuration alone.
func TestVariants(t *testing.T) {
	v := NewVariants()
	for _, name := range []string{"default", "niagara-t1", "scalar"} {
		base, err := Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := base.String()
		for _, path := range []string{"core.rob.size", "cache.l2.latency", "cache.l4.ways", "threads", "tlb.d.entries", "frequency", "core.issue.width"} {
			for _, n := range []int{0, 3, 16, 64, 64, -1} {
				c := base.Clone()
				if err := c.Assign(path, integer(n), "plan.toml"); err != nil {
					continue // the machine has no such path
				}
				alone := c.Clone()
				if got, want := v.Digest(c), alone.Digest(); got != want {
					t.Errorf("%s, %s=%d: digest %s, want %s", name, path, n, got, want)
				}
				for _, contexts := range []int{1, 4} {
					if got, want := fmt.Sprint(v.Validate(c, contexts)), fmt.Sprint(alone.placed(contexts, alone.completed(contexts, alone.faults(contexts, nil)))); got != want {
						t.Errorf("%s, %s=%d on %d contexts: %s, want %s", name, path, n, contexts, got, want)
					}
				}
				for _, spec := range []string{"single", "icount", "coarse:quantum=-1", "priority:levels=6+4"} {
					if alone.Validate() != nil {
						continue
					}
					shape, err := v.Shape(c, spec, 0)
					job := Job{Config: alone, Scheduler: spec}
					want, wantErr := job.resolveScheduler()
					if fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Errorf("%s, %s=%d under %s: %v, want %v", name, path, n, spec, err, wantErr)
					}
					if err == nil && shape != (Shape{want.args.String(), want.contexts, alone.Core.Issue.Width}) {
						t.Errorf("%s, %s=%d under %s: %+v", name, path, n, spec, shape)
					}
				}
			}
		}
		if base.String() != before {
			t.Errorf("%s: a clone's change reached what it was cloned from", name)
		}
	}
}

// An error of a clone names the file that made the change, and what the clone
// did not change is where it was.
func TestClonePlaces(t *testing.T) {
	base, err := Load("default", []string{"core.iq.size=32"})
	if err != nil {
		t.Fatal(err)
	}
	c := base.Clone()
	if err := c.Assign("core.rob.size", integer(0), "plan.toml"); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(c.Validate()), "plan.toml:7: core.rob.size: 0 is below 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := base.Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkVariants(b *testing.B) {
	base, err := Load("default", nil)
	if err != nil {
		b.Fatal(err)
	}
	v := NewVariants()
	for i := range b.N {
		c := base.Clone()
		if err := c.Assign("core.rob.size", integer(64+8*(i%100)), "plan.toml"); err != nil {
			b.Fatal(err)
		}
		if err := c.Assign("cache.l2.latency", integer(10+i/100%30), "plan.toml"); err != nil {
			b.Fatal(err)
		}
		if errs := v.Validate(c, c.Threads); errs != nil {
			b.Fatal(errs)
		}
		for _, spec := range []string{"single", "icount"} {
			if _, err := v.Shape(c, spec, 0); err != nil {
				b.Fatal(err)
			}
		}
		v.Digest(c)
	}
}

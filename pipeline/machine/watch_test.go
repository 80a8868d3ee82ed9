package machine

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
)

// What is watched of whole programs and seen to commit is what retires, in its
// order, whatever the discipline and the machine; watching begins after
// fast-forward and warm-up, and ends with the programs.
func TestWatch(t *testing.T) {
	type committed struct {
		ctx isa.Context
		dyn isa.Dyn
	}
	for _, name := range []string{"default", "scalar", "gem5-o3"} {
		for _, discipline := range []string{"single", "coarse", "barrel", "icount"} {
			j := job(t, discipline, Limits{FastForward: 100, Warmup: 200}, counted(t, "a", "mul a0, a0, s0", 600, 0), counted(t, "b", "sd a0, -8(sp)\n\tld a1, -8(sp)", 300, 0))
			if discipline == "single" {
				j.Programs = j.Programs[:1]
			}
			j.Config = preset(t, name)
			var retired []committed
			j.OnRetire = func(ctx isa.Context, d *isa.Dyn) { retired = append(retired, committed{ctx, *d}) }
			s, err := New(j)
			if err != nil {
				t.Fatal(err)
			}
			var seen []committed
			first := isa.Never
			begin, err := s.Watch(t.Context(), pipeline.Window{}, func(o *pipeline.Observation) {
				first = min(first, o.Fetch)
				if o.Fate == pipeline.Committed {
					if o.Retired != uint64(len(seen)) {
						t.Errorf("%s, %s: number %d retires as number %d", name, discipline, o.Retired, len(seen))
					}
					seen = append(seen, committed{o.Context, o.Dyn})
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			before := len(retired) - len(seen)
			// Those in flight when watching began were not seen fetched.
			if before < 200 || before > len(retired)/2 || first < begin {
				t.Errorf("%s, %s: watched %d of %d instructions, from cycle %d, first fetched in %d", name, discipline, len(seen), len(retired), begin, first)
			}
			if !endsWith(retired, seen) {
				t.Errorf("%s, %s: what was seen to commit is not what retired", name, discipline)
			}
		}
	}
}

// endsWith reports whether seen is part of retired, in its order; between its
// elements are only those of what was in flight when watching began, which is
// over before the second half.
func endsWith[E comparable](retired, seen []E) bool {
	n := 0
	for _, e := range retired {
		if n < len(seen) && e == seen[n] {
			n++
		}
	}
	half := len(seen) / 2
	return n == len(seen) && slices.Equal(retired[len(retired)-half:], seen[len(seen)-half:])
}

package resultstest

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/results"
)

// Shape is how large a made-up set is.
type Shape struct {
	Windows     []int // sizes of the reorder buffer
	Disciplines int   // the first of Schedulers, at most eight
	Mixes       int   // different pairs of Programs, at most 28
	Seeds       int
}

// Set is a run of every mix under every discipline with every window and seed,
// on two contexts. A larger window helps, and helps the better disciplines
// more; what a seed changes is below a percent.
func Set(shape Shape) *results.Set {
	s := &results.Set{Configurations: map[string]*results.Configuration{}}
	pairs := pairs()
	for _, window := range shape.Windows {
		config := fmt.Sprintf("%064x", window)
		text := fmt.Sprintf("threads = 2\nfrequency = 4000\n\n[core.rob]\nsize = %d\nsharing = \"shared\"\n\n[cache.l1d]\nsize = \"48K\"\nways = 12\n", window)
		c, err := results.ParseConfiguration(text)
		if err != nil {
			panic(err)
		}
		s.Configurations[config] = c
		label := func(r *results.Record, seed int) *results.Record {
			r.Setup.Config, r.Setup.Seed = config, uint64(seed)
			return r
		}
		for seed := 1; seed <= shape.Seeds; seed++ {
			for d := range shape.Disciplines {
				for m, pair := range pairs[:shape.Mixes] {
					noise := 1 + 0.004*float64((seed*7+m*3)%5-2)
					slower := noise * (1 + 16*(1+0.1*float64(d))/float64(window)*float64(1+m%3))
					s.Runs = append(s.Runs, label(run(d, 2, pair[:], slower), seed))
				}
			}
			for i := range Programs {
				s.Baselines = append(s.Baselines, label(alone(i), seed))
			}
		}
	}
	s.Sort()
	s.Measure(solo{})
	return s
}

// pairs are two different programs each.
func pairs() (list [][2]int) {
	for a := range Programs {
		for b := range a {
			list = append(list, [2]int{b, a})
		}
	}
	return list
}

// Curve is the solo curve of the program with a digest; nil when it is none of
// Programs.
func Curve(digest string) *results.Curve {
	for i := range Programs {
		if digest == digestOf(i) {
			return soloCurve(i)
		}
	}
	return nil
}

// solo answers from the programs' own numbers.
type solo struct{}

func (solo) Curve(id results.Identity, program int) *results.Curve {
	return Curve(id.Programs[program].Digest)
}

func (solo) Baseline(id results.Identity, program int) *results.Record {
	for i := range Programs {
		if id.Programs[program].Digest == digestOf(i) {
			return alone(i)
		}
	}
	return nil
}

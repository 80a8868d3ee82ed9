package resultstest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Shape is how large a made-up set is.
type Shape struct {
	Windows     []int // sizes of the reorder buffer
	Disciplines int   // the first of Schedulers, at most eight
	Mixes       int   // of each number of programs: different choices of Programs; at most as many as there are, 28 pairs
	Seeds       int
	Sizes       []int    // programs of a mix; none: 2
	Caches      []string // sizes of the first-level data cache in KiB, as "48K"; none: that
}

// Set is a run of every mix under every discipline with every window, cache and
// seed, on as many contexts as the largest mix has programs, and the programs of
// the mixes alone. A larger window helps, and helps the better disciplines
// more; what a seed changes is below a percent.
func Set(shape Shape) *results.Set {
	s := &setBuilder{&results.Set{Configurations: map[string]*results.Configuration{}}}
	sizes, caches := shape.Sizes, shape.Caches
	if sizes == nil {
		sizes = []int{2}
	}
	if caches == nil {
		caches = []string{"48K"}
	}
	for _, window := range shape.Windows {
		for _, cache := range caches {
			s.add(shape, window, cache, sizes)
		}
	}
	s.Sort()
	s.Measure(solo{})
	return s.Set
}

// setBuilder is a set to add runs to.
type setBuilder struct{ *results.Set }

func (s *setBuilder) add(shape Shape, window int, cache string, sizes []int) {
	text := fmt.Sprintf("threads = 2\nfrequency = 4000\n\n[core.rob]\nsize = %d\nsharing = \"shared\"\n\n[cache.l1d]\nsize = %q\nways = 12\n", window, cache)
	c, err := results.ParseConfiguration(text)
	if err != nil {
		panic(err)
	}
	var kilobytes int
	if _, err := fmt.Sscanf(cache, "%dK", &kilobytes); err != nil {
		panic(err)
	}
	config := fmt.Sprintf("%056x%08x", kilobytes-48, window)
	s.Configurations[config] = c
	label := func(r *results.Record, seed int) *results.Record {
		r.Setup.Config, r.Setup.Seed = config, uint64(seed)
		changed := make(map[string]uint64)
		for name, n := range r.Stats.All() {
			if strings.HasSuffix(name, statOf["l1d"]) {
				changed[name] = uint64(float64(n) * math.Sqrt(48/float64(kilobytes)))
			}
		}
		Count(r, changed)
		return r
	}
	used := make(map[int]bool) // of Programs
	for seed := 1; seed <= shape.Seeds; seed++ {
		for d := range shape.Disciplines {
			for _, size := range sizes {
				list := mixes(size)
				for m, mix := range list[:min(shape.Mixes, len(list))] {
					for _, i := range mix {
						used[i] = true
					}
					noise := 1 + 0.004*float64((seed*7+m*3)%5-2)
					slower := noise * (1 + 16*(1+0.1*float64(d))/float64(window)*float64(1+m%3))
					s.Runs = append(s.Runs, label(run(d, slices.Max(sizes), mix, slower), seed))
				}
			}
		}
		for _, i := range slices.Sorted(maps.Keys(used)) {
			s.Baselines = append(s.Baselines, label(alone(i), seed))
		}
	}
}

// mixes are all choices of so many different programs, in the order of the
// last.
func mixes(size int) (list [][]int) {
	if size == 0 {
		return [][]int{nil}
	}
	for last := range Programs {
		for _, rest := range mixes(size - 1) {
			if len(rest) == 0 || rest[len(rest)-1] < last {
				list = append(list, append(slices.Clone(rest), last))
			}
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

func (solo) Cycles(r *results.Record, program int) results.Number {
	p := &r.Programs[program]
	return Curve(p.Digest).Over(p)
}

func (solo) Baseline(id results.Identity, program int) *results.Record {
	for i := range Programs {
		if id.Programs[program].Digest == digestOf(i) {
			return alone(i)
		}
	}
	return nil
}

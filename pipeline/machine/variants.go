package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Variants validates and names configurations that are equal in most parts,
// such as those of a sweep. What it has found of a part (the core, the caches …)
// it need not find again, which makes the hundred-thousandth configuration
// several times cheaper than the first. One goroutine may use it.
type Variants struct {
	faultsOf map[part][]error
	textOf   map[part]string
	shapeOf  map[part]shaped
}

// NewVariants knows of nothing yet.
func NewVariants() *Variants {
	return &Variants{map[part][]error{}, map[part]string{}, map[part]shaped{}}
}

// part is a part of a configuration, by value, and what else a finding on it
// depends on.
type part struct {
	spec any
	of   int
}

// mostParts bounds what is remembered: an axis seldom has more values.
const mostParts = 512

// faults are those of a part; find finds them. A nil v remembers nothing.
func (v *Variants) faults(p part, find func() []error) []error {
	if v == nil {
		return find()
	}
	return remembered(v.faultsOf, p, find)
}

func remembered[T any](known map[part]T, p part, find func() T) T {
	t, ok := known[p]
	if !ok {
		if len(known) >= mostParts {
			clear(known)
		}
		t = find()
		known[p] = t
	}
	return t
}

// Validate reports all values that cannot be built on a number of contexts, each
// with its place.
func (v *Variants) Validate(c *Config, contexts int) []error {
	if errs := c.faults(contexts, v); len(errs) > 0 {
		return c.placed(contexts, c.completed(contexts, errs))
	}
	return nil
}

// cacheLevels are caches as a value: its optional levels are beside it.
type cacheLevels struct {
	cache.Spec
	has    [3]bool
	levels [3]cache.Level
}

func levelsByValue(s *cache.Spec) cacheLevels {
	out := cacheLevels{Spec: *s}
	for i, level := range [...]**cache.Level{&out.L2, &out.L3, &out.L4} {
		if *level != nil {
			out.has[i], out.levels[i], *level = true, **level, nil
		}
	}
	return out
}

// sections are the leaves by the table of the root that they are in; first
// those that are in none.
var sections = sync.OnceValue(func() (out [][]leaf) {
	name := ""
	for _, l := range leaves() {
		section := ""
		if len(l.tables) > 0 {
			section = l.tables[0].path
		}
		if len(out) == 0 || section != name {
			out, name = append(out, nil), section
		}
		out[len(out)-1] = append(out[len(out)-1], l)
	}
	return out
})

// Digest is that of the configuration.
func (v *Variants) Digest(c *Config) string {
	hash := sha256.New()
	for i, list := range sections() {
		render := func() string {
			var b strings.Builder
			c.write(&b, list, false)
			return b.String()
		}
		if top := list[0].fields; len(top) == 1 {
			hash.Write([]byte(render())) // values of the root: few
			continue
		}
		table := reflect.ValueOf(c).Elem().Field(list[0].fields[0])
		spec := table.Interface()
		if caches, ok := spec.(cache.Spec); ok {
			spec = levelsByValue(&caches)
		}
		text := remembered(v.textOf, part{spec, i}, render)
		hash.Write([]byte(text))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Shape is what a run under a scheduler is on a configuration.
type Shape struct {
	Scheduler string // canonical
	Contexts  int
	Width     int // issue slots a cycle
}

// shaped is a Shape or why there is none.
type shaped struct {
	Shape
	err error
}

// Shape is that of a run under the scheduler on the given number of threads (0:
// the configuration's). The configuration is to be valid for that number, and
// for the shape's contexts.
func (v *Variants) Shape(c *Config, spec string, threads int) (Shape, error) {
	job := Job{Config: c, Scheduler: spec, Threads: threads}
	if threads == 0 {
		threads = c.Threads
	}
	s := remembered(v.shapeOf, part{shapeKey{spec, c.schedulerEnv(threads, 0)}, threads}, func() shaped {
		r, err := job.resolveScheduler()
		if err != nil {
			return shaped{err: err}
		}
		return shaped{Shape: Shape{Scheduler: r.args.String(), Contexts: r.contexts}}
	})
	if s.err != nil {
		return Shape{}, s.err
	}
	s.Width = c.Core.Issue.Width
	return s.Shape, nil
}

// shapeKey is what a scheduler depends on.
type shapeKey struct {
	spec string
	env  scheduler.Env
}

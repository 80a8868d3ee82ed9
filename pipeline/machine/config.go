// Package machine puts a machine together: its configuration tree, the
// presets, and the run of programs on it.
//
// A configuration is one tree of named values. A path such as core.rob.size
// means the same in a TOML file, in --set core.rob.size=256 and as the axis of
// an experiment. The tree is that of the specifications of the parts, read by
// reflection from their toml and doc tags, so a field that a part adds is a
// path without a line here.
package machine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// Model is the version of the simulator's model. It is raised whenever a
// change makes any run count differently, and is part of a run's identity. A
// preset that changes raises nothing: the digest of the configuration, which is part
// of it too, tells its runs apart.
const Model = "7"

// Config is the configuration of a machine.
type Config struct {
	Name string `toml:"-"` // of the preset or file
	Doc  string `toml:"-"` // one line

	Threads   int           `toml:"threads" doc:"hardware threads (contexts)"`
	Scheduler string        `toml:"scheduler" doc:"discipline of a run that names none, name:key=value,... (list schedulers); empty: icount"`
	Frequency int           `toml:"frequency" doc:"clock in MHz; guest time is cycles / frequency"`
	Core      pipeline.Spec `toml:"core" doc:"the pipeline"`
	Branch    bpred.Spec    `toml:"branch" doc:"branch prediction"`
	Cache     cache.Spec    `toml:"cache" doc:"caches"`
	Memory    Memory        `toml:"memory" doc:"main memory"`
	TLB       tlb.Spec      `toml:"tlb" doc:"address translation"`
	OS        OS            `toml:"os" doc:"the guest's operating system, which places software threads on the hardware threads"`

	places *places
	// preset is the built-in machine that this is, or that its file changes;
	// nil: the file says everything.
	preset *Config
	// original is what was set by no assignment yet; nil: all of this one.
	original *Config
}

// DefaultScheduler is the discipline of machines that name none.
const DefaultScheduler = "icount"

// Discipline is the scheduler of a run on the machine that names none.
func (c *Config) Discipline() string { return cmp.Or(c.Scheduler, DefaultScheduler) }

// Memory configures main memory.
type Memory struct {
	Model string `toml:"model" doc:"model of main memory, name:key=value,... (list memories)"`
}

// OS configures the guest's scheduler of software threads. A program of one
// thread that never waits sees nothing of it.
type OS struct {
	Quantum int `toml:"quantum" doc:"cycles that a software thread runs on while others wait for a hardware thread; 0: until it waits or ends"`
	Switch  int `toml:"switch" doc:"cycles that a hardware thread takes to change from one software thread to another"`
	Wake    int `toml:"wake" doc:"cycles from an event until the software thread that waited for it can run"`
}

// validate finds the values out of range.
func (o *OS) validate(path string) (errs []error) {
	const most = 1_000_000_000_000
	for _, v := range []struct {
		name  string
		value int
	}{{"quantum", o.Quantum}, {"switch", o.Switch}, {"wake", o.Wake}} {
		if v.value < 0 || v.value > most {
			errs = append(errs, fmt.Errorf("%s.%s: %d is outside 0 … %d", path, v.name, v.value, most))
		}
	}
	return errs
}

// Load is the configuration of a preset, by name, or of a TOML file, with the
// given changes, each PATH=VALUE. Errors name file, line and path.
func Load(nameOrFile string, sets []string) (*Config, error) { return LoadFor(0, nameOrFile, sets) }

// LoadFor is Load for runs on a number of hardware threads that is not the
// machine's own, for which alone the values must fit; 0: the machine's.
func LoadFor(threads int, nameOrFile string, sets []string) (*Config, error) {
	c, err := open(nameOrFile)
	if err != nil {
		return nil, err
	}
	for _, s := range sets {
		if err := c.Set(s); err != nil {
			return nil, err
		}
	}
	if err := c.validate(cmp.Or(threads, c.Threads), nil); err != nil {
		return nil, err
	}
	return c, nil
}

// Clone is a copy that can be changed.
func (c *Config) Clone() *Config {
	d := *c // find makes copies of the optional tables that it changes
	d.places = newPlaces(c.places)
	return &d
}

// Validate reports the first value that cannot be built, with its place, and
// how many others there are, in one line.
func (c *Config) Validate() error { return c.validate(c.Threads, nil) }

// validate is Validate for another number of contexts, with what is known of
// parts already.
func (c *Config) validate(contexts int, known *Variants) error {
	errs := c.faults(contexts, known)
	if len(errs) == 0 {
		return nil
	}
	errs = c.completed(contexts, errs)
	return c.andMore(c.placed(contexts, errs[:1])[0], errs[1:])
}

// faults are all values that cannot be built on a number of contexts, each by
// its path.
func (c *Config) faults(contexts int, known *Variants) (errs []error) {
	for _, n := range slices.Compact([]int{c.Threads, contexts}) {
		if n < 1 || n > isa.MaxContexts {
			errs = append(errs, fmt.Errorf("threads: %d is outside 1 … %d", n, isa.MaxContexts))
			contexts = 1
		}
	}
	core, caches := c.parts()
	const maxMHz = 100_000
	if c.Frequency < 1 || c.Frequency > maxMHz {
		errs = append(errs, fmt.Errorf("frequency: %d is outside 1 … %d MHz", c.Frequency, maxMHz))
		caches.Frequency = 1 // a memory with a clock of its own is not at fault
	}
	errs = append(errs, known.faults(part{core, contexts}, func() []error { return core.Validate("core", contexts) })...)
	errs = append(errs, known.faults(part{c.Branch, contexts}, func() []error { return c.Branch.Validate("branch", contexts) })...)
	errs = append(errs, known.faults(part{levelsByValue(&caches), 0}, func() []error { return caches.Validate("cache") })...)
	errs = append(errs, known.faults(part{c.TLB, contexts}, func() []error { return c.TLB.Validate("tlb", contexts) })...)
	errs = append(errs, c.OS.validate("os")...)
	if c.Core.Units.Load.Latency != 0 && c.Core.Units.Load.Latency != c.Cache.L1D.Latency {
		errs = append(errs, fmt.Errorf("core.units.load.latency: %d is not %d, the latency of cache.l1d; 0 takes it from there", c.Core.Units.Load.Latency, c.Cache.L1D.Latency))
	}
	if c.Core.Fetch.Line > c.Cache.L1I.Line {
		errs = append(errs, fmt.Errorf("core.fetch.line: %d is more than cache.l1i.line, %d", c.Core.Fetch.Line, c.Cache.L1I.Line))
	}
	if err := c.validateScheduler(contexts, len(errs) == 0); err != nil {
		errs = append(errs, fmt.Errorf("scheduler: %w", err))
	}
	return errs
}

// placed are faults with where each value stands.
func (c *Config) placed(contexts int, faults []error) (errs []error) {
	// Without faults each value fits the machine's own number of threads.
	only := contexts != c.Threads && c.Validate() == nil
	for _, err := range faults {
		if only {
			errs = append(errs, fmt.Errorf("machine %s with threads = %d: %w", c.Name, contexts, err))
		} else {
			errs = append(errs, c.places.located(c.Name, c.because(contexts, err)))
		}
	}
	return errs
}

// because adds to a fault of a value that was left as it was the changes of
// other values without any of which it would not be one.
func (c *Config) because(contexts int, fault error) error {
	before := cmp.Or(c.preset, c.original)
	if before == nil {
		return fault
	}
	path, _, _ := strings.Cut(fault.Error(), ":")
	if at, ok := c.places.find(path); ok {
		if was, _ := before.places.find(path); was != at {
			return fault // it has been given itself
		}
	}
	var reasons []string
	for _, l := range c.differences(before) {
		now, was := l.of(c), l.of(before)
		if !now.IsValid() || !was.IsValid() {
			continue // a table has come or gone
		}
		undone := c.Clone()
		if v, err := undone.find(l.path); err == nil {
			v.Set(was)
		}
		if l.path == "threads" {
			contexts = undone.Threads
		}
		if !slices.ContainsFunc(undone.faults(contexts, nil), func(err error) bool { return err.Error() == fault.Error() }) {
			reason := l.path + "=" + l.bare(now)
			if at, ok := c.places.find(l.path); ok && at.line > 0 {
				reason += " of " + at.String()
			}
			reasons = append(reasons, reason)
		}
	}
	if len(reasons) == 0 {
		return fault
	}
	return fmt.Errorf("%w (with %s)", fault, strings.Join(reasons, ", "))
}

// validateScheduler reads the machine's own discipline, and on a machine that is
// valid builds it as a run would.
func (c *Config) validateScheduler(contexts int, valid bool) error {
	row, args, err := scheduler.Parse(c.Discipline())
	if err == nil && valid {
		_, _, err = row.New(c.schedulerEnv(contexts, 0), args)
	}
	return err
}

// schedulerEnv is what a scheduler of the machine is built from.
func (c *Config) schedulerEnv(contexts int, seed uint64) scheduler.Env {
	return scheduler.Env{Contexts: contexts, FetchWidth: c.Core.Fetch.Width, Seed: seed, Sizes: c.Core.Sizes()}
}

// andMore adds to an error the paths of others, when they are few.
func (c *Config) andMore(first error, others []error) error {
	const few = 4
	switch n := len(others); {
	case n == 0:
		return first
	case n > few && c.preset != nil:
		return fmt.Errorf("%w (and %d more values are missing or wrong)", first, n)
	case n > few:
		return fmt.Errorf("%w (and %d more values are missing or wrong; to change some values of a preset begin the file with base = %q)", first, n, presetNames[0])
	}
	var paths []string
	for _, err := range others {
		path, _, _ := strings.Cut(err.Error(), ":")
		paths = append(paths, path)
	}
	return fmt.Errorf("%w (and %d more: %s)", first, len(others), strings.Join(paths, ", "))
}

// parts are the specifications of core and caches with what follows from other
// parts filled in.
func (c *Config) parts() (pipeline.Spec, cache.Spec) {
	core, caches := c.Core, c.Cache
	if core.Units.Load.Latency == 0 {
		core.Units.Load.Latency = c.Cache.L1D.Latency
	}
	caches.Memory, caches.Frequency = c.Memory.Model, c.Frequency
	return core, caches
}

// Digest identifies the configuration: SHA-256 of its canonical text.
func (c *Config) Digest() string {
	sum := sha256.Sum256([]byte(c.String()))
	return hex.EncodeToString(sum[:])
}

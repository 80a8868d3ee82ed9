// Package validate checks the simulator against closed forms: microkernels
// whose cycles, rates or knees follow from the configuration by hand.
//
// A kernel is a row of one table: a loop in assembly, a machine in round
// numbers (base.toml) with a few changes, what is measured, and a formula of
// configuration values with its derivation. It runs at two configurations or
// more, so a formula that fits one number by chance fails at the next. The
// expectation is never read off the simulator: where both disagree, one of them
// is wrong.
//
// What is measured is the difference between two runs of one program that
// differ in the length of their loop alone: whatever a start, a fill of the
// pipeline or an end costs is in both. Capacities are found as knees: the
// largest parameter of the kernel at which the cost has not yet jumped.
//
// Left out: interactions of several limits at once, which have no closed form;
// and the values of instructions, which the emulator's tests are about.
package validate

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// Kernel is one microkernel.
type Kernel struct {
	Name  string
	Group string
	Doc   string // what is measured, one sentence
	Unit  string // of what is measured
	Why   string // how the expected value follows, a few lines

	Scheduler string   // a choice of scheduler.Catalog; "": single
	Machine   []string // PATH=VALUE, changes of the base machine
	// At are the configurations: further changes, separated by blanks, of
	// which one may be empty.
	At []string
	// Breaks is a change after which what is measured is no longer what is
	// expected without it. It proves that the kernel can fail.
	Breaks string

	Expect  func(*machine.Config) float64
	Measure Measure
}

// Measure runs programs and answers with what is compared.
type Measure func(*Bench) float64

// Kernels lists the microkernels by group.
func Kernels() []Kernel {
	return slices.Concat(
		latency, throughput, width, frontEnd, prediction, window, ordering,
		caches, prefetching, memory, ddr, translation, threads, inOrder, serialising, accounting,
	)
}

// Select finds kernels by the name of one or of a group, in the order of
// their table; without names, all.
func Select(names ...string) ([]Kernel, error) {
	all := Kernels()
	if len(names) == 0 {
		return all, nil
	}
	wanted := map[string]bool{}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(k Kernel) bool { return k.Name == name || k.Group == name }) {
			return nil, catalog.Unknown("kernel", name, known(all))
		}
		wanted[name] = true
	}
	return slices.DeleteFunc(all, func(k Kernel) bool { return !wanted[k.Name] && !wanted[k.Group] }), nil
}

// known are the names of kernels and groups.
func known(all []Kernel) []string {
	var names []string
	for _, k := range all {
		if !slices.Contains(names, k.Group) {
			names = append(names, k.Group)
		}
		names = append(names, k.Name)
	}
	return names
}

// Outcome is one kernel at one configuration.
type Outcome struct {
	Kernel   *Kernel
	At       string // a member of Kernel.At
	Expected float64
	Measured float64
}

// tolerance is what a measured value may differ, relative to the expected.
const tolerance = 0.01

// Error is (measured − expected) / expected; where nothing is expected, what is
// measured.
func (o *Outcome) Error() float64 {
	if o.Expected == 0 {
		return o.Measured
	}
	return (o.Measured - o.Expected) / o.Expected
}

// OK reports whether the measured value is the expected one, within 1 %.
func (o *Outcome) OK() bool { return math.Abs(o.Error()) <= tolerance }

// Run measures kernels at each of their configurations, workers at a time,
// and answers in their order. After each measurement it tells progress, unless
// that is nil, how many of how many are done, and the kernel; one call at a time.
func Run(ctx context.Context, kernels []Kernel, workers int, progress func(done, total int, kernel string)) ([]Outcome, error) {
	var out []Outcome
	for i := range kernels {
		for _, at := range kernels[i].At {
			out = append(out, Outcome{Kernel: &kernels[i], At: at})
		}
	}
	errs := make([]error, len(out))
	next := make(chan int)
	var group sync.WaitGroup
	var reports sync.Mutex
	done := 0
	for range max(1, min(workers, len(out))) {
		group.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = out[i].measure(ctx, "")
				}
				reports.Lock()
				if done++; progress != nil {
					progress(done, len(out), out[i].Kernel.Name)
				}
				reports.Unlock()
			}
		})
	}
	for i := range out {
		next <- i
	}
	close(next)
	group.Wait()
	if err := ctx.Err(); err != nil {
		measured := out[:0]
		for i := range out {
			if errs[i] == nil {
				measured = append(measured, out[i])
			}
		}
		return measured, err
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// measure fills in an outcome. What is expected is so for the kernel's own
// machine; it is measured on one with a further change.
func (o *Outcome) measure(ctx context.Context, change string) (err error) {
	k := o.Kernel
	defer func() {
		if r := recover(); r != nil {
			end, ok := r.(abandoned)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("kernel %s at %q: %w", k.Name, o.At, end.err)
		}
	}()
	config, err := k.config(o.At)
	if err != nil {
		return err
	}
	o.Expected = k.Expect(config)
	if change != "" {
		if config, err = k.config(o.At, change); err != nil {
			return err
		}
	}
	o.Measured = k.Measure(&Bench{ctx: ctx, kernel: k, config: config})
	return nil
}

//go:embed base.toml
var base []byte

// Base is the machine that the kernels change.
func Base() (*machine.Config, error) {
	c, err := machine.Parse("base.toml", base)
	if err != nil {
		return nil, err
	}
	return c, c.Validate()
}

// config is the base machine with the kernel's changes and further ones.
func (k *Kernel) config(changes ...string) (*machine.Config, error) {
	c, err := machine.Parse("base.toml", base)
	if err != nil {
		return nil, err
	}
	sets := slices.Clone(k.Machine)
	for _, change := range changes {
		sets = append(sets, strings.Fields(change)...)
	}
	for _, s := range sets {
		if err := c.Set(s); err != nil {
			return nil, fmt.Errorf("kernel %s: %w", k.Name, err)
		}
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	return c, nil
}

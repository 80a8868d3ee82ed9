package machine

import (
	"fmt"
	"io"
	"os"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Job says what to simulate.
type Job struct {
	Config    *Config
	Scheduler string               // a choice of Schedulers
	Programs  []*workloads.Program // program i on context i
	Threads   int                  // hardware contexts; 0: as the configuration and the scheduler say
	Limits    Limits
	Guest     Guest
	Seed      uint64 // of everything random: frames, replacement, what guests see

	// Schedulers is the table that Scheduler is a choice of; nil means
	// scheduler.Catalog. A policy of the reader's own is a row of it.
	Schedulers *scheduler.Table

	// NoIdleSkip simulates idle cycles one by one; results are the same.
	NoIdleSkip bool
	// Intervals samples the statistics while the programs are measured.
	Intervals Intervals
	// OnRetire, when set, is called for each committed instruction.
	OnRetire func(isa.Context, *isa.Dyn)
	// Curve records the progress of the first program (Simulation.Curve).
	Curve bool
}

// Guest is what the programs find outside themselves.
type Guest struct {
	Memory uint64 // limit of each program's resident bytes; 0 means linux.DefaultMemory
	// Root is the directory of the host's that programs see, read-only, as
	// "/"; nil: none. It is no part of what identifies a run, which holds for
	// one state of the files there that the programs read.
	Root *os.Root
	// RootName is what records call it; "": what it was opened as.
	RootName string
	// Trace gets the programs' system calls as strace prints them, a line at
	// a time, with the program's number before each when there are several;
	// nil: nobody.
	Trace io.Writer
}

// tracer is where the calls of program i go.
func (j *Job) tracer(i int) io.Writer {
	if j.Guest.Trace == nil || len(j.Programs) == 1 {
		return j.Guest.Trace
	}
	return numbered{j.Guest.Trace, fmt.Sprintf("[program %d] ", i)}
}

// numbered puts something before each line, which is one Write.
type numbered struct {
	out    io.Writer
	prefix string
}

func (n numbered) Write(line []byte) (int, error) {
	_, err := n.out.Write(append([]byte(n.prefix), line...))
	return len(line), err
}

// Limits are when measurement begins and ends.
//
// The programs are first executed functionally, each to the mark that begins
// its region of interest (ROI) and FastForward instructions from there, and
// show caches, TLBs and predictors what they execute. Cycles and instructions
// are counted from there on. Measurement begins when the slowest program has
// committed Warmup instructions; faster ones run on meanwhile, and each
// program's own starting point is recorded. A program is measured for Insts
// instructions from there (0: to its end), with ROI at most to the mark that
// ends its region, and then runs on, contending, until the rule ends the run. A
// program of several threads is counted as a whole.
type Limits struct {
	FastForward uint64
	ROI         bool
	Warmup      uint64
	Insts       uint64
	Until       string // a name of Untils
}

// Until is a rule that ends a run.
type Until struct {
	Name, Doc string
}

// The rules, the default first.
const (
	UntilAll    = "all"
	UntilFirst  = "first"
	UntilTotal  = "total"
	UntilRepeat = "repeat"
)

// Untils lists the rules.
var Untils = []Until{
	{UntilAll, "every program has been measured or has ended"},
	{UntilFirst, "one program has been measured or has ended"},
	{UntilTotal, "all programs together have committed the instructions that each would be measured for"},
	{UntilRepeat, "as all, but a program that ends starts again at once, so that contention lasts (FAME: Vera et al., PACT 2007)"},
}

func (l *Limits) validate() error {
	var names []string
	for _, u := range Untils {
		if u.Name == l.Until {
			if l.Until == UntilTotal && l.Insts == 0 {
				return fmt.Errorf("until total needs a number of instructions above 0")
			}
			return nil
		}
		names = append(names, u.Name)
	}
	return catalog.Unknown("until rule", l.Until, names)
}

// resolved is a job with its scheduler looked up and its contexts counted.
type resolved struct {
	row      scheduler.Row
	args     scheduler.Args
	policy   scheduler.Policy
	traits   scheduler.Traits
	contexts int
}

// resolve finds what of a job cannot be simulated.
func (j *Job) resolve() (*resolved, error) {
	if len(j.Programs) == 0 {
		return nil, fmt.Errorf("no program to run")
	}
	if err := j.Intervals.validate(); err != nil {
		return nil, err
	}
	if err := j.Limits.validate(); err != nil {
		return nil, err
	}
	r, err := j.resolveScheduler()
	if err != nil {
		return nil, err
	}
	if len(j.Programs) > r.contexts {
		return nil, fmt.Errorf("%d programs need as many hardware threads, and %s has %d", len(j.Programs), r.args.Name, r.contexts)
	}
	return r, j.Config.validate(r.contexts, nil)
}

// resolveScheduler looks up the scheduler and builds it for as many contexts as
// it wants.
func (j *Job) resolveScheduler() (*resolved, error) {
	table := j.Schedulers
	if table == nil {
		table = &scheduler.Catalog
	}
	r := &resolved{contexts: j.Threads}
	if r.contexts == 0 {
		r.contexts = j.Config.Threads
	}
	var err error
	if r.row, r.args, err = table.Parse(j.Scheduler); err != nil {
		return nil, err
	}
	if err := r.build(j); err != nil {
		return nil, err
	}
	if n := r.traits.Contexts; n > 0 && n != r.contexts {
		r.contexts = n
		if err := r.build(j); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *resolved) build(j *Job) (err error) {
	r.policy, r.traits, err = r.row.New(j.Config.schedulerEnv(r.contexts, j.Seed), r.args)
	return err
}

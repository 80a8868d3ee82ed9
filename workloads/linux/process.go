// Package linux is Linux's user mode for RISC-V programs: what a program sees
// of the kernel, without a kernel.
//
// A Process is an address space with a program in it and what the kernel
// would keep for it: heap, mappings, descriptors, signal dispositions, limits,
// clock. A Thread executes in it; it is an isa.Stream, and so one hardware
// context's supply of instructions. System calls are the rows of one ordered
// table (syscalls.go); each is a method of Thread in the file of its area.
//
// A run depends on nothing of the host's: time is guest time, randomness comes
// from a seed, the file system is empty, identities are fixed. Nothing that a
// guest does can harm the host: memory and output are limited, sizes are
// checked before they cost anything, and a program that does what it must not
// dies of the signal it would die of, which one line explains.
//
// What is left out: threads (clone), signal handlers (recorded, never called),
// files, sockets, shared memory, and the vDSO. A call that is not supported
// answers ENOSYS, and a warning in the process's record names it once.
package linux

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/isa/rv64"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// Options say how a process is set up. The zero value of each field but Args
// is usable.
type Options struct {
	Args []string // argv; its first is also the program's name
	Env  []string // "NAME=value"

	Seed      uint64 // of AT_RANDOM and getrandom
	Frequency uint64 // Hz of guest time; 0 means DefaultFrequency
	Memory    uint64 // limit of resident bytes; 0 means DefaultMemory

	Stdin          io.Reader // nil: at its end
	Stdout, Stderr io.Writer // get the output as it is written; nil: nobody
	OutputLimit    int       // bytes kept of each; 0 means DefaultOutputLimit

	// ASID and Thread identify the address space and its first thread in the
	// run; whoever composes the run gives them out.
	ASID   isa.ASID
	Thread isa.SWThread
}

// Process is one run of a program.
type Process struct {
	options Options
	space   *mem.Space
	code    *rv64.Code
	thread  *Thread

	executable         string // what /proc/self/exe names
	heapStart, heapEnd uint64
	files              []*stream
	stdout, stderr     output
	buffer             [chunk]byte // for transfers
	actions            [numSignals + 1]action
	limits             [limitsCount]rlimit
	random             *rand.PCG
	clock              clock
	missed             []unsupported

	end *Exit // how the program ended; nil until then
}

// Exit is how a program ended.
type Exit struct {
	Code   int    // its exit code, 128 + Signal when it was killed
	Signal Signal // 0: it exited
	Detail string // one line on its death
}

// ErrLimit is returned by Run when the limit was reached before the end.
var ErrLimit = errors.New("instruction limit reached")

// NewProcess loads a program and prepares its start.
func NewProcess(m *elf.Image, o Options) (*Process, error) {
	if o.Frequency == 0 {
		o.Frequency = DefaultFrequency
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.OutputLimit == 0 {
		o.OutputLimit = DefaultOutputLimit
	}
	p := &Process{
		options: o,
		space:   mem.New(o.Memory),
		stdout:  output{name: "standard output", limit: o.OutputLimit, host: o.Stdout},
		stderr:  output{name: "standard error", limit: o.OutputLimit, host: o.Stderr},
		limits:  defaultLimits(),
		random:  newRandom(o.Seed),
		clock:   clock{frequency: o.Frequency},
	}
	p.files = standardFiles(o.Stdin, &p.stdout, &p.stderr)
	bias := isa.Addr(0)
	if m.PIE {
		bias = pieBase
	}
	if err := p.loadImage(m, bias); err != nil {
		return nil, err
	}
	sp, err := p.buildStack(m, bias, o.Args, o.Env)
	if err != nil {
		return nil, err
	}
	p.executable = path.Join("/", path.Base(o.Args[0]))
	p.code = rv64.NewCode(p.space)
	p.thread = newThread(p, o.Thread, processID)
	p.thread.hart.PC = m.Entry + bias
	p.thread.hart.X[2] = sp
	return p, nil
}

// Stream is the process's first thread for a timing model. A process that has
// run functionally goes on from there.
func (p *Process) Stream() isa.Stream { return p.thread }

// Run executes the program functionally until it ends or limit more
// instructions have been executed (0: no limit), which is ErrLimit. When ctx
// is done it is ctx's error. After either the process can go on.
func (p *Process) Run(ctx context.Context, limit uint64) (Exit, error) {
	const slice = 1 << 22 // instructions between looks at ctx
	if limit == 0 {
		limit = ^uint64(0)
	}
	for p.end == nil {
		if err := ctx.Err(); err != nil {
			return Exit{}, err
		}
		if limit == 0 {
			return Exit{}, ErrLimit
		}
		limit -= p.thread.run(min(limit, slice))
	}
	e, _ := p.Exit()
	return e, nil
}

// Exit is how the program ended, and whether it has.
func (p *Process) Exit() (Exit, bool) {
	if p.end == nil {
		return Exit{}, false
	}
	return *p.end, true
}

// Instructions is the number of instructions executed so far.
func (p *Process) Instructions() uint64 { return p.thread.hart.Instret }

// Stdout is what is kept of the standard output. The caller must not change
// it.
func (p *Process) Stdout() []byte { return p.stdout.kept }

// Stderr is what is kept of the standard error output.
func (p *Process) Stderr() []byte { return p.stderr.kept }

// Lost is the error of a host writer that did not take all that the program
// wrote; nil when nothing was lost.
func (p *Process) Lost() error { return cmp.Or(p.stdout.lost(), p.stderr.lost()) }

// Warnings are what the user should know of the run, a line each.
func (p *Process) Warnings() []string {
	var w []string
	for _, u := range p.missed {
		w = append(w, u.String())
	}
	return append(append(w, p.stdout.warnings()...), p.stderr.warnings()...)
}

// unsupported is something a program asked for that is not there.
type unsupported struct {
	what  string
	count uint64
}

func (u unsupported) String() string {
	times := fmt.Sprintf("%d times", u.count)
	if u.count == 1 {
		times = "once"
	}
	return fmt.Sprintf("the program used what is not supported: %s (%s)", u.what, times)
}

// lacks counts what a program asked for in vain.
func (p *Process) lacks(what string) {
	const distinct = 64 // a program could make up any number of them
	for i := range p.missed {
		if p.missed[i].what == what {
			p.missed[i].count++
			return
		}
	}
	if len(p.missed) < distinct {
		p.missed = append(p.missed, unsupported{what, 1})
	}
}

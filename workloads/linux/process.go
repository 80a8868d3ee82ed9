// Package linux is Linux's user mode for RISC-V programs: what a program sees
// of the kernel, without a kernel.
//
// A System is the operating system of one run. A Process is an address space
// with a program in it and what the kernel would keep for it: heap, mappings,
// descriptors, signal dispositions, limits. Its Threads are placed on the
// system's processors, each of which is an isa.Stream, and so one hardware
// context's supply of instructions. System calls are the rows of one ordered
// table (syscalls.go); each is a method of Thread in the file of its area.
//
// A run depends on nothing of the host's: time is guest time, randomness comes
// from a seed, identities are fixed. Nothing that a guest does can harm the
// host: memory and output are limited, sizes are checked before they cost
// anything, and a program that does what it must not dies of the signal it
// would die of, which one line explains.
//
// What is left out: other processes (fork, exec), sockets, memory shared between
// processes or with files, futexes with priority inheritance, interval timers of
// processor time, and the vDSO. A call that is not supported answers ENOSYS, and a
// warning in the process's record names it once.
package linux

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/isa/rv64"
	"github.com/threadmill-sim/threadmill/workloads/elf"
	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Options say how a process is set up. The zero value of each field but Args
// is usable.
type Options struct {
	Args []string // argv; its first is also the program's name
	Env  []string // "NAME=value"

	Seed   uint64 // of AT_RANDOM and getrandom
	Memory uint64 // limit of resident bytes; 0 means DefaultMemory

	// Root is the directory of the host's that the guest sees, read-only, as
	// "/"; it is not closed. nil: it sees none.
	Root *os.Root

	Trace          io.Writer // gets the system calls, as strace prints them; nil: nobody
	Stdin          io.Reader // nil: at its end
	Stdout, Stderr io.Writer // get the output as it is written; nil: nobody
	OutputLimit    int       // bytes kept of each; 0 means DefaultOutputLimit

	// Marks makes the marks of a region of interest count (FastForward).
	Marks bool

	// ASID identifies the address space in the run, and Home is the processor
	// where the first thread starts; whoever composes the run gives them out.
	ASID isa.ASID
	Home isa.Context
}

// Process is one run of a program.
type Process struct {
	system  *System
	options Options
	space   *mem.Space
	code    *rv64.Code

	trace    *tracer // nil: calls are not printed
	leader   *Thread
	threads  []*Thread // that have not ended, in the order of their creation
	created  int
	lastTID  int
	used     uint64 // cycles of ended threads on processors
	executed uint64 // instructions of ended threads
	timers   int    // armed ones that are the process's
	futexes  map[uint64]*futex

	fs         *vfs.FS
	cwd        *vfs.Node // current directory, held
	umask      vfs.Mode
	files      descriptors
	executable string    // what /proc/self/exe names
	program    *vfs.Node // and leads to
	auxv       []byte    // auxiliary vector

	heapStart, heapEnd uint64
	names              mapNames
	stdout, stderr     output
	buffer             [chunk]byte // for transfers
	actions            [numSignals + 1]action
	pending            pendingSignals // that any thread may take
	realTimer          alarm          // of setitimer
	alarms             []*alarm       // of timer_create
	lastAlarm          uint64
	returns            isa.Addr // where signal handlers return to; 0 until one is called
	limits             [limitsCount]rlimit
	random             *rand.PCG
	anonymous          uint64 // pipes, event counters … that were made
	watched            int    // files in epoll instances
	nested             int    // of those, epoll sets
	missed             []unsupported

	target   *target // of a fast-forward
	paused   bool    // it is there
	roiBegun bool
	roiEnded bool

	end *Exit // how the program ended; nil until then
}

// Exit is how a program ended.
type Exit struct {
	Code   int    // its exit code, 128 + Signal when it was killed
	Signal Signal // 0: it exited
	Detail string // one line on its death
}

// newProcess loads a program and prepares its start.
func newProcess(s *System, m *elf.Image, o Options) (*Process, error) {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.OutputLimit == 0 {
		o.OutputLimit = DefaultOutputLimit
	}
	p := &Process{
		system:  s,
		options: o,
		space:   mem.New(o.Memory),
		lastTID: processID - 1,
		futexes: make(map[uint64]*futex),
		stdout:  output{name: "standard output", limit: o.OutputLimit, host: o.Stdout},
		stderr:  output{name: "standard error", limit: o.OutputLimit, host: o.Stderr},
		limits:  defaultLimits(),
		random:  newRandom(o.Seed),
	}
	if err := checkStrings(o.Args, o.Env); err != nil {
		return nil, err
	}
	if err := p.mount(m); err != nil {
		return nil, err
	}
	p.standardFiles()
	l, err := p.loadProgram(m)
	if err != nil {
		return nil, err
	}
	sp, err := p.buildStack(l, o.Args, o.Env)
	if err != nil {
		return nil, err
	}
	p.code = rv64.NewCode(p.space)
	if o.Marks {
		p.code.WatchMarks()
	}
	if o.Trace != nil {
		p.trace = &tracer{out: o.Trace}
	}
	p.leader = newThread(p)
	p.leader.name = p.comm()
	p.leader.hart.PC = l.pc
	p.leader.hart.X[2] = sp
	return p, nil
}

// nextTID numbers the threads; the first has the process's number.
func (p *Process) nextTID() int {
	p.lastTID++
	return p.lastTID
}

// finish ends the process and all its threads, unless it has ended.
func (p *Process) finish(e *Exit) {
	if p.end != nil {
		return
	}
	p.end = e
	for _, t := range slices.Clone(p.threads) {
		t.end()
	}
	p.system.timers.disarmAll(p)
	p.files.closeAll()
}

// mark takes note of a mark of the region of interest.
func (p *Process) mark(number uint32) {
	switch {
	case number == markBegin:
		p.roiBegun = true
		if p.target != nil {
			p.target.roi = false
			p.pauseAtTarget()
		}
	case p.roiBegun:
		p.roiEnded = true
	}
}

// The marks of a region of interest, by their number in the instruction.
const markBegin = 1

// checkDeadlock ends a process all of whose threads wait for what nobody can
// bring about.
func (p *Process) checkDeadlock() {
	if p.end != nil || p.timers > 0 {
		return
	}
	for _, t := range p.threads {
		if t.state != threadWaiting {
			return
		}
	}
	var where []string
	for _, t := range p.threads {
		where = append(where, fmt.Sprintf("thread %d in %s at pc %#x", t.tid, t.callText(), uint64(t.callPC())))
	}
	p.finish(&Exit{Code: 128 + int(SIGKILL), Signal: SIGKILL, Detail: "deadlock: every thread waits for ever: " + strings.Join(where, "; ")})
}

// Exit is how the program ended, and whether it has.
func (p *Process) Exit() (Exit, bool) {
	if p.end == nil {
		return Exit{}, false
	}
	return *p.end, true
}

// ROIEnded reports whether the region of interest has been left (Options.Marks).
func (p *Process) ROIEnded() bool { return p.roiEnded }

// Threads is the number of software threads that the program has had.
func (p *Process) Threads() int { return p.created }

// Instructions is the number of instructions that its threads have executed
// so far.
func (p *Process) Instructions() uint64 {
	n := p.executed
	for _, t := range p.threads {
		n += t.hart.Executed()
	}
	return n
}

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

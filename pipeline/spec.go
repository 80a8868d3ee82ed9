package pipeline

import (
	"github.com/threadmill-sim/threadmill/internal/valid"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Spec is the configuration of one core. It does not change after New.
// Latencies are totals, from issue to the issue of a dependent instruction.
type Spec struct {
	Fetch      FetchSpec      `toml:"fetch" doc:"front end"`
	Rename     RenameSpec     `toml:"rename" doc:"decode and rename"`
	Issue      IssueSpec      `toml:"issue" doc:"wakeup and select"`
	Commit     CommitSpec     `toml:"commit" doc:"in-order retirement, per thread"`
	ROB        Buffer         `toml:"rob" doc:"reorder buffer"`
	IQ         Buffer         `toml:"iq" doc:"issue queue of what has none of its own: of everything when the two others have no entries"`
	MemIQ      Buffer         `toml:"iq-mem" doc:"issue queue of loads, stores and atomics; size 0: they go to core.iq"`
	FPIQ       Buffer         `toml:"iq-fp" doc:"issue queue of floating-point operations, their loads and stores excepted; size 0: they go to core.iq"`
	LQ         Buffer         `toml:"lq" doc:"load queue"`
	LSQ        LSQSpec        `toml:"lsq" doc:"order of loads and stores"`
	SQ         Buffer         `toml:"sq" doc:"store queue; an entry is held until the store has been written to the L1D, or with a store buffer until it commits"`
	IntRegs    Buffer         `toml:"int-registers" doc:"integer rename registers beyond 32 per context"`
	FPRegs     Buffer         `toml:"fp-registers" doc:"floating-point rename registers beyond 32 per context"`
	Units      UnitsSpec      `toml:"units" doc:"execution units"`
	Ports      PortsSpec      `toml:"ports" doc:"issue ports that unit classes share"`
	Bypass     BypassSpec     `toml:"bypass" doc:"the way of results to what waits for them"`
	Scoreboard ScoreboardSpec `toml:"scoreboard" doc:"in-order issue"`
	StoreBuf   StoreBuffer    `toml:"store-buffer" doc:"buffer of committed stores, and their drain"`
}

// FetchSpec configures fetch.
type FetchSpec struct {
	Width    int    `toml:"width" doc:"instructions fetched a cycle, all threads together"`
	Line     int    `toml:"line" doc:"bytes of the aligned block that one thread can read in one cycle; it can use up what it has read before as well"`
	Branches int    `toml:"branches" doc:"control transfers that one thread can predict in one cycle; a taken one ends its fetch"`
	Depth    int    `toml:"depth" doc:"cycles from fetch to rename; the least that a redirected thread waits for its first instruction to be renamed"`
	Buffer   Buffer `toml:"buffer" doc:"instructions between fetch and rename; below depth x width it caps IPC"`
	Misfetch int    `toml:"misfetch" doc:"cycles until fetch follows a taken transfer that decode found, or whose target it corrected"`
	Redirect int    `toml:"redirect" doc:"cycles from the resolution of a mispredicted branch to the fetch of its correct successor"`

	WrongPath string `toml:"wrong-path" doc:"what a thread does between the fetch and the resolution of a branch that was mispredicted: fetch, as hardware does, from where it was predicted to go; stall, as simulators do that know the outcome; empty: fetch"`
}

// RenameSpec configures decode and rename.
type RenameSpec struct {
	Width   int `toml:"width" doc:"instructions renamed and dispatched a cycle, all threads together"`
	Threads int `toml:"threads" doc:"threads that rename in one cycle, the one that fetched first before others; 0: any number"`
}

// IssueSpec configures issue.
type IssueSpec struct {
	Order string `toml:"order" doc:"out-of-order, or in-order: each thread issues in program order through a scoreboard; a store issues with its address, its data may come later"`
	Width int    `toml:"width" doc:"instructions issued a cycle, all threads together; W of the slot accounting"`
	Depth int    `toml:"depth" doc:"cycles from issue to execute; it lengthens branch resolution, not dependent issue"`
}

// CommitSpec configures commit.
type CommitSpec struct {
	Width   int `toml:"width" doc:"instructions committed a cycle, all threads together"`
	Threads int `toml:"threads" doc:"threads that commit in one cycle, in turn; 0: any number"`
}

// LSQSpec configures how the loads of a thread keep their order behind its
// stores.
type LSQSpec struct {
	Disambiguation string `toml:"disambiguation" doc:"what a load waits for while the addresses of older stores are not known, name:key=value,... (list disambiguation); empty: conservative"`
	Penalty        int    `toml:"penalty" doc:"cycles from the detection of a memory-order violation to the fetch of the load that has read too early"`
	Forward        int    `toml:"forward" doc:"cycles from the issue of a load to the use of what a store forwards to it, once the store has its data; 0: the latency of an L1D hit"`
}

// Buffer is a structure whose entries the threads share.
type Buffer struct {
	Size    int    `toml:"size" doc:"entries, all threads together"`
	Sharing string `toml:"sharing" doc:"shared: any thread may take any free entry; static: an equal part each; cap:N: at most N each, or all where there are no more than N; watermark:N: those that the others neither hold nor have reserved, N each; with +active only contexts that run count, and one alone has all"`
}

// buffers are the shared structures by name.
func (s *Spec) buffers() [scheduler.NumStructures]Buffer {
	return [scheduler.NumStructures]Buffer{
		scheduler.FetchBuffer:  s.Fetch.Buffer,
		scheduler.ROB:          s.ROB,
		scheduler.IssueQueue:   s.IQ,
		scheduler.MemQueue:     s.MemIQ,
		scheduler.FPQueue:      s.FPIQ,
		scheduler.LoadQueue:    s.LQ,
		scheduler.StoreQueue:   s.SQ,
		scheduler.IntRegisters: s.IntRegs,
		scheduler.FPRegisters:  s.FPRegs,
		scheduler.StoreBuffer:  s.StoreBuf.buffer(),
	}
}

// Sizes are the entries of the shared structures, as policies are told.
func (s *Spec) Sizes() (n [scheduler.NumStructures]int) {
	for i, b := range s.buffers() {
		n[i] = b.Size
	}
	return n
}

// UnitsSpec lists the execution units by what they execute. Branches and
// conditional moves go to the integer ALUs unless Branch has units.
type UnitsSpec struct {
	IntALU Unit `toml:"int-alu" doc:"integer add, logic, shift"`
	IntMul Unit `toml:"int-mul" doc:"integer multiply"`
	IntDiv Unit `toml:"int-div" doc:"integer divide"`
	Branch Unit `toml:"branch" doc:"control transfers; count 0 sends them to the integer ALUs"`
	Load   Unit `toml:"load" doc:"load ports; latency 0: the L1D's, which it must equal otherwise"`
	Store  Unit `toml:"store" doc:"store address and data ports"`
	FPAdd  Unit `toml:"fp-add" doc:"floating-point add, compare, convert, move"`
	FPMul  Unit `toml:"fp-mul" doc:"floating-point multiply and fused multiply-add"`
	FPDiv  Unit `toml:"fp-div" doc:"floating-point divide"`
	FPSqrt Unit `toml:"fp-sqrt" doc:"floating-point square root; count 0 sends it to the dividers"`
}

// Unit is one class of execution units.
type Unit struct {
	Count    int `toml:"count" doc:"units"`
	Latency  int `toml:"latency" doc:"cycles from issue to the issue of a dependent instruction"`
	Interval int `toml:"interval" doc:"cycles before the same unit takes the next operation; 1 is fully pipelined"`
}

// StoreBuffer configures where committed stores wait, and their drain into the
// L1D.
type StoreBuffer struct {
	Width    int    `toml:"width" doc:"entries written to the L1D a cycle, all threads together"`
	Size     int    `toml:"size" doc:"entries for committed stores, all threads together; 0: none, stores keep their entries of the store queue until they have been written, and what follows has no effect"`
	Sharing  string `toml:"sharing" doc:"as that of other structures; empty: shared"`
	Coalesce string `toml:"coalesce" doc:"which entry a store to the same line (of a line above 64 bytes: the same 64 bytes) joins: none; adjacent, the youngest; any. Empty: none"`
	Order    string `toml:"order" doc:"tso: stores are written and leave in program order; relaxed: a store passes older ones to other lines. Empty: tso"`
}

// limits that keep handles in 16 bits and arrays small.
const (
	maxWidth   = 32
	maxEntries = 8192
	maxLatency = 100000
)

// Validate reports every field that cannot be built, each error starting with
// the field's path below path. contexts is the number of hardware contexts.
func (s *Spec) Validate(path string, contexts int) []error {
	v := validator{contexts: contexts}
	v.Between(path+".fetch.width", s.Fetch.Width, 1, maxWidth)
	if v.Between(path+".fetch.line", s.Fetch.Line, 4, 4096) {
		v.PowerOfTwo(path+".fetch.line", s.Fetch.Line)
	}
	v.Between(path+".fetch.branches", s.Fetch.Branches, 1, maxWidth)
	v.Between(path+".fetch.depth", s.Fetch.Depth, 1, 64)
	v.Between(path+".fetch.misfetch", s.Fetch.Misfetch, 0, 64)
	v.Between(path+".fetch.redirect", s.Fetch.Redirect, 0, 64)
	if w := s.Fetch.WrongPath; w != "" && w != WrongPathFetch && w != WrongPathStall {
		v.Addf("%s.fetch.wrong-path: %q is neither %q nor %q", path, w, WrongPathFetch, WrongPathStall)
	}
	v.Between(path+".rename.width", s.Rename.Width, 1, maxWidth)
	v.Between(path+".rename.threads", s.Rename.Threads, 0, isa.MaxContexts)
	v.Between(path+".commit.threads", s.Commit.Threads, 0, isa.MaxContexts)
	v.Between(path+".issue.width", s.Issue.Width, 1, maxWidth)
	v.Between(path+".issue.depth", s.Issue.Depth, 0, 64)
	if s.Issue.Order != OutOfOrder && s.Issue.Order != InOrder {
		v.Addf("%s.issue.order: %q is neither %q nor %q", path, s.Issue.Order, OutOfOrder, InOrder)
	}
	s.Scoreboard.validate(&v.Errors, path+".scoreboard", s.Issue.Order)
	s.Bypass.validate(&v.Errors, path+".bypass")
	s.Ports.validate(&v.Errors, path+".ports", s.Units.rows())
	v.Between(path+".commit.width", s.Commit.Width, 1, maxWidth)
	if err := memdep.Check(s.LSQ.Disambiguation, contexts); err != nil {
		v.Addf("%s.lsq.disambiguation: %w", path, err)
	}
	v.Between(path+".lsq.penalty", s.LSQ.Penalty, 0, maxLatency)
	v.Between(path+".lsq.forward", s.LSQ.Forward, 0, maxLatency)
	v.buffer(path+".fetch.buffer", s.Fetch.Buffer)
	v.buffer(path+".rob", s.ROB)
	v.buffer(path+".iq", s.IQ)
	v.optional(path+".iq-mem", s.MemIQ)
	v.optional(path+".iq-fp", s.FPIQ)
	v.buffer(path+".lq", s.LQ)
	v.buffer(path+".sq", s.SQ)
	v.buffer(path+".int-registers", s.IntRegs)
	v.buffer(path+".fp-registers", s.FPRegs)
	v.storeBuffer(path+".store-buffer", s.StoreBuf)
	for _, u := range s.Units.rows() {
		p := path + ".units." + u.name
		least := 1
		if u.optional {
			least = 0
		}
		v.Between(p+".count", u.unit.Count, least, maxWidth)
		if u.unit.Count > 0 {
			v.Between(p+".latency", u.unit.Latency, 1, maxLatency)
			v.Between(p+".interval", u.unit.Interval, 1, maxLatency)
		}
	}
	return v.List()
}

// What follows a mispredicted branch until it resolves.
const (
	WrongPathFetch = "fetch"
	WrongPathStall = "stall"
)

// Issue orders.
const (
	OutOfOrder = "out-of-order"
	InOrder    = "in-order"
)

type validator struct {
	valid.Errors
	contexts int
}

func (v *validator) buffer(path string, b Buffer) {
	v.Between(path+".size", b.Size, 1, maxEntries)
	rule, err := parseSharing(b.Sharing)
	if err == nil && b.Size >= 1 {
		err = rule.fits(b.Size, v.contexts)
	}
	if err != nil {
		v.Addf("%s.sharing: %w", path, err)
	}
}

func (v *validator) storeBuffer(path string, b StoreBuffer) {
	v.Between(path+".width", b.Width, 1, maxWidth)
	v.OneOf(path+".coalesce", b.Coalesce, "", CoalesceNone, CoalesceAdjacent, CoalesceAny)
	v.OneOf(path+".order", b.Order, "", TotalStoreOrder, RelaxedOrder)
	if b.Coalesce == CoalesceAny && b.Order != RelaxedOrder {
		v.Addf("%s.coalesce: %q lets stores pass each other and needs order = %q", path, CoalesceAny, RelaxedOrder)
	}
	if v.Between(path+".size", b.Size, 0, maxEntries) && b.Size > 0 {
		v.buffer(path, b.buffer())
	}
}

// buffer is the structure of the entries.
func (b *StoreBuffer) buffer() Buffer {
	if b.Size == 0 || b.Sharing == "" {
		return Buffer{b.Size, "shared"}
	}
	return Buffer{b.Size, b.Sharing}
}

// optional checks a structure that is not there with size 0.
func (v *validator) optional(path string, b Buffer) {
	if b.Size != 0 {
		v.buffer(path, b)
	} else if b.Sharing != "" {
		if _, err := parseSharing(b.Sharing); err != nil {
			v.Addf("%s.sharing: %w", path, err)
		}
	}
}

type unitRow struct {
	name     string
	unit     Unit
	optional bool
}

func (u *UnitsSpec) rows() [numUnits]unitRow {
	return [numUnits]unitRow{
		{"int-alu", u.IntALU, false}, {"int-mul", u.IntMul, false}, {"int-div", u.IntDiv, false},
		{"branch", u.Branch, true}, {"load", u.Load, false}, {"store", u.Store, false},
		{"fp-add", u.FPAdd, false}, {"fp-mul", u.FPMul, false}, {"fp-div", u.FPDiv, false}, {"fp-sqrt", u.FPSqrt, true},
	}
}

// Rows that the core knows by number.
const (
	loadUnit    = 4
	storeUnit   = 5
	firstFPUnit = 6
	numUnits    = 10
)

// of maps an operation class to its row in rows.
func (u *UnitsSpec) of(c isa.Class) int {
	switch c {
	case isa.IntMul:
		return 1
	case isa.IntDiv:
		return 2
	case isa.Branch:
		if u.Branch.Count > 0 {
			return 3
		}
	case isa.Load, isa.Atomic:
		return loadUnit
	case isa.Store:
		return storeUnit
	case isa.FPAdd, isa.FPCvt:
		return 6
	case isa.FPMul, isa.FPFMA:
		return 7
	case isa.FPDiv:
		return 8
	case isa.FPSqrt:
		if u.FPSqrt.Count > 0 {
			return 9
		}
		return 8
	}
	return 0
}

// Window is the most instructions of one thread between fetch and commit,
// those that wait to be fetched again included; a power of two.
func (s *Spec) Window() int {
	return ceilPow2(s.ROB.Size + s.Fetch.Buffer.Size + 2*s.Fetch.Width)
}

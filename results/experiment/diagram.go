package experiment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/isa/rv64"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/view"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Watch is a simulation of which a diagram is to be drawn.
type Watch struct {
	job machine.Job
	sim *machine.Simulation
}

// PrepareWatch builds the simulation; its errors are the user's.
func PrepareWatch(job machine.Job) (*Watch, error) {
	sim, err := machine.New(job)
	if err != nil {
		return nil, err
	}
	return &Watch{job, sim}, nil
}

// Do simulates as far as the window wants and returns what it saw. Cycles and
// instructions are counted from the end of fast-forward and warm-up.
func (w *Watch) Do(ctx context.Context, window pipeline.Window) (*view.Diagram, error) {
	d := &view.Diagram{Machine: w.job.Config.Name, Scheduler: w.job.Scheduler, Threads: w.sim.Contexts()}
	for _, p := range w.job.Programs {
		d.Programs = append(d.Programs, p.Spec)
	}
	levels := newLevels(w.job.Config)
	begin, err := w.sim.Watch(ctx, window, func(o *pipeline.Observation) {
		d.Uops = append(d.Uops, newUop(o, levels))
	})
	if err != nil {
		return nil, err
	}
	for i := range d.Uops {
		countFrom(&d.Uops[i], uint64(begin))
	}
	slices.SortFunc(d.Uops, func(a, b view.Uop) int { return cmp.Compare(a.Number, b.Number) })
	return d, nil
}

// newUop is an observation without the simulator's types.
func newUop(o *pipeline.Observation, levels levels) view.Uop {
	in := &o.Dyn.Inst
	u := view.Uop{
		Number: o.Number, Thread: int(o.Context), Software: int(o.Dyn.Thread), Program: int(o.Dyn.ASID),
		PC: uint64(o.Dyn.PC), Text: rv64.Disassemble(in.Raw, o.Dyn.PC),
		Fate: view.Fate(o.Fate), Wrong: o.Wrong, Retired: o.Retired,
		Fetch: uint64(o.Fetch), Rename: uint64(o.Rename), Ready: uint64(o.Ready), Issue: uint64(o.Issue),
		Execute: uint64(o.Execute), Done: uint64(o.Done), End: uint64(o.End),
		Memory: in.MemSize > 0, Notes: notes(o, levels),
	}
	for _, s := range o.Sources {
		if s.Waited {
			u.Sources = append(u.Sources, view.Source{Uop: s.Uop, Until: uint64(s.Until)})
		}
	}
	for _, w := range o.Waits {
		code, text := levels.reason(&w)
		u.Waits = append(u.Waits, view.Wait{
			From: uint64(w.From), Until: uint64(w.Until), Code: code, Text: text, Uop: w.Uop,
			Busy: w.Why == pipeline.WaitMemory || w.Why == pipeline.WaitTLB,
		})
	}
	return u
}

// countFrom makes all cycles of an instruction count from begin.
func countFrom(u *view.Uop, begin uint64) {
	shift := func(at *uint64) {
		if *at != view.Never {
			*at -= begin
		}
	}
	for _, at := range []*uint64{&u.Fetch, &u.Rename, &u.Ready, &u.Issue, &u.Execute, &u.Done, &u.End} {
		shift(at)
	}
	for i := range u.Sources {
		shift(&u.Sources[i].Until)
	}
	for i := range u.Waits {
		shift(&u.Waits[i].From)
		shift(&u.Waits[i].Until)
	}
}

// notes are what is to be known of an instruction besides its cycles.
func notes(o *pipeline.Observation, levels levels) (list []string) {
	switch {
	case o.Mispredicted && o.Wrong:
		list = append(list, "mispredicted, on a wrong path")
	case o.Mispredicted:
		list = append(list, "mispredicted")
	case o.Wrong:
		list = append(list, "wrong path")
	}
	if o.Before != pipeline.NoUop {
		list = append(list, fmt.Sprintf("again, was #%d", o.Before))
	}
	switch {
	case o.Forwarded && o.From != pipeline.NoUop:
		list = append(list, fmt.Sprintf("forwarded from #%d", o.From))
	case o.Forwarded:
		list = append(list, "forwarded from an older store")
	}
	if missed := levels.missed(o.Missed); len(missed) > 0 {
		list = append(list, "missed "+strings.Join(missed, ", "))
	}
	return list
}

// levels names the places of the memory system by what a policy sees of them:
// a level that has missed, and where the access goes then.
type levels struct {
	name, next [scheduler.NumLevels]string
}

func newLevels(c *machine.Config) (l levels) {
	l.name = [scheduler.NumLevels]string{scheduler.L1: "L1D", scheduler.L2: "L2", scheduler.LLC: "the last level", scheduler.TLB: "TLB"}
	l.next = [scheduler.NumLevels]string{scheduler.NoLevel: "L1D", scheduler.L1: "L2", scheduler.L2: "L3", scheduler.LLC: "memory"}
	switch {
	case c.Cache.L2 == nil:
		l.next[scheduler.L1] = "memory"
	case c.Cache.L3 == nil:
		l.next[scheduler.L2] = "memory"
	case c.Cache.L4 == nil:
		l.name[scheduler.LLC] = "L3"
	default:
		l.name[scheduler.LLC], l.next[scheduler.L2] = "L4", "L3 or L4"
	}
	return l
}

// missed lists what an access has missed. The last level is named when it is
// none of those before it.
func (l *levels) missed(mask uint8) (list []string) {
	for level := scheduler.L1; level < scheduler.NumLevels; level++ {
		again := level == scheduler.LLC && (l.next[scheduler.L1] == "memory" || l.next[scheduler.L2] == "memory")
		if mask&(1<<level) != 0 && !again {
			list = append(list, l.name[level])
		}
	}
	return list
}

// reason is why an instruction waited, as a word and as a sentence.
func (l *levels) reason(w *pipeline.Wait) (code, text string) {
	older := "an older instruction"
	if w.Uop != pipeline.NoUop {
		older = fmt.Sprintf("#%d", w.Uop)
	}
	switch w.Why {
	case pipeline.WaitStructure:
		return w.Structure.String(), "no room in " + structureNames[w.Structure]
	case pipeline.WaitOperand:
		return "operand", "waits for the result of " + older
	case pipeline.WaitAddress:
		return "address", "waits for the addresses of older stores, up to " + older
	case pipeline.WaitStoreData:
		return "storedata", "waits for the data of " + older + ", a store that it reads"
	case pipeline.WaitStoreWrite:
		return "storewrite", "waits until " + older + ", a store with some of its bytes, is written"
	case pipeline.WaitMemory:
		return "memory", "waits for " + l.next[w.Level]
	}
	r := reasons[w.Why]
	return r.code, r.text
}

// structureNames are structures in a sentence.
var structureNames = [scheduler.NumStructures]string{
	scheduler.FetchBuffer: "the fetch buffer", scheduler.ROB: "the reorder buffer", scheduler.IssueQueue: "the issue queue",
	scheduler.LoadQueue: "the load queue", scheduler.StoreQueue: "the store queue",
	scheduler.IntRegisters: "the integer registers", scheduler.FPRegisters: "the floating-point registers",
}

// reasons are those that name nothing else.
var reasons = map[pipeline.Why]struct{ code, text string }{
	pipeline.WaitRename:      {"rename", "the rename width is used up"},
	pipeline.WaitRenameTurn:  {"turn", "it is another thread's turn to rename"},
	pipeline.WaitFrontOrder:  {"order", "an older instruction waits in the front end"},
	pipeline.WaitUnit:        {"unit", "all units of its kind are busy"},
	pipeline.WaitIssue:       {"issue", "the issue width is used up"},
	pipeline.WaitIssueTurn:   {"turn", "it is another thread's turn to issue"},
	pipeline.WaitIssueOrder:  {"order", "an older instruction has not issued"},
	pipeline.WaitPort:        {"port", "the cache has no free port or bank"},
	pipeline.WaitMSHR:        {"mshr", "all MSHRs are taken"},
	pipeline.WaitTLBMiss:     {"tlbfull", "the TLB can take no more misses"},
	pipeline.WaitTLB:         {"tlb", "its page is being translated"},
	pipeline.WaitCommitOrder: {"commit", "an older instruction has not committed"},
	pipeline.WaitCommit:      {"commit", "the commit width is used up"},
}

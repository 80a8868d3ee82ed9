package experiment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/cache"
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
	if o.Mispredicted {
		list = append(list, "mispredicted")
	}
	if o.Violation {
		list = append(list, "memory-order violation")
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
	if o.Missed > 0 {
		list = append(list, "missed "+strings.Join(levels[:o.Missed], ", "))
	}
	if o.Walked {
		list = append(list, "page walk")
	}
	return list
}

// levels are the cache levels of the machine by name, from the L1D on.
type levels []string

func newLevels(c *machine.Config) levels {
	l := levels{"L1D"}
	for _, next := range []struct {
		name  string
		level *cache.Level
	}{{"L2", c.Cache.L2}, {"L3", c.Cache.L3}, {"L4", c.Cache.L4}} {
		if next.level != nil {
			l = append(l, next.name)
		}
	}
	return l
}

// after is where an access goes that has missed a number of levels.
func (l levels) after(missed uint8) string {
	if int(missed) < len(l) {
		return l[missed]
	}
	return "memory"
}

// reason is why an instruction waited, as a word and as a sentence.
func (l levels) reason(w *pipeline.Wait) (code, text string) {
	older := "an older instruction"
	if w.Uop != pipeline.NoUop {
		older = fmt.Sprintf("#%d", w.Uop)
	}
	switch w.Why {
	case pipeline.WaitStructure:
		return w.Structure.String(), "no room in the " + cmp.Or(structureNames[w.Structure], w.Structure.String())
	case pipeline.WaitOperand:
		return "operand", "waits for the result of " + older
	case pipeline.WaitAddress:
		return "address", "waits for the address of " + older + ", a store that it may read"
	case pipeline.WaitAddresses:
		return "address", "waits for the addresses of older stores, up to " + older
	case pipeline.WaitStoreData:
		return "storedata", "waits for the data of " + older + ", a store that it reads"
	case pipeline.WaitStoreWrite:
		return "storewrite", "waits until " + older + ", a store with some of its bytes, is written"
	case pipeline.WaitMemory:
		return "memory", "waits for " + l.after(w.Missed)
	}
	r := reasons[w.Why]
	return r.code, r.text
}

// structureNames are structures in a sentence, where that is not their name.
var structureNames = [scheduler.NumStructures]string{
	scheduler.FetchBuffer: "fetch buffer", scheduler.ROB: "reorder buffer", scheduler.IssueQueue: "issue queue",
	scheduler.MemQueue: "issue queue of loads and stores", scheduler.FPQueue: "floating-point issue queue",
	scheduler.LoadQueue: "load queue", scheduler.StoreQueue: "store queue",
	scheduler.IntRegisters: "integer registers", scheduler.FPRegisters: "floating-point registers",
}

// reasons are those that name nothing else.
var reasons = map[pipeline.Why]struct{ code, text string }{
	pipeline.WaitRename:      {"rename", "the rename width is used up"},
	pipeline.WaitRenameTurn:  {"turn", "it is another thread's turn to rename"},
	pipeline.WaitFrontOrder:  {"order", "an older instruction waits in the front end"},
	pipeline.WaitUnit:        {"unit", "all units of its kind are busy"},
	pipeline.WaitIssue:       {"issue", "the issue width is used up"},
	pipeline.WaitIssuePort:   {"port", "the issue ports of its units are taken"},
	pipeline.WaitScoreboard:  {"scoreboard", "the scoreboard lets its thread issue nothing yet"},
	pipeline.WaitIssueModel:  {"issue", "the issue model lets its thread issue no more"},
	pipeline.WaitIssueTurn:   {"turn", "it is another thread's turn to issue"},
	pipeline.WaitIssueOrder:  {"order", "an older instruction has not issued"},
	pipeline.WaitPort:        {"port", "the cache has no free port or bank"},
	pipeline.WaitMSHR:        {"mshr", "all MSHRs are taken"},
	pipeline.WaitTLBMiss:     {"tlbfull", "the TLB can take no more misses"},
	pipeline.WaitTLB:         {"tlb", "its page is being translated"},
	pipeline.WaitCommitOrder: {"commit", "an older instruction has not committed"},
	pipeline.WaitCommit:      {"commit", "the commit width is used up"},
}

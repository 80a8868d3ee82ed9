// Package bpred predicts control transfers at fetch: directions, targets and
// returns.
//
// One Unit serves all hardware threads of a core. The tables (direction
// counters, branch target buffer, indirect targets) are shared, so threads
// help and hurt each other as in hardware; what describes a thread's path
// (global history, target history, return stack) is kept per context.
//
// Histories and return stack are updated when a prediction is made, on wrong
// paths too. Each Prediction carries a checkpoint from which a misprediction
// repairs them. Tables are trained at commit, by the correct path alone.
//
//	Predict   at fetch                        updates the thread's state
//	Repair    at resolution, if it was wrong  checkpoint, then the outcome
//	Restore   at a policy's squash            checkpoint alone
//	Reapply   when it is fetched again        updates with what is recorded
//	Commit    at retirement                   trains the tables and counts
//
// What the model leaves out: control transfers are recognised at fetch (as
// with predecoded lines), so the BTB supplies targets and does not discover
// branches; predictions are made in the cycle of the fetch, with no slower
// overriding stage; the return stack is repaired at its top only (Skadron et
// al., MICRO 1998), so a wrong path that pops twice and pushes leaves one
// wrong entry behind.
package bpred

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// Prediction is what was predicted for one dynamic control transfer, and what
// it takes to undo it. It is plain data, kept with the instruction from fetch
// to commit.
type Prediction struct {
	// Target is where control goes if taken; valid only with TargetKnown. For
	// a direct transfer a missing or stale target costs a misfetch, for
	// others a misprediction.
	Target isa.Addr

	// The thread's state before the transfer.
	history uint64   // directions, youngest in bit 0
	topAddr isa.Addr // return stack: the entry on top
	targets uint32   // recent indirect targets, hashed
	top     uint16   // return stack: the index of the top

	meta     uint16 // the direction predictor's own note for training
	repaired wrong  // how the prediction was wrong; Repair has replaced it

	Taken       bool
	TargetKnown bool
}

// wrong is how a prediction was wrong.
type wrong uint8

const (
	wrongDirection wrong = 1 << iota
	wrongTarget
)

// front is the speculative state of one context.
type front struct {
	history uint64
	targets uint32
	stack   returnStack
}

// Unit predicts for all contexts of a core. It is not safe for concurrent use.
type Unit struct {
	direction Direction
	btb       btb
	indirect  indirectTable
	fronts    []front
	stats     []Stats
}

// New builds a unit for the given number of hardware contexts. The errors
// name the fields of the specification.
func New(spec Spec, contexts int) (*Unit, error) {
	if err := errors.Join(spec.Validate("branch")...); err != nil {
		return nil, err
	}
	if contexts < 1 || contexts > isa.MaxContexts {
		return nil, fmt.Errorf("branch: %d contexts is outside 1 … %d", contexts, isa.MaxContexts)
	}
	row, args, err := Catalog.Parse(spec.Direction)
	if err != nil {
		return nil, fmt.Errorf("branch.direction: %w", err)
	}
	direction, err := row.New(args)
	if err != nil {
		return nil, fmt.Errorf("branch.direction: %w", err)
	}
	u := &Unit{
		direction: direction,
		btb:       newBTB(spec.BTB),
		indirect:  newIndirectTable(spec.Indirect),
		fronts:    make([]front, contexts),
		stats:     make([]Stats, contexts),
	}
	for t := range u.fronts {
		u.fronts[t].stack = newReturnStack(spec.RAS)
	}
	return u, nil
}

// Stats are the counters of one context. They stay valid, and are updated,
// for the life of the unit.
func (u *Unit) Stats(t isa.Context) *Stats { return &u.stats[t] }

// Predict fills in p for the control transfer in at pc and moves the thread's
// state past it as predicted.
func (u *Unit) Predict(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction) {
	f := &u.fronts[t]
	*p = Prediction{Taken: true}
	p.checkpoint(f)
	switch in.Control {
	case isa.CondBranch:
		if p.Taken, p.meta = u.direction.Predict(pc, f.history); p.Taken {
			p.Target, p.TargetKnown = u.btb.lookup(t, pc)
		}
	case isa.Jump, isa.Call:
		p.Target, p.TargetKnown = u.btb.lookup(t, pc)
	case isa.IndirectJump, isa.IndirectCall:
		if p.Target, p.TargetKnown = u.indirect.lookup(t, pc, f.targets); !p.TargetKnown {
			p.Target, p.TargetKnown = u.btb.lookup(t, pc)
		}
	case isa.Return:
		if f.stack.exists() {
			p.Target, p.TargetKnown = f.stack.peek()
		} else {
			p.Target, p.TargetKnown = u.btb.lookup(t, pc)
		}
	}
	f.apply(pc, in, p)
}

// Repair is told that p was wrong: it takes the thread's state back to just
// before the transfer, moves it past the transfer as it really went, and
// records the outcome in p, so that a later Reapply follows it. target is
// where control really went.
func (u *Unit) Repair(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	p.repaired |= p.error(in, taken, target)
	p.Taken = taken
	if taken {
		p.Target, p.TargetKnown = target, true
	}
	f := &u.fronts[t]
	p.restore(f)
	f.apply(pc, in, p)
}

// Restore takes the thread's state back to just before the transfer, which
// will be fetched again.
func (u *Unit) Restore(t isa.Context, p *Prediction) { p.restore(&u.fronts[t]) }

// Reapply moves the thread's state past a transfer that is fetched again,
// without predicting it anew: as it was predicted, or as it went if it has
// been repaired since.
func (u *Unit) Reapply(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction) {
	f := &u.fronts[t]
	p.checkpoint(f)
	f.apply(pc, in, p)
}

// Commit trains the tables with a transfer of the correct path and counts how
// it was predicted. target is where control really went.
func (u *Unit) Commit(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	u.stats[t].count(in, p, taken, target)
	u.train(t, pc, in, p, taken, target)
}

// Warm takes a transfer of the correct path from fetch to commit, without a
// wrong path and uncounted: it leaves the tables and the thread's state as
// Predict, Repair if that was wrong, and Commit would. It is for instructions
// that are executed functionally before a simulation goes on in detail, and
// may be called only while the thread has no predictions that have not been
// committed. It reports whether the transfer was predicted taken.
func (u *Unit) Warm(t isa.Context, pc isa.Addr, in *isa.Inst, taken bool, target isa.Addr) bool {
	f := &u.fronts[t]
	p := Prediction{Target: target, TargetKnown: taken, Taken: taken}
	p.history, p.targets = f.history, f.targets
	predicted := true
	if in.Control == isa.CondBranch {
		predicted, p.meta = u.direction.Predict(pc, f.history)
	}
	f.apply(pc, in, &p)
	u.train(t, pc, in, &p, taken, target)
	return predicted
}

// train trains the tables with a transfer of the correct path.
func (u *Unit) train(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	switch in.Control {
	case isa.CondBranch:
		u.direction.Train(pc, p.history, p.meta, taken)
		if taken {
			u.btb.train(t, pc, target)
		}
	case isa.Jump, isa.Call:
		u.btb.train(t, pc, target)
	case isa.IndirectJump, isa.IndirectCall:
		last, ok := u.btb.lookup(t, pc)
		u.indirect.train(t, pc, p.targets, target, ok && last == target)
		u.btb.train(t, pc, target)
	case isa.Return:
		if !u.fronts[t].stack.exists() {
			u.btb.train(t, pc, target)
		}
	}
}

// error says how p differs from the outcome. The target of a direct transfer
// stands in the instruction, so it is never wrong by the time it executes.
func (p *Prediction) error(in *isa.Inst, taken bool, target isa.Addr) wrong {
	switch {
	case in.Control == isa.NoControl:
		return 0
	case p.Taken != taken:
		return wrongDirection
	case !in.Control.Direct() && (!p.TargetKnown || p.Target != target):
		return wrongTarget
	}
	return 0
}

func (p *Prediction) checkpoint(f *front) {
	p.history, p.targets = f.history, f.targets
	p.top, p.topAddr = f.stack.checkpoint()
}

func (p *Prediction) restore(f *front) {
	f.history, f.targets = p.history, p.targets
	f.stack.restore(p.top, p.topAddr)
}

// apply moves the state past a transfer that goes as p says.
func (f *front) apply(pc isa.Addr, in *isa.Inst, p *Prediction) {
	switch in.Control {
	case isa.CondBranch:
		f.history <<= 1
		if p.Taken {
			f.history |= 1
		}
	case isa.Call:
		f.stack.push(pc + isa.Addr(in.Size))
	case isa.IndirectJump:
		f.targets = nextTargets(f.targets, p.Target)
	case isa.IndirectCall:
		f.targets = nextTargets(f.targets, p.Target)
		f.stack.push(pc + isa.Addr(in.Size))
	case isa.Return:
		f.stack.pop()
	}
}

// Package bpred predicts control transfers at fetch: directions, targets and
// returns.
//
// One Unit serves all hardware threads of a core. Its tables (direction
// counters, branch target buffer, indirect targets) are shared, tagged by
// thread or split, as configured; what describes a thread's path (histories,
// iteration counts, return stack) is kept per context.
//
// The state of a path is updated when a prediction is made, on wrong paths
// too, and a misprediction repairs it. The global history of 64 outcomes and
// the return stack's top are in each Prediction, the longer histories in rings
// that are wound back. Tables are trained at commit, by the correct path alone.
//
//	Predict   at fetch                        updates the thread's state
//	Repair    at resolution, if it was wrong  back to before it, then the outcome
//	Restore   at a policy's squash            back to before it
//	Reapply   when it is fetched again        updates with what is recorded
//	Commit    at retirement                   trains the tables and counts
//
// What the model leaves out: predictions are made in the cycle of the fetch,
// with no slower overriding stage, however large the tables; the bits of a
// table are those that it predicts with, and its ports and banks never
// conflict; instructions behind a transfer that decode finds are not fetched in
// vain, the cycles are lost.
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
	number  uint32   // of the transfer on the thread's path
	top     uint16   // return stack: the index of the top

	note  uint16 // the direction predictor's own, for training
	marks marks

	Taken       bool
	TargetKnown bool
}

// marks are facts of a prediction.
type marks uint8

const (
	// How it was wrong; Repair has replaced it.
	wrongDirection marks = 1 << iota
	wrongTarget

	backward // a conditional branch to an address before it
	late     // predicted taken with a target of the BTB's second level
	nowhere  // a conditional branch to the next instruction: both directions go there

	wrong = wrongDirection | wrongTarget
)

// Timing is when fetch knows where to go on after a transfer that is
// predicted taken.
type Timing uint8

const (
	AtOnce     Timing = iota
	WithBubble        // after the cycles that the second level of the BTB takes
	AtDecode          // a misfetch: decode has found the transfer, or its target
)

// front is the speculative state of one context.
type front struct {
	history uint64
	targets uint32
	number  uint32 // transfers on its path so far
	stack   *returnStack
	pushes  pushLog // nil without full repair
}

// Unit predicts for all contexts of a core. It is not safe for concurrent use.
type Unit struct {
	direction Direction
	indirect  Indirect
	followers []Follower // those of the two that are
	btb, btb2 btb
	fronts    []front
	stats     []Stats

	bubble          int
	atDecode        bool // transfers that the BTB does not know are found there
	restoresTop     bool // of the return stack
	restoresTopAddr bool
}

// New builds a unit for the given number of hardware contexts, of each of
// which at most inFlight instructions are between fetch and commit. The errors
// name the fields of the specification.
func New(spec Spec, contexts, inFlight int) (*Unit, error) {
	if contexts < 1 || contexts > isa.MaxContexts {
		return nil, fmt.Errorf("branch: %d contexts is outside 1 … %d", contexts, isa.MaxContexts)
	}
	if err := errors.Join(spec.Validate("branch", contexts)...); err != nil {
		return nil, err
	}
	spec = spec.withDefaults()
	u := &Unit{
		fronts:          make([]front, contexts),
		stats:           make([]Stats, contexts),
		bubble:          spec.BTB2.Bubble,
		atDecode:        spec.Discovery == DiscoverAtDecode,
		restoresTop:     spec.RASRepair != RepairNone,
		restoresTopAddr: spec.RASRepair == RepairEntry,
	}
	var errs [4]error
	u.direction, errs[0] = spec.direction(contexts, inFlight)
	u.indirect, errs[1] = spec.indirect(contexts, inFlight)
	s := Shape{Contexts: contexts, InFlight: inFlight, Sharing: spec.Sharing.BTB}
	u.btb, errs[2] = newBTB(spec.BTB.Entries, spec.BTB.Ways, s)
	u.btb2, errs[3] = newBTB(spec.BTB2.Entries, spec.BTB2.Ways, s)
	for _, p := range []any{u.direction, u.indirect} {
		if f, ok := p.(Follower); ok {
			u.followers = append(u.followers, f)
		}
	}
	stack := newReturnStack(spec.RAS)
	for t := range u.fronts {
		f := &u.fronts[t]
		if f.stack = &stack; spec.Sharing.RAS == PerThread {
			own := newReturnStack(spec.RAS)
			f.stack = &own
		}
		if spec.RASRepair == RepairFull {
			f.pushes = make(pushLog, 1<<log2Ceil(inFlight+1))
		}
	}
	return u, errors.Join(errs[:]...)
}

// Bubble is the cycles without fetch of a prediction with the Timing
// WithBubble.
func (u *Unit) Bubble() int { return u.bubble }

// Stats are the counters of one context. They stay valid, and are updated,
// for the life of the unit.
func (u *Unit) Stats(t isa.Context) *Stats { return &u.stats[t] }

// Predict fills in p for the control transfer in at pc and moves the thread's
// state past it as predicted. direct is the target that stands in a direct
// transfer, which decode sees and fetch does not. The timing is that of a
// transfer predicted taken.
func (u *Unit) Predict(t isa.Context, pc isa.Addr, in *isa.Inst, direct isa.Addr, p *Prediction) Timing {
	f := &u.fronts[t]
	*p = Prediction{Taken: true}
	p.checkpoint(f)
	timing := AtOnce
	switch in.Control {
	case isa.CondBranch:
		if direct < pc && direct != 0 { // 0: not known
			p.marks = backward
		}
		if direct == pc+isa.Addr(in.Size) {
			p.marks |= nowhere
		}
		if p.Taken, p.note = u.direction.Predict(t, pc, f.history); p.Taken {
			timing = u.predictDirect(t, pc, direct, p)
		}
	case isa.Jump, isa.Call:
		timing = u.predictDirect(t, pc, direct, p)
	default:
		timing = u.predictIndirect(t, pc, in, p)
	}
	if timing == WithBubble {
		p.marks |= late
	}
	f.call(pc, in)
	u.apply(t, f, pc, in, p)
	return timing
}

// predictDirect takes the target from the BTB; decode knows better.
func (u *Unit) predictDirect(t isa.Context, pc, direct isa.Addr, p *Prediction) (timing Timing) {
	p.Target, p.TargetKnown, timing = u.lookup(t, pc)
	if p.Target != direct {
		return AtDecode
	}
	return timing
}

// predictIndirect takes the target from the return stack or the predictor of
// indirect targets, and else from the BTB.
func (u *Unit) predictIndirect(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction) (timing Timing) {
	stack, orLast := u.fronts[t].stack, true
	switch {
	case in.Control != isa.Return:
		p.Target, p.TargetKnown = u.indirect.Predict(t, pc, p.targets)
	case stack.exists():
		p.Target, p.TargetKnown = stack.peek()
		orLast = false
	}
	if !u.atDecode && (p.TargetKnown || !orLast) {
		return AtOnce
	}
	target, known, timing := u.lookup(t, pc)
	if known && !p.TargetKnown && orLast {
		p.Target, p.TargetKnown = target, true
	}
	if !known && !u.atDecode {
		return AtOnce // to nowhere: that is a misprediction
	}
	return timing
}

// lookup asks the levels of the BTB.
func (u *Unit) lookup(t isa.Context, pc isa.Addr) (target isa.Addr, known bool, timing Timing) {
	if target, known = u.btb.lookup(t, pc); known {
		return target, true, AtOnce
	}
	if target, known = u.btb2.lookup(t, pc); known {
		return target, true, WithBubble
	}
	return 0, false, AtDecode
}

// Repair is told that p was wrong: it takes the thread's state back to just
// before the transfer, moves it past the transfer as it really went, and
// records the outcome in p, so that a later Reapply follows it. target is
// where control really went.
func (u *Unit) Repair(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	p.marks |= p.error(in, taken, target)
	p.Taken = taken
	if taken {
		p.Target, p.TargetKnown = target, true
	}
	u.Restore(t, p)
	f := &u.fronts[t]
	if u.restoresTop {
		f.call(pc, in)
	} // else the call or return has been done already
	u.apply(t, f, pc, in, p)
}

// Restore takes the thread's state back to just before the transfer, which
// will be fetched again.
func (u *Unit) Restore(t isa.Context, p *Prediction) {
	f := &u.fronts[t]
	for _, x := range u.followers {
		x.Undo(t, f.number-p.number)
	}
	if f.pushes != nil {
		f.pushes.undo(f.stack, p.number, f.number)
	}
	f.history, f.targets, f.number = p.history, p.targets, p.number
	switch {
	case u.restoresTopAddr:
		f.stack.restore(p.top, p.topAddr)
	case u.restoresTop:
		f.stack.top = p.top
	}
}

// Reapply moves the thread's state past a transfer that is fetched again,
// without predicting it anew: as it was predicted, or as it went if it has
// been repaired since.
func (u *Unit) Reapply(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction) {
	f := &u.fronts[t]
	p.checkpoint(f)
	f.call(pc, in)
	u.apply(t, f, pc, in, p)
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
func (u *Unit) Warm(t isa.Context, pc isa.Addr, in *isa.Inst, direct isa.Addr, taken bool, target isa.Addr) bool {
	f := &u.fronts[t]
	p := Prediction{Target: target, TargetKnown: taken, Taken: taken}
	p.history, p.targets = f.history, f.targets
	predicted := true
	if in.Control == isa.CondBranch {
		predicted, p.note = u.direction.Predict(t, pc, f.history)
		if direct < pc && direct != 0 { // 0: not known
			p.marks = backward
		}
	}
	f.call(pc, in)
	u.apply(t, f, pc, in, &p)
	u.train(t, pc, in, &p, taken, target)
	return predicted
}

// train trains the tables with a transfer of the correct path.
func (u *Unit) train(t isa.Context, pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	switch in.Control {
	case isa.CondBranch:
		u.direction.Train(t, pc, p.history, p.note, taken)
		if taken {
			u.trainBTB(t, pc, target)
		}
	case isa.Jump, isa.Call:
		u.trainBTB(t, pc, target)
	case isa.IndirectJump, isa.IndirectCall:
		last, ok, _ := u.lookup(t, pc)
		u.indirect.Train(t, pc, p.targets, target, ok && last == target)
		u.trainBTB(t, pc, target)
	case isa.Return:
		if u.atDecode || !u.fronts[t].stack.exists() {
			u.trainBTB(t, pc, target)
		}
	}
	if len(u.followers) > 0 {
		s := stepOf(pc, in, p, taken, target)
		for _, f := range u.followers {
			f.Committed(t, s)
		}
	}
}

func (u *Unit) trainBTB(t isa.Context, pc, target isa.Addr) {
	u.btb.train(t, pc, target)
	if u.btb2.ways > 0 {
		u.btb2.train(t, pc, target)
	}
}

func stepOf(pc isa.Addr, in *isa.Inst, p *Prediction, taken bool, target isa.Addr) Step {
	return Step{PC: pc, Target: target, Control: in.Control, Taken: taken, Backward: p.marks&backward != 0}
}

// error says how p differs from the outcome. The target of a direct transfer
// stands in the instruction, so it is never wrong by the time it executes.
func (p *Prediction) error(in *isa.Inst, taken bool, target isa.Addr) marks {
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
	p.history, p.targets, p.number = f.history, f.targets, f.number
	p.top, p.topAddr = f.stack.checkpoint()
}

// call is what the transfer does to the return stack, whichever way it goes.
func (f *front) call(pc isa.Addr, in *isa.Inst) {
	if in.Control != isa.CondBranch || f.pushes != nil {
		f.move(pc, in)
	}
}

// move is call for those that may move the stack, or are logged.
func (f *front) move(pc isa.Addr, in *isa.Inst) {
	if f.pushes != nil {
		f.pushes.at(f.number).valid = false
	}
	switch in.Control {
	case isa.Call, isa.IndirectCall:
		old := f.stack.push(pc + isa.Addr(in.Size))
		if f.pushes != nil && f.stack.exists() {
			*f.pushes.at(f.number) = pushed{old, f.stack.top, true}
		}
	case isa.Return:
		f.stack.pop()
	}
}

// apply moves the rest of the state past a transfer that goes as p says.
func (u *Unit) apply(t isa.Context, f *front, pc isa.Addr, in *isa.Inst, p *Prediction) {
	switch in.Control {
	case isa.CondBranch:
		f.history <<= 1
		if p.Taken {
			f.history |= 1
		}
	case isa.IndirectJump, isa.IndirectCall:
		f.targets = nextTargets(f.targets, p.Target)
	}
	f.number++
	if len(u.followers) > 0 {
		s := stepOf(pc, in, p, p.Taken, p.Target)
		for _, x := range u.followers {
			x.Fetched(t, s)
		}
	}
}

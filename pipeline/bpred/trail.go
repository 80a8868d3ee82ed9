package bpred

import "github.com/threadmill-sim/threadmill/isa"

// trail is what the statistical corrector remembers of a context's path
// besides the global history: which backward branches were taken, the last
// outcomes of single branches, the iteration of the innermost loop (Seznec,
// San Miguel and Albericio, MICRO 2015) and what happened in the same iteration
// before. It moves with conditional branches alone.
type trail struct {
	backward   uint64
	iteration  uint16
	iterations []uint16    // by iteration
	local      [3][]uint16 // by address
}

const (
	iterationBits = 8 // the count saturates
	iterationLog  = 10
)

// localWidths are the outcomes that the three local histories keep.
var localWidths = [3]uint8{11, 16, 9}

func newTrail(entries [3]int) trail {
	tr := trail{iterations: make([]uint16, 1<<iterationBits)}
	for i, n := range entries {
		tr.local[i] = make([]uint16, n)
	}
	return tr
}

// places are the entries of the local histories for a branch.
func (tr *trail) places(pc isa.Addr) [3]int {
	a := pcBits(pc)
	return [3]int{
		int((a ^ a>>2) & uint64(len(tr.local[0])-1)),
		int((a ^ a>>5) & uint64(len(tr.local[1])-1)),
		int((a ^ a>>3) & uint64(len(tr.local[2])-1)),
	}
}

// histories fills in what the corrector looks at, but the path history.
func (tr *trail) histories(pc isa.Addr, out *[numHistories]uint64) {
	at := tr.places(pc)
	out[backwardHistory] = tr.backward
	out[localHistory1] = uint64(tr.local[0][at[0]])
	out[localHistory2] = uint64(tr.local[1][at[1]])
	out[localHistory3] = uint64(tr.local[2][at[2]])
	out[iterationCount] = uint64(tr.iteration)
	out[iterationHistory] = uint64(tr.iterations[tr.iteration])
}

// trailStep is what a step overwrites.
type trailStep struct {
	pc         isa.Addr
	backward   uint64
	iteration  uint16
	iterations uint16
	local      [3]uint16
	loop       int16  // entry of the loop predictor that counted, -1 if none
	count      uint16 // … and what its count was
	moved      bool
}

// step moves the trail past a conditional branch; undo gets what it takes to
// undo that, unless it is nil.
func (tr *trail) step(s *Step, undo *trailStep) {
	at := tr.places(s.PC)
	outcome := uint16(0)
	if s.Taken {
		outcome = 1
	}
	seen := &tr.iterations[tr.iteration]
	if undo != nil {
		undo.pc, undo.backward, undo.iteration, undo.iterations = s.PC, tr.backward, tr.iteration, *seen
		for i := range tr.local {
			undo.local[i] = tr.local[i][at[i]]
		}
	}
	for i := range tr.local {
		l := &tr.local[i][at[i]]
		*l = (*l<<1 | outcome) & uint16(1<<localWidths[i]-1)
	}
	*seen = (*seen<<1 | outcome) & (1<<iterationLog - 1)
	tr.backward <<= 1
	if !s.Backward {
		return
	}
	if !s.Taken {
		tr.iteration = 0 // the end of the loop
		return
	}
	tr.backward |= 1
	tr.iteration = min(tr.iteration+1, 1<<iterationBits-1)
}

// undo takes a step back.
func (tr *trail) undo(u *trailStep) {
	at := tr.places(u.pc)
	tr.backward, tr.iteration = u.backward, u.iteration
	tr.iterations[u.iteration] = u.iterations
	for i := range tr.local {
		tr.local[i][at[i]] = u.local[i]
	}
}

// bits of a trail.
func (tr *trail) bits() uint64 {
	n := uint64(64 + iterationBits + iterationLog*len(tr.iterations))
	for i, l := range tr.local {
		n += uint64(localWidths[i]) * uint64(len(l))
	}
	return n
}

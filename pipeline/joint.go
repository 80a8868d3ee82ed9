package pipeline

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/stats"
)

// What two threads do in the same cycle says whether one fills what the other
// leaves empty. For each pair of threads a matrix counts the cycles in each
// combination of their states; it sums to the cycles. A core of more threads
// than maxJoint keeps none: the pairs grow with the square.
const maxJoint = 8

// jointState is what a thread does in a cycle, as far as issue sees it.
type jointState uint8

const (
	jointIssue jointState = iota // it has used a slot
	jointMiss                    // it has not, on account of a load that missed the L1D, or of a translation
	jointStall                   // it has not, for another reason
	jointRest                    // it has nothing to run
	numStates  = iota
	stateBits  = 2
)

var stateNames = [numStates]string{"issue", "miss", "stall", "rest"}

// jointCycles are the cycles of a pair of threads by the state of the first,
// then of the second.
type jointCycles [numStates * numStates]uint64

// Names are those of the combinations.
func (*jointCycles) Names() []stats.Desc {
	var d []stats.Desc
	meaning := [numStates]string{"issued", "waited for a miss", "stalled otherwise", "had nothing to run"}
	for a := range stateNames {
		for b := range stateNames {
			d = append(d, stats.Desc{
				Name: stateNames[a] + "_" + stateNames[b], Unit: "cycles",
				Doc: "cycles in which the first of the two threads " + meaning[a] + " and the second " + meaning[b],
			})
		}
	}
	return d
}

// joint counts the states of threads together: first by the combination of all
// of them, which is one addition a cycle, and from there by pair.
type joint struct {
	cycles []uint64 // by combination, two bits a thread; not entered yet
	open   []uint32 // combinations with such cycles
	pairs  []pair
}

type pair struct {
	first, second int
	Cycles        jointCycles `stat:""`
}

func newJoint(contexts int) (j joint) {
	if contexts < 2 || contexts > maxJoint {
		return j
	}
	j.cycles = make([]uint64, 1<<(stateBits*contexts))
	j.open = make([]uint32, 0, len(j.cycles))
	for a := range contexts {
		for b := a + 1; b < contexts; b++ {
			j.pairs = append(j.pairs, pair{first: a, second: b})
		}
	}
	return j
}

// stateOf is the state of a thread that has used no slot, by their class.
var stateOf = func() (states [numSlotClasses]jointState) {
	for class := range states {
		states[class] = jointStall
	}
	for class := waitL2; class <= waitDTLB; class++ {
		states[class] = jointMiss
	}
	states[slotIdle], states[slotBlocked] = jointRest, jointRest
	return states
}()

// note enters cycles in which every thread did as its share of issue says.
func (j *joint) note(threads []thread, cycles uint64) {
	if len(j.pairs) == 0 {
		return
	}
	all := uint32(0)
	for i := range threads {
		s := &threads[i].share[atIssue]
		state := stateOf[s.class]
		if s.used > 0 {
			state = jointIssue
		}
		all |= uint32(state) << (stateBits * i)
	}
	if j.cycles[all] == 0 {
		j.open = append(j.open, all)
	}
	j.cycles[all] += cycles
}

// enter brings the matrices up to date.
func (j *joint) enter() {
	for _, all := range j.open {
		for i := range j.pairs {
			p := &j.pairs[i]
			first, second := all>>(stateBits*p.first)%numStates, all>>(stateBits*p.second)%numStates
			p.Cycles[first*numStates+second] += j.cycles[all]
		}
		j.cycles[all] = 0
	}
	j.open = j.open[:0]
}

// addStats binds the matrices.
func (j *joint) addStats(set *stats.Set) {
	for i := range j.pairs {
		p := &j.pairs[i]
		set.Add(fmt.Sprintf("joint.%d_%d", p.first, p.second), p, nil)
	}
}

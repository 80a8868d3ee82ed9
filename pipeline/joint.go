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

// joint counts the states of threads together. Cycles with the same states are
// summed up before they are entered.
type joint struct {
	states [maxJoint]jointState
	cycles uint64 // in these states, not entered yet
	pairs  []pair
}

type pair struct {
	first, second int
	Cycles        jointCycles `stat:""`
}

func newJoint(contexts int) (j joint) {
	if contexts > maxJoint {
		return j
	}
	for a := range contexts {
		for b := a + 1; b < contexts; b++ {
			j.pairs = append(j.pairs, pair{first: a, second: b})
		}
	}
	return j
}

// note enters cycles in which every thread did as its share of issue says.
func (j *joint) note(threads []thread, cycles uint64) {
	if len(j.pairs) == 0 {
		return
	}
	changed := false
	for i := range threads {
		t := &threads[i]
		state := jointStall
		switch s := &t.share[atIssue]; {
		case s.used > 0:
			state = jointIssue
		case s.class >= waitL2 && s.class <= waitDTLB:
			state = jointMiss
		case s.class == slotIdle || s.class == slotBlocked:
			state = jointRest
		}
		if state != j.states[i] {
			if !changed {
				j.enter()
				changed = true
			}
			j.states[i] = state
		}
	}
	j.cycles += cycles
}

// enter brings the matrices up to date.
func (j *joint) enter() {
	for i := range j.pairs {
		p := &j.pairs[i]
		p.Cycles[j.states[p.first]*numStates+j.states[p.second]] += j.cycles
	}
	j.cycles = 0
}

// addStats binds the matrices.
func (j *joint) addStats(set *stats.Set) {
	for i := range j.pairs {
		p := &j.pairs[i]
		set.Add(fmt.Sprintf("joint.%d_%d", p.first, p.second), p, nil)
	}
}

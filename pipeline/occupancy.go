package pipeline

import (
	"strings"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// How many entries of a structure a thread holds, added up over cycles, needs
// no look at each cycle: an entry that is taken in cycle a and given back in r
// is held at the end of r − a cycles. So each taking subtracts the time and
// each giving back adds it; what is held now counts as if it were given back
// now. That the sum over cycles is the sum over instructions of the time that
// each spends there is Little's law; it holds exactly, over any interval
// between two settlements, and builds that check count it both ways
// (residence.go).

// occupancy is the entries held, by structure, summed over cycles: divided by
// the cycles it is the mean. An entry counts in a cycle in which it is held at
// the end. Skipped idle cycles count.
type occupancy [scheduler.NumStructures]uint64

// Names are the structures.
func (*occupancy) Names() []stats.Desc {
	descs := make([]stats.Desc, scheduler.NumStructures)
	for s := range descs {
		name := scheduler.Structure(s).String()
		descs[s] = stats.Desc{
			Name: strings.ReplaceAll(name, "-", "_"), Unit: "entry-cycles",
			Doc: "entries held (" + name + "), summed over cycles: by cycles, the mean occupancy",
		}
	}
	return descs
}

// settleOccupancy brings a thread's counters up to now.
func (c *Core) settleOccupancy(t *thread) {
	for s := range t.stats.Occupancy {
		t.stats.Occupancy[s] = t.entryCycles[s] + uint64(t.held[s])*uint64(c.now)
	}
}

package results

import (
	"fmt"
	"slices"
)

// Structure is a part of the machine whose misses are worth a column: each
// counts an event per thousand committed instructions (MPKI).
type Structure struct {
	Key, Label string
	Events     string // that are counted, as on an axis
	Doc        string
	sizes      []string // paths of the configuration that say how large it is
	stat       string   // the counter: of the machine, and below threadN of each thread
}

// Structures lists them in the order of tables and figures.
var Structures = []Structure{
	{"l1i", "L1I", "L1I misses", "instruction lines that missed the first level", []string{"cache.l1i.size"}, "l1i.misses"},
	{"l1d", "L1D", "L1D misses", "data accesses that missed the first level and were not merged", []string{"cache.l1d.size"}, "l1d.misses"},
	{"l2", "L2", "L2 misses", "demand accesses that missed the second level", []string{"cache.l2.size"}, "l2.misses"},
	{"l3", "L3", "L3 misses", "demand accesses that missed the third level", []string{"cache.l3.size"}, "l3.misses"},
	{"l4", "L4", "L4 misses", "demand accesses that missed the fourth level", []string{"cache.l4.size"}, "l4.misses"},
	{"itlb", "I-TLB", "I-TLB misses", "translations of instruction pages that missed the first level and were not merged", []string{"tlb.i.entries", "tlb.i.large.entries"}, "tlb.i.misses"},
	{"dtlb", "D-TLB", "D-TLB misses", "translations of data pages that missed the first level and were not merged", []string{"tlb.d.entries", "tlb.d.large.entries"}, "tlb.d.misses"},
	{"tlb", "TLB", "L2 TLB misses (page walks)", "translations that missed the last-level TLB: page walks", []string{"tlb.l2.entries", "tlb.l2.large.entries"}, "tlb.l2.misses"},
	{"branch", "branch", "mispredictions", "mispredicted branches, direction or target", nil, "branch.mispredicted"},
}

// SizedBy is the structure whose size is at a path of the configuration; nil
// when the path is no such thing.
func SizedBy(path string) *Structure {
	for i := range Structures {
		if slices.Contains(Structures[i].sizes, path) {
			return &Structures[i]
		}
	}
	return nil
}

// MPKI is the structure's misses per thousand committed instructions of the
// thread that missed, averaged over the threads of r, or over its programs
// when they ran one after another. Every program so counts alike whatever its
// speed; misses over instructions of the whole machine would tell two
// disciplines apart by whom they let run more.
func (s *Structure) MPKI(r *Record) Number {
	var sum Number
	n := 0
	for i := range max(len(r.Threads), len(r.Programs)) {
		prefix := fmt.Sprintf("thread%d.", i)
		committed := r.Stats.Of(prefix + "committed")
		misses, ok := r.Stats.Lookup(prefix + s.stat)
		if ok && committed > 0 {
			sum += 1000 * Ratio(misses, committed)
			n++
		}
	}
	if n > 0 {
		return sum / Number(n)
	}
	misses, ok := r.Stats.Lookup(s.stat)
	if !ok {
		return Undefined
	}
	return 1000 * Ratio(misses, r.Instructions)
}

// MPKI finds the structure by key.
func MPKI(r *Record, key string) Number {
	for i := range Structures {
		if Structures[i].Key == key {
			return Structures[i].MPKI(r)
		}
	}
	return Undefined
}

// IssueShare is a part of all issue slots of a run; the parts sum to 1.
type IssueShare struct {
	Key, Label string
	Doc        string
	stat       string
}

// IssueShares splits width × cycles issue slots as the machine ledger has it
// (Tullsen, Eggers and Levy, ISCA 1995: vertical waste is the slots of cycles
// without any issue, horizontal waste the unused slots of the others).
var IssueShares = []IssueShare{
	{"retired", "retired", "slots whose instruction committed", "slots.issue.cause.retired"},
	{"inflight", "in flight", "slots whose instruction was in flight at the end", "slots.issue.cause.inflight"},
	{"replayed", "replayed", "slots whose instruction was squashed and issued again", "slots.issue.cause.replayed"},
	{"wrongpath", "wrong path", "slots whose instruction was on a mispredicted path", "slots.issue.cause.wrongpath"},
	{"horizontal", "horizontal waste", "unused slots of cycles in which something issued", "slots.issue.horizontal"},
	{"vertical", "vertical waste", "slots of cycles in which nothing issued", "slots.issue.vertical"},
}

// Of is the share of r's issue slots.
func (s *IssueShare) Of(r *Record) Number {
	part, ok := r.Stats.Lookup(s.stat)
	if !ok {
		return Undefined
	}
	return Ratio(part, r.Stats.Of("slots.issue.total"))
}

// Utilization is retired issue slots / (width × cycles).
func Utilization(s Stats) Number {
	return Ratio(s.Of("slots.issue.cause.retired"), s.Of("slots.issue.total"))
}

// Switches is how often the scheduler changed the foreground thread.
func Switches(r *Record) (n uint64, ok bool) { return r.Stats.Sum("scheduler.switches") }

// CheckLedger reports a machine ledger whose parts do not sum to the whole: a
// bug of the simulator that no figure should hide.
func CheckLedger(r *Record) error {
	total, ok := r.Stats.Lookup("slots.issue.total")
	if !ok {
		return nil
	}
	if want := uint64(r.Setup.Width) * r.Cycles; total != want {
		return fmt.Errorf("%s: slots.issue.total is %d, width × cycles is %d", r.Scheduler, total, want)
	}
	var sum uint64
	for _, s := range IssueShares {
		sum += r.Stats.Of(s.stat)
	}
	if sum != total {
		return fmt.Errorf("%s: the parts of slots.issue sum to %d of %d", r.Scheduler, sum, total)
	}
	return nil
}

// Shares are the shares of a run's issue slots, in the order of IssueShares;
// nil when they are not known. Programs that ran one after another share the
// time equally, as in Metrics: theirs are the means over their solo runs.
func (c *Comparison) Shares(r *Record) []Number {
	parts := []*Record{r}
	if r.BackToBack() {
		parts = nil
		for i := range r.Programs {
			solo := c.Baseline(r.Programs[i].Digest)
			if solo == nil {
				return nil
			}
			parts = append(parts, solo)
		}
	}
	shares := make([]Number, len(IssueShares))
	for k := range IssueShares {
		for _, part := range parts {
			shares[k] += IssueShares[k].Of(part)
		}
		shares[k] /= Number(len(parts))
		if !shares[k].Defined() {
			return nil
		}
	}
	return shares
}

// Contributions are each program's share of the throughput: its IPC over its
// own measured interval, or that divided by the number of programs when they
// share one context. They sum to the throughput that the threads reach while
// all of them run.
func Contributions(r *Record) []Number {
	out := make([]Number, len(r.Programs))
	share := uint64(1)
	if r.BackToBack() {
		share = uint64(len(r.Programs))
	}
	for i := range r.Programs {
		out[i] = Ratio(r.Programs[i].Instructions, r.Programs[i].Cycles*share)
	}
	return out
}

// Throughput is the sum of the contributions.
func Throughput(r *Record) (sum Number) {
	for _, c := range Contributions(r) {
		sum += c
	}
	return sum
}

package results

import (
	"slices"
	"strings"
)

// timeSpeedup is the time that the programs of r take one after another, each
// alone, over the time of r; alone[i] is the solo run of program i. It is
// undefined when one of them was not measured as a whole.
func timeSpeedup(r *Record, alone []*Record) Number {
	cycles := uint64(0)
	for i := range r.Programs {
		solo := alone[i]
		if solo == nil || !r.Programs[i].Whole || !solo.Programs[0].Whole {
			return Undefined
		}
		cycles += solo.Programs[0].Cycles
	}
	return Ratio(cycles, r.Cycles)
}

func (c *Comparison) records() []*Record { return slices.Concat(c.Runs, c.Baselines, c.Scaling) }

// parallel are the programs, by digest, that have had several software threads
// in some run. One that was measured before it made any counts as well.
func (c *Comparison) parallel() map[string]bool {
	digests := map[string]bool{}
	for _, r := range c.records() {
		for _, p := range r.Programs {
			if p.Threads > 1 {
				digests[p.Digest] = true
			}
		}
	}
	return digests
}

// Parallel reports whether some program has several software threads. Runs are
// then compared by time.
func (c *Comparison) Parallel() bool { return len(c.parallel()) > 0 }

// InterruptNote says which runs cannot be compared as the comparison was
// interrupted before the programs had run alone as far as there; empty when
// there are none.
func (c *Comparison) InterruptNote() string {
	if !c.Canceled || c.Parallel() {
		return ""
	}
	var lacking []string
	for i, label := range Labels(c.Runs) {
		if m := c.Runs[i].Metrics; m == nil || !m.Speedup.Defined() {
			lacking = append(lacking, label)
		}
	}
	if len(lacking) == 0 {
		return ""
	}
	return "Some programs had not yet run alone as far as they were measured under " + strings.Join(lacking, ", ") + ", so speedup, STP, ANTT and fairness are missing there."
}

// TimeNote says that runs are compared by time and what is missing for it;
// empty when they are compared by instructions.
func (c *Comparison) TimeNote() string {
	parallel := c.parallel()
	var names []string
	undefined := false
	for _, r := range c.Runs {
		undefined = undefined || r.Metrics == nil || !r.Metrics.Speedup.Defined()
		for _, p := range r.Programs {
			if parallel[p.Digest] && !slices.Contains(names, p.Workload) {
				names = append(names, p.Workload)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	verb := " has"
	if len(names) > 1 {
		verb = " have"
	}
	text := strings.Join(names, ", ") + verb + " several software threads, so runs are compared by time: the speedup is over the programs one after another on one hardware thread; STP, ANTT, fairness and NP, which compare instructions, are left out."
	if undefined {
		text += " A speedup needs whole programs (--warmup 0 --insts 0), or their regions of interest (with --roi)."
	}
	return text
}

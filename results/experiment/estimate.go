package experiment

import (
	"math"
	"slices"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Survey is what is to be done of a plan, or of a shard of it.
type Survey struct {
	Runs, Stored int
	// Baselines are the solo runs that the metrics of the runs need, besides
	// those that are runs of the plan themselves.
	Baselines, StoredBaselines int
	// Simulations are the runs and solo runs that are left to simulate; those of
	// programs one after another are made of solo runs.
	Simulations int
	// Instructions are those that are left to simulate, about; those executed
	// functionally count as what they cost.
	Instructions uint64
	// RunOn are those of Simulations in which a program that has been measured
	// runs on until the slowest of its mix has. Instructions are without that,
	// which depends on how much slower it is: a pointer chase let its neighbour
	// commit 40 times what was measured.
	RunOn int
	// Unknown are workloads of which nobody can tell how much there is to
	// simulate; Instructions are without them.
	Unknown []string
}

// Cost is what simulations take one worker, in seconds.
type Cost struct {
	Run         float64 // each, whatever its length: to build the machine, to touch its memory first, to store what came of it
	Instruction float64
}

// Guess is the cost when no run says better: a run of 2000 instructions on the
// default machine, stored, took 8 to 18 ms of a core of the 2020s.
var Guess = Cost{Run: 10e-3, Instruction: 1 / 4e6}

// storing is about what it takes to store a run, which its record cannot tell, in
// seconds.
const storing = 1e-3

// CostOf fits the cost to what runs took, by least squares of the relative
// error, as runs differ in length by orders of magnitude; false when none tells.
// Where all are so short or so long that one part is lost in the noise, that part
// is the guess, at most all that they took.
func CostOf(runs []*results.Record) (Cost, bool) {
	var n, sumX, sumY, sumXX, sumXY, seconds, instructions float64
	shortest, longest := math.Inf(1), 0.0
	for _, r := range runs {
		work := workOf(r)
		if r.BackToBack() || work == 0 || r.Host.Seconds <= 0 {
			continue // made of solo runs, or never measured
		}
		took := r.Host.Seconds + r.Host.Overhead + storing
		x, y := 1/work, took/work
		n, sumX, sumY, sumXX, sumXY = n+1, sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
		seconds, instructions = seconds+took, instructions+work
		shortest, longest = min(shortest, work), max(longest, work)
	}
	if n == 0 {
		return Guess, false
	}
	const even = 40_000 // instructions that take as long as the rest of a run, by the guess
	var c Cost
	switch spread := n*sumXX - sumX*sumX; {
	case longest < 10*even: // the instructions are lost
	case shortest > 100*even:
		c = Cost{Run: Guess.Run, Instruction: (seconds - n*Guess.Run) / instructions}
	case spread > 1e-6*n*sumXX:
		c.Run = (n*sumXY - sumX*sumY) / spread
		c.Instruction = (sumY - c.Run*sumX) / n
	}
	if c.Instruction <= 0 {
		c.Instruction = min(Guess.Instruction, seconds/instructions)
		c.Run = (seconds - c.Instruction*instructions) / n
	}
	if c.Run < 0 {
		c = Cost{Instruction: seconds / instructions}
	}
	return c, true
}

// workOf is how many instructions were simulated of a run, as Layout.work counts
// them.
func workOf(r *results.Record) (n float64) {
	for i := range r.Programs {
		n += float64(r.Programs[i].Instructions + r.Setup.Warmup + r.Setup.FastForward/functional)
	}
	return n
}

// Seconds is about how long it takes; undefined when there are workloads of
// unknown length.
func (s *Survey) Seconds(c Cost, workers int) results.Number {
	if len(s.Unknown) > 0 {
		return results.Undefined
	}
	return results.Number((float64(s.Simulations)*c.Run + float64(s.Instructions)*c.Instruction) / float64(max(workers, 1)))
}

// Survey finds out what is to be done when the runs of some keys have finished.
func (l *Layout) Survey(finished map[string]bool, shard Shard) *Survey {
	s := &Survey{}
	from, to := shard.Range(l.Len())
	s.Runs = to - from
	planned := map[string]bool{}
	solos := map[solo]bool{}
	add := func(programs []*workloads.Program) {
		n, unknown := l.work(programs)
		s.Simulations++
		s.Instructions += n
		if len(programs) > 1 && (l.Limits.Until == machine.UntilRepeat || l.Limits.Until == machine.UntilAll && l.Limits.Insts > 0) {
			s.RunOn++
		}
		for _, spec := range unknown {
			if !slices.Contains(s.Unknown, spec) {
				s.Unknown = append(s.Unknown, spec)
			}
		}
	}
	for i := from; i < to; i++ {
		id := l.Identity(i)
		key := id.Key()
		for _, k := range l.solos(i) {
			solos[k] = true
		}
		if len(id.Programs) == 1 {
			planned[key] = true
		}
		switch {
		case finished[key]:
			s.Stored++
		case !isSingle(id.Scheduler) || l.Interval > 0:
			add(l.Mixes[l.At(i).Mix].Programs)
		}
	}
	for k := range solos {
		key := l.soloIdentity(k).Key()
		if !planned[key] {
			s.Baselines++
		}
		switch {
		case !finished[key]:
			add(l.programs[k.program : k.program+1])
		case !planned[key]:
			s.StoredBaselines++
		}
	}
	slices.Sort(s.Unknown)
	return s
}

// functional is how much faster instructions are executed functionally, with
// caches and predictors kept warm: 14 times on pairs of sort, fft, bfs and lz.
const functional = 15

// work is about how many instructions are to be simulated of programs that run
// together, and those of unknown length.
func (l *Layout) work(programs []*workloads.Program) (n uint64, unknown []string) {
	for _, p := range programs {
		length := p.Instructions
		if l.Limits.FastForward > 0 {
			n += l.Limits.FastForward / functional
		}
		left := length - min(length, l.Limits.FastForward)
		asked := l.Limits.Warmup + l.Limits.Insts
		switch {
		case l.Limits.Insts == 0 && length == 0:
			unknown = append(unknown, p.Spec)
		case l.Limits.Insts == 0:
			n += left
		case length == 0 || l.Limits.Until == machine.UntilRepeat:
			n += asked
		default:
			n += min(left, asked)
		}
	}
	return n, unknown
}

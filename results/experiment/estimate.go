package experiment

import (
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
	// Instructions are those that are left to simulate, about; those executed
	// functionally count as what they cost.
	Instructions uint64
	// Unknown are workloads of which nobody can tell how much there is to
	// simulate; Instructions are without them.
	Unknown []string
}

// Speed is that of a simulation, in instructions a second of one worker, when
// no run says better.
const Speed = 4e6

// Seconds is about how long it takes, at so many thousand instructions a second
// a worker; undefined when there are workloads of unknown length.
func (s *Survey) Seconds(kips results.Number, workers int) results.Number {
	if len(s.Unknown) > 0 {
		return results.Undefined
	}
	speed := Speed
	if kips.Defined() && kips > 0 {
		speed = 1000 * float64(kips)
	}
	return results.Number(float64(s.Instructions) / speed / float64(max(workers, 1)))
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
		s.Instructions += n
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

// functional is how much faster instructions are executed functionally.
const functional = 100

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

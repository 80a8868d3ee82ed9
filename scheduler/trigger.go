package scheduler

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// trigger says which outstanding loads are long: those detected to miss a
// level, or those that have been out for a number of cycles since they were
// detected to miss the L1D or to need a page walk (T15 of Tullsen and Brown,
// MICRO 2001, who count from issue on; a load that is refused for want of a
// port or an MSHR has not been detected and is not long).
type trigger struct {
	level Level // NoLevel: by age
	age   isa.Cycle
}

// triggerParam is the trigger of a long-miss policy.
var triggerParam = Param{
	Name: "trigger", Doc: "loads that are long: detected to miss the second level (l2) or the last (llc), or out for N cycles since they were detected to miss the L1D or to need a page walk",
	Kind: ChoiceParam, Default: "l2", Choices: []string{"l2", "llc", "cycles:N"}, Min: 1, Max: 1 << 20,
}

func newTrigger(a Args) trigger {
	switch a.Choice("trigger") {
	case "l2":
		return trigger{level: L2}
	case "llc":
		return trigger{level: LLC}
	}
	return trigger{age: isa.Cycle(a.Int("trigger"))}
}

// levels are those whose detection matters.
func (g trigger) levels() [2]Level {
	if g.level != NoLevel {
		return [2]Level{g.level, NoLevel}
	}
	return [2]Level{L1, TLB}
}

// since is the cycle since which the thread has a long load, and whether it
// has one.
func (g trigger) since(t *Thread, now isa.Cycle) (isa.Cycle, bool) {
	first := isa.Never
	for _, l := range g.levels() {
		if m := &t.Misses[l]; l != NoLevel && m.Count > 0 && m.Oldest+g.age <= now {
			first = min(first, m.Oldest+g.age)
		}
	}
	return first, first != isa.Never
}

// next is the cycle in which the thread has a long load if nothing happens
// until then.
func (g trigger) next(t *Thread, now isa.Cycle) isa.Cycle {
	next := isa.Never
	for _, l := range g.levels() {
		if m := &t.Misses[l]; l != NoLevel && m.Count > 0 && m.Oldest+g.age > now {
			next = min(next, m.Oldest+g.age)
		}
	}
	return next
}

// squash asks for a thread to be squashed past its oldest long load.
func (g trigger) squash(p *Plan, c isa.Context, t *Thread, now isa.Cycle, keep int) {
	for _, l := range g.levels() {
		if m := &t.Misses[l]; l != NoLevel && m.Count > 0 && m.Oldest+g.age <= now {
			p.Squash = append(p.Squash, Squash{Thread: c, Past: l, Age: g.age, Keep: keep})
		}
	}
}

// long are the threads that run and have a long load, without the last to get
// one when all do: it goes on, so that some thread always does. It shortens the
// plan to the cycle in which the answer changes.
func (g trigger) long(p *Plan, v *View) isa.ContextSet {
	var set isa.ContextSet
	all, last, latest := true, isa.Context(0), isa.Cycle(0)
	for i := range v.Threads {
		t, c := &v.Threads[i], isa.Context(i)
		if t.State != Running {
			continue
		}
		since, long := g.since(t, v.Now)
		if !long {
			all = false
			p.Until = min(p.Until, g.next(t, v.Now))
			continue
		}
		// Of two that got theirs in the same cycle the lot of that cycle
		// decides, and does so as long as they wait.
		if set == 0 || since > latest || since == latest && lot(c, draw(since)) > lot(last, draw(since)) {
			last, latest = c, since
		}
		set = set.With(c)
		p.Until = min(p.Until, g.next(t, v.Now))
	}
	if all && set != 0 {
		set = set.Without(last)
	}
	return set
}

// sized reports structures whose size a policy needs and was not told.
func (e *Env) sized(structures ...Structure) error {
	for _, s := range structures {
		if e.Sizes[s] < 1 {
			return fmt.Errorf("scheduler: the size of %s is %d, below 1", s, e.Sizes[s])
		}
	}
	return nil
}

package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// coarse is coarse-grained multithreading, also called blocked or
// switch-on-event: one thread is in the foreground and alone fetches, until
// hardware detects that it waits for something long and another thread is
// ready (Weber and Gupta, ISCA 1989; APRIL, Agarwal et al., ISCA 1990).
//
// A switch is decided in the cycle after the detection and goes to the next
// ready thread, round-robin from the foreground. A thread is ready when it
// runs and has no outstanding miss of a listed level, of data or of
// instructions. The new foreground thread fetches penalty cycles after the
// decision. What the old one has fetched goes on, but with action=squash what
// is younger than the missing load is squashed and fetched again later, which
// frees the window for the new thread. A switch by the timer or the quantum
// squashes nothing.
//
// The timer counts cycles from the foreground's first fetch on, and is what lets
// threads progress that a spinning one waits for. The quantum counts the
// instructions that the foreground has committed since it was chosen: threads that
// seldom miss give way by it as often, in instructions, as those that miss often,
// which is the lever of fairness (Gabor, Weiss and Mendelson, MICRO 2006; they
// set it from measured IPCs, here it is a number).
//
// With on=long a division or a square root is a reason to switch from its issue
// until its result is there, as a miss is from its detection.
//
// When no other thread is ready, the foreground stays and goes on fetching; a
// foreground thread whose own miss has returned by the time another becomes
// ready keeps the foreground. A foreground thread that waits in the guest
// operating system, or a context left without one, gives way to any thread that runs.
//
// By default the last level and page walks switch: Montecito switches on the
// last level's misses (McNairy and Bhatia, IEEE Micro 2005), RS64-IV on its
// last level's and TLB misses too (Borkenhagen et al., IBM JRD 2000). Nearer
// misses are answered in about the time that a switch takes.
type coarse struct {
	width    int
	on       [NumLevels]bool
	squash   bool
	penalty  isa.Cycle
	timer    isa.Cycle // 0: none
	quantum  uint64    // 0: none
	counters Counters

	started    bool
	foreground isa.Context
	since      isa.Cycle // the foreground thread may fetch from then on
	committed  uint64    // instructions of it when it was given the foreground

	// The last switch: a plan for the cycle of its decision repeats it.
	switched bool
	decided  isa.Cycle
	left     isa.Context
	trigger  Level // what to squash past; NoLevel: nothing
}

var (
	_ Policy   = (*coarse)(nil)
	_ Counting = (*coarse)(nil)
)

func newCoarse(e Env, a Args) (Policy, Traits, error) {
	if err := e.Validate(); err != nil {
		return nil, Traits{}, err
	}
	c := &coarse{
		width:   e.FetchWidth,
		squash:  a.Choice("action") == "squash",
		penalty: isa.Cycle(a.Int("penalty")),
		timer:   isa.Cycle(a.Int("timer")),
		quantum: uint64(a.Int("quantum")),
	}
	for level := L1; level < NumLevels; level++ {
		c.on[level] = a.Has("on", level.String())
	}
	return c, Traits{Ages: true, Long: c.on[Long], Turn: c.turn()}, nil
}

// slowest is how many cycles each instruction of a quantum is taken to need at
// most: threads that are slower have long misses, by which they give way.
const slowest = 100

// turn is Traits.Turn: nothing but misses makes a thread give way that has
// neither timer nor quantum.
func (c *coarse) turn() isa.Cycle {
	switch {
	case c.timer > 0:
		return c.penalty + c.timer
	case c.quantum > 0:
		return c.penalty + slowest*isa.Cycle(c.quantum)
	}
	return 0
}

// Counters counts the switches so far. The whole penalty of a switch is
// counted when it is decided.
func (c *coarse) Counters() Counters { return c.counters }

func (c *coarse) Plan(p *Plan, v *View) {
	if !c.started {
		c.start(v)
	}
	// None while a switch is under way. A second look at the cycle of a switch
	// without a penalty finds a foreground with no reason to switch again.
	if v.Now >= c.since {
		c.decide(v)
	}
	if c.switched && c.decided == v.Now && c.trigger != NoLevel {
		p.Squash = append(p.Squash, Squash{Thread: c.left, Past: c.trigger})
	}
	p.Owner = int(c.foreground)
	switch {
	case v.Now < c.since:
		p.Switching, p.Until = true, c.since
	case v.Threads[c.foreground].State == Running:
		p.grant(c.foreground, c.width)
		if end := c.since + c.timer; c.timer > 0 && end > v.Now {
			p.Until = end
		}
	}
}

// start gives the foreground to the first thread that runs, at no cost.
func (c *coarse) start(v *View) {
	for t := range v.Threads {
		if v.Threads[t].State == Running {
			c.started, c.foreground, c.since, c.committed = true, isa.Context(t), v.Now, v.Threads[t].Committed
			return
		}
	}
}

// decide switches if there is a reason and a thread to switch to.
func (c *coarse) decide(v *View) {
	f := &v.Threads[c.foreground]
	timeout := c.timer > 0 && v.Now >= c.since+c.timer || c.quantum > 0 && f.Committed-c.committed >= c.quantum
	running := f.State == Running
	level, missing := NoLevel, false
	if running {
		if level, missing = c.missing(f); !missing && !timeout {
			return
		}
	}
	next, ok := c.next(v, !running)
	if !ok {
		return
	}
	c.counters.Switches++
	c.counters.SwitchCycles += uint64(c.penalty)
	if running && !missing {
		c.counters.TimerSwitches++
	}
	if !c.squash {
		level = NoLevel
	}
	c.switched, c.decided, c.left, c.trigger = true, v.Now, c.foreground, level
	c.foreground, c.since, c.committed = next, v.Now+c.penalty, v.Threads[next].Committed
}

// next is the first ready thread after the foreground in rotation; failing
// that, with unready, the first that runs.
func (c *coarse) next(v *View, unready bool) (isa.Context, bool) {
	n := len(v.Threads)
	second, found := isa.Context(0), false
	for i, t := 1, int(c.foreground); i < n; i++ {
		if t++; t == n {
			t = 0
		}
		if v.Threads[t].State != Running {
			continue
		}
		if _, missing := c.missing(&v.Threads[t]); !missing {
			return isa.Context(t), true
		}
		if unready && !found {
			second, found = isa.Context(t), true
		}
	}
	return second, found
}

// missing reports whether the thread has an outstanding miss that switches,
// and the level past whose oldest load to squash: that of the load fetched
// first, NoLevel when only the fetch of instructions misses.
func (c *coarse) missing(t *Thread) (Level, bool) {
	level, oldest := NoLevel, isa.Never
	for l := L1; l < NumLevels; l++ {
		if m := &t.Misses[l]; c.on[l] && m.Count > 0 && (level == NoLevel || m.Load < oldest) {
			level, oldest = l, m.Load
		}
	}
	return level, level != NoLevel || c.fetchMisses(t.FetchMiss)
}

// fetchMisses reports whether an instruction fetch that has missed down to
// the given level switches. A miss of the last level has missed the nearer
// ones; a page walk is none of a cache.
func (c *coarse) fetchMisses(deepest Level) bool {
	if deepest == TLB {
		return c.on[TLB]
	}
	for l := L1; l <= deepest; l++ {
		if c.on[l] {
			return true
		}
	}
	return false
}

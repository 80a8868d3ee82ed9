package pipeline

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// sharingRule says how much of a structure one thread may hold. One rule with
// one meaning serves every structure:
//
//	shared        any free entry
//	static        an equal part of the entries for each context
//	cap:N         N entries; of a structure that has no more, any
//	watermark:N   the entries without those that others hold or have reserved,
//	              N each: size − Σ over the others of max(N, what it holds)
//
// With +active only contexts that run count: static parts are those of the
// threads that run, only they have reserves, and one that runs alone is not
// capped. Intel's and AMD's processors recombine what they split when a
// sibling halts. A context runs unless all its software threads wait in the
// guest operating system or it has none.
type sharingRule struct {
	kind   sharingKind
	n      int // entries, of capped and watermark
	active bool
}

type sharingKind uint8

const (
	shared sharingKind = iota
	static
	capped
	watermark
)

// activeSuffix makes a rule count only the contexts that run.
const activeSuffix = "+active"

func parseSharing(s string) (sharingRule, error) {
	rule := sharingRule{}
	name := s
	name, rule.active = strings.CutSuffix(name, activeSuffix)
	name, num, counted := strings.Cut(name, ":")
	switch name {
	case "shared":
		if rule.active {
			return rule, fmt.Errorf("%q: what is shared has no parts that could depend on who runs", s)
		}
	case "static":
		rule.kind = static
	case "cap":
		rule.kind = capped
	case "watermark":
		rule.kind = watermark
	default:
		return rule, fmt.Errorf("%q is none of shared, static, cap:N, watermark:N, the last three also with %s", s, activeSuffix)
	}
	if wants := rule.kind >= capped; wants || counted {
		n, err := strconv.ParseInt(num, 10, 32)
		if !wants || err != nil || n < 1 {
			if !wants {
				return rule, fmt.Errorf("%q: %s takes no number", s, name)
			}
			return rule, fmt.Errorf("%q: N in %s:N is an integer from 1 to %d", s, name, math.MaxInt32)
		}
		rule.n = int(n)
	}
	return rule, nil
}

// fits says why the rule cannot give each of contexts threads an entry of its
// own, if it cannot. Without one a thread might never move.
func (r sharingRule) fits(size, contexts int) error {
	switch {
	case r.kind == static && size < contexts:
		return fmt.Errorf("static leaves %d contexts no entry of %d", contexts, size)
	case r.kind == watermark && r.n*contexts > size:
		return fmt.Errorf("watermark:%d reserves %d for %d contexts, and %d exist", r.n, r.n*contexts, contexts, size)
	}
	return nil
}

// entries are the entries of one structure, and who may take one. How many
// each thread holds is in the view, where policies see it.
type entries struct {
	of   scheduler.Structure
	rule sharingRule
	size int
	free int // held by no thread

	limit    int            // most that one thread may hold, whatever the others hold
	reserved isa.ContextSet // of a watermark: the contexts that have a reserve
}

// newEntries makes the free entries of a structure for threads that all run.
func newEntries(of scheduler.Structure, b Buffer, contexts int) (entries, error) {
	if b.Size == 0 {
		return entries{of: of}, nil // not there
	}
	rule, err := parseSharing(b.Sharing)
	if err == nil {
		err = rule.fits(b.Size, contexts)
	}
	e := entries{of: of, rule: rule, size: b.Size, free: b.Size}
	e.divide(isa.FirstContexts(contexts))
	return e, err
}

// divide sets the limits for the contexts that count. A static part that does
// not divide evenly is rounded down; the rest stays unused, as it would in
// hardware.
func (e *entries) divide(among isa.ContextSet) {
	n := max(bits.OnesCount64(uint64(among)), 1)
	e.limit = e.size
	switch e.rule.kind {
	case static:
		e.limit = e.size / n
	case capped:
		if n > 1 || !e.rule.active {
			e.limit = min(e.rule.n, e.size)
		}
	case watermark:
		e.limit = e.size - e.rule.n*(n-1)
		e.reserved = among
	}
}

// most is what one thread can hold at any time.
func (e *entries) most() int {
	if e.rule.active {
		return e.size
	}
	return e.limit
}

// allowed is the most that a thread may hold at this moment: of a watermark,
// what the others leave to it.
func (e *entries) allowed(threads []scheduler.Thread, ctx isa.Context) int {
	if e.rule.kind != watermark {
		return e.limit
	}
	limit := e.size
	for i := range threads {
		if isa.Context(i) == ctx {
			continue
		}
		held := threads[i].Occupancy[e.of]
		if e.reserved.Has(isa.Context(i)) {
			held = max(held, e.rule.n)
		}
		limit -= held
	}
	return limit
}

// space is how many more entries a thread may take now. It is negative while
// a thread holds more than it may, as after another has woken.
func (e *entries) space(threads []scheduler.Thread, ctx isa.Context) int {
	return min(e.free, e.allowed(threads, ctx)-threads[ctx].Occupancy[e.of])
}

// take counts one more entry of a structure for a thread.
func (c *Core) take(t *thread, s scheduler.Structure) {
	c.entries[s].free--
	t.held[s]++
	t.entryCycles[s] -= uint64(c.now)
}

// release counts one entry less.
func (c *Core) release(t *thread, s scheduler.Structure) {
	c.entries[s].free++
	t.held[s]--
	t.entryCycles[s] += uint64(c.now)
}

// takeN counts n more entries of a structure for a thread, or -n less.
func (c *Core) takeN(t *thread, s scheduler.Structure, n int) {
	c.entries[s].free -= n
	t.held[s] += n
	t.entryCycles[s] -= uint64(n) * uint64(c.now)
}

// room reports whether a thread may take one more entry of a structure: the
// structure has a free one and the thread is below its limit.
func (c *Core) room(t *thread, s scheduler.Structure) bool { return c.space(t, s) > 0 }

// space is how many more entries of a structure a thread may take; below one
// it may take none.
func (c *Core) space(t *thread, s scheduler.Structure) int {
	return min(c.entries[s].free, t.limit[s]-t.held[s])
}

// bound finds the limits of a thread before its turn to take entries, where
// they depend on what others hold or on the plan. They are kept by thread so
// that space, which is asked several times for each instruction, is inlined.
func (c *Core) bound(t *thread) {
	for s := range c.entries {
		t.limit[s] = c.entries[s].allowed(c.view.Threads, t.ctx)
		if c.plan.Caps != nil {
			if most := c.plan.Caps[s][t.ctx]; most > 0 {
				t.limit[s] = min(t.limit[s], most)
			}
		}
	}
}

// boundAll finds the limits of all threads, and whether they depend on what
// others hold or on the plan.
func (c *Core) boundAll() {
	c.bounded = c.plan.Caps != nil
	for s := range c.entries {
		c.bounded = c.bounded || c.entries[s].rule.kind == watermark
	}
	for i := range c.threads {
		c.bound(&c.threads[i])
	}
}

// limitOf is the most entries of a structure that a thread may hold, whatever
// the others hold.
func (c *Core) limitOf(t *thread, s scheduler.Structure) int {
	limit := c.entries[s].limit
	if c.plan.Caps != nil {
		if n := c.plan.Caps[s][t.ctx]; n > 0 {
			limit = min(limit, n)
		}
	}
	return limit
}

// divide shares the structures anew whose rule counts only contexts that run.
func (c *Core) divide() {
	if !c.modal {
		return
	}
	var running isa.ContextSet
	for i := range c.threads {
		if !c.threads[i].parked() {
			running = running.With(isa.Context(i))
		}
	}
	for s := range c.entries {
		if e := &c.entries[s]; e.rule.active {
			e.divide(running)
		}
	}
	c.boundAll()
}

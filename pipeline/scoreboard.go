package pipeline

import (
	"github.com/threadmill-sim/threadmill/internal/valid"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// In order, a thread's oldest instruction that has not issued is the only one
// that may (several in one cycle, one after the other), and a scoreboard says
// when (Thornton, Design of a Computer: the Control Data 6600, 1970; without
// its queues at the units):
//
//   - its operands are there (read after write), by bypass or from the
//     registers. A store waits for its address only; its data goes to the store
//     queue when it comes.
//   - with architectural registers it would not write its destination before or
//     together with an older writer of it (write after write). Operands are
//     read in order, so nothing is written before it has been read.
//   - with completion in order it would not be done before its predecessor.
//   - its thread has fewer loads outstanding that are known to miss than stop
//     it. 1 is a thread that blocks on a miss (Niagara), 2 lets others issue
//     under one miss, hits and one more miss; then it stops. 0 stops on use
//     alone.
//
// With renamed registers the second is left to rename registers, as out of
// order. The window remains: an instruction commits in order, so a core that
// lets instructions leave out of order is one with a large core.rob.

// ScoreboardSpec configures in-order issue.
type ScoreboardSpec struct {
	Registers  string `toml:"registers" doc:"in order: renamed, results go to rename registers; architectural, to the registers themselves: a result waits for older ones of its register, and the number of rename registers bounds nothing; empty: renamed"`
	Completion string `toml:"completion" doc:"in order: out-of-order, an instruction may be done before its predecessor; in-order, it issues only when it will not; empty: out-of-order"`
	Misses     int    `toml:"misses" doc:"in order: outstanding loads known to miss the L1D or the D-TLB with which a thread stops issuing; 1 blocks on a miss, 0 never: it stops on use"`
}

// Where in-order results go.
const (
	RenamedRegisters       = "renamed"
	ArchitecturalRegisters = "architectural"
)

func (s *ScoreboardSpec) validate(v *valid.Errors, path, order string) {
	v.OneOf(path+".registers", s.Registers, "", RenamedRegisters, ArchitecturalRegisters)
	v.OneOf(path+".completion", s.Completion, "", OutOfOrder, InOrder)
	v.Between(path+".misses", s.Misses, 0, maxEntries)
	if order == InOrder {
		return
	}
	for _, k := range []struct {
		set  bool
		name string
	}{
		{s.Registers == ArchitecturalRegisters, "registers"}, {s.Completion == InOrder, "completion"}, {s.Misses > 0, "misses"},
	} {
		if k.set {
			v.Addf("%s.%s: has a meaning for issue.order = %q alone", path, k.name, InOrder)
		}
	}
}

// scoreboard is what the scoreboard asks.
type scoreboard struct {
	architectural, inOrder bool
	misses                 int
}

func newScoreboard(s ScoreboardSpec) scoreboard {
	return scoreboard{s.Registers == ArchitecturalRegisters, s.Completion == InOrder, s.Misses}
}

// mayIssueAt is the first cycle in which the scoreboard lets u issue, the
// oldest of its thread that has not; isa.Never while that is not known.
func (c *Core) mayIssueAt(t *thread, u *uop) isa.Cycle {
	s := &c.scoreboard
	if s.misses > 0 && c.missing(t) >= s.misses {
		return isa.Never
	}
	at := isa.Cycle(0)
	if older := c.olderWriter(u); older != nil {
		at = c.notBefore(older, u, 1)
	}
	if s.inOrder && u.pos > t.head {
		at = max(at, c.notBefore(&c.pool.uops[t.at(u.pos-1)], u, 0))
	}
	return at
}

// missing is the number of a thread's loads that are known to miss.
func (c *Core) missing(t *thread) int {
	return len(t.missed) - c.view.Threads[t.ctx].Misses[scheduler.Long].Count
}

// olderWriter is the writer in flight of the architectural register that u
// writes, nil if there is none.
func (c *Core) olderWriter(u *uop) *uop {
	if !c.scoreboard.architectural || u.dyn.Inst.Dst == isa.NoReg || u.prev == 0 {
		return nil
	}
	_, older := c.pool.live(u.prev)
	return older
}

// notBefore is the first cycle in which u can issue so that its result comes
// at least lag cycles after that of older, which has issued.
func (c *Core) notBefore(older, u *uop, lag isa.Cycle) isa.Cycle {
	if older.doneAt == isa.Never {
		return isa.Never
	}
	there := older.doneAt + 1 - c.units[older.unit].settles
	return max(there+lag, c.units[u.unit].latency) - c.units[u.unit].latency
}

// nextInOrder is the first cycle after this one in which the scoreboard lets
// the thread's next instruction issue, if nothing else happens before.
func (c *Core) nextInOrder(t *thread) isa.Cycle {
	pos := t.firstQueued()
	if pos == t.renamed {
		return isa.Never
	}
	return c.mayIssueAt(t, &c.pool.uops[t.at(pos)])
}

// scoreboardClass is the class of the slots that a thread does not use because
// of the scoreboard, and whether that is why.
func (c *Core) scoreboardClass(t *thread, u *uop) (slotClass, bool) {
	s := &c.scoreboard
	switch {
	case c.mayIssueAt(t, u) <= c.now:
		return 0, false
	case s.misses > 0 && c.missing(t) >= s.misses:
		for _, id := range t.missed {
			if p := &c.pool.uops[id]; p.load() {
				return c.waitsOf(id, p), true
			}
		}
	}
	if older := c.olderWriter(u); older != nil && c.notBefore(older, u, 1) > c.now {
		return c.resultClass(u.prev.id()), true
	}
	return c.resultClass(t.at(u.pos - 1)), true
}

// entriesOf is a structure as the core has it: registers that are not renamed
// bound nothing beyond the ROB.
func (s *Spec) entriesOf(of scheduler.Structure, b Buffer) Buffer {
	if s.Scoreboard.Registers == ArchitecturalRegisters && (of == scheduler.IntRegisters || of == scheduler.FPRegisters) {
		return Buffer{s.ROB.Size, "shared"}
	}
	return b
}

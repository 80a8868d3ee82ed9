package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// A policy that predicts loads follows each through the pipeline
// (scheduler.LoadWatcher). All of this is called only when there is one.

// watched is what the core keeps of a load for the policy.
type watched struct {
	note uint8
	open bool // it has not had its data since it was fetched
}

// watchedLoad is a load as the policy knows it.
func (c *Core) watchedLoad(id uopID, u *uop) scheduler.Load {
	return scheduler.Load{Thread: u.ctx, PC: u.dyn.PC, Note: c.pool.mems[id].watched.note}
}

func (c *Core) watchFetched(id uopID, u *uop) {
	c.pool.mems[id].watched = watched{note: c.watcher.LoadFetched(u.ctx, u.dyn.PC), open: true}
}

func (c *Core) watchMissed(id uopID, u *uop, level scheduler.Level) {
	if m := &c.pool.mems[id]; m.watched.open {
		m.watched.note = c.watcher.LoadMissed(c.watchedLoad(id, u), level)
	}
}

// watchDone is told of a load's data while it still counts as missing.
func (c *Core) watchDone(id uopID, u *uop) {
	m := &c.pool.mems[id]
	l := c.watchedLoad(id, u)
	since := isa.Never
	for level, when := range m.detected {
		if m.levels&(1<<level) != 0 {
			since = min(since, when)
		}
	}
	if since != isa.Never {
		l.Waited = c.now - since
	}
	m.watched = watched{note: c.watcher.LoadDone(l)}
}

func (c *Core) watchSquashed(id uopID, u *uop) {
	if u.load() && c.pool.mems[id].watched.open {
		c.watcher.LoadSquashed(c.watchedLoad(id, u))
	}
}

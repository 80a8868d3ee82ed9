package pipeline

import (
	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// cacheClient and mmuClient take the answers of the memory system.
type (
	cacheClient struct{ c *Core }
	mmuClient   struct{ c *Core }
)

var (
	_ cache.Client = cacheClient{}
	_ tlb.Client   = mmuClient{}
)

// Filled is the arrival of a line.
func (k cacheClient) Filled(now isa.Cycle, answer uint64) {
	c, tg := k.c, tag(answer)
	switch tg.kind() {
	case tagFetch:
		c.fetchAnswer(tg, false)
	case tagDrain0, tagDrain1:
		t := &c.threads[tg.id()]
		if c.buffered {
			t.buffer.entryDrained(tg.seq())
		} else {
			t.stores.at(tg.seq()).remaining--
		}
	default:
		if id, u := c.pool.live(tg); u != nil {
			c.lineArrived(id, u, now)
		}
	}
}

// Missed is the end of a level's lookup that did not find the line.
func (k cacheClient) Missed(now isa.Cycle, answer uint64, level int) {
	c, tg := k.c, tag(answer)
	if tg.kind() <= tagPiece1 {
		if id, u := c.pool.live(tg); u != nil {
			m := &c.pool.mems[id]
			m.missed = max(m.missed, uint8(level))
		}
	}
	switch level {
	case 1:
		c.missed(now, tg, scheduler.L1)
	case 2:
		c.missed(now, tg, scheduler.L2)
	}
	if level == c.lastLevel {
		c.missed(now, tg, scheduler.LLC)
	}
}

// Translated is the arrival of a translation: the access goes on.
func (k mmuClient) Translated(_ isa.Cycle, answer uint64) {
	c, tg := k.c, tag(answer)
	if tg.kind() == tagFetch {
		c.fetchAnswer(tg, true)
		return
	}
	id, u := c.pool.live(tg)
	if u == nil {
		return
	}
	line := int(tg.kind() - tagPiece0)
	c.translatedLine(&c.pool.mems[id], line, c.parts.MMU.Physical(u.dyn.ASID, c.pieceAddr(u, line)))
	c.accessLine(&c.threads[u.ctx], id, u, line)
}

// Walking is the start of a page walk.
func (k mmuClient) Walking(now isa.Cycle, answer uint64) { k.c.missed(now, tag(answer), scheduler.TLB) }

// missed records what hardware has detected of a load or an instruction fetch.
func (c *Core) missed(now isa.Cycle, tg tag, level scheduler.Level) {
	switch tg.kind() {
	case tagDrain0, tagDrain1:
		return
	case tagFetch:
		t := &c.threads[tg.id()]
		if f := &t.ifetch; f.gen == tg.seq() && f.pending != scheduler.NotStalled {
			f.level = max(f.level, level)
		}
		return
	}
	id, u := c.pool.live(tg)
	if u == nil || u.store() {
		return
	}
	m := &c.pool.mems[id]
	if m.levels&(1<<level) != 0 {
		return
	}
	t := &c.threads[u.ctx]
	if m.levels == 0 {
		t.missed = append(t.missed, id)
	}
	m.levels |= 1 << level
	m.detected[level] = now
	c.view.Threads[u.ctx].Misses[level].Count++
	t.missesChanged = true
	if c.watcher != nil {
		c.watchMissed(id, u, level)
	}
}

// forgetMiss takes a load that has its data, or is squashed, off the list of
// misses.
func (c *Core) forgetMiss(t *thread, id uopID) {
	m := &c.pool.mems[id]
	if m.levels == 0 {
		return
	}
	for level := scheduler.L1; level < scheduler.NumLevels; level++ {
		if m.levels&(1<<level) != 0 {
			c.view.Threads[t.ctx].Misses[level].Count--
		}
	}
	m.levels = 0
	for i, other := range t.missed {
		if other == id {
			t.missed = append(t.missed[:i], t.missed[i+1:]...)
			break
		}
	}
	t.missesChanged = true
}

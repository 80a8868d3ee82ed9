package cache

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

// answer is one call that a client got.
type said struct {
	tag   uint64
	at    isa.Cycle
	level int // 0: filled
}

// recorder is a client that keeps what it is told.
type recorder struct{ said []said }

func (c *recorder) Filled(now isa.Cycle, tag uint64) { c.said = append(c.said, said{tag, now, 0}) }
func (c *recorder) Missed(now isa.Cycle, tag uint64, level int) {
	c.said = append(c.said, said{tag, now, level})
}

// of lists what was said about a tag, as "level@cycle", filled as "filled@cycle".
func (c *recorder) of(tag uint64) string {
	s := ""
	for _, a := range c.said {
		if a.tag != tag {
			continue
		}
		if s != "" {
			s += " "
		}
		if a.level == 0 {
			s += fmt.Sprintf("filled@%d", a.at)
		} else {
			s += fmt.Sprintf("L%d@%d", a.level, a.at)
		}
	}
	return s
}

// filled is the cycle in which a tag was filled.
func (c *recorder) filled(tag uint64) (isa.Cycle, bool) {
	for _, a := range c.said {
		if a.tag == tag && a.level == 0 {
			return a.at, true
		}
	}
	return 0, false
}

// Latencies of threeLevels.
const (
	testL1     = 4
	testL2     = 14
	testL3     = 40
	testMemory = 200
)

// threeLevels is a small hierarchy: 4 KiB L1s, 16 KiB L2, 64 KiB L3.
func threeLevels() Spec {
	l1 := Level{Size: 4 << 10, Ways: 4, Line: 64, Latency: testL1, MSHRs: 8, Replacement: "lru"}
	return Spec{
		L1I:    l1,
		L1D:    l1,
		L2:     &Level{Size: 16 << 10, Ways: 8, Line: 64, Latency: testL2, MSHRs: 16, Interval: 1, Replacement: "lru"},
		L3:     &Level{Size: 64 << 10, Ways: 16, Line: 64, Latency: testL3, MSHRs: 32, Interval: 2, Replacement: "lru"},
		Memory: fmt.Sprintf("fixed:latency=%d,bytes=16,cycles=1", testMemory),
	}
}

func build(t testing.TB, spec Spec, contexts int) (*Hierarchy, *recorder) {
	t.Helper()
	h, err := New(spec, contexts, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &recorder{}
	h.Attach(c, c)
	return h, c
}

// settle processes events until none is left and returns the last one's cycle.
func settle(h *Hierarchy) isa.Cycle {
	var last isa.Cycle
	for h.NextEvent() != isa.Never {
		last = h.NextEvent()
		h.Tick(last)
	}
	return last
}

// counters are the statistics by name.
func counters(h *Hierarchy) map[string]uint64 {
	var set stats.Set
	h.AddStats(&set)
	values := set.Snapshot(nil)
	m := map[string]uint64{}
	for i, d := range set.Descs() {
		m[d.Name] = values[i]
	}
	return m
}

// load makes an access that must be accepted, and reports whether it hit.
func load(t testing.TB, h *Hierarchy, now isa.Cycle, addr isa.Addr, tag uint64) bool {
	t.Helper()
	return access(t, h, now, Request{Addr: addr, Kind: Read, Tag: tag})
}

func access(t testing.TB, h *Hierarchy, now isa.Cycle, r Request) bool {
	t.Helper()
	hit, why := h.Access(now, r)
	if why != Accepted {
		t.Fatalf("cycle %d: %+v refused: %v", now, r, why)
	}
	return hit
}

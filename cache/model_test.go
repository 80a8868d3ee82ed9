package cache

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// model is a cache as a map from set to lines, least recently used first.
type model struct {
	sets, ways uint64
	lines      map[uint64][]modelLine
	below      *model // nil: memory
	writes     int    // dirty lines that reached memory
}

type modelLine struct {
	line  uint64
	dirty bool
}

// use moves a line to the end of its set and reports whether it was there.
func (m *model) use(line uint64, dirty bool) bool {
	set := m.lines[line%m.sets]
	for i, l := range set {
		if l.line == line {
			l.dirty = l.dirty || dirty
			m.lines[line%m.sets] = append(append(set[:i:i], set[i+1:]...), l)
			return true
		}
	}
	return false
}

// put inserts a line; a dirty victim goes below, where it needs no fetch.
func (m *model) put(line uint64, dirty bool) {
	set := append(m.lines[line%m.sets], modelLine{line, dirty})
	if uint64(len(set)) > m.ways {
		victim := set[0]
		set = set[1:]
		if victim.dirty && m.below == nil {
			m.writes++
		} else if victim.dirty && !m.below.use(victim.line, true) {
			defer m.below.put(victim.line, true)
		}
	}
	m.lines[line%m.sets] = set
}

// access is a demand access; it returns the level that had the line, 3 for memory.
func (m *model) access(line uint64, write bool) int {
	if m.use(line, write) {
		return 1
	}
	level := 2
	if !m.below.use(line, false) {
		level = 3
		m.below.put(line, false)
	}
	m.put(line, write)
	return level
}

// Random loads and stores, one after the other, hit where the map model says,
// and as many dirty lines reach memory.
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Sets that are a power of two and sets that are not.
		l1Sets := rapid.SampledFrom([]int{1, 3, 4}).Draw(t, "l1 sets")
		l2Sets := rapid.SampledFrom([]int{1, 5, 8}).Draw(t, "l2 sets")
		l1Ways, l2Ways := rapid.IntRange(1, 4).Draw(t, "l1 ways"), rapid.IntRange(1, 4).Draw(t, "l2 ways")
		spec := threeLevels()
		spec.L3 = nil
		spec.L1D.Size, spec.L1D.Ways = Bytes(l1Sets*l1Ways*64), l1Ways
		spec.L2.Size, spec.L2.Ways = Bytes(l2Sets*l2Ways*64), l2Ways
		h, err := New(spec, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		c := &recorder{}
		h.Attach(c, c)
		l2 := &model{sets: uint64(l2Sets), ways: uint64(l2Ways), lines: map[uint64][]modelLine{}}
		l1 := &model{sets: uint64(l1Sets), ways: uint64(l1Ways), lines: map[uint64][]modelLine{}, below: l2}

		now := isa.Cycle(0)
		for i, step := range rapid.SliceOfN(rapid.IntRange(0, 63), 100, 300).Draw(t, "accesses") {
			line, write := uint64(step>>1), step&1 != 0
			now += 1000
			r := Request{Addr: isa.Addr(line*64 + 8), Kind: Read, Tag: uint64(i)}
			if write {
				r.Kind = Write
			}
			level := l1.access(line, write)
			hit, why := h.Access(now, r)
			settle(h)
			if why != Accepted || hit != (level == 1) {
				t.Fatalf("access %d: hit %v, %v; the model's level is %d", i, hit, why, level)
			}
			if hit {
				continue
			}
			filled, _ := c.filled(uint64(i))
			if want := now + []isa.Cycle{2: testL2, 3: testMemory}[level]; filled != want {
				t.Fatalf("access %d: filled at %d, want %d (level %d)", i, filled, want, level)
			}
		}
		if s := counters(h); s["memory.writes"] != uint64(l2.writes) {
			t.Fatalf("%d lines were written to memory, the model has %d", s["memory.writes"], l2.writes)
		}
		audit(h)
	})
}

// audit runs the conservation checks and counts all lines.
func audit(h *Hierarchy) {
	h.check()
	for i := range h.levels {
		h.levels[i].audit()
		h.auditInclusion(i)
	}
}

// timed is an access after a pause.
type timed struct {
	gap isa.Cycle
	r   Request
}

// traffic draws a configuration with every feature and accesses that press
// on few sets.
func traffic(t *rapid.T) (Spec, []timed) {
	spec := threeLevels()
	spec.Memory = "fixed:latency=60,bytes=8,cycles=1"
	spec.L3.Latency = 30
	replacements := rapid.SampledFrom(replacement.Catalog.Names())
	for i, l := range []*Level{&spec.L1I, &spec.L1D, spec.L2, spec.L3} {
		l.Replacement = replacements.Draw(t, "replacement")
		l.MSHRs = rapid.IntRange(1, 4).Draw(t, "mshrs")
		l.Targets = rapid.IntRange(0, 2).Draw(t, "targets")
		l.Banks = rapid.IntRange(0, 2).Draw(t, "banks")
		l.ThreadMSHRs = rapid.IntRange(0, 2).Draw(t, "thread mshrs")
		if l.FillInterval = rapid.IntRange(0, 3).Draw(t, "fill interval"); i < 2 {
			l.FillInterval *= min(l.Banks, 1)
		}
		l.Interval = rapid.IntRange(1, 5).Draw(t, "interval")
		l.Prefetcher = rapid.SampledFrom(prefetch.Catalog.Names()).Draw(t, "prefetcher")
		l.PrefetchReserve = rapid.IntRange(0, l.MSHRs-1).Draw(t, "reserve")
		l.Ways = 2
		l.Partition = rapid.SampledFrom([]string{"", "none", "static", "1", "0+0-1"}).Draw(t, "partition")
		l.Size = Bytes(2 * l.Line << (i + 1) / 2)
		l.Write = rapid.SampledFrom([]string{WriteBack, WriteThrough}).Draw(t, "write")
		l.StoreMiss = rapid.SampledFrom([]string{Allocate, NoAllocate}).Draw(t, "store miss")
	}
	if spec.L1I.Prefetcher == "stride" { // which is for loads
		spec.L1I.Prefetcher = NoPrefetcher
	}
	spec.L1D.Ports = rapid.IntRange(0, 2).Draw(t, "ports")
	if spec.L1D.Write == WriteThrough || spec.L1D.StoreMiss == NoAllocate {
		spec.L1D.WriteBuffer = rapid.IntRange(1, 3).Draw(t, "write buffer")
	}
	for _, l := range []*Level{spec.L2, spec.L3} {
		l.Inclusion = rapid.SampledFrom([]string{"", NoInclusion, Inclusive}).Draw(t, "inclusion")
	}
	if rapid.IntRange(0, 3).Draw(t, "exclusive") == 0 {
		spec.L3.Inclusion, spec.L3.Prefetcher = Exclusive, ""
		for _, l := range []*Level{spec.L2, spec.L3} {
			l.Write, l.StoreMiss = WriteBack, Allocate
		}
	}
	if rapid.Bool().Draw(t, "small L1D lines") {
		spec.L1D.Line = 16
	}
	switch rapid.IntRange(0, 2).Draw(t, "levels") {
	case 0:
		spec.L2, spec.L3 = nil, nil
	case 1:
		spec.L3 = nil
	}
	one := rapid.Custom(func(t *rapid.T) timed {
		return timed{
			gap: isa.Cycle(rapid.IntRange(0, 12).Draw(t, "gap")),
			r: Request{
				Addr:   isa.Addr(rapid.IntRange(0, 600).Draw(t, "word") * 8),
				Thread: isa.Context(rapid.IntRange(0, 1).Draw(t, "thread")),
				PC:     isa.Addr(rapid.IntRange(0, 2).Draw(t, "pc") * 4),
				Kind:   Kind(rapid.IntRange(0, int(numKinds)-1).Draw(t, "kind")),
			},
		}
	})
	accesses := rapid.SliceOfN(one, 100, 250).Draw(t, "accesses")
	for i := range accesses {
		accesses[i].r.Tag = uint64(i)
	}
	return spec, accesses
}

// play makes the accesses and records all answers. With stepping the clock
// visits every cycle, else only those in which something happens.
func play(t *rapid.T, spec Spec, accesses []timed, stepping bool) (h *Hierarchy, log []string, said []said) {
	h, err := New(spec, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &recorder{}
	h.Attach(c, c)
	now := isa.Cycle(1)
	advance := func(to isa.Cycle) {
		for now < to {
			next := now + 1
			if !stepping {
				next = min(to, h.NextEvent())
			}
			now = max(next, now+1)
			h.Tick(now)
		}
	}
	for _, a := range accesses {
		advance(now + a.gap)
		hit, why := h.Access(now, a.r)
		log = append(log, fmt.Sprint(now, hit, why))
	}
	advance(now + 20000)
	if h.NextEvent() != isa.Never {
		t.Fatalf("an event at %d is left at %d", h.NextEvent(), now)
	}
	return h, log, c.said
}

// Under random traffic on random configurations: every accepted miss is
// answered exactly once, nothing is lost between levels or left behind, and
// jumping from event to event gives what stepping through the cycles gives.
func TestRandomTraffic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, accesses := traffic(t)
		h, log, said := play(t, spec, accesses, true)
		audit(h)
		for i := range h.levels {
			l := &h.levels[i]
			if l.pending != 0 || l.pendingPrefetch != 0 || l.probes != 0 || l.mshrs.used != 0 || !l.waiting.empty() || l.buffer.used != 0 {
				t.Fatalf("%s: %d pending, %d MSHRs, waiting %v, %d buffered are left", l.name, l.pending, l.mshrs.used, !l.waiting.empty(), l.buffer.used)
			}
		}
		if len(h.idle) != len(h.requests) {
			t.Fatalf("%d of %d requests are idle", len(h.idle), len(h.requests))
		}
		fills := map[uint64]int{}
		for _, s := range said {
			if s.level == 0 {
				fills[s.tag]++
			}
		}
		for i, l := range log {
			want := 0
			var at isa.Cycle
			var hit bool
			var why string
			if fmt.Sscan(l, &at, &hit, &why); why == Accepted.String() && !hit {
				want = 1
			}
			if fills[uint64(i)] != want {
				t.Fatalf("access %d (%s) was filled %d times, want %d", i, l, fills[uint64(i)], want)
			}
		}

		jumped, jumpedLog, jumpedSaid := play(t, spec, accesses, false)
		if fmt.Sprint(log) != fmt.Sprint(jumpedLog) || fmt.Sprint(said) != fmt.Sprint(jumpedSaid) {
			t.Fatal("answers differ between stepping and jumping")
		}
		if fmt.Sprint(counters(h)) != fmt.Sprint(counters(jumped)) {
			t.Fatal("statistics differ between stepping and jumping")
		}
	})
}

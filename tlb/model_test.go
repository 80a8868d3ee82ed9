package tlb

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// model is a TLB as a map from set to pages, least recently used first.
type model struct {
	sets, ways int
	pages      map[int][]uint64
}

func newModel(entries, ways int) *model {
	return &model{entries / ways, ways, map[int][]uint64{}}
}

func (m *model) use(page uint64) bool {
	s := int(page>>8) % m.sets
	for i, p := range m.pages[s] {
		if p == page {
			m.pages[s] = append(append(m.pages[s][:i:i], m.pages[s][i+1:]...), p)
			return true
		}
	}
	return false
}

func (m *model) put(page uint64) {
	s := int(page>>8) % m.sets
	m.pages[s] = append(m.pages[s], page)
	if len(m.pages[s]) > m.ways {
		m.pages[s] = m.pages[s][1:]
	}
}

// Random translations of several address spaces, one after the other, cost
// what the map model says.
func TestAgainstModel(t *testing.T) {
	shapes := rapid.SampledFrom([][2]int{{4, 4}, {8, 2}, {6, 2}, {16, 16}, {4, 1}})
	rapid.Check(t, func(t *rapid.T) {
		si, sd, s2 := shapes.Draw(t, "i"), shapes.Draw(t, "d"), shapes.Draw(t, "l2")
		spec := testSpec()
		spec.I.Entries, spec.I.Ways = si[0], si[1]
		spec.D.Entries, spec.D.Ways = sd[0], sd[1]
		spec.L2.Entries, spec.L2.Ways = s2[0], s2[1]
		m, err := New(spec, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		c := &recorder{}
		mem := &tables{m: m, latency: testRead, due: map[isa.Cycle][]uint64{}}
		m.Attach(c, mem)
		ports := [numPorts]*model{newModel(si[0], si[1]), newModel(sd[0], sd[1])}
		second := newModel(s2[0], s2[1])

		now := isa.Cycle(0)
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 127), 80, 200).Draw(t, "translations") {
			now += 100
			p, asid, vpn := Port(n&1), isa.ASID(n>>1&1), n>>2
			page := uint64(vpn)<<8 | uint64(asid)
			want := "" // a hit
			if !ports[p].use(page) {
				want = fmt.Sprintf("translated@%d", now+testSecond)
				if !second.use(page) {
					want = fmt.Sprintf("walking@%d translated@%d", now+testSecond, now+testSecond+4*testRead)
					second.put(page)
				}
				ports[p].put(page)
			}
			_, s := m.Translate(now, p, 0, asid, isa.Addr(vpn<<pageBits), uint64(i))
			run(mem, now+1, now+99)
			if got := c.of(uint64(i)); got != want || s != Hit != (want != "") {
				t.Fatalf("translation %d: status %d, %q; the model says %q", i, s, got, want)
			}
		}
		audit(m)
	})
}

// Under random overlapping requests every pending one is answered once,
// nothing is left behind, and jumping from event to event gives what stepping
// gives.
func TestRandomTraffic(t *testing.T) {
	type request struct{ gap, port, asid, page int }
	one := rapid.Custom(func(t *rapid.T) request {
		return request{
			rapid.IntRange(0, 6).Draw(t, "gap"), rapid.IntRange(0, 1).Draw(t, "port"),
			rapid.IntRange(0, 1).Draw(t, "asid"), rapid.IntRange(0, 11).Draw(t, "page"),
		}
	})
	play := func(t *rapid.T, spec Spec, requests []request, stepping bool) (*MMU, string, *recorder) {
		m, err := New(spec, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		c := &recorder{}
		m.Attach(c, &tables{m: m, latency: testRead, busy: 60})
		now, log := isa.Cycle(1), &strings.Builder{}
		advance := func(to isa.Cycle) {
			for now < to {
				next := now + 1
				if !stepping {
					next = max(next, min(to, m.NextEvent()))
				}
				now = next
				m.Tick(now)
			}
		}
		for i, r := range requests {
			advance(now + isa.Cycle(r.gap))
			_, s := m.Translate(now, Port(r.port), isa.Context(r.asid), isa.ASID(r.asid), apart(r.page), uint64(i))
			fmt.Fprintf(log, "%d ", s)
		}
		advance(now + 5000)
		return m, log.String(), c
	}
	rapid.Check(t, func(t *rapid.T) {
		spec := testSpec()
		spec.D.Entries, spec.D.Ways = 4, 2
		spec.I.Misses = rapid.IntRange(1, 3).Draw(t, "i misses")
		spec.D.Misses = rapid.IntRange(1, 3).Draw(t, "d misses")
		spec.L2.Latency = rapid.IntRange(1, 10).Draw(t, "latency")
		spec.L2.Entries, spec.L2.Ways = 8, 2
		if rapid.Bool().Draw(t, "no second level") {
			spec.L2 = SecondLevel{}
		}
		spec.Walker.Walks = rapid.IntRange(1, 3).Draw(t, "walks")
		drawFeatures(t, &spec)
		requests := rapid.SliceOfN(one, 80, 200).Draw(t, "requests")

		m, log, c := play(t, spec, requests, true)
		audit(m)
		if n := m.waiters.inUse() + m.misses.inUse() + m.walker.walks.inUse(); n != 0 || m.NextEvent() != isa.Never {
			t.Fatalf("%d items and event %d are left", n, m.NextEvent())
		}
		for i, s := range strings.Fields(log) {
			got := strings.Count(c.of(uint64(i)), "translated")
			if want := strings.Count(s, fmt.Sprint(int(Pending))); got != want {
				t.Fatalf("request %d of status %s was translated %d times", i, s, got)
			}
			if walks := strings.Count(c.of(uint64(i)), "walking"); walks > 1 {
				t.Fatalf("request %d heard %d times that it walks", i, walks)
			}
		}
		jumped, jumpedLog, jumpedClient := play(t, spec, requests, false)
		if log != jumpedLog || fmt.Sprint(c.told) != fmt.Sprint(jumpedClient.told) || fmt.Sprint(counters(m)) != fmt.Sprint(counters(jumped)) {
			t.Fatal("stepping and jumping differ")
		}
	})
}

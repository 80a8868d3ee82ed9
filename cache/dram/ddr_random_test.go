package dram

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

func drawDDR(t *rapid.T) string {
	n := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	v := map[string]int{
		"mhz": n("mhz", 300, 3000), "channels": n("channels", 1, 3), "ranks": n("ranks", 1, 2),
		"groups": 1 << n("groups", 0, 2), "banks": 1 << n("banks", 0, 2), "bytes": 64, "row": 128 << n("row", 0, 3),
		"reads": n("reads", 1, 12), "writes": n("writes", 4, 12), "age": n("age", 1, 200),
		"tcl": n("tcl", 1, 12), "tcwl": n("tcwl", 1, 12), "tburst": n("tburst", 1, 4),
		"trcd": n("trcd", 1, 12), "trp": n("trp", 1, 12), "tras": n("tras", 1, 30), "trtp": n("trtp", 1, 8), "twr": n("twr", 1, 12),
		"trtrs": n("trtrs", 0, 2), "tfaw": n("tfaw", 1, 30),
	}
	v["block"] = min(64<<n("block", 0, 2), v["row"])
	above := func(name, least string, more int) { v[name] = v[least] + n(name, 0, more) }
	above("tccds", "tburst", 2)
	above("tccdl", "tccds", 4)
	above("tccdlw", "tccds", 8)
	v["trrds"], v["twtrs"] = n("trrds", 1, 4), n("twtrs", 1, 4)
	above("trrdl", "trrds", 4)
	above("twtrl", "twtrs", 8)
	v["high"] = n("high", 1, v["writes"])
	v["low"] = n("low", 0, v["high"]-1)
	v["trtw"] = max(v["tcl"]+v["tburst"]-v["tcwl"], 1) + n("trtw", 0, 3)
	v["trfc"] = n("trfc", 1, 60)
	sum := 0
	for _, name := range []string{"trfc", "tras", "trp", "trcd", "tcl", "tcwl", "tburst", "twr", "twtrl", "trtw", "tccdlw", "trrdl", "tfaw"} {
		sum += v[name]
	}
	v["trefi"] = n("refreshes", 0, 1) * (2*sum + n("trefi", 0, 300))
	v["latency"] = 1000
	var list []string
	for name, value := range v {
		list = append(list, fmt.Sprintf("%s=%d", name, value))
	}
	slices.Sort(list)
	order := strings.Join(rapid.Permutation(fieldNames).Draw(t, "map"), "+")
	return "ddr:" + strings.Join(list, ",") + ",map=" + order + ",hash=" + pick("hash", "xor", "none") + ",page=" + pick("page", "open", "closed")
}

func drawArrivals(t *rapid.T) []arrival {
	pace, span := rapid.IntRange(0, 40).Draw(t, "pace"), rapid.IntRange(1, 400).Draw(t, "span")
	writes := rapid.IntRange(0, 4).Draw(t, "writes")
	var list []arrival
	now := isa.Cycle(rapid.IntRange(0, 3000).Draw(t, "start"))
	for id := range rapid.IntRange(1, 150).Draw(t, "requests") {
		now += isa.Cycle(rapid.IntRange(0, pace).Draw(t, "gap"))
		if rapid.IntRange(0, 60).Draw(t, "pause") == 0 {
			now += 2000
		}
		list = append(list, arrival{now, Request{
			Addr: isa.Addr(rapid.IntRange(0, span).Draw(t, "line") * 64), Bytes: 64 * rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "bursts"),
			Write: rapid.IntRange(0, 4).Draw(t, "write") < writes, ID: uint32(id),
		}})
	}
	return list
}

// Random requests to memories of random shape and timing are answered when the
// reference says, and counted as it counts.
func TestDDRAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, mhz, arrivals := drawDDR(t), rapid.IntRange(300, 5000).Draw(t, "core"), drawArrivals(t)
		row, args, err := Catalog.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		p := Place{Upstream: 20, MHz: mhz}
		model, err := row.New(args, p)
		if err != nil {
			if strings.HasPrefix(err.Error(), "latency") {
				t.Skip("a memory clock too slow for the latency")
			}
			t.Fatal(err)
		}
		got := drive(model, arrivals)
		want := play(args, mhz, p.Upstream, arrivals)
		for _, a := range arrivals {
			if got[a.r.ID] != want.answers[a.r.ID] {
				t.Fatalf("%s, core at %d MHz: request %d (%+v) answered at %d, the reference says %d", spec, mhz, a.r.ID, a, got[a.r.ID], want.answers[a.r.ID])
			}
		}
		if want.count["collisions"] > 0 {
			t.Fatalf("%s: two bursts are on the bus at once", spec)
		}
		d, s := model.Detail().(*DDRStats), model.Stats()
		if n := d.RowHits + d.RowMisses + d.RowConflicts + d.Forwarded + d.Merged; n != (s.ReadBytes+s.WriteBytes)/64 {
			t.Fatalf("%s: %d bursts, %d bytes were asked for", spec, n, s.ReadBytes+s.WriteBytes)
		}
		for name, pair := range map[string][2]int{
			"hits": {int(d.RowHits), want.count["hit"]}, "misses": {int(d.RowMisses), want.count["miss"]},
			"conflicts": {int(d.RowConflicts), want.count["conflict"]}, "activates": {int(d.Activates), want.count["activates"]},
			"forwarded": {int(d.Forwarded), want.count["forwarded"]}, "merged": {int(d.Merged), want.count["merged"]},
			"drains": {int(d.Drains), want.count["drains"]},
		} {
			if pair[0] != pair[1] {
				t.Fatalf("%s: %s: %d, the reference counts %d", spec, name, pair[0], pair[1])
			}
		}
	})
}

// drive hands requests to a model at their times, ticks it at its events, and
// returns when each read was answered.
func drive(m Model, arrivals []arrival) map[uint32]isa.Cycle {
	at := map[uint32]isa.Cycle{}
	tick := func(until isa.Cycle) {
		for m.NextEvent() <= until && m.NextEvent() != isa.Never {
			now := m.NextEvent()
			for _, id := range m.Tick(now, nil) {
				at[id] = now
			}
		}
	}
	for _, a := range arrivals {
		tick(a.at)
		m.Enqueue(a.at, a.r)
	}
	tick(isa.Never)
	return at
}

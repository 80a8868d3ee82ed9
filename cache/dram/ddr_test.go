package dram

import (
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A memory in round numbers: one core cycle is one memory clock, so every time
// below is both. Two bank groups of two banks, rows of 1 KiB, no refresh; the
// map puts consecutive lines into one row, then the rows into the banks.
const (
	roundCL, roundCWL, roundBurst = 10, 8, 4
	roundRCD, roundRP, roundRAS   = 12, 14, 30
	roundLatency                  = 100
	roundSpec                     = "ddr:latency=100,mhz=1000,channels=1,ranks=1,groups=2,banks=2,row=1K,bytes=64,block=64,hash=none,map=rank+bank+group+column+channel," +
		"tcl=10,tcwl=8,tburst=4,trcd=12,trp=14,tras=30,trtp=6,twr=9,tccds=4,tccdl=6,tccdlw=7,twtrs=3,twtrl=5,trtw=8,trtrs=2,trrds=4,trrdl=5,tfaw=20,trefi=0,trfc=1"
	roundRow = 1024 // bytes; four rows with one number lie side by side
)

var roundPlace = Place{Upstream: 40, MHz: 1000}

// at is the address of a column of a row in a bank of the round memory.
func at(group, bank, row, column int) isa.Addr {
	return isa.Addr(((row*2+bank)*2+group)*roundRow + column*64)
}

func roundMemory(t testing.TB, more string) *ddr {
	t.Helper()
	return build(t, roundSpec+more, roundPlace).(*ddr)
}

// reads are arrivals of reads at one time, numbered from 0.
func reads(now isa.Cycle, addrs ...isa.Addr) []arrival {
	var list []arrival
	for i, a := range addrs {
		list = append(list, arrival{now, Request{Addr: a, Bytes: 64, ID: uint32(i)}})
	}
	return list
}

// A read that finds its row open takes the latency less what the caches have
// spent; a closed row costs tRCD more, another open row tRP + tRCD.
func TestDDRLatency(t *testing.T) {
	m := roundMemory(t, "")
	list := []arrival{
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 0}},
		{2000, Request{Addr: at(0, 0, 7, 5), Bytes: 64, ID: 1}},
		{3000, Request{Addr: at(0, 0, 8, 0), Bytes: 64, ID: 2}},
		{4000, Request{Addr: at(1, 1, 8, 0), Bytes: 64, ID: 3}},
	}
	got := drive(m, list)
	hit := isa.Cycle(roundLatency - roundPlace.Upstream)
	for i, want := range []isa.Cycle{hit + roundRCD, hit, hit + roundRP + roundRCD, hit + roundRCD} {
		if n := got[uint32(i)] - list[i].at; n != want {
			t.Errorf("read %d took %d cycles, want %d", i, n, want)
		}
	}
	if d := m.detail; d.RowHits != 1 || d.RowMisses != 2 || d.RowConflicts != 1 {
		t.Errorf("counted %+v", d)
	}
	if want := uint64(4*hit + 3*roundRCD + roundRP); m.stats.ReadCycles != want || m.threads[0].ReadCycles != want || m.stats.QueueCycles != 3*roundRCD+roundRP {
		t.Errorf("%d cycles of reads, %d of thread 0, %d in the queue; want %d, %d, %d", m.stats.ReadCycles, m.threads[0].ReadCycles, m.stats.QueueCycles, want, want, 3*roundRCD+roundRP)
	}
}

// With the closed-page policy a row that nothing waits for is closed, so that
// a later read pays tRCD whatever its row.
func TestDDRClosedPage(t *testing.T) {
	m := roundMemory(t, ",page=closed")
	list := []arrival{
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 0}},
		{1000, Request{Addr: at(0, 0, 7, 1), Bytes: 64, ID: 1}}, // waits, so the row stays open for it
		{2000, Request{Addr: at(0, 0, 7, 2), Bytes: 64, ID: 2}},
		{3000, Request{Addr: at(0, 0, 8, 0), Bytes: 64, ID: 3}},
	}
	got := drive(m, list)
	for i, want := range []isa.Cycle{60 + roundRCD, 60 + roundRCD + 6, 60 + roundRCD, 60 + roundRCD} {
		if n := got[uint32(i)] - list[i].at; n != want {
			t.Errorf("read %d took %d cycles, want %d", i, n, want)
		}
	}
	if d := m.detail; d.RowHits != 1 || d.RowMisses != 3 || d.RowConflicts != 0 {
		t.Errorf("counted %+v", d)
	}
}

// 4 GHz over 1.6 GHz are five core cycles for two memory clocks: edges 400, 401
// and 402 are at cycles 1000, 1002.5 and 1005. The data of a read whose row is
// closed has come 48 clocks after its edge (tRCD + tCL + tBURST); the answer
// follows 240 - 50 - 65 cycles later, 65 being the cycles of tCL + tBURST.
func TestDDRClockRatio(t *testing.T) {
	for _, test := range []struct{ arrives, answered isa.Cycle }{
		{1000, 1120 + 125}, {1001, 1123 + 125}, {1003, 1123 + 125}, {1004, 1125 + 125}, {1005, 1125 + 125},
	} {
		m := build(t, "ddr:latency=240,trefi=0", Place{Upstream: 50, MHz: 4000})
		if got := drive(m, []arrival{{test.arrives, Request{Bytes: 64}}}); got[0] != test.answered {
			t.Errorf("read at %d was answered at %d, want %d", test.arrives, got[0], test.answered)
		}
	}
}

// steady fails unless, from the first-th answer on, each one comes a period
// after the one so many before.
func steady(t *testing.T, what string, got map[uint32]isa.Cycle, first, every int, period isa.Cycle) {
	t.Helper()
	for i := first; i+every < len(got); i++ {
		if d := got[uint32(i+every)] - got[uint32(i)]; d != period {
			t.Errorf("%s: answers %d and %d are %d cycles apart, want %d", what, i, i+every, d, period)
			return
		}
	}
}

// The rates at which independent reads can be answered, each bound by another
// time: hits by the bus or by the column commands of one bank group, rows of
// one bank by tRC = tRAS + tRP, of four banks by a quarter of it, of sixteen by
// tFAW or by tRRD.
func TestDDRRates(t *testing.T) {
	const n = 100
	list := func(f func(i int) isa.Addr) []arrival {
		var addrs []isa.Addr
		for i := range n {
			addrs = append(addrs, f(i))
		}
		return reads(1000, addrs...)
	}
	sameGroup := list(func(i int) isa.Addr { return at(0, 0, 1, i%16) })
	groups := list(func(i int) isa.Addr { return at(i%2, 0, 1, i/2%16) })
	rows := list(func(i int) isa.Addr { return at(0, 0, i, 0) })
	banks := list(func(i int) isa.Addr { return at(i%2, i/2%2, i/4, 0) })
	sixteen := list(func(i int) isa.Addr { return isa.Addr(i * roundRow) })
	const big = ",reads=100,age=100000"
	steady(t, "hits of one group", drive(roundMemory(t, big), sameGroup), 0, 1, 6)
	steady(t, "hits of two groups", drive(roundMemory(t, big), groups), 10, 1, roundBurst)
	steady(t, "rows of one bank", drive(roundMemory(t, big), rows), 0, 1, roundRAS+roundRP)
	steady(t, "rows of four banks", drive(roundMemory(t, big), banks), 8, 4, roundRAS+roundRP)
	shape := strings.NewReplacer("groups=2,banks=2", "groups=4,banks=4", "tfaw=20", "tfaw=60").Replace(roundSpec)
	steady(t, "rows within tFAW", drive(build(t, shape+big, roundPlace), sixteen), 16, 4, 60)
	shape = strings.NewReplacer("groups=2,banks=2", "groups=4,banks=4", "tfaw=20", "tfaw=1", "trrds=4", "trrds=9", "trrdl=5", "trrdl=9").Replace(roundSpec)
	steady(t, "rows within tRRD", drive(build(t, shape+big, roundPlace), sixteen), 16, 1, 9)
}

// Consecutive lines use the whole bus with the default maps: 64 bytes in each
// tBURST of a channel, rows opened ahead.
func TestDDRPeakBandwidth(t *testing.T) {
	for _, test := range []struct {
		spec    string
		perLine float64 // core cycles at 4 GHz
	}{
		{"ddr:trefi=0", 4 * 4000. / 1600},
		{"ddr:trefi=0,channels=4", 4 * 4000. / 1600 / 4},
		{"ddr:trefi=0,block=64", 4 * 4000. / 1600},
		{"ddr5:trefi=0", 8 * 4000. / 2400 / 2},
	} {
		const n = 4000
		var addrs []isa.Addr
		for i := range n {
			addrs = append(addrs, isa.Addr(i*64))
		}
		got := drive(build(t, test.spec, Place{Upstream: 50, MHz: 4000}), reads(0, addrs...))
		last := func(from, to uint32) (at isa.Cycle) {
			for id := from; id < to; id++ {
				at = max(at, got[id])
			}
			return at
		}
		cycles, want := float64(last(n/2, n)-last(0, n/2)), test.perLine*n/2
		if cycles < 0.99*want || cycles > 1.01*want {
			t.Errorf("%s: %d lines took %.0f cycles, want %.0f", test.spec, n/2, cycles, want)
		}
	}
}

// A hit goes before an older request for another row of its bank. That one
// then waits for tRTP after the hit's command, tRP, and tRCD.
func TestDDRHitGoesFirst(t *testing.T) {
	got := drive(roundMemory(t, ""), []arrival{
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 0}},
		{2000, Request{Addr: at(0, 0, 8, 0), Bytes: 64, ID: 1}},
		{2000, Request{Addr: at(0, 0, 7, 1), Bytes: 64, ID: 2}},
	})
	if got[2] != 2060 || got[1] != 2060+6+roundRP+roundRCD {
		t.Errorf("hit answered at %d, conflict at %d; want 2060, %d", got[2], got[1], 2060+6+roundRP+roundRCD)
	}
}

// A stream of hits, one each tCCD_L, keeps an older conflict waiting until it
// is of age and no longer: the last hit is that of cycle 2048, then come tRTP,
// tRP, tRCD and the rest of the latency.
func TestDDRAgeBoundsWaiting(t *testing.T) {
	list := []arrival{
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 0}},
		{2000, Request{Addr: at(0, 0, 8, 0), Bytes: 64, ID: 1}},
	}
	for i := range 100 {
		list = append(list, arrival{isa.Cycle(2000 + 6*i), Request{Addr: at(0, 0, 7, i%16), Bytes: 64, ID: uint32(2 + i)}})
	}
	aged := drive(roundMemory(t, ",age=50"), list)
	if want := isa.Cycle(2048 + 6 + roundRP + roundRCD + 60); aged[1] != want {
		t.Errorf("the conflict of age 50 was answered at %d, want %d", aged[1], want)
	}
	patient := drive(roundMemory(t, ",age=10000"), list)
	if want := isa.Cycle(2000 + 6*99 + 6 + roundRP + roundRCD + 60); patient[1] != want {
		t.Errorf("the conflict that does not age was answered at %d, want %d", patient[1], want)
	}
}

// Writes leave the bus to the reads until high of them wait; then high - low of
// them go first.
func TestDDRDrain(t *testing.T) {
	play := func(writes int) (*ddr, map[uint32]isa.Cycle) {
		m := roundMemory(t, ",high=4,low=1")
		var list []arrival
		for i := range 40 { // hits of one row
			list = append(list, arrival{1000, Request{Addr: at(0, 0, 7, i%16), Bytes: 64, ID: uint32(i)}})
		}
		for i := range writes {
			list = append(list, arrival{1000, Request{Addr: at(1, 0, 7, i), Bytes: 64, Write: true}})
		}
		return m, drive(m, list)
	}
	_, alone := play(0)
	few, withFew := play(3)
	if few.detail.Drains != 0 || withFew[39] != alone[39] {
		t.Errorf("three writes: %d drains, last read at %d, without them at %d", few.detail.Drains, withFew[39], alone[39])
	}
	many, withMany := play(4)
	if many.detail.Drains != 1 || withMany[39] <= alone[39] {
		t.Errorf("four writes: %d drains, last read at %d, without them at %d", many.detail.Drains, withMany[39], alone[39])
	}
	// ACT, WR tRCD later, the third 2 tCCD_L for writes after it; then the row of
	// the reads is opened, and their first waits for the written data and tWTR_S.
	if want := isa.Cycle(1000 + roundRCD + 2*7 + roundCWL + roundBurst + 3 + 60); withMany[0] != want {
		t.Errorf("the first read was answered at %d, want %d", withMany[0], want)
	}
	if d := many.detail; d.RowHits+d.RowMisses+d.RowConflicts != 44 || d.BusClocks != 44*roundBurst {
		t.Errorf("44 bursts, counted %+v", d)
	}
}

// After written data a read waits for tWTR: longer in the bank group of the
// write than in another one, whose row is opened meanwhile.
func TestDDRWriteToRead(t *testing.T) {
	const data = 1000 + roundRCD + roundCWL + roundBurst // its end
	for _, test := range []struct{ group, wait int }{{0, 5}, {1, 3}} {
		got := drive(roundMemory(t, ""), []arrival{
			{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, Write: true}},
			{1013, Request{Addr: at(test.group, 0, 7, 1), Bytes: 64, ID: 1}},
		})
		if want := isa.Cycle(data + test.wait + 60); got[1] != want {
			t.Errorf("group %d: answered at %d, want %d", test.group, got[1], want)
		}
	}
}

// A read of what is still in the write queue is answered from there, without
// the chips; a second write to it takes no place.
func TestDDRWriteQueueForwards(t *testing.T) {
	m := roundMemory(t, "")
	got := drive(m, []arrival{
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, Write: true}},
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, Write: true}},
		{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 1}},
	})
	if want := isa.Cycle(1000 + roundLatency - 40 - roundCL - roundBurst); got[1] != want {
		t.Errorf("answered at %d, want %d", got[1], want)
	}
	if d := m.detail; d.Forwarded != 1 || d.Merged != 1 || d.RowMisses != 1 || d.BusClocks != roundBurst {
		t.Errorf("counted %+v", d)
	}
}

// A read that comes during a refresh waits for its end; one that comes before
// goes through, and its row is closed for the refresh.
func TestDDRRefresh(t *testing.T) {
	spec := strings.Replace(roundSpec, "trefi=0,trfc=1", "trefi=1000,trfc=100", 1)
	m := build(t, spec, roundPlace).(*ddr)
	got := drive(m, []arrival{
		{900, Request{Addr: at(0, 0, 7, 0), Bytes: 64, ID: 0}},
		{1010, Request{Addr: at(0, 0, 7, 1), Bytes: 64, ID: 1}},
		{5500, Request{Addr: at(0, 0, 7, 2), Bytes: 64, ID: 2}},
	})
	// PRE of all banks at 1000, REF tRP later.
	for id, want := range []isa.Cycle{900 + roundRCD + 60, 1000 + roundRP + 100 + roundRCD + 60, 5500 + roundRCD + 60} {
		if got[uint32(id)] != want {
			t.Errorf("read %d answered at %d, want %d", id, got[uint32(id)], want)
		}
	}
	if m.detail.Refreshes != 5 || m.detail.RowMisses != 3 {
		t.Errorf("counted %+v", m.detail)
	}
}

// A line of several bursts is answered with its last.
func TestDDRLongLine(t *testing.T) {
	got := drive(roundMemory(t, ""), []arrival{{1000, Request{Addr: at(0, 0, 7, 0), Bytes: 256, ID: 1}}})
	if want := isa.Cycle(1000 + roundRCD + 3*6 + 60); got[1] != want {
		t.Errorf("answered at %d, want %d", got[1], want)
	}
}

// When asked between its events, or at each cycle, a memory answers the same.
func TestDDRTickedEveryCycle(t *testing.T) {
	var list []arrival
	for i := range 300 {
		list = append(list, arrival{isa.Cycle(i * i / 7), Request{Addr: isa.Addr(i*i*64) % (1 << 22), Bytes: 64, Write: i%3 == 0, ID: uint32(i)}})
	}
	jumped := build(t, "ddr", Place{Upstream: 50, MHz: 4000})
	want := drive(jumped, list)
	m := build(t, "ddr", Place{Upstream: 50, MHz: 4000})
	got := map[uint32]isa.Cycle{}
	for now := isa.Cycle(0); now < 100000; now++ {
		for _, id := range m.Tick(now, nil) {
			got[id] = now
		}
		for len(list) > 0 && list[0].at == now {
			m.Enqueue(now, list[0].r)
			list = list[1:]
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for id, at := range want {
		if got[id] != at {
			t.Errorf("read %d was answered at %d, want %d", id, got[id], at)
		}
	}
	if *m.Stats() != *jumped.Stats() || *m.Detail().(*DDRStats) != *jumped.Detail().(*DDRStats) {
		t.Errorf("counted %+v %+v, want %+v %+v", m.Stats(), m.Detail(), jumped.Stats(), jumped.Detail())
	}
}

func TestDDRAllocatesNothing(t *testing.T) {
	m := build(t, "ddr5", Place{Upstream: 50, MHz: 4000})
	now, x, done := isa.Cycle(0), uint64(1), make([]uint32, 0, 64)
	step := func() {
		for i := range 2000 {
			now += 20
			x = x*6364136223846793005 + 1442695040888963407
			m.Enqueue(now, Request{Addr: isa.Addr(x >> 34 &^ 63), Bytes: 64, Write: i%3 == 0})
			for m.NextEvent() <= now {
				done = m.Tick(m.NextEvent(), done[:0])
			}
		}
	}
	step()
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations in 2000 requests", n)
	}
}

// BenchmarkDDR is the time of one request of a random stream of a third of the
// bandwidth.
func BenchmarkDDR(b *testing.B) {
	m := build(b, "ddr", Place{Upstream: 50, MHz: 4000})
	now, x, done := isa.Cycle(0), uint64(1), make([]uint32, 0, 64)
	for i := 0; b.Loop(); i++ {
		now += 30
		x = x*6364136223846793005 + 1442695040888963407
		m.Enqueue(now, Request{Addr: isa.Addr(x >> 34 &^ 63), Bytes: 64, Write: i%3 == 0})
		for m.NextEvent() <= now {
			done = m.Tick(m.NextEvent(), done[:0])
		}
	}
}

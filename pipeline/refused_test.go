package pipeline

import (
	"maps"
	"strconv"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/tlb"
)

// Loads that all need one bank are served one each interval, and a refused one
// counts once, however often it tries again: of four that issue together three.
func TestBankConflictsCountOnce(t *testing.T) {
	const interval = 5
	// Each iteration's loads wait for the addition of what those of the last have
	// read, so they issue together.
	s := loop(load(11, 5), load(12, 5), load(13, 5), load(14, 5), add(5, 11, 14))
	s.mem = func(iteration uint64, i int) isa.Addr { return 1<<24 + isa.Addr(i)*64 }
	r := newRig("single")
	r.core.Units.Load.Count = 4
	r.caches.L1D.Banks, r.caches.L1D.Interval = 8, interval
	c := r.build(t, s)
	near(t, "cycles per iteration", cpi(t, c, 0, 700, 7000)*7, 3*interval+rigL1+1, 0.01)
	n := counters(c)
	if got, want := n["l1d.refused_bank"], n["loads"]*3/4; got+8 < want || got > want+8 {
		t.Errorf("%d accesses were refused, want %d of %d", got, want, n["loads"])
	}
}

// Two threads walk through more pages of code than the I-TLB has entries, and
// it takes one miss at a time. Who is refused counts once, waits for the room,
// and loses its slots to the translation; the cycles are skipped.
func TestFetchRefusedByTLB(t *testing.T) {
	body := make([]isa.Inst, 4*1024)
	for i := range body {
		body[i] = add(5, 6, 7)
	}
	run := func(noSkip bool) map[string]uint64 {
		r := newRig("icount.2.8")
		r.noSkip = noSkip
		r.tlbs.I = tlb.FirstLevel{Entries: 2, Ways: 2, Misses: 1}
		r.tlbs.Walker = tlb.Walker{Walks: 4, Latency: 1000}
		c := r.build(t, apart(loop(body...), loop(body...))...)
		if err := c.Run(400_000); err != nil {
			t.Fatal(err)
		}
		return counters(c)
	}
	n := run(false)
	if refused, missed := n["tlb.i.refused"], n["tlb.i.misses"]; refused == 0 || refused > missed {
		t.Errorf("%d of %d misses were refused at first", refused, missed)
	}
	for ctx := range 2 {
		issue := "thread" + strconv.Itoa(ctx) + ".slots.issue."
		if waits, others := n[issue+"itlb"], n[issue+"fetch"]+n[issue+"fetch_other"]; others > waits/10 {
			t.Errorf("thread %d lost %d slots to translations, %d to nobody's fault", ctx, waits, others)
		}
	}
	if stepped := run(true); !maps.Equal(n, stepped) {
		t.Error("counters depend on whether idle cycles are skipped")
	}
}

// A thread whose stores all miss and one whose loads do compete for MSHRs.
// Stores have the first chance, but each loadPatience of theirs leave the loads
// one; and page walks come through.
func TestNobodyIsKeptOut(t *testing.T) {
	for _, mshrs := range []int{1, 2, 4, 16} {
		for _, size := range []int{0, 32} {
			stores := loop(store(6, 7), store(6, 7), store(6, 7), store(6, 7))
			stores.mem = func(iteration uint64, i int) isa.Addr { return newLine(4*iteration + uint64(i)) }
			loads := loop(load(5, 6), load(8, 6))
			loads.mem = func(iteration uint64, i int) isa.Addr { return newLine(2*iteration + uint64(i)) }
			r := misses(StoreBuffer{Size: size})
			r.policy = "icount.2.8"
			r.caches.L1D.MSHRs = mshrs
			r.core.ROB.Sharing, r.core.SQ.Sharing, r.core.LQ.Sharing, r.core.IQ.Sharing = "static", "static", "static", "static"
			c := r.build(t, apart(stores, loads)...)
			const cycles = 200_000
			if err := c.Run(cycles); err != nil {
				t.Fatal(err)
			}
			n := counters(c)
			stored, loaded := n["thread0.stores"], n["thread1.loads"]
			if loaded*(loadPatience+1) < stored*9/10 || stored < loaded/4 {
				t.Errorf("%d MSHRs, buffer %d: %d stores and %d loads", mshrs, size, stored, loaded)
			}
			if all := uint64(cycles / rigMemory * mshrs); stored+loaded < all*8/10 {
				t.Errorf("%d MSHRs, buffer %d: %d stores and %d loads, want %d in all", mshrs, size, stored, loaded, all)
			}
		}
	}
}

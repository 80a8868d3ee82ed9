package machine

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/tlb"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// oneByOne is a program that reads, writes and swaps at random in half a
// mebibyte, branches at random and calls functions on 32 pages, some of which loop. It waits for
// every store, so that a core with one instruction at a time has never two
// accesses under way.
func oneByOne(t testing.TB) *workloads.Program {
	return assembled(t, "onebyone", `
_start:	li s0, 4000
	li s1, 1
	li s2, 6364136223846793005
	li s3, 1442695040888963407
	la s4, table
	la s5, functions
loop:	mul s1, s1, s2
	add s1, s1, s3
	srli t0, s1, 45
	andi t0, t0, -8
	add t0, t0, s4
	ld a0, 0(t0)
	srli t1, s1, 30
	slli t1, t1, 48
	srli t1, t1, 48
	slli t1, t1, 3
	add t1, t1, s4
	sd a0, 0(t1)
	fence
	srli t2, s1, 62
	beqz t2, swap
	bltu t2, s0, call
	j call
swap:	amoswap.d a1, s1, (t0)
call:	srli t3, s1, 59
	slli t3, t3, 12
	add t3, t3, s5
	jalr t3
	addi s0, s0, -1
	bnez s0, loop
	li a0, 0
	li a7, 93
	ecall
	.balign 4096
functions:
	.rept 32
	addi a2, a2, 1
	andi a3, a2, 3
	beqz a3, . - 8
	ret
	.balign 4096
	.endr
	.bss
	.balign 4096
table:	.zero 524288
`)
}

// small are changes of the default machine under which oneByOne misses
// everywhere, and in which one instruction at a time is one access at a time:
// nothing is prefetched beside it, and no refresh goes on.
var small = []string{
	"cache.l1i.size=2K", "cache.l1i.ways=2", "cache.l1d.size=4K", "cache.l1d.ways=4", "cache.l2.size=64K", "cache.l3.size=256K",
	"cache.l1i.replacement=srrip", "cache.l2.replacement=srrip", "cache.l3.replacement=random",
	"tlb.i.entries=8", "tlb.i.ways=8", "tlb.d.entries=16", "tlb.d.ways=4", "tlb.l2.entries=64", "tlb.l2.ways=4",
	"branch.btb.entries=16", "branch.btb.ways=2", "branch.indirect=16",
	"cache.l1i.prefetcher=none", "cache.l1d.prefetcher=none", "cache.l2.prefetcher=none", "memory.model=fixed:latency=280,bytes=8",
}

// partsOnly reports whether a statistic is one of caches, memory, TLBs or
// predictors, and counts events.
func partsOnly(name string) bool {
	part, _, _ := strings.Cut(name, ".")
	return slices.Contains([]string{"l1i", "l1d", "l2", "l3", "memory", "tlb", "branch"}, part) && !strings.HasSuffix(name, "_cycles") && !strings.HasSuffix(name, ".cycles")
}

// A program that was fast-forwarded goes on as if its first part had been
// simulated in detail: what is counted of caches, TLBs and predictors is the
// same. The core takes one instruction at a time, so nothing depends on time
// but on which side of the beginning the first instruction is fetched.
func TestFastForwardIsDetail(t *testing.T) {
	const insts = 40_000
	measured := func(limits Limits) map[string]uint64 {
		j := job(t, "barrel:inflight=1", limits, oneByOne(t))
		j.Config, j.Threads = preset(t, "default", small...), 1
		return run(t, j).stats()
	}
	detail, forwarded := measured(Limits{Warmup: insts}), measured(Limits{FastForward: insts})
	seen := 0
	for name, want := range detail {
		if !partsOnly(name) {
			continue
		}
		seen++
		edge := uint64(0)
		if strings.HasSuffix(name, "i.accesses") || strings.HasSuffix(name, "i.hits") {
			edge = 1 // the block of the first instruction
		}
		if got := forwarded[name]; got < want || got > want+edge {
			t.Errorf("%s: %d after a fast-forward, %d in detail", name, got, want)
		}
	}
	for _, name := range []string{"l1i.misses", "l1d.writebacks", "l2.writes_received", "l3.evictions", "memory.writes", "tlb.l2.misses", "l1d.walk_misses", "branch.mispredicted_indirect"} {
		if detail[name] < 100 {
			t.Errorf("%s: %d is too little to compare", name, detail[name])
		}
	}
	if d, f := detail["cycles"], forwarded["cycles"]; f-d+4 > 8 {
		t.Errorf("%d cycles after a fast-forward, %d in detail", f, d)
	}
	if seen < 50 {
		t.Errorf("%d statistics compared", seen)
	}
}

// Where accesses overlap and wrong paths are followed, the fast-forward is
// near: the cycles that come after it are within half a percent of those after
// a detailed run. After one that warmed nothing they are far. Memory has a fixed
// latency: in these stretches of some ten thousand cycles one miss that meets
// a refresh, a matter of chance, is more than that.
func TestFastForwardIsNearDetail(t *testing.T) {
	const insts, measured = 600_000, 100_000
	for _, w := range []string{"bfs", "lz", "hashjoin"} {
		cycles := func(limits Limits, cold uint64) float64 {
			limits.Insts, limits.Until = measured, UntilAll
			j := job(t, "single", limits, opened(t, w))
			j.Config = preset(t, "default", "memory.model=fixed:latency=280,bytes=8")
			s, err := New(j)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.system.FastForward(t.Context(), linux.FastForward{Insts: cold}); err != nil {
				t.Fatal(err)
			}
			r, err := s.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return float64(r.Cycles)
		}
		detail := cycles(Limits{Warmup: insts}, 0)
		warm, cold := cycles(Limits{FastForward: insts}, 0), cycles(Limits{}, insts)
		if off := math.Abs(warm/detail - 1); off > 0.005 {
			t.Errorf("%s: %.0f cycles after a fast-forward, %.0f in detail: %.2f %% off", w, warm, detail, 100*off)
		}
		if cold < 1.1*detail {
			t.Errorf("%s: %.0f cycles from cold, %.0f in detail: too near to tell", w, cold, detail)
		}
	}
}

// What is executed before the simulation begins is counted nowhere.
func TestFastForwardCountsNothing(t *testing.T) {
	s, err := New(job(t, "icount", Limits{FastForward: 50_000, Insts: 1}, opened(t, "bfs"), opened(t, "lz")))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.fastForward(t.Context()); err != nil {
		t.Fatal(err)
	}
	descs := s.set.Descs()
	for i, v := range s.set.Snapshot(nil) {
		name := descs[i].Name
		if _, of, ok := strings.Cut(name, "."); v != 0 && (partsOnly(name) || ok && strings.HasPrefix(name, "thread") && partsOnly(of)) {
			t.Errorf("%s: %d", name, v)
		}
	}
}

// rig is a warmer of the parts of the default machine, changed by sets, with two
// contexts.
func rig(t testing.TB, sets ...string) *warmer {
	t.Helper()
	c := preset(t, "default", sets...)
	mmu, caches, branch, err := build(c, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return newWarmer(c, 2, caches, mmu, branch)
}

// has reports whether an access of context 0 would hit both TLB and cache.
func (w *warmer) has(p tlb.Port, asid isa.ASID, addr isa.Addr) (translated, cached bool) {
	_, status := w.mmu.Translate(0, p, 0, asid, addr, 0)
	kind := cache.Read
	if p == tlb.Fetch {
		kind = cache.Fetch
	}
	hit, _ := w.caches.Access(0, cache.Request{Addr: w.mmu.Physical(asid, addr), Kind: kind})
	return status == tlb.Hit, hit
}

func nop(pc isa.Addr) isa.Dyn { return isa.Dyn{PC: pc, NextPC: pc + 4, Inst: isa.Inst{Size: 4}} }

// Instructions and data that lie across two lines, and two pages, warm both;
// of two programs at the same addresses each warms its own.
func TestWarmerObserves(t *testing.T) {
	w := rig(t, "cache.l1i.prefetcher=none", "cache.l1d.prefetcher=none", "cache.l2.prefetcher=none")
	store := nop(0x10ffe) // its second half is on the next page
	store.Inst.Class, store.Inst.MemSize, store.Mem = isa.Store, 8, 0x20ffc
	w.observe(0, []isa.Dyn{nop(0x10ffa), store})
	other := nop(0x11002)
	other.Inst.Class, other.Inst.MemSize, other.Mem, other.ASID = isa.Load, 8, 0x21000, 1
	w.observe(1, []isa.Dyn{other})
	next := nop(0x11002) // another program on a context, in the block that was read
	next.ASID = 2
	w.observe(0, []isa.Dyn{next})
	for _, x := range []struct {
		port               tlb.Port
		asid               isa.ASID
		addr               isa.Addr
		translated, cached bool
	}{
		{tlb.Fetch, 0, 0x10fc0, true, true},
		{tlb.Fetch, 0, 0x11000, true, true},
		{tlb.Fetch, 0, 0x11040, true, false},
		{tlb.Fetch, 1, 0x10fc0, false, false},
		{tlb.Fetch, 1, 0x11000, true, true},
		{tlb.Fetch, 2, 0x11000, true, true},
		{tlb.Data, 0, 0x20fc0, true, true},
		{tlb.Data, 0, 0x21000, true, true},
		{tlb.Data, 0, 0x20f80, true, false},
		{tlb.Data, 0, 0x21040, true, false},
		{tlb.Data, 1, 0x20fc0, false, false},
		{tlb.Data, 1, 0x21000, true, true},
	} {
		if translated, cached := w.has(x.port, x.asid, x.addr); translated != x.translated || cached != x.cached {
			t.Errorf("port %d, address space %d, %#x: translated %v, cached %v, want %v, %v", x.port, x.asid, x.addr, translated, cached, x.translated, x.cached)
		}
	}
}

// Threads of one program that have parts of a TLB to themselves each warm theirs.
func TestWarmerOfParts(t *testing.T) {
	w := rig(t, "tlb.d.sharing=static")
	load := nop(0x10000)
	load.Inst.Class, load.Inst.MemSize, load.Mem = isa.Load, 8, 0x21000
	w.observe(1, []isa.Dyn{load})
	w.observe(0, []isa.Dyn{load})
	if translated, _ := w.has(tlb.Data, 0, load.Mem); !translated {
		t.Error("the part of context 0 has not the page that context 1 used before it")
	}
}

func TestObservingAllocatesNothing(t *testing.T) {
	w := rig(t)
	var d [16]isa.Dyn
	i := isa.Addr(0)
	if n := testing.AllocsPerRun(1000, func() {
		for k := range d {
			i++
			d[k] = nop(i * 4)
			switch k % 4 {
			case 1:
				d[k].Inst.Class, d[k].Inst.MemSize, d[k].Mem = isa.Load, 8, i*511
			case 2:
				d[k].Inst.Class, d[k].Inst.Control, d[k].Taken = isa.Branch, isa.CondBranch, i%3 == 0
			}
		}
		w.observe(isa.Context(i&1), d[:])
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkFastForward executes twenty million instructions of every bundled
// workload functionally and warms the default machine with them.
func BenchmarkFastForward(b *testing.B) {
	const insts = 20_000_000
	speeds := rates{}
	for _, d := range workloads.Suite() {
		b.Run(d.Name, func(b *testing.B) {
			program, seconds := openFor(b, d.Name), 0.0
			for range b.N {
				s, err := New(job(b, "single", Limits{FastForward: insts}, program))
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if err := s.fastForward(context.Background()); err != nil {
					b.Fatal(err)
				}
				seconds += time.Since(start).Seconds()
			}
			rate := float64(b.N) * insts / seconds / 1e6
			b.ReportMetric(rate, "Minst/s")
			speeds.add(rate)
		})
	}
	speeds.report(b)
}

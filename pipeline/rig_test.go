package pipeline

import (
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// rig is a machine for tests of the core, in round numbers.
type rig struct {
	core   Spec
	caches cache.Spec
	tlbs   tlb.Spec
	branch bpred.Spec
	policy string
	noSkip bool
	retire func(isa.Context, *isa.Dyn)
	wrap   func(scheduler.Policy) scheduler.Policy // what stands between the core and its policy; nil: nothing

	programs int // 0: as many as streams
}

const (
	rigL1, rigL2, rigMemory = 4, 20, 200
	rigMSHRs                = 16
)

func newRig(policy string) *rig {
	shared := func(n int) Buffer { return Buffer{Size: n, Sharing: "shared"} }
	one := func(count int) Unit { return Unit{Count: count, Latency: 1, Interval: 1} }
	return &rig{
		policy: policy,
		core: Spec{
			Fetch:  FetchSpec{Width: 8, Line: 64, Branches: 2, Depth: 6, Buffer: Buffer{256, "static"}, Misfetch: 2, Redirect: 1},
			Rename: RenameSpec{Width: 8}, Issue: IssueSpec{Order: OutOfOrder, Width: 8}, Commit: CommitSpec{Width: 8},
			ROB: shared(256), IQ: shared(96), LQ: shared(96), SQ: shared(64), IntRegs: shared(256), FPRegs: shared(256),
			Units: UnitsSpec{
				IntALU: one(6), IntMul: Unit{2, 3, 1}, IntDiv: Unit{1, 20, 20}, Branch: one(2),
				Load: Unit{3, rigL1, 1}, Store: one(2), FPAdd: Unit{2, 4, 1}, FPMul: Unit{2, 4, 1},
				FPDiv: Unit{1, 15, 5}, FPSqrt: Unit{1, 20, 20},
			},
			StoreBuf: StoreBuffer{Width: 2},
		},
		caches: cache.Spec{
			L1I:    cache.Level{Size: 32 << 10, Ways: 8, Line: 64, Latency: 1, MSHRs: 4, Interval: 1, Replacement: "lru"},
			L1D:    cache.Level{Size: 32 << 10, Ways: 8, Line: 64, Latency: rigL1, MSHRs: rigMSHRs, Interval: 1, Replacement: "lru"},
			L2:     &cache.Level{Size: 256 << 10, Ways: 8, Line: 64, Latency: rigL2, MSHRs: 32, Interval: 1, Replacement: "lru"},
			Memory: "fixed:latency=200,bytes=64,cycles=1",
		},
		tlbs: tlb.Spec{
			I: tlb.FirstLevel{Entries: 64, Ways: 64, Misses: 4}, D: tlb.FirstLevel{Entries: 4096, Ways: 4, Misses: 8},
			Walker: tlb.Walker{Walks: 2},
		},
		branch: bpred.Spec{Direction: "gshare", BTB: bpred.BTBSpec{Entries: 1024, Ways: 4}, RAS: 16, Indirect: "256"},
	}
}

// everyDiscipline is what every discipline is tested with: the catalog, and
// spellings that take other ways through the core.
func everyDiscipline() []string {
	return append(scheduler.Catalog.Names(),
		"coarse:on=l2+tlb,penalty=3", "coarse:on=l1+l2+llc+tlb,penalty=1", "coarse:on=llc,action=drain,timer=500", "coarse:on=long+l1,quantum=200,timer=0",
		"barrel:rotate=strict", "barrel:inflight=1", "rr.1.8", "icount:issue=limited",
		"brcount:issue=dual,order=priority", "priority:levels=6+4+2",
		"stall:trigger=cycles:15", "flush:trigger=cycles:15", "pdg:predict=no", "mlpflush:trigger=cycles:15",
		"hillclimbing:epoch=300,metric=ipc", "hillclimbing:epoch=200",
	)
}

// multithreaded are those of them for more than one context.
func multithreaded() []string {
	return slices.DeleteFunc(everyDiscipline(), func(d string) bool { return d == "single" })
}

// build makes the core; it runs one stream per context.
func (r *rig) build(t testing.TB, streams ...isa.Stream) *Core {
	t.Helper()
	if errs := r.core.Validate("core", len(streams)); len(errs) > 0 {
		t.Fatal(errs)
	}
	row, args, err := scheduler.Parse(r.policy)
	if err != nil {
		t.Fatal(err)
	}
	policy, traits, err := row.New(scheduler.Env{Contexts: len(streams), FetchWidth: r.core.Fetch.Width, Sizes: r.core.Sizes()}, args)
	if err != nil {
		t.Fatal(err)
	}
	if r.wrap != nil {
		policy = r.wrap(policy)
	}
	caches, err := cache.New(r.caches, len(streams), 1)
	if err != nil {
		t.Fatal(err)
	}
	mmu, err := tlb.New(r.tlbs, len(streams), 1)
	if err != nil {
		t.Fatal(err)
	}
	branch, err := bpred.New(r.branch, len(streams), r.core.Window())
	if err != nil {
		t.Fatal(err)
	}
	programs := r.programs
	if programs == 0 {
		programs = len(streams)
	}
	c, err := New(r.core, Parts{
		Caches: caches, MMU: mmu, Branch: branch, Policy: policy, Traits: traits, Streams: streams,
		Programs: programs, L1DLine: r.caches.L1D.Line, NoIdleSkip: r.noSkip, OnRetire: r.retire,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// until runs the core until the program has committed n instructions in all,
// and returns the cycle.
func until(t testing.TB, c *Core, p isa.ASID, n uint64) isa.Cycle {
	t.Helper()
	c.SetGoal(p, n)
	for c.Committed(p) < n {
		if err := c.Run(1 << 30); err != nil {
			t.Fatal(err)
		}
	}
	c.SetGoal(p, ^uint64(0))
	return c.Now()
}

// cpi is the steady cycles per instruction of a program, without the start.
func cpi(t testing.TB, c *Core, p isa.ASID, warm, n uint64) float64 {
	t.Helper()
	a := until(t, c, p, warm)
	at := c.Committed(p)
	b := until(t, c, p, at+n)
	return float64(b-a) / float64(c.Committed(p)-at)
}

// loop is an endless script.
func loop(body ...isa.Inst) *script {
	return &script{body: append(body, add(10, 10, 0), back()), left: 1 << 60}
}

// catalogNames are the disciplines of the catalog.
func catalogNames() []string { return scheduler.Catalog.Names() }

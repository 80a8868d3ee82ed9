package machine

import (
	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/tlb"
)

// warmer shows caches, TLBs and predictors what has been executed
// functionally, so that their contents are those of a detailed run when the
// simulation begins. It models a core that executes one instruction after the
// other, each to its end: no wrong paths, no time, nothing counted.
//
// The accesses are those of the pipeline: one I-TLB and L1I read for each
// fetch block, anew after a transfer that is taken or predicted so; for loads
// and stores one D-TLB lookup and one L1D access for each line that they
// touch. Left out is what depends on time: loads that a store in flight
// forwards to, and merges.
type warmer struct {
	caches *cache.Hierarchy
	mmu    *tlb.MMU
	tables tlb.Tables
	branch *bpred.Unit

	block isa.Addr // bytes that fetch reads at a time
	line  isa.Addr // … and of an L1D line
	heads []fetchHead

	// used is the page that each first-level TLB was asked for last. The context
	// that asked has it there most recently used, so to ask again changes nothing.
	used [2]usedPage
}

type usedPage struct {
	vaddr, paddr isa.Addr
	asid         isa.ASID
	ctx          isa.Context
	valid        bool
}

// fetchHead is where a context fetches.
type fetchHead struct {
	block    isa.Addr // that has been read
	valid    bool
	software isa.SWThread
	asid     isa.ASID
}

// newWarmer makes a warmer for the parts of a machine. It is made anew for
// each stretch of functional execution, and used only while no request and no
// prediction is under way in them.
func newWarmer(c *Config, contexts int, caches *cache.Hierarchy, mmu *tlb.MMU, branch *bpred.Unit) *warmer {
	return &warmer{
		caches: caches, mmu: mmu, tables: caches.WalkPort(), branch: branch,
		block: isa.Addr(c.Core.Fetch.Line),
		line:  isa.Addr(c.Cache.L1D.Line),
		heads: make([]fetchHead, contexts),
	}
}

// observe takes what a context has executed next on its correct path.
func (w *warmer) observe(ctx isa.Context, d []isa.Dyn) {
	f := &w.heads[ctx]
	for i := range d {
		d := &d[i]
		w.fetch(f, ctx, d)
		switch {
		case d.Inst.Control != isa.NoControl:
			if w.branch.Warm(ctx, d.PC, &d.Inst, d.Mem, d.Taken, d.NextPC) || d.Taken {
				f.valid = false
			}
		case d.Inst.MemSize > 0:
			w.access(ctx, d)
		}
	}
}

// fetch reads the blocks of an instruction that have not been read yet.
func (w *warmer) fetch(f *fetchHead, ctx isa.Context, d *isa.Dyn) {
	if d.Thread != f.software || d.ASID != f.asid {
		*f = fetchHead{software: d.Thread, asid: d.ASID}
	}
	size := isa.Addr(d.Inst.Size)
	if at := d.PC - f.block; f.valid && at < w.block && at+size <= w.block {
		return
	}
	first, last := d.PC&-w.block, (d.PC+size-1)&-w.block
	if !f.valid || f.block != first {
		w.read(f, ctx, d.ASID, first)
	}
	if last != first {
		w.read(f, ctx, d.ASID, last)
	}
}

func (w *warmer) read(f *fetchHead, ctx isa.Context, asid isa.ASID, block isa.Addr) {
	w.caches.Warm(cache.Request{Addr: w.translate(tlb.Fetch, ctx, asid, block), PC: block, Thread: ctx, Kind: cache.Fetch})
	f.block, f.valid = block, true
}

// access is a load or a store.
func (w *warmer) access(ctx isa.Context, d *isa.Dyn) {
	r := cache.Request{PC: d.PC, Thread: ctx, Kind: cache.Read}
	switch d.Inst.Class {
	case isa.Atomic:
		r.Kind = cache.Write
	case isa.Store:
		// It is written after it has left the pipeline, with its address.
		r.Kind, r.PC = cache.Write, 0
	}
	addr := d.Mem
	end := addr + isa.Addr(d.Inst.MemSize) - 1
	r.Addr = w.translate(tlb.Data, ctx, d.ASID, addr)
	w.caches.Warm(r)
	if second := end & -w.line; second != addr&-w.line {
		r.Addr = w.translate(tlb.Data, ctx, d.ASID, second)
		w.caches.Warm(r)
	}
}

func (w *warmer) translate(p tlb.Port, ctx isa.Context, asid isa.ASID, vaddr isa.Addr) isa.Addr {
	offset := vaddr & (tlb.PageSize - 1)
	u := &w.used[p]
	if u.vaddr != vaddr-offset || u.asid != asid || u.ctx != ctx || !u.valid {
		paddr := w.mmu.Warm(w.tables, p, ctx, asid, vaddr)
		*u = usedPage{vaddr: vaddr - offset, paddr: paddr - offset, asid: asid, ctx: ctx, valid: true}
	}
	return u.paddr | offset
}

package pipeline

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// misses is a rig whose L2 holds little and whose TLB much, for footprints of
// missLines lines.
func misses(b StoreBuffer) *rig {
	r := newRig("single")
	r.caches.L1D.Size, r.caches.L2.Size, r.caches.L2.MSHRs = 16<<10, 64<<10, 64
	b.Width = max(b.Width, 2)
	r.core.StoreBuf = b
	return r
}

const missLines = 8192

// newLine is the address of a line that has not been used for long.
func newLine(iteration uint64) isa.Addr { return 1<<24 + isa.Addr(iteration%missLines*64) }

// A buffer of N entries has N misses under way. An entry is taken when its store
// commits, sent in that cycle, free when the line has come, and taken again
// by what commits in the next cycle.
func TestStoreBufferSize(t *testing.T) {
	for _, n := range []int{1, 2, 4, 8} {
		for _, order := range []string{TotalStoreOrder, RelaxedOrder} {
			s := loop(store(6, 7))
			s.mem = func(iteration uint64, _ int) isa.Addr { return newLine(iteration) }
			c := misses(StoreBuffer{Size: n, Order: order}).build(t, s)
			got := cpi(t, c, 0, 3*(missLines+100), 3*2000) * 3
			near(t, fmt.Sprintf("cycles per missing store with %d entries, %s", n, order), got, float64(rigMemory+1)/float64(n), 0.01)
			if stats := counters(c); stats["store_buffer.full"] == 0 || stats["store_buffer.full_cycles"] < stats["cycles"]/2 {
				t.Errorf("%d stores waited %d cycles for an entry", stats["store_buffer.full"], stats["store_buffer.full_cycles"])
			}
		}
	}
}

// In an iteration one store misses and three hit. In total store order the
// entries of two iterations fill a buffer of eight, relaxed the misses of eight:
// each gives its entry to the three hits of the next iteration, a cycle each,
// before the next miss has it.
func TestRelaxedOrder(t *testing.T) {
	for order, want := range map[string]float64{
		TotalStoreOrder: float64(rigMemory+1) / 2,
		RelaxedOrder:    float64(rigMemory+1+3) / 8,
	} {
		s := loop(store(6, 7), store(6, 7), store(6, 7), store(6, 7))
		s.mem = func(iteration uint64, i int) isa.Addr {
			if i == 0 {
				return newLine(iteration)
			}
			return 1<<30 + isa.Addr(i*64)
		}
		c := misses(StoreBuffer{Size: 8, Order: order}).build(t, s)
		near(t, order+": cycles per iteration", cpi(t, c, 0, 6*(missLines+100), 6*2000)*6, want, 0.02)
	}
}

// Eight stores an iteration, and one entry written a cycle. Stores to one line
// join the youngest entry; stores to two lines in turn only an older one. The
// loop alone takes two cycles to fetch.
func TestCoalescing(t *testing.T) {
	for _, k := range []struct {
		lines    int // of an iteration
		coalesce string
		want     float64
	}{
		{1, CoalesceNone, 8}, {1, CoalesceAdjacent, 2}, {1, CoalesceAny, 2},
		{2, CoalesceNone, 8}, {2, CoalesceAdjacent, 8}, {2, CoalesceAny, 2},
	} {
		var body []isa.Inst
		for range 8 {
			body = append(body, store(6, 7))
		}
		s := loop(body...)
		s.mem = func(iteration uint64, i int) isa.Addr {
			line := iteration%4*uint64(k.lines) + uint64(i%k.lines)
			return 1<<24 + isa.Addr(line*64+uint64(i)*8)
		}
		r := newRig("single")
		r.core.Units.Store.Count = 8
		r.core.StoreBuf = StoreBuffer{Width: 1, Size: 16, Coalesce: k.coalesce, Order: RelaxedOrder}
		if k.coalesce != CoalesceAny {
			r.core.StoreBuf.Order = TotalStoreOrder
		}
		c := r.build(t, s)
		near(t, fmt.Sprintf("%+v: cycles per iteration", k), cpi(t, c, 0, 2000, 20_000)*10, k.want, 0.01)
		n := counters(c)
		if got, most := n["store_buffer.coalesced"]+n["store_buffer.entries"], n["stores"]; got != most {
			t.Errorf("%+v: %d stores, of which %d have an entry", k, most, got)
		}
	}
}

// A load that needs a division for its address finds the store committed, and
// its line under way from memory. The buffer forwards all bytes of a load in the time
// of an L1D hit, after the division. When it has some of them, the load reads
// the cache as soon as the entry is free: the store commits with the load of the
// iteration before, and its line comes from memory.
func TestForwardingFromBuffer(t *testing.T) {
	for _, k := range []struct {
		store, load uint8
		atomic      bool
		want        float64
	}{
		{8, 8, false, rigDiv + rigL1}, {8, 4, false, rigDiv + rigL1}, {4, 8, false, rigMemory + rigL1}, {8, 8, true, rigMemory + rigL1},
	} {
		st, ld := store(6, 7), load(5, 20)
		st.MemSize, ld.MemSize = k.store, k.load
		if k.atomic {
			ld.Class = isa.Atomic
		}
		s := loop(st, div(20, 5, 7), ld)
		s.mem = func(iteration uint64, _ int) isa.Addr { return newLine(iteration) }
		for _, coalesce := range []string{CoalesceNone, CoalesceAdjacent} {
			c := misses(StoreBuffer{Size: 16, Coalesce: coalesce}).build(t, s)
			near(t, fmt.Sprintf("%+v: cycles per iteration", k), cpi(t, c, 0, 5*(missLines+100), 5*1000)*5, k.want, 0.01)
			n := counters(c)
			if forwarded := n["store_buffer.loads_forwarded"] > n["stores"]*9/10; forwarded != (k.want < rigMemory) {
				t.Errorf("%+v: %d of %d loads forwarded from the buffer", k, n["store_buffer.loads_forwarded"], n["loads"])
			}
		}
	}
}

// buffers are specifications of all kinds.
var buffers = []StoreBuffer{
	{Size: 2}, {Size: 8, Sharing: "static", Order: TotalStoreOrder}, {Size: 6, Sharing: "cap:2", Coalesce: CoalesceAdjacent},
	{Size: 4, Order: RelaxedOrder}, {Size: 12, Coalesce: CoalesceAny, Order: RelaxedOrder, Sharing: "watermark:2"},
}

// A buffer that never fills, of stores that cross no line, changes nothing of
// what happens when, without coalescing: it only frees entries of the store
// queue, which never fills either.
func TestStoreBufferAlone(t *testing.T) {
	run := func(b StoreBuffer) map[string]uint64 {
		r := newRig("icount.2.8")
		r.core.SQ.Size, r.core.StoreBuf = 1000, b
		var scripts []*script
		for seed := range uint64(3) {
			s := mixed(seed+1, 20_000)
			at := s.mem
			s.mem = func(iteration uint64, i int) isa.Addr { return at(iteration, i) &^ 7 }
			scripts = append(scripts, s)
		}
		c := r.build(t, apart(scripts...)...)
		finish(t, c, nil)
		return counters(c)
	}
	want, got := run(StoreBuffer{Width: 2}), run(StoreBuffer{Width: 2, Size: 1000})
	if got["store_buffer.entries"] != got["stores"] || got["store_buffer.full"] != 0 {
		t.Errorf("%d entries for %d stores, %d found it full", got["store_buffer.entries"], got["stores"], got["store_buffer.full"])
	}
	for name, v := range want {
		if got[name] != v && !strings.Contains(name, "store_buffer") && !strings.Contains(name, "sq") && !strings.Contains(name, "loads_forward_blocked") {
			t.Errorf("%s is %d with a buffer, %d without", name, got[name], v)
		}
	}
}

// With any buffer the same instructions retire, squashes or not, idle cycles
// skipped or not.
func TestStoreBufferRetiresTheSame(t *testing.T) {
	run := func(b StoreBuffer, policy string, noSkip bool, squashes float64) (retired [][]isa.Addr, n map[string]uint64) {
		retired = make([][]isa.Addr, 2)
		r := newRig(policy)
		r.noSkip = noSkip
		r.core.LSQ.Disambiguation = "naive"
		b.Width = 1
		r.core.StoreBuf = b
		r.retire = func(ctx isa.Context, d *isa.Dyn) { retired[ctx] = append(retired[ctx], d.PC, d.Mem) }
		c := r.build(t, apart(mixed(1, 3000), mixed(2, 3000))...)
		rng := rand.New(rand.NewPCG(3, 3))
		var between func()
		if squashes > 0 {
			between = func() {
				if th := &c.threads[rng.IntN(2)]; rng.Float64() < squashes && th.cursor > th.head {
					c.putBack(th, th.head+rng.Uint64N(th.cursor-th.head))
				}
			}
		}
		finish(t, c, between)
		return retired, counters(c)
	}
	want, _ := run(StoreBuffer{}, "icount.2.8", false, 0)
	for _, b := range buffers {
		for _, policy := range []string{"icount.2.8", "coarse", "barrel:rotate=strict"} {
			skipped, with := run(b, policy, false, 0)
			_, without := run(b, policy, true, 0)
			squashed, _ := run(b, policy, true, 0.05)
			if !reflect.DeepEqual(want, skipped) || !reflect.DeepEqual(want, squashed) {
				t.Errorf("%+v, %s: other instructions retired", b, policy)
			}
			for name, v := range with {
				if without[name] != v {
					t.Errorf("%+v, %s: %s is %d with skipping, %d without", b, policy, name, v, without[name])
				}
			}
		}
	}
}

// Values through a buffer alone: what a load is told to read, from an entry or
// from the cache, is what the youngest store before it has written. Entries are
// sent and written at random, as their order allows.
func TestStoreBufferValues(t *testing.T) {
	for _, b := range buffers {
		for seed := range uint64(30) {
			b.Width, b.Sharing = 1, ""
			testValues(t, b, rand.New(rand.NewPCG(seed, 5)))
		}
	}
}

func testValues(t *testing.T, spec StoreBuffer, rng *rand.Rand) {
	r := newRig("single")
	r.core.StoreBuf = spec
	c := r.build(t, loop())
	th := &c.threads[0]
	written, cache := map[isa.Addr]int{}, map[isa.Addr]int{} // by byte: the last store
	held := map[uint64]map[isa.Addr]int{}                    // by entry
	free := func() {
		before := append([]bufferEntry(nil), th.buffer.entries...)
		c.freeEntries(th)
		for _, e := range before {
			if !th.buffer.has(e.id) {
				for a, v := range held[e.id] {
					cache[a] = v
				}
			}
		}
	}
	for n := 1; n < 400; n++ {
		addr, size := isa.Addr(1<<20+rng.IntN(192)), uint8(1)<<rng.IntN(4)
		switch rng.IntN(4) {
		case 0, 1:
			pos := th.stores.push(newTag(uint64(n), 1, tagWake), 0, addr, size)
			c.take(th, 4) // the store queue
			e := th.stores.at(pos)
			e.lines, e.paddr = 1, [2]isa.Addr{addr, (addr | 63) + 1}
			if addr&^63 != (addr+isa.Addr(size)-1)&^63 {
				e.lines = 2
			}
			for u := (uop{seq: uint64(n)}); !c.buffer(th, &u); free() {
				th.buffer.entries[0].state = drained
				th.buffer.unsent = countUnsent(&th.buffer)
			}
			for a := addr; a < addr+isa.Addr(size); a++ {
				written[a] = n
				id := youngestOf(&th.buffer, a&^63)
				if held[id] == nil {
					held[id] = map[isa.Addr]int{}
				}
				held[id][a] = n
			}
		case 2:
			if k := len(th.buffer.entries); k > 0 {
				i := rng.IntN(k)
				e := &th.buffer.entries[i]
				switch {
				case e.state == sent && oldestOf(&th.buffer, i): // the L1D takes a line's accesses in order
					e.state = drained
				case e.state == unsent && !th.buffer.follows(i) && (c.relaxed || i == 0 || th.buffer.entries[i-1].state != unsent):
					e.state = sent
					th.buffer.unsent--
				}
				free()
			}
		default:
			id, how := th.buffer.match(c.block, 0, addr, size)
			some := false
			for a := addr; a < addr+isa.Addr(size); a++ {
				from := cache[a]
				if v, ok := held[id][a]; how == covers && ok {
					from = v
				}
				if how != partial && from != written[a] {
					t.Fatalf("%+v: a load reads what store %d wrote at %#x, want %d", spec, from, uint64(a), written[a])
				}
				some = some || cache[a] != written[a]
			}
			if how == noOverlap && some {
				t.Fatalf("%+v: a load does not see the buffer", spec)
			}
		}
	}
}

func countUnsent(b *storeBuffer) (n int) {
	for i := range b.entries {
		if b.entries[i].state == unsent {
			n++
		}
	}
	return n
}

func youngestOf(b *storeBuffer, block isa.Addr) (id uint64) {
	for i := range b.entries {
		if b.entries[i].block == block {
			id = b.entries[i].id
		}
	}
	return id
}

// oldestOf reports whether entry i is the oldest of its block.
func oldestOf(b *storeBuffer, i int) bool {
	for k := range i {
		if b.entries[k].block == b.entries[i].block && b.entries[k].state != drained {
			return false
		}
	}
	return true
}

// Threads that fill a shared buffer with stores that miss get equal parts of
// it, also when the stores of one need two entries.
func TestStoreBufferIsFair(t *testing.T) {
	var scripts []*script
	for i := range 3 {
		s := loop(store(6, 7))
		s.mem = func(iteration uint64, _ int) isa.Addr {
			return newLine(2*iteration) + isa.Addr(i/2*60) // the last one's cross
		}
		scripts = append(scripts, s)
	}
	r := misses(StoreBuffer{Size: 6})
	r.policy = "icount.2.8"
	c := r.build(t, apart(scripts...)...)
	if err := c.Run(400_000); err != nil {
		t.Fatal(err)
	}
	var n [3]float64
	for i := range n {
		n[i] = float64(c.Committed(isa.ASID(i)))
	}
	near(t, "the second of two equal threads", n[1], n[0], 0.05)
	if n[2] < n[0]/4 {
		t.Errorf("threads with stores that cross lines and without committed %v", n)
	}
}

func TestStoreBufferAllocatesNothing(t *testing.T) {
	for _, b := range buffers {
		b.Width = 2
		r := newRig("icount.2.8")
		r.core.StoreBuf = b
		c := r.build(t, apart(mixed(1, 1<<40), mixed(2, 1<<40))...)
		if err := c.Run(100_000); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() {
			if err := c.Run(10_000); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%+v: %v allocations in 10,000 cycles", b, n)
		}
	}
}

func TestStoreBufferErrors(t *testing.T) {
	for want, b := range map[string]StoreBuffer{
		`core.store-buffer.size: -1`:           {Size: -1},
		`core.store-buffer.width: 0`:           {Width: -2},
		`core.store-buffer.sharing: "mine"`:    {Size: 8, Sharing: "mine"},
		`core.store-buffer.sharing: static`:    {Size: 3, Sharing: "static"},
		`core.store-buffer.coalesce: "all" is`: {Coalesce: "all"},
		`core.store-buffer.coalesce: "any" le`: {Size: 8, Coalesce: CoalesceAny},
		`core.store-buffer.order: "weak" is n`: {Order: "weak"},
		``:                                     {Size: 32, Sharing: "cap:8"}, // Niagara's
	} {
		r := newRig("single")
		b.Width += 2
		r.core.StoreBuf = b
		errs := r.core.Validate("core", 4)
		if want == "" && len(errs) > 0 || want != "" && (len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), want)) {
			t.Errorf("%+v: %v, want %s", b, errs, want)
		}
	}
}

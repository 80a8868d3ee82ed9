package memdep

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/storage"
	"github.com/threadmill-sim/threadmill/isa"
)

func build(t *testing.T, spec string, contexts int) Predictor {
	t.Helper()
	p, err := Build(spec, contexts)
	if err != nil {
		t.Fatal(err)
	}
	return p.Predictor
}

const loadPC, storePC, otherPC = 0x1000, 0x2002, 0x3004

// Every policy can be built from its name, and an empty name is the default.
func TestCatalog(t *testing.T) {
	for _, row := range Catalog.Rows {
		p, err := Build(row.Name, 4)
		if err != nil || row.Doc == "" || (p.Wait == WaitPredicted) != (p.Predictor != nil) {
			t.Errorf("%s: %+v, %v", row.Name, p, err)
		}
		if p.Speculative() != (row.Name != Default) {
			t.Errorf("%s: speculative is %t", row.Name, p.Speculative())
		}
	}
	if p, err := Build("", 1); err != nil || p.Wait != WaitAll {
		t.Errorf("the empty name: %+v, %v", p, err)
	}
}

func TestErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"storesets":                              "did you mean",
		"store-sets:ssit=1000":                   "ssit=1000 is no power of two",
		"store-sets:lfst=3":                      "lfst=3 is no power of two",
		"store-sets:lfst=2,tables=split":         "leave each of 4 threads no entry",
		"store-sets:clear=-1":                    "outside",
		"naive:ssit=4":                           "takes no parameters",
		"store-sets:ssit=4,lfst=4,tables=mine":   "unknown value",
		"store-sets:ssit=4,lfst=4,tables=split,": "key=value",
	} {
		if _, err := Build(spec, 4); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", spec, err, want)
		}
	}
}

// A pair that has violated makes the load wait for the store's next instance,
// until its address is known, and a second store of the set wait for the first.
func TestStoreSets(t *testing.T) {
	p := build(t, "store-sets:clear=0", 1)
	if p.Store(1, 0, storePC, 10) != 0 || p.Load(2, 0, loadPC) != 0 {
		t.Error("something waits without a violation")
	}
	p.Violated(3, 0, loadPC, storePC)
	if got := p.Load(4, 0, loadPC); got != 0 {
		t.Errorf("the load waits for store %d, which was renamed before the set was known", got)
	}
	if p.Store(5, 0, storePC, 11) != 0 || p.Load(6, 0, loadPC) != 11 || p.Load(6, 0, otherPC) != 0 {
		t.Error("the load does not wait for the last store of its set, or another one does")
	}
	p.Violated(7, 0, loadPC, otherPC)
	if p.Store(8, 0, otherPC, 12) != 11 || p.Load(9, 0, loadPC) != 12 {
		t.Error("two stores of a set are not ordered")
	}
	p.Known(10, 0, storePC, 11)
	if p.Load(11, 0, loadPC) != 12 {
		t.Error("an older store that is known hides the last one")
	}
	p.Known(12, 0, otherPC, 12)
	if p.Load(13, 0, loadPC) != 0 {
		t.Error("the load waits for a store whose address is known")
	}
}

// Of two sets the smaller identifier wins, for the two instructions that met.
func TestStoreSetsMerge(t *testing.T) {
	p := build(t, "store-sets:clear=0", 1)
	const load1, load2, store1, store2 = 0x1010, 0x1020, 0x2010, 0x2020
	p.Violated(1, 0, load1, store1)
	p.Violated(1, 0, load2, store2)
	p.Violated(2, 0, load2, store1) // both are of load1's set now
	p.Store(3, 0, store1, 5)
	p.Store(3, 0, store2, 6)
	if p.Load(4, 0, load1) != 5 || p.Load(4, 0, load2) != 5 {
		t.Errorf("loads wait for %d and %d, want 5", p.Load(4, 0, load1), p.Load(4, 0, load2))
	}
}

// What threads see of each other's sets.
func TestStoreSetsOfThreads(t *testing.T) {
	for tables, want := range map[string]struct{ learned, after bool }{
		sharedTables: {true, true},   // learned by another thread; its training helps
		taggedTables: {false, false}, // the other's violation takes the entry
		splitTables:  {false, true},
	} {
		p := build(t, "store-sets:clear=0,tables="+tables, 3)
		p.Violated(1, 1, loadPC, storePC)
		p.Store(2, 2, storePC, 7)
		if got := p.Load(3, 2, loadPC); (got == 7) != want.learned || got != 0 && got != 7 {
			t.Errorf("%s: a thread waits for store %d by what another has learned", tables, got)
		}
		p.Violated(4, 2, loadPC, storePC)
		p.Store(5, 1, storePC, 8)
		if got := p.Load(6, 1, loadPC); (got == 8) != want.after {
			t.Errorf("%s: a thread waits for store %d after another's violation", tables, got)
		}
		// Never for the store of another thread.
		if got := p.Load(7, 0, loadPC); got != 0 {
			t.Errorf("%s: a thread waits for another's store %d", tables, got)
		}
	}
}

// The table against maps by address, without collisions, over a random history
// with clearings; how often it is asked does not matter.
func TestStoreSetsAgainstMaps(t *testing.T) {
	const interval = 1000
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := build(t, "store-sets:clear=1000", 1)
		sets, last := map[isa.Addr]isa.Addr{}, map[isa.Addr]Store{} // identifier: the first load's address
		now, next := isa.Cycle(0), Store(1)
		for range 5000 {
			before := now / interval
			if now += isa.Cycle(rng.IntN(8)); now/interval != before {
				clear(sets)
			}
			pc := isa.Addr(2 * rng.IntN(16)) // below 128 entries of the LFST
			switch id, ok := sets[pc]; rng.IntN(8) {
			case 0:
				other := isa.Addr(2 * rng.IntN(16))
				if id2, ok2 := sets[other]; !ok || ok2 && id2 < id {
					if id, ok = id2, ok2; !ok {
						id = pc
					}
				}
				sets[pc], sets[other] = id, id
				p.Violated(now, 0, pc, other)
			case 1, 2:
				want := Store(0)
				if ok {
					want = last[id]
					last[id] = next
				}
				if got := p.Store(now, 0, pc, next); got != want {
					t.Fatalf("seed %d: store at %#x waits for %d, want %d", seed, pc, got, want)
				}
				next++
			case 3:
				if ok && last[id] == next-1 {
					delete(last, id)
				}
				p.Known(now, 0, pc, next-1)
			default:
				want := Store(0)
				if ok {
					want = last[id]
				}
				if got := p.Load(now, 0, pc); got != want {
					t.Fatalf("seed %d: load at %#x waits for %d, want %d", seed, pc, got, want)
				}
			}
		}
	}
}

// Storage by hand: 4,096 entries with a valid bit and 7 of identifier, 128 with
// a valid bit and the 6 bits of 64 stores; and what tells four threads apart.
func TestStorage(t *testing.T) {
	const plain = 4096*8 + 128*7
	for spec, want := range map[string]storage.Cost{
		"naive": {}, "": {},
		"store-sets":               {Tables: plain + 2*128, Tags: 2 * 128},
		"store-sets:tables=tagged": {Tables: plain + 2*128 + 2*4096, Tags: 2*128 + 2*4096},
		"store-sets:tables=split":  {Tables: plain - 2*4096}, // of 32 sets each
	} {
		if got, err := StorageOf(spec, 4, 64); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", spec, got, err, want)
		}
	}
	if got, _ := StorageOf("store-sets", 1, 64); got != (storage.Cost{Tables: plain}) {
		t.Errorf("one thread: %+v", got)
	}
}

package machine

import (
	"testing"

	"github.com/threadmill-sim/threadmill/internal/storage"
)

// What more contexts cost is thread tags and what each has for itself, in every
// structure of every preset.
func TestStorage(t *testing.T) {
	of := func(c *Config, contexts int) []storage.Structure {
		c.Threads = contexts
		list, err := c.Storage()
		if err != nil {
			t.Fatalf("%s with %d contexts: %v", c.Name, contexts, err)
		}
		return list
	}
	for _, p := range Presets() {
		c := preset(t, p.Name)
		one := of(c, 1)
		for _, contexts := range []int{2, 3, 8} {
			if c.validate(contexts, nil) != nil {
				continue // what is static has no entry for each
			}
			for i, s := range of(c, contexts) {
				if o := one[i]; o.Name != s.Name || o.Tags != 0 || s.Total(contexts) != o.Total(1)+s.Tags+s.Replicated(contexts) {
					t.Errorf("%s with %d contexts: %+v, with one %+v", p.Name, contexts, s, o)
				}
			}
		}
	}
}

// By hand, of each room one structure of the default machine.
func TestStorageOfRooms(t *testing.T) {
	c := preset(t, "default", "branch.ras=32", "tlb.walker.walks=4", "cache.l1d.mshrs=16", "cache.l1d.line=64")
	list, err := c.Storage()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]storage.Cost{
		"core.int-registers": {Tables: 256 * 64, PerThread: 32 * 64},
		"branch.ras":         {PerThread: 32*47 + 5},
		"tlb.walker.walks":   {Tables: 4 * (1 + 16 + 36 + 2 + 40 + 2), Tags: 4 * 2},
		"cache.l1d.mshrs":    {Tables: 16 * (46 + 1 + 2), Tags: 16 * 2},
	}
	for _, s := range list {
		if cost, ok := want[s.Name]; ok && cost != s.Cost {
			t.Errorf("%s: %+v, want %+v", s.Name, s.Cost, cost)
		}
		delete(want, s.Name)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}

package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// tracker is a policy that follows loads and objects to what cannot be. The
// note that it keeps with a load is where the load has got to.
type tracker struct {
	scheduler.Policy
	t         *testing.T
	open      [2]int    // loads fetched that neither have their data nor are squashed
	committed [2]uint64 // instructions
	seen      [5]int    // loads by where they got to
}

const (
	loadFetched = 1 + iota
	loadMissed
	loadDone
	loadSquashed
)

func (k *tracker) to(l scheduler.Load, where uint8, ok bool) uint8 {
	if !ok {
		k.t.Fatalf("load %+v goes on to %d", l, where)
	}
	k.seen[where]++
	return where
}

func (k *tracker) LoadFetched(t isa.Context, pc isa.Addr) uint8 {
	k.open[t]++
	return k.to(scheduler.Load{Thread: t, PC: pc}, loadFetched, true)
}

func (k *tracker) LoadMissed(l scheduler.Load, _ scheduler.Level) uint8 {
	return k.to(l, loadMissed, l.Note == loadFetched || l.Note == loadMissed)
}

func (k *tracker) LoadDone(l scheduler.Load) uint8 {
	k.open[l.Thread]--
	return k.to(l, loadDone, l.Note == loadFetched && l.Waited == 0 || l.Note == loadMissed && l.Waited >= 1)
}

func (k *tracker) LoadSquashed(l scheduler.Load) {
	k.open[l.Thread]--
	k.to(l, loadSquashed, l.Note == loadFetched || l.Note == loadMissed)
}

func (k *tracker) LoadCommitted(l scheduler.Load, n uint64) {
	if l.Note != loadDone || n != k.committed[l.Thread] {
		k.t.Fatalf("load %+v commits as instruction %d of %d", l, n, k.committed[l.Thread])
	}
}

// Every load is fetched, may miss, and then has its data or is squashed; those
// that commit have their data.
func TestLoadsAreFollowed(t *testing.T) {
	for policy, squashes := range map[string]bool{"icount": false, "flush:trigger=cycles:3": true, "coarse:on=l1+l2+llc+tlb,penalty=1": true, "barrel": false} {
		k := &tracker{t: t}
		r := newRig(policy)
		r.wrap = func(p scheduler.Policy) scheduler.Policy {
			k.Policy = p
			return k
		}
		r.retire = func(ctx isa.Context, _ *isa.Dyn) { k.committed[ctx]++ }
		c := r.build(t, apart(mixed(1, 10_000), mixed(2, 10_000))...)
		finish(t, c, nil)
		if k.open != [2]int{} || k.seen[loadDone] == 0 || k.seen[loadMissed] == 0 || (k.seen[loadSquashed] > 0) != squashes {
			t.Errorf("%s: %v loads are open at the end; by where they got to %v", policy, k.open, k.seen)
		}
	}
}

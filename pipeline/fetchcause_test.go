package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"pgregory.net/rapid"
)

// The queue of changes is a list with the cause of each cycle.
func TestFetchCauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 9).Draw(t, "depth")
		q, list, before := newFetchCauses(depth), []slotClass{}, noFetch
		class := rapid.SampledFrom([]slotClass{noFetch, noICache, slotGated, noFetchOther})
		at := func(cycle int) slotClass {
			if cycle < 0 {
				return before
			}
			return list[cycle]
		}
		for now := range rapid.IntRange(1, 60).Draw(t, "cycles") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				from := rapid.IntRange(max(0, now-depth), now).Draw(t, "from")
				if from == 0 {
					before = noMispredict
					q.rewriteAll(noMispredict)
				} else {
					q.rewrite(isa.Cycle(from), noMispredict)
				}
				for i := from; i < len(list); i++ {
					list[i] = noMispredict
				}
			case 1, 2, 3, 4:
				got, until := q.atDispatch(isa.Cycle(now))
				want, next := at(now-depth), isa.Never
				for cycle := now - depth + 1; cycle < now; cycle++ {
					if at(cycle) != at(cycle-1) {
						next = isa.Cycle(cycle + depth)
						break
					}
				}
				if got != want || until != next {
					t.Fatalf("cycle %d: class %d until %d, want %d until %d", now, got, until, want, next)
				}
			}
			list = append(list, class.Draw(t, "class"))
			q.note(isa.Cycle(now), list[now])
		}
	})
}

// shareOf is what part of a thread's dispatch slots has one of the classes.
func shareOf(n map[string]uint64, thread string, classes ...string) float64 {
	all, these := uint64(0), uint64(0)
	for class := slotRetired; class < numSlotClasses; class++ {
		all += n[thread+".slots.dispatch."+slotDescs[class].Name]
	}
	for _, class := range classes {
		these += n[thread+".slots.dispatch."+class]
	}
	return float64(these) / float64(all)
}

// Threads that each could fill the machine and take turns in fetch lose what the
// others fetch to them: n twins use a part in n of the slots.
func TestTurnsInFetch(t *testing.T) {
	body := make([]isa.Inst, 62)
	for i := range body {
		body[i] = add(5, 6, 7)
	}
	for _, policy := range []string{"rr.1.8", "icount.1.8", "rr.2.4", "icount.2.4"} {
		for n := 2; n <= 4; n++ {
			r := newRig(policy)
			r.core.Units.IntALU.Count = 8
			var twins []*script
			for range n {
				twins = append(twins, loop(body...))
			}
			c := r.build(t, apart(twins...)...)
			if err := c.Run(200_000); err != nil {
				t.Fatal(err)
			}
			s := counters(c)
			near(t, policy+": used", shareOf(s, "thread0", "retired", "wrongpath", "inflight"), 1/float64(n), 0.02)
			near(t, policy+": lost to others", shareOf(s, "thread0", "fetch_other", "other_thread"), 1-1/float64(n), 0.02)
		}
	}
}

// A thread that mispredicts all the time and has one turn of many cycles in n
// loses the others to the discipline, and not to its mispredictions.
func TestMispredictionInTheBackground(t *testing.T) {
	for n := 2; n <= 4; n++ {
		r := newRig("coarse:timer=500,penalty=0")
		r.branch = bpred.Spec{Direction: "taken", BTB: bpred.BTBSpec{Entries: 64, Ways: 4}}
		var twins []*script
		for range n {
			twins = append(twins, loop(add(5, 6, 7), back(), add(5, 6, 7), back(), add(5, 6, 7)))
		}
		c := r.build(t, apart(twins...)...)
		if err := c.Run(400_000); err != nil {
			t.Fatal(err)
		}
		s := counters(c)
		away := shareOf(s, "thread0", "switch", "gated", "other_thread", "replay", "replayed")
		near(t, "away", away, 1-1/float64(n), 0.03)
		if own := shareOf(s, "thread0", "mispredict"); own < 0.5/float64(n) || own > 1/float64(n) {
			t.Errorf("%d threads: %.3f of the slots lost to mispredictions", n, own)
		}
	}
}

// A chain of divisions takes its time alone, too, whatever slots others have
// meanwhile.
func TestMaskedByDivisions(t *testing.T) {
	div := isa.Inst{Class: isa.IntDiv, Size: 4, Dst: 5, Src: [3]isa.Reg{5, 6}}
	c := newRig("icount.2.8").build(t, apart(loop(div, div, div, div), loop(add(5, 6, 7), add(8, 6, 7)))...)
	if err := c.Run(100_000); err != nil {
		t.Fatal(err)
	}
	s := counters(c)
	lost := uint64(0)
	for class, others := range lostToOthers {
		if others {
			lost += s["thread0.slots.dispatch."+slotDescs[class].Name]
		}
	}
	if masked := s["thread0.dispatch_masked"]; lost == 0 || masked > lost || masked < lost*95/100 {
		t.Errorf("of %d slots lost to others %d would have been lost alone", lost, masked)
	}
}

// A thread whose window has drained for a serialising instruction and that waits
// for its turn waits for that.
func TestDrainedInTheBackground(t *testing.T) {
	body := make([]isa.Inst, 20)
	for i := range body {
		body[i] = add(5, 6, 7)
	}
	fence := isa.Inst{Class: isa.IntALU, Size: 4, Flags: isa.Serialising}
	twins := []*script{loop(append(body, fence)...), loop(add(5, 6, 7)), loop(add(5, 6, 7)), loop(add(5, 6, 7))}
	c := newRig("coarse:timer=500,penalty=0").build(t, apart(twins...)...)
	if err := c.Run(200_000); err != nil {
		t.Fatal(err)
	}
	near(t, "away", shareOf(counters(c), "thread0", "switch", "gated", "other_thread", "replay", "replayed"), 0.75, 0.03)
}

// A turn in fetch that another thread had and could make no use of, for its code
// was not in the L1I, is lost to it all the same.
func TestTurnsLost(t *testing.T) {
	adds := func(n int) *script {
		body := make([]isa.Inst, n)
		for i := range body {
			body[i] = add(5, 6, 7)
		}
		return loop(body...)
	}
	r := newRig("rr.1.8")
	r.core.Units.IntALU.Count, r.caches.L2.Latency, r.caches.L1D.Latency, r.core.Units.Load.Latency = 8, 2, 1, 1
	c := r.build(t, apart(adds(62), adds(12000), adds(12000), adds(12000))...)
	if err := c.Run(400_000); err != nil {
		t.Fatal(err)
	}
	if own := shareOf(counters(c), "thread0", "fetch"); own > 0.02 {
		t.Errorf("%.3f of the slots of a thread that fills the machine alone are lost for its own fetch", own)
	}
}

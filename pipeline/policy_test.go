package pipeline

import (
	"fmt"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// What holds of every discipline with the core under it.

// recorder writes down what a policy sees and answers.
type recorder struct {
	scheduler.Policy
	plans []string
}

func (r *recorder) Plan(p *scheduler.Plan, v *scheduler.View) {
	r.Policy.Plan(p, v)
	answer := *p
	answer.Caps = nil // a pointer of the policy's own
	text := fmt.Sprint(*v, answer)
	if p.Caps != nil {
		text += fmt.Sprint(*p.Caps)
	}
	r.plans = append(r.plans, text)
}

// watchingRecorder is a recorder of a policy that follows loads.
type watchingRecorder struct {
	*recorder
	scheduler.LoadWatcher
}

// record makes the rig's cores keep their plans in r.
func (r *rig) record(to *recorder) {
	r.wrap = func(p scheduler.Policy) scheduler.Policy {
		to.Policy = p
		if w, ok := p.(scheduler.LoadWatcher); ok {
			return watchingRecorder{to, w}
		}
		return to
	}
}

// Where the data of leaving lie: what is warm, and what is not.
const nearData, farData = isa.Addr(1 << 24), isa.Addr(1 << 28)

// leaving is a mixed program in which every other access of every other
// iteration leaves the lines that are warm.
func leaving(seed uint64) *script {
	s := mixed(seed, 1<<40)
	s.mem = func(iteration uint64, i int) isa.Addr {
		if iteration%2 == 1 && i%2 == 1 {
			return farData + isa.Addr(iteration*64+uint64(i)*1024)
		}
		return nearData + isa.Addr((iteration*5+uint64(i))%64*64)
	}
	return s
}

// warm shows caches and TLBs the code of leaving, what its wrong paths fetch,
// and the near data; of the far data it shows the pages to the TLBs.
func warm(c *Core, s *script) {
	touch := func(port tlb.Port, a isa.Addr) isa.Addr {
		return c.parts.MMU.Warm(c.parts.Caches.WalkPort(), port, 0, s.asid, a)
	}
	for i := range 32 {
		c.parts.Caches.Warm(cache.Request{Addr: touch(tlb.Fetch, s.pc(16*i)&^63), Kind: cache.Fetch})
	}
	for i := range 64 {
		c.parts.Caches.Warm(cache.Request{Addr: touch(tlb.Data, nearData+isa.Addr(i*64)), Kind: cache.Read})
	}
	for page := range 32 {
		touch(tlb.Data, farData+isa.Addr(page)<<12)
	}
}

// No policy sees the future: with another memory behind it, it is shown the
// same and answers the same until the first access to it would have come back.
func TestNoPolicySeesTheFuture(t *testing.T) {
	const latency = rigMemory
	waiting := false
	for _, policy := range everyDiscipline() {
		plans := func(memory int) []string {
			r := newRig(policy)
			r.caches.Memory = fmt.Sprintf("fixed:latency=%d,bytes=64,cycles=1", memory)
			var to recorder
			r.record(&to)
			var scripts []*script
			for k := range 3 {
				scripts = append(scripts, leaving(uint64(k+1)))
			}
			if policy == "single" {
				scripts = scripts[:1]
			}
			c := r.build(t, apart(scripts...)...)
			for _, s := range scripts {
				warm(c, s)
			}
			if err := c.Run(latency); err != nil {
				t.Fatal(err)
			}
			missed := 0
			for i := range c.view.Threads {
				missed += c.view.Threads[i].Misses[scheduler.LLC].Count
			}
			waiting = waiting || missed > 0
			return to.plans
		}
		fast, slow := plans(latency), plans(2*latency)
		if len(fast) < 5 && policy != "single" || !slices.Equal(fast, slow) {
			t.Errorf("%s: %d plans, %d with a slower memory, and they differ before it answers", policy, len(fast), len(slow))
		}
	}
	if !waiting {
		t.Error("no load waits for memory under any policy")
	}
}

// Threads that wait for memory cost a barrel few plans, though each cycle is
// another's: whole rotations are skipped.
func TestIdleRotationsAreSkipped(t *testing.T) {
	plans := func(noSkip bool) int {
		r := newRig("barrel:rotate=strict")
		r.noSkip = noSkip
		var to recorder
		r.record(&to)
		c := r.build(t, apart(chase(1<<13), chase(1<<13), chase(1<<13))...)
		if err := c.Run(50_000); err != nil {
			t.Fatal(err)
		}
		return len(to.plans)
	}
	if with, without := plans(false), plans(true); without != 50_000 || with > without/3 {
		t.Errorf("%d plans in 50,000 cycles, %d without skipping", with, without)
	}
}

// Every thread gets on: none waits longer for a commit than the others can
// make it wait, whatever they do. Strict priority aside.
func TestNobodyStarves(t *testing.T) {
	for _, policy := range multithreaded() {
		switch policy {
		case "priority", "brcount:issue=dual,order=priority":
			continue
		case "hillclimbing":
			continue // epochs alone are longer than a round; shorter ones are among the others
		}
		r := newRig(policy)
		spinner := func() *script { return free(62) } // never misses, never stops
		c := r.build(t, apart(chase(1<<13), spinner(), mixed(3, 1<<40), spinner())...)
		if err := c.Run(30_000); err != nil {
			t.Fatal(err)
		}
		var before [4]uint64
		for round := range 10 {
			if err := c.Run(20_000); err != nil {
				t.Fatal(err)
			}
			for i := range before {
				if now := c.Committed(isa.ASID(i)); now == before[i] {
					t.Errorf("%s: thread %d has committed nothing in round %d", policy, i, round)
				} else {
					before[i] = now
				}
			}
		}
	}
}

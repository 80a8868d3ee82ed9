package pipeline

import (
	"fmt"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"pgregory.net/rapid"
)

// anyRule draws a rule that a structure of this size can have.
func anyRule(rt *rapid.T, size, contexts int) string {
	part := size / contexts
	rule := rapid.SampledFrom([]string{"shared", "static", "cap", "watermark"}).Draw(rt, "rule")
	switch rule {
	case "shared":
		return rule
	case "cap":
		rule = fmt.Sprintf("cap:%d", rapid.IntRange(1, size+4).Draw(rt, "cap"))
	case "watermark":
		rule = fmt.Sprintf("watermark:%d", rapid.IntRange(1, part).Draw(rt, "reserve"))
	}
	if rapid.Bool().Draw(rt, "active") {
		rule += activeSuffix
	}
	return rule
}

// ruleBook is a rule of sharing as its words have it.
type ruleBook struct {
	rule    sharingRule
	size    int
	held    []int
	running []bool
}

// limit is the most that thread i may hold.
func (b *ruleBook) limit(i int) int {
	counts := func(k int) bool { return b.running[k] || !b.rule.active }
	n := 0
	for k := range b.held {
		if counts(k) {
			n++
		}
	}
	switch b.rule.kind {
	case static:
		return b.size / n
	case capped:
		if b.rule.active && n == 1 {
			return b.size
		}
		return min(b.size, b.rule.n)
	case watermark:
		left := b.size
		for k, held := range b.held {
			if k != i && counts(k) {
				left -= max(b.rule.n, held)
			} else if k != i {
				left -= held
			}
		}
		return left
	}
	return b.size
}

// Whatever threads take, give back, stop and wake: nothing is held that does
// not exist, a thread takes an entry if and only if it is below its limit at
// that moment, and one that holds nothing gets one as soon as those above their limits
// have given back.
func TestSharing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		contexts := rapid.IntRange(1, 5).Draw(rt, "contexts")
		size := rapid.IntRange(contexts, 24).Draw(rt, "size")
		spec := anyRule(rt, size, contexts)
		e, err := newEntries(scheduler.ROB, Buffer{size, spec}, contexts)
		if err != nil {
			rt.Fatal(err)
		}
		book := ruleBook{rule: e.rule, size: size, held: make([]int, contexts), running: slices.Repeat([]bool{true}, contexts)}
		view := make([]scheduler.Thread, contexts)
		take := func(i, n int) {
			view[i].Occupancy[scheduler.ROB] += n
			e.free -= n
			book.held[i] += n
		}
		rt.Repeat(map[string]func(*rapid.T){
			"take": func(rt *rapid.T) {
				i := rapid.IntRange(0, contexts-1).Draw(rt, "thread")
				if !book.running[i] {
					rt.Skip("it does not run")
				}
				n := rapid.IntRange(1, 4).Draw(rt, "entries")
				space := e.space(view, isa.Context(i))
				for range n {
					may := e.free > 0 && book.held[i] < book.limit(i)
					if may != (space > 0) {
						rt.Fatalf("%s of %d, held %v, running %v: thread %d may take %t, space %d", spec, size, book.held, book.running, i, may, space)
					}
					if !may {
						break
					}
					take(i, 1)
					space--
				}
			},
			"give back": func(rt *rapid.T) {
				i := rapid.IntRange(0, contexts-1).Draw(rt, "thread")
				take(i, -rapid.IntRange(0, book.held[i]).Draw(rt, "entries"))
			},
			"stop or wake": func(rt *rapid.T) {
				i := rapid.IntRange(0, contexts-1).Draw(rt, "thread")
				book.running[i] = !book.running[i]
				if !slices.Contains(book.running, true) {
					book.running[i] = true
				}
				if e.rule.active {
					e.divide(runningSet(book.running))
				}
			},
			"": func(rt *rapid.T) {
				if e.free > size || e.free < 0 {
					rt.Fatalf("%d free of %d", e.free, size)
				}
			},
		})
		if e.rule.kind == shared || e.rule.kind == capped {
			return // they keep nothing for anyone
		}
		for i := range contexts {
			if over := book.held[i] - book.limit(i); over > 0 {
				take(i, -over)
			}
		}
		for i := range contexts {
			if book.running[i] && book.held[i] == 0 && e.space(view, isa.Context(i)) < 1 && !stoppedHold(&book) {
				rt.Fatalf("%s of %d, held %v: thread %d holds nothing and gets nothing", spec, size, book.held, i)
			}
		}
	})
}

// stoppedHold reports whether threads that do not run hold entries: those that
// run wait for them without a right of their own.
func stoppedHold(b *ruleBook) bool {
	for i, held := range b.held {
		if held > 0 && !b.running[i] && b.rule.active {
			return true
		}
	}
	return false
}

func runningSet(running []bool) isa.ContextSet {
	var set isa.ContextSet
	for i, r := range running {
		if r {
			set = set.With(isa.Context(i))
		}
	}
	return set
}

// Wrong rules say what would be right.
func TestWrongSharing(t *testing.T) {
	for rule, want := range map[string]string{
		"":                     `core.rob.sharing: "" is none of shared, static, cap:N, watermark:N, the last three also with +active`,
		"split":                `core.rob.sharing: "split" is none of shared, static, cap:N, watermark:N, the last three also with +active`,
		"cap":                  `core.rob.sharing: "cap": N in cap:N is an integer from 1 to 2147483647`,
		"cap:0":                `core.rob.sharing: "cap:0": N in cap:N is an integer from 1 to 2147483647`,
		"cap:4294967296":       `core.rob.sharing: "cap:4294967296": N in cap:N is an integer from 1 to 2147483647`,
		"static:4":             `core.rob.sharing: "static:4": static takes no number`,
		"shared+active":        `core.rob.sharing: "shared+active": what is shared has no parts that could depend on who runs`,
		"watermark:x":          `core.rob.sharing: "watermark:x": N in watermark:N is an integer from 1 to 2147483647`,
		"watermark:65":         `core.rob.sharing: watermark:65 reserves 260 for 4 contexts, and 256 exist`,
		"watermark:2147483647": `core.rob.sharing: watermark:2147483647 reserves 8589934588 for 4 contexts, and 256 exist`,
		"cap:4+activity":       `core.rob.sharing: "cap:4+activity": N in cap:N is an integer from 1 to 2147483647`,
	} {
		r := newRig("single")
		r.core.ROB.Sharing = rule
		errs := r.core.Validate("core", 4)
		if len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%q: %v, want %s", rule, errs, want)
		}
	}
	r := newRig("single")
	r.core.LQ = Buffer{3, "static"}
	if errs := r.core.Validate("core", 4); len(errs) != 1 || errs[0].Error() != "core.lq.sharing: static leaves 4 contexts no entry of 3" {
		t.Error(errs)
	}
}

// sharedBuffers are the structures of a specification whose sharing can be
// chosen.
func sharedBuffers(s *Spec) []*Buffer {
	return []*Buffer{&s.ROB, &s.IQ, &s.LQ, &s.SQ, &s.IntRegs, &s.FPRegs}
}

// Under any rules for all structures, small as they are, every thread of every
// discipline comes to its end, also when threads stop and wake; and what each
// holds, added up cycle by cycle, is what is counted.
func TestSharingInTheCore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(rt, "threads")
		r := newRig(rapid.SampledFrom([]string{"icount.2.8", "rr.1.8", "coarse", "barrel", "barrel:rotate=strict"}).Draw(rt, "policy"))
		r.core.Issue.Order = rapid.SampledFrom([]string{OutOfOrder, InOrder}).Draw(rt, "order")
		if r.core.Issue.Order == InOrder {
			r.core.Scoreboard = ScoreboardSpec{
				rapid.SampledFrom([]string{RenamedRegisters, ArchitecturalRegisters}).Draw(rt, "registers"),
				rapid.SampledFrom([]string{InOrder, OutOfOrder}).Draw(rt, "completion"),
				rapid.IntRange(0, 3).Draw(rt, "misses"),
			}
		}
		r.core.Bypass = BypassSpec{rapid.SampledFrom([]string{FullBypass, NoBypass, "load"}).Draw(rt, "bypass"), rapid.IntRange(1, 9).Draw(rt, "write-back")}
		r.core.Ports.IntMul = rapid.SampledFrom([]string{"", "p0+p1"}).Draw(rt, "ports")
		r.core.Ports.Load = rapid.SampledFrom([]string{"", "p1+p0+p2"}).Draw(rt, "ports")
		r.core.Rename.Threads, r.core.Commit.Threads = rapid.IntRange(0, 2).Draw(rt, "rename"), rapid.IntRange(0, 2).Draw(rt, "commit")
		for _, b := range sharedBuffers(&r.core) {
			b.Size = rapid.IntRange(n, 40).Draw(rt, "size")
			b.Sharing = anyRule(rt, b.Size, n)
		}
		for _, b := range []*Buffer{&r.core.MemIQ, &r.core.FPIQ} {
			if rapid.Bool().Draw(rt, "a queue of its own") {
				b.Size = rapid.IntRange(n, 20).Draw(rt, "size")
				b.Sharing = anyRule(rt, b.Size, n)
			}
		}
		if rapid.Bool().Draw(rt, "a store buffer") {
			r.core.StoreBuf.Size = rapid.IntRange(n, 12).Draw(rt, "size")
			r.core.StoreBuf.Sharing = anyRule(rt, r.core.StoreBuf.Size, n)
		}
		r.core.Fetch.Buffer = Buffer{16 * n, rapid.SampledFrom([]string{"static", "cap:16", "watermark:1", "watermark:16"}).Draw(rt, "fetch buffer")}
		var scripts []*script
		for i := range n {
			s := mixed(uint64(rapid.IntRange(1, 100).Draw(rt, "seed")), uint64(100+200*i))
			s.sleeps(rapid.Uint64Range(20, 500).Draw(rt, "every"), isa.StopBlocked, isa.Cycle(rapid.IntRange(1, 300).Draw(rt, "cycles")))
			scripts = append(scripts, s)
		}
		c := r.build(t, apart(scripts...)...)
		var summed occupancy
		for left := 400_000; total(c) < uint64(100*n+100*n*(n-1)); left-- {
			if err := c.Run(1); err != nil || left == 0 {
				rt.Fatalf("after %d cycles %d have committed: %v", c.Now(), total(c), err)
			}
			for i := range c.threads {
				for s, held := range c.view.Threads[i].Occupancy {
					summed[s] += uint64(held)
				}
			}
		}
		c.Settle(^isa.ContextSet(0))
		if c.stats.Occupancy != summed {
			rt.Errorf("occupancy %d, summed over cycles %d", c.stats.Occupancy, summed)
		}
	})
}

// Two threads of which the second stops and wakes: with +active the first has
// the whole structure while it is alone, and when the other has come back it
// takes nothing more until it is below its half.
func TestActiveSharing(t *testing.T) {
	r := newRig("icount.2.8")
	r.core.ROB = Buffer{64, "static+active"}
	first, second := chase(1<<17), chase(1<<17) // both fill what they get behind a miss
	for i := range 60 {
		first.body = append([]isa.Inst{add(isa.Reg(11+i%16), 6, 7)}, first.body...)
		second.body = append([]isa.Inst{add(isa.Reg(11+i%16), 6, 7)}, second.body...)
	}
	second.sleeps(600, isa.StopBlocked, 1500)
	c := r.build(t, apart(first, second)...)
	alone, shrinking := 0, false
	held := func() int { return c.view.Threads[0].Occupancy[scheduler.ROB] }
	for range 40_000 {
		before := held()
		if err := c.Run(1); err != nil {
			t.Fatal(err)
		}
		switch now := held(); {
		case c.threads[1].parked():
			alone = max(alone, now)
		case now > 32:
			shrinking = true
			if now > before {
				t.Fatalf("cycle %d: it took an entry above its half: %d after %d", c.Now(), now, before)
			}
		}
	}
	if alone != 64 || !shrinking {
		t.Errorf("alone it held %d at most; holding more than its half when the other woke: %t", alone, shrinking)
	}
}

// A watermark lets a thread have what the others neither hold nor have
// reserved: beside one that needs one entry at a time it gets all but the
// reserve.
func TestWatermark(t *testing.T) {
	for _, reserve := range []int{1, 8, 32} {
		r := newRig("icount.2.8")
		r.core.ROB = Buffer{64, fmt.Sprintf("watermark:%d", reserve)}
		s := chase(1 << 17)
		for i := range 100 {
			s.body = append([]isa.Inst{add(isa.Reg(11+i%16), 6, 7)}, s.body...)
		}
		idle := loop()
		idle.left = 0
		c := r.build(t, apart(s, idle)...)
		most := 0
		for range 20_000 {
			if err := c.Run(1); err != nil {
				t.Fatal(err)
			}
			most = max(most, c.view.Threads[0].Occupancy[scheduler.ROB])
		}
		if most != 64-reserve {
			t.Errorf("with %d reserved of 64 it held %d at most", reserve, most)
		}
	}
}

// Stores of two threads that commit in one cycle do not take what a third has
// reserved of the store buffer: the second finds what the first has taken.
func TestWatermarkOfStoreBuffer(t *testing.T) {
	r := misses(StoreBuffer{Size: 4, Sharing: "watermark:1"})
	r.policy = "icount.2.8"
	idle := loop()
	idle.left = 0
	scripts := []*script{loop(store(6, 7)), loop(store(6, 7)), idle}
	for _, s := range scripts[:2] {
		s.mem = func(iteration uint64, _ int) isa.Addr { return newLine(iteration) }
	}
	c := r.build(t, apart(scripts...)...)
	most := 0
	for range 20_000 {
		if err := c.Run(1); err != nil {
			t.Fatal(err)
		}
		held := 0
		for i := range c.threads {
			held += c.view.Threads[i].Occupancy[scheduler.StoreBuffer]
		}
		most = max(most, held)
	}
	if most != 3 {
		t.Errorf("two threads held %d of 4 at most; the third has one reserved", most)
	}
}

// However the fetch buffer is shared, a thread always gets an entry of it
// sometime: one that may not rename cannot hold them all for ever.
func TestFetchBufferStarvesNobody(t *testing.T) {
	for _, policy := range []string{"coarse", "coarse:action=drain", "coarse:action=drain,on=l1", "barrel", "barrel:rotate=strict", "icount.2.8", "icount.1.8"} {
		for _, sharing := range []string{"shared", "cap:14", "static", "static+active", "cap:10+active", "watermark:2", "watermark:2+active"} {
			r := newRig(policy)
			r.core.Fetch.Buffer = Buffer{16, sharing}
			r.core.ROB.Size = 24
			var scripts []*script
			for i := range 3 {
				s := mixed(uint64(i+1), 3000)
				s.sleeps(700, isa.StopBlocked, 300)
				scripts = append(scripts, s)
			}
			c := r.build(t, apart(scripts...)...)
			for total(c) < 9000 {
				if err := c.Run(1 << 20); err != nil || c.Now() > 1<<21 {
					t.Errorf("%s, %s: %d instructions in %d cycles: %v", policy, sharing, total(c), c.Now(), err)
					break
				}
			}
		}
	}
}

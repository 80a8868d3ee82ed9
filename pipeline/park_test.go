package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// sleeps makes a script wait in the guest operating system for a number of
// cycles after every so many instructions.
func (s *script) sleeps(every uint64, kind isa.StopKind, cycles isa.Cycle) *script {
	next, until := s.left-every, isa.Cycle(0)
	s.parks = func(s *script, now isa.Cycle) (isa.Stop, bool) {
		switch {
		case s.left > next:
			return isa.Stop{}, false
		case s.handed > s.retired:
			return isa.Stop{}, true
		case until == 0:
			until = now + cycles
		case now >= until:
			next, until = next-every, 0
			return isa.Stop{}, false
		}
		return isa.Stop{Kind: kind, Until: until}, true
	}
	return s
}

// relay is a stream of several software threads in turn: each runs for a
// number of instructions, and the next one behind a drained window.
type relay struct {
	scripts []*script
	every   int
	at      int
	mark    int // what the present one had handed out when its turn began
	stop    isa.Stop
}

func (r *relay) now() *script { return r.scripts[r.at] }

func (r *relay) Next(now isa.Cycle, buf []isa.Dyn) int {
	s := r.now()
	over := s.handed-r.mark >= r.every || s.left == 0
	switch {
	case s.depth == 0 && over && s.handed > s.retired:
		r.stop = isa.Stop{Kind: isa.StopSerialise}
		return 0
	case s.depth == 0 && over:
		for range r.scripts {
			if r.at = (r.at + 1) % len(r.scripts); r.now().left > 0 {
				break
			}
		}
		s = r.now()
		r.mark = s.handed
	}
	n := s.Next(now, buf)
	r.stop = s.Stop()
	return n
}

func (r *relay) Stop() isa.Stop       { return r.stop }
func (r *relay) PC() isa.Addr         { return r.now().PC() }
func (r *relay) Fork(pc isa.Addr) int { return r.now().Fork(pc) }
func (r *relay) Drop(depth int)       { r.now().Drop(depth) }
func (r *relay) Retire(n int)         { r.now().Retire(n) }
func (r *relay) CanFork() bool        { return true }

var _ isa.Stream = (*relay)(nil)

// A context that waits until a cycle fetches in that cycle, and is shown as
// waiting, or as idle, until then.
func TestParkedUntil(t *testing.T) {
	for kind, state := range map[isa.StopKind]scheduler.State{isa.StopBlocked: scheduler.Waiting, isa.StopIdle: scheduler.Idle} {
		const every, cycles = 32, 5000
		s := loop().sleeps(every, kind, cycles)
		r := newRig("icount.2.8")
		c := r.build(t, s)
		for !c.threads[0].parked() || c.Committed(0) == 0 {
			if err := c.Run(1 << 30); err != nil {
				t.Fatal(err)
			}
		}
		th, began := &c.threads[0], c.now-1
		if !th.parked() || th.wakeAt != began+cycles || c.Runs(0, 0) {
			t.Fatalf("parked %v until %d, want cycle %d", th.parked(), th.wakeAt, began+cycles)
		}
		if err := c.Run(cycles / 2); err != nil {
			t.Fatal(err)
		}
		if c.look(th, &c.view.Threads[0]); c.view.Threads[0].State != state {
			t.Errorf("state %d while parked, want %d", c.view.Threads[0].State, state)
		}
		until(t, c, 0, every+1)
		// Fetched, renamed, issued, done, committed.
		if want := began + cycles + isa.Cycle(r.core.Fetch.Depth) + 2 + 1; c.now != want {
			t.Errorf("the first instruction after the wait has committed in cycle %d, want %d", c.now, want)
		}
	}
}

// signal is a script of serialising instructions, one every so many, that
// calls do when one executes.
type signal struct {
	*script
	do func()
}

func (s signal) Next(now isa.Cycle, buf []isa.Dyn) int {
	at, left := s.at, s.left
	if s.depth == 0 && s.body[at].Flags&isa.Serialising != 0 && left > 0 {
		if s.handed > s.retired {
			s.stop = isa.Stop{Kind: isa.StopSerialise}
			return 0
		}
		s.do()
		s.granted = true
		return s.script.Next(now, buf[:1])
	}
	return s.script.Next(now, buf[:1]) // one by one, so that it passes none
}

// A context that waits for nothing in particular goes on when another one's
// serialising instruction has executed, and after Wake.
func TestParkedWoken(t *testing.T) {
	for _, policy := range []string{"icount.2.8", "coarse", "barrel", "barrel:rotate=strict"} {
		open := false
		waits := loop()
		waits.left = 1000
		asked := 0
		waits.parks = func(s *script, now isa.Cycle) (isa.Stop, bool) {
			asked++
			return isa.Stop{Kind: isa.StopIdle, Until: isa.Never}, !open
		}
		fence := isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising}
		signals := signal{loop(add(5, 6, 7), fence), nil}
		signals.left = 8
		done := 0
		signals.do = func() { done++; open = done == 2 }
		streams := apart(waits, signals.script)
		streams[1] = signals
		c := newRig(policy).build(t, streams...)
		for c.Committed(1) < 8 {
			if err := c.Run(1000); err != nil {
				t.Fatal(err)
			}
		}
		if done < 2 || asked < 3 {
			t.Errorf("%s: asked %d times before the gate was open after %d events", policy, asked, done)
		}
		finish(t, c, nil)
		if n := c.Committed(0); n != 1000 {
			t.Errorf("%s: %d instructions after the wake-up", policy, n)
		}
		waits.left, waits.parks = 500, nil
		c.Wake()
		finish(t, c, nil)
		if n := c.Committed(0); n != 1500 {
			t.Errorf("%s: %d instructions after Wake", policy, n)
		}
	}
}

// When nothing will wake any context the core says how each of them stands.
func TestAllParked(t *testing.T) {
	for _, policy := range []string{"icount.2.8", "coarse", "barrel:rotate=strict"} {
		blocked := loop()
		blocked.parks = func(s *script, _ isa.Cycle) (isa.Stop, bool) {
			return isa.Stop{Kind: isa.StopBlocked, Until: isa.Never}, s.left < 1<<60-100
		}
		ended := loop()
		ended.left = 50
		c := newRig(policy).build(t, apart(blocked, ended)...)
		var err error
		for range 1000 {
			if err = c.Run(1 << 30); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), "thread 0 waits in the guest operating system; thread 1 has no software thread") {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

// Under coarse a foreground thread that waits in the guest operating system
// gives way: a thread that never misses runs through the waits of the other.
func TestCoarseParkedGivesWay(t *testing.T) {
	const cycles = 20_000
	waits := loop().sleeps(64, isa.StopBlocked, cycles)
	runs := serial(isa.IntALU, 62)
	c := newRig("coarse:timer=0").build(t, apart(waits, runs)...)
	if err := c.Run(1); err != nil {
		t.Fatal(err)
	}
	for c.now < 10*cycles {
		if err := c.Run(10*cycles - uint64(c.now)); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Committed(1); n < 9*cycles {
		t.Errorf("the thread that runs committed %d instructions in %d cycles", n, c.now)
	}
	// The woken one stays in the background: nothing switches to it.
	if n := c.Committed(0); n != 64 {
		t.Errorf("the thread that waits committed %d instructions, want those of its first turn", n)
	}
}

// Software threads take turns on a context behind drained windows. What is
// counted of each program, the retired instructions, and the curve do not mix
// them up, and Run returns at each switch.
func TestSoftwareThreadsInTurn(t *testing.T) {
	for _, policy := range []string{"single", "icount.2.8", "coarse:on=l1+tlb,timer=100", "barrel", "barrel:inflight=1"} {
		turns := func() *relay {
			r := &relay{scripts: []*script{mixed(1, 3000), mixed(2, 2000), mixed(3, 1000)}, every: 250}
			for i, s := range r.scripts {
				s.thread, s.asid = isa.SWThread(i+1), isa.ASID(i/2) // the first two are of one program
			}
			return r
		}
		alone := map[isa.SWThread][]isa.Addr{}
		for _, s := range turns().scripts {
			r := newRig("single")
			r.retire = record(alone)
			s.asid = 0
			finish(t, r.build(t, s), nil)
		}
		got := map[isa.SWThread][]isa.Addr{}
		r := newRig(policy)
		r.retire = record(got)
		r.programs = 3
		first := turns()
		streams := []isa.Stream{first}
		if policy != "single" {
			other := mixed(4, 4000)
			other.thread, other.asid = 9, 2
			streams = append(streams, other)
		}
		c := r.build(t, streams...)
		curves := []*Curve{NewCurve(CurveSpec{Step: 100}), NewCurve(CurveSpec{Step: 100})}
		for i, curve := range curves {
			c.Record(isa.ASID(i), curve)
		}
		switches := 0
		for last := first.now(); c.Committed(0)+c.Committed(1) < 6000; last = first.now() {
			if err := c.Run(1 << 30); err != nil {
				t.Fatal(err)
			}
			if first.now() != last {
				switches++
			}
		}
		finish(t, c, nil)
		delete(got, 9)
		if !maps.EqualFunc(alone, got, slices.Equal) {
			t.Errorf("%s: what the threads retire is not what they retire alone", policy)
		}
		if c.Committed(0) != 5000 || c.Committed(1) != 1000 || c.CommittedOn(0, 0) != 5000 || c.CommittedOn(0, 1) != 1000 || c.CommittedOn(0, 2) != 0 {
			t.Errorf("%s: programs committed %d and %d, on the context %d and %d", policy, c.Committed(0), c.Committed(1), c.CommittedOn(0, 0), c.CommittedOn(0, 1))
		}
		if switches < 15 {
			t.Errorf("%s: Run returned at %d switches", policy, switches)
		}
		for i, curve := range curves {
			points := curve.Ended(uint64(c.Now()))
			if p := points[len(points)-1]; p.Instructions != []uint64{5000, 1000}[i] || p.Cycles != uint64(c.Now()) {
				t.Errorf("%s: the curve of program %d ends at %v", policy, i, p)
			}
		}
	}
}

// record keeps what each software thread retires.
func record(of map[isa.SWThread][]isa.Addr) func(isa.Context, *isa.Dyn) {
	return func(_ isa.Context, d *isa.Dyn) {
		of[d.Thread] = append(of[d.Thread], d.PC, d.Mem, d.NextPC)
	}
}

// Two programs take turns on a context, one that stores to an address and one
// that loads from the same. Stores that still wait to be written are no data
// for another program, but are for another thread of their own.
func TestNoForwardingBetweenPrograms(t *testing.T) {
	for _, programs := range []int{1, 2} {
		var stores []isa.Inst
		for range 30 {
			stores = append(stores, isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{6, 5}})
		}
		loads := slices.Repeat([]isa.Inst{{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{6}}}, 30)
		r := &relay{scripts: []*script{loop(stores...), loop(loads...)}, every: 32}
		for i, s := range r.scripts {
			s.thread, s.asid, s.left = isa.SWThread(i), isa.ASID(i%programs), 20_000
			s.mem = func(_ uint64, i int) isa.Addr { return 1<<24 + isa.Addr(i*8) }
		}
		// The last store is the first to be loaded: it is written last.
		r.scripts[1].mem = func(_ uint64, i int) isa.Addr { return 1<<24 + isa.Addr((29-i)*8) }
		rig := newRig("single")
		rig.programs, rig.core.StoreBuf.Width = 2, 1
		c := rig.build(t, r)
		finish(t, c, nil)
		n := counters(c)
		if forwarded := n["loads_forwarded"] + n["loads_forward_blocked"]; (forwarded > 0) != (programs == 1) {
			t.Errorf("%d programs: %d loads met a store that was not written", programs, forwarded)
		}
	}
}

// What is skipped while contexts are parked changes no statistic, and no
// policy loses an instruction over it.
func TestIdleSkippingParked(t *testing.T) {
	for _, policy := range multithreaded() {
		run := func(noSkip bool) (map[string]uint64, string) {
			r := newRig(policy)
			r.noSkip, r.programs = noSkip, 4
			turns := &relay{scripts: []*script{mixed(5, 2000), mixed(6, 3000)}, every: 300}
			turns.scripts[0].thread, turns.scripts[1].thread, turns.scripts[1].asid = 5, 6, 1
			streams := apart(mixed(1, 4000).sleeps(150, isa.StopBlocked, 900), turns.scripts[0], mixed(3, 3000).sleeps(1000, isa.StopIdle, 7000), chase(1<<13))
			streams[3].(*script).left = 3000
			streams[1] = turns
			c := r.build(t, streams...)
			finish(t, c, nil)
			return counters(c), fmt.Sprint(c.Committed(0), c.Committed(1), c.Committed(2), c.Committed(3))
		}
		with, committed := run(false)
		without, _ := run(true)
		for name, v := range with {
			if without[name] != v {
				t.Errorf("%s: %s is %d with skipping, %d without", policy, name, v, without[name])
			}
		}
		if committed != "4000 5000 3000 3000" {
			t.Errorf("%s: the programs committed %s", policy, committed)
		}
	}
}

// What fetch has read for one program is not another's, even at the same
// addresses: every turn translates and reads anew.
func TestFetchStartsAnew(t *testing.T) {
	body := slices.Repeat([]isa.Inst{add(5, 6, 7)}, 14) // with the loop's two, a block
	r := &relay{scripts: []*script{loop(body...), loop(body...)}, every: 8}
	for i, s := range r.scripts {
		s.thread, s.asid, s.left = isa.SWThread(i), isa.ASID(i), 8000
	}
	rig := newRig("single")
	rig.programs = 2
	c := rig.build(t, r)
	finish(t, c, nil)
	if n := counters(c)["tlb.i.accesses"]; n < 2000 {
		t.Errorf("%d instruction translations in 2000 turns", n)
	}
}

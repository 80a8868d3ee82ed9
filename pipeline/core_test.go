package pipeline

import (
	"fmt"
	"math"
	"testing"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*want {
		t.Errorf("%s is %.4f, want %.4f within %g %%", what, got, want, 100*tolerance)
	}
}

// A loop of k dependent adds, counter and branch: IPC (k+2)/k, a cycle per add.
func TestDependentAdds(t *testing.T) {
	const k = 30
	var body []isa.Inst
	for range k {
		body = append(body, add(5, 5, 6))
	}
	c := newRig("single").build(t, loop(body...))
	near(t, "cycles per dependent add", cpi(t, c, 0, 10_000, 100_000)*(k+2)/k, 1, 0.001)
}

// Independent adds are limited by the ALUs, then by the width.
func TestIndependentAdds(t *testing.T) {
	for _, alus := range []int{1, 3, 6, 8} {
		r := newRig("single")
		r.core.Units.IntALU.Count = alus
		var body []isa.Inst
		for i := range 62 {
			body = append(body, add(isa.Reg(11+i%20), 6, 7))
		}
		// 62 adds and the counter go to the ALUs, the branch has a unit.
		c := r.build(t, loop(body...))
		want := max(63.0/float64(alus), 64.0/8)
		near(t, "cycles per iteration", cpi(t, c, 0, 10_000, 200_000)*64, want, 0.01)
	}
}

// serial is a loop that waits for one chain of operations of a class.
func serial(class isa.Class, k int) *script {
	var body []isa.Inst
	for range k {
		body = append(body, isa.Inst{Class: class, Size: 4, Dst: 40, Src: [3]isa.Reg{40, 41}})
	}
	return loop(body...)
}

// apart gives each stream an address space and code of its own.
func apart(scripts ...*script) []isa.Stream {
	streams := make([]isa.Stream, len(scripts))
	for i, s := range scripts {
		s.asid = isa.ASID(i)
		s.base = isa.Addr(i) << 32
		streams[i] = s
	}
	return streams
}

// Chains of FP operations leave most slots empty: copies on further contexts
// cost the first nothing.
func TestChainsScaleWithThreads(t *testing.T) {
	const k = 30
	for _, n := range []int{1, 2, 4} {
		var scripts []*script
		for range n {
			scripts = append(scripts, serial(isa.FPAdd, k))
		}
		c := newRig("icount.2.8").build(t, apart(scripts...)...)
		near(t, "cycles per iteration", cpi(t, c, 0, 10_000, 100_000)*(k+2), 4*k, 0.005)
		for i := range n {
			near(t, "share of a thread", float64(c.Committed(isa.ASID(i)))/float64(c.Committed(0)), 1, 0.02)
		}
	}
}

// In a strict barrel each of N threads has every N-th cycle, so its chain of
// one-cycle adds takes N cycles a link.
func TestStrictBarrelShares(t *testing.T) {
	const k = 30
	for _, n := range []int{2, 3, 4} {
		var scripts []*script
		for range n {
			var body []isa.Inst
			for range k {
				body = append(body, add(5, 5, 6))
			}
			scripts = append(scripts, loop(body...))
		}
		c := newRig("barrel:rotate=strict").build(t, apart(scripts...)...)
		near(t, "cycles per dependent add", cpi(t, c, 0, 10_000, 50_000)*(k+2)/k, float64(n), 0.01)
	}
}

// Several in flight: under strict rotation a thread owns 1/N of the cycles,
// W/N instructions a cycle of independent ones, also when others have left; under
// skip those that are left share all of it.
func TestBarrelShares(t *testing.T) {
	for _, rotate := range []string{"strict", "skip"} {
		for n := 1; n <= 4; n++ {
			for gone := range min(n, 2) {
				r := apartRig("barrel:rotate=" + rotate)
				r.core.Units.IntALU.Count = 8
				var scripts []*script
				for i := range n {
					scripts = append(scripts, free(62))
					if i >= n-gone {
						scripts[i].left = 100
					}
				}
				c := r.build(t, apart(scripts...)...)
				owners := n
				if rotate == "skip" {
					owners = n - gone
				}
				near(t, fmt.Sprintf("%s: IPC of one of %d threads, %d of which left", rotate, n, gone), 1/cpi(t, c, 0, 20_000, 50_000), 8/float64(owners), 0.02)
			}
		}
	}
}

// Niagara's rotation passes over a thread that waits for memory: the others
// have its turns.
func TestBarrelPassesOverMisses(t *testing.T) {
	r := newRig("barrel")
	r.core.Fetch.Width, r.core.Rename.Width, r.core.Issue.Width, r.core.Commit.Width = 1, 1, 1, 1
	c := r.build(t, apart(free(62), free(62), chase(1<<13), free(62))...)
	if err := c.Run(200_000); err != nil {
		t.Fatal(err)
	}
	var before [4]uint64
	for i := range before {
		before[i] = c.Committed(isa.ASID(i))
	}
	const cycles = 100_000
	if err := c.Run(cycles); err != nil {
		t.Fatal(err)
	}
	ipc := func(i int) float64 { return float64(c.Committed(isa.ASID(i))-before[i]) / cycles }
	for _, i := range []int{0, 1, 3} {
		near(t, "IPC of a thread that hits", ipc(i), (1-ipc(2))/3, 0.01)
	}
	// A load from memory, the counter and the branch: 3 instructions in the time
	// of a miss and few cycles more.
	if got := ipc(2); got < 3.0/(rigMemory+40) || got > 3.0/rigMemory {
		t.Errorf("IPC of the one that misses: %.4f", got)
	}
}

// With one instruction of a thread in flight and a pipe of depth D, a thread
// gets 1/(N·⌈D/N⌉) of the cycles under strict rotation, min(1/N, 1/D) under
// skip.
func TestOneInFlight(t *testing.T) {
	for _, n := range []int{1, 2, 4, 8} {
		for _, rotate := range []string{"strict", "skip"} {
			var scripts []*script
			for range n {
				s := loop()
				s.body = s.body[:0]
				for range 64 {
					s.body = append(s.body, add(5, 6, 7))
				}
				s.body = append(s.body, isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4})
				scripts = append(scripts, s)
			}
			r := newRig("barrel:inflight=1,rotate=" + rotate)
			c := r.build(t, apart(scripts...)...)
			// Fetched in cycle 0, renamed in Depth, issued one later, done in
			// that cycle, committed in the next; the next fetch may be in the
			// same cycle, since commit comes first.
			depth := float64(r.core.Fetch.Depth + 2)
			want := float64(n) * math.Ceil(depth/float64(n))
			if rotate == "skip" {
				want = max(float64(n), depth)
			}
			near(t, rotate+" cycles per instruction", cpi(t, c, 0, 3000, 20_000), want, 0.01)
		}
	}
}

// chase is a loop of one load that needs the one before, over lines of a
// footprint in a fixed order that no set can tell from random.
func chase(lines uint64) *script {
	s := loop(isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{5}})
	s.mem = func(iteration uint64, _ int) isa.Addr {
		return 1<<24 + isa.Addr(iteration*(lines/2+1)%lines*64)
	}
	return s
}

// A pointer chase takes the configured load-to-use latency of the level that
// holds it.
func TestLoadToUse(t *testing.T) {
	const l3 = 60
	for _, k := range []struct {
		level string
		lines uint64
		want  float64
	}{
		{"L1", 128, rigL1}, {"L2", 2048, rigL2}, {"L3", 8192, l3}, {"memory", 1 << 17, rigMemory},
	} {
		r := newRig("single")
		r.caches.L3 = &cache.Level{Size: 1 << 20, Ways: 16, Line: 64, Latency: l3, MSHRs: 32, Interval: 1, Replacement: "lru"}
		if k.level == "L3" {
			// Few page colours: no part of the footprint can fit by chance.
			r.caches.L2.Size = 64 << 10
		}
		c := r.build(t, chase(k.lines))
		warm := 3 * k.lines * 2
		near(t, k.level+" load to use", cpi(t, c, 0, warm, 40_000)*3, k.want, 0.005)
	}
}

// Independent misses every g instructions cost
// max(L / min(⌊ROB/g⌋, MSHRs), g/W, line/bandwidth) cycles each.
func TestIndependentMisses(t *testing.T) {
	for _, k := range []struct{ g, rob, mshrs, cyclesPerLine int }{
		{64, 256, 16, 1}, {32, 256, 16, 1}, {16, 256, 8, 1}, {8, 256, 32, 1}, {128, 128, 16, 1}, {8, 256, 32, 16},
	} {
		r := newRig("single")
		r.core.ROB.Size = k.rob
		r.core.IQ.Size, r.core.IntRegs.Size = k.rob, k.rob
		r.caches.L1D.MSHRs, r.caches.L2.MSHRs = k.mshrs, 64
		r.caches.L1D.Size, r.caches.L2.Size = 16<<10, 64<<10
		if k.cyclesPerLine == 16 {
			r.caches.Memory = "fixed:latency=200,bytes=4,cycles=1"
		}
		// One load, adds that need nothing, and the branch.
		body := []isa.Inst{{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{6}}}
		for i := range k.g - 2 {
			body = append(body, add(isa.Reg(11+i%16), 7, 8))
		}
		s := &script{body: append(body, back()), left: 1 << 60}
		const lines = 8192 // more than the caches hold, less than the TLB reaches
		s.mem = func(iteration uint64, _ int) isa.Addr { return 1<<24 + isa.Addr(iteration%lines*64) }
		c := r.build(t, s)
		window := min(k.rob/k.g, k.mshrs)
		want := max(float64(rigMemory)/float64(window), float64(k.g)/8, float64(k.cyclesPerLine))
		// An entry that is freed is taken again a few cycles later.
		got := cpi(t, c, 0, uint64(k.g)*(lines+100), uint64(k.g)*4000) * float64(k.g)
		near(t, fmt.Sprintf("cycles per miss with %+v", k), got, want, 0.025)
	}
}

// A value that goes through memory in every iteration: stored, loaded, added.
// A store that has all bytes of the load forwards them in the time of an L1D
// hit. One that has some holds the load until it has been written: it is done
// in the cycle in which its data arrives, commits and is written in the next,
// and the load reads the cache in that one.
func TestForwarding(t *testing.T) {
	for _, k := range []struct {
		what        string
		store, load uint8
		want        float64
	}{
		{"whole", 8, 8, rigL1 + 1},
		{"contained", 8, 4, rigL1 + 1},
		{"partial", 4, 8, rigL1 + 2},
	} {
		s := loop(
			isa.Inst{Class: isa.Store, Size: 4, MemSize: k.store, Src: [3]isa.Reg{6, 5}},
			isa.Inst{Class: isa.Load, Size: 4, MemSize: k.load, Dst: 5, Src: [3]isa.Reg{6}},
			add(5, 5, 7),
		)
		s.mem = func(uint64, int) isa.Addr { return 1 << 24 }
		c := newRig("single").build(t, s)
		near(t, k.what+": cycles per iteration", cpi(t, c, 0, 2000, 20_000)*5, k.want, 0.01)
		forwarded := counters(c)["loads_forwarded"]
		if (forwarded > 0) != (k.what != "partial") {
			t.Errorf("%s: %d loads were forwarded", k.what, forwarded)
		}
	}
}

// A load that crosses a line takes the second line a cycle after the first.
func TestLineCrossing(t *testing.T) {
	s := loop(isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{5}})
	s.mem = func(iteration uint64, _ int) isa.Addr { return 1<<24 + 60 + isa.Addr(iteration%64*64) }
	c := newRig("single").build(t, s)
	near(t, "cycles per crossing load", cpi(t, c, 0, 2000, 20_000)*3, rigL1+1, 0.01)
	if n := counters(c)["line_crossings"]; n == 0 {
		t.Error("no crossing was counted")
	}
}

// A branch that is always mispredicted: fetched in cycle 0, renamed after the
// front end, issued a cycle later, resolved in the next; fetch goes on after
// the redirection, and the taken branch back ends that cycle's fetch.
func TestMispredictionCost(t *testing.T) {
	for _, depth := range []int{3, 6, 12} {
		r := newRig("single")
		r.core.Fetch.Depth = depth
		r.branch.Direction = "taken"
		s := loop(back(), add(5, 6, 7))
		s.body[0].Src[0] = 8 // its operand is there
		c := r.build(t, s)
		want := float64(depth + 1 + 1 + r.core.Fetch.Redirect + 1)
		near(t, "cycles per misprediction", cpi(t, c, 0, 2000, 20_000)*4, want, 0.01)
	}
}

// A load waits for the address of an older store, which takes the latency of
// the store unit: an iteration is that, the load, and the add that the next
// store's address needs.
func TestStoreAddressLatency(t *testing.T) {
	for _, latency := range []int{1, 3, 7} {
		r := newRig("single")
		r.core.Units.Store.Latency = latency
		s := loop(
			isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{5, 6}},
			isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{7}},
			add(5, 5, 7),
		)
		s.mem = func(_ uint64, i int) isa.Addr { return 1<<24 + isa.Addr(i*4096) }
		c := r.build(t, s)
		near(t, "cycles per iteration", cpi(t, c, 0, 2000, 20_000)*5, float64(latency+rigL1+1), 0.01)
	}
}

// Instructions that cross fetch blocks are fetched at last, however their two
// halves are refused at the L1I.
func TestCrossingFetchUnderConflicts(t *testing.T) {
	for _, k := range []struct{ ports, banks, interval, mshrs int }{{1, 0, 1, 4}, {0, 1, 2, 4}, {0, 4, 2, 1}, {0, 8, 1, 4}} {
		for _, policy := range []string{"rr.2.8", "icount.2.8", "barrel", "coarse"} {
			r := newRig(policy)
			r.caches.L1I.Ports, r.caches.L1I.Banks, r.caches.L1I.Interval, r.caches.L1I.MSHRs = k.ports, k.banks, k.interval, k.mshrs
			var scripts []*script
			for range 2 {
				var body []isa.Inst
				for i := range 62 {
					body = append(body, add(isa.Reg(11+i%20), 6, 7))
				}
				scripts = append(scripts, loop(body...))
			}
			streams := apart(scripts...)
			for _, s := range scripts {
				s.base += 2 // every sixteenth instruction crosses
				s.left = 10_000
			}
			finish(t, r.build(t, streams...), nil)
		}
	}
}

// A divider that is busy for a multiple of the number of threads is free in
// the same thread's turn again and again; it must wait for the others all the
// same. With nothing but independent divisions each thread gets its share.
func TestBarrelSharesBusyUnits(t *testing.T) {
	for _, policy := range []string{"barrel", "barrel:rotate=strict", "icount.2.8", "rr.2.8"} {
		var scripts []*script
		for range 4 {
			var body []isa.Inst
			for i := range 28 {
				body = append(body, isa.Inst{Class: isa.IntDiv, Size: 4, Dst: isa.Reg(11 + i%20), Src: [3]isa.Reg{6, 7}})
			}
			scripts = append(scripts, loop(body...))
		}
		r := newRig(policy)
		r.core.ROB.Sharing, r.core.IQ.Sharing = "static", "static"
		c := r.build(t, apart(scripts...)...)
		if err := c.Run(200_000); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			near(t, policy+": share of a thread", float64(c.Committed(isa.ASID(i))), 200_000.0/20*30/28/4, 0.06)
		}
	}
}

// Twins that are limited by a one-wide fetch get equal shares, however long
// their loop is.
func TestTwinsGetEqualShares(t *testing.T) {
	for _, policy := range []string{"icount.2.8", "rr.2.8", "rr.1.1", "icount.1.1"} {
		for _, length := range []int{1, 2, 5, 6, 14} {
			var scripts []*script
			for range 4 {
				var body []isa.Inst
				for i := range length {
					body = append(body, add(isa.Reg(11+i), 6, 7))
				}
				scripts = append(scripts, loop(body...))
			}
			r := newRig(policy)
			r.core.Fetch.Width, r.core.Rename.Width, r.core.Issue.Width, r.core.Commit.Width = 1, 1, 1, 1
			c := r.build(t, apart(scripts...)...)
			if err := c.Run(20_000); err != nil {
				t.Fatal(err)
			}
			var before [4]uint64
			for i := range before {
				before[i] = c.Committed(isa.ASID(i))
			}
			if err := c.Run(200_000); err != nil {
				t.Fatal(err)
			}
			for i := range before {
				near(t, policy+": share of a twin", float64(c.Committed(isa.ASID(i))-before[i]), float64(total(c)-before[0]-before[1]-before[2]-before[3])/4, 0.01)
			}
		}
	}
}

// In order, one a cycle: a multiplication, an addition that needs it, and k
// that do not. They wait behind the one that waits; out of order they fill the
// time. A store needs its address to issue, not its data.
func TestInOrder(t *testing.T) {
	const k = 10
	for _, order := range []string{InOrder, OutOfOrder} {
		for _, consumer := range []string{"add", "store"} {
			r := newRig("single")
			r.core.Issue.Order, r.core.Issue.Width = order, 1
			body := []isa.Inst{{Class: isa.IntMul, Size: 4, Dst: 5, Src: [3]isa.Reg{6, 7}}, add(8, 5, 6)}
			if consumer == "store" {
				body[1] = isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{6, 5}}
			}
			for i := range k {
				body = append(body, add(isa.Reg(11+i), 6, 7))
			}
			s := loop(body...)
			s.mem = func(uint64, int) isa.Addr { return 1 << 24 }
			want := float64(len(s.body)) // one a cycle
			if order == InOrder && consumer == "add" {
				want += float64(r.core.Units.IntMul.Latency - 1)
			}
			c := r.build(t, s)
			near(t, order+" with a dependent "+consumer+": cycles per iteration", cpi(t, c, 0, 2000, 20_000)*float64(len(s.body)), want, 0.01)
		}
	}
}

// Two threads that fetch eight each fill a machine of sixteen: EV8's fetch.
func TestSixteenWide(t *testing.T) {
	r := newRig("icount.2.8")
	r.core.Fetch.Width, r.core.Rename.Width, r.core.Issue.Width, r.core.Commit.Width = 16, 16, 16, 16
	r.core.Units.IntALU.Count = 16
	r.core.Fetch.Buffer.Size = 512
	var scripts []*script
	for range 2 {
		var body []isa.Inst
		for i := range 62 {
			body = append(body, add(isa.Reg(11+i%20), 6, 7))
		}
		scripts = append(scripts, loop(body...))
	}
	c := r.build(t, apart(scripts...)...)
	near(t, "cycles of a thread per iteration", cpi(t, c, 0, 20_000, 200_000)*64, 64.0/8, 0.02)
	near(t, "share of a thread", float64(c.Committed(0))/float64(c.Committed(1)), 1, 0.01)
}

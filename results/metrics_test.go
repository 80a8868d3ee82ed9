package results

import (
	"math"
	"slices"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"
)

func near(a, b Number) bool { return math.Abs(float64(a-b)) <= 1e-12*math.Max(1, math.Abs(float64(b))) }

// constantCPI is the solo curve of a program that takes cpi cycles for every
// instruction.
func constantCPI(cpi, instructions uint64) *Curve {
	return &Curve{Points: []CurvePoint{{}, {instructions, cpi * instructions}}}
}

func mix(width int, cycles uint64, programs ...Program) *Record {
	r := &Record{Cycles: cycles, Programs: programs, Setup: Setup{Contexts: len(programs), Width: width}}
	for _, p := range programs {
		r.Instructions += p.Instructions
	}
	r.IPC = Ratio(r.Instructions, r.Cycles)
	return r
}

// Two programs with CPI 2 and 4 alone, each slowed down by half: NP = 1/2
// each.
func TestMetricsOfEqualSlowdown(t *testing.T) {
	r := mix(8, 8000,
		Program{Start: 500, Instructions: 1000, Cycles: 4000},
		Program{Start: 1500, Instructions: 1000, Cycles: 8000})
	m := Measure(r, []*Curve{constantCPI(2, 10_000), constantCPI(4, 10_000)})
	for name, c := range map[string]struct{ got, want Number }{
		"stp":      {m.STP, 1},
		"antt":     {m.ANTT, 2},
		"harmonic": {m.Harmonic, 0.5},
		"fairness": {m.Fairness, 1},
		"jain":     {m.Jain, 1},
		"speedup":  {m.Speedup, (2000 + 4000) / 8000.0},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s = %v, want %v", name, c.got, c.want)
		}
	}
}

// NP = 1 and 1/4.
func TestMetricsOfUnequalSlowdown(t *testing.T) {
	r := mix(8, 4000,
		Program{Instructions: 1000, Cycles: 1000},
		Program{Instructions: 1000, Cycles: 4000})
	m := Measure(r, []*Curve{constantCPI(1, 10_000), constantCPI(1, 10_000)})
	for name, c := range map[string]struct{ got, want Number }{
		"stp":      {m.STP, 1.25},
		"antt":     {m.ANTT, 2.5},
		"harmonic": {m.Harmonic, 0.4},
		"fairness": {m.Fairness, 0.25},
		"jain":     {m.Jain, 1.25 * 1.25 / (2 * (1 + 1.0/16))},
		"speedup":  {m.Speedup, 0.5},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s = %v, want %v", name, c.got, c.want)
		}
	}
}

// k programs one after the other on one context: each has 1/k of the
// processor.
func TestMetricsOfTimeSharing(t *testing.T) {
	r := mix(8, 1000+3000+5000,
		Program{Instructions: 1000, Cycles: 1000},
		Program{Instructions: 1000, Cycles: 3000},
		Program{Instructions: 1000, Cycles: 5000})
	r.Setup.Contexts = 1
	m := Measure(r, []*Curve{constantCPI(1, 2000), constantCPI(3, 2000), constantCPI(5, 2000)})
	if !near(m.STP, 1) || !near(m.ANTT, 3) || !near(m.Fairness, 1) || !near(m.Speedup, 1) {
		t.Errorf("got %+v, want STP 1, ANTT 3, fairness 1, speedup 1", m)
	}
}

func TestMetricsWithoutBaseline(t *testing.T) {
	r := mix(8, 1000, Program{Instructions: 1000, Cycles: 1000}, Program{Instructions: 1000, Cycles: 1000})
	short := constantCPI(1, 999)
	for _, solo := range [][]*Curve{nil, {nil, nil}, {constantCPI(1, 2000), nil}, {constantCPI(1, 2000), short}} {
		m := Measure(r, solo)
		if m.STP.Defined() || m.ANTT.Defined() || m.Speedup.Defined() || m.Fairness.Defined() {
			t.Errorf("solo %v: got %+v, want undefined", solo, m)
		}
	}
}

// The bounds that hold for any progress: harmonic ≤ arithmetic mean (Luo),
// 1/n ≤ Jain ≤ 1, fairness ≤ 1, all invariant under the order of programs.
func TestMetricsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		np := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Number {
			return Number(rapid.Float64Range(1e-3, 4).Draw(t, "np"))
		}), 1, 16).Draw(t, "progress")
		m := progressMetrics(np)
		n := Number(len(np))
		const slack = 1 + 1e-9
		if m.Harmonic > m.STP/n*slack || m.Jain > slack || m.Jain*n*slack < 1 || m.Fairness > 1 {
			t.Fatalf("%v: %+v", np, m)
		}
		reversed := make([]Number, len(np))
		for i, v := range np {
			reversed[len(np)-1-i] = v
		}
		if r := progressMetrics(reversed); !near(r.STP, m.STP) || !near(r.ANTT, m.ANTT) || r.Fairness != m.Fairness {
			t.Fatalf("order matters: %+v, %+v", m, r)
		}
	})
}

// A curve answers for the instructions between its ends and no others, and one
// of a program that has ended reaches as far as any.
func TestCurveEnds(t *testing.T) {
	c := &Curve{Points: []CurvePoint{{10, 7}, {20, 9}, {30, 13}, {30, 40}}, Ended: true}
	for _, q := range []struct {
		a, b uint64
		want Number
	}{{10, 30, 33}, {10, 29, 5.6}, {20, 20, 0}, {30, 30, 0}, {9, 20, Undefined}, {10, 31, Undefined}, {20, 15, Undefined}} {
		if got := c.Between(q.a, q.b); got != q.want && (got.Defined() || q.want.Defined()) {
			t.Errorf("Between(%d, %d) = %v, want %v", q.a, q.b, got, q.want)
		}
	}
	running := &Curve{Points: c.Points[:3]}
	if !c.Reaches(31) || !running.Reaches(30) || running.Reaches(31) || (&Curve{}).Reaches(0) || (*Curve)(nil).Reaches(0) {
		t.Error("a curve reaches its last point, or the end of its program")
	}
}

// A curve answers for any range as a walk over its instructions would.
func TestCurveBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := CurvePoint{rapid.Uint64Range(0, 5).Draw(t, "first"), rapid.Uint64Range(0, 100).Draw(t, "cycle")}
		c := &Curve{Points: []CurvePoint{from}}
		perInst := []uint64{} // each instruction's cycles
		for _, length := range rapid.SliceOfN(rapid.Uint64Range(1, 20), 0, 8).Draw(t, "lines") {
			cpi := rapid.Uint64Range(0, 50).Draw(t, "cpi")
			last := c.Points[len(c.Points)-1]
			c.Points = append(c.Points, CurvePoint{last.Instructions + length, last.Cycles + length*cpi})
			perInst = append(perInst, slices.Repeat([]uint64{cpi}, int(length))...)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		n := uint64(len(perInst))
		a := rapid.Uint64Range(0, n).Draw(t, "a")
		b := rapid.Uint64Range(a, n).Draw(t, "b")
		var want uint64
		for _, cycles := range perInst[a:b] {
			want += cycles
		}
		if got := c.Between(from.Instructions+a, from.Instructions+b); got != Number(want) {
			t.Fatalf("Between(%d, %d) = %v, want %d", a, b, got, want)
		}
	})
}

func TestCurveCheck(t *testing.T) {
	for name, c := range map[string]*Curve{
		"earlier":            {Points: []CurvePoint{{0, 0}, {10, 5}, {20, 4}}},
		"fewer instructions": {Points: []CurvePoint{{10, 5}, {9, 9}}},
	} {
		if c.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestMPKIAndLedger(t *testing.T) {
	counters := map[string]uint64{
		"slots.issue.total": 8000, "slots.issue.cause.retired": 4000, "slots.issue.cause.wrongpath": 500,
		"slots.issue.cause.replayed": 100, "slots.issue.cause.inflight": 400,
		"slots.issue.horizontal": 1000, "slots.issue.vertical": 2000,
	}
	r := &Record{Instructions: 4000, Cycles: 1000, Setup: Setup{Width: 8}, Stats: NewStats(counters)}
	if err := CheckLedger(r); err != nil {
		t.Error(err)
	}
	if u := Utilization(r.Stats); u != 0.5 {
		t.Errorf("utilization %v, want 0.5", u)
	}
	var sum Number
	for i := range IssueShares {
		sum += IssueShares[i].Of(r)
	}
	if !near(sum, 1) {
		t.Errorf("shares sum to %v", sum)
	}
	counters["slots.issue.vertical"]++
	r.Stats = NewStats(counters)
	if CheckLedger(r) == nil {
		t.Error("a ledger with one slot too many was accepted")
	}
	for i := range Structures {
		if s := &Structures[i]; s.MPKI(r).Defined() {
			t.Errorf("%s: defined without its counter", s.Key)
		}
		counters[Structures[i].stat] = uint64(4 * (i + 1))
		r.Stats = NewStats(counters)
		if got := MPKI(r, Structures[i].Key); got != Number(i+1) {
			t.Errorf("%s: %v, want %d", Structures[i].Key, got, i+1)
		}
	}
}

// Every thread counts alike: a fast one with few misses does not hide a slow
// one with many.
func TestMPKIOfThreads(t *testing.T) {
	r := &Record{Instructions: 11000, Threads: []Thread{{ID: 0}, {ID: 1}, {ID: 2}}, Stats: NewStats(map[string]uint64{
		"l1d.misses":        110,
		"thread0.committed": 10000, "thread0.l1d.misses": 10,
		"thread1.committed": 1000, "thread1.l1d.misses": 100,
		"thread2.committed": 0, "thread2.l1d.misses": 0, // no program
	})}
	if got := MPKI(r, "l1d"); !near(got, (1+100)/2.0) {
		t.Errorf("MPKI %v, want 50.5", got)
	}
}

// Programs one after another are read as sharing the time equally, in the
// throughput as in the issue slots.
func TestBackToBack(t *testing.T) {
	solo := func(digest string, cycles, retired uint64) *Record {
		counters := make(map[string]uint64)
		for i := range IssueShares {
			counters[IssueShares[i].stat] = 0
		}
		counters["slots.issue.total"] = 2 * cycles
		counters["slots.issue.cause.retired"] = retired
		counters["slots.issue.vertical"] = 2*cycles - retired
		return &Record{
			Scheduler: "single", Cycles: cycles, Instructions: 1000, Setup: Setup{Contexts: 1, Width: 2},
			Programs: []Program{{Digest: digest, Instructions: 1000, Cycles: cycles}}, Stats: NewStats(counters),
		}
	}
	fast, slow := solo("a", 1000, 1000), solo("b", 10000, 1000)
	both := &Record{
		Scheduler: "single", Cycles: 11000, Instructions: 2000, Setup: Setup{Contexts: 1, Width: 2},
		Programs: []Program{fast.Programs[0], slow.Programs[0]},
	}
	c := &Comparison{Runs: []*Record{both}, Baselines: []*Record{fast, slow}, Scaling: []*Record{fast}}
	if got := Throughput(both); !near(got, (1+0.1)/2) {
		t.Errorf("throughput %v, want 0.55", got)
	}
	shares := c.Shares(both)
	if shares == nil || !near(shares[0], (0.5+0.05)/2) || !near(shares[len(shares)-1], (0.5+0.95)/2) {
		t.Errorf("shares %v", shares)
	}
	if got := c.Shares(fast); got == nil || !near(got[0], 0.5) {
		t.Errorf("shares of one program %v", got)
	}
	points := c.ScalingOf("single")
	if len(points) != 2 || points[0].Threads != 1 || !near(points[0].Value, 1) || points[1].Threads != 2 || !near(points[1].Value, 0.55) {
		t.Errorf("points %v", points)
	}
	c.Baselines = c.Baselines[:1]
	if got := c.Shares(both); got != nil {
		t.Errorf("shares without a baseline: %v", got)
	}
}

func TestShortNumber(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 99_999: "99999", 200_000: "200 k", 123_456: "123 k", 1_000_000: "1 M", 1_234_567: "1.23 M",
		12_345_678: "12.3 M", 123_456_789: "123 M", 1_000_000_000: "1 G", 45_600_000_000: "45.6 G",
	} {
		if got := ShortNumber(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

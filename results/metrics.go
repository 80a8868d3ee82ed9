package results

import (
	"fmt"
	"sort"
)

// Metrics compare a run with the solo runs of its programs. With IPC_i alone
// on the same machine over the same instructions (SP) and together (MP), the
// normalized progress of program i is NP_i = IPC_i^MP / IPC_i^SP. Without the
// solo runs everything is undefined.
//
// A run of several programs on one context, one after the other, is read as
// equal time-sharing: each program has 1/k of the processor, so NP_i is 1/k
// of what it would be alone, STP about 1 and ANTT about k.
//
// A program of several software threads executes more or fewer instructions
// the longer or shorter its threads wait for one another, so its instructions
// do not say how far it has come (Alameldeen and Wood, IEEE Micro 2006). It has
// no progress, and a run with it no STP, ANTT or fairness. What is left is time:
// the speedup, when every program was measured as a whole.
type Metrics struct {
	// STP is Σ NP_i, the weighted speedup (Snavely & Tullsen, ASPLOS 2000;
	// system throughput in Eyerman & Eeckhout, IEEE Micro 2008).
	STP Number `json:"stp"`
	// ANTT is (1/n) Σ 1/NP_i, the average normalized turnaround time (Eyerman
	// & Eeckhout 2008); lower is better.
	ANTT Number `json:"antt"`
	// Harmonic is the harmonic mean of the speedups, 1/ANTT (Luo et al.,
	// ISPASS 2001).
	Harmonic Number `json:"harmonic"`
	// Fairness is min over i, j of NP_i / NP_j: 1 when all suffer equally.
	Fairness Number `json:"fairness"`
	// Jain is (Σ NP)² / (n Σ NP²) (Jain et al. 1984).
	Jain Number `json:"jain"`
	// Speedup is Σ solo cycles over the measured ranges / measured cycles: how
	// much sooner the work is done than by running the programs one after
	// another, each alone on one hardware thread. With programs of several
	// software threads the ranges are the whole programs, or their regions of
	// interest.
	Speedup Number `json:"speedup"`
	// Progress holds NP_i, in the order of the programs.
	Progress []Number `json:"progress"`
	// Estimate holds what the threads' own accounting says NP_i is, without a
	// solo run: (base + miss) / cycles (Account).
	Estimate []Number `json:"estimate"`
}

// Curve is the progress of a program that runs alone, from the end of its
// warm-up on: a chain of straight lines between points. It answers how long any
// range of the program takes alone, so one solo run serves every mix.
type Curve struct {
	// Points are in order. Where the program has ended, the last one is that,
	// and may repeat the instructions of the one before, a little later.
	Points []CurvePoint
	// Ended is set when the program has: no run of it goes further.
	Ended bool
}

// CurvePoint says that a program alone had committed so many instructions after so
// many cycles.
type CurvePoint struct {
	Instructions, Cycles uint64
}

// Reaches reports whether the solo run covers the program up to instruction n,
// or as far as the program goes.
func (c *Curve) Reaches(n uint64) bool {
	return c != nil && (c.Ended || len(c.Points) > 0 && n <= c.Points[len(c.Points)-1].Instructions)
}

// Between is the number of solo cycles that instructions a … b of the program
// take; undefined beyond the ends of the curve.
func (c *Curve) Between(a, b uint64) Number {
	if c == nil || a > b {
		return Undefined
	}
	return c.at(b) - c.at(a)
}

// at is the interpolated cycle of instruction n, to one part in 2^53.
func (c *Curve) at(n uint64) Number {
	after := sort.Search(len(c.Points), func(i int) bool { return c.Points[i].Instructions > n })
	if after == 0 {
		return Undefined
	}
	from := c.Points[after-1]
	switch {
	case from.Instructions == n:
		return Number(from.Cycles)
	case after == len(c.Points):
		return Undefined
	}
	to := c.Points[after]
	part := float64(float64(to.Cycles-from.Cycles) * float64(n-from.Instructions))
	return Number(float64(from.Cycles) + part/float64(to.Instructions-from.Instructions))
}

// Check reports a curve that no run can have written.
func (c *Curve) Check() error {
	for i := 1; i < len(c.Points); i++ {
		if p, last := c.Points[i], c.Points[i-1]; p.Instructions < last.Instructions || p.Cycles < last.Cycles {
			return fmt.Errorf("solo curve runs backwards: cycle %d of instruction %d after cycle %d of %d", p.Cycles, p.Instructions, last.Cycles, last.Instructions)
		}
	}
	return nil
}

// Over is the number of solo cycles that the measured range of p takes, which
// this is the curve of; undefined when it goes beyond the ends of the curve.
func (c *Curve) Over(p *Program) Number { return c.Between(p.Start, p.Start+p.Instructions) }

// Measure computes the metrics of r. solo[i] is the solo curve of program i;
// a nil or too short one leaves what needs it undefined.
func Measure(r *Record, solo []*Curve) Metrics {
	cycles := make([]Number, len(r.Programs))
	for i := range cycles {
		if cycles[i] = Undefined; i < len(solo) {
			cycles[i] = solo[i].Over(&r.Programs[i])
		}
	}
	return measure(r, cycles)
}

// measure computes the metrics of r. solo[i] is the cycles that the measured
// range of program i takes alone, or undefined.
func measure(r *Record, solo []Number) Metrics {
	var alone Number // Σ solo cycles over the measured ranges
	np := make([]Number, len(r.Programs))
	estimate := make([]Number, len(r.Programs))
	share := uint64(1)
	if r.BackToBack() {
		share = uint64(len(r.Programs))
	}
	for i := range r.Programs {
		p := &r.Programs[i]
		np[i], estimate[i] = Undefined, r.estimate(i)
		t := Undefined
		if p.Instructions > 0 {
			t = solo[i]
		}
		alone += t
		if p.Cycles > 0 {
			np[i] = t / Number(p.Cycles*share)
		}
	}
	m := progressMetrics(np)
	m.Speedup, m.Estimate = Undefined, estimate
	if r.Cycles > 0 && len(r.Programs) > 0 {
		m.Speedup = alone / Number(r.Cycles)
	}
	return m
}

// estimate is the progress of program i by the account of its thread;
// undefined when it ran on several, or shared one.
func (r *Record) estimate(i int) Number {
	estimate := Undefined
	for k := range r.Threads {
		t := &r.Threads[k]
		if t.Program == nil || *t.Program != i {
			continue
		}
		if estimate.Defined() || t.Account == nil || t.Instructions != r.Programs[i].Instructions {
			return Undefined
		}
		estimate = t.Account.Alone() / Number(t.Cycles)
	}
	return estimate
}

// progressMetrics are the means over normalized progress; all undefined when
// one of the programs has none.
func progressMetrics(np []Number) Metrics {
	m := Metrics{Undefined, Undefined, Undefined, Undefined, Undefined, Undefined, np, nil}
	if len(np) == 0 {
		return m
	}
	var sum, inverse, square Number
	lo, hi := np[0], np[0]
	for _, v := range np {
		if !v.Defined() || v <= 0 {
			return m
		}
		sum += v
		inverse += 1 / v
		square += Number(float64(v * v))
		lo, hi = min(lo, v), max(hi, v)
	}
	n := Number(len(np))
	m.STP = sum
	m.ANTT = inverse / n
	m.Harmonic = n / inverse
	m.Fairness = lo / hi
	m.Jain = Number(float64(sum*sum)) / Number(float64(n*square))
	return m
}

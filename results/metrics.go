package results

import "fmt"

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

// Curve is the cumulative cycles of a solo run, from its first instruction:
// Cycles[k] is the cycle in which instruction (k+1) × Every committed. It
// answers how long any range of the program takes alone, so one solo run
// serves every mix.
type Curve struct {
	Every  uint64
	Cycles []uint64
	// Instructions and Last are the end of the run: all it committed and the
	// cycle in which it did. The last step of the curve may be a short one.
	Instructions, Last uint64
	// Ended is set when the program did: no run of it goes further.
	Ended bool
}

// Reach is how far a solo run is to go so that instruction n is covered and the
// answers for those before it are the same however much further it goes: to the
// next point of the curve.
func Reach(n, every uint64) uint64 { return (n + every - 1) / every * every }

// Reaches reports whether the solo run went as far as Reach says for n, or its
// program has ended after it.
func (c *Curve) Reaches(n uint64) bool {
	return c.Covers(n) && (c.Ended || c.Covers(Reach(n, c.Every)))
}

// Covers reports whether the solo run went as far as instruction n.
func (c *Curve) Covers(n uint64) bool { return c != nil && n <= c.Instructions }

// Between is the number of solo cycles that instructions a … b of the program
// take, linearly interpolated between the points of the curve; undefined
// beyond its end. It is exact to one part in 2^53.
func (c *Curve) Between(a, b uint64) Number {
	if a > b || !c.Covers(b) {
		return Undefined
	}
	return Number(c.at(b) - c.at(a))
}

// at is the interpolated cycle of instruction n ≤ c.Instructions.
func (c *Curve) at(n uint64) float64 {
	k := min(n/c.Every, uint64(len(c.Cycles)))
	n0, t0 := k*c.Every, uint64(0)
	if k > 0 {
		t0 = c.Cycles[k-1]
	}
	n1, t1 := n0+c.Every, c.Last
	if k < uint64(len(c.Cycles)) {
		t1 = c.Cycles[k]
	} else {
		n1 = c.Instructions
	}
	if n == n0 || n1 <= n0 {
		return float64(t0)
	}
	part := float64(float64(t1-t0) * float64(n-n0))
	return float64(t0) + part/float64(n1-n0)
}

// Check reports a curve that no run can have written.
func (c *Curve) Check() error {
	if c.Every == 0 {
		return fmt.Errorf("solo curve without a step")
	}
	last := uint64(0)
	for i, t := range c.Cycles {
		if t < last {
			return fmt.Errorf("solo curve runs backwards at instruction %d: cycle %d after %d", (uint64(i)+1)*c.Every, t, last)
		}
		last = t
	}
	if c.Last < last || c.Instructions < uint64(len(c.Cycles))*c.Every {
		return fmt.Errorf("solo curve ends before its last point")
	}
	return nil
}

// Measure computes the metrics of r. solo[i] is the solo curve of program i;
// a nil or too short one leaves what needs it undefined.
func Measure(r *Record, solo []*Curve) Metrics {
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
		if i < len(solo) && p.Instructions > 0 {
			t = solo[i].Between(p.Start, p.Start+p.Instructions)
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

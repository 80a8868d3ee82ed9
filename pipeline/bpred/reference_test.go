package bpred

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// Little models of the predictors, written for clarity: they keep the whole
// path as a list, compute every fold and history from it anew, and have maps
// for tables.

// follow runs a path through a predictor and a model of it, each transfer to
// its end before the next, and compares the predictions of its branches.
func follow(t *rapid.T, d Direction, path func() Step, n int, model func(Step) bool) {
	f, follows := d.(Follower)
	history := uint64(0)
	for i := range n {
		s := path()
		if s.Control == isa.CondBranch {
			got, note := d.Predict(0, s.PC, history)
			if want := model(s); got != want {
				t.Fatalf("transfer %d, %+v: predicted %v, want %v", i, s, got, want)
			}
			if follows {
				f.Fetched(0, s)
			}
			d.Train(0, s.PC, history, note, s.Taken)
			history <<= 1
			if s.Taken {
				history |= 1
			}
		} else {
			model(s)
			if follows {
				f.Fetched(0, s)
			}
		}
		if follows {
			f.Committed(0, s)
		}
	}
}

// walk draws a path that predictors can learn in part: a loop over a few
// transfers whose branches go by a pattern, at random, or as one before.
func walk(t *rapid.T) func() Step {
	type place struct {
		s      Step
		kind   int
		period int
		count  int
	}
	places := make([]place, rapid.IntRange(1, 12).Draw(t, "places"))
	for i := range places {
		p := &places[i]
		p.s.PC = isa.Addr(rapid.IntRange(0x800, 0x1000).Draw(t, "pc")) * 2
		p.s.Control = rapid.SampledFrom([]isa.Control{isa.CondBranch, isa.CondBranch, isa.CondBranch, isa.CondBranch, isa.IndirectJump, isa.Call}).Draw(t, "control")
		p.s.Backward = rapid.Bool().Draw(t, "backward")
		p.kind, p.period = rapid.IntRange(0, 2).Draw(t, "kind"), rapid.IntRange(2, 9).Draw(t, "period")
	}
	random, last, i := lfsr(rapid.Uint32Range(1, 1<<31).Draw(t, "seed")), false, 0
	return func() Step {
		p := &places[i%len(places)]
		i++
		p.count++
		s := p.s
		switch p.kind {
		case 0:
			s.Taken = p.count%p.period != 0
		case 1:
			s.Taken = random.next()&1 != 0
		case 2:
			s.Taken = last
		}
		if s.Control != isa.CondBranch {
			s.Taken, s.Target = true, isa.Addr(0x4000+p.count%p.period*16)
		} else {
			last = s.Taken
		}
		return s
	}
}

func TestPerceptronIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const history = 12
		d := newDirection(t, "perceptron:bits=2,history=12")
		weights := map[[2]int]int{} // by perceptron and age of the outcome; age 0 is the bias
		var outcomes []int          // 1 and -1, oldest first; before the beginning all were not taken
		past := func(age int) int {
			if age == 0 {
				return 1
			}
			if age > len(outcomes) {
				return -1
			}
			return outcomes[len(outcomes)-age]
		}
		follow(t, d, walk(t), 300, func(s Step) bool {
			if s.Control != isa.CondBranch {
				return false
			}
			row, y := int(s.PC)/2%4, 0
			for age := 0; age <= history; age++ {
				y += weights[[2]int{row, age}] * past(age)
			}
			way := -1
			if s.Taken {
				way = 1
			}
			if (y >= 0) != s.Taken || max(y, -y) <= 37 { // 1.93 * 12 + 14 = 37.16
				for age := 0; age <= history; age++ {
					w := &[2]int{row, age}
					weights[*w] = max(-128, min(127, weights[*w]+way*past(age)))
				}
			}
			outcomes = append(outcomes, way)
			return y >= 0
		})
	})
}

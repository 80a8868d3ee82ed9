package bpred

import (
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"github.com/threadmill-sim/threadmill/isa"
	"pgregory.net/rapid"
)

// testShape is a core of one context.
var testShape = Shape{Contexts: 1, InFlight: 64, Sharing: Shared}

func newDirection(t rapid.TB, spec string) Direction {
	t.Helper()
	row, args, err := Catalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	d, err := row.New(args, testShape)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// branch is one execution of a branch.
type branch struct {
	pc    isa.Addr
	taken bool
}

// mispredicted runs the branches in order, with the history that they make,
// and counts the wrong ones after the first warm.
func mispredicted(d Direction, run []branch, warm int) (wrong int) {
	history := uint64(0)
	follower, follows := d.(Follower)
	for i, b := range run {
		taken, note := d.Predict(0, b.pc, history)
		if taken != b.taken && i >= warm {
			wrong++
		}
		s := Step{PC: b.pc, Control: isa.CondBranch, Taken: b.taken}
		if follows {
			follower.Fetched(0, s)
		}
		d.Train(0, b.pc, history, note, b.taken)
		if follows {
			follower.Committed(0, s)
		}
		history <<= 1
		if b.taken {
			history |= 1
		}
	}
	return wrong
}

// What each predictor must learn, and what it cannot: wrong predictions of
// each pattern's second half.
func TestDirectionsLearn(t *testing.T) {
	const times = 400
	loop := func(n int) (run []branch) { // n iterations, again and again
		for range times {
			for k := range n {
				run = append(run, branch{0x1000, k < n-1})
			}
		}
		return run
	}
	var alternating, correlated, biased, mixed []branch
	x := uint64(1)
	for i := range times * 4 {
		alternating = append(alternating, branch{0x1000, i%2 == 0})
		biased = append(biased, branch{0x1000, true}, branch{0x2004, false})
		// Two random branches decide a third together.
		x = x*6364136223846793005 + 1442695040888963407
		a, b := x>>62&1 != 0, x>>61&1 != 0
		correlated = append(correlated, branch{0x1000, a}, branch{0x1010, b}, branch{0x1020, a != b})
		// One that only its bias predicts, beside one that only history does.
		mixed = append(mixed, branch{0x1000, x>>40&15 != 0}, branch{0x1010, i%2 == 0})
	}
	for _, c := range []struct {
		name, spec string
		run        []branch
		least      float64 // share of wrong ones in the second half
		most       float64
	}{
		{"biased", "taken", biased, 0.5, 0.5},
		{"biased", "bimodal", biased, 0, 0},
		{"biased", "gshare", biased, 0, 0},
		{"biased", "tournament", biased, 0, 0},
		{"loop of 5", "bimodal", loop(5), 0.2, 0.2}, // the exit, every time
		{"loop of 5", "gshare", loop(5), 0, 0},
		{"loop of 5", "tournament", loop(5), 0, 0},
		{"loop of 12", "gshare:history=12", loop(12), 0, 0},
		{"loop beyond the history", "gshare:history=4", loop(12), 1.0 / 12, 1.0 / 12},
		{"alternating", "bimodal", alternating, 0.5, 1},
		{"alternating", "gshare", alternating, 0, 0},
		{"alternating", "tournament", alternating, 0, 0},
		{"correlated", "bimodal", correlated, 0.4, 0.6},
		{"correlated", "gshare:history=2", correlated, 0.28, 0.40}, // a and b are random
		{"correlated", "tournament:history=2", correlated, 0.28, 0.40},
		{"mixed", "tournament:history=8", mixed, 0, 0.07},
		{"correlated", "perceptron:history=2", correlated, 0.28, 0.55}, // exclusive-or is not linearly separable
		{"loop of 60", "perceptron", loop(60), 0, 0},
		{"loop of 60", "tage", loop(60), 0, 0},
		{"loop of 60", "gshare:bits=22,history=22", loop(60), 1.0 / 60, 1.0 / 60},
		{"loop beyond the history", "tage:tables=4,max=40", loop(60), 1.0 / 60, 1.0 / 60},
		{"loop of 600", "tage:max=640", loop(600), 0, 0},
		{"correlated", "tage", correlated, 0.28, 0.42},
		{"mixed", "bimodal", mixed, 0.25, 0.6},
	} {
		t.Run(fmt.Sprintf("%s/%s", c.name, c.spec), func(t *testing.T) {
			half := len(c.run) / 2
			wrong := mispredicted(newDirection(t, c.spec), c.run, half)
			share := float64(wrong) / float64(len(c.run)-half)
			if share < c.least-0.005 || share > c.most+0.005 {
				t.Errorf("%.3f of the second half is wrong, want %.3f … %.3f", share, c.least, c.most)
			}
		})
	}
}

// Without history gshare is bimodal.
func TestGshareWithoutHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newDirection(t, "gshare:bits=4,history=0"), newDirection(t, "bimodal:bits=4")
		for range rapid.IntRange(1, 100).Draw(t, "n") {
			pc, history := isa.Addr(rapid.Uint64Range(0, 64).Draw(t, "pc"))*2, rapid.Uint64().Draw(t, "history")
			x, _ := a.Predict(0, pc, history)
			if y, _ := b.Predict(0, pc, history); x != y {
				t.Fatalf("at %#x: %v and %v", pc, x, y)
			}
			taken := rapid.Bool().Draw(t, "taken")
			a.Train(0, pc, history, 0, taken)
			b.Train(0, pc, history, 0, taken)
		}
	})
}

// A history shorter than the index meets the upper bits of the address.
func TestGshareIndex(t *testing.T) {
	d := newDirection(t, "gshare:bits=4,history=2")
	for range 2 {
		d.Train(0, 0, 0b1101, 0, true) // the last two outcomes: 01, at bits 2 and 3
	}
	for pc := range isa.Addr(16) {
		taken, _ := d.Predict(0, pc<<1, 0)
		if want := pc == 0b0100; taken != want {
			t.Errorf("counter %04b: taken %v, want %v", pc, taken, want)
		}
	}
}

// addresses are those that an instruction can have: even ones.
var addresses = rapid.Map(rapid.Uint64(), func(a uint64) isa.Addr { return isa.Addr(a &^ 1) })

// What holds of every row: it says what it is, predicting changes nothing and
// costs no allocation, and a branch that always goes one way is learned.
func TestDirectionConformance(t *testing.T) {
	for _, row := range Catalog.Rows {
		t.Run(row.Name, func(t *testing.T) {
			if row.Doc == "" {
				t.Error("not documented")
			}
			rapid.Check(t, func(t *rapid.T) {
				d, twin := newDirection(t, row.Name), newDirection(t, row.Name)
				for range rapid.IntRange(0, 50).Draw(t, "n") {
					pc, history := addresses.Draw(t, "pc"), rapid.Uint64().Draw(t, "history")
					taken, note := d.Predict(0, pc, history)
					d.Predict(0, pc+2, history+1)
					if again, note2 := d.Predict(0, pc, history); again != taken || note2 != note {
						t.Fatal("predicting changed the prediction")
					}
					if other, note2 := twin.Predict(0, pc, history); other != taken || note2 != note {
						t.Fatal("a predictor with the same training predicts otherwise")
					}
					outcome := rapid.Bool().Draw(t, "taken")
					d.Train(0, pc, history, note, outcome)
					twin.Train(0, pc, history, note, outcome)
				}
				pc, history, way := addresses.Draw(t, "last pc"), rapid.Uint64().Draw(t, "last history"), rapid.Bool().Draw(t, "way")
				for range 8 {
					_, note := d.Predict(0, pc, history)
					d.Train(0, pc, history, note, way)
				}
				if taken, _ := d.Predict(0, pc, history); taken != way && row.Name != "taken" {
					t.Fatalf("after eight times %v: %v", way, taken)
				}
			})
			d := newDirection(t, row.Name)
			if n := testing.AllocsPerRun(100, func() {
				_, note := d.Predict(0, 0x1234, 0x55)
				d.Train(0, 0x1234, 0x55, note, true)
			}); n > 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// Parameters are accepted up to their bounds and no further; what does not fit
// together is an error.
func TestDirectionBounds(t *testing.T) {
	for _, row := range Catalog.Rows {
		for _, p := range row.Params {
			if p.Kind != catalog.Int {
				continue
			}
			for _, v := range []int64{p.Min, p.Max} {
				_, args, err := Catalog.Parse(fmt.Sprintf("%s:%s=%d", row.Name, p.Name, v))
				if err != nil {
					t.Fatal(err)
				}
				d, err := row.New(args, testShape)
				if err == nil {
					d.Predict(0, ^isa.Addr(0), ^uint64(0))
				} else if !strings.HasPrefix(err.Error(), row.Name+": ") {
					t.Errorf("%s: %v", args, err)
				}
			}
			for _, v := range []int64{p.Min - 1, p.Max + 1} {
				if _, _, err := Catalog.Parse(fmt.Sprintf("%s:%s=%d", row.Name, p.Name, v)); err == nil {
					t.Errorf("%s: %s=%d was accepted", row.Name, p.Name, v)
				}
			}
		}
	}
	for _, spec := range []string{"gshare:bits=4,history=5", "tournament:bits=10,history=15", "tage:tables=5,min=10,max=13"} {
		row, args, err := Catalog.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := row.New(args, testShape); err == nil {
			t.Errorf("%s was built", spec)
		}
	}
}

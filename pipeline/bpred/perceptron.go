package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// perceptron has a vector of weights for each address: the sum of the weights
// of the outcomes in the global history, each with the outcome's sign, and of
// a bias says which way. It learns functions that are linearly separable, with
// a cost that grows with the history, not with its power of two.
//
// Training looks at the sum that the weights give at commit, not at the one of
// the prediction, which hardware would have to carry along.
type perceptron struct {
	weights   []int8 // vectors one after the other; the bias comes first
	part      partition
	history   int
	threshold int // train until the sum is beyond it
}

var _ Direction = (*perceptron)(nil)

func newPerceptron(a catalog.Args, s Shape) (Direction, error) {
	bits, history := a.Int("bits"), a.Int("history")
	part, err := s.partition(bits)
	return &perceptron{
		weights: make([]int8, (history+1)<<bits),
		part:    part,
		history: history,
		// The paper's ⌊1.93 h + 14⌋, found by experiment.
		threshold: (193*history + 1400) / 100,
	}, err
}

func (p *perceptron) vector(t isa.Context, pc isa.Addr) []int8 {
	n := p.history + 1
	i := int(p.part.index(t, pcBits(pc))) * n
	return p.weights[i : i+n]
}

// sum is the perceptron's output.
func sum(w []int8, history uint64) int {
	y := int(w[0])
	for _, x := range w[1:] {
		minus := int(history&1) - 1 // -1 for not taken: two's complement negates
		y += int(x) ^ minus - minus
		history >>= 1
	}
	return y
}

func (p *perceptron) Predict(t isa.Context, pc isa.Addr, history uint64) (bool, uint16) {
	return sum(p.vector(t, pc), history) >= 0, 0
}

func (p *perceptron) Train(t isa.Context, pc isa.Addr, history uint64, _ uint16, taken bool) {
	w := p.vector(t, pc)
	y := sum(w, history)
	if (y >= 0) == taken && max(y, -y) > p.threshold {
		return
	}
	w[0] = saturate(w[0], taken, 8)
	for i := range w[1:] {
		w[1+i] = saturate(w[1+i], history>>i&1 != 0 == taken, 8)
	}
}

func (p *perceptron) Storage() Storage {
	return Storage{Tables: 8 * uint64(len(p.weights)), PerThread: uint64(p.history)}
}

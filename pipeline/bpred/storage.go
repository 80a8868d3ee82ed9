package bpred

import "github.com/threadmill-sim/threadmill/internal/storage"

// Storage is what a structure costs, without the checkpoints of what is in
// flight.
type Storage = storage.Cost

// beside is the cost of registers beside a table: of each thread when it is
// split.
func (p *partition) beside(bits int) Storage {
	if p.split {
		return Storage{PerThread: uint64(bits)}
	}
	return Storage{Tables: uint64(bits)}
}

// Storage lists what the predictors of a core with so many contexts cost, each
// named by the path of its specification below branch: direction, btb …
// Structures that are not there are left out. The error is that of a
// specification that is not valid.
func (s *Spec) Storage(contexts int) ([]storage.Structure, error) {
	u, err := New(*s, contexts, 1)
	if err != nil {
		return nil, err
	}
	stack := Storage{PerThread: uint64(s.RAS*storage.PC + log2Ceil(s.RAS))}
	if s.Sharing.RAS == Shared {
		stack = Storage{Tables: stack.PerThread}
	}
	all := []storage.Structure{
		{Name: "direction", Cost: u.direction.Storage()},
		{Name: "btb", Cost: u.btb.storage()},
		{Name: "btb2", Cost: u.btb2.storage()},
		{Name: "indirect", Cost: u.indirect.Storage()},
		{Name: "ras", Cost: stack},
	}
	var there []storage.Structure
	for _, x := range all {
		if x.Cost != (Storage{}) {
			there = append(there, x)
		}
	}
	return there, nil
}

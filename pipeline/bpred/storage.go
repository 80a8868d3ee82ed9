package bpred

// Storage is what a structure costs in bits, without the logic around it and
// without the checkpoints of what is in flight.
type Storage struct {
	Tables    uint64 // of the core's tables together
	Tags      uint64 // … of those, the bits that tell threads apart
	PerThread uint64 // replicated for each thread
}

func (s Storage) plus(o Storage) Storage {
	return Storage{s.Tables + o.Tables, s.Tags + o.Tags, s.PerThread + o.PerThread}
}

// Total is the bits of a core with so many contexts.
func (s Storage) Total(contexts int) uint64 { return s.Tables + s.PerThread*uint64(contexts) }

// Structure is one of the unit's structures and its cost.
type Structure struct {
	Name string // the path of its specification below branch: direction, btb …
	Storage
}

// targetWidth is the bits of an address that a target takes: those of a 39-bit
// virtual address but the lowest, which is 0.
const targetWidth = 38

// Storage lists what the predictors of a core with so many contexts cost.
// Structures that are not there are left out. The error is that of a
// specification that is not valid.
func (s *Spec) Storage(contexts int) ([]Structure, error) {
	u, err := New(*s, contexts, 1)
	if err != nil {
		return nil, err
	}
	stack := Storage{PerThread: uint64(s.RAS*targetWidth + log2Ceil(s.RAS))}
	if s.Sharing.RAS == Shared {
		stack = Storage{Tables: stack.PerThread}
	}
	all := []Structure{
		{"direction", u.direction.Storage()},
		{"btb", u.btb.storage()},
		{"btb2", u.btb2.storage()},
		{"indirect", u.indirect.Storage()},
		{"ras", stack},
	}
	var there []Structure
	for _, x := range all {
		if x.Storage != (Storage{}) {
			there = append(there, x)
		}
	}
	return there, nil
}

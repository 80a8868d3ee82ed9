package memdep

import "math/bits"

// Storage is what a policy's tables cost in bits, without the logic around
// them.
type Storage struct {
	Bits uint64 // in all
	Tags uint64 // … of those, what tells threads apart
}

// StorageOf is the cost of the policy that spec names, for a number of contexts
// and of entries of the store queue, by which a set knows its last store. An
// entry of the SSIT has a valid bit and the identifier of a set, one of the LFST a
// valid bit and a store. Both are 0 for policies without tables.
func StorageOf(spec string, contexts, stores int) (Storage, error) {
	p, err := Build(spec, contexts)
	if err != nil {
		return Storage{}, err
	}
	s, ok := p.Predictor.(*storeSets)
	if !ok {
		return Storage{}, nil
	}
	thread := bits.Len(uint(contexts - 1))
	tags := 0
	if s.tags != nil {
		tags = len(s.tags) * thread
	}
	if s.split == 0 {
		tags += len(s.last) * thread // of an entry's store
	}
	ids := s.idPart // a thread's own sets are in its part
	plain := len(s.sets)*(1+ids) + len(s.last)*(1+bits.Len(uint(stores-1)))
	return Storage{Bits: uint64(plain + tags), Tags: uint64(tags)}, nil
}

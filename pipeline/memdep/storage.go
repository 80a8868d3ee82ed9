package memdep

import "github.com/threadmill-sim/threadmill/internal/storage"

// StorageOf is the cost of the policy that spec names, for a number of contexts
// and of entries of the store queue, by which a set knows its last store. An
// entry of the SSIT has a valid bit and the identifier of a set, one of the LFST a
// valid bit and a store. Both are 0 for policies without tables.
func StorageOf(spec string, contexts, stores int) (storage.Cost, error) {
	p, err := Build(spec, contexts)
	if err != nil {
		return storage.Cost{}, err
	}
	s, ok := p.Predictor.(*storeSets)
	if !ok {
		return storage.Cost{}, nil
	}
	var setTag, storeTag uint64
	if s.tags != nil {
		setTag = storage.Width(contexts)
	}
	if s.split == 0 {
		storeTag = storage.Width(contexts)
	}
	ids := uint64(s.idPart) // a thread's own sets are in its part
	ssit := storage.Entries(len(s.sets), 1+ids, setTag)
	return ssit.Plus(storage.Entries(len(s.last), 1+storage.Width(stores), storeTag)), nil
}

package results

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// Stats are the simulator's counters by dotted path. They do not change, and
// runs that have the same counters may share the list of their names: of a
// machine with four contexts it has 1,500, and a set has thousands of runs.
type Stats struct {
	names  *StatNames
	values []uint64
}

// StatNames is a list of the names of counters, in ascending order.
type StatNames struct {
	list  []string
	index map[string]int
}

// NewStatNames is the list of the given names, which are in ascending order and
// are not to change any more.
func NewStatNames(names []string) *StatNames {
	n := &StatNames{names, make(map[string]int, len(names))}
	for i, name := range names {
		n.index[name] = i
	}
	return n
}

// List is the names.
func (n *StatNames) List() []string { return n.list }

// Stats are counters with a value for each name, in the order of the names.
func (n *StatNames) Stats(values []uint64) Stats { return Stats{n, values[:len(n.list):len(n.list)]} }

// NewStats are the given counters.
func NewStats(counters map[string]uint64) Stats {
	names := NewStatNames(slices.Sorted(maps.Keys(counters)))
	values := make([]uint64, len(names.list))
	for i, name := range names.list {
		values[i] = counters[name]
	}
	return names.Stats(values)
}

// Lookup is the counter of a name; ok is false when there is none.
func (s Stats) Lookup(name string) (n uint64, ok bool) {
	if s.names == nil {
		return 0, false
	}
	i, ok := s.names.index[name]
	if !ok {
		return 0, false
	}
	return s.values[i], true
}

// Of is the counter of a name, 0 when there is none.
func (s Stats) Of(name string) uint64 {
	n, _ := s.Lookup(name)
	return n
}

// All has every counter with its name, in ascending order of the names.
func (s Stats) All() iter.Seq2[string, uint64] {
	return func(yield func(string, uint64) bool) {
		for i, n := range s.values {
			if !yield(s.names.list[i], n) {
				return
			}
		}
	}
}

// Sum adds the named counters; ok is false when none of them exists.
func (s Stats) Sum(names ...string) (sum uint64, ok bool) {
	for _, name := range names {
		if n, found := s.Lookup(name); found {
			sum, ok = sum+n, true
		}
	}
	return sum, ok
}

// Names lists the counters, sorted so that thread10 follows thread9.
func (s Stats) Names() (names []string) {
	if s.names == nil {
		return nil
	}
	return slices.SortedFunc(slices.Values(s.names.list), Natural)
}

// Equal reports whether both have the same counters with the same values.
func (s Stats) Equal(t Stats) bool {
	if s.names == nil || t.names == nil {
		return s.names == t.names
	}
	return slices.Equal(s.values, t.values) && slices.Equal(s.names.list, t.names.list)
}

// MarshalJSON writes an object with a key for each counter; null where they are
// not known.
func (s Stats) MarshalJSON() ([]byte, error) {
	if s.names == nil {
		return []byte("null"), nil
	}
	return json.Marshal(maps.Collect(s.All()))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Stats) UnmarshalJSON(data []byte) error {
	var counters map[string]uint64
	if err := json.Unmarshal(data, &counters); err != nil {
		return err
	}
	if *s = (Stats{}); counters != nil {
		*s = NewStats(counters)
	}
	return nil
}

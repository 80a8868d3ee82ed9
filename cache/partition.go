package cache

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/cache/replacement"
)

// A partition says which ways of each set the lines of a thread may fill. A
// thread hits in all ways, as under Intel's cache allocation and in other
// way-partitioned caches (Chiou et al., DAC 2000); what gives way is chosen
// among its own. Ranges may overlap and need not cover the cache.

// Partitions that are no list of ranges.
const (
	NoPartition     = "none"
	StaticPartition = "static"
)

// partition is the range of ways of each thread, from a list "0-3+4-7+8" in
// the order of the threads. Threads beyond the list begin again at its first,
// and a longer list is none too long: on one machine runs differ in threads;
// static is an equal share for each thread, and one way that others have as
// well when there are more threads than ways.
func partition(spec string, ways, contexts int) ([]replacement.Ways, error) {
	shares := make([]replacement.Ways, contexts)
	switch cmp.Or(spec, NoPartition) {
	case NoPartition:
		for t := range shares {
			shares[t] = replacement.Ways{First: 0, End: ways}
		}
		return shares, nil
	case StaticPartition:
		for t := range shares {
			first := t * ways / contexts
			shares[t] = replacement.Ways{First: first, End: max((t+1)*ways/contexts, first+1)}
		}
		return shares, nil
	}
	list := strings.Split(spec, "+")
	for i, item := range list {
		r, err := wayRange(item, ways)
		if err != nil {
			return nil, fmt.Errorf("%q: %w; want %s, %s, or a range of ways for each thread, as 0-3+4-7", spec, err, NoPartition, StaticPartition)
		}
		for t := i; t < contexts; t += len(list) {
			shares[t] = r
		}
	}
	return shares, nil
}

// wayRange is "3" or "0-3".
func wayRange(text string, ways int) (replacement.Ways, error) {
	low, high, ok := strings.Cut(text, "-")
	if !ok {
		high = low
	}
	first, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return replacement.Ways{}, fmt.Errorf("%q is not a way", low)
	}
	last, err := strconv.ParseUint(high, 10, 16)
	switch {
	case err != nil:
		return replacement.Ways{}, fmt.Errorf("%q is not a way", high)
	case last < first:
		return replacement.Ways{}, fmt.Errorf("%d-%d ends before it begins", first, last)
	case int(last) >= ways:
		return replacement.Ways{}, fmt.Errorf("way %d is beyond the last, %d", last, ways-1)
	}
	return replacement.Ways{First: int(first), End: int(last) + 1}, nil
}

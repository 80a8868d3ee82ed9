package dram

// field is a part of an address below the row.
type field uint8

const (
	channelField field = iota
	rankField
	groupField
	bankField
	columnField
	numFields
)

var fieldNames = []string{"channel", "rank", "group", "bank", "column"}

// mapping says where in the memory a burst is. Below all fields is a block of
// consecutive bursts that are neighbours in one row; then the fields of the
// number are taken off from the lowest up; what is left is the row.
//
// With hash, bank group and bank are those of the address XOR the low bits of
// the row, so that addresses a power of two apart, such as a line and the
// victim that it evicts, do not all conflict in one bank (Zhang, Zhu and
// Zhang, MICRO 2000).
type mapping struct {
	block  uint64            // bursts
	order  [numFields]field  // from the lowest to the highest
	counts [numFields]uint64 // of columns: without those of a block
	hash   bool
}

// spot is the place of a burst. The column has no part in timing.
type spot struct {
	at  [numFields]int
	row uint64
}

func (m *mapping) of(burst uint64) spot {
	var s spot
	burst /= m.block
	for _, f := range m.order {
		s.at[f] = int(burst % m.counts[f])
		burst /= m.counts[f]
	}
	s.row = burst
	if m.hash {
		groups, banks := m.counts[groupField], m.counts[bankField]
		s.at[groupField] ^= int(s.row % groups)
		s.at[bankField] ^= int(s.row / groups % banks)
	}
	return s
}

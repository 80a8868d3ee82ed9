package tlb

import "github.com/threadmill-sim/threadmill/isa"

// Physical addresses, from the top:
//
//	63      1: page tables, 0: pages of programs
//	62      1: pages of 2 MiB, 0: of 4 KiB
//	61..48  address space
//	47..12  keyed permutation of the number of a 4 KiB page, or of a table page
//	47..21  … of a 2 MiB page
//	..0     offset
//
// so no two pages of a run have one frame, and caches, which index with low
// bits, see addresses that depend on the seed, the program instance and the
// page alone.
const (
	pageBits  = 12
	largeBits = pageBits + indexBits // of a 2 MiB page: one leaf table's worth
	vpnBits   = 36                   // Sv48
	vpnMask   = 1<<vpnBits - 1
	asidBits  = 14
	tableBit  = 1 << 63
	largeBit  = 1 << 62
	asidShift = pageBits + vpnBits
)

// PageSize is the number of bytes of the smallest page.
const PageSize = 1 << pageBits

// MaxASID is the largest address space number that has a place in the
// physical address space.
const MaxASID = 1<<asidBits - 1

// Shape of Sv48's page tables.
const (
	walkLevels = 4
	indexBits  = 9
	pteBytes   = 8
)

// vpn is the page number of a virtual address. Addresses that Sv48 cannot
// translate, which only wrong paths make, fold into those that it can.
func vpn(vaddr isa.Addr) uint64 { return uint64(vaddr) >> pageBits & vpnMask }

// instance is the layout of one program instance in virtual and physical
// memory: which parts of it are large pages, and the round keys of its
// permutations.
type instance struct {
	pages, largePages, tables permutation
	sizes                     uint64 // key of the choice of page sizes
}

func newInstance(seed, key uint64) instance {
	return instance{
		pages:      newPermutation(mix(seed)^mix(key+1), vpnBits),
		tables:     newPermutation(mix(seed+2)^mix(key+3), vpnBits),
		largePages: newPermutation(mix(seed+4)^mix(key+5), vpnBits-indexBits),
		sizes:      mix(seed+6) ^ mix(key+7),
	}
}

// frame is the physical address of a page.
func (p *instance) frame(k uint64) isa.Addr {
	asid := uint64(keyASID(k)) << asidShift
	if k&largeKey != 0 {
		return isa.Addr(largeBit | asid | p.largePages.of(keyPage(k))<<largeBits)
	}
	return isa.Addr(asid | p.pages.of(keyPage(k))<<pageBits)
}

// entry is the physical address of the page-table entry that a walk for an
// address reads at a level, walkLevels-1 for the root, 0 for the leaf of a
// 4 KiB page. A table page is known by its level and the part of the page
// number above it.
func (p *instance) entry(asid isa.ASID, vpn uint64, level int) isa.Addr {
	prefix := vpn >> (indexBits * (level + 1))
	table := uint64(level)<<(vpnBits-indexBits) | prefix
	index := vpn >> (indexBits * level) & (1<<indexBits - 1)
	return isa.Addr(tableBit | uint64(asid)<<asidShift | p.tables.of(table)<<pageBits | index*pteBytes)
}

// permutation is a keyed bijection of the numbers of a given number of bits: a
// Feistel network of four rounds, which is a permutation whatever its round
// function (Luby and Rackoff, SIAM J. Comput. 17(2), 1988). With an odd number
// of bits the halves differ by one and change their places in each round.
type permutation struct {
	keys      [4]uint64
	high, low uint8 // bits of the halves
}

func newPermutation(key uint64, bits uint8) permutation {
	p := permutation{high: bits / 2, low: bits - bits/2}
	for i := range p.keys {
		key += 0x9e3779b97f4a7c15
		p.keys[i] = mix(key)
	}
	return p
}

func (p *permutation) of(n uint64) uint64 {
	left, right := n>>p.low, n&(1<<p.low-1)
	width, other := p.high, p.low // of left and right
	for _, key := range p.keys {
		left, right = right, left^feistel(right+key)>>(64-width)
		width, other = other, width
	}
	return left<<p.low | right
}

// feistel is the round function; its high bits depend on all bits of n.
func feistel(n uint64) uint64 {
	n *= 0xbf58476d1ce4e5b9
	return (n ^ n>>32) * 0x94d049bb133111eb
}

// mix is the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

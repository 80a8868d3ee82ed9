package tlb

import "github.com/threadmill-sim/threadmill/isa"

// Physical addresses, from the top:
//
//	63      1: page tables, 0: pages of programs
//	62..48  address space
//	47..12  keyed permutation of the page's number, or of a table page's
//	11..0   offset
//
// so no two pages of a run have one frame, and caches, which index with low
// bits, see addresses that depend on the seed, the program instance and the
// page alone.
const (
	pageBits  = 12
	vpnBits   = 36 // Sv48
	vpnMask   = 1<<vpnBits - 1
	asidBits  = 15
	tableBit  = 1 << 63
	asidShift = pageBits + vpnBits
)

// PageSize is the number of bytes of a page.
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

// instance is the layout of one program instance in physical memory: the
// round keys of its two permutations.
type instance struct {
	pages, tables permutation
}

func newInstance(seed, key uint64) instance {
	return instance{
		pages:  newPermutation(mix(seed) ^ mix(key+1)),
		tables: newPermutation(mix(seed+2) ^ mix(key+3)),
	}
}

// frame is the physical address of a page.
func (p *instance) frame(asid isa.ASID, vpn uint64) isa.Addr {
	return isa.Addr(uint64(asid)<<asidShift | p.pages.of(vpn)<<pageBits)
}

// entry is the physical address of the page-table entry that a walk for a
// page reads at a level, walkLevels-1 for the root, 0 for the leaf. A table
// page is known by its level and the part of the page number above it.
func (p *instance) entry(asid isa.ASID, vpn uint64, level int) isa.Addr {
	prefix := vpn >> (indexBits * (level + 1))
	table := uint64(level)<<(vpnBits-indexBits) | prefix
	index := vpn >> (indexBits * level) & (1<<indexBits - 1)
	return isa.Addr(tableBit | uint64(asid)<<asidShift | p.tables.of(table)<<pageBits | index*pteBytes)
}

// permutation is a keyed bijection of the numbers of vpnBits bits: a balanced
// Feistel network of four rounds, which is a permutation whatever its round
// function (Luby and Rackoff, SIAM J. Comput. 17(2), 1988).
type permutation [4]uint64

func newPermutation(key uint64) permutation {
	var p permutation
	for i := range p {
		key += 0x9e3779b97f4a7c15
		p[i] = mix(key)
	}
	return p
}

const halfBits = vpnBits / 2

func (p *permutation) of(n uint64) uint64 {
	left, right := n>>halfBits, n&(1<<halfBits-1)
	for _, key := range p {
		// The high bits of the product depend on all bits of both factors.
		f := (right + key) * 0xbf58476d1ce4e5b9
		f = (f ^ f>>32) * 0x94d049bb133111eb
		left, right = right, left^f>>(64-halfBits)
	}
	return left<<halfBits | right
}

// mix is the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

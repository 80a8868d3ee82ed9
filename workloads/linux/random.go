package linux

import "math/rand/v2"

// newRandom is the process's source of randomness (AT_RANDOM, getrandom):
// PCG-DXSM, whose sequence the seed alone decides.
func newRandom(seed uint64) *rand.PCG {
	const stream = 0x7468726561646d6c
	return rand.NewPCG(seed, stream)
}

// fill draws the bytes of b, eight from each step of the generator.
func fill(source *rand.PCG, b []byte) {
	for len(b) > 0 {
		v := source.Uint64()
		for i := 0; i < 8 && len(b) > 0; i++ {
			b[0] = byte(v >> (8 * i))
			b = b[1:]
		}
	}
}

const (
	grndNonblock = 1 << iota
	grndRandom
	grndInsecure
)

// getrandom fills the buffer from the process's seeded source.
func (t *Thread) getrandom(a *args) (uint64, errno) {
	addr, size, flags := a[0], min(a[1], maxIO), a[2]
	if flags&^(grndNonblock|grndRandom|grndInsecure) != 0 || flags&(grndRandom|grndInsecure) == grndRandom|grndInsecure {
		return 0, einval
	}
	p := t.process
	var chunk [4096]byte
	for done := uint64(0); done < size; {
		b := chunk[:min(size-done, uint64(len(chunk)))]
		fill(p.random, b)
		if e := p.store(addr+done, b); e != eok {
			if done > 0 {
				return done, eok
			}
			return 0, e
		}
		done += uint64(len(b))
	}
	return size, eok
}

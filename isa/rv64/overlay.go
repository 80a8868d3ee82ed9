package rv64

import "github.com/threadmill-sim/threadmill/isa"

// overlay is the stores of a hart's wrong paths: a log with one entry for
// each aligned 8-byte word that a store touches. An entry's place in the log
// is its sequence number, so dropping a path truncates the log. An entry holds
// all bytes of its word that the log up to it has written, so a load needs the
// newest entry of its word only, and finds it through a hash chain that runs
// from newer to older entries.
type overlay struct {
	log   []overlayEntry
	heads [overlayBuckets]int32 // 1 + index of the newest entry of the bucket
}

const overlayBuckets = 64

type overlayEntry struct {
	word  isa.Addr // a multiple of 8
	data  uint64
	mask  uint64 // 0xff for each byte of data that was written
	older int32  // as heads
}

func bucketOf(word isa.Addr) int { return int(word >> 3 % overlayBuckets) }

// newest is the bytes of the word that were written, and which they are.
func (v *overlay) newest(word isa.Addr) (data, mask uint64) {
	for i := v.heads[bucketOf(word)]; i != 0; {
		e := &v.log[i-1]
		if e.word == word {
			return e.data, e.mask
		}
		i = e.older
	}
	return 0, 0
}

// put writes the bytes of data that mask selects into the word.
func (v *overlay) put(word isa.Addr, data, mask uint64) {
	before, written := v.newest(word)
	head := &v.heads[bucketOf(word)]
	v.log = append(v.log, overlayEntry{
		word: word, data: before&^mask | data&mask, mask: written | mask, older: *head,
	})
	*head = int32(len(v.log))
}

// truncate forgets all but the first n entries.
func (v *overlay) truncate(n int) {
	for i := len(v.log); i > n; i-- {
		e := &v.log[i-1]
		v.heads[bucketOf(e.word)] = e.older
	}
	v.log = v.log[:n]
}

// store writes size bytes of value at addr, which may be misaligned.
func (v *overlay) store(addr isa.Addr, value uint64, size uint8) {
	word, shift := addr&^7, uint(addr&7)*8
	mask := ^uint64(0) >> (64 - 8*uint(size))
	v.put(word, value<<shift, mask<<shift)
	if rest := mask >> (64 - shift); shift != 0 && rest != 0 {
		v.put(word+8, value>>(64-shift), rest)
	}
}

// load lays the bytes that were written at addr over value, the size bytes of
// memory there.
func (v *overlay) load(addr isa.Addr, value uint64, size uint8) uint64 {
	word, shift := addr&^7, uint(addr&7)*8
	data, mask := v.newest(word)
	data, mask = data>>shift, mask>>shift
	if shift != 0 && shift+8*uint(size) > 64 {
		high, more := v.newest(word + 8)
		data |= high << (64 - shift)
		mask |= more << (64 - shift)
	}
	mask &= ^uint64(0) >> (64 - 8*uint(size))
	return value&^mask | data&mask
}

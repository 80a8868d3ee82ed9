package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/threadmill-sim/threadmill/results"
)

// SQLite reads the write-ahead log up to the first frame that is not right, and
// takes what follows for the rest of an older log, or for a transaction that a
// process which was killed has not finished. So it reads a damaged log as a
// shorter one and says nothing. What follows tells them apart:
//
//   - A frame has the salts of its log, and a sum over all frames up to it. After
//     the first wrong frame of a sound log there may be a half-written one, whole
//     ones without the last of their transaction, and frames with the salts of
//     older logs, but no end of a transaction that continues this log.
//   - While processes are at work, and when all have been killed, the log's index
//     (-shm) says how many frames there are. The first process that opens the
//     store afterwards makes the index anew.
//
// Without the index a log that is cut off, or damaged in its last frame, cannot
// be told from one whose last transaction was never finished. The other way
// round there is one case: a process was killed after it had written the end of
// a transaction and before it told the others, and they went on with a shorter
// one.
//
// The formats are those of https://www.sqlite.org/fileformat2.html#walformat and
// https://www.sqlite.org/walformat.html.

// Sizes and places in a write-ahead log.
const (
	logHeader   = 32
	logPageSize = 8  // of the header
	logSalt     = 16 // of the header: 8 bytes, which the valid frames have too
	logSum      = 24 // of the header: 8 bytes, over those before
	frameHeader = 24
	frameCommit = 4 // not 0 in the last frame of a transaction
	frameSalt   = 8
	frameSum    = 16
	frameSize   = frameHeader + pageSize

	logMagic = 0x377f0682 // 1 more where sums are of big-endian words
)

// Sizes and places in the index of a log.
const (
	indexHeader = 48 // two of these
	indexMade   = 12 // 1: it is in use
	indexFrames = 16 // how many the log has
	indexSalt   = 32
	indexSum    = 40
	indexCopied = 2 * indexHeader // how many are in the file by now
	indexSize   = indexCopied + 4
)

// logSums are the two running sums of a log.
type logSums [2]uint32

// over adds data of an even number of words.
func (s logSums) over(order binary.ByteOrder, data []byte) logSums {
	for ; len(data) >= 8; data = data[8:] {
		s[0] += order.Uint32(data) + s[1]
		s[1] += order.Uint32(data[4:]) + s[0]
	}
	return s
}

func sumsAt(data []byte) logSums {
	return logSums{binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])}
}

// logState is what a log and its index say.
type logState struct {
	header  [logHeader]byte
	sound   bool  // the header is right
	whole   int64 // frames that are in the file whole, right or not
	read    int64 // frames that SQLite reads: up to the last end of a transaction
	written int64 // frames of transactions of this log that had ended
}

// lost reports whether not all is read that had been written.
func (l *logState) lost() bool { return l.written > l.read }

// damagedLog is the damage of the log of a store; nil: there is none, or no log.
// Others may be writing: what is damaged stays so when it is read again, and all
// that the first reading has seen the beginning of is written by then.
func damagedLog(path string) []Damage {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // beside which SQLite has it
	}
	last, err := readLogState(path)
	for err == nil && last.lost() {
		again, err := readLogState(path)
		if err != nil {
			return nil
		}
		if again.header == last.header && again.read == last.read && again.lost() {
			return []Damage{{What: "log", Problem: again.problem()}}
		}
		last = again
	}
	return nil
}

// problem says what of a damaged log is lost.
func (l *logState) problem() string {
	lost := l.written - l.read
	text := fmt.Sprintf("%d of %s, %d bytes, cannot be read", lost, results.Counted(int(l.written), "frame"), lost*frameSize)
	switch {
	case l.whole == 0 && !l.sound:
		return text + ": the log is gone"
	case !l.sound:
		text += ": its first bytes are not those of a log"
	case l.whole < l.written:
		text += fmt.Sprintf(": it is cut off after frame %d", l.whole)
	default:
		text += fmt.Sprintf(": it is damaged after frame %d", l.read)
	}
	return text + "; a sweep of the plan computes the runs again that are not there"
}

// readLogState reads the index before the log, so that what it tells of has been
// written.
func readLogState(path string) (*logState, error) {
	index := readIndex(path + "-shm")
	f, err := os.Open(path + "-wal")
	switch {
	case errors.Is(err, os.ErrNotExist):
		if index == nil {
			return &logState{}, nil
		}
		return index.without(), nil
	case err != nil:
		return nil, err
	}
	defer f.Close()
	l := &logState{}
	if _, err := f.ReadAt(l.header[:], 0); err != nil {
		if index == nil || err != io.EOF {
			return l, nil
		}
		return index.without(), nil
	}
	order, ok := l.order()
	if ok && binary.BigEndian.Uint32(l.header[logPageSize:]) != pageSize {
		return l, nil // another program's
	}
	l.sound = ok
	if err := l.scan(f, order); err != nil {
		return nil, err
	}
	if !l.sound { // it was written before any frame
		l.written = l.whole
	}
	if index != nil && ok && bytes.Equal(index.salt[:], l.header[logSalt:logSum]) {
		l.written = max(l.written, index.frames)
	}
	return l, nil
}

// order is that of the words of which the sums are; false: the header is wrong.
func (l *logState) order() (binary.ByteOrder, bool) {
	var order binary.ByteOrder = binary.LittleEndian
	magic := binary.BigEndian.Uint32(l.header[:])
	if magic&1 != 0 {
		order = binary.BigEndian
	}
	return order, magic&^1 == logMagic && logSums{}.over(order, l.header[:logSum]) == sumsAt(l.header[logSum:])
}

// scan reads the frames. A frame continues the log when its sum follows from
// that of the frame before, be it the sum that this one has or, where that is
// what is damaged, the one it ought to have.
func (l *logState) scan(f io.ReaderAt, order binary.ByteOrder) error {
	stored := sumsAt(l.header[logSum:]) // of the frame before
	computed := stored
	ours := l.sound // the frame before is of this log
	intact := l.sound
	frame := make([]byte, frameSize)
	for ; ; l.whole++ {
		if _, err := f.ReadAt(frame, logHeader+l.whole*frameSize); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		want := sumsAt(frame[frameSum:])
		sum := func(from logSums) logSums {
			return from.over(order, frame[:frameSalt]).over(order, frame[frameHeader:])
		}
		ought := sum(computed)
		continues := ought == want || sum(stored) == want
		if continues {
			ought = want
		}
		computed, stored = ought, want
		salted := bytes.Equal(frame[frameSalt:frameSum], l.header[logSalt:logSum])
		ours = salted || ours && continues
		intact = intact && salted && continues
		if ends := binary.BigEndian.Uint32(frame[frameCommit:]) != 0; !ends {
			continue
		}
		if intact {
			l.read = l.whole + 1
		}
		if intact || ours && continues {
			l.written = l.whole + 1
		}
	}
}

// logIndex is what the index of a log says.
type logIndex struct {
	frames, copied int64
	salt           [8]byte
}

// without is the state of a log that is gone, but for what is in the file by
// now.
func (x *logIndex) without() *logState {
	if x.copied >= x.frames {
		return &logState{}
	}
	return &logState{written: x.frames}
}

// readIndex reads the index of a log; nil: there is none, or it is not in use.
// Its numbers are in the order of the machine that uses it.
func readIndex(path string) *logIndex {
	data := make([]byte, indexSize)
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil
	}
	order := binary.NativeEndian
	head := data[:indexHeader]
	sum := logSums{}.over(order, head[:indexSum])
	if !bytes.Equal(head, data[indexHeader:indexCopied]) || head[indexMade] != 1 || sum != (logSums{order.Uint32(head[indexSum:]), order.Uint32(head[indexSum+4:])}) {
		return nil
	}
	x := &logIndex{frames: int64(order.Uint32(head[indexFrames:])), copied: int64(order.Uint32(data[indexCopied:]))}
	copy(x.salt[:], head[indexSalt:])
	return x
}

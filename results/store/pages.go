package store

import (
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
)

// pageSize is that of the files, SQLite's own choice.
const pageSize = 4096

// pageFile is the file of a store as pages, read without SQLite. SQLite finds a
// row from the root of its table's tree, and so no row below a page that is
// damaged, or none at all in a file whose first page is, or that is cut short.
// But each row stands whole in a leaf of the tree and in the chain of overflow
// pages that begins there, and its checksum says whether it is right. Which
// table it is of follows from what it holds.
//
// The format is that of https://www.sqlite.org/fileformat2.html.
type pageFile struct {
	file, log *os.File         // log: the write-ahead log; nil: none
	pages     uint32           // of the file
	logged    map[uint32]int64 // where in the log the newest content of a page is
}

func openPages(path string) (*pageFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &pageFile{file: file}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("no file")
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	f.pages = uint32(min(info.Size()/pageSize, 1<<32-2))
	if f.log, err = os.Open(path + "-wal"); err == nil {
		f.readLog()
	}
	return f, nil
}

func (f *pageFile) close() {
	f.file.Close()
	if f.log != nil {
		f.log.Close()
	}
}

// readLog finds the pages in the log up to the last transaction that is whole.
func (f *pageFile) readLog() {
	var header [logHeader]byte
	if _, err := f.log.ReadAt(header[:], 0); err != nil {
		return
	}
	f.logged = make(map[uint32]int64)
	open := make(map[uint32]int64) // of the transaction that is being read
	for at := int64(logHeader); ; at += frameHeader + pageSize {
		var frame [frameHeader]byte
		if _, err := f.log.ReadAt(frame[:], at); err != nil || string(frame[frameSalt:][:8]) != string(header[logSalt:][:8]) {
			return
		}
		open[binary.BigEndian.Uint32(frame[:])] = at + frameHeader
		if binary.BigEndian.Uint32(frame[frameCommit:]) == 0 {
			continue
		}
		for number, at := range open {
			f.logged[number] = at
		}
		clear(open)
	}
}

// read reads a page, by its number from 1; false: it is not there.
func (f *pageFile) read(number uint32, page []byte) bool {
	from, at := f.file, (int64(number)-1)*pageSize
	if logged, ok := f.logged[number]; ok {
		from, at = f.log, logged
	} else if number == 0 || number > f.pages {
		return false
	}
	n, err := from.ReadAt(page, at)
	return n == pageSize && (err == nil || err == io.EOF)
}

// numbers are those of all pages but the first, which has the definitions of
// the tables.
func (f *pageFile) numbers() (list []uint32) {
	for number := uint32(2); number <= f.pages; number++ {
		list = append(list, number)
	}
	for _, number := range slices.Sorted(maps.Keys(f.logged)) { // which the file may not have yet
		if number > max(f.pages, 1) {
			list = append(list, number)
		}
	}
	return list
}

// A leaf of a table's tree.
const (
	leafType   = 0x0d
	leafCells  = 3 // where their number is
	leafHeader = 8 // then 2 bytes for each cell: where in the page it is
)

// rows calls each with the good rows of a table, with their numbers, in the
// order of the pages.
func (f *pageFile) rows(t *table, each func(number int64, r *row)) {
	page := make([]byte, pageSize)
	for _, number := range f.numbers() {
		if !f.read(number, page) || page[0] != leafType {
			continue
		}
		cells := min(int(binary.BigEndian.Uint16(page[leafCells:])), (pageSize-leafHeader)/2)
		for i := range cells {
			at := int(binary.BigEndian.Uint16(page[leafHeader+2*i:]))
			if at >= pageSize {
				continue
			}
			if number, r := f.row(page[at:], t); r != nil && t.holds(r) {
				each(number, r)
			}
		}
	}
}

// row reads the cell that begins a rest of a page; nil: it is none of the
// table, or damaged.
func (f *pageFile) row(cell []byte, t *table) (number int64, r *row) {
	size, cell, ok := varint(cell)
	if !ok || size > (uint64(f.pages)+uint64(len(f.logged)))*pageSize {
		return 0, nil
	}
	rowNumber, cell, ok := varint(cell)
	if !ok {
		return 0, nil
	}
	local := int(localBytes(size))
	if len(cell) < local {
		return 0, nil
	}
	fields, ok := parseHeader(cell[:local], size, t)
	if !ok {
		return 0, nil
	}
	payload, ok := f.payload(cell, local, size)
	if !ok {
		return 0, nil
	}
	r, sum := fields.row(payload)
	if sum != r.sum() {
		return 0, nil
	}
	return int64(rowNumber), r
}

// localBytes is how much of a payload is in the leaf; the rest is in overflow
// pages.
func localBytes(size uint64) uint64 {
	const most, least = pageSize - 35, (pageSize-12)*32/255 - 23
	if size <= most {
		return size
	}
	if n := least + (size-least)%(pageSize-4); n <= most {
		return n
	}
	return least
}

// payload is that of a cell with its overflow pages. Its size bounds how many
// of these are read, also when they are a ring.
func (f *pageFile) payload(cell []byte, local int, size uint64) ([]byte, bool) {
	payload := append([]byte(nil), cell[:local]...)
	if uint64(local) == size {
		return payload, true
	}
	if len(cell) < local+4 {
		return nil, false
	}
	next := binary.BigEndian.Uint32(cell[local:])
	page := make([]byte, pageSize)
	for uint64(len(payload)) < size {
		if !f.read(next, page) {
			return nil, false
		}
		next = binary.BigEndian.Uint32(page)
		payload = append(payload, page[4:][:min(pageSize-4, size-uint64(len(payload)))]...)
	}
	return payload, true
}

// fields say where in a record the columns of a table are: the key, the values,
// and the checksum.
type fields struct {
	begin int // after the header
	sizes []int
}

// parseHeader reads the header of a record of so many bytes; false: it is none
// of a row of the table, all of which have the same types.
func parseHeader(record []byte, size uint64, t *table) (*fields, bool) {
	length, left, ok := varint(record)
	if !ok || length > uint64(len(record)) {
		return nil, false
	}
	left = left[:max(0, len(left)-(len(record)-int(length)))]
	f := &fields{begin: int(length)}
	total := length
	for i := range len(t.columns) + 3 {
		var kind uint64
		if kind, left, ok = varint(left); !ok {
			return nil, false
		}
		var n uint64
		switch {
		case i == 0: // the number of the row, which stands before the record
			if kind != 0 {
				return nil, false
			}
			continue
		case i == len(t.columns)+2: // an integer of so many bytes
			widths := []uint64{1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
			if kind == 0 || kind >= uint64(len(widths)) {
				return nil, false
			}
			n = widths[kind]
		case kind < 12 || kind%2 == 1 != (i == 1): // text is odd, and only the key is
			return nil, false
		default:
			n = (kind - 12) / 2
		}
		if total += n; total > size {
			return nil, false
		}
		f.sizes = append(f.sizes, int(n))
	}
	return f, len(left) == 0 && total == size
}

// row is that of a whole record, and the checksum that it has.
func (f *fields) row(record []byte) (r *row, sum int64) {
	left := record[f.begin:]
	var parts [][]byte
	for _, n := range f.sizes {
		parts = append(parts, left[:n:n])
		left = left[n:]
	}
	last := len(parts) - 1
	for i, b := range parts[last] {
		if i == 0 {
			sum = int64(int8(b))
			continue
		}
		sum = sum<<8 | int64(b)
	}
	return &row{string(parts[0]), parts[1:last]}, sum
}

// varint reads one of SQLite's numbers of one to nine bytes, the highest bits
// first, and answers with what follows.
func varint(data []byte) (v uint64, left []byte, ok bool) {
	const longest = 9
	for i, b := range data {
		if i == longest-1 {
			return v<<8 | uint64(b), data[longest:], true
		}
		v = v<<7 | uint64(b&0x7f)
		if b < 0x80 {
			return v, data[i+1:], true
		}
	}
	return 0, nil, false
}

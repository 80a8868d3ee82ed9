package store

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
)

// pageSize is that of the files, SQLite's own choice.
const pageSize = 4096

// Numbers of 32 bits in the header of an SQLite file.
const (
	headerChange  = 24
	headerPages   = 28
	headerVersion = 92 // the change for which headerPages is right
)

// rescue opens a store whose first page is damaged; nil: it has no good row
// either. That page has the definitions of the tables, which are those of any
// store: SQLite gives the tables of one layout the same pages when
// they are made in the same order, as Open and VACUUM do. So a copy with the
// first page of an empty store is read instead, and the checksums say what of
// it is right.
func rescue(path string) *Store {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil // which has newer pages, perhaps the first too
	}
	dir, err := os.MkdirTemp("", "threadmill-store-")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(dir)
	first, err := firstPage(filepath.Join(dir, "empty.db"))
	if err != nil {
		return nil
	}
	file, err := os.CreateTemp("", "threadmill-store-*.db")
	if err != nil {
		return nil
	}
	defer file.Close()
	s, err := reopen(path, file, first)
	if err != nil {
		os.Remove(file.Name())
		return nil
	}
	s.copy = file.Name()
	s.damage = []Damage{{What: "file", Problem: "its first page is damaged"}}
	if counts, _ := s.Verify(); !anyGood(counts) {
		s.Close()
		return nil
	}
	return s
}

// firstPage is that of a store that is made for it.
func firstPage(path string) ([]byte, error) {
	s, err := Open(path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return data[:pageSize], nil
}

// reopen writes the store of a path to a file with another first page, and
// opens that.
func reopen(path string, file *os.File, first []byte) (*Store, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if _, err := from.Seek(pageSize, io.SeekStart); err != nil {
		return nil, err
	}
	if _, err := file.Seek(pageSize, io.SeekStart); err != nil {
		return nil, err
	}
	n, err := io.Copy(file, from)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(first[headerPages:], uint32(1+n/pageSize))
	copy(first[headerVersion:][:4], first[headerChange:][:4])
	if _, err := file.WriteAt(first, 0); err != nil {
		return nil, err
	}
	return openToRead(path, file.Name())
}

func anyGood(counts []Count) bool {
	for _, c := range counts {
		if c.Rows > 0 {
			return true
		}
	}
	return false
}

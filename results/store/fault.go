package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// ErrFull is the cause of an error when there is no room to write, or the
// device fails. What had been stored before is there, and the store can be
// used again when there is room.
var ErrFull = errors.New("no room on the disk, or it cannot be written")

// ErrUnread is the cause of an error when the device fails to read.
var ErrUnread = errors.New("the disk cannot be read")

// ErrUnlocked is the cause of an error when the file system does not lock
// files, without which processes would write over one another.
var ErrUnlocked = errors.New("its file system cannot lock files")

// ErrBusy is the cause of an error when another process has kept the file
// locked for a minute.
var ErrBusy = errors.New("another process keeps it locked")

// ErrDamaged is the cause of an error when the file cannot be read as SQLite
// wrote it.
var ErrDamaged = errors.New("damaged")

// Primary result codes of SQLite, as in https://www.sqlite.org/rescode.html.
const (
	sqlError = 1
	busy     = 5
	ioError  = 10
	corrupt  = 11
	full     = 13
	cantOpen = 14
	notADB   = 26
)

// Extended result codes of SQLite: which operation it was that failed.
const (
	ioRead          = ioError | 1<<8
	ioShortRead     = ioError | 2<<8
	ioStat          = ioError | 7<<8
	ioUnlock        = ioError | 8<<8
	ioReadLock      = ioError | 9<<8
	ioNoMem         = ioError | 12<<8
	ioCheckReserved = ioError | 14<<8
	ioLock          = ioError | 15<<8
	ioIndexLock     = ioError | 20<<8
	ioSeek          = ioError | 22<<8
	ioData          = ioError | 32<<8
	ioFileSystem    = ioError | 33<<8
)

// code is the primary result code of an error of SQLite; 0: it is none.
func code(err error) int { return extended(err) & 0xff }

// extended is the extended result code of an error of SQLite; 0: it is none.
func extended(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isDamage reports whether an error is of what is in the file. Of the errors of
// the disk it is the one that the file ends where a page should be. Our
// statements are right, so that one is refused where the file says that it is of
// another format or has other tables.
func isDamage(err error) bool {
	switch code(err) {
	case sqlError, corrupt, notADB:
		return true
	}
	return extended(err) == ioShortRead ||
		errors.Is(err, errScan) || errors.Is(err, errTables) || errors.Is(err, errHeader)
}

// errScan is the cause of an error of a value of a type that no store has.
var errScan = errors.New("a value of an unexpected type")

// causeOf is what an error comes from, in words of the user's; nil: it says so
// itself.
func causeOf(err error) error {
	if isDamage(err) {
		return ErrDamaged
	}
	switch extended(err) {
	case ioRead, ioStat, ioSeek, ioData, ioFileSystem:
		return ErrUnread
	case ioUnlock, ioReadLock, ioCheckReserved, ioLock, ioIndexLock:
		return ErrUnlocked
	case ioNoMem:
		return nil
	}
	switch code(err) {
	case busy:
		return ErrBusy
	case ioError, full:
		return ErrFull
	}
	return nil
}

// failure is an error of SQLite in words of the user's.
type failure struct {
	path  string
	cause error // ErrFull … or nil
	err   error
}

func (f *failure) Error() string {
	switch f.cause {
	case nil:
		return fmt.Sprintf("%s: %v", f.path, f.err)
	case ErrFull:
		return fmt.Sprintf("%s: %v (%v); what was stored before is there", f.path, f.cause, f.err)
	case ErrDamaged:
		return fmt.Sprintf("%s is damaged (%v): threadmill store verify says what is lost, and store merge NEW %s copies the rest", f.path, f.err, f.path)
	}
	return fmt.Sprintf("%s: %v (%v)", f.path, f.cause, f.err)
}

func (f *failure) Is(target error) bool { return target == f.cause }

func (f *failure) Unwrap() error { return f.err }

// wrap names the file in an error, once.
func (s *Store) wrap(err error) error {
	var already *failure
	if err == nil || errors.As(err, &already) {
		return err
	}
	var named *DamageError
	if errors.As(err, &named) {
		return err
	}
	if code(err) == cantOpen {
		err = s.unopened(err)
	}
	return &failure{s.path, causeOf(err), err}
}

// unopened is why SQLite cannot make a file beside the store, or the store
// itself, which its own error does not say.
func (s *Store) unopened(err error) error {
	dir := filepath.Dir(s.file)
	made, denied := os.CreateTemp(dir, ".threadmill-")
	if denied == nil {
		made.Close()
		return errors.Join(err, os.Remove(made.Name()))
	}
	var path *fs.PathError
	if errors.As(denied, &path) {
		denied = path.Err
	}
	if !s.read {
		return fmt.Errorf("the directory %s cannot be written to: %w (%w)", dir, denied, err)
	}
	return fmt.Errorf("its writer is at work or was killed, so that reading it makes a file beside it, and the directory %s cannot be written to: %w (%w); elsewhere a copy of it with its -wal can be read", dir, denied, err)
}

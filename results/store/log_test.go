package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// killed is what a process leaves that has stored in several transactions and
// was killed: the file, its log, and the index of that.
type killed struct {
	file, log, index []byte
}

func killedNow(t *testing.T, s *Store) *killed {
	t.Helper()
	k := &killed{}
	for suffix, to := range map[string]*[]byte{"": &k.file, "-wal": &k.log, "-shm": &k.index} {
		data, err := os.ReadFile(s.Path() + suffix)
		must(t, err)
		*to = data
	}
	return k
}

// write makes it a store with another log, and the index or none.
func (k *killed) write(t *testing.T, log []byte, index bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runs.db")
	must(t, os.WriteFile(path, k.file, 0o644))
	must(t, os.WriteFile(path+"-wal", log, 0o644))
	if index {
		must(t, os.WriteFile(path+"-shm", k.index, 0o644))
	}
	return path
}

// verified is the error of opening and verifying a store.
func verified(path string) error {
	s, err := OpenReadOnly(path)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Verify()
	return err
}

// namesLog reports whether an error names damage of the log.
func namesLog(err error) bool {
	var damage *DamageError
	return errors.As(err, &damage) && slices.ContainsFunc(damage.List, func(d Damage) bool {
		return d.What == "log" && strings.Contains(d.Problem, "frame")
	})
}

// logOf is the state of the log of a killed process, which must be sound.
func (k *killed) logOf(t *testing.T) *logState {
	t.Helper()
	path := k.write(t, k.log, true)
	l, err := readLogState(path)
	must(t, err)
	if l.lost() || damagedLog(path) != nil {
		t.Fatalf("a sound log is called damaged: %s", l.problem())
	}
	must(t, verified(path))
	return l
}

// A bit that is wrong anywhere in the log is named, without the index also, but
// for the last frame, which may be one that a killed process has not finished.
func TestLogFlipped(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	k := killedNow(t, s)
	frames := k.logOf(t).read
	if frames < 10 || len(k.log) != int(logHeader+frames*frameSize) {
		t.Fatalf("%d frames in %d bytes", frames, len(k.log))
	}
	check := func(what string, at int64, last bool) {
		flipped := slices.Clone(k.log)
		flipped[at] ^= 4
		if err := verified(k.write(t, flipped, true)); !namesLog(err) {
			t.Errorf("%s, with the index: %v", what, err)
		}
		if err := verified(k.write(t, flipped, false)); namesLog(err) == last {
			t.Errorf("%s, without the index: %v", what, err)
		}
	}
	for at := int64(0); at < logHeader; at += 4 {
		check(fmt.Sprintf("header, byte %d", at), at, false)
	}
	for _, frame := range []int64{0, frames / 2, frames - 2, frames - 1} {
		at := logHeader + frame*frameSize
		last := frame == frames-1
		check(fmt.Sprintf("page number of frame %d", frame), at+3, last)
		check(fmt.Sprintf("end of transaction of frame %d", frame), at+frameCommit+3, last)
		check(fmt.Sprintf("salt of frame %d", frame), at+frameSalt+5, false)
		check(fmt.Sprintf("sum of frame %d", frame), at+frameSum+2, last)
		check(fmt.Sprintf("page of frame %d", frame), at+frameHeader+1000, last)
	}
}

// A log that is cut off, or gone, is named while its index is there.
func TestLogCut(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	k := killedNow(t, s)
	for _, length := range []int{0, 20, logHeader, logHeader + 100, len(k.log) / 2, len(k.log) - 1} {
		if err := verified(k.write(t, k.log[:length], true)); !namesLog(err) {
			t.Errorf("cut off after %d of %d bytes: %v", length, len(k.log), err)
		}
	}
	path := k.write(t, nil, true)
	must(t, os.Remove(path+"-wal"))
	if err := verified(path); !namesLog(err) {
		t.Errorf("gone: %v", err)
	}
}

// A process that is killed leaves the frame unfinished that it was writing.
func TestLogUnfinished(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	k := killedNow(t, s)
	frames := k.logOf(t).read
	last := k.log[len(k.log)-frameSize:]
	for _, length := range []int{10, frameHeader, frameHeader + 2000, frameSize} { // its sum is of another place
		k.log = append(k.log[:logHeader+frames*frameSize:logHeader+frames*frameSize], last[:length]...)
		if l := k.logOf(t); l.read != frames {
			t.Errorf("%d frames are read, of %d", l.read, frames)
		}
	}
}

// Frames of an older log behind a newer one are no damage, nor is damage in them.
func TestLogOlder(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	_, err := s.db.Exec("PRAGMA wal_checkpoint(FULL)")
	must(t, err)
	must(t, s.Put(numbered(0)))
	k := killedNow(t, s)
	l := k.logOf(t)
	if l.read == 0 || l.whole <= l.read+1 {
		t.Fatalf("%d frames of %d are read", l.read, l.whole)
	}
	k.log[logHeader+l.read*frameSize+frameHeader+1000] ^= 1
	k.logOf(t)
	k.log[logHeader+(l.read-1)*frameSize+frameHeader+1000] ^= 1
	if err := verified(k.write(t, k.log, true)); !namesLog(err) {
		t.Errorf("damage before them: %v", err)
	}
}

// Frames of a transaction that has not ended and was written over in part are no
// damage, although they are of the same log.
func TestLogRolledBack(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	_, err := s.db.Exec("PRAGMA cache_size = 5")
	must(t, err)
	err = s.change(func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 200) SELECT randomblob(4000) FROM n")
		return errors.Join(err, errNothing)
	})
	if !errors.Is(err, errNothing) {
		t.Fatal(err)
	}
	must(t, s.Put(numbered(0)))
	k := killedNow(t, s)
	l := k.logOf(t)
	if l.whole <= l.read+1 || string(k.log[logHeader+(l.whole-1)*frameSize+frameSalt:][:8]) != string(l.header[logSalt:logSum]) {
		t.Errorf("%d frames of %d are read", l.read, l.whole)
	}
}

// While others write, start the log anew and are killed, reading it never calls
// it damaged.
func TestLogOfOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "runs.db")
	for round := range 3 {
		writers := []*writer{startWriter(t, path, 10_000*round, 2), startWriter(t, path, 10_000*round+1, 2)}
		<-writers[0].stored
		for stored, deadline := 0, time.Now().Add(time.Minute); stored < 200 && time.Now().Before(deadline); {
			if list := damagedLog(path); list != nil {
				t.Errorf("%v", list)
			}
			select {
			case <-writers[0].stored:
				stored++
			default:
			}
		}
		for _, w := range writers {
			must(t, w.Process.Kill())
			_ = w.Wait()
		}
		if list := damagedLog(path); list != nil {
			t.Errorf("killed: %v", list)
		}
	}
}

package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A store in a directory in which nothing can be written can be read, whether it
// was closed or its writer was killed.
func TestReadOnlyDirectory(t *testing.T) {
	set := sample()
	for _, killed := range []bool{false, true} {
		s := fresh(t)
		fill(t, s, set)
		dir := filepath.Dir(s.Path())
		if killed {
			dir = copyOf(t, dir)
		} else {
			must(t, s.Close())
		}
		path := filepath.Join(dir, filepath.Base(s.Path()))
		readOnlyFiles(t, dir)
		asNobody(t, func() {
			r, err := OpenReadOnly(path)
			if err != nil {
				t.Errorf("killed %v: %v", killed, err)
				return
			}
			defer r.Close()
			if got, err := r.Load(Filter{}); err != nil || len(got.Runs) != len(set.Runs) {
				t.Errorf("killed %v: %v", killed, err)
			}
			if _, err := Open(path); err == nil {
				t.Error("it is open to write")
			}
		})
	}
}

// In a directory in which nothing can be written no store is made, and one with
// a log but no index of it is not read: the error is the directory's, and none
// of damage.
func TestReadOnlyDirectoryNamed(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	dir := copyOf(t, filepath.Dir(s.Path()))
	path := filepath.Join(dir, filepath.Base(s.Path()))
	must(t, os.Remove(path+"-shm"))
	readOnlyFiles(t, dir)
	asNobody(t, func() {
		_, read := OpenReadOnly(path)
		_, made := Open(filepath.Join(dir, "new.db"))
		for how, err := range map[string]error{"read": read, "made": made} {
			if !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "directory "+dir+" cannot be written to") {
				t.Errorf("%s: %v", how, err)
			}
		}
	})
}

// copyOf is a directory with the files of another as they are at the moment,
// which is what a killed process leaves.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	must(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

func readOnlyFiles(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range files {
		must(t, os.Chmod(filepath.Join(dir, f.Name()), 0o444))
	}
	must(t, os.Chmod(dir, 0o555))
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
}

// asNobody does something as a user to whom permissions apply.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Getuid() != 0 {
		do()
		return
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		const nobody = 65534
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Error(err)
			return
		}
		do()
	}()
	<-done
}

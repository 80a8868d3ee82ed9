package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A whole store whose writer was killed and which cannot be read for want of
// room, for the index of its log, is not called damaged, and is read when there
// is.
func TestFullDiskReading(t *testing.T) {
	s := fresh(t)
	set := sample()
	fill(t, s, set)
	from := copyOf(t, filepath.Dir(s.Path()))
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("mounting is not permitted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "runs.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(filepath.Join(from, filepath.Base(s.Path())) + suffix)
		must(t, err)
		must(t, os.WriteFile(path+suffix, data, 0o644))
	}
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	must(t, err)
	for err == nil {
		_, err = ballast.Write(make([]byte, pageSize))
	}
	must(t, ballast.Close())
	if _, err := OpenReadOnly(path); !errors.Is(err, ErrFull) || errors.Is(err, ErrDamaged) {
		t.Errorf("without room: %v", err)
	}
	must(t, os.Remove(ballast.Name()))
	r, err := OpenReadOnly(path)
	must(t, err)
	defer r.Close()
	if got := load(t, r, Filter{}); len(got.Runs) != len(set.Runs) {
		t.Errorf("%d runs of %d", len(got.Runs), len(set.Runs))
	}
}

// A file system of 4 MiB, 3 of which are of another file that goes away.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("mounting is not permitted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 3<<20), 0o644))
	fillUp(t, open(t, filepath.Join(dir, "runs.db")), func() { must(t, os.Remove(ballast)) })
}

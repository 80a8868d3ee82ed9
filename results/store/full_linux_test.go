package store

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

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

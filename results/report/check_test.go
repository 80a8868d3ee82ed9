package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A place that cannot be written to is found before anything is simulated for
// it, and looking leaves nothing behind.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "index.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := listDir(t, dir)
	for path, want := range map[string]string{
		"":                               "no directory",
		file:                             "is not a directory",
		filepath.Join(file, "report"):    "not a directory",
		link:                             "symbolic link to nothing",
		filepath.Join(link, "report"):    "symbolic link to nothing",
		taken:                            "index.html is a directory",
		dir:                              "",
		filepath.Join(dir, "new", "too"): "",
	} {
		err := Check(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if after := listDir(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("%q, before %q", after, before)
	}
	// Where nobody can make a directory, root included.
	if info, err := os.Stat("/proc"); err == nil && info.IsDir() {
		if err := Check("/proc/report"); err == nil || !strings.Contains(err.Error(), "/proc cannot be written to: ") {
			t.Errorf("in /proc: %v", err)
		}
	}
}

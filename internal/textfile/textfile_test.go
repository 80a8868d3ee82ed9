package textfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, most := range []int64{5, 6} {
		if got, err := Read(file, most); err != nil || string(got) != "12345" {
			t.Errorf("at most %d: %q, %v", most, got, err)
		}
	}
	if _, err := Read(file, 4); err == nil || !strings.HasPrefix(err.Error(), "read "+file+": more than 4 bytes") {
		t.Errorf("at most 4: error %v", err)
	}
	if _, err := Read(file+"x", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
}

// What never ends is not read to its end.
func TestEndless(t *testing.T) {
	const endless = "/dev/zero"
	if _, err := os.Stat(endless); err != nil {
		t.Skip("the host has no ", endless)
	}
	if _, err := Read(endless, 1<<16); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("error %v", err)
	}
}

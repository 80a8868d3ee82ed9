package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The entries used longest ago go first, and the newest never.
func TestTrim(t *testing.T) {
	s := &store{dir: t.TempDir(), limit: 3500}
	put := func(name string, size int) {
		t.Helper()
		if err := s.put(name, &entry{executable: make([]byte, size)}); err != nil {
			t.Fatal(err)
		}
	}
	age := func(name string, minutes int) {
		t.Helper()
		at := time.Now().Add(-time.Duration(minutes) * time.Minute)
		if err := os.Chtimes(filepath.Join(s.dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	have := func(want ...string) {
		t.Helper()
		list, err := os.ReadDir(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			got = append(got, e.Name())
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("entries %q, want %q", got, want)
		}
	}
	put("a", 1000)
	age("a", 30)
	put("b", 1000)
	age("b", 20)
	put("c", 1000)
	age("c", 10)
	have("a", "b", "c")
	if s.get("a") == nil { // which makes it the one used last
		t.Fatal("a is gone")
	}
	put("d", 1000)
	have("a", "c", "d")
	put("e", 10_000)
	have("e")
	for name, minutes := range map[string]int{unfinished + "old": 90, unfinished + "new": 30} {
		if err := os.WriteFile(filepath.Join(s.dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		age(name, minutes)
	}
	put("f", 10)
	have("f", unfinished+"new")
}

// An entry survives being written, whatever is in it.
func TestEntry(t *testing.T) {
	for _, e := range []entry{
		{executable: []byte("\n\x00\n")},
		{executable: []byte{}, inputs: []input{{"/a\nb\xc3\xa9", "d"}, {"/c", ""}}},
	} {
		data, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		d := decodeEntry(data)
		if d == nil || !bytes.Equal(d.executable, e.executable) || fmt.Sprint(d.inputs) != fmt.Sprint(e.inputs) {
			t.Errorf("%+v comes back as %+v", e, d)
		}
		for i := range data {
			data[i] ^= 0x10
			if decodeEntry(data) != nil {
				t.Errorf("byte %d may be wrong", i)
			}
			data[i] ^= 0x10
		}
	}
}

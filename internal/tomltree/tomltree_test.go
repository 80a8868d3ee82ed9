package tomltree

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	text := `
a.b = 0x10
"c.d" = "text"  # a comment
[t]
inner = {x = 1_000, y = true}
list = [
  ["one", "two"],
  # a comment
  "three",
  2.5,
]
[[draw]]
count = 1
[draw.more]
z = 1
[[draw]]
count = 2
[u]
"count" = 3
`
	got, err := Read("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	item := func(kind Kind, text string, line int) Value { return Value{Kind: kind, Text: text, Line: line} }
	want := []Entry{
		{"a.b", 0, item(Integer, "16", 2)},
		{"c.d", 0, item(String, "text", 3)},
		{"t", 0, item(Header, "", 4)},
		{"t.inner.x", 0, item(Integer, "1000", 5)},
		{"t.inner.y", 0, item(Bool, "true", 5)},
		{"t.list", 0, Value{List, "a list", []Value{
			{List, "a list", []Value{item(String, "one", 7), item(String, "two", 7)}, 7},
			item(String, "three", 9), item(Float, "2.5", 10),
		}, 6}},
		{"draw", 1, item(Header, "", 12)},
		{"draw.count", 1, item(Integer, "1", 13)},
		{"draw.more", 1, item(Header, "", 14)},
		{"draw.more.z", 1, item(Integer, "1", 15)},
		{"draw", 2, item(Header, "", 16)},
		{"draw.count", 2, item(Integer, "2", 17)},
		{"u", 0, item(Header, "", 18)},
		{"u.count", 0, item(Integer, "3", 19)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A byte-order mark before the text is none of it.
func TestByteOrderMark(t *testing.T) {
	got, err := Read("f", []byte("\ufeffa = 1\n"))
	if err != nil || len(got) != 1 || got[0].Path != "a" || got[0].Line != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Read("f", []byte("\ufeff\ufeffa = 1\n")); err == nil {
		t.Error("a mark in the text is taken for another")
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a.b = 1\n\"a.b\" = 2": "f:2: a.b is given again, after f:1",
		"a = 1\na = 2":         "f:2",
		"a = ":                 "f:1:4",
		"x = [1,":              "f:1",
	} {
		if _, err := Read("f", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s…", text, err, want)
		}
	}
}

package guests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	list, err := List("testdata")
	if err != nil {
		t.Fatal(err)
	}
	languages := map[string]int{}
	for _, g := range list {
		language, _, _ := strings.Cut(g.Name, "/")
		languages[language]++
	}
	t.Logf("programs: %v", languages)
	if len(list) < 40 || len(languages) != 3 {
		t.Errorf("%d programs in %d languages, want at least 40 in 3", len(list), len(languages))
	}
	if _, err := List(t.TempDir()); err == nil {
		t.Error("a directory without programs is none to test with")
	}
}

func TestParse(t *testing.T) {
	g, err := parse("c", "x/y.c", "// Words.\n// run: 1  two\n// stdin: a\\nb\n#include <z.h>\n// timed: 9\n")
	if err != nil || g.Name != "c/y" || len(g.Run) != 2 || len(g.Timed) != 2 || g.Stdin != "a\nb" {
		t.Errorf("%+v %v", g, err)
	}
	g, err = parse("go", "x/y.go", "// run: 1\n// timed:\n")
	if err != nil || len(g.Run) != 1 || len(g.Timed) != 0 {
		t.Errorf("%+v %v", g, err)
	}
	for _, bad := range []string{"int main;", "// Words.\n", "// run:\n// stdin: \"\n"} {
		if g, err := parse("c", "x.c", bad); err == nil {
			t.Errorf("%q: %+v", bad, g)
		}
	}
}

// An emulator that crashes by itself, once, does not decide; a guest that dies
// of a signal does so each time.
func TestReference(t *testing.T) {
	dir := t.TempDir()
	emulator := filepath.Join(dir, "emulator")
	script := `#!/bin/sh
case $1 in
dies) kill -SEGV $$ ;;
*) test -e "$2" || { : >"$2"; kill -SEGV $$; } ;;
esac
echo fine
exit 3
`
	if err := os.WriteFile(emulator, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		guest string
		want  Outcome
	}{{"lives", Outcome{"fine\n", 3}}, {"dies", Outcome{"", 128 + 11}}} {
		got, err := Reference(t.Context(), emulator, c.guest, []string{filepath.Join(dir, c.guest)}, "")
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.guest, got, err, c.want)
		}
	}
}

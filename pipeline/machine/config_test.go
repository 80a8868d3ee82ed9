package machine

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// onDefault is a machine that changes the default one, whose lines are
// numbered from 2.
func onDefault(lines string) string { return "base = \"default\"\n" + lines }

// load writes a machine's file and loads it.
func load(t *testing.T, text string, sets ...string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("m.toml", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load("m.toml", sets)
}

// Every preset can be built, says what it is, and survives its own text.
func TestPresets(t *testing.T) {
	for _, p := range Presets() {
		c, err := Load(p.Name, nil)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if c.Name != p.Name || p.Doc == "" || p.Doc != c.Doc {
			t.Errorf("%s: name %q, doc %q and %q", p.Name, c.Name, c.Doc, p.Doc)
		}
		for _, text := range []string{c.String(), c.Commented()} {
			again, err := Parse("again.toml", []byte(text))
			if err != nil {
				t.Errorf("%s: its own text: %v", p.Name, err)
			} else if err := again.Validate(); err != nil {
				t.Errorf("%s: its own text: %v", p.Name, err)
			} else if again.String() != c.String() || again.Digest() != c.Digest() {
				t.Errorf("%s: its own text is another machine:\n%s", p.Name, again)
			}
		}
	}
	if files, err := presetFiles.ReadDir("presets"); err != nil || len(files) != len(Presets()) {
		t.Errorf("%d files and %d presets, %v", len(files), len(Presets()), err)
	}
}

// An instruction rests in the fetch buffer for depth cycles, so a part that
// holds less than depth x width caps the IPC of a thread that runs alone; and
// parts that overlap would let a thread that is stuck fill the others'.
func TestPresetsFetchBuffer(t *testing.T) {
	for _, p := range Presets() {
		c, err := Load(p.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := c.Core.Fetch
		part := f.Buffer.Size / c.Threads
		if n, capped := strings.CutPrefix(f.Buffer.Sharing, "cap:"); capped {
			if part, err = strconv.Atoi(n); err != nil {
				t.Fatal(err)
			}
		} else if f.Buffer.Sharing != "static" {
			t.Errorf("%s: core.fetch.buffer is %s", p.Name, f.Buffer.Sharing)
		}
		if part < f.Depth*f.Width || part*c.Threads > f.Buffer.Size {
			t.Errorf("%s: core.fetch.buffer %+v is not a part of at least %d for each of %d threads", p.Name, f.Buffer, f.Depth*f.Width, c.Threads)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key", onDefault("[core.rob]\nsise = 4"), `m.toml:3: unknown key "core.rob.sise", did you mean "core.rob.size"?`},
		{"unknown table", onDefault("[cores.rob]\nsize = 4"), `m.toml:2: unknown key "cores.rob", did you mean "core.rob"?`},
		{"unknown table without keys", onDefault("[core.robs]"), `m.toml:2: unknown key "core.robs", did you mean "core.rob"?`},
		{"key below a value", onDefault("threads.most = 4"), `m.toml:2: unknown key "threads.most"`},
		{"table in place of a value", onDefault("[core.rob.size]"), `m.toml:2: core.rob.size: a table is not a value`},
		{"another case", onDefault("Threads = 4"), `m.toml:2: unknown key "Threads", did you mean "threads"?`},
		{"dotted", onDefault("core.rob.sise = 4"), `m.toml:2: unknown key "core.rob.sise", did you mean "core.rob.size"?`},
		{"quoted and dotted", onDefault(`"core.rob.sise" = 4`), `m.toml:2: unknown key "core.rob.sise", did you mean "core.rob.size"?`},
		{"inline", onDefault("[core]\nrob = { size = 8, sise = 4 }"), `m.toml:3: unknown key "core.rob.sise", did you mean "core.rob.size"?`},
		{"string for an integer", onDefault(`core.rob.size = "large"`), `m.toml:2: core.rob.size: "large" is not an integer`},
		{"number in a string", onDefault(`core.rob.size = "64"`), `m.toml:2: core.rob.size: "64" is not an integer`},
		{"float for an integer", onDefault("core.rob.size = 1.5"), `m.toml:2: core.rob.size: 1.5 is not an integer`},
		{"more than 64 bits", onDefault("core.rob.size = 99999999999999999999"), `m.toml:2`},
		{"integer for a string", onDefault("core.issue.order = 1"), `m.toml:2: core.issue.order: 1 is not a string`},
		{"list for a string", onDefault("core.issue.order = [1]"), `m.toml:2: core.issue.order: a list is not`},
		{"list of tables", onDefault("[[core]]\nx = 1"), `m.toml:2: core: a list of tables`},
		{"value for a table", onDefault("core.rob = 4"), `m.toml:2: core.rob: a table, not a value; it has size, sharing`},
		{"wrong size", onDefault(`cache.l2.size = "1 MB"`), `m.toml:2: cache.l2.size: "1 MB" is not a size`},
		{"out of range", onDefault("[core]\n[core.rob]\nsize = 0"), `m.toml:4: core.rob.size: 0 is below 1`},
		{"out of range, inline", onDefault("[core]\n\nrob = { size = 0 }"), `m.toml:4: core.rob.size: 0 is below 1`},
		{"too many threads", onDefault("threads = 65"), `m.toml:2: threads: 65 is outside 1 … 64`},
		{"no thread", onDefault("threads = 0"), `m.toml:2: threads: 0 is outside 1 … 64`},
		{"a value of the base", onDefault("cache.l1i.line = 32"), `core.fetch.line: 64 is more than cache.l1i.line, 32 (with cache.l1i.line=32 of m.toml:2)`},
		{"many values of the base", onDefault("core.rob.size = 0\ncore.iq.size = 0\ncore.lq.size = 0\ncore.sq.size = 0\nthreads = 0\nfrequency = 0"), `m.toml:6: threads: 0 is outside 1 … 64 (and 5 more values are missing or wrong)`},
		{"two values that do not fit", onDefault("\nbranch.btb.ways = 3"), `m.toml:3: branch.btb: 1024 entries in sets of 3 ways`},
		{"load latency", onDefault("core.units.load.latency = 4"), `m.toml:2: core.units.load.latency: 4 is not 5`},
		{"levels out of order", onDefault("cache.l2.latency = 3"), `m.toml:2: cache.l2.latency: 3 is not above 3, the latency of l1i`},
		{"memory above the caches", onDefault(`memory.model = "fixed:latency=9"`), `m.toml:2: memory.model: `},
		{"unknown memory", onDefault(`memory.model = "fixd"`), `m.toml:2: memory.model: unknown memory "fixd", did you mean "fixed"?`},
		{"unknown predictor", onDefault(`branch.direction = "gshar"`), `m.toml:2: branch.direction: unknown`},
		{"unknown replacement", onDefault(`cache.l2.replacement = "lur"`), `m.toml:2: cache.l2.replacement: unknown`},
		{"syntax", onDefault("threads = = 4"), `m.toml:2:`},
		{"given twice", onDefault("core.rob.size = 8\n[core.rob]\nsize = 9"), `m.toml:`},
		{"given twice, once quoted", onDefault("\"core.rob.size\" = 8\n[core.rob]\nsize = 9"), `m.toml:4: core.rob.size is given again, after m.toml:2`},
		{"unknown base", "base = \"defualt\"", `m.toml:1: base: unknown machine "defualt", did you mean "default"?`},
		{"base of another type", "base = 1", `m.toml:1: base: 1 is not the name of a machine`},
		{"doc of another type", "doc = 1", `m.toml:1: doc: 1 is not a string`},
		{"nothing", "", `machine m: threads: 0 is outside 1 … 64 (and `},
		{"two errors", onDefault("frequency = 0\ncore.rob.size = 0"), `m.toml:2: frequency: 0 is outside 1 … 100000 MHz (and 1 more: core.rob.size)`},
		{"not TOML", "\x00\x7fELF", `m.toml:1:`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := load(t, tc.text)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) && !strings.Contains(err.Error(), ": "+tc.want) {
				t.Errorf("got\n%v\nwant what begins with\n%s", err, tc.want)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line:\n%v", err)
			}
		})
	}
}

// A fault of a value that stands in the machine is that of the assignments
// without which it would be none.
func TestFaultsOfOtherKeys(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.toml")
	if err := os.WriteFile(whole, []byte(preset(t, "default").String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		machine string
		sets    []string
		want    string
	}{
		{"default", []string{"core.rob.size=96", "cache.l1d.mshrs=1"}, "cache.l1d.prefetch-reserve: 4 is above 0 (with cache.l1d.mshrs=1)"},
		{whole, []string{"core.rob.size=96", "cache.l1d.mshrs=1"}, "cache.l1d.prefetch-reserve: 4 is above 0 (with cache.l1d.mshrs=1)"},
		{"default", []string{"cache.l1d.mshrs=4", "cache.l1d.prefetch-reserve=9"}, "--set cache.l1d.prefetch-reserve=9: cache.l1d.prefetch-reserve: 9 is above 3"},
		{"default", []string{"cache.l1i.line=32", "cache.l1i.ways=4"}, "core.fetch.line: 64 is more than cache.l1i.line, 32 (with cache.l1i.line=32)"},
	} {
		_, err := Load(c.machine, c.sets)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s with %q: %v, want %s", filepath.Base(c.machine), c.sets, err, c.want)
		}
	}
}

// A file that is not there, or is none, is told from an unknown preset.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.toml")
	if err := os.WriteFile(big, make([]byte, 1<<20+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"defualt":                        `unknown machine "defualt", did you mean "default"?`,
		filepath.Join(dir, "none.toml"):  "no such file",
		"none.toml":                      "machine none.toml: no such file",
		"two\nlines.toml":                `machine "two\nlines.toml": a name has no control characters`,
		dir:                              "not a regular file",
		big:                              "more than a configuration has",
		filepath.Join(big, "below.toml"): "not a directory",
	} {
		if _, err := Load(name, nil); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// A file says what differs from its base, in any spelling of a key.
func TestBase(t *testing.T) {
	base, err := Load("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		onDefault("core.rob.size = 96"),
		onDefault(`"core.rob.size" = 96`),
		onDefault("[core]\nrob.size = 96"),
		onDefault("[core]\nrob = { size = 96 }"),
		onDefault("['core.rob']\nsize = 0x60"),
		"doc = \"small\"\ncore.rob.size = 9_6\n" + onDefault(""),
	} {
		c, err := load(t, text)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
			continue
		}
		if c.Name != "m" || c.Core.ROB.Size != 96 {
			t.Errorf("%s: machine %s with a ROB of %d", text, c.Name, c.Core.ROB.Size)
		}
		if strings.Contains(text, "small") != (c.Doc == "small") {
			t.Errorf("%s: doc %q", text, c.Doc)
		}
		c.Core.ROB.Size = base.Core.ROB.Size
		if c.String() != base.String() {
			t.Errorf("%s: more than the ROB differs", text)
		}
	}
}

// A --set is read as the type of its path; strings need no quotes.
func TestSet(t *testing.T) {
	for _, tc := range []struct {
		set  string
		text string // of the canonical form
	}{
		{"threads=2", "threads = 2"},
		{"core.rob.size=0x80", "\n[core.rob]\nsize = 128"},
		{" core.rob.size = 1_28 ", "\n[core.rob]\nsize = 128"},
		{`"core.rob.size"=100`, "\n[core.rob]\nsize = 100"},
		{`core."rob".size = 100`, "\n[core.rob]\nsize = 100"},
		{"core.issue.order=in-order", `order = "in-order"`},
		{`core.issue.order="in-order"`, `order = "in-order"`},
		{"core.rob.sharing=cap:100", `sharing = "cap:100"`},
		{"cache.l2.size=2M", `size = "2M"`},
		{"cache.l2.size=2097152", `size = "2M"`},
		{"cache.l2.size=2_097_152", `size = "2M"`},
		{"cache.l2.size=0x200000", `size = "2M"`},
		{`cache.l2.size="2048K"`, `size = "2M"`},
		{"memory.model=fixed:latency=300", `model = "fixed:latency=300,`},
		{"branch.direction=gshare", `direction = "gshare:`},
	} {
		c, err := Load("default", []string{tc.set})
		if err != nil {
			t.Errorf("%s: %v", tc.set, err)
		} else if !strings.Contains(c.String(), tc.text) {
			t.Errorf("%s: %q is not in\n%s", tc.set, tc.text, c)
		}
	}
	if c, err := Load("default", []string{"threads=2", "threads=3"}); err != nil || c.Threads != 3 {
		t.Errorf("the last of two: %v, %v", c.Threads, err)
	}
}

func TestSetErrors(t *testing.T) {
	for set, want := range map[string]string{
		"core.rob.size":         "not PATH=VALUE",
		"=4":                    "not PATH=VALUE",
		"core.rob.sise=4":       `unknown key "core.rob.sise", did you mean "core.rob.size"?`,
		"core.rob=4":            "a table, not a value; it has size, sharing",
		"core.rob.size=":        `core.rob.size: "" is not an integer`,
		"core.rob.size=large":   `core.rob.size: "large" is not an integer`,
		"core.rob.size=1.5":     "core.rob.size: 1.5 is not an integer",
		"core.rob.size=0":       "core.rob.size: 0 is below 1",
		"core.rob.size={x=1}":   `core.rob.size: "{x=1}" is not an integer`,
		"core.issue.order=7":    "core.issue.order: 7 is not a string",
		"core.issue.order=true": "core.issue.order: true is not a",
		"cache.l2=2M":           "cache.l2: ",
		"base=scalar":           `unknown key "base"`,
		"Name=x":                `unknown key "Name"`,
	} {
		_, err := Load("default", []string{set})
		if err == nil || !strings.HasPrefix(err.Error(), "--set "+set+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q, want %q", set, err, want)
		}
	}
	_, err := Load("default", []string{"core.rob.size=4\nthreads=2"})
	if want := `--set "core.rob.size=4\nthreads=2": core.rob.size: `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("two lines: got %q, want %q", err, want)
	}
}

// Optional levels come and go, from a file and from the command line.
func TestOptionalLevels(t *testing.T) {
	l4 := []string{"size=64M", "ways=16", "line=64", "latency=90", "mshrs=64", "interval=2", "replacement=lru"}
	for i := range l4 {
		l4[i] = "cache.l4." + l4[i]
	}
	c, err := Load("default", l4)
	if err != nil {
		t.Fatal(err)
	}
	if c.Cache.L4 == nil || !strings.Contains(c.String(), "[cache.l4]") {
		t.Errorf("no fourth level in\n%s", c)
	}
	if err := c.Set("cache.l4=none"); err != nil || c.Cache.L4 != nil {
		t.Errorf("the fourth level stays: %v", err)
	}
	if _, err := Load("default", []string{"cache.l2=none"}); err == nil || !strings.Contains(err.Error(), "cache.l3: there is no l2 above it") {
		t.Errorf("a third level without a second: %v", err)
	}
	c, err = load(t, onDefault(`cache.l3 = "none"`))
	if err != nil || c.Cache.L3 != nil || strings.Contains(c.String(), "[cache.l3]") {
		t.Errorf("the third level stays: %v", err)
	}
	_, err = load(t, onDefault("[cache.l4]\nsize = \"64M\""))
	const lacks = "m.toml:3: cache.l4: machine default has none, and a new one needs more keys: "
	if err == nil || !strings.HasPrefix(err.Error(), lacks) {
		t.Fatalf("half a level: %v", err)
	}
	// With the keys that the error names it is a machine.
	list, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), lacks), " (")
	sets := []string{"cache.l4.size=64M"}
	for key := range strings.SplitSeq(list, ", ") {
		sets = append(sets, key)
	}
	if c, err = Load("default", sets); err != nil || c.Cache.L4.Ways != c.Cache.L3.Ways || c.Cache.L4.Latency != 2*c.Cache.L3.Latency {
		t.Errorf("with %q: %v", sets, err)
	}
	_, err = Load("default", []string{"cache.l4.size=64M", "cache.l4.latency=20"})
	if err == nil || strings.Count(err.Error(), "cache.l4.latency=") > 1 || !strings.HasSuffix(err.Error(), "(and 1 more: cache.l4.latency)") {
		t.Errorf("a latency below that of the level above: %v", err)
	}
}

// The presets are not changed by what is derived from them.
func TestConfigsAreIndependent(t *testing.T) {
	before, err := Load("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := before.String()
	if _, err := Load("default", []string{"cache.l2.size=512K", "threads=1"}); err != nil {
		t.Fatal(err)
	}
	if after, err := Load("default", nil); err != nil || after.String() != text || before.String() != text {
		t.Errorf("changed: %v", err)
	}
}

// Each path can be set to the value that it has, is documented, and is listed
// in the commented text of a machine that has every level.
func TestPaths(t *testing.T) {
	c, err := Load("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	four := *c.Cache.L3
	c.Cache.L4 = &four
	digest, commented := c.Digest(), c.Commented()
	seen := map[string]bool{}
	for _, p := range Paths() {
		if seen[p.Path] || p.Doc == "" || p.Type == "" {
			t.Errorf("%+v: listed before, or without a meaning or type", p)
		}
		seen[p.Path] = true
		if !strings.Contains(commented, "# "+p.Doc+"\n") {
			t.Errorf("%s: its meaning is not in the commented text", p.Path)
		}
		v, err := c.find(p.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := c.Set(p.Path + "=" + literal(p.Path, v)); err != nil {
			t.Error(err)
		}
	}
	if c.Digest() != digest {
		t.Error("setting every path to its value made another machine")
	}
	for _, want := range []string{"threads", "core.rob.size", "core.units.fp-mul.latency", "branch.btb.ways", "cache.l4.size", "memory.model", "tlb.walker.walks"} {
		if !seen[want] {
			t.Errorf("%s is no path", want)
		}
	}
}

// No text makes the reader panic; what it accepts and can be built has a
// canonical text, which is the same machine.
func FuzzConfig(f *testing.F) {
	for _, name := range presetNames {
		data, err := presetFiles.ReadFile("presets/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(onDefault(`"core.rob.size" = 0x40` + "\n[cache]\nl3 = \"none\"\nl2 = { size = 2_097_152 }")))
	f.Add([]byte("base = 'scalar'\n[[core]]\n[core.rob]\nsize = [{a=1}, 1979-05-27]\n'' = 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz.toml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.toml") {
				t.Errorf("an error without its place: %v", err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			return
		}
		again, err := Parse("again.toml", []byte(c.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, c)
		}
		if err := again.Validate(); err != nil || again.String() != c.String() {
			t.Errorf("%v: not the same machine:\n%s\n%s", err, c, again)
		}
	})
}

// What a file says is right for its own number of threads, and is not to
// blame when another is asked for.
func TestOtherThreads(t *testing.T) {
	c, err := Load("default", []string{"core.rob.size=32", "core.rob.sharing=static", "threads=2"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.validate(64, nil); err == nil || !strings.HasPrefix(err.Error(), "machine default with threads = 64: core.") {
		t.Errorf("got %v", err)
	}
}

// Values are judged for the number of threads that run, and the machine's own
// number must be one all the same.
func TestLoadFor(t *testing.T) {
	for _, tc := range []struct {
		threads int
		sets    []string
		want    string // in the error; "": none
	}{
		{1, []string{"core.rob.size=3"}, ""},
		{0, []string{"core.rob.size=3"}, "core.rob.sharing: static leaves 4 contexts no entry of 3"},
		{5, []string{"core.rob.size=4"}, "machine default with threads = 5: core.rob.sharing: static leaves 5 contexts"},
		{1, []string{"core.rob.size=0"}, "--set core.rob.size=0: core.rob.size: 0 is below 1"},
		{2, []string{"threads=0"}, "--set threads=0: threads: 0 is outside 1 … 64"},
	} {
		_, err := LoadFor(tc.threads, "default", tc.sets)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%d threads, %q: %v, want %q", tc.threads, tc.sets, err, tc.want)
		}
	}
}

// What assignments made different is named, in the order of the tree; an
// assignment of the value that was there is no change, nor is what a file says.
func TestChanges(t *testing.T) {
	c, err := Load("default", []string{"core.sq.size=64", "core.rob.size=128", "core.rob.sharing=shared", "core.sq.size=114"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Changes(); !slices.Equal(got, []string{"core.rob.size=128", "core.rob.sharing=shared"}) {
		t.Errorf("%q", got)
	}
	again, err := Load("default", c.Changes())
	if err != nil || again.Digest() != c.Digest() {
		t.Errorf("the changes give another machine: %v", err)
	}
	clone := c.Clone()
	if err := clone.Set("core.rob.size=512"); err != nil {
		t.Fatal(err)
	}
	if got := clone.Changes(); !slices.Equal(got, []string{"core.rob.sharing=shared"}) || len(c.Changes()) != 2 {
		t.Errorf("of a clone: %q", got)
	}
	if plain, err := Load("default", nil); err != nil || plain.Changes() != nil {
		t.Errorf("nothing assigned: %q, %v", plain.Changes(), err)
	}
}

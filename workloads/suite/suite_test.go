package suite

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A workload is a source, a descriptor and a program of one name.
func TestFilesMatch(t *testing.T) {
	names := func(pattern string) []string {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			f = filepath.Base(f)
			files[i] = strings.TrimSuffix(f, filepath.Ext(f))
		}
		return files
	}
	want := Names()
	if len(want) < 15 {
		t.Errorf("%d workloads, want at least 15", len(want))
	}
	if !slices.IsSorted(want) {
		t.Errorf("not in order: %v", want)
	}
	for _, pattern := range []string{"src/*.c", "desc/*.toml", "bin/*.elf"} {
		if got := names(pattern); !slices.Equal(got, want) {
			t.Errorf("%s are %v, want %v", pattern, got, want)
		}
	}
}

// The sizes are what the package comment says, and each prints the line that
// the runtime prints.
func TestSizes(t *testing.T) {
	limits := map[string][2]uint64{"test": {100e3, 400e3}, "small": {15e6, 400e6}, "ref": {500e6, 2e9}}
	for _, d := range All() {
		for _, name := range SizeNames {
			s, err := d.Size(name)
			if err != nil {
				t.Fatal(err)
			}
			if l := limits[name]; s.Instructions < l[0] || s.Instructions > l[1] {
				t.Errorf("%s@%s runs %d instructions, want %d to %d", d.Name, name, s.Instructions, l[0], l[1])
			}
			prefix := d.Name + " " + s.Args[0] + " "
			if !strings.HasPrefix(s.Stdout, prefix) || !strings.HasSuffix(s.Stdout, "\n") || !strings.Contains(s.Stdout, " checksum 0x") {
				t.Errorf("%s@%s: stdout %q is not %q… checksum 0x…", d.Name, name, s.Stdout, prefix)
			}
		}
		if _, err := d.Size("huge"); err == nil || !strings.Contains(err.Error(), d.Name) {
			t.Errorf("%s: size huge: error %v does not name the workload", d.Name, err)
		}
	}
}

// All hands out a copy.
func TestAllCopies(t *testing.T) {
	All()[0].Name = "spoiled"
	if All()[0].Name == "spoiled" {
		t.Error("a caller changed the suite")
	}
}

func TestUnknown(t *testing.T) {
	if _, err := ELF("qeens"); err == nil || !strings.Contains(err.Error(), `did you mean "queens"?`) {
		t.Errorf("ELF(qeens): %v", err)
	}
	if _, err := ELF("../bin/sort"); err == nil {
		t.Error("ELF(../bin/sort): no error")
	}
	if _, ok := Lookup("SORT"); ok {
		t.Error("Lookup(SORT) found something")
	}
}

// Errors in a descriptor name its file and what is wrong.
func TestDescriptorErrors(t *testing.T) {
	good, err := os.ReadFile("desc/sort.toml")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("desc/sort.toml has no %q", old)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", edit("class =", "kind ="), `desc/sort.toml:3: unknown key "kind"`},
		{"unknown size", edit("[sizes.ref]", "[sizes.huge]"), `unknown key "sizes.huge"`},
		{"unknown key of a size", edit("footprint =", "memory ="), `unknown key "sizes.test.memory"`},
		{"wrong type", edit("instructions = ", `instructions = "many" # `), "desc/sort.toml:10: "},
		{"negative", edit("instructions = ", "instructions = -"), "desc/sort.toml:10: "},
		{"syntax", edit(`name = "sort"`, `name = sort`), "desc/sort.toml:1: "},
		{"another name", edit(`name = "sort"`, `name = "heap"`), `desc/sort.toml: name is "heap"`},
		{"no doc", edit("doc =", "#"), "desc/sort.toml: doc is missing"},
		{"unknown class", edit(`"branchy"`, `"branch"`), `desc/sort.toml: class: unknown class "branch"`},
		{"no arguments", edit("args =", "#"), "desc/sort.toml: sizes.test.args is missing"},
		{"no output", edit("stdout =", "#"), "desc/sort.toml: sizes.test.stdout is missing"},
		{"empty", "", "desc/sort.toml: name is"},
	} {
		fsys := fstest.MapFS{"desc/sort.toml": {Data: []byte(c.text)}, "bin/sort.elf": {}}
		if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	fsys := fstest.MapFS{"desc/sort.toml": {Data: good}}
	if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), "desc/sort.toml: no program") {
		t.Errorf("without a program: error %v", err)
	}
}

// Each program is a small static RV64 executable without anything that does
// not run: no symbols, notes, attributes or debug information.
func TestPrograms(t *testing.T) {
	allowed := []string{"", ".text", ".rodata", ".data", ".sdata", ".bss", ".shstrtab"}
	for _, name := range Names() {
		file, err := ELF(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Machine != elf.EM_RISCV || f.Class != elf.ELFCLASS64 || f.Type != elf.ET_EXEC {
			t.Errorf("%s is %v %v %v", name, f.Machine, f.Class, f.Type)
		}
		if len(file) > 32<<10 {
			t.Errorf("%s has %d bytes", name, len(file))
		}
		for _, s := range f.Sections {
			if !slices.Contains(allowed, s.Name) {
				t.Errorf("%s has a section %s", name, s.Name)
			}
		}
		for _, p := range f.Progs {
			if p.Type != elf.PT_LOAD && p.Type != elf.PT_GNU_STACK {
				t.Errorf("%s has a program header %v", name, p.Type)
			}
			if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
				t.Errorf("%s has a segment that is writable and executable", name)
			}
		}
	}
}

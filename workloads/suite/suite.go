// Package suite is the bundled workloads: freestanding RV64GC programs, each a
// kernel with a character of its own (branchy, memory-bound, floating-point
// latency …), a size argument and a checksum that it checks and prints.
//
// A workload is two files: src/NAME.c, which src/build.sh compiles to
// bin/NAME.elf, and desc/NAME.toml, which says what it is and gives its
// arguments and its expected output for each size. The binaries are embedded,
// so that no cross compiler is needed. They are static, use three system calls
// (mmap, write, exit_group) and depend on nothing but their arguments.
//
// The sizes: `test` runs a few hundred thousand instructions; `small` some
// tens to hundreds of millions, with the kernel proper from about the 200 000th
// on; `ref` about a thousand million. Some kernels have phases: a search that
// begins is not one that ends.
package suite

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
	"github.com/threadmill-sim/threadmill/internal/catalog"
)

//go:embed desc/*.toml bin/*.elf
var files embed.FS

// SizeNames are the sizes that every workload has, smallest first.
var SizeNames = []string{"test", "small", "ref"}

// Class is a kind of program by what its speed depends on most.
type Class struct {
	Name, Doc string
}

// Classes are those that mixes are drawn from.
var Classes = []Class{
	{"memory", "waits for data from below the first-level cache"},
	{"compute", "waits for the latency or the number of the units"},
	{"branchy", "waits for mispredicted branches"},
}

// ClassNames lists the names of Classes.
func ClassNames() (names []string) {
	for _, c := range Classes {
		names = append(names, c.Name)
	}
	return names
}

// DefaultSize is the size that a bare workload name means.
const DefaultSize = "small"

// Descriptor describes one workload.
type Descriptor struct {
	Name  string `toml:"name"`  // that of its files
	Doc   string `toml:"doc"`   // what it computes, one sentence
	Class string `toml:"class"` // one of Classes
	Bound string `toml:"bound"` // what bounds its speed
	Usage string `toml:"usage"` // its arguments
	Sizes Sizes  `toml:"sizes"`
}

// Sizes are the runs that the suite knows the outcome of.
type Sizes struct {
	Test  Size `toml:"test"`
	Small Size `toml:"small"`
	Ref   Size `toml:"ref"`
}

// Size is one run of a workload.
type Size struct {
	Args         []string `toml:"args"`         // without the program's name
	Stdout       string   `toml:"stdout"`       // expected standard output
	Instructions uint64   `toml:"instructions"` // that the run executes
	Footprint    uint64   `toml:"footprint"`    // KiB of data that it allocates
}

// Size returns the run of that size name.
func (d *Descriptor) Size(name string) (Size, error) {
	switch name {
	case "test":
		return d.Sizes.Test, nil
	case "small":
		return d.Sizes.Small, nil
	case "ref":
		return d.Sizes.Ref, nil
	}
	return Size{}, fmt.Errorf("workload %s: %w", d.Name, catalog.Unknown("size", name, SizeNames))
}

// All returns the workloads by name, in alphabetical order.
func All() []Descriptor {
	all := embedded()
	return append([]Descriptor(nil), all...)
}

// Lookup returns the workload of that name.
func Lookup(name string) (Descriptor, bool) {
	for _, d := range embedded() {
		if d.Name == name {
			return d, true
		}
	}
	return Descriptor{}, false
}

// Names lists the workloads' names in the order of All.
func Names() []string {
	var names []string
	for _, d := range embedded() {
		names = append(names, d.Name)
	}
	return names
}

// ELF returns the program of the workload of that name.
func ELF(name string) ([]byte, error) {
	if _, ok := Lookup(name); !ok {
		return nil, catalog.Unknown("workload", name, Names())
	}
	return files.ReadFile(path.Join("bin", name+".elf"))
}

// embedded reads the embedded descriptors once. They are ours, so an error in
// them is a broken build.
var embedded = sync.OnceValue(func() []Descriptor {
	all, err := load(files)
	if err != nil {
		panic("suite: " + err.Error())
	}
	return all
})

// load reads the descriptors of a suite: desc/*.toml beside bin/*.elf. The
// order is that of the file names.
func load(fsys fs.FS) ([]Descriptor, error) {
	entries, err := fs.ReadDir(fsys, "desc")
	if err != nil {
		return nil, err
	}
	var all []Descriptor
	for _, e := range entries {
		d, err := loadDescriptor(fsys, path.Join("desc", e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func loadDescriptor(fsys fs.FS, file string) (Descriptor, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return Descriptor{}, err
	}
	var d Descriptor
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&d); err != nil {
		return Descriptor{}, decodeError(file, err)
	}
	if err := d.validate(strings.TrimSuffix(path.Base(file), ".toml")); err != nil {
		return Descriptor{}, fmt.Errorf("%s: %w", file, err)
	}
	if _, err := fs.Stat(fsys, path.Join("bin", d.Name+".elf")); err != nil {
		return Descriptor{}, fmt.Errorf("%s: no program: %w", file, err)
	}
	return d, nil
}

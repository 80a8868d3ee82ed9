// Package build makes executables of the sources of guest programs: static
// RISC-V Linux programs of assembly (by this module's assembler), of C and C++
// (by the cross compilers of GCC) and of Go (by the Go toolchain).
//
// The same source gives the same bytes wherever it stands: no path of the
// host, no date and no build identifier of the linker reaches a program, since
// all of its run follows from them. Executables of compilers are kept in a
// store (see store.go), so a program is compiled again only when something
// that it was made of has changed.
//
// What a compiler says of a program that it does not take is the user's to
// read, whole: it is in the Error.
package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/textfile"
	"github.com/threadmill-sim/threadmill/isa/asm"
)

// Builder builds programs. Several goroutines may use it, and several
// processes one store.
type Builder struct {
	// Helpers holds what guests may use to mark their region of interest:
	// threadmill.h, and the files of the Go package roi.
	Helpers fs.FS
	// Note, unless nil, gets what is worth knowing though the build goes on:
	// a compiler's warnings, that it takes long, that nothing can be kept.
	Note func(text string)
}

// Error is that a compiler does not take a program.
type Error struct {
	Compiler string
	Messages string // as the compiler gave them, lines that end in a newline
}

func (e *Error) Error() string { return e.Compiler + " does not accept it" }

// language is a kind of source and how it is built.
type language struct {
	suffix string
	build  func(b *Builder, ctx context.Context, path string) ([]byte, error)
}

// languages by the suffix of the file's name.
var languages = []language{
	{".s", (*Builder).assemble},
	{".c", gcc{compiler: "riscv64-linux-gnu-gcc", pkg: "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross", language: "C"}.build},
	{".cc", gxx.build},
	{".cpp", gxx.build},
	{".cxx", gxx.build},
	{".go", (*Builder).goFile},
}

var gxx = gcc{compiler: "riscv64-linux-gnu-g++", pkg: "g++-riscv64-linux-gnu libc6-dev-riscv64-cross", language: "C++"}

// IsSource reports whether a file of this name is one to build.
func IsSource(path string) bool { return languageOf(path) != nil }

func languageOf(path string) *language {
	suffix := filepath.Ext(path)
	for i := range languages {
		if languages[i].suffix == suffix {
			return &languages[i]
		}
	}
	return nil
}

// Build answers with the executable made of a source file, or of a directory
// with a Go program. A canceled context stops the compiler.
func (b *Builder) Build(ctx context.Context, path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return b.goDirectory(ctx, path)
	}
	l := languageOf(path)
	if l == nil {
		return nil, fmt.Errorf("not a source of a language that is built here (%s, or a directory with a Go program)", strings.Join(Suffixes(), " "))
	}
	return l.build(b, ctx, path)
}

// Suffixes lists those of the names of sources.
func Suffixes() []string {
	var list []string
	for _, l := range languages {
		list = append(list, l.suffix)
	}
	return list
}

// maxSource bounds the bytes of a source file.
const maxSource = 64 << 20

// assemble builds a program from one file of assembly. It takes less time than
// to look up what an earlier one gave.
func (b *Builder) assemble(_ context.Context, path string) ([]byte, error) {
	source, err := textfile.Read(path, maxSource)
	if err != nil {
		return nil, reason(err)
	}
	p, err := asm.Assemble(filepath.Base(path), source, asm.Options{})
	var list asm.ErrorList
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			e.File = path
		}
		return nil, &Error{Compiler: "the assembler", Messages: list.Error() + "\n"}
	case err != nil:
		return nil, err
	}
	return p.ELF(), nil
}

func (b *Builder) note(format string, args ...any) {
	if b.Note != nil {
		b.Note(fmt.Sprintf(format, args...))
	}
}

// reason is what an error says of a file, without the name, which the message
// around it has.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

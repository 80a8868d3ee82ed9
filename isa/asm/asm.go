// Package asm is a small assembler for what isa/rv64 executes: what a kernel
// or a test of a few hundred lines needs, in the syntax of GNU as, to a linked
// program in one step.
//
// A source goes through three passes. Parsing turns statements into items of
// sections (data, instructions, alignment, space) and symbols; pseudo-
// instructions are rewritten into instructions, whose encodings come from the
// table of isa/rv64. Layout gives every item an address, growing conditional
// branches that do not reach until nothing changes. Emission evaluates the
// expressions and encodes.
//
// What it leaves out: there is one source file and no linker, so no
// relocations, undefined symbols, thread-local storage or position-independent
// code; no macros but .rept; and no instruction is compressed unless its mnemonic
// says so (c.addi), whatever .option says.
package asm

import (
	"cmp"
	"slices"
)

// Options of an assembly; the zero value is the usual.
type Options struct {
	// TextBase is the address of the first section; 0 means 0x10000.
	TextBase uint64
	// Entry is the symbol of the first instruction; empty means _start, or
	// when there is none, main, or else the start of the code.
	Entry string
	// MaxErrors bounds the errors that are collected; 0 means 20.
	MaxErrors int
	// MaxMemory bounds the bytes of the program in memory, MaxData those of
	// them that have contents; 0 means 1 GiB and 64 MiB.
	MaxMemory, MaxData uint64
}

func (o Options) withDefaults() Options {
	return Options{
		TextBase:  cmp.Or(o.TextBase, 0x10000),
		Entry:     o.Entry,
		MaxErrors: cmp.Or(o.MaxErrors, 20),
		MaxMemory: cmp.Or(o.MaxMemory, 1<<30),
		MaxData:   cmp.Or(o.MaxData, 64<<20),
	}
}

// Access is what a segment allows, in the bits of an ELF program header.
type Access uint32

const (
	Exec Access = 1 << iota
	Write
	Read
)

// Segment is a range of memory to be loaded.
type Segment struct {
	Addr    uint64
	Data    []byte
	MemSize uint64 // bytes in memory; those beyond Data are zero
	Access  Access
}

// Symbol is a name for a value.
type Symbol struct {
	Name    string
	Value   uint64 // an address, or a constant when Section is empty
	Size    uint64 // as .size says
	Section string
	Global  bool
	Func    bool // as .type says
	Object  bool
}

// Section is a named part of the program in memory.
type Section struct {
	Name    string
	Addr    uint64
	Size    uint64
	Access  Access
	NoBits  bool // without contents
	segment int
}

// Program is an assembled program, its segments and symbols by address.
type Program struct {
	Entry    uint64
	Segments []Segment
	Sections []Section
	Symbols  []Symbol
}

// Symbol finds a symbol by name.
func (p *Program) Symbol(name string) (Symbol, bool) {
	i := slices.IndexFunc(p.Symbols, func(s Symbol) bool { return s.Name == name })
	if i < 0 {
		return Symbol{}, false
	}
	return p.Symbols[i], true
}

// Assemble assembles one source. filename is what errors say; an error is an
// ErrorList.
func Assemble(filename string, source []byte, opts Options) (*Program, error) {
	a := newAssembler(filename, opts.withDefaults())
	a.parse(source)
	if p := a.link(); p != nil {
		return p, nil
	}
	return nil, a.errors.sorted()
}

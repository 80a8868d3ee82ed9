package workloads

import "github.com/threadmill-sim/threadmill/isa/asm"

// Assemble is the program of an assembly source that is in no file. An error
// is an asm.ErrorList that calls the source by the given name.
func Assemble(name string, source []byte) (*Program, error) {
	a, err := asm.Assemble(name, source, asm.Options{})
	if err != nil {
		return nil, err
	}
	p, err := newProgram(name, a.ELF(), nil)
	if err != nil {
		return nil, err
	}
	p.Spec = name
	return p, nil
}

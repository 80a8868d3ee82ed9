package linux

import (
	"context"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/asm"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// assembled is the image of a program in assembly.
func assembled(t testing.TB, source string) *elf.Image {
	t.Helper()
	p, err := asm.Assemble("test.s", []byte(source), asm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := elf.Load(p.ELF())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// start prepares a program in assembly with options that may be zero.
func start(t testing.TB, source string, o Options) *Process {
	t.Helper()
	return startOn(t, NewSystem(SystemOptions{}), source, o)
}

// startOn is start on a system of the test's own.
func startOn(t testing.TB, s *System, source string, o Options) *Process {
	t.Helper()
	if o.Args == nil {
		o.Args = []string{"test"}
	}
	p, err := s.Start(assembled(t, source), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// finish runs a program functionally to its end.
func finish(t testing.TB, p *Process) Exit {
	t.Helper()
	if err := p.system.Run(context.Background(), 2_000_000_000); err != nil {
		t.Fatal(err)
	}
	e, _ := p.Exit()
	return e
}

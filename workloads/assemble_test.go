package workloads

import (
	"errors"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/asm"
)

// An assembled source is the program that its file would be; a mistake names
// the source and the line.
func TestAssemble(t *testing.T) {
	p, err := Assemble("seven.s", []byte("_start:\tli a0, 7\n\tli a7, 93\n\tecall\n"))
	if err != nil || p.Name != "seven.s" || p.Spec != "seven.s" || p.Digest == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	var list asm.ErrorList
	if _, err := Assemble("wrong.s", []byte("nop\nnopp\n")); !errors.As(err, &list) || !strings.HasPrefix(err.Error(), "wrong.s:2:") {
		t.Error(err)
	}
}

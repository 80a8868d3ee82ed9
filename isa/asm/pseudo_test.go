package asm

import (
	"os"
	"regexp"
	"testing"
)

// TestEveryPseudo: the source that is compared with GNU as has every pseudo-
// instruction, each in every form.
func TestEveryPseudo(t *testing.T) {
	source, err := os.ReadFile("testdata/pseudo.s")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pseudos {
		operands := map[int]string{0: ``, 1: `\s+[^,\n]+`, 2: `\s+[^,\n]+,[^,\n]+`, 3: `\s+[^,\n]+,[^,\n]+,[^,\n]+`}[p.operands]
		if !regexp.MustCompile(`(?m)^(\d:)?\s+` + regexp.QuoteMeta(p.name) + operands + `$`).Match(source) {
			t.Errorf("%s with %d operands is not compared", p.name, p.operands)
		}
	}
	for _, e := range expansions {
		if !regexp.MustCompile(`(?m)^\s+` + e.name + `\s`).Match(source) {
			t.Errorf("%s is not compared", e.name)
		}
	}
	for name := range immediateForms {
		if !regexp.MustCompile(`(?m)^(\d:)?\s+` + name + `\s+\w+, \w+, [^,xa\n]*\d[^,\n]*$`).Match(source) {
			t.Errorf("%s with a constant is not compared", name)
		}
	}
}

package asm

import "strings"

// pseudo is an instruction that is another way to write a real one, or two:
// $1 … are its operands, as written.
type pseudo struct {
	name     string
	operands int
	template string
}

// template is a pseudo-instruction with its template in words, a list for
// each statement.
type template struct {
	pseudo
	words [][]token
}

// templates by the name of the pseudo-instruction.
var templates = func() map[string][]template {
	m := make(map[string][]template)
	for _, row := range pseudos {
		p := template{pseudo: row}
		lex := newLexer([]byte(row.template))
		for more := true; more; {
			var words []token
			var err error
			if words, more, err = lex.statement(); err != nil {
				panic("asm: template of " + p.name + ": " + err.Error())
			}
			p.words = append(p.words, words)
		}
		m[p.name] = append(m[p.name], p)
	}
	return m
}()

// findTemplate is the pseudo-instruction of a name that takes such operands.
func findTemplate(name string, operands [][]token) (template, bool) {
	for _, t := range templates[name] {
		if t.matches(operands) {
			return t, true
		}
	}
	return template{}, false
}

// matches reports whether the operands are this one's. Two operands of jalr
// are the real instruction's unless the last is a register.
func (p pseudo) matches(operands [][]token) bool {
	return p.operands == len(operands) && (p.name != "jalr" || p.operands != 2 || isRegister(operands[1]))
}

// pseudos of the RISC-V Assembly Programmer's Manual whose expansion does not
// depend on values; the others (li, la, call, …) are in expand.go.
var pseudos = []pseudo{
	{"nop", 0, "addi x0, x0, 0"},
	{"mv", 2, "addi $1, $2, 0"},
	{"move", 2, "addi $1, $2, 0"},
	{"not", 2, "xori $1, $2, -1"},
	{"neg", 2, "sub $1, x0, $2"},
	{"negw", 2, "subw $1, x0, $2"},
	{"sext.w", 2, "addiw $1, $2, 0"},
	{"zext.w", 2, "add.uw $1, $2, x0"},
	{"zext.b", 2, "andi $1, $2, 255"},
	{"seqz", 2, "sltiu $1, $2, 1"},
	{"snez", 2, "sltu $1, x0, $2"},
	{"sltz", 2, "slt $1, $2, x0"},
	{"sgtz", 2, "slt $1, x0, $2"},
	{"sgt", 3, "slt $1, $3, $2"},
	{"sgtu", 3, "sltu $1, $3, $2"},

	{"beqz", 2, "beq $1, x0, $2"},
	{"bnez", 2, "bne $1, x0, $2"},
	{"blez", 2, "bge x0, $1, $2"},
	{"bgez", 2, "bge $1, x0, $2"},
	{"bltz", 2, "blt $1, x0, $2"},
	{"bgtz", 2, "blt x0, $1, $2"},
	{"bgt", 3, "blt $2, $1, $3"},
	{"ble", 3, "bge $2, $1, $3"},
	{"bgtu", 3, "bltu $2, $1, $3"},
	{"bleu", 3, "bgeu $2, $1, $3"},

	{"j", 1, "jal x0, $1"},
	{"jal", 1, "jal x1, $1"},
	{"jr", 1, "jalr x0, $1"},
	{"jr", 2, "jalr x0, $1, $2"},
	{"jalr", 1, "jalr x1, $1"},
	{"jalr", 2, "jalr $1, 0($2)"},
	{"jalr", 3, "jalr $1, $3($2)"},
	{"ret", 0, "jalr x0, x1"},

	{"fmv.s", 2, "fsgnj.s $1, $2, $2"},
	{"fabs.s", 2, "fsgnjx.s $1, $2, $2"},
	{"fneg.s", 2, "fsgnjn.s $1, $2, $2"},
	{"fgt.s", 3, "flt.s $1, $3, $2"},
	{"fge.s", 3, "fle.s $1, $3, $2"},
	{"fmv.d", 2, "fsgnj.d $1, $2, $2"},
	{"fabs.d", 2, "fsgnjx.d $1, $2, $2"},
	{"fneg.d", 2, "fsgnjn.d $1, $2, $2"},
	{"fgt.d", 3, "flt.d $1, $3, $2"},
	{"fge.d", 3, "fle.d $1, $3, $2"},
	{"fmv.x.s", 2, "fmv.x.w $1, $2"},
	{"fmv.s.x", 2, "fmv.w.x $1, $2"},

	{"rdcycle", 1, "csrrs $1, cycle, x0"},
	{"rdtime", 1, "csrrs $1, time, x0"},
	{"rdinstret", 1, "csrrs $1, instret, x0"},
	{"csrr", 2, "csrrs $1, $2, x0"},
	{"csrw", 2, "csrrw x0, $1, $2"},
	{"csrs", 2, "csrrs x0, $1, $2"},
	{"csrc", 2, "csrrc x0, $1, $2"},
	{"csrwi", 2, "csrrwi x0, $1, $2"},
	{"csrsi", 2, "csrrsi x0, $1, $2"},
	{"csrci", 2, "csrrci x0, $1, $2"},
	{"frcsr", 1, "csrrs $1, fcsr, x0"},
	{"fscsr", 1, "csrrw x0, fcsr, $1"},
	{"fscsr", 2, "csrrw $1, fcsr, $2"},
	{"frrm", 1, "csrrs $1, frm, x0"},
	{"fsrm", 1, "csrrw x0, frm, $1"},
	{"fsrm", 2, "csrrw $1, frm, $2"},
	{"fsrmi", 1, "csrrwi x0, frm, $1"},
	{"fsrmi", 2, "csrrwi $1, frm, $2"},
	{"frflags", 1, "csrrs $1, fflags, x0"},
	{"fsflags", 1, "csrrw x0, fflags, $1"},
	{"fsflags", 2, "csrrw $1, fflags, $2"},
	{"fsflagsi", 1, "csrrwi x0, fflags, $1"},
	{"fsflagsi", 2, "csrrwi $1, fflags, $2"},

	{"fence", 0, "fence iorw, iorw"},
	{"fence.tso", 0, ".word 0x8330000f"},
	{"pause", 0, "fence w, 0"},
	{"unimp", 0, "csrrw x0, cycle, x0"},
	{"scall", 0, "ecall"},
	{"sbreak", 0, "ebreak"},
}

// immediateForms are instructions on registers that are also written with a
// constant as their last operand, and what they then are.
var immediateForms = map[string]string{
	"add": "addi", "addw": "addiw", "and": "andi", "or": "ori", "xor": "xori", "slt": "slti", "sltu": "sltiu",
	"sll": "slli", "srl": "srli", "sra": "srai", "sllw": "slliw", "srlw": "srliw", "sraw": "sraiw",
	"ror": "rori", "rorw": "roriw", "bclr": "bclri", "bext": "bexti", "binv": "binvi", "bset": "bseti",
	"csrrw": "csrrwi", "csrrs": "csrrsi", "csrrc": "csrrci",
}

// expand writes the template out as statements: its own words at the place of
// the pseudo-instruction, the operands where they stand.
func (p template) expand(at token, operands [][]token) [][]token {
	var statements [][]token
	for _, words := range p.words {
		var out []token
		for _, t := range words {
			t.pos = at.pos
			if n, ok := strings.CutPrefix(t.text, "$"); ok && t.kind == identifier {
				out = append(out, operands[n[0]-'1']...)
				continue
			}
			out = append(out, t)
		}
		statements = append(statements, out)
	}
	return statements
}

// operandList splits what is left of the statement at its commas.
func (s *statement) operandList() [][]token {
	var list [][]token
	rest := s.tokens[s.index : len(s.tokens)-1]
	start, depth := 0, 0
	for i, t := range rest {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case t.is(",") && depth == 0:
			list = append(list, rest[start:i])
			start = i + 1
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return append(list, rest[start:])
}

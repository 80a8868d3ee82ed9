package rv64

// Operands of 16-bit instructions. A prime marks the three-bit registers x8 …
// x15 and f8 … f15, as in the manual.
var (
	crd     = reg("rd", IntReg, inRd, 7)
	crdrs1  = reg("rd", IntReg, inRdRs1, 7)
	crs1    = reg("rs1", IntReg, inRs1, 7).except(0)
	crs2    = reg("rs2", IntReg, inRs2, 2)
	cfd     = reg("rd", FPReg, inRd, 7)
	cfs2    = reg("rs2", FPReg, inRs2, 2)
	crdP    = prime("rd", IntReg, inRd, 2)
	crdrs1P = prime("rd", IntReg, inRdRs1, 7)
	crs1P   = prime("rs1", IntReg, inRs1, 7)
	crs2P   = prime("rs2", IntReg, inRs2, 2)
	cfdP    = prime("rd", FPReg, inRd, 2)
	cfs2P   = prime("rs2", FPReg, inRs2, 2)
	cbaseP  = crs1P.as(Base)

	// The stack pointer stands in no bits.
	sp     = &Operand{Name: "sp", Kind: IntReg, role: inRs1, pieces: []piece{{}}, base: 2}
	sprdrs = &Operand{Name: "sp", Kind: IntReg, role: inRdRs1, pieces: []piece{{}}, base: 2}
	spbase = sp.as(Base)

	ci       = imm("imm", true, piece{12, 1, 5}, piece{2, 5, 0})
	cshamt   = imm("shamt", false, piece{12, 1, 5}, piece{2, 5, 0})
	cupper   = ci.as(Upper).except(0)
	ci16sp   = imm("imm", true, piece{12, 1, 9}, piece{6, 1, 4}, piece{5, 1, 6}, piece{3, 2, 7}, piece{2, 1, 5}).except(0)
	ci4spn   = imm("imm", false, piece{11, 2, 4}, piece{7, 4, 6}, piece{6, 1, 2}, piece{5, 1, 3}).except(0)
	coff4    = imm("offset", false, piece{10, 3, 3}, piece{6, 1, 2}, piece{5, 1, 6})
	coff8    = imm("offset", false, piece{10, 3, 3}, piece{5, 2, 6})
	cload4sp = imm("offset", false, piece{12, 1, 5}, piece{4, 3, 2}, piece{2, 2, 6})
	cload8sp = imm("offset", false, piece{12, 1, 5}, piece{5, 2, 3}, piece{2, 3, 6})
	cstor4sp = imm("offset", false, piece{9, 4, 2}, piece{7, 2, 6})
	cstor8sp = imm("offset", false, piece{10, 3, 3}, piece{7, 3, 6})
	cj       = imm("target", true, piece{12, 1, 11}, piece{11, 1, 4}, piece{9, 2, 8}, piece{8, 1, 10},
		piece{7, 1, 6}, piece{6, 1, 7}, piece{3, 3, 1}, piece{2, 1, 5}).as(Target)
	cb = imm("target", true, piece{12, 1, 8}, piece{10, 2, 3}, piece{5, 2, 6}, piece{3, 2, 1}, piece{2, 1, 5}).as(Target)
)

func prime(name string, kind Kind, r role, at uint8) *Operand {
	return &Operand{Name: name, Kind: kind, role: r, pieces: []piece{{at, 3, 0}}, base: 8}
}

// Masks of the compressed formats.
const (
	maskC   = 0xe003 // quadrant and funct3
	maskCR  = 0xf003 // and bit 12
	maskC1  = 0xf07f // and rs2 = 0
	maskCB  = 0xec03 // quadrant, funct3 and funct2
	maskCA  = 0xfc63 // quadrant, funct6 and funct2
	maskC16 = 0xffff
	maskSP  = 0xef83 // quadrant, funct3 and rd
)

// compressed is a row of the C extension, which expands to what op executes.
func compressed(name string, match, mask uint32, op op, operands ...*Operand) Row {
	r := Row{Name: name, Match: match, Mask: mask, Operands: operands, op: op, size: 2}
	for i := range rows {
		if rows[i].op == op {
			r.Class, r.MemSize = rows[i].Class, rows[i].MemSize
		}
	}
	return r
}

func linking(r Row) Row {
	r.link = 1
	return r
}

// compressedRows is every 16-bit instruction of RV64GC. Where encodings
// overlap the first row that matches counts: c.addi16sp before c.lui, c.jr
// before c.mv. What the manual calls a hint (c.addi of 0, c.li to x0 …) is the
// instruction without effect that it looks like; what it reserves matches no
// row.
var compressedRows = [...]Row{
	compressed("c.addi4spn", 0x0000, maskC, opADDI, crdP, sp, ci4spn),
	compressed("c.fld", 0x2000, maskC, opFLD, cfdP, coff8, cbaseP),
	compressed("c.lw", 0x4000, maskC, opLW, crdP, coff4, cbaseP),
	compressed("c.ld", 0x6000, maskC, opLD, crdP, coff8, cbaseP),
	compressed("c.fsd", 0xa000, maskC, opFSD, cfs2P, coff8, cbaseP),
	compressed("c.sw", 0xc000, maskC, opSW, crs2P, coff4, cbaseP),
	compressed("c.sd", 0xe000, maskC, opSD, crs2P, coff8, cbaseP),

	compressed("c.nop", 0x0001, maskC16, opADDI),
	compressed("c.addi", 0x0001, maskC, opADDI, crdrs1, ci),
	compressed("c.addiw", 0x2001, maskC, opADDIW, crdrs1.except(0), ci),
	compressed("c.li", 0x4001, maskC, opADDI, crd, ci),
	compressed("c.addi16sp", 0x6101, maskSP, opADDI, sprdrs, ci16sp),
	compressed("c.lui", 0x6001, maskC, opLUI, crd.except(2), cupper),
	compressed("c.srli", 0x8001, maskCB, opSRLI, crdrs1P, cshamt),
	compressed("c.srai", 0x8401, maskCB, opSRAI, crdrs1P, cshamt),
	compressed("c.andi", 0x8801, maskCB, opANDI, crdrs1P, ci),
	compressed("c.sub", 0x8c01, maskCA, opSUB, crdrs1P, crs2P),
	compressed("c.xor", 0x8c21, maskCA, opXOR, crdrs1P, crs2P),
	compressed("c.or", 0x8c41, maskCA, opOR, crdrs1P, crs2P),
	compressed("c.and", 0x8c61, maskCA, opAND, crdrs1P, crs2P),
	compressed("c.subw", 0x9c01, maskCA, opSUBW, crdrs1P, crs2P),
	compressed("c.addw", 0x9c21, maskCA, opADDW, crdrs1P, crs2P),
	compressed("c.j", 0xa001, maskC, opJAL, cj),
	compressed("c.beqz", 0xc001, maskC, opBEQ, crs1P, cb),
	compressed("c.bnez", 0xe001, maskC, opBNE, crs1P, cb),

	compressed("c.slli", 0x0002, maskC, opSLLI, crdrs1, cshamt),
	compressed("c.fldsp", 0x2002, maskC, opFLD, cfd, cload8sp, spbase),
	compressed("c.lwsp", 0x4002, maskC, opLW, crd.except(0), cload4sp, spbase),
	compressed("c.ldsp", 0x6002, maskC, opLD, crd.except(0), cload8sp, spbase),
	compressed("c.jr", 0x8002, maskC1, opJALR, crs1),
	compressed("c.mv", 0x8002, maskCR, opADD, crd, crs2.except(0)),
	compressed("c.ebreak", 0x9002, maskC16, opEBREAK),
	linking(compressed("c.jalr", 0x9002, maskC1, opJALR, crs1)),
	compressed("c.add", 0x9002, maskCR, opADD, crdrs1, crs2.except(0)),
	compressed("c.fsdsp", 0xa002, maskC, opFSD, cfs2, cstor8sp, spbase),
	compressed("c.swsp", 0xc002, maskC, opSW, crs2, cstor4sp, spbase),
	compressed("c.sdsp", 0xe002, maskC, opSD, crs2, cstor8sp, spbase),
}

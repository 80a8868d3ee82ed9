package rv64

import "github.com/threadmill-sim/threadmill/isa"

// Masks of the formats: the bits that say which instruction it is.
const (
	maskOp     = 0x0000007f // opcode
	maskF3     = 0x0000707f // and funct3
	maskShift6 = 0xfc00707f // and funct6
	maskR      = 0xfe00707f // and funct7
	maskFixed2 = 0xfff0707f // and rs2
	maskRM     = 0xfe00007f // opcode and funct7; funct3 is the rounding mode
	maskRM2    = 0xfff0007f // and rs2
	maskR4     = 0x0600007f // opcode and format
	maskAMO    = 0xf800707f // opcode, funct3 and funct5
	maskLR     = 0xf9f0707f // and rs2
	maskAll    = 0xffffffff
)

// Formats: the operands in the order in which they are written.
var (
	fR     = []*Operand{rd, rs1, rs2}
	fI     = []*Operand{rd, rs1, immI}
	fR1    = []*Operand{rd, rs1} // one source
	fSh5   = []*Operand{rd, rs1, shamt5}
	fSh6   = []*Operand{rd, rs1, shamt6}
	fU     = []*Operand{rd, immU}
	fJ     = []*Operand{rd, immJ}
	fJR    = []*Operand{rd, immI, base}
	fB     = []*Operand{rs1, rs2, immB}
	fLoad  = []*Operand{rd, immI, base}
	fStore = []*Operand{rs2, immS, base}
	fFence = []*Operand{pred, succ}
	fCSR   = []*Operand{rd, csr, rs1}
	fCSRI  = []*Operand{rd, csr, uimm5}
	fLR    = []*Operand{rd, base, aqrl}
	fAMO   = []*Operand{rd, rs2, base, aqrl}

	fLoadF  = []*Operand{fd, immI, base}
	fStoreF = []*Operand{fs2, immS, base}
	fFR4    = []*Operand{fd, fs1, fs2, fs3, rm}
	fFRM    = []*Operand{fd, fs1, fs2, rm}
	fFR     = []*Operand{fd, fs1, fs2}
	fF1M    = []*Operand{fd, fs1, rm} // one source
	fXFF    = []*Operand{rd, fs1, fs2}
	fXF     = []*Operand{rd, fs1}
	fXFM    = []*Operand{rd, fs1, rm}
	fFX     = []*Operand{fd, rs1}
	fFXM    = []*Operand{fd, rs1, rm}
)

// rows is every 32-bit instruction of RV64GC, in the order of the manual's
// listing (unprivileged ISA, chapter "RV32/64G Instruction Set Listings"), and
// of Zba, Zbb, Zbs (chapter "B Extension for Bit Manipulation") and Zicond.
var rows = [...]Row{
	{"lui", 0x00000037, maskOp, fU, isa.IntALU, 0, opLUI, 4, 0},
	{"auipc", 0x00000017, maskOp, fU, isa.IntALU, 0, opAUIPC, 4, 0},
	{"jal", 0x0000006f, maskOp, fJ, isa.Branch, 0, opJAL, 4, 0},
	{"jalr", 0x00000067, maskF3, fJR, isa.Branch, 0, opJALR, 4, 0},
	{"beq", 0x00000063, maskF3, fB, isa.Branch, 0, opBEQ, 4, 0},
	{"bne", 0x00001063, maskF3, fB, isa.Branch, 0, opBNE, 4, 0},
	{"blt", 0x00004063, maskF3, fB, isa.Branch, 0, opBLT, 4, 0},
	{"bge", 0x00005063, maskF3, fB, isa.Branch, 0, opBGE, 4, 0},
	{"bltu", 0x00006063, maskF3, fB, isa.Branch, 0, opBLTU, 4, 0},
	{"bgeu", 0x00007063, maskF3, fB, isa.Branch, 0, opBGEU, 4, 0},
	{"lb", 0x00000003, maskF3, fLoad, isa.Load, 1, opLB, 4, 0},
	{"lh", 0x00001003, maskF3, fLoad, isa.Load, 2, opLH, 4, 0},
	{"lw", 0x00002003, maskF3, fLoad, isa.Load, 4, opLW, 4, 0},
	{"ld", 0x00003003, maskF3, fLoad, isa.Load, 8, opLD, 4, 0},
	{"lbu", 0x00004003, maskF3, fLoad, isa.Load, 1, opLBU, 4, 0},
	{"lhu", 0x00005003, maskF3, fLoad, isa.Load, 2, opLHU, 4, 0},
	{"lwu", 0x00006003, maskF3, fLoad, isa.Load, 4, opLWU, 4, 0},
	{"sb", 0x00000023, maskF3, fStore, isa.Store, 1, opSB, 4, 0},
	{"sh", 0x00001023, maskF3, fStore, isa.Store, 2, opSH, 4, 0},
	{"sw", 0x00002023, maskF3, fStore, isa.Store, 4, opSW, 4, 0},
	{"sd", 0x00003023, maskF3, fStore, isa.Store, 8, opSD, 4, 0},
	{"addi", 0x00000013, maskF3, fI, isa.IntALU, 0, opADDI, 4, 0},
	{"slti", 0x00002013, maskF3, fI, isa.IntALU, 0, opSLTI, 4, 0},
	{"sltiu", 0x00003013, maskF3, fI, isa.IntALU, 0, opSLTIU, 4, 0},
	{"xori", 0x00004013, maskF3, fI, isa.IntALU, 0, opXORI, 4, 0},
	{"ori", 0x00006013, maskF3, fI, isa.IntALU, 0, opORI, 4, 0},
	{"andi", 0x00007013, maskF3, fI, isa.IntALU, 0, opANDI, 4, 0},
	{"slli", 0x00001013, maskShift6, fSh6, isa.IntALU, 0, opSLLI, 4, 0},
	{"srli", 0x00005013, maskShift6, fSh6, isa.IntALU, 0, opSRLI, 4, 0},
	{"srai", 0x40005013, maskShift6, fSh6, isa.IntALU, 0, opSRAI, 4, 0},
	{"add", 0x00000033, maskR, fR, isa.IntALU, 0, opADD, 4, 0},
	{"sub", 0x40000033, maskR, fR, isa.IntALU, 0, opSUB, 4, 0},
	{"sll", 0x00001033, maskR, fR, isa.IntALU, 0, opSLL, 4, 0},
	{"slt", 0x00002033, maskR, fR, isa.IntALU, 0, opSLT, 4, 0},
	{"sltu", 0x00003033, maskR, fR, isa.IntALU, 0, opSLTU, 4, 0},
	{"xor", 0x00004033, maskR, fR, isa.IntALU, 0, opXOR, 4, 0},
	{"srl", 0x00005033, maskR, fR, isa.IntALU, 0, opSRL, 4, 0},
	{"sra", 0x40005033, maskR, fR, isa.IntALU, 0, opSRA, 4, 0},
	{"or", 0x00006033, maskR, fR, isa.IntALU, 0, opOR, 4, 0},
	{"and", 0x00007033, maskR, fR, isa.IntALU, 0, opAND, 4, 0},
	{"fence", 0x0000000f, maskF3, fFence, isa.Fence, 0, opFENCE, 4, 0},
	{"ecall", 0x00000073, maskAll, nil, isa.System, 0, opECALL, 4, 0},
	{"ebreak", 0x00100073, maskAll, nil, isa.System, 0, opEBREAK, 4, 0},

	{"addiw", 0x0000001b, maskF3, fI, isa.IntALU, 0, opADDIW, 4, 0},
	{"slliw", 0x0000101b, maskR, fSh5, isa.IntALU, 0, opSLLIW, 4, 0},
	{"srliw", 0x0000501b, maskR, fSh5, isa.IntALU, 0, opSRLIW, 4, 0},
	{"sraiw", 0x4000501b, maskR, fSh5, isa.IntALU, 0, opSRAIW, 4, 0},
	{"addw", 0x0000003b, maskR, fR, isa.IntALU, 0, opADDW, 4, 0},
	{"subw", 0x4000003b, maskR, fR, isa.IntALU, 0, opSUBW, 4, 0},
	{"sllw", 0x0000103b, maskR, fR, isa.IntALU, 0, opSLLW, 4, 0},
	{"srlw", 0x0000503b, maskR, fR, isa.IntALU, 0, opSRLW, 4, 0},
	{"sraw", 0x4000503b, maskR, fR, isa.IntALU, 0, opSRAW, 4, 0},

	{"fence.i", 0x0000100f, maskF3, nil, isa.Fence, 0, opFENCEI, 4, 0},

	{"csrrw", 0x00001073, maskF3, fCSR, isa.IntALU, 0, opCSRRW, 4, 0},
	{"csrrs", 0x00002073, maskF3, fCSR, isa.IntALU, 0, opCSRRS, 4, 0},
	{"csrrc", 0x00003073, maskF3, fCSR, isa.IntALU, 0, opCSRRC, 4, 0},
	{"csrrwi", 0x00005073, maskF3, fCSRI, isa.IntALU, 0, opCSRRWI, 4, 0},
	{"csrrsi", 0x00006073, maskF3, fCSRI, isa.IntALU, 0, opCSRRSI, 4, 0},
	{"csrrci", 0x00007073, maskF3, fCSRI, isa.IntALU, 0, opCSRRCI, 4, 0},

	{"mul", 0x02000033, maskR, fR, isa.IntMul, 0, opMUL, 4, 0},
	{"mulh", 0x02001033, maskR, fR, isa.IntMul, 0, opMULH, 4, 0},
	{"mulhsu", 0x02002033, maskR, fR, isa.IntMul, 0, opMULHSU, 4, 0},
	{"mulhu", 0x02003033, maskR, fR, isa.IntMul, 0, opMULHU, 4, 0},
	{"div", 0x02004033, maskR, fR, isa.IntDiv, 0, opDIV, 4, 0},
	{"divu", 0x02005033, maskR, fR, isa.IntDiv, 0, opDIVU, 4, 0},
	{"rem", 0x02006033, maskR, fR, isa.IntDiv, 0, opREM, 4, 0},
	{"remu", 0x02007033, maskR, fR, isa.IntDiv, 0, opREMU, 4, 0},
	{"mulw", 0x0200003b, maskR, fR, isa.IntMul, 0, opMULW, 4, 0},
	{"divw", 0x0200403b, maskR, fR, isa.IntDiv, 0, opDIVW, 4, 0},
	{"divuw", 0x0200503b, maskR, fR, isa.IntDiv, 0, opDIVUW, 4, 0},
	{"remw", 0x0200603b, maskR, fR, isa.IntDiv, 0, opREMW, 4, 0},
	{"remuw", 0x0200703b, maskR, fR, isa.IntDiv, 0, opREMUW, 4, 0},

	{"lr.w", 0x1000202f, maskLR, fLR, isa.Load, 4, opLRW, 4, 0},
	{"sc.w", 0x1800202f, maskAMO, fAMO, isa.Store, 4, opSCW, 4, 0},
	{"amoswap.w", 0x0800202f, maskAMO, fAMO, isa.Atomic, 4, opAMOSWAPW, 4, 0},
	{"amoadd.w", 0x0000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOADDW, 4, 0},
	{"amoxor.w", 0x2000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOXORW, 4, 0},
	{"amoand.w", 0x6000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOANDW, 4, 0},
	{"amoor.w", 0x4000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOORW, 4, 0},
	{"amomin.w", 0x8000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOMINW, 4, 0},
	{"amomax.w", 0xa000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOMAXW, 4, 0},
	{"amominu.w", 0xc000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOMINUW, 4, 0},
	{"amomaxu.w", 0xe000202f, maskAMO, fAMO, isa.Atomic, 4, opAMOMAXUW, 4, 0},
	{"lr.d", 0x1000302f, maskLR, fLR, isa.Load, 8, opLRD, 4, 0},
	{"sc.d", 0x1800302f, maskAMO, fAMO, isa.Store, 8, opSCD, 4, 0},
	{"amoswap.d", 0x0800302f, maskAMO, fAMO, isa.Atomic, 8, opAMOSWAPD, 4, 0},
	{"amoadd.d", 0x0000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOADDD, 4, 0},
	{"amoxor.d", 0x2000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOXORD, 4, 0},
	{"amoand.d", 0x6000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOANDD, 4, 0},
	{"amoor.d", 0x4000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOORD, 4, 0},
	{"amomin.d", 0x8000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOMIND, 4, 0},
	{"amomax.d", 0xa000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOMAXD, 4, 0},
	{"amominu.d", 0xc000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOMINUD, 4, 0},
	{"amomaxu.d", 0xe000302f, maskAMO, fAMO, isa.Atomic, 8, opAMOMAXUD, 4, 0},

	{"flw", 0x00002007, maskF3, fLoadF, isa.Load, 4, opFLW, 4, 0},
	{"fsw", 0x00002027, maskF3, fStoreF, isa.Store, 4, opFSW, 4, 0},
	{"fmadd.s", 0x00000043, maskR4, fFR4, isa.FPFMA, 0, opFMADDS, 4, 0},
	{"fmsub.s", 0x00000047, maskR4, fFR4, isa.FPFMA, 0, opFMSUBS, 4, 0},
	{"fnmsub.s", 0x0000004b, maskR4, fFR4, isa.FPFMA, 0, opFNMSUBS, 4, 0},
	{"fnmadd.s", 0x0000004f, maskR4, fFR4, isa.FPFMA, 0, opFNMADDS, 4, 0},
	{"fadd.s", 0x00000053, maskRM, fFRM, isa.FPAdd, 0, opFADDS, 4, 0},
	{"fsub.s", 0x08000053, maskRM, fFRM, isa.FPAdd, 0, opFSUBS, 4, 0},
	{"fmul.s", 0x10000053, maskRM, fFRM, isa.FPMul, 0, opFMULS, 4, 0},
	{"fdiv.s", 0x18000053, maskRM, fFRM, isa.FPDiv, 0, opFDIVS, 4, 0},
	{"fsqrt.s", 0x58000053, maskRM2, fF1M, isa.FPSqrt, 0, opFSQRTS, 4, 0},
	{"fsgnj.s", 0x20000053, maskR, fFR, isa.FPAdd, 0, opFSGNJS, 4, 0},
	{"fsgnjn.s", 0x20001053, maskR, fFR, isa.FPAdd, 0, opFSGNJNS, 4, 0},
	{"fsgnjx.s", 0x20002053, maskR, fFR, isa.FPAdd, 0, opFSGNJXS, 4, 0},
	{"fmin.s", 0x28000053, maskR, fFR, isa.FPAdd, 0, opFMINS, 4, 0},
	{"fmax.s", 0x28001053, maskR, fFR, isa.FPAdd, 0, opFMAXS, 4, 0},
	{"fcvt.w.s", 0xc0000053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTWS, 4, 0},
	{"fcvt.wu.s", 0xc0100053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTWUS, 4, 0},
	{"fmv.x.w", 0xe0000053, maskFixed2, fXF, isa.FPCvt, 0, opFMVXW, 4, 0},
	{"feq.s", 0xa0002053, maskR, fXFF, isa.FPAdd, 0, opFEQS, 4, 0},
	{"flt.s", 0xa0001053, maskR, fXFF, isa.FPAdd, 0, opFLTS, 4, 0},
	{"fle.s", 0xa0000053, maskR, fXFF, isa.FPAdd, 0, opFLES, 4, 0},
	{"fclass.s", 0xe0001053, maskFixed2, fXF, isa.FPAdd, 0, opFCLASSS, 4, 0},
	{"fcvt.s.w", 0xd0000053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTSW, 4, 0},
	{"fcvt.s.wu", 0xd0100053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTSWU, 4, 0},
	{"fmv.w.x", 0xf0000053, maskFixed2, fFX, isa.FPCvt, 0, opFMVWX, 4, 0},
	{"fcvt.l.s", 0xc0200053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTLS, 4, 0},
	{"fcvt.lu.s", 0xc0300053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTLUS, 4, 0},
	{"fcvt.s.l", 0xd0200053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTSL, 4, 0},
	{"fcvt.s.lu", 0xd0300053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTSLU, 4, 0},

	{"fld", 0x00003007, maskF3, fLoadF, isa.Load, 8, opFLD, 4, 0},
	{"fsd", 0x00003027, maskF3, fStoreF, isa.Store, 8, opFSD, 4, 0},
	{"fmadd.d", 0x02000043, maskR4, fFR4, isa.FPFMA, 0, opFMADDD, 4, 0},
	{"fmsub.d", 0x02000047, maskR4, fFR4, isa.FPFMA, 0, opFMSUBD, 4, 0},
	{"fnmsub.d", 0x0200004b, maskR4, fFR4, isa.FPFMA, 0, opFNMSUBD, 4, 0},
	{"fnmadd.d", 0x0200004f, maskR4, fFR4, isa.FPFMA, 0, opFNMADDD, 4, 0},
	{"fadd.d", 0x02000053, maskRM, fFRM, isa.FPAdd, 0, opFADDD, 4, 0},
	{"fsub.d", 0x0a000053, maskRM, fFRM, isa.FPAdd, 0, opFSUBD, 4, 0},
	{"fmul.d", 0x12000053, maskRM, fFRM, isa.FPMul, 0, opFMULD, 4, 0},
	{"fdiv.d", 0x1a000053, maskRM, fFRM, isa.FPDiv, 0, opFDIVD, 4, 0},
	{"fsqrt.d", 0x5a000053, maskRM2, fF1M, isa.FPSqrt, 0, opFSQRTD, 4, 0},
	{"fsgnj.d", 0x22000053, maskR, fFR, isa.FPAdd, 0, opFSGNJD, 4, 0},
	{"fsgnjn.d", 0x22001053, maskR, fFR, isa.FPAdd, 0, opFSGNJND, 4, 0},
	{"fsgnjx.d", 0x22002053, maskR, fFR, isa.FPAdd, 0, opFSGNJXD, 4, 0},
	{"fmin.d", 0x2a000053, maskR, fFR, isa.FPAdd, 0, opFMIND, 4, 0},
	{"fmax.d", 0x2a001053, maskR, fFR, isa.FPAdd, 0, opFMAXD, 4, 0},
	{"fcvt.s.d", 0x40100053, maskRM2, fF1M, isa.FPCvt, 0, opFCVTSD, 4, 0},
	{"fcvt.d.s", 0x42000053, maskRM2, fF1M, isa.FPCvt, 0, opFCVTDS, 4, 0},
	{"feq.d", 0xa2002053, maskR, fXFF, isa.FPAdd, 0, opFEQD, 4, 0},
	{"flt.d", 0xa2001053, maskR, fXFF, isa.FPAdd, 0, opFLTD, 4, 0},
	{"fle.d", 0xa2000053, maskR, fXFF, isa.FPAdd, 0, opFLED, 4, 0},
	{"fclass.d", 0xe2001053, maskFixed2, fXF, isa.FPAdd, 0, opFCLASSD, 4, 0},
	{"fcvt.w.d", 0xc2000053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTWD, 4, 0},
	{"fcvt.wu.d", 0xc2100053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTWUD, 4, 0},
	{"fcvt.d.w", 0xd2000053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTDW, 4, 0},
	{"fcvt.d.wu", 0xd2100053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTDWU, 4, 0},
	{"fcvt.l.d", 0xc2200053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTLD, 4, 0},
	{"fcvt.lu.d", 0xc2300053, maskRM2, fXFM, isa.FPCvt, 0, opFCVTLUD, 4, 0},
	{"fmv.x.d", 0xe2000053, maskFixed2, fXF, isa.FPCvt, 0, opFMVXD, 4, 0},
	{"fcvt.d.l", 0xd2200053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTDL, 4, 0},
	{"fcvt.d.lu", 0xd2300053, maskRM2, fFXM, isa.FPCvt, 0, opFCVTDLU, 4, 0},
	{"fmv.d.x", 0xf2000053, maskFixed2, fFX, isa.FPCvt, 0, opFMVDX, 4, 0},

	{"add.uw", 0x0800003b, maskR, fR, isa.IntALU, 0, opADDUW, 4, 0},
	{"sh1add", 0x20002033, maskR, fR, isa.IntALU, 0, opSH1ADD, 4, 0},
	{"sh2add", 0x20004033, maskR, fR, isa.IntALU, 0, opSH2ADD, 4, 0},
	{"sh3add", 0x20006033, maskR, fR, isa.IntALU, 0, opSH3ADD, 4, 0},
	{"sh1add.uw", 0x2000203b, maskR, fR, isa.IntALU, 0, opSH1ADDUW, 4, 0},
	{"sh2add.uw", 0x2000403b, maskR, fR, isa.IntALU, 0, opSH2ADDUW, 4, 0},
	{"sh3add.uw", 0x2000603b, maskR, fR, isa.IntALU, 0, opSH3ADDUW, 4, 0},
	{"slli.uw", 0x0800101b, maskShift6, fSh6, isa.IntALU, 0, opSLLIUW, 4, 0},

	{"andn", 0x40007033, maskR, fR, isa.IntALU, 0, opANDN, 4, 0},
	{"orn", 0x40006033, maskR, fR, isa.IntALU, 0, opORN, 4, 0},
	{"xnor", 0x40004033, maskR, fR, isa.IntALU, 0, opXNOR, 4, 0},
	{"clz", 0x60001013, maskFixed2, fR1, isa.IntALU, 0, opCLZ, 4, 0},
	{"clzw", 0x6000101b, maskFixed2, fR1, isa.IntALU, 0, opCLZW, 4, 0},
	{"ctz", 0x60101013, maskFixed2, fR1, isa.IntALU, 0, opCTZ, 4, 0},
	{"ctzw", 0x6010101b, maskFixed2, fR1, isa.IntALU, 0, opCTZW, 4, 0},
	{"cpop", 0x60201013, maskFixed2, fR1, isa.IntALU, 0, opCPOP, 4, 0},
	{"cpopw", 0x6020101b, maskFixed2, fR1, isa.IntALU, 0, opCPOPW, 4, 0},
	{"max", 0x0a006033, maskR, fR, isa.IntALU, 0, opMAX, 4, 0},
	{"maxu", 0x0a007033, maskR, fR, isa.IntALU, 0, opMAXU, 4, 0},
	{"min", 0x0a004033, maskR, fR, isa.IntALU, 0, opMIN, 4, 0},
	{"minu", 0x0a005033, maskR, fR, isa.IntALU, 0, opMINU, 4, 0},
	{"sext.b", 0x60401013, maskFixed2, fR1, isa.IntALU, 0, opSEXTB, 4, 0},
	{"sext.h", 0x60501013, maskFixed2, fR1, isa.IntALU, 0, opSEXTH, 4, 0},
	{"zext.h", 0x0800403b, maskFixed2, fR1, isa.IntALU, 0, opZEXTH, 4, 0},
	{"rol", 0x60001033, maskR, fR, isa.IntALU, 0, opROL, 4, 0},
	{"rolw", 0x6000103b, maskR, fR, isa.IntALU, 0, opROLW, 4, 0},
	{"ror", 0x60005033, maskR, fR, isa.IntALU, 0, opROR, 4, 0},
	{"rori", 0x60005013, maskShift6, fSh6, isa.IntALU, 0, opRORI, 4, 0},
	{"roriw", 0x6000501b, maskR, fSh5, isa.IntALU, 0, opRORIW, 4, 0},
	{"rorw", 0x6000503b, maskR, fR, isa.IntALU, 0, opRORW, 4, 0},
	{"orc.b", 0x28705013, maskFixed2, fR1, isa.IntALU, 0, opORCB, 4, 0},
	{"rev8", 0x6b805013, maskFixed2, fR1, isa.IntALU, 0, opREV8, 4, 0},

	{"bclr", 0x48001033, maskR, fR, isa.IntALU, 0, opBCLR, 4, 0},
	{"bclri", 0x48001013, maskShift6, fSh6, isa.IntALU, 0, opBCLRI, 4, 0},
	{"bext", 0x48005033, maskR, fR, isa.IntALU, 0, opBEXT, 4, 0},
	{"bexti", 0x48005013, maskShift6, fSh6, isa.IntALU, 0, opBEXTI, 4, 0},
	{"binv", 0x68001033, maskR, fR, isa.IntALU, 0, opBINV, 4, 0},
	{"binvi", 0x68001013, maskShift6, fSh6, isa.IntALU, 0, opBINVI, 4, 0},
	{"bset", 0x28001033, maskR, fR, isa.IntALU, 0, opBSET, 4, 0},
	{"bseti", 0x28001013, maskShift6, fSh6, isa.IntALU, 0, opBSETI, 4, 0},

	{"czero.eqz", 0x0e005033, maskR, fR, isa.IntALU, 0, opCZEROEQZ, 4, 0},
	{"czero.nez", 0x0e007033, maskR, fR, isa.IntALU, 0, opCZERONEZ, 4, 0},
}

// mnemonics finds the rows by name.
var mnemonics = func() map[string]*Row {
	m := make(map[string]*Row)
	for i := range rows {
		m[rows[i].Name] = &rows[i]
	}
	for i := range compressedRows {
		m[compressedRows[i].Name] = &compressedRows[i]
	}
	return m
}()

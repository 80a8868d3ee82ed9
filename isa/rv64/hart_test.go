package rv64

import (
	"encoding/binary"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// TestRecordIsRun: the same program recorded in buffers of any size and run
// ends in the same state, and the records chain.
func TestRecordIsRun(t *testing.T) {
	const length = 20_000
	want := newTestHart(t, mixed...)
	want.Run(length)
	for _, size := range []int{1, 3, 8, 200} {
		h := newTestHart(t, mixed...)
		h.Thread, h.ASID = 3, 4
		buf := make([]isa.Dyn, size)
		pc := h.PC
		for h.Instret < length {
			n, trap := h.Record(buf[:min(size, int(length-h.Instret))])
			if n == 0 || trap.Kind != TrapNone {
				t.Fatalf("%d records, %v", n, trap)
			}
			for i, d := range buf[:n] {
				if d.PC != pc || d.Thread != 3 || d.ASID != 4 {
					t.Fatalf("record of %#x, expected %#x: %+v", d.PC, pc, d)
				}
				if d.Inst.Control != isa.NoControl && i != n-1 {
					t.Fatalf("%#x is a control transfer, but not the last of its batch", d.PC)
				}
				pc = d.NextPC
			}
		}
		if h.X != want.X || h.PC != want.PC {
			t.Errorf("by %d: %x at %#x, run: %x at %#x", size, h.X, h.PC, want.X, want.PC)
		}
	}
}

// TestRecords: what the records say of memory accesses and of branches.
func TestRecords(t *testing.T) {
	h := newTestHart(t,
		in("c.nop"),
		in("sd", 5, 16, 2),
		in("lb", 5, 19, 2),
		in("beq", 5, 0, 12), // taken, here at 10: to 22
		in("c.nop"),
		in("c.nop"),
		in("c.nop"),
		in("c.nop"),
		in("bne", 5, 0, -22), // at 22, not taken
		in("jalr", 1, 30, 6), // at 26: to 30
		in("c.j", -2),        // at 30: to 28, in the middle of the jalr
	)
	h.X[6] = codeBase
	want := []isa.Dyn{
		{PC: 0, NextPC: 2},
		{PC: 2, NextPC: 6, Mem: dataBase + 16},
		{PC: 6, NextPC: 10, Mem: dataBase + 19},
		{PC: 10, NextPC: 22, Mem: codeBase + 22, Taken: true},
		{PC: 22, NextPC: 26, Mem: codeBase},
		{PC: 26, NextPC: 30, Taken: true},
		{PC: 30, NextPC: 28, Mem: codeBase + 28, Taken: true},
	}
	var got []isa.Dyn
	buf := make([]isa.Dyn, 8)
	for len(got) < len(want) {
		n, trap := h.Record(buf)
		if n == 0 {
			t.Fatal(trap)
		}
		got = append(got, buf[:n]...)
	}
	for i, w := range want {
		w.PC += codeBase
		w.NextPC += codeBase
		w.Inst = got[i].Inst
		if got[i] != w {
			t.Errorf("record %d: %+v, want %+v", i, got[i], w)
		}
	}
	if h.X[1] != codeBase+30 {
		t.Errorf("the link is %#x", h.X[1])
	}
}

// TestSerialise: a recording stops before each serialising instruction, and
// executes it alone when allowed.
func TestSerialise(t *testing.T) {
	for _, c := range []struct {
		line  line
		drain bool
		after TrapKind // when it is allowed
	}{
		{in("ecall"), true, TrapEcall},
		{in("ebreak"), true, TrapBreak},
		{in("fence", 3, 3), true, TrapNone},
		{in("fence.i"), true, TrapNone},
		{in("csrrs", 5, csrCycle, 0), false, TrapNone},
		{in("lr.d", 5, 2, 0), false, TrapNone},
		{in("sc.d", 5, 6, 2, 2), false, TrapNone},
		{in("amoor.w", 5, 6, 2, 0), false, TrapNone},
		{in("amoor.w", 5, 6, 2, 1), true, TrapNone},
	} {
		h := newTestHart(t, in("c.nop"), c.line, in("c.nop"), in("c.nop"))
		buf := make([]isa.Dyn, 8)
		want := Trap{Kind: TrapSerialise, Flags: isa.Serialising}
		if c.drain {
			want.Flags |= isa.DrainStores
		}
		if n, trap := h.Record(buf); n != 1 || trap != want {
			t.Errorf("%v: %d records, %v", c.line, n, trap)
		}
		if n, trap := h.Record(buf); n != 0 || trap != want || h.PC != codeBase+2 {
			t.Errorf("%v, again: %d records, %v", c.line, n, trap)
		}
		h.Allow()
		n, trap := h.Record(buf)
		if trap.Kind != c.after || n == 0 != (c.after == TrapBreak) {
			t.Errorf("%v, allowed: %d records, %v", c.line, n, trap)
		}
		if n == 1 && (h.PC != codeBase+6 || buf[0].NextPC != h.PC || buf[0].Inst.Flags&isa.Serialising == 0) {
			t.Errorf("%v, allowed: PC %#x, %+v", c.line, h.PC, buf[0])
		}
		if c.after == TrapBreak {
			continue
		}
		if n, _ = h.Record(buf); n < 2 {
			t.Errorf("%v: %d records behind it", c.line, n)
		}
	}
	pause := newTestHart(t, in("fence", 1, 0), in("csrrs", 5, csrFCSR, 0), in("jal", 0, 0))
	if n, trap := pause.Record(make([]isa.Dyn, 8)); n != 3 {
		t.Errorf("pause and fcsr: %d records, %v", n, trap)
	}
}

// TestMarks: a mark is a no-op unless it is watched; then it stops a run
// behind it, a recording before it and, once allowed, behind it.
func TestMarks(t *testing.T) {
	program := []line{in("slti", 0, 0, 1), in("slti", 0, 0, 2), in("slti", 0, 0, 3), in("slti", 5, 0, 1), in("jal", 0, -16)}
	h := newTestHart(t, program...)
	buf := make([]isa.Dyn, 8)
	if n, trap := h.Record(buf); n != 5 || trap.Kind != TrapNone || buf[0].Inst.Flags != 0 {
		t.Errorf("unwatched: %d records, %v, %+v", n, trap, buf[0].Inst)
	}
	h.code.WatchMarks()
	for _, mark := range []uint32{1, 2} {
		want, behind := Trap{Kind: TrapMark, Raw: mark}, codeBase+isa.Addr(4*mark)
		h.PC = behind - 4
		if n, trap := h.Run(100); n != 1 || trap != want || h.PC != behind {
			t.Errorf("run: %d instructions, %v at %#x, want %v", n, trap, h.PC, want)
		}
		h.PC = behind - 4
		if n, trap := h.Record(buf); n != 0 || trap != (Trap{Kind: TrapSerialise, Flags: isa.Serialising}) {
			t.Errorf("record: %d records, %v", n, trap)
		}
		before := h.Instret
		h.Allow()
		if n, trap := h.Record(buf); n != 1 || trap != want || h.PC != behind || h.Instret != before+1 ||
			buf[0].NextPC != behind || buf[0].Inst.Flags != isa.Serialising {
			t.Errorf("allowed: %d records, %v at %#x, %+v", n, trap, h.PC, buf[0])
		}
	}
	if n, trap := h.Run(100); n != 4 || trap != (Trap{Kind: TrapMark, Raw: 1}) {
		t.Errorf("around to the first again: %d instructions, %v", n, trap)
	}
	h.Fork(codeBase)
	if n, trap := h.Record(buf); n != 0 || trap.Kind != TrapPathEnd {
		t.Errorf("wrong path: %d records, %v", n, trap)
	}
	h.Drop(1)
}

// TestTraps: what stops a hart leaves it in front of the instruction.
func TestTraps(t *testing.T) {
	const beyond = dataBase + dataSize
	for _, c := range []struct {
		name string
		line line
		want Trap
	}{
		{"wild load", in("ld", 5, 0, 0), Trap{Kind: TrapLoad}},
		{"wild store", in("sb", 5, -1, 0), Trap{Kind: TrapStore, Addr: ^isa.Addr(0)}},
		{"load over the end", in("ld", 5, -1, 3), Trap{Kind: TrapLoad, Addr: beyond}},
		{"store over the end", in("sd", 5, -1, 3), Trap{Kind: TrapStore, Addr: beyond}},
		{"FP load", in("flw", 5, 0, 3), Trap{Kind: TrapLoad, Addr: beyond}},
		{"store to code", in("sw", 5, 0, 4), Trap{Kind: TrapStore, Addr: codeBase}},
		{"atomic to code", in("amoadd.w", 5, 6, 4, 0), Trap{Kind: TrapStore, Addr: codeBase}},
		{"misaligned atomic", in("amoadd.d", 5, 6, 7, 0), Trap{Kind: TrapMisaligned, Addr: dataBase + 4}},
		{"misaligned lr", in("lr.d", 5, 7, 0), Trap{Kind: TrapMisaligned, Addr: dataBase + 4}},
		{"misaligned sc", in("sc.d", 5, 6, 7, 0), Trap{Kind: TrapMisaligned, Addr: dataBase + 4}},
		{"wild lr", in("lr.d", 5, 3, 0), Trap{Kind: TrapLoad, Addr: beyond}},
		{"reserved mode", in("fadd.d", 1, 2, 3, 7), Trap{Kind: TrapIllegal, Raw: 0x023170d3}},
		{"breakpoint", in("c.ebreak"), Trap{Kind: TrapBreak}},
	} {
		h := newTestHart(t, in("c.nop"), c.line)
		h.FCSR = 6 << 5
		h.X[3], h.X[4], h.X[5], h.X[7] = beyond, codeBase, 77, dataBase+4
		n, trap := h.Run(10)
		if n != 1 || trap != c.want || h.PC != codeBase+2 || h.X[5] != 77 || h.Instret != 1 {
			t.Errorf("%s: %d instructions, %+v at %#x, want %+v", c.name, n, trap, h.PC, c.want)
		}
	}
}

func TestIllegal(t *testing.T) {
	for _, raw := range []uint32{0, 0xffffffff, 0x8000, 0xc0001073, 0xc0202573 | 1<<15, 0x00000057} {
		h := newTestHart(t, in("c.nop"))
		h.space.Poke(codeBase+2, binary.LittleEndian.AppendUint32(nil, raw))
		want := Trap{Kind: TrapIllegal, Raw: raw}
		if n, trap := h.Run(10); n != 1 || trap != want {
			t.Errorf("%#x: %d instructions, %v", raw, n, trap)
		}
	}
}

// TestFetch: wild jumps, and instructions at the end of what is executable.
func TestFetch(t *testing.T) {
	end := isa.Addr(codeBase + 16*mem.PageSize)
	h := newTestHart(t, in("jalr", 0, 1, 2))
	if n, trap := h.Run(10); n != 1 || trap != (Trap{Kind: TrapFetch, Addr: dataBase}) || h.PC != dataBase {
		t.Errorf("jump to data: %d instructions, %v at %#x", n, trap, h.PC)
	}
	if n, trap := h.Run(10); n != 0 || trap.Kind != TrapFetch {
		t.Errorf("again: %d instructions, %v", n, trap)
	}
	h = newTestHart(t)
	h.space.Poke(end-4, assemble(t, in("c.nop"), in("c.nop")))
	h.PC = end - 4
	if n, trap := h.Run(10); n != 2 || trap != (Trap{Kind: TrapFetch, Addr: end}) || h.PC != end {
		t.Errorf("over the end: %d instructions, %v at %#x", n, trap, h.PC)
	}
	h.space.Poke(end-4, assemble(t, in("c.nop"), in("addi", 1, 1, 1))[:4])
	h.PC = end - 4
	if n, trap := h.Run(10); n != 1 || trap != (Trap{Kind: TrapFetch, Addr: end}) || h.PC != end-2 {
		t.Errorf("half an instruction: %d instructions, %v at %#x", n, trap, h.PC)
	}
	h.PC = codeBase + 1
	if n, trap := h.Run(10); n != 0 || trap.Kind != TrapFetch {
		t.Errorf("odd PC: %d instructions, %v", n, trap)
	}
}

// TestPageCrossing: an instruction across two pages, run and recorded.
func TestPageCrossing(t *testing.T) {
	const at = codeBase + mem.PageSize - 2
	h := newTestHart(t)
	h.space.Poke(at-2, assemble(t, in("c.nop"), in("addi", 5, 0, 7), in("c.addi", 5, 1), in("jal", 0, -8)))
	h.PC = at - 2
	buf := make([]isa.Dyn, 8)
	for range 2 {
		if n, trap := h.Record(buf); n != 4 || trap.Kind != TrapNone || h.X[5] != 8 || buf[1].Inst.Dst != 5 ||
			buf[2].PC != at+4 || buf[2].Inst.Size != 2 {
			t.Fatalf("%d records, %v, x5 = %d: %+v", n, trap, h.X[5], buf[:n])
		}
	}
	if n, trap := h.Run(400); n != 400 || trap.Kind != TrapNone {
		t.Errorf("%d instructions, %v", n, trap)
	}
}

// TestCodeChanges: what the guest writes runs after its fence.i, what the
// owner of the space pokes or maps runs at once.
func TestCodeChanges(t *testing.T) {
	loop := []line{in("addi", 5, 5, 1), in("sw", 6, 0, 7), in("fence.i"), in("jal", 0, -12)}
	h := newTestHart(t, loop...)
	if err := h.space.Protect(codeBase, mem.PageSize, mem.Read|mem.Write|mem.Exec); err != nil {
		t.Fatal(err)
	}
	h.X[7] = codeBase
	h.X[6] = uint64(binary.LittleEndian.Uint32(assemble(t, in("addi", 5, 5, 16))))
	if h.Run(8); h.X[5] != 17 {
		t.Errorf("after fence.i: x5 = %d", h.X[5])
	}
	h.PC = codeBase
	h.space.Poke(codeBase, assemble(t, in("addi", 5, 0, 3), in("c.nop")))
	if h.Run(1); h.X[5] != 3 {
		t.Errorf("after Poke: x5 = %d", h.X[5])
	}
	if err := h.space.Protect(codeBase, mem.PageSize, mem.Read); err != nil {
		t.Fatal(err)
	}
	if _, trap := h.Run(1); trap.Kind != TrapFetch {
		t.Errorf("after Protect: %v", trap)
	}
}

// TestCodeIsShared: a fence.i of one hart reaches the others.
func TestCodeIsShared(t *testing.T) {
	a := newTestHart(t, in("fence.i"), in("addi", 5, 0, 1), in("jal", 0, -4))
	if err := a.space.Protect(codeBase, mem.PageSize, mem.Read|mem.Write|mem.Exec); err != nil {
		t.Fatal(err)
	}
	b := NewHart(a.space, a.code)
	b.PC = codeBase + 4
	b.Run(5)
	if err := a.space.Write(codeBase+4, assemble(t, in("addi", 5, 0, 2))); err != nil {
		t.Fatal(err)
	}
	if b.Run(2); b.X[5] != 1 {
		t.Errorf("without a fence.i the other hart sees x5 = %d", b.X[5])
	}
	a.Run(1)
	if b.Run(2); b.X[5] != 2 {
		t.Errorf("after a fence.i the other hart sees x5 = %d", b.X[5])
	}
}

func TestCounters(t *testing.T) {
	program := []line{in("c.nop"), in("csrrs", 5, csrInstret, 0), in("csrrs", 6, csrCycle, 0), in("csrrs", 7, csrTime, 0)}
	h := newTestHart(t, program...)
	if h.Run(4); h.X[5] != 1 || h.X[6] != 2 || h.X[7] != 3 {
		t.Errorf("without a clock: %d %d %d", h.X[5], h.X[6], h.X[7])
	}
	h = newTestHart(t, program...)
	h.Clock = func(uint64) (cycle, time uint64) { return 100, 200 }
	if h.Run(4); h.X[5] != 1 || h.X[6] != 100 || h.X[7] != 200 {
		t.Errorf("with a clock: %d %d %d", h.X[5], h.X[6], h.X[7])
	}
}

// TestNoAllocation: neither running, nor recording, nor a wrong path allocates
// once pages are touched.
func TestNoAllocation(t *testing.T) {
	h := newTestHart(t, mixed...)
	h.Run(500_000)
	buf := make([]isa.Dyn, 8)
	if n := testing.AllocsPerRun(20, func() { h.Run(1000) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
	if n := testing.AllocsPerRun(20, func() {
		for range 100 {
			h.Record(buf)
		}
	}); n != 0 {
		t.Errorf("Record allocates %v times", n)
	}
	path := func() {
		for depth := range 4 {
			h.Fork(codeBase + 4*isa.Addr(depth+3))
			for range 20 {
				h.Record(buf)
			}
		}
		h.Drop(1)
	}
	for range 100 { // the log of stores has its size then
		path()
	}
	if n := testing.AllocsPerRun(20, path); n != 0 {
		t.Errorf("a wrong path allocates %v times", n)
	}
}

// TestDecodedCodeIsBounded: a program that jumps through any number of pages
// makes the host keep no more than so many of them decoded.
func TestDecodedCodeIsBounded(t *testing.T) {
	const pages = 3*maxPages + 7
	space := mem.New(1 << 30)
	const base = isa.Addr(0x10000000)
	if err := space.Map(base, pages*mem.PageSize, mem.Read|mem.Exec); err != nil {
		t.Fatal(err)
	}
	jump := []byte{0x6f, 0x10, 0x00, 0x00} // j .+4096
	for i := range isa.Addr(pages) {
		if err := space.Poke(base+i*mem.PageSize, jump); err != nil {
			t.Fatal(err)
		}
	}
	h := NewHart(space, NewCode(space))
	h.PC = base
	if n, trap := h.Run(pages + 1); n != pages || trap.Kind != TrapFetch || len(h.code.pages) > maxPages+1 {
		t.Errorf("run: %d jumps and %v, %d pages decoded", n, trap, len(h.code.pages))
	}
	h.PC = base
	var buf [16]isa.Dyn
	for i := range isa.Addr(pages) {
		n, _ := h.Record(buf[:])
		if n != 1 || buf[0].Inst.Control != isa.Jump || buf[0].PC != base+i*mem.PageSize {
			t.Fatalf("recorded %d: %+v", n, buf[0])
		}
	}
	if len(h.code.pages) > maxPages+chunk {
		t.Errorf("recorded: %d pages decoded", len(h.code.pages))
	}
	if h.Release(); len(h.code.harts) != 0 {
		t.Error("a released hart is still known")
	}
}

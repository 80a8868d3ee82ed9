package linux

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// act is assembly that installs the struct sigaction at a label for a signal.
func act(s Signal, label string) string {
	return fmt.Sprintf("\n li a0, %d\n la a1, %s\n li a2, 0\n li a3, 8\n li a7, 134\n ecall\n", s, label)
}

// raised is assembly that sends the process a signal.
func raised(s Signal) string {
	return fmt.Sprintf("\n li a7, 172\n ecall\n li a1, %d\n li a7, 129\n ecall\n", s)
}

// say is assembly that writes one character.
func say(c byte) string {
	return fmt.Sprintf("\n li a0, %d\n la a1, letter\n sb a0, 0(a1)\n li a0, 1\n li a2, 1\n li a7, 64\n ecall\n", c)
}

// output runs a program functionally and as a stream; both must write the
// same and end alike.
func outputOf(t *testing.T, source string) (string, Exit) {
	t.Helper()
	p := start(t, source, Options{})
	e := finish(t, p)
	q := start(t, source, Options{})
	drive(t, q.system.Stream(0), nil)
	if q.end == nil || *q.end != e || string(q.Stdout()) != string(p.Stdout()) {
		t.Errorf("as a stream %q and %+v, executed %q and %+v", q.Stdout(), q.end, p.Stdout(), e)
	}
	return string(p.Stdout()), e
}

// TestHandlerMask: while a handler runs, its signal waits, unless SA_NODEFER
// says otherwise, and so do those of sa_mask; then the lowest comes first.
func TestHandlerMask(t *testing.T) {
	const usr1, usr2 = 10, 12
	for _, c := range []struct {
		flags, mask uint64
		want        string
	}{
		{0, 0, "(2)1."},                           // 2 at once, 1 again afterwards
		{0, 1 << (usr2 - 1), "()12."},             // both afterwards
		{actionNoDefer, 0, "(21)."},               // both at once
		{actionNoDefer, 1 << (usr2 - 1), "(1)2."}, // only 1 at once
	} {
		source := "_start:" + act(usr1, "one") + act(usr2, "two") + raised(usr1) + say('.') + "\n li a0, 0" + exitAll + `
first:	la t0, entered
	lw t1, 0(t0)
	bnez t1, again
	li t1, 1
	sw t1, 0(t0)` + say('(') + raised(usr2) + raised(usr1) + say(')') + "\n ret\nagain:" + say('1') + "\n ret\nsecond:" + say('2') + `
	ret
	.data
	.align 3
one:	.dword first, ` + fmt.Sprintf("%d, %d", c.flags, c.mask) + `
two:	.dword second, 0, 0
entered: .word 0
letter:	.byte 0
`
		if got, e := outputOf(t, source); got != c.want || e.Code != 0 {
			t.Errorf("flags %#x, mask %#x: %q and %+v, want %q", c.flags, c.mask, got, e, c.want)
		}
	}
}

// TestFaultHandler: the handler of a fault sees where it was, and what it
// changes in the frame is what the program goes on with.
func TestFaultHandler(t *testing.T) {
	source := "_start: li s3, 5" + act(SIGSEGV, "fault") + `
	li s2, 0x1230
	.option norvc
	ld s3, 8(s2)
	mv a0, s3` + exitAll + `
handler: li t0, 11
	bne a0, t0, wrong
	ld t1, 16(a1)		# si_addr
	li t0, 0x1238
	bne t0, t1, wrong
	lw t1, 8(a1)		# si_code: SEGV_MAPERR
	li t0, 1
	bne t0, t1, wrong
	ld t1, 176+8*18(a2)	# s2
	li t0, 0x1230
	bne t0, t1, wrong
	ld t1, 176(a2)		# pc: go on behind it
	addi t1, t1, 4
	sd t1, 176(a2)
	li t1, 42
	sd t1, 176+8*19(a2)	# s3
	ret
wrong:	li a0, 1` + exitAll + `
	.data
	.align 3
fault:	.dword handler, 4, 0
letter:	.byte 0
`
	if _, e := outputOf(t, source); e.Code != 42 {
		t.Errorf("%+v", e)
	}
}

// TestHandlerWithoutRoom: a handler that has no stack for its frame is the end
// of the program, not of the simulator; one on an alternate stack runs.
func TestHandlerWithoutRoom(t *testing.T) {
	source := func(flags int) string {
		return "_start:" + act(SIGSEGV, "fault") + `
	la a0, alternate
	li a1, 0
	li a7, 132
	ecall
	li sp, 0x100
	sd zero, 0(sp)` + "\nhandler: li a0, 9" + exitAll + fmt.Sprintf(`
	.data
	.align 3
fault:	.dword handler, %d, 0
alternate: .dword room, 0, 8192
letter:	.byte 0
	.bss
	.align 4
room:	.zero 8192
`, flags)
	}
	if _, e := outputOf(t, source(actionOnStack)); e.Code != 9 {
		t.Errorf("on an alternate stack: %+v", e)
	}
	if _, e := outputOf(t, source(0)); e.Signal != SIGSEGV || !strings.Contains(e.Detail, "no room at ") {
		t.Errorf("without a stack: %+v", e)
	}
}

// TestRestart: a futex wait that a signal interrupts begins anew with
// SA_RESTART and answers EINTR without.
func TestRestart(t *testing.T) {
	for flags, want := range map[int]string{actionRestart: "h.", 0: "hE."} {
		source := "_start:" + act(SIGALRM, "alarm") + `
	li a0, 0
	la a1, interval
	li a2, 0
	li a7, 103
	ecall
	la a0, word
	li a1, 0
	li a2, 0
	li a3, 0
	li a7, 98
	ecall
	li t0, -4
	bne a0, t0, other` + say('E') + "\nother:" + say('.') + "\n li a0, 0" + exitAll + "\nhandler:" + say('h') + `
	la t0, word	# so that a wait that begins anew finds it changed
	li t1, 1
	sw t1, 0(t0)
	ret
	.data
	.align 3
alarm:	.dword handler, ` + fmt.Sprint(flags) + `, 0
interval: .dword 0, 0, 0, 50
word:	.word 0
letter:	.byte 0
`
		if got, e := outputOf(t, source); got != want || e.Code != 0 {
			t.Errorf("flags %#x: %q and %+v, want %q", flags, got, e, want)
		}
	}
}

// TestHostileFrames: what a program makes of rt_sigreturn is its own affair.
func TestHostileFrames(t *testing.T) {
	for name, source := range map[string]string{
		"no frame":  "_start: li sp, 64\n li a7, 139\n ecall",
		"garbage":   "_start: addi sp, sp, -2000\n li a7, 139\n ecall",
		"recursive": "_start:" + act(SIGSEGV, "fault") + "\nhandler: sd zero, 0(zero)\n.data\n.align 3\nfault: .dword handler, 0x40000000, 0",
	} {
		p := start(t, source+"\n", Options{})
		if e := finish(t, p); e.Signal != SIGSEGV {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestIgnoredAlarm: when the last timer goes off and wakes nobody, nobody will
// be woken, and the program is told of its deadlock.
func TestIgnoredAlarm(t *testing.T) {
	_, e := outputOf(t, "_start:"+act(14, "ignore")+`
	li a0, 0
	la a1, spec
	li a2, 0
	li a7, 103
	ecall
	la a0, none
	li a1, 8
	li a7, 133
	ecall
	.data
	.align 3
ignore:	.dword 1, 0, 0
none:	.dword 0
spec:	.dword 0, 0, 0, 5
`)
	if e.Signal != SIGKILL || !strings.HasPrefix(e.Detail, "deadlock: ") || !strings.Contains(e.Detail, "rt_sigsuspend") {
		t.Errorf("%+v", e)
	}
}

// TestOverrun: a timer has one pending signal at a time, and counts what it
// would have sent meanwhile.
func TestOverrun(t *testing.T) {
	const create, getOverrun, setTime = 107, 109, 110
	const usr1 = 10
	k, room := watching(t)
	c := &k.p.system.clock
	store := func(words ...uint64) {
		for i, w := range words {
			k.p.store(room+uint64(8*i), binary.LittleEndian.AppendUint64(nil, w))
		}
	}
	k.p.leader.setMask(setOf(usr1))
	store(7, usr1) // sigev_value, sigev_signo, SIGEV_SIGNAL
	k.call(create, eok, 1, room, room+100)
	store(0, 2000, 0, 2000)
	k.call(setTime, eok, 0, 0, room, 0)
	k.call(getOverrun, einval, 1)
	c.base += c.after(5 * 2000)
	k.p.system.expire()
	if n := len(k.p.pending.queue); n != 1 || k.call(getOverrun, eok, 0) != 4 {
		t.Errorf("%d signals are pending, overrun %d", n, k.call(getOverrun, eok, 0))
	}
	k.p.pending.take(setOf(usr1))
	c.base += c.after(2000)
	k.p.system.expire()
	if n := len(k.p.pending.queue); n != 1 || k.call(getOverrun, eok, 0) != 0 {
		t.Errorf("then %d signals are pending, overrun %d", n, k.call(getOverrun, eok, 0))
	}
}

// TestPendingLimit: standard signals are never refused, real-time ones are when
// too many are queued.
func TestPendingLimit(t *testing.T) {
	k, _ := watching(t)
	k.p.leader.setMask(^signalSet(0))
	for range maxPending {
		if e := k.p.send(userInfo(40, codeUser), nil); e != eok {
			t.Fatal(e)
		}
	}
	if e := k.p.send(userInfo(40, codeUser), nil); e != eagain {
		t.Errorf("one more: %v", e)
	}
	if e := k.p.send(userInfo(SIGALRM, codeUser), nil); e != eok || !k.p.pending.set.has(SIGALRM) {
		t.Errorf("a standard signal: %v", e)
	}
}

package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// Entries of the auxiliary vector, by number (uapi/linux/auxvec.h).
const (
	atNull   = 0
	atPhdr   = 3
	atPhent  = 4
	atPhnum  = 5
	atPagesz = 6
	atBase   = 7
	atFlags  = 8
	atEntry  = 9
	atUID    = 11
	atEUID   = 12
	atGID    = 13
	atEGID   = 14
	atHWCAP  = 16
	atClktck = 17
	atSecure = 23
	atRandom = 25
	atHWCAP2 = 26
	atExecfn = 31
)

// hwcap says IMAFDC, a bit for each letter. What else there is (Zba, Zbb, Zbs,
// Zicond) Linux does not tell here.
//
//lint:ignore SA4000 A is bit 0, written as the others are
const hwcap = 1<<('I'-'A') | 1<<('M'-'A') | 1<<('A'-'A') | 1<<('F'-'A') | 1<<('D'-'A') | 1<<('C'-'A')

// maxStrings bounds the bytes of arguments and environment: Linux allows them
// a quarter of the stack.
const maxStrings = stackSize / 4

// buildStack maps the stack and fills it as the System V ABI says a program
// finds it, from the top down: strings, random bytes, auxiliary vector,
// environment, arguments. It returns the stack pointer.
func (p *Process) buildStack(l loaded, args, env []string) (sp uint64, err error) {
	if err := p.space.Map(isa.Addr(stackTop-stackSize), stackSize, mem.Read|mem.Write); err != nil {
		return 0, err
	}
	top := stackTop - 8 // Linux leaves a null pointer there
	push := func(b []byte) uint64 {
		top -= uint64(len(b))
		if e := p.space.Poke(isa.Addr(top), b); e != nil && err == nil {
			err = fmt.Errorf("program with its stack %w of %d bytes: %w", ErrMemory, p.options.Memory, e)
		}
		return top
	}
	name := push([]byte(args[0] + "\x00"))
	envAt, argsAt := make([]uint64, len(env)), make([]uint64, len(args))
	for i := len(env) - 1; i >= 0; i-- {
		envAt[i] = push([]byte(env[i] + "\x00"))
	}
	for i := len(args) - 1; i >= 0; i-- {
		argsAt[i] = push([]byte(args[i] + "\x00"))
	}
	top &^= 15
	var random [16]byte
	fill(p.random, random[:])
	randomAt := push(random[:])

	words := append([]uint64{uint64(len(args))}, argsAt...)
	words = append(append(append(words, 0), envAt...), 0)
	vector := auxiliary(l, name, randomAt)
	p.auxv = bytesOf(vector)
	words = append(words, vector...)
	if len(words)%2 != 0 {
		top -= 8
	}
	return push(bytesOf(words)), err
}

func bytesOf(words []uint64) []byte {
	b := make([]byte, 0, 8*len(words))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func auxiliary(l loaded, name, random uint64) []uint64 {
	m, bias := l.image, l.bias
	phdr := uint64(0)
	if m.Phdr != 0 {
		phdr = uint64(m.Phdr + bias)
	}
	return []uint64{
		atHWCAP, hwcap,
		atPagesz, pageSize,
		atClktck, ticks,
		atPhdr, phdr,
		atPhent, elf.PhdrSize,
		atPhnum, uint64(m.Phnum),
		atBase, uint64(l.base),
		atFlags, 0,
		atEntry, uint64(m.Entry + bias),
		atUID, userID,
		atEUID, userID,
		atGID, userID,
		atEGID, userID,
		atSecure, 0,
		atRandom, random,
		atHWCAP2, 0,
		atExecfn, name,
		atNull, 0,
	}
}

func checkStrings(args, env []string) error {
	if len(args) == 0 {
		return errors.New("a program needs at least its own name as an argument")
	}
	size := 0
	for _, s := range append(append([]string(nil), args...), env...) {
		if strings.IndexByte(s, 0) >= 0 {
			return fmt.Errorf("argument %q contains a zero byte", s)
		}
		size += len(s) + 1 + 8
	}
	if size > maxStrings {
		return fmt.Errorf("arguments and environment are %d bytes long, at most %d are possible", size, maxStrings)
	}
	return nil
}

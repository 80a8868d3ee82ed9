package asm

import "strconv"

// register is an operand register: its number in its file.
type register struct {
	number uint8
	fp     bool
}

// registers by name: x0 and f0 up, and the names of the calling convention.
var registers = func() map[string]register {
	m := map[string]register{"fp": {8, false}}
	for i := range uint8(32) {
		m["x"+strconv.Itoa(int(i))] = register{i, false}
		m["f"+strconv.Itoa(int(i))] = register{i, true}
	}
	for i, name := range []string{"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"} {
		m[name] = register{uint8(i), false}
	}
	series := func(prefix string, first, count, number uint8, fp bool) {
		for i := range count {
			m[prefix+strconv.Itoa(int(first+i))] = register{number + i, fp}
		}
	}
	series("a", 0, 8, 10, false)
	series("s", 2, 10, 18, false)
	series("t", 3, 4, 28, false)
	series("ft", 0, 8, 0, true)
	series("fs", 0, 2, 8, true)
	series("fa", 0, 8, 10, true)
	series("fs", 2, 10, 18, true)
	series("ft", 8, 4, 28, true)
	return m
}()

// roundingModes in the order of their encodings; the two holes are reserved.
var roundingModes = []string{"rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"}

// csrs are the control and status registers that a user-mode program can name.
var csrs = []struct {
	name   string
	number int64
}{
	{"fflags", 0x001}, {"frm", 0x002}, {"fcsr", 0x003},
	{"cycle", 0xc00}, {"time", 0xc01}, {"instret", 0xc02},
}

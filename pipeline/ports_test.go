package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// counted is a loop of so many independent operations of each class, mixed
// evenly, with its counter and branch.
func counted(n map[isa.Class]int) *script {
	var body []isa.Inst
	for more := true; more; {
		more = false
		for class := range isa.NumClasses {
			if n[class] == 0 {
				continue
			}
			n[class]--
			more = true
			body = append(body, isa.Inst{Class: class, Size: 4, Dst: isa.Reg(11 + len(body)%16), Src: [3]isa.Reg{6, 7}})
		}
	}
	return loop(body...)
}

// Classes that share ports take turns at them: an iteration takes the cycles
// of the port with the most to do. A unit that is busy for several cycles does
// not hold its port.
func TestPorts(t *testing.T) {
	for _, k := range []struct {
		what                  string
		alus                  int
		alu, mul, div, branch string
		adds, muls, divs      int
		want                  float64
	}{
		{"one port for multiplications and branches", 6, "", "p1", "", "p1", 0, 20, 0, 21},
		{"… and one each", 6, "", "p1", "", "p2", 0, 20, 0, 20},
		{"multiplications at one of two ports of additions", 2, "p0+p1", "p1", "", "", 20, 10, 0, 15.5},
		{"… most of what there is", 2, "p0+p1", "p1", "", "", 10, 20, 0, 20},
		{"… and a port of their own", 2, "p0+p1", "p2", "", "", 20, 10, 0, 10.5},
		{"a divider behind the only port", 1, "p0", "p0", "p0", "p0", 28, 0, 1, 31},
		{"… that is longer busy", 1, "p0", "p0", "p0", "p0", 10, 0, 2, 40},
	} {
		r := newRig("single")
		r.core.Units.IntALU.Count, r.core.Units.IntMul.Count, r.core.Units.Branch.Count = k.alus, 1, 1
		r.core.Ports.IntALU, r.core.Ports.IntMul, r.core.Ports.IntDiv, r.core.Ports.Branch = k.alu, k.mul, k.div, k.branch
		s := counted(map[isa.Class]int{isa.IntALU: k.adds, isa.IntMul: k.muls, isa.IntDiv: k.divs})
		n := float64(len(s.body))
		c := r.build(t, s)
		near(t, k.what+": cycles per iteration", cpi(t, c, 0, 5000, 50_000)*n, k.want, 0.012)
	}
}

// Of two ports that are free an operation takes the one that its class lists
// first. An addition and a multiplication wait for the same operand, and both
// are needed for the next: a link takes one latency of each kind, and a cycle
// more when the addition, which is older, takes the multiplier's only port.
func TestPortsByChoice(t *testing.T) {
	for ports, want := range map[string]float64{"p0+p1": 3 + 1, "p1+p0": 1 + 3 + 1} {
		r := newRig("single")
		r.core.Units.IntALU.Count, r.core.Units.IntMul.Count = 2, 1
		r.core.Ports.IntALU, r.core.Ports.IntMul = ports, "p1"
		const k = 20
		var body []isa.Inst
		for range k {
			body = append(body, add(6, 5, 5), isa.Inst{Class: isa.IntMul, Size: 4, Dst: 7, Src: [3]isa.Reg{5, 5}}, add(5, 6, 7))
		}
		c := r.build(t, loop(body...))
		near(t, ports+": cycles per link", cpi(t, c, 0, 5000, 50_000)*(3*k+2)/k, want, 0.01)
	}
}

// Units wired to contexts have ports, too.
func TestPortsOfWiredUnits(t *testing.T) {
	for _, k := range []struct {
		mul  string
		want float64
	}{{"", 2}, {"p0+p1", 1}} {
		r := newRig("icount:issue=limited")
		r.core.Units.IntALU.Count, r.core.Units.IntMul.Count = 2, 2
		r.core.Ports.IntALU, r.core.Ports.IntMul = "p0+p1", k.mul
		if k.mul == "" {
			r.core.Ports.IntALU = ""
		}
		var scripts []*script
		for range 2 {
			scripts = append(scripts, counted(map[isa.Class]int{isa.IntALU: 30, isa.IntMul: 31}))
		}
		c := r.build(t, apart(scripts...)...)
		// A context has one adder and one multiplier: 31 of each an iteration.
		near(t, fmt.Sprintf("ports %q: additions and multiplications a cycle of a context", k.mul), 62/(cpi(t, c, 0, 5000, 50_000)*63), k.want, 0.02)
	}
}

// Wrong ports say what would be right.
func TestWrongPorts(t *testing.T) {
	for list, want := range map[string]string{
		"p0":       `core.ports.int-mul: "p0": 1 ports for a count of 2 units`,
		"p0+p0":    `core.ports.int-mul: "p0+p0": port p0 is listed twice; a unit needs one of its own`,
		"p0+x":     `core.ports.int-mul: "p0+x": "x" is not a port, p0 … p31; a list is such as p0+p1+p5`,
		"p0+p32":   `core.ports.int-mul: "p0+p32": "p32" is not a port, p0 … p31; a list is such as p0+p1+p5`,
		"p0+p1+p2": `core.ports.int-mul: "p0+p1+p2": 3 ports for a count of 2 units`,
	} {
		r := newRig("single")
		r.core.Ports.IntMul = list
		if errs := r.core.Validate("core", 1); len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%v, want %s", errs, want)
		}
	}
}

// Of threads that have something to rename, or to commit, only so many do in
// one cycle; what they have not done stays for the next, so the rate of loops
// that fill half the width is the same.
func TestThreadsPerCycle(t *testing.T) {
	for _, k := range []struct{ rename, commit int }{{0, 0}, {1, 0}, {0, 1}, {2, 1}} {
		r := newRig("rr.2.8")
		r.core.Rename.Threads, r.core.Commit.Threads = k.rename, k.commit
		c := r.build(t, apart(loop(), loop())...)
		if err := c.Run(1000); err != nil {
			t.Fatal(err)
		}
		before, most := total(c), [2]int{}
		for range 4000 {
			renamed, committed := [2]uint64{}, [2]uint64{}
			for i := range c.threads {
				renamed[i], committed[i] = c.threads[i].renamed, c.threads[i].head
			}
			if err := c.Run(1); err != nil {
				t.Fatal(err)
			}
			var now [2]int
			for i := range c.threads {
				if c.threads[i].renamed > renamed[i] {
					now[0]++
				}
				if c.threads[i].head > committed[i] {
					now[1]++
				}
			}
			most[0], most[1] = max(most[0], now[0]), max(most[1], now[1])
		}
		near(t, fmt.Sprintf("%+v: instructions a cycle", k), float64(total(c)-before)/4000, 4, 0.05)
		for i, bound := range []int{k.rename, k.commit} {
			if bound == 0 {
				bound = 2
			}
			if most[i] != bound {
				t.Errorf("%+v: %d threads at most renamed, %d committed in one cycle", k, most[0], most[1])
			}
		}
	}
}

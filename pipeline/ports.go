package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/valid"
	"github.com/threadmill-sim/threadmill/isa"
)

// A unit may stand behind an issue port that it shares with units of other
// classes: each port takes one operation a cycle. Oldest first, an operation
// takes the first of its class's ports that is free and whose unit is; so a
// class lists first what others need least. A unit that is busy for several
// cycles does not hold its port. What the model leaves out: the binding of an
// operation to a port before it is ready, which Intel's processors make at
// dispatch by the lengths of the ports' queues.

// PortsSpec lists the issue ports of each unit class.
type PortsSpec struct {
	IntALU string `toml:"int-alu" doc:"ports of these units, one each, such as p0+p1+p5, first choice first; empty: a port of its own for each"`
	IntMul string `toml:"int-mul" doc:"likewise"`
	IntDiv string `toml:"int-div" doc:"likewise"`
	Branch string `toml:"branch" doc:"likewise"`
	Load   string `toml:"load" doc:"likewise"`
	Store  string `toml:"store" doc:"likewise"`
	FPAdd  string `toml:"fp-add" doc:"likewise"`
	FPMul  string `toml:"fp-mul" doc:"likewise"`
	FPDiv  string `toml:"fp-div" doc:"likewise"`
	FPSqrt string `toml:"fp-sqrt" doc:"likewise"`
}

// rows are the lists by unit class.
func (s *PortsSpec) rows() [numUnits]string {
	return [numUnits]string{s.IntALU, s.IntMul, s.IntDiv, s.Branch, s.Load, s.Store, s.FPAdd, s.FPMul, s.FPDiv, s.FPSqrt}
}

// maxPorts lets a set of ports be one word.
const maxPorts = 32

// parsePorts reads the list of ports of so many units.
func parsePorts(list string, units int) ([]uint8, error) {
	var ports []uint8
	taken := uint32(0)
	for name := range strings.SplitSeq(list, "+") {
		num, ok := strings.CutPrefix(name, "p")
		n, err := strconv.ParseUint(num, 10, 8)
		if !ok || err != nil || n >= maxPorts {
			return nil, fmt.Errorf("%q: %q is not a port, p0 … p%d; a list is such as p0+p1+p5", list, name, maxPorts-1)
		}
		if taken&(1<<n) != 0 {
			return nil, fmt.Errorf("%q: port p%d is listed twice; a unit needs one of its own", list, n)
		}
		taken |= 1 << n
		ports = append(ports, uint8(n))
	}
	if len(ports) != units {
		return nil, fmt.Errorf("%q: %d ports for a count of %d units", list, len(ports), units)
	}
	return ports, nil
}

func (s *PortsSpec) validate(v *valid.Errors, path string, units [numUnits]unitRow) {
	for i, list := range s.rows() {
		if list == "" {
			continue
		}
		if _, err := parsePorts(list, units[i].unit.Count); err != nil {
			v.Addf("%s.%s: %w", path, units[i].name, err)
		}
	}
}

// portTaken reports whether the port of a unit has an operation in this cycle.
func (p *unitPool) portTaken(unit int) bool {
	return p.ports != nil && *p.taken&(1<<p.ports[unit]) != 0
}

// takePort gives the port of a unit to an operation.
func (p *unitPool) takePort(unit int) {
	if p.ports != nil {
		*p.taken |= 1 << p.ports[unit]
	}
}

// pick is the first unit that can take an operation now, -1 if there is none.
func (p *unitPool) pick(now isa.Cycle) int {
	for i, f := range p.free {
		if f <= now && !p.portTaken(i) {
			return i
		}
	}
	return -1
}

// selectByPort issues the oldest first over all classes, as far as ports are
// free.
func (c *Core) selectByPort(open uint32) {
	for c.issuedNow < c.spec.Issue.Width && open != 0 {
		p, unit := c.oldest(&open)
		if p == nil {
			return
		}
		if p.ports != nil && p.pick(c.now) < 0 {
			open &^= 1 << unit
			continue
		}
		if c.tryIssue(p); p.avail == 0 {
			open &^= 1 << unit
		}
	}
}

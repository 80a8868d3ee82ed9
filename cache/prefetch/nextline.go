package prefetch

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// nextLine proposes the lines after one that is accessed. Smith's tagged form
// asks once for each line, when it is first used, and so keeps ahead of a
// sequence that misses once.
type nextLine struct {
	line   isa.Addr
	degree int
	on     trigger
}

type trigger uint8

const (
	onMiss trigger = iota
	onFirst
	onAll
)

var _ Prefetcher = (*nextLine)(nil)

func newNextLine(args catalog.Args, g Geometry) Prefetcher {
	on := map[string]trigger{"miss": onMiss, "tagged": onFirst, "always": onAll}[args.Choice("on")]
	return &nextLine{line: isa.Addr(g.Line), degree: args.Int("degree"), on: on}
}

func (p *nextLine) Access(a Access, out []isa.Addr) []isa.Addr {
	if p.on == onMiss && (a.Hit || !a.First) || p.on == onFirst && !a.First {
		return out
	}
	for k := range p.degree {
		out = append(out, a.Addr+isa.Addr(k+1)*p.line)
	}
	return out
}

func (*nextLine) Fill(Fill) {}

package plot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// part is a part of the dispatch slots of a thread, as the stacks show them:
// the groups of top-down analysis with the memory's split as a CPI stack wants
// it (Eyerman et al., ASPLOS 2006).
type part struct {
	label, doc string
	fill       fill
	has        func(*results.Category) bool
}

func inGroup(groups ...string) func(*results.Category) bool {
	return func(c *results.Category) bool { return slices.Contains(groups, c.Group) }
}

func memoryPart(keys ...string) func(*results.Category) bool {
	return func(c *results.Category) bool {
		return c.Group == "backend_memory" && slices.Contains(keys, c.Key)
	}
}

// stackParts are disjoint and together everything, from the axis outward.
var stackParts = []part{
	{"retiring", "instructions that committed", seriesFills[0], inGroup("retiring")},
	{"bad speculation", "wrong paths, squashed instructions and the refills after them", seriesFills[1], inGroup("bad_speculation")},
	{"front end", "instruction misses, fetch bandwidth, serialising instructions", seriesFills[2], inGroup("frontend_latency", "frontend_bandwidth")},
	{"core", "operations' latencies, busy units, full structures", seriesFills[3], inGroup("backend_core")},
	{"caches", "loads that a cache answers, stores in the way", seriesFills[4], memoryPart("l1", "l2", "l3", "store")},
	{"memory", "loads that missed the last level", seriesFills[5], memoryPart("memory")},
	{"TLB", "translation of data addresses", seriesFills[15], memoryPart("dtlb")},
	{"other threads", "slots and structures that other threads took, and the thread scheduler", seriesFills[8], inGroup("other_threads")},
	{"idle", "no work, and what was in flight at the end", seriesFills[7], inGroup("no_work", "in_flight")},
}

// policyNote says whose the slots are in which two causes meet: dispatch has
// nothing of a thread that is squashed or gated, whatever its loads do.
const policyNote = " What a policy costs a thread is charged to the policy even while a load of the thread misses: squashed instructions and their refills are bad speculation, cycles in which the thread is gated are other threads'."

// stack sums the categories' shares into the parts.
func stack(shares []results.Number) []results.Number {
	sums := make([]results.Number, len(stackParts))
	for i := range shares {
		for k := range stackParts {
			if stackParts[k].has(&results.Categories[i]) {
				sums[k] += shares[i]
			}
		}
	}
	return sums
}

// stackLegend names the parts that can be seen.
func stackLegend(shown []bool) (legend []legendEntry) {
	for k := range stackParts {
		if shown[k] {
			legend = append(legend, legendEntry{label: stackParts[k].label, fill: &stackParts[k].fill})
		}
	}
	return legend
}

// topDown draws where the dispatch slots of each thread went.
func topDown(c *results.Comparison) *Figure {
	chart := &barChart{unit: "dispatch slots (%)", max: 1, percent: true}
	shown := make([]bool, len(stackParts))
	for i, label := range results.Labels(c.Runs) {
		r := c.Runs[i]
		first := len(chart.bars)
		for _, s := range r.Slots() {
			shares := results.TopDown(r, s.Thread)
			if s.Instructions == 0 || shares == nil {
				continue
			}
			name := fmt.Sprint(s.Thread)
			if s.Program != nil {
				name += " " + s.Program.Workload
			}
			b := bar{label: name}
			for k, v := range stack(shares) {
				p := &stackParts[k]
				shown[k] = shown[k] || v >= leastShown
				b.segments = append(b.segments, segment{float64(v), p.fill, fmt.Sprintf("%s, thread %s: %s %s %% (%s)", label, name, p.label, (100 * v).Text(1), p.doc)})
			}
			chart.bars = append(chart.bars, b)
		}
		if len(chart.bars) > first {
			chart.bars = slices.Insert(chart.bars, first, bar{label: label, heading: true})
		}
	}
	if len(chart.bars) == 0 {
		return nil
	}
	return &Figure{
		Name: "topdown", Title: "Where the dispatch slots of each thread went",
		Caption: "Share of the dispatch slots (width × cycles) of each thread while it was measured, in percent; a slot that another thread used is counted with the other threads where this one had an instruction for it." + policyNote,
		height:  chart.height, draw: chart.draw, legend: stackLegend(shown),
	}
}

// The programs of a figure of CPI stacks have CPIs of one magnitude: the greatest
// is at most so many times that of the least.
const cpiSpread = 8

// page is how many of the programs, which are in descending order of their
// CPI, one figure shows with so many rows for each.
func page(programs []*programStacks, rows int) int {
	n := 1
	for n < len(programs) && (n+1)*rows <= mostBars && programs[n].most() > programs[0].most()/cpiSpread {
		n++
	}
	return n
}

// cpiStacks draws the cycles per instruction of each program under each
// setting, on several figures where they are many or of several magnitudes.
func cpiStacks(v *view) (figures []*Figure, why string) {
	return v.bars("no run has the statistics threadN.slots.dispatch", func(g *group) (figures []*Figure) {
		rows := len(g.Settings)
		if families := g.families(); len(families) > 1 {
			rows += len(families) // headings
		}
		for programs := g.stacks(); len(programs) > 0; {
			n := page(programs, rows)
			f := g.finish(g.cpiFigure(programs[:n]))
			if len(figures) > 0 {
				f.Name += fmt.Sprintf("-page%d", len(figures)+1)
			}
			figures = append(figures, f)
			programs = programs[n:]
		}
		return figures
	})
}

// programStacks are the CPI stacks of a program, by setting; nil where it was
// not measured.
type programStacks struct {
	name  string
	mixes []string           // that it is in
	cpi   [][]results.Number // by setting, by part
	count []int              // runs of it, by setting
}

// stacks are those of each program in the mixes that every setting has, the
// mean over its runs: its instructions are equally many in all of them.
func (g *group) stacks() []*programStacks {
	byName := map[string]*programStacks{}
	var list []*programStacks
	for i, k := range g.Settings {
		if slices.Contains(g.Undefined, k) {
			continue
		}
		for _, mix := range g.Mixes {
			for _, r := range g.Runs(k, mix) {
				for _, s := range r.Slots() {
					shares := results.TopDown(r, s.Thread)
					if s.Program == nil || s.Instructions == 0 || shares == nil {
						continue
					}
					p := byName[s.Program.Workload]
					if p == nil {
						p = &programStacks{name: s.Program.Workload, cpi: make([][]results.Number, len(g.Settings)), count: make([]int, len(g.Settings))}
						byName[p.name] = p
						list = append(list, p)
					}
					if !slices.Contains(p.mixes, mix) {
						p.mixes = append(p.mixes, mix)
					}
					p.add(i, stack(shares), results.Ratio(s.Cycles, s.Instructions))
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b *programStacks) int {
		return cmp.Or(cmp.Compare(b.most(), a.most()), results.Natural(a.name, b.name))
	})
	return list
}

// most is the greatest CPI under any setting.
func (p *programStacks) most() (most results.Number) {
	for i, parts := range p.cpi {
		sum := results.Number(0)
		for _, v := range parts {
			sum += v
		}
		if parts != nil {
			most = max(most, sum/results.Number(p.count[i]))
		}
	}
	return most
}

func (p *programStacks) add(setting int, shares []results.Number, cpi results.Number) {
	if p.cpi[setting] == nil {
		p.cpi[setting] = make([]results.Number, len(stackParts))
	}
	for k, v := range shares {
		p.cpi[setting][k] += v * cpi
	}
	p.count[setting]++
}

func (g *group) cpiFigure(programs []*programStacks) *Figure {
	chart := &barChart{unit: "cycles per instruction"}
	shown := make([]bool, len(stackParts))
	var mixes []string
	for _, p := range programs {
		for _, mix := range p.mixes {
			if !slices.Contains(mixes, mix) {
				mixes = append(mixes, mix)
			}
		}
		chart.bars = append(chart.bars, bar{label: p.name, heading: true})
		g.rows(chart, func(i, _ int, label string) *bar {
			parts := p.cpi[i]
			if parts == nil {
				return nil
			}
			b := &bar{label: label}
			for k := range parts {
				v := parts[k] / results.Number(p.count[i])
				shown[k] = shown[k] || v >= leastShown
				b.segments = append(b.segments, segment{float64(v), stackParts[k].fill,
					fmt.Sprintf("%s, %s: %s %s cycles per instruction (%s)", p.name, g.labels[i], stackParts[k].label, v.Text(3), stackParts[k].doc)})
			}
			b.end = results.Number(b.total()).Text(2)
			return b
		})
	}
	return &Figure{
		Name: "cpi", Title: "CPI stack of each program",
		Caption:    "Cycles per instruction of each program, split by its thread's dispatch slots; arithmetic mean over the runs that it is in." + policyNote,
		Conditions: g.conditions(mixes, "with a program that is shown"),
		height:     chart.height, draw: chart.draw, legend: stackLegend(shown),
	}
}

package results

import (
	"fmt"
	"slices"
	"strings"
)

// Cause is an error and the runs that failed with it, in their order.
type Cause struct {
	Error string
	Runs  []*FailedRun
}

// Causes are those of all failed runs, in the order in which they occur.
func (s *Set) Causes() (list []Cause) {
	index := make(map[string]int) // by error
	for i := range s.Failed {
		f := &s.Failed[i]
		k, known := index[f.Error]
		if !known {
			k = len(list)
			index[f.Error] = k
			list = append(list, Cause{Error: f.Error})
		}
		list[k].Runs = append(list[k].Runs, f)
	}
	return list
}

// What counts the runs by mix, those of a program alone last: "18 runs of sort +
// crash and 6 of crash alone". When the mixes are many the first are named.
func (c *Cause) What() string {
	type mix struct {
		name string
		runs int
	}
	var mixes []mix
	index := make(map[string]int) // by name
	for _, alone := range []bool{false, true} {
		for _, f := range c.Runs {
			if f.Solo != alone {
				continue
			}
			name := f.Mix()
			if alone {
				name += " alone"
			}
			k, known := index[name]
			if !known {
				k = len(mixes)
				index[name] = k
				mixes = append(mixes, mix{name: name})
			}
			mixes[k].runs++
		}
	}
	const most = 5
	var parts []string
	for i, m := range mixes {
		if len(mixes) > most && i == most-1 {
			rest := 0
			for _, m := range mixes[i:] {
				rest += m.runs
			}
			parts = append(parts, fmt.Sprintf("%d of %d others", rest, len(mixes)-i))
			break
		}
		runs := fmt.Sprint(m.runs)
		if i == 0 {
			runs = Counted(m.runs, "run")
		}
		parts = append(parts, runs+" of "+m.name)
	}
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// Unmeasured is a program of which nothing was measured in runs of a mix
// (Record.Unmeasured), and in how many.
type Unmeasured struct {
	Workload, Mix string
	Runs          int
}

// Partly collects the runs that have measured only some of their programs. The
// zero value has none.
type Partly struct {
	Runs  int
	List  []Unmeasured // in the order in which they occur
	index map[Unmeasured]int
}

// Add takes a run.
func (p *Partly) Add(r *Record) {
	names := r.Unmeasured()
	if len(names) == 0 {
		return
	}
	p.Runs++
	mix := r.Mix()
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		u := Unmeasured{Workload: name, Mix: mix}
		k, known := p.index[u]
		if !known {
			if p.index == nil {
				p.index = make(map[Unmeasured]int)
			}
			k = len(p.List)
			p.index[u] = k
			p.List = append(p.List, u)
		}
		p.List[k].Runs++
	}
}

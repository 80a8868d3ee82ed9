package results

import "fmt"

// Exit is a program that ended with an exit code other than 0, and in how many
// runs. Such a run is valid, but the program may not have done what it was to.
type Exit struct {
	Workload string
	Code     int
	Runs     int
}

func (e Exit) String() string {
	return fmt.Sprintf("%s ended with exit code %d", e.Workload, e.Code)
}

// Exits collects such programs, in the order in which they occur. The zero value
// has none.
type Exits struct {
	List  []Exit
	index map[Exit]int // by program and code
}

// Add takes the programs of a run and answers with those that no run before had.
func (x *Exits) Add(r *Record) (first []Exit) {
	here := map[Exit]bool{}
	for i := range r.Programs {
		p := &r.Programs[i]
		if p.ExitCode == nil || *p.ExitCode == 0 {
			continue
		}
		e := Exit{Workload: p.Workload, Code: *p.ExitCode}
		if here[e] {
			continue
		}
		here[e] = true
		k, known := x.index[e]
		if !known {
			if x.index == nil {
				x.index = map[Exit]int{}
			}
			k = len(x.List)
			x.index[e] = k
			x.List = append(x.List, e)
			first = append(first, e)
		}
		x.List[k].Runs++
	}
	return first
}

// Exits are those of the set's runs, baselines among them.
func (s *Set) Exits() []Exit {
	var x Exits
	for _, list := range [][]*Record{s.Runs, s.Baselines} {
		for _, r := range list {
			x.Add(r)
		}
	}
	return x.List
}

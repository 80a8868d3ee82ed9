package results

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Set is many runs, as a store holds them: of any machines, disciplines and
// mixes, with the solo runs that their metrics need.
type Set struct {
	// Runs are those that were asked for, measured, in the order of the plan that
	// asked for them (Planned) or else of Sort.
	Runs    []*Record
	Planned bool
	// Baselines are the solo runs that were added for the metrics, in the order
	// of Sort.
	Baselines []*Record
	// Failed are the runs that left no record.
	Failed []FailedRun
	// Unplanned is how many runs were left out as no plan asks for them.
	Unplanned int
	// Missing is how many runs the plans ask for that have neither finished nor
	// failed; unknown (0) for a set of one model version.
	Missing int
	// Configurations are the machines of all runs, by digest.
	Configurations map[string]*Configuration
}

// FailedRun is a run that left no record.
type FailedRun struct {
	Identity
	Error string
	Solo  bool // nobody asked for it but the metrics of others
}

// record has what is known of the run.
func (f *FailedRun) record() *Record {
	r := &Record{Machine: f.Machine, Scheduler: f.Scheduler, Setup: f.Setup}
	for _, p := range f.Programs {
		r.Programs = append(r.Programs, Program{Workload: p.Workload, Digest: p.Digest})
	}
	return r
}

// asked are the runs that were asked for, also those that failed.
func (s *Set) asked() []*Record {
	list := s.Runs[:len(s.Runs):len(s.Runs)]
	for i := range s.Failed {
		if f := &s.Failed[i]; !f.Solo {
			list = append(list, f.record())
		}
	}
	return list
}

// Configuration is that of a run; nil when it is not known.
func (s *Set) Configuration(r *Record) *Configuration { return s.Configurations[r.Setup.Config] }

// Solo answers for what the measured range of program i of a run takes alone,
// in cycles, and for its solo run; undefined and nil where there is none.
type Solo interface {
	Cycles(r *Record, program int) Number
	Baseline(id Identity, program int) *Record
}

// Measure sets the metrics of every run.
func (s *Set) Measure(solo Solo) {
	for _, list := range [][]*Record{s.Runs, s.Baselines} {
		for _, r := range list {
			r.Metrics = measureBeside(r, solo)
		}
	}
}

// Unmeasured are the programs of which nothing was measured: they had ended
// before the measurement began, or committed nothing in it.
func (r *Record) Unmeasured() (workloads []string) {
	for i := range r.Programs {
		if r.Programs[i].Instructions == 0 {
			workloads = append(workloads, r.Programs[i].Workload)
		}
	}
	return workloads
}

// WithoutSolo is the number of runs that have no solo run to be compared with,
// or one that does not reach as far, and so no STP. Programs of several software
// threads are not compared so, also where one was measured before it made any.
func (s *Set) WithoutSolo() (n int) {
	parallel := s.parallel()
	for _, r := range s.Runs {
		for i, p := range r.Programs {
			if !parallel[p.Digest] && p.Instructions > 0 && !r.Metrics.Progress[i].Defined() {
				n++
				break
			}
		}
	}
	return n
}

// parallel are the programs, by digest, that ran as several software threads, if
// only alone.
func (s *Set) parallel() map[string]bool {
	of := make(map[string]bool)
	for _, r := range slices.Concat(s.Runs, s.Baselines) {
		for i := range r.Programs {
			if p := &r.Programs[i]; p.Threads > 1 {
				of[p.Digest] = true
			}
		}
	}
	return of
}

// Incomparable are the programs of runs that have no progress relative to running
// alone, each once, in the order of the runs: those of several software threads,
// which have none by nature (Metrics), and those without a solo run that reaches
// as far.
func (s *Set) Incomparable(runs []*Record) (parallel, withoutSolo []string) {
	several := s.parallel()
	note := func(list *[]string, workload string) {
		if !slices.Contains(*list, workload) {
			*list = append(*list, workload)
		}
	}
	for _, r := range runs {
		for i, p := range r.Programs {
			switch {
			case r.Metrics != nil && r.Metrics.Progress[i].Defined():
			case several[p.Digest]:
				note(&parallel, p.Workload)
			default:
				note(&withoutSolo, p.Workload)
			}
		}
	}
	return parallel, withoutSolo
}

// measureBeside computes the metrics of one run. One with a program of several
// software threads is compared by time alone (Metrics).
func measureBeside(r *Record, solo Solo) *Metrics {
	id := r.Identity()
	cycles := make([]Number, len(r.Programs))
	baselines := make([]*Record, len(r.Programs))
	byTime := false
	for i := range r.Programs {
		baselines[i], cycles[i] = solo.Baseline(id, i), Undefined
		if r.Programs[i].Threads > 1 || baselines[i] != nil && baselines[i].Programs[0].Threads > 1 {
			byTime = true
			continue
		}
		cycles[i] = solo.Cycles(r, i)
	}
	m := measure(r, cycles)
	if byTime {
		m.Speedup = timeSpeedup(r, baselines)
	}
	return &m
}

// Factor is a property in which the runs of a set differ, those that failed included.
type Factor struct {
	// Path is that of the configuration, or one of FactorMachine,
	// FactorScheduler, FactorContexts, FactorMix, FactorSeed.
	Path string
	// Values are at least two, in the order of the plan where the runs are, or else
	// in natural order.
	Values []string
}

// Factors that are no path of the configuration.
const (
	FactorMachine   = "machine"
	FactorScheduler = "scheduler"
	FactorContexts  = "contexts"
	FactorMix       = "mix"
	FactorSeed      = "seed"
)

// Value is what a run has at a factor's path.
func (s *Set) Value(r *Record, path string) string {
	switch path {
	case FactorMachine:
		return r.Machine
	case FactorScheduler:
		return r.Scheduler
	case FactorContexts:
		return strconv.Itoa(r.Setup.Contexts)
	case FactorMix:
		return r.Mix()
	case FactorSeed:
		return strconv.FormatUint(r.Setup.Seed, 10)
	}
	if c := s.Configuration(r); c != nil {
		return c.Values[path]
	}
	return ""
}

// Axes lists the paths of the configuration in which runs of the set differ, those
// that failed included, in natural order. Between machines of several names only those count in
// which two of the same name differ: what makes a machine is one factor.
func (s *Set) Axes() []string {
	differing := make(map[string]bool)
	first := make(map[string]*Configuration) // by machine
	seen := make(map[string]bool)
	for _, r := range s.asked() {
		c := s.Configuration(r)
		if c == nil || seen[r.Machine+"\x00"+r.Setup.Config] {
			continue
		}
		seen[r.Machine+"\x00"+r.Setup.Config] = true
		if first[r.Machine] == nil {
			first[r.Machine] = c
			continue
		}
		for _, d := range Differences(first[r.Machine], c) {
			// The machine's own discipline is that of no run but those that
			// name it, and they say so themselves.
			if d.Path != FactorScheduler {
				differing[d.Path] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(differing), Natural)
}

// Factors lists what the runs of the set differ in: machine, axes, scheduler,
// contexts, mix, seed.
func (s *Set) Factors() (list []Factor) {
	runs := s.asked()
	paths := slices.Concat([]string{FactorMachine}, s.Axes(), []string{FactorScheduler, FactorContexts, FactorMix, FactorSeed})
	for _, path := range paths {
		f := Factor{Path: path}
		seen := make(map[string]bool)
		for _, r := range runs {
			if v := s.Value(r, path); !seen[v] {
				seen[v] = true
				f.Values = append(f.Values, v)
			}
		}
		if len(seen) < 2 {
			continue
		}
		if !s.Planned {
			slices.SortFunc(f.Values, compareValues)
		}
		list = append(list, f)
	}
	return list
}

// Sort puts runs and baselines in their fixed order: by machine, by the values
// of the axes, scheduler, mix, contexts and seed; the run's key decides what is
// left.
func (s *Set) Sort() {
	axes := s.Axes()
	order := func(list []*Record) {
		keys := make(map[*Record]string, len(list))
		for _, r := range list {
			keys[r] = r.Key()
		}
		slices.SortFunc(list, func(a, b *Record) int {
			c := cmp.Compare(a.Machine, b.Machine)
			for _, path := range axes {
				c = cmp.Or(c, compareValues(s.Value(a, path), s.Value(b, path)))
			}
			return cmp.Or(c,
				Natural(a.Scheduler, b.Scheduler), Natural(a.Mix(), b.Mix()),
				cmp.Compare(a.Setup.Contexts, b.Setup.Contexts), cmp.Compare(a.Setup.Seed, b.Setup.Seed),
				cmp.Compare(keys[a], keys[b]))
		})
	}
	order(s.Runs)
	order(s.Baselines)
}

// SortRuns puts the runs, and those that failed, in the order of a plan, which says the place of each by
// its key: by setting, mix and seed, settings and mixes as they come in the plan.
func (s *Set) SortRuns(place map[string]int) {
	s.Planned = true
	settings, mixes := make(map[Setting]int), make(map[string]int)
	note := func(id Identity) int {
		at, ok := place[id.Key()]
		if !ok {
			at = len(place)
		}
		k, mix := id.Setting(), id.Mix()
		if first, ok := settings[k]; !ok || at < first {
			settings[k] = at
		}
		if first, ok := mixes[mix]; !ok || at < first {
			mixes[mix] = at
		}
		return at
	}
	failed := make(map[string]int, len(s.Failed))
	for i := range s.Failed {
		failed[s.Failed[i].Key()] = note(s.Failed[i].Identity)
	}
	slices.SortStableFunc(s.Failed, func(a, b FailedRun) int { return cmp.Compare(failed[a.Key()], failed[b.Key()]) })
	order := make(map[*Record][]int, len(s.Runs))
	for _, r := range s.Runs {
		order[r] = []int{note(r.Identity())}
	}
	for r, at := range order {
		order[r] = []int{settings[r.Setting()], mixes[r.Mix()], at[0]}
	}
	slices.SortStableFunc(s.Runs, func(a, b *Record) int { return slices.Compare(order[a], order[b]) })
}

// Setting is what a run was under, all but its programs and its seed: what an
// experiment compares.
type Setting struct {
	Machine, Config, Scheduler string
	Contexts                   int
}

// Setting is that of a run.
func (r *Record) Setting() Setting {
	return Setting{r.Machine, r.Setup.Config, r.Scheduler, r.Setup.Contexts}
}

// Setting is that of the run.
func (id Identity) Setting() Setting {
	return Setting{id.Machine, id.Setup.Config, id.Scheduler, id.Setup.Contexts}
}

// without is the setting on any number of contexts.
func (k Setting) without() Setting {
	k.Contexts = 0
	return k
}

// Settings lists the distinct settings of the runs, in their order.
func (s *Set) Settings() (list []Setting) {
	seen := make(map[Setting]bool)
	for _, r := range s.Runs {
		if k := r.Setting(); !seen[k] {
			seen[k] = true
			list = append(list, k)
		}
	}
	return list
}

// Unlike lists in what else than factors the runs differ: limits, the version of
// the model, what they saw, and the contents of a workload. Settings do not tell
// such runs apart, and what is averaged over them is of several experiments.
func (s *Set) Unlike() (list []string) {
	first := make(map[string]string)
	unlike := make(map[string]bool)
	note := func(name, value string) {
		if v, seen := first[name]; seen && v != value {
			unlike[name] = true
		}
		first[name] = value
	}
	for _, r := range s.Runs {
		p := &r.Setup
		for name, value := range map[string]any{
			"model": p.Model, "fast_forward": p.FastForward, "roi": p.ROI, "warmup": p.Warmup, "insts": p.Insts,
			"until": p.Until, "memory": p.Memory, "root": p.Root,
		} {
			note(name, fmt.Sprint(value))
		}
		for i := range r.Programs {
			note("contents of "+r.Programs[i].Workload, r.Programs[i].Digest)
		}
	}
	return slices.SortedFunc(maps.Keys(unlike), Natural)
}

// SettingLabels are short names of settings, unique among them: the machine's
// name, the values of the axes, the scheduler, each where the set has several, and the
// contexts where nothing else tells two apart. Axes in without are left out.
func (s *Set) SettingLabels(list []Setting, without ...string) []string {
	several := make(map[string]bool)
	for _, f := range s.Factors() {
		several[f.Path] = true
	}
	axes := s.Axes()
	short := s.newShortAxes(axes)
	names := s.SchedulerLabels(list)
	contexts := make(map[Setting]map[int]bool)
	for _, k := range list {
		if contexts[k.without()] == nil {
			contexts[k.without()] = make(map[int]bool)
		}
		contexts[k.without()][k.Contexts] = true
	}
	labels := make([]string, len(list))
	for i, k := range list {
		label := ""
		add := func(text string) {
			if label != "" {
				label += ", "
			}
			label += text
		}
		if several[FactorMachine] {
			add(k.Machine)
		}
		if c := s.Configurations[k.Config]; c != nil {
			for _, path := range axes {
				if slices.Contains(without, path) {
					continue
				}
				add(short.name[path] + "=" + short.value(path, c.Values[path]))
			}
		}
		if several[FactorScheduler] || label == "" {
			add(names[k.Scheduler])
		}
		if len(contexts[k.without()]) > 1 {
			add(Counted(k.Contexts, "context"))
		}
		labels[i] = label
	}
	return labels
}

// shortAxes are short names of axes and of their values, unique where the long
// ones are: rob.size for core.rob.size where no other table of the machine has a
// rob (cache and tlb both have an l2), and of a choice with parameters the name alone
// when that tells the values apart.
type shortAxes struct {
	name   map[string]string
	values map[string]map[string]string // by path; none where the whole values are needed
}

func (s *Set) newShortAxes(axes []string) shortAxes {
	short := shortAxes{make(map[string]string), make(map[string]map[string]string)}
	tables := make(map[string]map[string]bool) // those that have a part, by its name
	for _, c := range s.Configurations {
		for path := range c.Values {
			if table, part, _, ok := cutPart(path); ok {
				if tables[part] == nil {
					tables[part] = make(map[string]bool)
				}
				tables[part][table] = true
			}
		}
	}
	for _, path := range axes {
		short.name[path] = path
		if _, part, rest, ok := cutPart(path); ok && len(tables[part]) == 1 {
			short.name[path] = part + "." + rest
		}
		values, taken := make(map[string]string), make(map[string]bool)
		for _, c := range s.Configurations {
			v := c.Values[path]
			if _, known := values[v]; known {
				continue
			}
			name, _, _ := strings.Cut(v, ":")
			if taken[name] {
				values = nil
				break
			}
			values[v], taken[name] = name, true
		}
		short.values[path] = values
	}
	return short
}

// cutPart splits the path of what belongs to a part of a table: core, rob and size.
func cutPart(path string) (table, part, rest string, ok bool) {
	table, rest, _ = strings.Cut(path, ".")
	part, rest, ok = strings.Cut(rest, ".")
	return table, part, rest, ok
}

func (a *shortAxes) value(path, value string) string {
	if name, ok := a.values[path][value]; ok {
		return name
	}
	return value
}

// SchedulerLabels are short names of the schedulers of settings, as those of
// Labels, by what is canonical.
func (s *Set) SchedulerLabels(list []Setting) map[string]string {
	changes := make(map[string][]string)
	for _, r := range s.Runs {
		if len(r.SchedulerChanges) > 0 {
			changes[r.Scheduler] = r.SchedulerChanges
		}
	}
	names := make(map[string]string)
	var distinct []*Record
	for _, k := range list {
		if _, ok := names[k.Scheduler]; !ok {
			names[k.Scheduler] = ""
			distinct = append(distinct, &Record{Scheduler: k.Scheduler, SchedulerChanges: changes[k.Scheduler]})
		}
	}
	for i, label := range Labels(distinct) {
		names[distinct[i].Scheduler] = label
	}
	return names
}

package results

import (
	"slices"
	"strconv"
	"strings"
)

// Comparison is one set of programs under several disciplines.
type Comparison struct {
	Schema int `json:"schema"`
	// Command reproduces the comparison.
	Command string `json:"command"`
	// Mix names the programs, in order.
	Mix []string `json:"mix"`
	// Runs has one record per discipline, every program on its own context.
	Runs []*Record `json:"runs"`
	// Baselines has one record per distinct program: it alone on the same
	// machine, from the warm-up on.
	Baselines []*Record `json:"baselines"`
	// Scaling has runs of the first k programs of the mix (repeated in order
	// when there are more threads than programs), by discipline and k. The
	// run with all programs is not repeated when it is among Runs. When a
	// program has several software threads it is always the whole mix, on k
	// hardware threads.
	Scaling []*Record `json:"scaling"`
	// Canceled is set when the comparison was interrupted: what is here had
	// finished.
	Canceled bool `json:"canceled,omitempty"`
	// Failures are what went wrong: errors that left no record, and programs
	// that a signal killed.
	Failures []Failure `json:"failures,omitempty"`
	// Configuration is the machine's canonical TOML.
	Configuration string `json:"configuration"`
}

// Failure is an error of one run.
type Failure struct {
	Scheduler string   `json:"scheduler"`
	Programs  []string `json:"programs"`
	Error     string   `json:"error"`
}

// Measure sets the metrics of every record. solo answers for a program's
// digest; nil when its solo run is missing.
func (c *Comparison) Measure(solo func(digest string) *Curve) {
	parallel := c.parallel()
	for _, r := range c.records() {
		curves := make([]*Curve, len(r.Programs))
		alone := make([]*Record, len(r.Programs))
		byTime := false
		for i, p := range r.Programs {
			alone[i] = c.Baseline(p.Digest)
			if parallel[p.Digest] {
				byTime = true
			} else {
				curves[i] = solo(p.Digest)
			}
		}
		m := Measure(r, curves)
		if byTime {
			m.Speedup = timeSpeedup(r, alone)
		}
		r.Metrics = &m
	}
}

// Baseline is the solo run of the program with the digest, nil if there is
// none.
func (c *Comparison) Baseline(digest string) *Record {
	for _, r := range c.Baselines {
		if len(r.Programs) == 1 && r.Programs[0].Digest == digest {
			return r
		}
	}
	return nil
}

// Point is what k threads do under one discipline: the throughput of k
// programs or, in a Parallel comparison, the speedup of the mix on k hardware
// threads.
type Point struct {
	Threads int
	Value   Number
}

// ScalingOf lists the points of one of the disciplines in the order of k, from
// the scaling runs and the run of the whole mix.
func (c *Comparison) ScalingOf(scheduler string) []Point {
	parallel := c.Parallel()
	var points []Point
	for _, r := range slices.Concat(c.Runs, c.Scaling) {
		if r.Scheduler != scheduler {
			continue
		}
		p := Point{len(r.Programs), Throughput(r)}
		if parallel {
			p = Point{r.Setup.Contexts, Undefined}
			if r.Metrics != nil {
				p.Value = r.Metrics.Speedup
			}
		}
		points = slices.DeleteFunc(points, func(o Point) bool { return o.Threads == p.Threads })
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b Point) int { return a.Threads - b.Threads })
	return points
}

// Labels are short names of the disciplines of records, unique among them:
// the scheduler's name with the parameters that have not their defaults or in
// which namesakes differ.
func Labels(records []*Record) []string {
	labels := make([]string, len(records))
	for i, r := range records {
		name, args := splitScheduler(r.Scheduler)
		labels[i] = name
		var telling []string
		for k, arg := range args {
			if slices.Contains(r.SchedulerChanges, arg) || distinguishes(records, name, k, arg) {
				telling = append(telling, arg)
			}
		}
		if len(telling) > 0 {
			labels[i] += ":" + strings.Join(telling, ",")
		}
	}
	return labels
}

// distinguishes reports whether some record of the same scheduler has another
// k-th argument.
func distinguishes(records []*Record, name string, k int, arg string) bool {
	for _, r := range records {
		n, args := splitScheduler(r.Scheduler)
		if n == name && (k >= len(args) || args[k] != arg) {
			return true
		}
	}
	return false
}

func splitScheduler(spec string) (name string, args []string) {
	name, list, ok := strings.Cut(spec, ":")
	if ok && list != "" {
		args = strings.Split(list, ",")
	}
	return name, args
}

// Counted is a number of things: "1 thread", "2 threads".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// ShortNumber writes a count with a unit prefix, to three or four digits:
// 1.25 M.
func ShortNumber(n uint64) string {
	unit, prefix := uint64(1), ""
	switch {
	case n >= 1_000_000_000:
		unit, prefix = 1_000_000_000, " G"
	case n >= 1_000_000:
		unit, prefix = 1_000_000, " M"
	case n >= 100_000:
		unit, prefix = 1_000, " k"
	}
	decimals := 0
	if n%unit != 0 {
		decimals = 2
		if n >= 100*unit {
			decimals = 0
		} else if n >= 10*unit {
			decimals = 1
		}
	}
	return strconv.FormatFloat(float64(n)/float64(unit), 'f', decimals, 64) + prefix
}

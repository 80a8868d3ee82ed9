package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/workloads"
	"golang.org/x/sync/errgroup"
)

// Layout is a plan laid out: its runs in a fixed order, all of which can be
// simulated. A run is a number; what it is follows from it, so that a hundred
// thousand of them take little room.
//
// The order is by the points of the axes, the first axis slowest, then by seed,
// mix and scheduler, so that neighbours share their solo runs.
type Layout struct {
	*Plan
	points   []point
	programs []*workloads.Program // different ones, in the order of the mixes
	mixes    [][]int              // the programs of each mix
}

// point is a configuration of the plan.
type point struct {
	config string          // digest
	shapes []machine.Shape // by scheduler; the last one is that of the solo runs
}

// Coordinates say which run of a plan one is.
type Coordinates struct {
	Point, Seed, Mix, Scheduler int
}

// NewLayout lays a plan out. The error has a line for each thing that cannot be
// simulated, up to some number of them.
func NewLayout(ctx context.Context, p *Plan) (*Layout, error) {
	l := &Layout{Plan: p}
	l.indexPrograms()
	faults, err := l.layOut(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(faults) > 0:
		return nil, errors.Join(l.joined(faults)...)
	}
	return l, l.twice()
}

// layOut makes the points of the axes, and finds what cannot be simulated at
// each of them, in their order.
func (l *Layout) layOut(ctx context.Context) (faults []pointFault, err error) {
	total := 1
	for i := range l.Axes {
		if total *= len(l.Axes[i].Values); total > mostRuns {
			return nil, fmt.Errorf("%s: the axes have more than %d points", l.File, mostRuns)
		}
	}
	runs := total
	for _, n := range []int{len(l.Seeds), len(l.Mixes), l.numSchedulers()} {
		if runs *= n; runs > mostRuns {
			return nil, fmt.Errorf("%s: the plan has more than %d runs: points %d, seeds %d, mixes %d, schedulers %d",
				l.File, mostRuns, total, len(l.Seeds), len(l.Mixes), l.numSchedulers())
		}
	}
	l.points = make([]point, total)
	workers := runtime.GOMAXPROCS(0)
	found := make([][]pointFault, workers)
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			found[w] = l.layOutPart(ctx, total*w/workers, total*(w+1)/workers)
			return ctx.Err()
		})
	}
	err = g.Wait()
	return slices.Concat(found...), err
}

// mostRuns bounds a plan.
const mostRuns = 10_000_000

// indexPrograms lists the different programs of the mixes. One that goes by
// several names has the first of them where it runs alone.
func (l *Layout) indexPrograms() {
	index := map[string]int{}
	for i := range l.Mixes {
		var mix []int
		for _, p := range l.Mixes[i].Programs {
			k, ok := index[p.Digest]
			if !ok {
				k = len(l.programs)
				index[p.Digest] = k
				l.programs = append(l.programs, p)
			}
			mix = append(mix, k)
		}
		l.mixes = append(l.mixes, mix)
	}
}

// scheduler is the i-th of the plan, or the machine's own.
func (l *Layout) scheduler(i int, c *machine.Config) string {
	if len(l.Schedulers) == 0 {
		return c.Discipline()
	}
	return l.Schedulers[i]
}

func (l *Layout) numSchedulers() int { return max(len(l.Schedulers), 1) }

// Len is the number of runs.
func (l *Layout) Len() int { return len(l.points) * len(l.Seeds) * len(l.Mixes) * l.numSchedulers() }

// At says which run the i-th is.
func (l *Layout) At(i int) (c Coordinates) {
	c.Scheduler = i % l.numSchedulers()
	i /= l.numSchedulers()
	c.Mix = i % len(l.Mixes)
	i /= len(l.Mixes)
	c.Seed = i % len(l.Seeds)
	c.Point = i / len(l.Seeds)
	return c
}

// digits are the values of the axes at a point, by their numbers.
func (l *Layout) digits(point int) []int {
	d := make([]int, len(l.Axes))
	for i := len(l.Axes) - 1; i >= 0; i-- {
		n := len(l.Axes[i].Values)
		d[i] = point % n
		point /= n
	}
	return d
}

// Config is the configuration at a point.
func (l *Layout) Config(point int) *machine.Config {
	c := l.Base
	for i, d := range l.digits(point) {
		c = l.moved(c, i, d)
	}
	return c
}

// moved is a configuration with the d-th value of an axis.
func (l *Layout) moved(c *machine.Config, axis, d int) *machine.Config {
	a := &l.Axes[axis]
	c = c.Clone()
	for k, path := range a.Paths {
		if err := c.Assign(path, a.Values[d][k], l.File); err != nil {
			panic(err) // ReadPlan has assigned it
		}
	}
	return c
}

// Setting is a path with its value at a point of the axes.
type Setting struct {
	Path, Value string
}

// Settings are the values of the axes at a point.
func (l *Layout) Settings(point int) (list []Setting) {
	for i, d := range l.digits(point) {
		for k, path := range l.Axes[i].Paths {
			list = append(list, Setting{path, l.Axes[i].Values[d][k].Text})
		}
	}
	return list
}

// label names a point: path=value, ….
func (l *Layout) label(point int) string {
	return l.labelBy(point, func(axis int) bool { return true })
}

// labelBy names a point by some of the axes.
func (l *Layout) labelBy(point int, axis func(int) bool) string {
	var parts []string
	for i, d := range l.digits(point) {
		for k, path := range l.Axes[i].Paths {
			if axis(i) {
				parts = append(parts, path+"="+l.Axes[i].Values[d][k].Text)
			}
		}
	}
	return strings.Join(parts, ", ")
}

// LabelOf names the point with a configuration, by its digest: path=value, ….
func (l *Layout) LabelOf(config string) string {
	for i := range l.points {
		if l.points[i].config == config {
			return l.label(i)
		}
	}
	return ""
}

// layOutPart validates and names the configurations of some points.
func (l *Layout) layOutPart(ctx context.Context, from, to int) (faults []pointFault) {
	v := machine.NewVariants()
	var last []int
	configs := make([]*machine.Config, len(l.Axes)+1) // the base, then after each axis
	configs[0] = l.Base
	for i := from; i < to && ctx.Err() == nil; i++ {
		digits := l.digits(i)
		for k := range digits {
			if last == nil || !slices.Equal(last[:k+1], digits[:k+1]) {
				configs[k+1] = l.moved(configs[k], k, digits[k])
			}
		}
		last = digits
		p, wrong := l.newPoint(v, configs[len(l.Axes)])
		for _, f := range wrong {
			f.point = i
			faults = append(faults, f)
		}
		if i > from && slices.Equal(p.shapes, l.points[i-1].shapes) {
			p.shapes = l.points[i-1].shapes
		}
		l.points[i] = p
	}
	return faults
}

// newPoint finds out what runs are on a configuration, or what is wrong with
// it.
func (l *Layout) newPoint(v *machine.Variants, c *machine.Config) (p point, faults []pointFault) {
	contexts := cmp.Or(l.Threads, c.Threads)
	faults = l.tooWide(c, contexts)
	fail := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		faults = append(faults, pointFault{text: text, what: text})
	}
	if errs := v.Validate(c, c.Threads); errs != nil {
		for _, err := range errs {
			fail("%v", err)
		}
		return p, faults
	}
	valid := map[int]bool{c.Threads: true}
	validate := func(contexts int) {
		if !valid[contexts] {
			valid[contexts] = true
			for _, err := range v.Validate(c, contexts) {
				fail("%s: %v", l.File, err)
			}
		}
	}
	validate(contexts)
	validate(1) // of a program alone
	for i := range l.numSchedulers() {
		shape, err := v.Shape(c, l.scheduler(i, c), l.Threads)
		if err != nil {
			fail("%s: %v", l.File, err)
			continue
		}
		p.shapes = append(p.shapes, shape)
		validate(shape.Contexts)
	}
	solo, err := v.Shape(c, single, 1)
	if err != nil {
		fail("%s: a program alone: %v", l.File, err)
	}
	p.shapes = append(p.shapes, solo)
	p.config = v.Digest(c)
	return p, faults
}

func isSingle(spec string) bool { return spec == single || strings.HasPrefix(spec, single+":") }

// twice finds two points that are one machine.
func (l *Layout) twice() error {
	first := make(map[string]int, len(l.points))
	for i := range l.points {
		if k, ok := first[l.points[i].config]; ok {
			return fmt.Errorf("%s: %s and %s are the same machine", l.File, l.label(k), l.label(i))
		}
		first[l.points[i].config] = i
	}
	return nil
}

// job is what the i-th run simulates, without its configuration.
func (l *Layout) job(c Coordinates) machine.Job {
	return machine.Job{
		Scheduler: l.points[c.Point].shapes[c.Scheduler].Scheduler, Programs: l.Mixes[c.Mix].Programs, Threads: l.Threads,
		Limits: l.Limits, Guest: l.Guest, Seed: l.Seeds[c.Seed], Intervals: machine.Intervals{Every: l.Interval},
	}
}

// Identity is that of the i-th run.
func (l *Layout) Identity(i int) results.Identity {
	c := l.At(i)
	p := &l.points[c.Point]
	job := l.job(c)
	return l.identity(p, &job, p.shapes[c.Scheduler])
}

func (l *Layout) identity(p *point, job *machine.Job, shape machine.Shape) results.Identity {
	id := results.Identity{
		Machine: l.Base.Name, Scheduler: shape.Scheduler,
		Setup: newSetup(job, p.config, shape.Contexts, shape.Width),
	}
	for _, program := range job.Programs {
		id.Programs = append(id.Programs, results.ProgramID{Workload: program.Spec, Digest: program.Digest})
	}
	return id
}

// solo is a program alone: on the configuration of a point, with a seed.
type solo struct {
	point, seed, program int
}

// soloJob is what a solo run simulates, without its configuration.
func (l *Layout) soloJob(s solo) machine.Job {
	return machine.Job{
		Scheduler: single, Programs: []*workloads.Program{l.programs[s.program]}, Threads: 1,
		Limits: l.Limits, Guest: l.Guest, Seed: l.Seeds[s.seed], Curve: true,
	}
}

// soloIdentity is that of a solo run.
func (l *Layout) soloIdentity(s solo) results.Identity {
	p := &l.points[s.point]
	job := l.soloJob(s)
	return l.identity(p, &job, p.shapes[len(p.shapes)-1])
}

// solos are the solo runs that the i-th run is measured against.
func (l *Layout) solos(i int) (list []solo) {
	c := l.At(i)
	for _, program := range l.mixes[c.Mix] {
		if s := (solo{c.Point, c.Seed, program}); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// Shard is one of equal parts of a plan: neighbours in its order. The zero
// value is the whole.
type Shard struct {
	Number, Of int // from 1
}

// Range are the runs of the shard, from the first to before the second number.
func (s Shard) Range(runs int) (from, to int) {
	if s.Of == 0 {
		return 0, runs
	}
	return runs * (s.Number - 1) / s.Of, runs * s.Number / s.Of
}

// mostShards keeps the places of shards in a plan within an int.
const mostShards = 1_000_000

// ParseShard reads i/n.
func ParseShard(text string) (s Shard, err error) {
	if n, err := fmt.Sscanf(text+" ", "%d/%d ", &s.Number, &s.Of); n != 2 || err != nil || s.Number < 1 || s.Number > s.Of || s.Of > mostShards || fmt.Sprintf("%d/%d", s.Number, s.Of) != text {
		return Shard{}, fmt.Errorf("%q is no shard: i/n is the i-th of n, from 1/n to n/n, and n is at most %d", text, mostShards)
	}
	return s, nil
}

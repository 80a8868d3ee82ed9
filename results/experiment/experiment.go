// Package experiment runs simulations and records what they measured: one
// run, a comparison of disciplines on the same programs, or a sweep, which is a
// plan's matrix of runs in a store.
//
// A comparison is a set of independent simulations: every distinct program
// alone (the baselines that speedup, STP, ANTT and fairness need), the mix
// under each discipline, and its first k programs on k contexts for the curve
// of throughput over threads; when a program has several software threads, the
// mix on k contexts, for that of speedup. They begin in this order on a pool of workers,
// longest first in each group, so that an interrupted comparison has what the
// others are measured against. Parallelism is between simulations and never
// inside one, so the result does not depend on the number of workers.
//
// What a discipline measures of a program may lie beyond its own warm-up and
// length, since a program runs on while slower ones warm up. So the
// simulations of the baselines are kept, and go on at the end as far as the
// mixes have gone.
package experiment

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/results"
	"golang.org/x/sync/errgroup"
)

// Progress is how far a set of simulations is.
type Progress struct {
	Done, Total int
	Run         string // the one that is just over; empty at the start
	Failed      error  // why it left no record; nil when it did
	// Work and TotalWork say the same in expected work, which tells how long
	// the rest takes; 0 when it is not known.
	Work, TotalWork int
	// Exits are programs that have ended with an exit code other than 0, each
	// once; of sweeps alone.
	Exits []results.Exit
}

// task is one piece of work of the pool.
type task struct {
	name   string
	rank   int // lower ones begin first
	weight int // of the same rank, longer ones have more and begin first
	do     func(context.Context) error
	after  []*task // that are over, well or not, before it begins
	err    error

	place   int // in the order of those that were given
	waiting int // of after, those that are not over
	next    []*task
}

// pool does tasks on a number of workers.
type pool struct {
	jobs     int // 0: one for each host core
	progress func(Progress)
	draw     func(n int) int // below n, in which processes differ; nil: a random one

	mu              sync.Mutex
	done, total     int
	work, totalWork int // by weight; 0: weights are no measure of it
}

// start announces how many tasks there will be.
func (p *pool) start(total int) {
	p.total = total
	if p.progress != nil {
		p.progress(Progress{Total: total, TotalWork: p.totalWork})
	}
}

// errTwice is the error of a task that was well done, and by another process
// meanwhile, too.
var errTwice = errors.New("done by another process, too")

// run does the tasks, by rank and heaviest first as far as they need not wait
// for one another, and leaves each one's error in it. A canceled context ends
// those that run, and no other begins. After one that was done twice they go on
// elsewhere: processes that do the same tasks in the same order would all do
// each of them.
func (p *pool) run(ctx context.Context, tasks []*task) {
	q := newQueue(tasks)
	draw := p.draw
	if draw == nil {
		draw = rand.IntN
	}
	var g errgroup.Group
	for range min(p.workers(), len(tasks)) {
		g.Go(func() error {
			for t := q.take(); t != nil; t = q.take() {
				if t.err = ctx.Err(); t.err == nil {
					t.err = guard(ctx, t.do)
				}
				if errors.Is(t.err, errTwice) {
					t.err = nil
					q.leap(draw)
				}
				if !canceled(t.err) {
					p.finished(t)
				}
				q.over(t)
			}
			return nil
		})
	}
	_ = g.Wait() // the tasks keep their errors
}

// queue hands out tasks when what they wait for is over.
type queue struct {
	mu    sync.Mutex
	more  sync.Cond // a task is ready, or none is left
	ready ready
	left  int // not handed out
}

func newQueue(tasks []*task) *queue {
	q := &queue{left: len(tasks)}
	q.more.L = &q.mu
	for i, t := range tasks {
		t.place, t.waiting = i, len(t.after)
		for _, before := range t.after {
			before.next = append(before.next, t)
		}
	}
	for _, t := range tasks {
		if t.waiting == 0 {
			q.ready.list = append(q.ready.list, t)
		}
	}
	heap.Init(&q.ready)
	return q
}

// take is the next task, as soon as one is ready; nil when none is left.
func (q *queue) take() *task {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready.list) == 0 && q.left > 0 {
		q.more.Wait()
	}
	if q.left == 0 {
		return nil
	}
	if q.left--; q.left == 0 {
		q.more.Broadcast()
	}
	return heap.Pop(&q.ready).(*task)
}

// leap goes on at a place drawn from what is ready, and comes to what is before
// that place last. Tasks that are to be done soon stay first.
func (q *queue) leap(draw func(n int) int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ranks []int
	for _, t := range q.ready.list {
		if t.rank > soon {
			ranks = append(ranks, t.rank)
		}
	}
	if len(ranks) == 0 {
		return
	}
	slices.Sort(ranks)
	q.ready.from = ranks[draw(len(ranks))]
	heap.Init(&q.ready)
}

// over lets those begin that waited for a task alone.
func (q *queue) over(t *task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, next := range t.next {
		if next.waiting--; next.waiting == 0 {
			heap.Push(&q.ready, next)
			q.more.Signal()
		}
	}
	t.do, t.after, t.next = nil, nil, nil
}

// soon is the rank of tasks that begin before others, whenever they are ready.
const soon = -1

// ready are tasks as a heap, the next one first: those of ranks below from are
// after all others, but for those that are to be done soon.
type ready struct {
	list []*task
	from int
}

func (r *ready) Len() int { return len(r.list) }
func (r *ready) Less(i, j int) bool {
	a, b := r.list[i], r.list[j]
	return cmp.Or(cmp.Compare(r.round(a), r.round(b)), cmp.Compare(a.rank, b.rank), cmp.Compare(b.weight, a.weight), cmp.Compare(a.place, b.place)) < 0
}

// round is 1 for a task that is left for the end, 0 for others.
func (r *ready) round(t *task) int {
	if t.rank > soon && t.rank < r.from {
		return 1
	}
	return 0
}

func (r *ready) Swap(i, j int) { r.list[i], r.list[j] = r.list[j], r.list[i] }
func (r *ready) Push(t any)    { r.list = append(r.list, t.(*task)) }
func (r *ready) Pop() any {
	last := len(r.list) - 1
	t := r.list[last]
	r.list = r.list[:last]
	return t
}

func (p *pool) workers() int {
	if p.jobs > 0 {
		return p.jobs
	}
	return runtime.GOMAXPROCS(0)
}

func (p *pool) finished(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	r := Progress{Done: p.done, Total: p.total, Run: t.name, Failed: t.err}
	if p.totalWork > 0 {
		p.work += t.weight
		r.Work, r.TotalWork = p.work, p.totalWork
	}
	if p.progress != nil {
		p.progress(r)
	}
}

// canceled reports whether a task ended because it was told to.
func canceled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// guard turns a panic, which is a bug of the simulator, into an error with
// its place, so that one run cannot take the finished ones with it.
func guard(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("bug in the simulator: %v (%s)", r, panicked())
		}
	}()
	return do(ctx)
}

// panicked is the file and line of the function that panicked, to be called
// from the deferred function that recovers.
func panicked() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	unwinding := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			unwinding = true
		case unwinding && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "place unknown"
		}
	}
}

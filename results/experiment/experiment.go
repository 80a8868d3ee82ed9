// Package experiment runs simulations and records what they measured: one
// run, or a comparison of disciplines on the same programs.
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
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Progress is how far a set of simulations is.
type Progress struct {
	Done, Total int
	Run         string // the one that has just finished; empty at the start
}

// task is one piece of work of the pool.
type task struct {
	name   string
	rank   int // lower ones begin first
	weight int // of the same rank, longer ones have more and begin first
	do     func(context.Context) error
	err    error
}

// countdown lets goroutines wait until a number of things have been done.
type countdown struct {
	left atomic.Int64
	over chan struct{}
}

// start makes it wait for n things, at least 1.
func (c *countdown) start(n int) {
	c.left.Store(int64(n))
	c.over = make(chan struct{})
}

func (c *countdown) done() {
	if c.left.Add(-1) == 0 {
		close(c.over)
	}
}

// wait returns when all is done, or with ctx's error before.
func (c *countdown) wait(ctx context.Context) error {
	select {
	case <-c.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pool does tasks on a number of workers.
type pool struct {
	jobs     int // 0: one for each host core
	progress func(Progress)

	mu          sync.Mutex
	done, total int
}

// start announces how many tasks there will be.
func (p *pool) start(total int) {
	p.total = total
	if p.progress != nil {
		p.progress(Progress{Total: total})
	}
}

// run does the tasks, by rank and heaviest first, and leaves each one's error in it. A
// canceled context ends those that run, and no other begins.
func (p *pool) run(ctx context.Context, tasks []*task) {
	order := slices.Clone(tasks)
	slices.SortStableFunc(order, func(a, b *task) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.weight, a.weight))
	})
	var g errgroup.Group
	g.SetLimit(p.workers())
	for _, t := range order {
		g.Go(func() error {
			if t.err = ctx.Err(); t.err == nil {
				t.err = guard(ctx, t.do)
			}
			if !canceled(t.err) {
				p.finished(t.name)
			}
			return nil
		})
	}
	_ = g.Wait() // the tasks keep their errors
}

func (p *pool) workers() int {
	if p.jobs > 0 {
		return p.jobs
	}
	return runtime.GOMAXPROCS(0)
}

func (p *pool) finished(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.progress != nil {
		p.progress(Progress{p.done, p.total, name})
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

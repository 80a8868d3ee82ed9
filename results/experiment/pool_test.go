package experiment

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// One worker takes those of the lowest rank first, of them the heaviest; a failing and a panicking task leave
// their errors and stop no other.
func TestPool(t *testing.T) {
	var order []string
	var index []int
	failure := errors.New("failed")
	add := func(name string, rank, weight int, err error) *task {
		return &task{name: name, rank: rank, weight: weight, do: func(context.Context) error {
			order = append(order, name)
			if name == "panics" {
				_ = index[len(order)]
			}
			return err
		}}
	}
	tasks := []*task{add("light", 0, 1, nil), add("later", 1, 9, nil), add("heavy", 0, 3, failure), add("panics", 0, 2, nil), add("light too", 0, 1, nil)}
	var reports []Progress
	p := pool{jobs: 1, progress: func(r Progress) { reports = append(reports, r) }}
	p.start(len(tasks))
	p.run(t.Context(), tasks)
	if want := []string{"heavy", "panics", "light", "light too", "later"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if tasks[2].err != failure || tasks[0].err != nil || tasks[4].err != nil {
		t.Errorf("errors: %v, %v, %v", tasks[0].err, tasks[2].err, tasks[4].err)
	}
	if msg := tasks[3].err; msg == nil || !strings.Contains(msg.Error(), "index out of range") || !strings.Contains(msg.Error(), "pool_test.go:") {
		t.Errorf("error of the panic: %v", msg)
	}
	if len(reports) != 6 || !reflect.DeepEqual(reports[0], Progress{Total: 5}) || !reflect.DeepEqual(reports[5], Progress{Done: 5, Total: 5, Run: "later"}) {
		t.Errorf("reports: %v", reports)
	}
}

// What has finished when the context is canceled stays, and nothing begins.
func TestPoolCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	first := &task{name: "first", weight: 2, do: func(context.Context) error { cancel(); return nil }}
	second := &task{name: "second", do: func(context.Context) error { t.Error("began"); return nil }}
	p := pool{jobs: 1}
	p.run(ctx, []*task{first, second})
	if first.err != nil || !canceled(second.err) || p.done != 1 {
		t.Errorf("%v, %v, %d done", first.err, second.err, p.done)
	}
}

// A task begins when all that it is after are over, failed ones too, and then
// in its turn; with many workers as well, and when the context is canceled.
func TestPoolOrder(t *testing.T) {
	for _, jobs := range []int{1, 8} {
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		begun := map[string]int{}
		add := func(name string, rank int, err error, after ...*task) *task {
			return &task{name: name, rank: rank, after: after, do: func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				begun[name] = len(begun)
				if name == "last" {
					cancel()
				}
				return err
			}}
		}
		a, b := add("a", 5, errors.New("failed")), add("b", 6, nil)
		ab := add("ab", 0, nil, a, b)
		c := add("c", 7, nil)
		last := add("last", 0, nil, ab, c)
		never := add("never", 0, nil, last)
		p := pool{jobs: jobs}
		p.run(ctx, []*task{never, last, c, ab, b, a})
		if begun["ab"] < max(begun["a"], begun["b"]) || begun["last"] != 4 || len(begun) != 5 || !canceled(never.err) {
			t.Errorf("%d workers: begun %v, error %v", jobs, begun, never.err)
		}
		if jobs == 1 && begun["c"] < begun["ab"] {
			t.Errorf("begun %v: ab has the lower rank", begun)
		}
	}
}

func TestPoolWork(t *testing.T) {
	var last Progress
	p := pool{jobs: 1, totalWork: 7, progress: func(r Progress) { last = r }}
	p.start(2)
	nothing := func(context.Context) error { return nil }
	p.run(t.Context(), []*task{{name: "a", weight: 5, do: nothing}, {name: "b", weight: 2, do: nothing}})
	if !reflect.DeepEqual(last, Progress{Done: 2, Total: 2, Run: "b", Work: 7, TotalWork: 7}) {
		t.Errorf("%+v", last)
	}
}

// After a leap the tasks from the place that was drawn come first, and those
// before it last, in the same order; what is to be done soon stays first.
func TestQueueLeap(t *testing.T) {
	var tasks []*task
	for rank := range 6 {
		tasks = append(tasks, &task{rank: rank})
	}
	late := &task{rank: soon, after: tasks[4:5]}
	q := newQueue(append(tasks, late))
	q.over(q.take())
	q.leap(func(n int) int { return n - 2 })
	var order []int
	for range 6 {
		next := q.take()
		order = append(order, next.rank)
		q.over(next)
	}
	if want := []int{4, soon, 5, 1, 2, 3}; !slices.Equal(order, want) {
		t.Errorf("order %d, want %d", order, want)
	}
}

// Processes that do the same tasks in step do few of them twice, however many
// they are.
func TestQueuesInStep(t *testing.T) {
	const tasks = 100
	for processes := 2; processes <= 4; processes++ {
		queues := make([]*queue, processes)
		for i := range queues {
			var list []*task
			for rank := range tasks {
				list = append(list, &task{rank: rank})
			}
			queues[i] = newQueue(list)
		}
		stored := make(map[int]bool)
		runs := 0
		for len(stored) < tasks {
			under := make([]*task, processes) // way
			for i, q := range queues {
				for q.left > 0 && under[i] == nil {
					if next := q.take(); !stored[next.rank] {
						under[i] = next
					}
				}
			}
			for i, next := range under {
				if next == nil {
					continue
				}
				runs++
				if stored[next.rank] {
					queues[i].leap(func(n int) int { return n * (i + 1) / (processes + 1) })
				}
				stored[next.rank] = true
			}
		}
		if most := tasks + 8*processes; runs > most {
			t.Errorf("%d processes: %d runs of %d tasks, want at most %d", processes, runs, tasks, most)
		}
	}
}

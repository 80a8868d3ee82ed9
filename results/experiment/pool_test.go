package experiment

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	if len(reports) != 6 || reports[0] != (Progress{0, 5, ""}) || reports[5] != (Progress{5, 5, "later"}) {
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

package calendar

import (
	"sort"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"
)

// The calendar against a stable sort by time.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type ev struct{ when, id uint64 }
		c := New[uint64](64)
		var model []ev
		now, id := uint64(0), uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			for range rapid.IntRange(0, 6).Draw(t, "inserts") {
				// Past, zero, within the window and beyond it.
				d := rapid.OneOf(rapid.IntRange(-3, 5), rapid.IntRange(0, 63), rapid.IntRange(60, 400)).Draw(t, "delay")
				when := uint64(max(0, int(now)+d))
				id++
				c.At(now, when, id)
				model = append(model, ev{max(when, now), id})
			}
			sort.SliceStable(model, func(i, j int) bool { return model[i].when < model[j].when })
			want := Never
			if len(model) > 0 {
				want = model[0].when
			}
			if c.Next() != want {
				t.Fatalf("Next() = %d, want %d", c.Next(), want)
			}
			now += uint64(rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 200)).Draw(t, "skip"))
			for {
				v, when, ok := c.Pop(now)
				if !ok {
					break
				}
				if len(model) == 0 || model[0].id != v || model[0].when != when {
					t.Fatalf("popped event %d at %d, model has %v", v, when, model)
				}
				model = model[1:]
			}
			if len(model) > 0 && model[0].when <= now {
				t.Fatalf("event %v is due at %d and was not popped", model[0], now)
			}
		}
	})
}

// An event scheduled while its own cycle is being processed is processed in
// that cycle, after those already there.
func TestSameCycle(t *testing.T) {
	c := New[int](64)
	c.At(0, 5, 1)
	c.At(0, 5, 2)
	var got []int
	for {
		v, when, ok := c.Pop(5)
		if !ok {
			break
		}
		got = append(got, v)
		if v < 3 {
			c.At(when, when, v+2)
		}
	}
	if len(got) != 4 || got[0] != 1 || got[1] != 2 || got[2] != 3 || got[3] != 4 {
		t.Fatalf("order %v, want [1 2 3 4]", got)
	}
}

func TestNoAllocations(t *testing.T) {
	c := New[int](256)
	now := uint64(0)
	round := func() {
		for d := range uint64(8) {
			c.At(now, now+1+d*90, int(d))
		}
		now += 1000
		for {
			if _, _, ok := c.Pop(now); !ok {
				break
			}
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Fatalf("%v allocations a round", n)
	}
}

func BenchmarkAtPop(b *testing.B) {
	c := New[[4]uint64](1024)
	now := uint64(0)
	for i := range b.N {
		c.At(now, now+uint64(4+i&63), [4]uint64{})
		now++
		for {
			if _, _, ok := c.Pop(now); !ok {
				break
			}
		}
	}
}

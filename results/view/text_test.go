package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// small is a diagram by hand: a load that misses, its use, a switch to another
// thread and an instruction of a wrong path.
func small() *Diagram {
	return &Diagram{
		Machine: "paper", Scheduler: "two", Programs: []string{"a", "b"}, Threads: 2,
		Uops: []Uop{
			{
				Number: 0, PC: 0x1000, Text: "ld x5,0(x6)", Fate: Committed, Retired: 1, Memory: true,
				Fetch: 0, Rename: 3, Ready: 4, Issue: 4, Execute: 5, Done: 44, End: 45, Notes: []string{"missed L1D"},
				Waits: []Wait{{From: 4, Until: 44, Code: "memory", Text: "waits for L2", Uop: Never, Busy: true}},
			},
			{
				Number: 1, PC: 0x1004, Text: "add x7,x5,x5", Fate: Committed, Retired: 2,
				Fetch: 0, Rename: 5, Ready: 45, Issue: 45, Execute: 46, Done: 46, End: 48,
				Sources: []Source{{0, 45}},
				Waits: []Wait{
					{From: 3, Until: 5, Code: "rob", Text: "no room in the reorder buffer", Uop: Never},
					{From: 6, Until: 45, Code: "operand", Text: "waits for the result of #0", Uop: 0},
					{From: 47, Until: 48, Code: "commit", Text: "the commit width is used up", Uop: Never},
				},
			},
			{
				Number: 2, Thread: 1, Software: 3, Program: 1, PC: 0x20000, Text: "beq x1,x2,0x20010", Fate: Committed, Retired: 0,
				Fetch: 1, Rename: 4, Ready: 5, Issue: 5, Execute: 6, Done: 6, End: 7, Notes: []string{"mispredicted"},
			},
			{
				Number: 3, Thread: 1, Software: 3, Program: 1, PC: 0x20010, Text: "nop", Fate: Discarded, Wrong: true,
				Fetch: 2, Rename: 5, Ready: 6, Issue: Never, Execute: Never, Done: Never, End: 7,
				Waits: []Wait{{From: 6, Until: 7, Code: "unit", Text: "all units of its kind are busy", Uop: Never}},
			},
			{
				Number: 4, Thread: 1, Software: 3, Program: 1, PC: 0x20004, Text: "c.nop", Fate: InFlight,
				Fetch: 47, Rename: Never, Ready: Never, Issue: Never, Execute: Never, Done: Never, End: Never,
			},
		},
	}
}

func TestText(t *testing.T) {
	const want = `a + b, two on paper
#  T     pc  instruction        0          43
0  0   1000  ld x5,0(x6)        fddrimmmmm~mmc     missed L1D
1  0   1004  add x7,x5,x5       fdd..r....~..ie-c
2  1  20000  beq x1,x2,0x20010   FDDRIEC           mispredicted
3  1  20010  nop                  FDDR.X           wrong path
4  1  20004  c.nop                             FD
f fetch, d decode, r rename, . waits, i issue, e execute, m memory, - waits to commit, c commit, x squashed, ~ more of the same; capitals: threads of odd number
`
	var b bytes.Buffer
	if err := Text(&b, small()); err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// Every letter of a row is of a cycle: what the cuts leave out is what the
// columns beside them show.
func TestTextUnfolded(t *testing.T) {
	d := small()
	rows, from := grid(d)
	if _, until := d.bounds(); from != 0 || len(rows[0]) != int(until) {
		t.Fatalf("%d columns from cycle %d", len(rows[0]), from)
	}
	for i, want := range map[int]string{
		0: "fddri" + strings.Repeat("m", 40) + "c  ",
		1: "fdd..r" + strings.Repeat(".", 39) + "ie-",
	} {
		if got := string(rows[i]); !strings.HasPrefix(got, want) {
			t.Errorf("row %d: %q", i, got)
		}
	}
}

func TestTextLimits(t *testing.T) {
	many := &Diagram{}
	for i := range MaxRows + 1 {
		many.Uops = append(many.Uops, Uop{Number: uint64(i), Fetch: 0, Rename: 1, Issue: 2, Execute: 2, Done: 2, End: 3, Fate: Committed})
	}
	wide := &Diagram{}
	for i := range MaxRows {
		at := uint64(2 * i)
		wide.Uops = append(wide.Uops, Uop{Number: uint64(i), Fetch: at, Rename: at + 1, Issue: at + 2, Execute: at + 2, Done: at + 2, End: at + 3, Fate: Committed})
	}
	for what, d := range map[string]*Diagram{fmt.Sprint(MaxRows + 1): many, "cycles are too many": wide} {
		var b bytes.Buffer
		if err := Text(&b, d); err == nil || !strings.Contains(err.Error(), what) || b.Len() > 0 {
			t.Errorf("%v, want %q", err, what)
		}
	}
	var b bytes.Buffer
	if err := Text(&b, &Diagram{}); err != nil || !strings.Contains(b.String(), "no instruction") {
		t.Errorf("empty: %v %q", err, b.String())
	}
}

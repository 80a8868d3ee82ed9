package machine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/build/buildtest"
)

// Variables and registers of a litmus test, in the order in which an outcome
// lists them: r0 to r3, x, y.
const (
	r0 = iota
	r1
	r2
	r3
	x
	y
	outcomeDigits
)

// access is one of a thread's: at writes value, or reads into reg, or both at
// once: reads and then writes value, or what it has read plus value.
type access struct {
	at           int
	writes, adds bool
	value        int
	reads        bool
	reg          int
}

func w(at, value int) access { return access{at: at, writes: true, value: value} }
func r(reg, at int) access   { return access{at: at, reads: true, reg: reg} }
func swap(reg, at, v int) access {
	return access{at: at, writes: true, value: v, reads: true, reg: reg}
}
func addTo(reg, at, v int) access { return access{at: at, adds: true, value: v, reads: true, reg: reg} }
func thread(a ...access) []access { return a }

// litmusTests are those of testdata/litmus/litmus.c.
var litmusTests = []struct {
	name    string
	threads [][]access
}{
	{"SB", [][]access{thread(w(x, 1), r(r0, y)), thread(w(y, 1), r(r1, x))}},
	{"LB", [][]access{thread(r(r0, x), w(y, 1)), thread(r(r1, y), w(x, 1))}},
	{"MP", [][]access{thread(w(x, 1), w(y, 1)), thread(r(r0, y), r(r1, x))}},
	{"2+2W", [][]access{thread(w(x, 1), w(y, 2)), thread(w(y, 1), w(x, 2))}},
	{"R", [][]access{thread(w(x, 1), w(y, 1)), thread(w(y, 2), r(r0, x))}},
	{"S", [][]access{thread(w(x, 2), w(y, 1)), thread(r(r0, y), w(x, 1))}},
	{"IRIW", [][]access{thread(w(x, 1)), thread(w(y, 1)), thread(r(r0, x), r(r1, y)), thread(r(r2, y), r(r3, x))}},
	{"CoRR", [][]access{thread(w(x, 1)), thread(r(r0, x), r(r1, x))}},
	{"CoRR2", [][]access{thread(w(x, 1)), thread(w(x, 2)), thread(r(r0, x), r(r1, x))}},
	{"WRC", [][]access{thread(w(x, 1)), thread(r(r0, x), w(y, 1)), thread(r(r1, y), r(r2, x))}},
	{"AMOSWAP", [][]access{thread(swap(r0, x, 1), swap(r1, y, 1)), thread(swap(r2, y, 2), swap(r3, x, 2))}},
	{"AMOADD", [][]access{thread(addTo(r0, x, 1), addTo(r1, y, 1)), thread(addTo(r2, y, 1), addTo(r3, x, 2))}},
	{"LRSC", [][]access{thread(addTo(r0, x, 1), addTo(r1, x, 1)), thread(addTo(r2, x, 1))}},
}

// sequential is every outcome that sequential consistency allows: those of
// all the orders in which the accesses can be done one at a time.
func sequential(threads [][]access) map[string]bool {
	outcomes := map[string]bool{}
	var visit func(next []int, state [outcomeDigits]int)
	visit = func(next []int, state [outcomeDigits]int) {
		ended := true
		for i, n := range next {
			if n == len(threads[i]) {
				continue
			}
			ended = false
			a, after := threads[i][n], state
			if a.reads {
				after[a.reg] = state[a.at]
			}
			switch {
			case a.adds:
				after[a.at] = state[a.at] + a.value
			case a.writes:
				after[a.at] = a.value
			}
			rest := slices.Clone(next)
			rest[i]++
			visit(rest, after)
		}
		if ended {
			outcomes[strings.Trim(fmt.Sprint(state), "[]")] = true
		}
	}
	visit(make([]int, len(threads)), [outcomeDigits]int{})
	return outcomes
}

// What the enumeration must give where it is easy to see.
func TestSequential(t *testing.T) {
	for _, test := range litmusTests[:3] {
		got := slices.Sorted(maps.Keys(sequential(test.threads)))
		want := map[string][]string{
			"SB": {"0 1 0 0 1 1", "1 0 0 0 1 1", "1 1 0 0 1 1"},
			"LB": {"0 0 0 0 1 1", "0 1 0 0 1 1", "1 0 0 0 1 1"},
			"MP": {"0 0 0 0 1 1", "0 1 0 0 1 1", "1 1 0 0 1 1"},
		}[test.name]
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

// TestLitmus runs litmus tests under every discipline: no outcome is seen that
// sequential consistency forbids, and each that it allows is seen under some
// seed.
func TestLitmus(t *testing.T) {
	needs.Tool(t, "riscv64-linux-gnu-gcc")
	executable := buildtest.Executable(t.Context(), t, helpers, t.TempDir(), "litmus", guestSources+"/litmus/litmus.c")
	schedulers, seeds := []string{"icount"}, 12
	if needs.CI() {
		schedulers, seeds = []string{"coarse:timer=200", "barrel", "icount"}, 40
	}
	for _, test := range litmusTests {
		for _, scheduler := range schedulers {
			t.Run(test.name+"/"+scheduler, func(t *testing.T) {
				t.Parallel()
				missing := sequential(test.threads)
				allowed := maps.Clone(missing)
				for seed := 1; seed <= seeds && len(missing) > 0; seed++ {
					for _, outcome := range litmus(t, executable, test.name, scheduler, seed) {
						if !allowed[outcome] {
							t.Fatalf("seed %d: outcome %q is not sequentially consistent", seed, outcome)
						}
						delete(missing, outcome)
					}
				}
				if len(missing) > 0 {
					t.Errorf("in %d runs these outcomes were never seen: %q", seeds, slices.Sorted(maps.Keys(missing)))
				}
			})
		}
	}
}

// litmus is the outcomes of one run.
func litmus(t *testing.T, executable, name, scheduler string, seed int) []string {
	t.Helper()
	// What is far apart in one run is close together in another: a coarse
	// switch takes longer than many a delay.
	const rounds = 100
	span := []int{20, 5, 80, 300}[seed%4]
	p, err := workloads.OpenArgs(executable, []string{name, fmt.Sprint(rounds), fmt.Sprint(seed), fmt.Sprint(span)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := timed(t.Context(), t, p, scheduler, 4, uint64(seed))
	if err != nil {
		t.Fatal(err)
	}
	program := result.Programs[0]
	if program.ExitCode == nil || *program.ExitCode != 0 {
		t.Fatalf("seed %d: exit code %v (%s)", seed, program.ExitCode, program.Fault)
	}
	return strings.Split(strings.TrimSpace(string(program.Stdout)), "\n")
}

package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

// planFile writes a plan beside a machine of two threads and a program, and
// answers with its path.
func planFile(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"plan.toml": text,
		"two.toml":  "base = \"scalar\"\nthreads = 2\n",
		"one.s":     "_start:\tli a7, 93\n\tecall\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "plan.toml")
}

func readPlan(t testing.TB, text string) (*Layout, error) {
	t.Helper()
	p, err := ReadPlan(t.Context(), planFile(t, text), workloads.Opener{})
	if err != nil {
		return nil, err
	}
	return NewLayout(t.Context(), p)
}

func mustPlan(t testing.TB, text string) *Layout {
	t.Helper()
	l, err := readPlan(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// contract is the smallest plan.
const contract = `
name = "window"
machine = "default"
schedulers = ["single", "icount"]
workloads = [["sort 2000", "chase 64"], ["fft", "queens"]]
insts = 50000
[axes]
"core.rob.size" = [64, 128, 256]
`

func runName(l *Layout, i int) string {
	c := l.At(i)
	return fmt.Sprintf("%s | %s | %s | %d", l.label(c.Point), l.points[c.Point].shapes[c.Scheduler].Scheduler, mixName(l.Mixes[c.Mix].Programs), l.Seeds[c.Seed])
}

// The runs of a plan are in the order of its keys, the first axis slowest.
func TestLayout(t *testing.T) {
	l := mustPlan(t, contract)
	if l.Len() != 12 || l.Name != "window" {
		t.Fatalf("%d runs of %s", l.Len(), l.Name)
	}
	const icount = "icount:threads=2,width=8,issue=full,order=age"
	for i, want := range map[int]string{
		0:  "core.rob.size=64 | single | sort 2000 + chase 64 | 1",
		1:  "core.rob.size=64 | " + icount + " | sort 2000 + chase 64 | 1",
		2:  "core.rob.size=64 | single | fft + queens | 1",
		11: "core.rob.size=256 | " + icount + " | fft + queens | 1",
	} {
		if got := runName(l, i); got != want {
			t.Errorf("run %d: %s, want %s", i, got, want)
		}
	}
	keys := map[string]bool{}
	for i := range l.Len() {
		keys[l.Identity(i).Key()] = true
	}
	if len(keys) != 12 {
		t.Errorf("%d different runs", len(keys))
	}
	if id := l.Identity(0); id.Setup.Contexts != 1 || id.Setup.Insts != 50000 || len(id.Programs) != 2 || id.Setup.Config != l.Config(0).Digest() {
		t.Errorf("%+v", id)
	}
}

// Axes are multiplied in their order, linked lists move together, ranges have
// their ends, seeds follow one another, and fixed changes hold everywhere.
func TestAxes(t *testing.T) {
	l := mustPlan(t, `
machine = "two.toml"
workloads = ["./one.s"]
seed = 5
repetitions = 2
[set]
core.commit.width = 2
[axes]
"cache.l1d.size" = {from = "8K", to = "32K", factor = 2}
core.fetch.buffer.size = {from = 8, to = 13, step = 4}
[[linked]]
"os.switch" = [10, 20]
"os.wake" = [30, 50]
`)
	if l.Len() != 3*2*2*2 || l.Base.Threads != 2 || l.Base.Core.Commit.Width != 2 {
		t.Fatalf("%d runs on %d threads", l.Len(), l.Base.Threads)
	}
	for i, want := range map[int]string{
		0:  "cache.l1d.size=8K, core.fetch.buffer.size=8, os.switch=10, os.wake=30",
		1:  "cache.l1d.size=8K, core.fetch.buffer.size=8, os.switch=20, os.wake=50",
		2:  "cache.l1d.size=8K, core.fetch.buffer.size=12, os.switch=10, os.wake=30",
		11: "cache.l1d.size=32K, core.fetch.buffer.size=12, os.switch=20, os.wake=50",
	} {
		if got := l.label(i); got != want {
			t.Errorf("point %d: %s, want %s", i, got, want)
		}
	}
	if c := l.Config(11); c.Cache.L1D.Size != 32<<10 || c.Core.Fetch.Buffer.Size != 12 || c.OS.Wake != 50 || c.Core.Commit.Width != 2 || c.Digest() != l.points[11].config {
		t.Errorf("point 11: %s", c)
	}
	if !slices.Equal(l.Seeds, []uint64{5, 6}) {
		t.Errorf("seeds %d", l.Seeds)
	}
}

func mixNames(l *Layout) (names []string) {
	for i := range l.Mixes {
		names = append(names, mixName(l.Mixes[i].Programs))
	}
	return names
}

func TestPairs(t *testing.T) {
	of := map[string]int{}
	for _, d := range suite.All() {
		of[d.Class]++
	}
	l := mustPlan(t, "[[draw]]\npairs = [\"memory\", \"compute\"]\ninput = \"test\"\n")
	if got, want := len(l.Mixes), of["memory"]*of["compute"]; got != want || !slices.Contains(mixNames(l), "chase@test + matmul@test") {
		t.Errorf("%d mixes, want %d: %q", got, want, mixNames(l))
	}
	l = mustPlan(t, "[[draw]]\npairs = [\"branchy\", \"branchy\"]\n")
	if n := of["branchy"]; len(l.Mixes) != n*(n-1)/2 || slices.Contains(mixNames(l), "sort + sort") {
		t.Errorf("%q", mixNames(l))
	}
}

// What is drawn follows from the seed for good, is all different, and balanced
// as far as it can be.
func TestDraw(t *testing.T) {
	l := mustPlan(t, "[[draw]]\ncount = 3\nsize = 2\nseed = 7\n")
	want := []string{"aluloop + sort", "sha256 + spmv", "sort + stencil"}
	if got := mixNames(l); !slices.Equal(got, want) {
		t.Errorf("drawn %q, want %q", got, want)
	}
	if again := mustPlan(t, "[[draw]]\ncount = 3\nsize = 2\nseed = 8\n"); slices.Equal(mixNames(again), want) {
		t.Error("another seed draws the same")
	}
	l = mustPlan(t, "[[draw]]\ncount = 60\nsize = 4\nbalanced = true\n")
	seen, places := map[string]bool{}, map[string]int{}
	for i := range l.Mixes {
		here := map[string]int{}
		for _, p := range l.Mixes[i].Programs {
			here[p.Class]++
			places[p.Class]++
		}
		if len(here) != 3 || slices.Max([]int{here["memory"], here["compute"], here["branchy"]}) != 2 {
			t.Errorf("%s: %v", mixName(l.Mixes[i].Programs), here)
		}
		seen[mixName(l.Mixes[i].Programs)] = true
	}
	if len(seen) != 60 || places["memory"] != 80 || places["compute"] != 80 || places["branchy"] != 80 {
		t.Errorf("%d different mixes, %v", len(seen), places)
	}
	l = mustPlan(t, "\ufeffworkloads = [\"sort 100\"]\n") // as Windows' editors write it
	if len(l.Mixes) != 1 {
		t.Errorf("%d mixes", len(l.Mixes))
	}
	l = mustPlan(t, "workloads = [[\"sort 100\", \"./one.s\"]]\n[[draw]]\ncount = 3\nsize = 2\nfrom = [\"sort 100\", \"sort 200\", \"./one.s\"]\n")
	if got := mixNames(l); len(got) != 3 {
		t.Errorf("a drawn mix that is listed already: %q", got)
	}
}

// A draw of more mixes than there are says how many there are, and so many can
// be drawn.
func TestDrawAll(t *testing.T) {
	of := map[string]int{}
	for _, p := range mustPlan(t, "[[draw]]\ncount = 16\nsize = 1\n").Mixes {
		of[p.Programs[0].Class]++
	}
	b, m := of["branchy"], of["memory"]
	pairs := func(n int) int { return n * (n - 1) / 2 }
	// Mixes of three have two branchy ones and two of memory in turn, the
	// former first, until one kind is used up.
	two, one := pairs(b)*m, b*pairs(m)
	turns := min(2*two, 2*one+1)
	for _, c := range []struct {
		draw string
		want int
	}{
		{"size = 2", 16 * 15 / 2},
		{"size = 4", 1820},
		{"size = 2\nbalanced = true\nclasses = [\"branchy\", \"memory\"]", b * m},
		{"size = 3\nbalanced = true\nclasses = [\"branchy\", \"memory\"]", turns},
	} {
		_, err := readPlan(t, fmt.Sprintf("[[draw]]\ncount = %d\n%s\n", c.want+1, c.draw))
		if want := fmt.Sprintf("here, only %d", c.want); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", c.draw, err, want)
		}
		if l := mustPlan(t, fmt.Sprintf("[[draw]]\ncount = %d\n%s\n", c.want, c.draw)); len(l.Mixes) != c.want {
			t.Errorf("%s: %d mixes, want %d", c.draw, len(l.Mixes), c.want)
		}
	}
}

// Everything that is wrong is said, each with its line.
func TestPlanErrors(t *testing.T) {
	const fine = "workloads = [\"sort@test\"]\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"syntax", "name = \n", []string{"plan.toml:1: "}},
		{"nothing", "", []string{`plan.toml: no workloads: the plan has neither "workloads" nor a [[draw]]`}},
		{"unknown keys", fine + "schedulrs = [\"rr\"]\n[axis]\nx = [1]\n", []string{
			`plan.toml:2: unknown key "schedulrs", did you mean "schedulers"?`,
			`plan.toml:3: unknown key "axis", did you mean "axes"?`, `plan.toml:4: unknown key "axis.x"`,
		}},
		{"several at once", "machine = \"defalt\"\nschedulers = [\"icont\", \"rr\", 5, \"rr\"]\nworkloads = [\"srot\",\n  [\"sort@test\", \"./none.s\"],\n  [],\n  [7]]\ninsts = \"many\"\nseed = -1\n", []string{
			`plan.toml:1: machine: unknown machine "defalt", did you mean "default"?`,
			`plan.toml:2: schedulers: unknown scheduler "icont"`, `plan.toml:2: schedulers: 5 is no scheduler`, `plan.toml:2: schedulers: "rr" is listed already`,
			`plan.toml:3: workloads: unknown workload "srot", did you mean "sort"?`, `plan.toml:4: workloads: workload ./none.s: no such file`,
			`mix 3: the list of workloads is empty`, `plan.toml:6: workloads: 7 is no workload`,
			`plan.toml:7: insts: "many" is no whole number`, `plan.toml:8: seed: -1 is below 0`,
		}},
		{"wrong types", fine + "name = 3\nroi = 1\nthreads = 0\nrepetitions = 1.5\nuntil = \"al\"\nmemory = \"lots\"\nroot = \"none\"\nschedulers = \"rr\"\nset = 1\naxes = [1]\ndraw = 2\n", []string{
			"plan.toml:2: name: 3 is no name", "plan.toml:3: roi: 1 is neither true nor false", "plan.toml:4: threads: 0 is outside 1 … ",
			"plan.toml:5: repetitions: 1.5 is no whole number", `plan.toml:6: until: unknown until rule "al", did you mean "all"?`,
			`plan.toml:7: memory: "lots" is no size`, "plan.toml:8: root: none: no such file", `plan.toml:9: schedulers: "rr" is no list of schedulers`,
			"plan.toml:10: set: a table, begun by [set]", "plan.toml:11: axes: a table, begun by [axes]", "plan.toml:12: draw: a list of tables, each begun by [[draw]]",
		}},
		{"axes", fine + `[set]
core.iq.size = 16
core.iq.sise = 16
[axes]
"core.rob.sise" = [64]
core.rob.size = []
core.iq.size = [1, 2]
core.lq.size = ["many"]
cache.l1d.ways = 4
os = [1]
branch.direction = ["bimodal", "bimodal"]
tlb.d.entries = {from = 8, to = 4, step = 1}
tlb.l2.entries = {from = 8, to = 16}
frequency = {from = 8, to = 16, stop = 4}
"l2.latency" = {from = 8, to = 57, step = 1}
l3.latency.from = 3
"l2.size" = 5
`, []string{
			`plan.toml:4: set: unknown key "core.iq.sise", did you mean "core.iq.size"?`,
			`plan.toml:6: axes: unknown key "core.rob.sise", did you mean "core.rob.size"?`, "plan.toml:7: axes: core.rob.size: the list of values is empty",
			"plan.toml:8: axes: core.iq.size is set to one value in line 3", `plan.toml:9: axes: core.lq.size: "many" is not an integer`,
			"plan.toml:10: axes: cache.l1d.ways: 4 is no list of values", "plan.toml:11: axes: os: a table, not a value",
			"plan.toml:12: axes: branch.direction: \"bimodal\" is listed twice", "plan.toml:13: axes: tlb.d.entries: the range from 8 to 4 is empty",
			"plan.toml:14: axes: tlb.l2.entries: a range is {from, to, step} or {from, to, factor}", `plan.toml:15: axes: frequency: unknown key of a range "stop", did you mean "step"?`,
			`plan.toml:16: axes: unknown key "l2.latency", did you mean "cache.l2.latency" or "tlb.l2.latency"?`,
			`plan.toml:17: axes: unknown key "l3.latency", did you mean "cache.l3.latency"?`, `plan.toml:18: axes: unknown key "l2.size", did you mean "cache.l2.size"?`,
		}},
		{"parameters as axes", fine + "[axes]\n\"scheduler.threads\" = [1, 2]\nscheduler.width = {from = 1, to = 8, step = 1}\nbranch.direction.bits = [10]\n", []string{
			`plan.toml:3: axes: scheduler.threads is no path of the configuration: the parameters of a scheduler stand in the plan's list schedulers, as "NAME:threads=2"`,
			`plan.toml:4: axes: scheduler.width is no path of the configuration: the parameters of a scheduler`,
			`plan.toml:5: axes: branch.direction.bits is no path of the configuration: the parameters of branch.direction stand in its values, as "NAME:bits=2"`,
		}},
		{"keys of a range", fine + "[axes]\nfrequency = {from = 8, til = [3], to = 16, stop = 4, by = 2}\n", []string{
			`plan.toml:3: axes: frequency: unknown key of a range "til"`, `unknown key of a range "stop"`, `unknown key of a range "by"`,
		}},
		{"drawn twice", "[[draw]]\ncount = 3\nsize = 2\nfrom = [\"sort@test\", \"lz@test\",\n  \"sort@test\",\n  \"lz\", \"lz@small\"]\n", []string{
			"plan.toml:5: draw: from: sort@test is listed twice", "plan.toml:6: draw: from: lz@small is lz, which is listed already",
		}},
		{"lists of tables", fine + "[[set]]\ncore.rob.size = 64\n[[set]]\ncore.rob.size = 128\n[[axes]]\ncore.iq.size = [32, 64]\n[[axes.cache]]\nl1d.ways = [7]\n", []string{
			"plan.toml:2: set: a table, of which there is one, begun by [set] and not by [[set]]", "plan.toml:4: set: a table, of which",
			"plan.toml:6: axes: a table, of which there is one, begun by [axes] and not by [[axes]]", "plan.toml:8: axes.cache: a table, of which there is one, begun by [axes]",
		}},
		{"a long list", fine + "[axes]\ncore.iq.size = [7]\ncore.rob.size = [\n" + strings.Repeat("64,\n", mostValues+1) + "]\n", []string{
			"plan.toml:4: axes: core.rob.size: the list has 100001 values, and an axis can have 100000",
		}},
		{"many points", fine + "[axes]\ncore.rob.size = {from = 1, to = 99999, step = 1}\ncore.iq.size = [7, \"x\"]\n[[linked]]\ncore.lq.size = [" + strings.Repeat("8, ", 51) + "]\ncore.sq.size = [" + strings.Repeat("8, ", 51) + "]\n[[linked]]\nos.switch = [1, 2]\n", []string{
			"plan.toml:6: linked: core.lq.size: with its 51 values the axes have more than 10000000 points",
		}},
		{"many runs", fine + "repetitions = 10000\n[axes]\ncore.rob.size = {from = 1, to = 1001, step = 1}\n", []string{
			"plan.toml: the plan has more than 10000000 runs: points 1001, seeds 10000, mixes 1, schedulers 1",
		}},
		{"many seeds", fine + "seeds = [" + strings.Repeat("1, ", mostSeeds+1) + "]\n", []string{"plan.toml:2: seeds: 10001 seeds are more than a plan can have (10000)"}},
		{"little memory", "memory = \"4K\"\nworkloads = [\"./one.s\", \"sort@test\", \"./none.s\"]\n", []string{
			"plan.toml:1: memory: workload ./one.s: program with its stack does not fit in the guest's memory of 4096 bytes", "plan.toml:2: workloads: workload ./none.s: no such file",
		}},
		{"control characters", "name = \"a\\nb\"\nmachine = \"\\u001b[31m.toml\"\nworkloads = [\"sort\\n100\"]\n", []string{
			`plan.toml:1: name: "a\nb" has control characters`, `plan.toml:2: machine: "\x1b[31m.toml" has control characters`,
			`plan.toml:3: workloads: "sort\n100" has control characters`,
		}},
		{"linked", fine + "[axes]\ncore.rob.size = [64, 128]\n[[linked]]\n\"core.iq.size\" = [16, 32]\n\"core.lq.size\" = [16]\n[[linked]]\ncore.rob.size = [1]\n[[linked]]\n", []string{
			"plan.toml:6: linked: core.lq.size has 1 values and core.iq.size has 2", "plan.toml:8: linked: core.rob.size is an axis already, in line 3", "plan.toml:9: linked: no path is linked",
		}},
		{"axes without effect", fine + "threads = 2\nschedulers = [\"rr\"]\n[axes]\nthreads = [1, 2]\nscheduler = [\"rr\", \"icount\"]\n", []string{
			"plan.toml:5: axes: threads: the plan's key threads holds for all runs", "plan.toml:6: axes: scheduler: the discipline of runs that name none",
		}},
		{"draws", "[[draw]]\ncout = 3\n[[draw]]\ncount = 3\n[[draw]]\npairs = [\"memory\"]\n[[draw]]\npairs = [\"memory\", \"memry\"]\n[[draw]]\ncount = 1\nsize = 17\n[[draw]]\ncount = 500\nsize = 2\nclasses = [\"branchy\"]\n[[draw]]\ncount = 1\nsize = 1\nbalanced = true\nfrom = [\"./one.s\"]\n[[draw]]\npairs = [\"memory\", \"branchy\"]\nseed = 3\n", []string{
			`plan.toml:2: draw: unknown key "cout", did you mean "count"?`, "plan.toml:3: draw: count without size", "plan.toml:6: draw: pairs: 1 classes are not two",
			`plan.toml:8: draw: pairs: unknown class "memry", did you mean "memory"?`, "plan.toml:9: draw: a mix needs 17 different workloads, and there are 16",
			"plan.toml:12: draw: count: there are not 500 different mixes of 2 workloads here", "plan.toml:20: draw: from: ./one.s has no class",
			"plan.toml:21: draw: seed has no meaning beside pairs",
		}},
		{"twice", "workloads = [\"sort@test\", \"sort@test\", \"sort 2000\"]\nseeds = [1, 1]\nrepetitions = 2\n", []string{
			"plan.toml:1: workloads: sort@test is listed twice", "plan.toml:1: workloads: sort 2000 is listed twice", "plan.toml:2: seeds: 1 is listed twice", "plan.toml:2: seeds: the list stands in place of seed and repetitions",
		}},
		{"too wide", "machine = \"two.toml\"\nschedulers = [\"single\", \"rr\"]\nworkloads = [\n  [\"sort@test\", \"fft@test\"],\n  [\"sort@test\", \"fft@test\", \"bfs@test\"]]\n", []string{
			"plan.toml:5: workloads: the 3 programs of sort@test + fft@test + bfs@test need as many hardware threads, and rr has 2",
		}},
		{"everything at once", "machine = \"two.toml\"\nschedulers = [\"single\", \"rr\", \"icount\"]\nsize = 3\nworkloads = [\n  [\"sort@test\", \"fft@test\", \"bfs@test\"],\n  [\"./none.s\", \"./one.s\", \"fft@test\"]]\n[[draw]]\ncount = 5\nsize = 4\n[axes]\ncore.rob.size = []\n", []string{
			`plan.toml:3: unknown key "size"`, "plan.toml:6: workloads: workload ./none.s: no such file", "plan.toml:11: axes: core.rob.size: the list of values is empty",
			"plan.toml:5: workloads: the 3 programs of sort@test + fft@test + bfs@test need as many hardware threads, and rr and icount have 2",
			"plan.toml:6: workloads: the 3 programs of ./none.s + ./one.s + fft@test need as many hardware threads, and rr and icount have 2",
			"plan.toml:7: draw: mixes of 4 programs need as many hardware threads, and rr and icount have 2",
		}},
		{"values beside an unknown path", fine + "[set]\ncache.l1d.latency = 20\ncore.commit.width = 0\n[axes]\ncore.rob.sise = [64]\ncore.rob.size = [0]\n[[linked]]\ncore.iq.size = [16, -1]\ncore.lq.sise = [16]\ncore.sq.size = [\"x\"]\n", []string{
			"plan.toml:4: set: core.commit.width: 0 is below 1", `plan.toml:6: axes: unknown key "core.rob.sise"`, "plan.toml:7: axes: core.rob.size: 0 is below 1",
			"plan.toml:9: linked: core.iq.size: -1 is below 1", "plan.toml:10: linked: core.lq.sise has 1 values and core.iq.size has 2", `plan.toml:10: linked: unknown key "core.lq.sise"`,
			"plan.toml:11: linked: core.sq.size has 1 values and core.iq.size has 2", `plan.toml:11: linked: core.sq.size: "x" is not an integer`,
		}},
		{"a value of a wrong type among others", fine + "[axes]\ncore.lq.size = [64, \"x\", -4]\n", []string{
			`plan.toml:3: axes: core.lq.size: "x" is not an integer`, "plan.toml:3: core.lq.size: -4 is below 1",
		}},
		{"changes of an unknown machine", "machine = \"defalt\"\nworkloads = [[\"sort@test\", \"fft@test\", \"bfs@test\", \"lz@test\", \"./one.s\"]]\nschedulers = [\"icont\"]\n[set]\ncore.rob.sise = 0\ncore.rob.size = \"x\"\ncore.iq.size = 0\n[axes]\ncore.lq.size = [64, \"x\", -4]\ncache.l2.latency = [2]\n", []string{
			`plan.toml:1: machine: unknown machine "defalt"`, `plan.toml:3: schedulers: unknown scheduler "icont"`, `plan.toml:5: set: unknown key "core.rob.sise"`, `plan.toml:6: set: core.rob.size: "x" is not an integer`,
			"plan.toml:7: set: core.iq.size: 0 is below 1", `plan.toml:9: axes: core.lq.size: "x" is not an integer`, "plan.toml:9: axes: core.lq.size: -4 is below 1",
		}},
		{"mixes of an unknown machine", "machine = 5\nthreads = 2\nschedulers = [\"rr\", \"rr\"]\nworkloads = [[\"sort@test\", \"fft@test\", \"bfs@test\"]]\n", []string{
			"plan.toml:1: machine: 5 is no name", `plan.toml:3: schedulers: "rr" is listed already`,
			"plan.toml:4: workloads: the 3 programs of sort@test + fft@test + bfs@test need as many hardware threads, and rr has 2",
		}},
		{"values beside unknown schedulers", fine + "schedulers = [\"icont\"]\n[axes]\ncache.l2.latency = [4]\n", []string{
			`plan.toml:2: schedulers: unknown scheduler "icont"`, "plan.toml:4: cache.l2.latency: 4 is not above",
		}},
		{"a width that is not known", "threads = 0\nworkloads = [[\"sort@test\", \"fft@test\", \"bfs@test\", \"lz@test\", \"./one.s\"]]\n", []string{"plan.toml:1: threads: 0 is outside"}},
		{"a machine that is not known", fine + "[set]\ncache.l1d.latency = 20\ncache.l2.latenzy = 30\n", []string{`plan.toml:4: set: unknown key "cache.l2.latenzy"`}},
		{"a missing workload and a bad value", "workloads = [\"./none.s\"]\n[axes]\ncore.rob.size = [0, 64]\n", []string{
			"plan.toml:1: workloads: workload ./none.s: no such file", "plan.toml:3: core.rob.size: 0 is below 1 (with core.rob.size=0)",
		}},
		{"too wide somewhere", "schedulers = [\"rr\"]\nworkloads = [[\"sort@test\", \"fft@test\"]]\n[axes]\nthreads = [1, 2]\n", []string{
			"plan.toml:2: workloads: the 2 programs of sort@test + fft@test need as many hardware threads, and rr has 1 (with threads=1)",
		}},
		{"each once", "schedulers = [\"rr\", \"barrel\"]\nworkloads = [[\"sort@test\", \"fft@test\", \"bfs@test\"]]\n[axes]\nthreads = [1, 2, 4]\ncore.iq.size = [32, 0, 64]\ncore.lq.size = [0, 16]\n", []string{
			"plan.toml:2: workloads: the 3 programs of sort@test + fft@test + bfs@test need as many hardware threads, and rr and barrel have 1 (at 12 of 18 points, first with threads=1, core.iq.size=32, core.lq.size=0)",
			"plan.toml:5: core.iq.size: 0 is below 1 (with core.iq.size=0, at 6 of 18 points)", "plan.toml:6: core.lq.size: 0 is below 1 (with core.lq.size=0, at 9 of 18 points)",
		}},
		{"points", fine + "[axes]\ncache.l1d.latency = [3, 20]\ncache.l2.latency = [14, 15]\ncore.rob.size = [0, 64]\n", []string{
			"plan.toml:5: core.rob.size: 0 is below 1", "plan.toml:4: cache.l2.latency: 14 is not above 20, the latency of l1d (with cache.l1d.latency=20, cache.l2.latency=14, at 2 of 8 points)",
		}},
		{"half a level", fine + "[axes]\ncache.l4.size = [\"16M\", \"32M\"]\ncache.l4.latency = [20, 80]\n", []string{
			"plan.toml:4: cache.l4: machine default has none, and a new one needs more keys: cache.l4.ways=16, cache.l4.line=64, cache.l4.mshrs=64, cache.l4.interval=2, cache.l4.replacement=",
			"plan.toml:4: cache.l4.latency: 20 is not above 50, the latency of l3 (with cache.l4.latency=20, at 2 of 4 points)",
		}},
		{"one machine twice", fine + "[axes]\nbranch.direction = [\"bimodal\", \"bimodal:bits=14\"]\n", []string{
			"plan.toml: branch.direction=bimodal and branch.direction=bimodal:bits=14 are the same machine",
		}},
		{"one size twice", fine + "[axes]\ncache.l1d.size = [\"48K\", 49152]\n", []string{
			"plan.toml:3: axes: cache.l1d.size: \"48K\" is listed twice",
		}},
	} {
		_, err := readPlan(t, c.text)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			found := false
			for line := range strings.Lines(err.Error()) {
				_, after, _ := strings.Cut(line, "plan.toml")
				found = found || strings.Contains("plan.toml"+after, want)
			}
			if !found {
				t.Errorf("%s: %q is not said:\n%v", c.name, want, err)
			}
		}
		if got := strings.Count(err.Error(), "\n") + 1; got > len(c.want) && c.name != "points" {
			t.Errorf("%s: %d errors, want %d:\n%v", c.name, got, len(c.want), err)
		}
	}
}

// The name of a plan that says none is its file's, and a line like any.
func TestPlanFileName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a\nb.toml")
	for text, want := range map[string]string{"": `name: "a\nb", after the file, has control characters`, "name = \"ab\"\n": ""} {
		if err := writeFile(file, text+"workloads = [\"sort@test\"]\n"); err != nil {
			t.Skip("the host has no such files: ", err)
		}
		switch _, err := ReadPlan(t.Context(), file, workloads.Opener{}); {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// A plan is as long as a person or a script writes it, and a device is none.
func TestPlanSize(t *testing.T) {
	file := planFile(t, strings.Repeat("#", maxPlan)+"\n")
	if _, err := ReadPlan(t.Context(), file, workloads.Opener{}); err == nil || !strings.Contains(err.Error(), "plan.toml: more than 16777216 bytes") {
		t.Errorf("error %v", err)
	}
}

// The example of the contract with one thing wrong in it at a time never
// panics.
func FuzzPlan(f *testing.F) {
	f.Add(contract)
	f.Add("[[draw]]\ncount = 3\nsize = 2\n[[linked]]\n\"core.rob.size\" = [1]\n[axes]\nx.from = 3")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "plan.toml")
		if strings.ContainsAny(text, "/") || os.WriteFile(file, []byte(text), 0o644) != nil {
			return
		}
		if p, err := ReadPlan(t.Context(), file, workloads.Opener{}); err == nil {
			points := 1
			for _, a := range p.Axes {
				points *= len(a.Values)
			}
			if points < 100 && len(p.Mixes) < 100 && len(p.Seeds) < 10 {
				_, _ = NewLayout(t.Context(), p)
			}
		}
	})
}

func TestShard(t *testing.T) {
	for runs := range 20 {
		next := 0
		for i := 1; i <= 7; i++ {
			from, to := Shard{i, 7}.Range(runs)
			if from != next || to-from > runs/7+1 {
				t.Errorf("shard %d of %d runs: %d … %d", i, runs, from, to)
			}
			next = to
		}
		if next != runs {
			t.Errorf("%d of %d runs are in no shard", runs-next, runs)
		}
	}
	for text, want := range map[string]Shard{"2/3": {2, 3}, "1/1": {1, 1}, "0/3": {}, "4/3": {}, "1": {}, "1/2/3": {}, "a/b": {}, "1/3x": {}, "": {}, "+1/3": {}, "-1/3": {}} {
		if got, err := ParseShard(text); got != want || (err == nil) != (want != Shard{}) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// Laying out a run costs tens of microseconds, so that a large plan shows at
// once.
func BenchmarkLayout(b *testing.B) {
	var programs []string
	for i := range 100 {
		programs = append(programs, fmt.Sprintf("\"sort %d\"", i+10))
	}
	for name, text := range map[string]string{
		"points":       "workloads = [\"sort@test\"]\n[axes]\ncore.rob.size = {from = 64, to = 955, step = 9}\ncache.l2.latency = {from = 15, to = 39, step = 1}\ncore.iq.size = {from = 16, to = 55, step = 1}\n",
		"points×mixes": "workloads = [" + strings.Join(programs, ", ") + "]\n[axes]\ncore.rob.size = {from = 64, to = 463, step = 4}\ncache.l2.latency = {from = 15, to = 24, step = 1}\n",
	} {
		b.Run(name, func(b *testing.B) {
			file := planFile(b, text)
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				p, err := ReadPlan(b.Context(), file, workloads.Opener{})
				if err != nil {
					b.Fatal(err)
				}
				l, err := NewLayout(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				for i := range l.Len() {
					_ = l.Identity(i).Key()
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(l.Len()), "runs")
				b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(l.Len()), "ns/run")
				b.ReportMetric(float64(after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))/1e6, "MB")
				runtime.KeepAlive(l)
			}
		})
	}
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }

// Package layers keeps the import order of the module: its one test fails
// when a package imports one of its own row or a later one, when a package is
// in no row, and when something stands at the top level that has no business
// there.
//
// Arrows that point one way are what lets a room be read, tested and replaced
// alone: the caches know no pipeline, the pipeline no programs, the figures no
// simulator.
package layers

// module is the path that all packages of the module begin with.
const module = "github.com/threadmill-sim/threadmill"

// rows lists every package; one may import only those of the rows above it.
// Packages of internal are leaves: they import none.
var rows = [][]string{
	{
		"isa",
		"workloads/roi",    // of guests: imports nothing
		"internal/browser", // of tests
		"internal/calendar",
		"internal/catalog",
		"internal/draws",  // of tests
		"internal/guests", // of tests
		"internal/layers",
		"internal/needs", // of tests
		"internal/softfloat",
		"internal/stats",
		"internal/storage",
		"internal/textfile",
		"internal/tomltree",
		"internal/units",
		"internal/valid",
	},
	{
		"isa/mem",
		"scheduler",
		"pipeline/bpred", "pipeline/memdep",
		"cache/replacement", "cache/prefetch", "cache/dram",
	},
	{"isa/rv64", "cache", "tlb"},
	{
		"isa/asm",
		"workloads/elf", "workloads/linux/vfs", "workloads/trace", "workloads/synthetic",
		"workloads/suite",
		"pipeline",
	},
	{"workloads/linux", "workloads/build"},
	{
		"workloads",
		"workloads/build/buildtest", // of tests
	},
	{"pipeline/machine"},
	{"pipeline/validate"},
	{"results"},
	{
		"results/store", "results/view", "results/summary", "results/export", "results/diff",
		"results/resultstest", // made-up comparisons, for tests
	},
	{"results/plot"},
	{"results/report", "results/experiment", "results/experiment/slurm"},
	{"cmd/threadmill/command"},
	{"cmd/threadmill"},
}

// drawing are the packages that draw from records alone and must not reach
// the simulator, though the order of the rows would let them.
var drawing = []string{"results", "results/store", "results/plot", "results/view", "results/summary", "results/export", "results/diff", "results/report"}

// topLevel is what may stand at the root of the module, besides dot files.
var topLevel = []string{
	"cmd", "pipeline", "isa", "scheduler", "cache", "tlb", "workloads", "results", "internal",
	"go.mod", "go.sum", "README.md",
}

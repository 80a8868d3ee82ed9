package validate

import (
	"math"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// wide makes every stage but the one in question faster than it.
var wide = []string{
	"core.fetch.width=8", "core.rename.width=8", "core.issue.width=8", "core.commit.width=8",
	"core.units.int-alu.count=8",
}

// turn is the instructions of a turn of a width kernel.
const turn = 24

// nothing is a turn of instructions that need nothing and hold up nothing.
var nothing = loop{body: repeat(turn-2, "nop")}

// width has a row for each stage.
var width = []Kernel{
	{
		Name: "fetch-width", Group: "width", Unit: "cycles per turn", Machine: wide,
		Doc:     "a loop of independent instructions, narrow fetch",
		Why:     "The taken branch ends a cycle's fetch, so a turn of m instructions takes ⌈m / width⌉ cycles.",
		At:      []string{"core.fetch.width=1", "core.fetch.width=2", "core.fetch.width=5", ""},
		Breaks:  "core.fetch.width=7",
		Expect:  func(c *machine.Config) float64 { return math.Ceil(turn / float64(c.Core.Fetch.Width)) },
		Measure: cycles(1, nothing),
	},
	{
		Name: "rename-width", Group: "width", Unit: "cycles per turn", Machine: wide,
		Doc:     "a loop of independent instructions, narrow rename",
		Why:     "Rename takes what has been fetched in one cycle or the next together: a turn of m instructions takes m / width cycles.",
		At:      []string{"core.rename.width=1", "core.rename.width=3", "core.rename.width=5"},
		Breaks:  "core.rename.width=2",
		Expect:  func(c *machine.Config) float64 { return turn / float64(c.Core.Rename.Width) },
		Measure: cycles(1, nothing),
	},
	{
		Name: "issue-width", Group: "width", Unit: "cycles per turn", Machine: wide,
		Doc:     "a loop of independent instructions, narrow issue",
		Why:     "Ready instructions wait in the queue, so no slot stays empty: m / width cycles.",
		At:      []string{"core.issue.width=1", "core.issue.width=3", "core.issue.width=5"},
		Breaks:  "core.issue.width=2",
		Expect:  func(c *machine.Config) float64 { return turn / float64(c.Core.Issue.Width) },
		Measure: cycles(1, nothing),
	},
	{
		Name: "commit-width", Group: "width", Unit: "cycles per turn", Machine: wide,
		Doc:     "a loop of independent instructions, narrow commit",
		Why:     "Done instructions wait in the reorder buffer, so no slot stays empty: m / width cycles.",
		At:      []string{"core.commit.width=1", "core.commit.width=3", "core.commit.width=5"},
		Breaks:  "core.commit.width=2",
		Expect:  func(c *machine.Config) float64 { return turn / float64(c.Core.Commit.Width) },
		Measure: cycles(1, nothing),
	},
}

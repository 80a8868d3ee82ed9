package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/units"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/results/plot"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/urfave/cli/v2"
)

// family is one kind of thing that can be named on the command line or in a
// machine's configuration.
type family struct {
	Name string `json:"family"`
	Doc  string `json:"doc"`
	// singular is the word for one of them.
	singular string
	// entries lists them, in the order of their table.
	entries func() ([]entry, error)
	// show prints one of them in full; nil when the entry says it all.
	show func(t *tool, c *cli.Context, name string) error
}

// entry is one of a family.
type entry struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"`
	Unit   string  `json:"unit,omitempty"`
	Note   string  `json:"note,omitempty"`
	Class  string  `json:"class,omitempty"`
	Bound  string  `json:"bound,omitempty"`
	Params []param `json:"parameters,omitempty"`
}

// param is a parameter of a catalog's row.
type param struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc"`
	Default string   `json:"default"`
	Min     *int64   `json:"min,omitempty"`
	Max     *int64   `json:"max,omitempty"`
	Choices []string `json:"choices,omitempty"`
	kind    catalog.Kind
}

// values says what the parameter may be.
func (p *param) values() string {
	words, bounds := strings.Join(p.Choices, ", "), ""
	if p.Min != nil {
		bounds = fmt.Sprintf("%d … %s", *p.Min, units.Format(uint64(*p.Max)))
	}
	switch {
	case p.kind == catalog.List:
		return strings.Join(p.Choices, "+")
	case p.kind == catalog.Ints && words != "":
		return words + ", or integers joined with +: " + bounds
	case p.kind == catalog.Ints:
		return "integers joined with +: " + bounds
	case words != "" && bounds != "":
		return words + ", N: " + bounds
	}
	return words + bounds
}

// families in the order of the listing.
func families() []family {
	return []family{
		{"machines", "configurations of a core and its memory (--machine)", "machine", machineEntries, (*tool).showMachine},
		{"schedulers", "disciplines of multithreading (--scheduler)", "scheduler", rows(scheduler.Catalog), nil},
		{"workloads", "bundled programs; the path of an executable or a source is a workload too", "workload", workloadEntries, (*tool).showWorkload},
		{"predictors", "direction predictors of conditional branches (branch.direction)", "predictor", rows(bpred.Catalog), nil},
		{"indirect", "predictors of indirect targets (branch.indirect)", "indirect predictor", rows(bpred.IndirectCatalog), nil},
		{"disambiguation", "what a load waits for while the addresses of older stores are not known (core.lsq.disambiguation)", "disambiguation", rows(memdep.Catalog), nil},
		{"replacement", "replacement policies (cache.*.replacement)", "replacement policy", rows(replacement.Catalog), nil},
		{"prefetchers", "prefetchers of the caches (cache.*.prefetcher)", "prefetcher", rows(prefetch.Catalog), nil},
		{"memories", "models of main memory (memory.model)", "memory", rows(dram.Catalog), nil},
		{"figures", "figures of a comparison", "figure", figureEntries, nil},
		{"kernels", "microkernels with a cycle count derived by hand (threadmill validate)", "kernel", kernelEntries, (*tool).showKernel},
		{"statistics", "counters of a run", "statistic", statisticEntries, nil},
	}
}

// rows lists a catalog.
func rows[F any](t catalog.Table[F]) func() ([]entry, error) {
	return func() ([]entry, error) {
		var out []entry
		for _, r := range t.Rows {
			e := entry{Name: r.Name, Doc: r.Doc}
			for _, p := range r.Params {
				q := param{Name: p.Name, Doc: p.Doc, Default: p.Default, Choices: p.Choices, kind: p.Kind}
				if p.Integers() {
					q.Min, q.Max = &p.Min, &p.Max
				}
				e.Params = append(e.Params, q)
			}
			out = append(out, e)
		}
		return out, nil
	}
}

func figureEntries() ([]entry, error) {
	var out []entry
	for _, f := range plot.Catalog {
		out = append(out, entry{Name: f.Name, Doc: f.Doc + "; needs " + f.Needs})
	}
	return out, nil
}

func (t *tool) listCommand() *cli.Command {
	var names []string
	for _, f := range families() {
		names = append(names, f.Name)
	}
	return &cli.Command{
		Name:        "list",
		Usage:       "list " + strings.Join(names, ", "),
		ArgsUsage:   "[FAMILY]",
		Description: "Without FAMILY, lists the families.",
		Flags:       outputFlags(),
		Action:      t.list,
	}
}

func (t *tool) list(c *cli.Context) error {
	all := families()
	if c.NArg() > 1 {
		return usage(c, "one family at a time, not %d", c.NArg())
	}
	if c.NArg() == 0 {
		return t.listFamilies(c.String("format"), all)
	}
	var names []string
	for _, f := range all {
		if c.Args().First() == f.Name {
			entries, err := f.entries()
			if err != nil {
				return err
			}
			return t.listEntries(c.String("format"), &f, entries)
		}
		names = append(names, f.Name)
	}
	return usage(c, "%w", catalog.Unknown("family", c.Args().First(), names))
}

func (t *tool) listFamilies(format string, all []family) error {
	if format == formatJSON {
		return writeJSON(t.out, all)
	}
	out := table{header: []string{"family", "entries", "what they are"}}
	for _, f := range all {
		entries, err := f.entries()
		if err != nil {
			return err
		}
		out.add(f.Name, strconv.Itoa(len(entries)), f.Doc)
	}
	return t.print(&out, format)
}

func (t *tool) listEntries(format string, f *family, entries []entry) error {
	if format == formatJSON {
		return writeJSON(t.out, struct {
			*family
			Entries []entry `json:"entries"`
		}{f, entries})
	}
	return t.print(entryTable(f.singular, entries, format), format)
}

// entryTable has a line for each entry and, below it, one for each of its
// parameters, which in CSV names the entry again; columns that nothing fills
// are left out.
func entryTable(singular string, entries []entry, format string) *table {
	var params, units, classes, bounds bool
	for _, e := range entries {
		params = params || len(e.Params) > 0
		units = units || e.Unit != ""
		classes = classes || e.Class != ""
		bounds = bounds || e.Bound != ""
	}
	columns := []struct {
		title string
		shown bool
	}{{singular, true}, {"parameter", params}, {"default", params}, {"values", params}, {"unit", units}, {"class", classes}, {"bound by", bounds}, {"meaning", true}}
	out := &table{}
	pick := func(cells ...string) []string {
		var row []string
		for i, cell := range cells {
			if columns[i].shown {
				row = append(row, cell)
			}
		}
		return row
	}
	for _, col := range columns {
		if col.shown {
			out.header = append(out.header, col.title)
		}
	}
	for _, e := range entries {
		out.add(pick(e.Name, "", "", "", e.Unit, e.Class, e.Bound, e.Doc)...)
		owner := ""
		if format == formatCSV {
			owner = e.Name
		}
		for _, p := range e.Params {
			out.add(pick(owner, p.Name, p.Default, p.values(), "", "", "", p.Doc)...)
		}
	}
	return out
}

package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/workloads/suite"
	"github.com/urfave/cli/v2"
)

func (t *tool) showCommand() *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "a machine's full configuration, a workload, a program, or anything else that list names",
		ArgsUsage:   "NAME",
		Description: "NAME is what list prints, a machine's TOML file, or the path of a program of your own.",
		Flags: join([]cli.Flag{
			setFlag(),
		}, outputFlags()),
		Action: t.show,
	}
}

func (t *tool) show(c *cli.Context) error {
	switch {
	case c.NArg() == 0:
		return usage(c, "no name given (threadmill list)")
	case c.NArg() > 1:
		return usage(c, "one name at a time, not %d", c.NArg())
	}
	name := c.Args().First()
	if isProgram(name) {
		return t.showProgram(c, name)
	}
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".toml") {
		return t.showMachine(c, name)
	}
	workload, _, _ := strings.Cut(name, "@")
	if _, ok := suite.Lookup(workload); ok {
		name = workload // showWorkload looks for the size
	}
	var known []string
	for _, f := range families() {
		entries, err := f.entries()
		if err != nil {
			return err
		}
		for i := range entries {
			if entries[i].Name != name && (f.singular != "statistic" || entries[i].Name != unnumbered(name)) {
				known = append(known, entries[i].Name)
				continue
			}
			if c.IsSet("set") && f.singular != "machine" {
				return usage(c, "--set changes a machine, and %s is a %s", name, f.singular)
			}
			if f.show != nil {
				return f.show(t, c, c.Args().First())
			}
			return t.showEntry(c.String("format"), &f, &entries[i])
		}
	}
	for _, p := range machine.Paths() {
		if p.Path == name {
			return usage(c, "%s is a key of every machine (%s, %s): threadmill show default has its value", name, p.Type, p.Doc)
		}
	}
	return usage(c, "%w (threadmill list)", catalog.Unknown("name", name, known))
}

// showEntry prints what a listing says of one entry.
func (t *tool) showEntry(format string, f *family, e *entry) error {
	switch format {
	case formatJSON:
		return writeJSON(t.out, struct {
			Kind string `json:"kind"`
			*entry
		}{f.singular, e})
	case formatTable:
		fmt.Fprintf(t.out, "%s %s: %s\n", f.singular, e.Name, e.Doc)
		if e.Unit != "" {
			fmt.Fprintf(t.out, "unit: %s\n", e.Unit)
		}
		if e.Note != "" {
			fmt.Fprintln(t.out, e.Note)
		}
		if len(e.Params) == 0 {
			return nil
		}
		fmt.Fprintln(t.out)
		out := table{header: []string{"parameter", "default", "values", "meaning"}}
		for _, p := range e.Params {
			out.add(p.Name, p.Default, p.values(), p.Doc)
		}
		return t.print(&out, format)
	}
	return t.print(entryTable(f.singular, []entry{*e}, format), format)
}

func workloadEntries() ([]entry, error) {
	var out []entry
	for _, d := range suite.All() {
		out = append(out, entry{Name: d.Name, Doc: d.Doc, Class: d.Class, Bound: d.Bound})
	}
	return out, nil
}

// workloadJSON is a bundled workload as JSON.
type workloadJSON struct {
	Kind  string     `json:"kind"`
	Name  string     `json:"name"`
	Doc   string     `json:"doc"`
	Class string     `json:"class"`
	Bound string     `json:"bound"`
	Usage string     `json:"usage"`
	Sizes []sizeJSON `json:"sizes"`
}

type sizeJSON struct {
	Name         string   `json:"name"`
	Args         []string `json:"args"`
	Instructions uint64   `json:"instructions"`
	FootprintKiB uint64   `json:"footprint_kib"`
	Stdout       string   `json:"stdout"`
}

func (t *tool) showWorkload(c *cli.Context, name string) error {
	name, only, sized := strings.Cut(name, "@")
	d, ok := suite.Lookup(name)
	if !ok {
		return usage(c, "%w", catalog.Unknown("workload", name, suite.Names()))
	}
	if _, err := d.Size(only); sized && err != nil {
		return usage(c, "%w", err)
	}
	j := workloadJSON{Kind: "workload", Name: d.Name, Doc: d.Doc, Class: d.Class, Bound: d.Bound, Usage: d.Usage}
	out := table{header: []string{"size", "arguments", "instructions", "footprint, KiB", "standard output"}}
	for _, size := range suite.SizeNames {
		if sized && size != only {
			continue
		}
		s, err := d.Size(size)
		if err != nil {
			return err
		}
		j.Sizes = append(j.Sizes, sizeJSON{size, s.Args, s.Instructions, s.Footprint, s.Stdout})
		out.add(size, results.ShellLine(s.Args), strconv.FormatUint(s.Instructions, 10), strconv.FormatUint(s.Footprint, 10), strings.TrimRight(s.Stdout, "\n"))
	}
	format := c.String("format")
	if format == formatJSON {
		return writeJSON(t.out, j)
	}
	if format == formatTable {
		fmt.Fprintf(t.out, "workload %s: %s\nclass: %s, bound by %s\narguments: %s\n\n", d.Name, d.Doc, d.Class, d.Bound, d.Usage)
	}
	return t.print(&out, format)
}

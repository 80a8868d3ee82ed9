package command

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/urfave/cli/v2"
)

func machineEntries() ([]entry, error) {
	var out []entry
	for _, p := range machine.Presets() {
		out = append(out, entry{Name: p.Name, Doc: p.Doc})
	}
	return out, nil
}

// showMachine prints a machine's configuration in full, and what its structures
// cost: as text, a TOML file that is a machine itself, with the costs in comments.
func (t *tool) showMachine(c *cli.Context, name string) error {
	cfg, err := machine.Load(name, c.StringSlice("set"))
	if err != nil {
		return usage(c, "%w", err)
	}
	structures, err := cfg.Storage()
	if err != nil {
		return usage(c, "%w", err)
	}
	bill := costsOf(structures, cfg.Threads)
	format := c.String("format")
	if format == formatTable {
		if _, err := fmt.Fprintf(t.out, "# %s: %s\n%s\n", cfg.Name, cfg.Doc, cfg.Commented()); err != nil {
			return err
		}
		return bill.comment(t.out)
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(cfg.String()), &tree); err != nil {
		return err
	}
	if format == formatJSON {
		return writeJSON(t.out, struct {
			Kind    string         `json:"kind"`
			Name    string         `json:"name"`
			Doc     string         `json:"doc"`
			Digest  string         `json:"digest"`
			Config  map[string]any `json:"config"`
			Storage costs          `json:"storage"`
		}{"machine", cfg.Name, cfg.Doc, cfg.Digest(), tree, bill})
	}
	out := table{header: []string{"path", "value", "meaning"}}
	for _, p := range machine.Paths() {
		if v, ok := at(tree, p.Path); ok {
			out.add(p.Path, fmt.Sprint(v), p.Doc)
		}
	}
	if format == formatCSV {
		bill.rows(&out) // one table
		return t.print(&out, format)
	}
	if err := t.print(&out, format); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	return t.print(bill.table(), format)
}

// at is the value of a path in a decoded TOML tree.
func at(tree map[string]any, path string) (any, bool) {
	head, rest, more := strings.Cut(path, ".")
	v, ok := tree[head]
	if !more {
		return v, ok
	}
	below, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return at(below, rest)
}

// numbered matches what of a statistic's name is the number of a thread, or of two.
var numbered = regexp.MustCompile(`(thread|evicted_by)\d+|joint\.\d+_\d+`)

// unnumbered names a statistic of any thread, or of any two.
func unnumbered(name string) string {
	return numbered.ReplaceAllStringFunc(name, func(of string) string {
		if strings.HasPrefix(of, "joint.") {
			return "joint.N_M"
		}
		return strings.TrimRight(of, "0123456789") + "N"
	})
}

// threadNote says whose a thread's statistics are.
const threadNote = "threadN is hardware context N; under single with several programs, which run one after another, program N, from 0"

// statisticEntries lists the statistics, those of threads once for all.
func statisticEntries() ([]entry, error) {
	cfg, err := machine.Load("default", nil)
	if err != nil {
		return nil, err
	}
	descs, err := machine.Statistics(cfg, cfg.Threads)
	if err != nil {
		return nil, err
	}
	var out []entry
	seen := map[string]bool{}
	for _, d := range descs {
		if name := unnumbered(d.Name); !seen[name] {
			seen[name] = true
			e := entry{Name: name, Unit: d.Unit, Doc: d.Doc}
			if strings.HasPrefix(name, "threadN.") {
				e.Note = threadNote
			}
			out = append(out, e)
		}
	}
	return out, nil
}

package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
	"github.com/threadmill-sim/threadmill/internal/units"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// planKey is a key of a plan's file.
type planKey struct {
	Name, Doc string
	read      func(r *planReader, v *tomltree.Value) error
}

// planKeys are those outside of tables.
var planKeys = []planKey{
	{"name", "of the plan; the file's when there is none", func(r *planReader, v *tomltree.Value) error { return word(v, &r.plan.Name) }},
	{"machine", "a machine's name or TOML file (default)", func(r *planReader, v *tomltree.Value) error {
		r.machineLine = v.Line
		return word(v, &r.machine)
	}},
	{"schedulers", "list of disciplines, name or name:param=value,... (the machine's own)", (*planReader).schedulers},
	{"workloads", "list of mixes, each one workload or a list of workloads, which run together", (*planReader).mixes},
	{"threads", "hardware threads (the machine's)", func(r *planReader, v *tomltree.Value) error {
		n := uint64(0)
		err := number(v, 1, isa.MaxContexts, &n)
		r.plan.Threads = int(n)
		return err
	}},
	{"seed", "from which everything random follows (1)", func(r *planReader, v *tomltree.Value) error { return number(v, 0, maxNumber, &r.seed) }},
	{"repetitions", "runs of each kind, with seeds seed, seed+1, … (1)", func(r *planReader, v *tomltree.Value) error { return number(v, 1, mostSeeds, &r.repetitions) }},
	{"seeds", "list of seeds, in place of the two", (*planReader).seeds},
	{"fast-forward", "instructions of each program that are executed functionally first (0)", func(r *planReader, v *tomltree.Value) error {
		return number(v, 0, maxNumber, &r.plan.Limits.FastForward)
	}},
	{"roi", "whether to measure the programs' regions of interest (false)", func(r *planReader, v *tomltree.Value) error { return boolean(v, &r.plan.Limits.ROI) }},
	{"warmup", "instructions that the slowest program commits before measurement (0)", func(r *planReader, v *tomltree.Value) error { return number(v, 0, maxNumber, &r.plan.Limits.Warmup) }},
	{"insts", "instructions that are measured of each program; 0: to its end (0)", func(r *planReader, v *tomltree.Value) error { return number(v, 0, maxNumber, &r.plan.Limits.Insts) }},
	{"until", "the rule that ends a run (all)", (*planReader).until},
	{"interval", "cycles of the intervals in which every statistic is stored, too; 0: none (0)", func(r *planReader, v *tomltree.Value) error { return number(v, 0, maxNumber, &r.plan.Interval) }},
	{"memory", "most of it that each program can have, bytes or with K, M or G (4G)", (*planReader).memory},
	{"root", "directory that programs see as their /, read-only (none)", (*planReader).root},
}

// Tables of a plan's file.
const (
	setTable    = "set"
	axesTable   = "axes"
	linkedTable = "linked"
	drawTable   = "draw"
)

// defaultMachine is that of a plan that names none.
const defaultMachine = "default"

// mostSeeds bounds the seeds of a plan.
const mostSeeds = 10_000

// maxNumber bounds the numbers of a plan: TOML has no larger ones.
const maxNumber = 1<<63 - 1

// fault is something wrong in a plan's file.
type fault struct {
	line int // 0: none
	err  error
}

// planReader makes a Plan of its file and collects what is wrong.
type planReader struct {
	ctx       context.Context
	opener    *workloads.Opener
	file, dir string
	plan      *Plan
	faults    []fault
	said      map[string]bool // faults

	machine           string
	machineLine       int
	seed, repetitions uint64
	seedsLine         int
	schedulersLine    int
	memoryLine        int
	changes           []tomltree.Entry
	opened            map[string]*workloads.Program // nil: it cannot be
	mixed             map[string]bool               // mixes, by the digests of their programs
	axisLines         map[string]int                // of the paths that the axes have
	collected         []lists
	tooLong           bool // the axes, to be made
	given             []given
	doubtful          map[string]bool // the machine, and paths of the configuration whose values are not known
}

func (r *planReader) fail(line int, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if said := fmt.Sprint(line, err); !r.said[said] {
		r.said[said] = true
		r.faults = append(r.faults, fault{line, err})
	}
}

// errors are the faults in the order of the file.
func (r *planReader) errors() (errs []error) {
	slices.SortStableFunc(r.faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	for _, f := range r.faults {
		at := r.file
		if f.line > 0 {
			at += ":" + strconv.Itoa(f.line)
		}
		errs = append(errs, fmt.Errorf("%s: %w", at, f.err))
	}
	return errs
}

// unfit is what cannot be simulated besides the faults of the plan, as far as
// they leave it known: values that do not fit each other when the whole machine
// is, mixes that are too wide when disciplines and threads are.
func (r *planReader) unfit() []error {
	p := r.plan
	if p.Base == nil {
		return nil
	}
	const many = 100_000 // take seconds to lay out, and the plan is refused already
	points := 1
	for i := range p.Axes {
		if points *= len(p.Axes[i].Values); points > many {
			return nil
		}
	}
	gives := func(path string) bool {
		return slices.ContainsFunc(r.given, func(g given) bool { return g.path == path })
	}
	disciplines, threads := len(p.Schedulers) > 0, p.Threads > 0
	if r.schedulersLine == 0 {
		disciplines = !r.doubtful["scheduler"] && (!r.doubtful["machine"] || gives("scheduler"))
	}
	if !threads {
		threads = !r.doubtful["threads"] && (!r.doubtful["machine"] || gives("threads"))
	}
	return (&Layout{Plan: p}).unfit(r.ctx, len(r.doubtful) == 0, disciplines && threads)
}

func (r *planReader) read(data []byte) *Plan {
	r.plan = &Plan{
		File: r.file, Text: string(data), Name: strings.TrimSuffix(filepath.Base(r.file), ".toml"),
		Limits: machine.Limits{Until: machine.UntilAll}, Guest: machine.Guest{Memory: linux.DefaultMemory},
	}
	r.machine, r.seed, r.repetitions = defaultMachine, 1, 1
	r.opened, r.mixed, r.axisLines, r.said = map[string]*workloads.Program{}, map[string]bool{}, map[string]int{}, map[string]bool{}
	r.doubtful = map[string]bool{}
	entries, err := tomltree.Read(r.file, data)
	if err != nil {
		r.malformed(strings.TrimPrefix(err.Error(), r.file+":"))
		return r.plan
	}
	tables := map[int][]tomltree.Entry{} // linked and drawn, by element
	var order []int
	var axes []tomltree.Entry
	for _, e := range entries {
		table, rest, below := strings.Cut(e.Path, ".")
		switch {
		case e.Element > 0 && (table == linkedTable || table == drawTable):
			if e.Kind == tomltree.Header && !below {
				order = append(order, e.Element)
			}
			tables[e.Element] = append(tables[e.Element], e)
		case e.Element > 0 && (table == setTable || table == axesTable):
			if e.Kind == tomltree.Header {
				r.fail(e.Line, "%s: a table, of which there is one, begun by [%s] and not by [[%s]]", e.Path, table, e.Path)
			}
		case e.Kind == tomltree.Header && (table == setTable || table == axesTable):
		case table == setTable && below:
			e.Path = rest
			r.changes = append(r.changes, e)
		case table == axesTable && below:
			e.Path = rest
			axes = append(axes, e)
		default:
			r.key(&e)
		}
	}
	if strings.ContainsFunc(r.plan.Name, unicode.IsControl) {
		r.fail(0, "name: %q, after the file, has control characters: a name is one line of text", r.plan.Name)
	}
	r.setSeeds()
	r.setBase()
	r.setAxes(axes)
	for _, n := range order {
		list := tables[n]
		if list[0].Path == linkedTable {
			r.link(list)
		} else {
			r.draw(list)
		}
	}
	r.makeAxes()
	r.checkAxes()
	r.checkValues()
	r.checkMemory()
	if len(r.plan.Mixes) == 0 && len(r.faults) == 0 {
		r.fail(0, "no workloads: the plan has neither %q nor a [[%s]]", "workloads", drawTable)
	}
	return r.plan
}

// malformed notes what is no TOML; the text may begin with line and column.
func (r *planReader) malformed(text string) {
	var line int
	for _, to := range []*int{&line, new(int)} {
		if place, rest, ok := strings.Cut(text, ":"); ok {
			if n, err := strconv.Atoi(place); err == nil {
				*to, text = n, rest
			}
		}
	}
	r.fail(line, "%s", strings.TrimSpace(text))
}

// key reads a key outside of the tables.
func (r *planReader) key(e *tomltree.Entry) {
	for i := range planKeys {
		if k := &planKeys[i]; k.Name == e.Path {
			if e.Kind == tomltree.Header {
				r.fail(e.Line, "%s: a value and no table", e.Path)
			} else if err := k.read(r, &e.Value); err != nil {
				r.fail(e.Line, "%s: %w", e.Path, err)
				if k.Name == "threads" || k.Name == "machine" {
					r.doubtful[k.Name] = true
				}
			}
			return
		}
	}
	switch e.Path {
	case linkedTable, drawTable:
		r.fail(e.Line, "%s: a list of tables, each begun by [[%s]]", e.Path, e.Path)
		return
	case setTable, axesTable:
		r.fail(e.Line, "%s: a table, begun by [%s]", e.Path, e.Path)
		return
	}
	r.fail(e.Line, "%v", catalog.Unknown("key", e.Path, PlanKeys()))
}

// PlanKeys are the keys and tables of a plan's file.
func PlanKeys() []string {
	var names []string
	for _, k := range planKeys {
		names = append(names, k.Name)
	}
	return append(names, setTable, axesTable, linkedTable, drawTable)
}

// PlanHelp says what the keys of a plan's file mean, a line for each.
func PlanHelp() string {
	var b strings.Builder
	for _, k := range planKeys {
		fmt.Fprintf(&b, "  %-14s%s\n", k.Name, k.Doc)
	}
	return b.String()
}

func word(v *tomltree.Value, to *string) error {
	if v.Kind != tomltree.String || v.Text == "" {
		return fmt.Errorf("%s is no name: a string is wanted", v.Quoted())
	}
	if strings.ContainsFunc(v.Text, unicode.IsControl) {
		return fmt.Errorf("%s has control characters: a name is one line of text", v.Quoted())
	}
	*to = v.Text
	return nil
}

func boolean(v *tomltree.Value, to *bool) error {
	if v.Kind != tomltree.Bool {
		return fmt.Errorf("%s is neither true nor false", v.Quoted())
	}
	*to = v.Text == "true"
	return nil
}

func number(v *tomltree.Value, least, most uint64, to *uint64) error {
	n, err := strconv.ParseUint(v.Text, 10, 64)
	switch {
	case v.Kind != tomltree.Integer, err != nil && !strings.HasPrefix(v.Text, "-"):
		return fmt.Errorf("%s is no whole number", v.Quoted())
	case err != nil, n < least, n > most:
		if most == maxNumber {
			return fmt.Errorf("%s is below %d", v.Text, least)
		}
		return fmt.Errorf("%s is outside %d … %d", v.Text, least, most)
	}
	*to = n
	return nil
}

// items are those of a list that has some.
func items(v *tomltree.Value, of string) ([]tomltree.Value, error) {
	switch {
	case v.Kind != tomltree.List:
		return nil, fmt.Errorf("%s is no list of %s", v.Quoted(), of)
	case len(v.Items) == 0:
		return nil, fmt.Errorf("the list of %s is empty", of)
	}
	return v.Items, nil
}

func (r *planReader) schedulers(v *tomltree.Value) error {
	r.schedulersLine = v.Line
	list, err := items(v, "schedulers")
	if err != nil {
		return err
	}
	listed := map[string]string{}
	for i := range list {
		item := &list[i]
		if item.Kind != tomltree.String {
			r.fail(item.Line, "schedulers: %s is no scheduler: a string is wanted", item.Quoted())
			continue
		}
		_, args, err := scheduler.Parse(item.Text)
		if err != nil {
			r.fail(item.Line, "schedulers: %v", err)
			continue
		}
		if first, ok := listed[args.String()]; ok {
			r.fail(item.Line, "schedulers: %q is listed already, as %q", item.Text, first)
			continue
		}
		listed[args.String()] = item.Text
		r.plan.Schedulers = append(r.plan.Schedulers, item.Text)
	}
	return nil
}

func (r *planReader) until(v *tomltree.Value) error {
	if err := word(v, &r.plan.Limits.Until); err != nil {
		return err
	}
	var names []string
	for _, u := range machine.Untils {
		names = append(names, u.Name)
	}
	if !slices.Contains(names, v.Text) {
		return catalog.Unknown("until rule", v.Text, names)
	}
	return nil
}

func (r *planReader) memory(v *tomltree.Value) (err error) {
	if v.Kind != tomltree.String && v.Kind != tomltree.Integer {
		return fmt.Errorf("%s is no size", v.Quoted())
	}
	r.plan.Guest.Memory, err = ParseSize(v.Text)
	if err == nil {
		r.memoryLine = v.Line
	}
	return err
}

// checkMemory finds a program that does not even begin in the memory that the
// plan gives each.
func (r *planReader) checkMemory() {
	if r.memoryLine == 0 {
		return
	}
	started := map[string]bool{"": true} // by digest; those that cannot be opened have none
	for i := range r.plan.Mixes {
		for _, p := range r.plan.Mixes[i].Programs {
			if started[p.Digest] || r.ctx.Err() != nil {
				continue
			}
			started[p.Digest] = true
			guest := &r.plan.Guest
			_, err := p.Start(linux.NewSystem(linux.SystemOptions{}), workloads.Options{Memory: guest.Memory, Root: guest.Root})
			if errors.Is(err, linux.ErrMemory) {
				r.fail(r.memoryLine, "memory: %w", err)
				return
			}
		}
	}
}

// ParseSize reads a number of bytes above 0 that a program can have, plain or
// with K, M or G for powers of 1024.
func ParseSize(text string) (uint64, error) {
	n, err := units.Parse(strings.ToUpper(text))
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is more than any program can have", text)
	case err != nil:
		return 0, fmt.Errorf("%q is no size: a whole number of bytes, or of K, M or G (1024 bytes, …) such as 512M", text)
	case n == 0:
		return 0, fmt.Errorf("%q leaves a program no memory", text)
	}
	return n, nil
}

func (r *planReader) root(v *tomltree.Value) error {
	if err := word(v, &r.plan.Guest.RootName); err != nil {
		return err
	}
	root, err := os.OpenRoot(r.path(v.Text))
	if err != nil {
		return fmt.Errorf("%s: %w", v.Text, withoutPath(err))
	}
	r.plan.Guest.Root = root
	return nil
}

// path is one that the plan names.
func (r *planReader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.dir, name)
}

// withoutPath is the reason of an error that names the file.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (r *planReader) seeds(v *tomltree.Value) error {
	list, err := items(v, "seeds")
	if err != nil {
		return err
	}
	r.seedsLine = v.Line
	if len(list) > mostSeeds {
		return fmt.Errorf("%d seeds are more than a plan can have (%d)", len(list), mostSeeds)
	}
	listed := map[uint64]bool{}
	for i := range list {
		n := uint64(0)
		if err := number(&list[i], 0, maxNumber, &n); err != nil {
			r.fail(list[i].Line, "seeds: %v", err)
			continue
		}
		if listed[n] {
			r.fail(list[i].Line, "seeds: %d is listed twice", n)
		}
		listed[n] = true
		r.plan.Seeds = append(r.plan.Seeds, n)
	}
	return nil
}

// setSeeds makes the list of seeds of seed and repetitions, unless it is given.
func (r *planReader) setSeeds() {
	if r.seedsLine > 0 {
		if r.seed != 1 || r.repetitions != 1 {
			r.fail(r.seedsLine, "seeds: the list stands in place of seed and repetitions, and not beside them")
		}
		return
	}
	for i := range r.repetitions {
		r.plan.Seeds = append(r.plan.Seeds, r.seed+i)
	}
}

// mixes reads the list of workloads.
func (r *planReader) mixes(v *tomltree.Value) error {
	list, err := items(v, "mixes")
	if err != nil {
		return err
	}
	for i := range list {
		item := &list[i]
		specs := []tomltree.Value{*item}
		if item.Kind == tomltree.List {
			if specs, err = items(item, "workloads"); err != nil {
				r.fail(item.Line, "workloads: mix %d: %v", i+1, err)
				continue
			}
		}
		r.addMix(specs, true)
	}
	return nil
}

// addMix opens the programs of a mix. One that is there already is a mistake
// where mixes are listed, and left out where they are drawn.
func (r *planReader) addMix(specs []tomltree.Value, listed bool) {
	m := Mix{Line: specs[0].Line, drawn: !listed}
	key := ""
	for i := range specs {
		p := r.open(&specs[i])
		if p == nil { // the plan is refused, and this is the mix's width
			p = &workloads.Program{Spec: specs[i].Text}
		}
		m.Programs = append(m.Programs, p)
		key += cmp.Or(p.Digest, p.Spec)
	}
	switch {
	case !r.mixed[key]:
		r.mixed[key] = true
		r.plan.Mixes = append(r.plan.Mixes, m)
	case listed:
		r.fail(m.Line, "workloads: %s is listed twice", mixName(m.Programs))
	}
}

// mixName names programs that run together.
func mixName(programs []*workloads.Program) string {
	var names []string
	for _, p := range programs {
		names = append(names, p.Spec)
	}
	return strings.Join(names, " + ")
}

// open resolves a workload once; nil when it cannot be.
func (r *planReader) open(v *tomltree.Value) *workloads.Program {
	if v.Kind != tomltree.String {
		r.fail(v.Line, "workloads: %s is no workload: a string is wanted", v.Quoted())
		return nil
	}
	if strings.ContainsFunc(v.Text, unicode.IsControl) {
		r.fail(v.Line, "workloads: %s has control characters: a workload is one line of text", v.Quoted())
		return nil
	}
	p, done := r.opened[v.Text]
	if !done && r.ctx.Err() == nil {
		var err error
		if p, err = r.opener.Open(r.ctx, v.Text); err != nil {
			r.fail(v.Line, "workloads: %w", err)
			p = nil
		}
		r.opened[v.Text] = p
	}
	return p
}

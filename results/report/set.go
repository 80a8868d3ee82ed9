package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/plot"
	"github.com/threadmill-sim/threadmill/results/summary"
)

// SetOptions say what the report of a set shows.
type SetOptions struct {
	Title  string          // of the page
	Metric *results.Metric // that the summary is about; nil: STP, or IPC when no run has an STP
	// Reference is the setting that others are compared with; nil: the first.
	Reference *results.Setting
	Figures   []*plot.Figure
	Sizes     []plot.Size // of the figures' files
	Omitted   []string    // figures without data, and why
	CSV       []byte      // the table of runs, written as runs.csv
	// Machine is how the machine of a run is asked for on a command line, which is
	// given its configuration; no words when none gives the same numbers. nil: by
	// its name and changes.
	Machine func(*results.Record, *results.Configuration) []string
	// Program is what is to be known of a workload that a command names: that it is
	// no longer the program with the digest, which ran; "" when it is. nil: nothing.
	Program func(workload, digest string) string
}

// Files of the report of a set, besides its figures.
const setCSV = "runs.csv"

// WriteSet writes the report of a set into dir, as Write does that of a
// comparison.
func WriteSet(dir string, s *results.Set, o SetOptions) error {
	files, err := drawAll(o.Figures, o.Sizes)
	if err != nil {
		return err
	}
	page, err := setPage(s, o)
	if err != nil {
		return err
	}
	return writeAll(dir, append(files, file{setCSV, o.CSV}, file{"index.html", page}))
}

var setTemplate = template.Must(template.New("set.html").
	Funcs(template.FuncMap{"soft": soft}).ParseFS(sources, "page/parts.html", "page/set.html"))

// setView is what the template of a set shows.
type setView struct {
	Title, Counts  string
	Style          template.CSS
	Fonts          template.CSS
	Script, Data   template.JS
	Unlike         string // in what else than factors the runs differ
	Failed         []failure
	MoreFailed     int
	Exits          []results.Exit
	MoreExits      int
	Findings       []finding
	Settings       []noted // by the number of programs
	Effects        []grid  // as well
	Figures        []figure
	Omitted        []string
	Runs           int
	Factors        []definition
	Machines       grid     // differences between machines
	LeftOut        []string // mixes that are in no mean, and why
	MoreLeftOut    int
	Warnings       []string
	MoreWarnings   int
	Definitions    []definition
	Configurations []configuration
}

// failure is a cause of failures, and its runs.
type failure struct {
	What, Error string
	Runs        []string
	MoreRuns    int
}

// noted is a grid with what its means are over.
type noted struct {
	Grid grid
	Note string
}

// configuration is the machine of the first run of each name.
type configuration struct{ Name, Text string }

// The most that is listed of what a large set may have thousands of.
const (
	mostFailed   = 20  // causes
	mostOfCause  = 100 // runs that failed
	mostLeftOut  = 50
	mostWarnings = 50
	mostExits    = 20
)

// setPage is the HTML of a set's report: one file that loads nothing.
func setPage(s *results.Set, o SetOptions) ([]byte, error) {
	metric := o.Metric
	if metric == nil {
		metric = mainMetric(s)
	}
	labels := labelsOf(s)
	data, err := json.Marshal(newRunData(s, labels, o))
	if err != nil {
		return nil, err
	}
	figures, fonts, err := inline(o.Figures, o.Sizes)
	if err != nil {
		return nil, err
	}
	for i, f := range o.Figures { // each has its own: of how many mixes it is
		figures[i].Caption = strings.TrimSpace(f.Caption + " " + f.Conditions)
	}
	v := setView{
		Title: o.Title, Counts: counts(s), Unlike: strings.Join(s.Unlike(), ", "),
		Style: template.CSS(source("style.css")), Fonts: fonts,
		Script: template.JS(source("script.js") + source("runs.js")), Data: template.JS(data),
		Figures: figures, Omitted: o.Omitted, Runs: len(s.Runs),
		Factors: factors(s), Machines: machinesGrid(s), Definitions: metricDefinitions(),
		Configurations: configurations(s),
	}
	for _, t := range newStudies(s, metric, labels, o.Reference) {
		v.Findings = append(v.Findings, t.findings()...)
		v.LeftOut = append(v.LeftOut, t.leftOut()...)
		v.Settings = append(v.Settings, noted{t.settingsGrid(), t.note()})
		if effects := t.effectsGrid(); len(effects.Rows) > 0 {
			v.Effects = append(v.Effects, effects)
		}
	}
	v.Failed, v.MoreFailed = firstOf(failures(s, labels), mostFailed)
	v.Exits, v.MoreExits = firstOf(s.Exits(), mostExits)
	v.LeftOut, v.MoreLeftOut = firstOf(v.LeftOut, mostLeftOut)
	v.Warnings, v.MoreWarnings = firstOf(setWarnings(s), mostWarnings)
	var b bytes.Buffer
	if err := setTemplate.Execute(&b, &v); err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	return b.Bytes(), nil
}

// failures are the causes of failures.
func failures(s *results.Set, labels map[results.Setting]string) (list []failure) {
	for _, c := range s.Causes() {
		v := failure{What: c.What(), Error: c.Error}
		shown, more := firstOf(c.Runs, mostOfCause)
		for _, f := range shown {
			under := labels[f.Setting()]
			if f.Solo {
				under = s.SettingLabels([]results.Setting{f.Setting()})[0] + " (to compare others with)"
			}
			v.Runs = append(v.Runs, fmt.Sprintf("%s, %s, seed %d", f.Mix(), under, f.Setup.Seed))
		}
		v.MoreRuns = more
		list = append(list, v)
	}
	return list
}

func firstOf[T any](list []T, most int) (shown []T, more int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}

// mainMetric is STP, or IPC when no run has an STP.
func mainMetric(s *results.Set) *results.Metric {
	stp, _ := results.MetricOf("stp")
	if slices.ContainsFunc(s.Runs, func(r *results.Record) bool { return stp.Of(r).Defined() }) {
		return stp
	}
	ipc, _ := results.MetricOf("ipc")
	return ipc
}

func labelsOf(s *results.Set) map[results.Setting]string {
	settings := s.Settings()
	for i := range s.Failed {
		if f := &s.Failed[i]; !f.Solo && !slices.Contains(settings, f.Setting()) {
			settings = append(settings, f.Setting())
		}
	}
	out := make(map[results.Setting]string, len(settings))
	for i, label := range s.SettingLabels(settings) {
		out[settings[i]] = label
	}
	return out
}

// counts says how much the set is.
func counts(s *results.Set) string {
	mixes, seeds := map[string]bool{}, map[uint64]bool{}
	for _, r := range s.Runs {
		mixes[r.Mix()], seeds[r.Setup.Seed] = true, true
	}
	mix := "mixes"
	if len(mixes) == 1 {
		mix = "mix"
	}
	text := fmt.Sprintf("%s: %s, %d %s of programs, %s", results.Counted(len(s.Runs), "run"),
		results.Counted(len(s.Settings()), "setting"), len(mixes), mix, results.Counted(len(seeds), "seed"))
	if n := len(s.Failed); n > 0 {
		text += fmt.Sprintf("; %s failed", results.Counted(n, "further run"))
	}
	return text
}

// factors lists what the runs differ in.
func factors(s *results.Set) (list []definition) {
	for _, f := range s.Factors() {
		shown, more := firstOf(f.Values, 40)
		text := strings.Join(shown, "; ")
		if more > 0 {
			text += fmt.Sprintf("; and %d more", more)
		}
		list = append(list, definition{f.Path, text})
	}
	return list
}

// configurations are the machines by name.
func configurations(s *results.Set) (list []configuration) {
	seen := map[string]bool{}
	for _, r := range s.Runs {
		if c := s.Configuration(r); c != nil && !seen[r.Machine] {
			seen[r.Machine] = true
			list = append(list, configuration{r.Changed(), c.Text})
		}
	}
	return list
}

// machinesGrid lists the values in which machines of several names differ, of
// the first configuration of each.
func machinesGrid(s *results.Set) grid {
	g := grid{ID: "machines", Caption: "Where the machines differ", Header: []heading{{Title: "key"}}}
	var machines []*results.Configuration
	seen := map[string]bool{}
	for _, r := range s.Runs {
		if c := s.Configuration(r); c != nil && !seen[r.Machine] {
			seen[r.Machine] = true
			machines = append(machines, c)
			g.Header = append(g.Header, heading{Title: r.Machine})
		}
	}
	if len(machines) < 2 {
		return grid{}
	}
	paths := map[string]bool{}
	for _, c := range machines[1:] {
		for _, d := range results.Differences(machines[0], c) {
			paths[d.Path] = true
		}
	}
	names := make([]string, 0, len(paths))
	for path := range paths {
		names = append(names, path)
	}
	slices.SortFunc(names, results.Natural)
	for _, path := range names {
		row := []cell{{Text: path, Value: path}}
		for _, c := range machines {
			row = append(row, cell{Text: c.Values[path], Value: c.Values[path]})
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// metricDefinitions are those of the columns.
func metricDefinitions() (list []definition) {
	for i := range results.MetricTable {
		m := &results.MetricTable[i]
		text := m.Doc
		if m.Unit != "" {
			text += " (" + m.Unit + ")"
		}
		direction := "higher is better"
		if m.Lower {
			direction = "lower is better"
		}
		list = append(list, definition{m.Title, fmt.Sprintf("%s; %s; over mixes the %s mean", text, direction, m.Mean)})
	}
	return append(list,
		definition{"setting", "what a run was under: machine, configuration, discipline, hardware contexts"},
		definition{"interval", fmt.Sprintf("95 %% confidence interval of the mean over mixes: bootstrap, bias-corrected and accelerated (Efron, JASA 1987); of %d mixes or more", summary.Fewest)},
		definition{"block", "one combination of everything but one factor, mix and seed included; a factor's effect is over the blocks that have all its values"})
}

// runData is the table of runs for the page's script. Texts are indices into
// Texts, since most occur often.
type runData struct {
	Columns  []runColumn `json:"columns"`
	Texts    []string    `json:"texts"`
	Rows     [][]any     `json:"rows"`
	Commands []int       `json:"commands"` // two texts for each row, with the seed between them
	Notes    []int       `json:"notes"`    // a text for each row, of what its command names

	index map[string]int
}

type runColumn struct {
	Title    string `json:"title"`
	Doc      string `json:"doc,omitempty"`
	Number   bool   `json:"number,omitempty"`
	Decimals int    `json:"decimals,omitempty"`
}

// shownMetrics are those of the table of runs; all are in the CSV.
var shownMetrics = []string{"ipc", "stp", "antt", "fairness", "speedup", "utilization", "l1d_mpki", "l2_mpki", "l3_mpki", "branch_mpki"}

func newRunData(s *results.Set, labels map[results.Setting]string, o SetOptions) *runData {
	d := &runData{index: map[string]int{}, Rows: [][]any{}}
	d.Columns = append(d.Columns,
		runColumn{Title: "setting", Doc: "what the run was under"},
		runColumn{Title: "mix", Doc: "the programs"},
		runColumn{Title: "seed", Doc: "from which everything random follows", Number: true},
		runColumn{Title: "cycles", Doc: "measured cycles", Number: true})
	var metrics []*results.Metric
	for _, key := range shownMetrics {
		if m, ok := results.MetricOf(key); ok {
			metrics = append(metrics, m)
			d.Columns = append(d.Columns, runColumn{m.Title, m.Doc, true, m.Decimals})
		}
	}
	known := make(map[[2]string]string) // of programs by name and digest
	for _, r := range s.Runs {
		row := []any{d.text(labels[r.Setting()]), d.text(r.Mix()), r.Setup.Seed, r.Cycles}
		for _, m := range metrics {
			row = append(row, rounded(m.Of(r), m.Decimals+2))
		}
		d.Rows = append(d.Rows, row)
		words := machineByName(r)
		if o.Machine != nil {
			words = o.Machine(r, s.Configuration(r))
		}
		before, after := command(r, words)
		d.Commands = append(d.Commands, d.text(before), d.text(after))
		var notes []string
		for i := range r.Programs {
			p := [2]string{r.Programs[i].Workload, r.Programs[i].Digest}
			note, ok := known[p]
			if !ok && o.Program != nil {
				note = o.Program(p[0], p[1])
				known[p] = note
			}
			if note != "" && !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
		d.Notes = append(d.Notes, d.text(strings.Join(notes, " ")))
	}
	return d
}

func (d *runData) text(s string) int {
	i, ok := d.index[s]
	if !ok {
		i = len(d.Texts)
		d.index[s] = i
		d.Texts = append(d.Texts, s)
	}
	return i
}

// rounded is a number that sorts as n does and is short; null when undefined.
func rounded(n results.Number, decimals int) any {
	if !n.Defined() {
		return nil
	}
	return json.Number(strconv.FormatFloat(float64(n), 'f', decimals, 64))
}

func machineByName(r *results.Record) []string {
	words := []string{"--machine", r.Machine}
	for _, change := range r.Changes {
		words = append(words, "--set", change)
	}
	return words
}

// command is what gives the same numbers on a machine, before and behind the
// seed; nothing when there is none. Of several programs it is a comparison, which
// measures them against their solo runs.
func command(r *results.Record, machine []string) (before, after string) {
	if len(machine) == 0 {
		return "", ""
	}
	verb := "compare"
	if len(r.Programs) == 1 {
		verb = "run"
	}
	words := slices.Concat([]string{"threadmill", verb}, machine, []string{"--scheduler", r.Scheduler})
	if scheduler, _, _ := strings.Cut(r.Scheduler, ":"); scheduler != "single" {
		words = append(words, "--threads", strconv.Itoa(r.Setup.Contexts))
	}
	setup := &r.Setup
	if setup.FastForward > 0 {
		words = append(words, "--fast-forward", strconv.FormatUint(setup.FastForward, 10))
	}
	if setup.ROI {
		words = append(words, "--roi")
	}
	words = append(words, "--warmup", strconv.FormatUint(setup.Warmup, 10), "--insts", strconv.FormatUint(setup.Insts, 10), "--until", setup.Until)
	if setup.Memory > 0 {
		words = append(words, "--memory", strconv.FormatUint(setup.Memory, 10))
	}
	if setup.Root != "" {
		words = append(words, "--root", setup.Root)
	}
	if setup.Interval > 0 && verb == "run" {
		words = append(words, "--interval", strconv.FormatUint(setup.Interval, 10))
	}
	var programs []string
	for i := range r.Programs {
		programs = append(programs, r.Programs[i].Workload)
	}
	return results.ShellLine(append(words, "--seed")), results.ShellLine(programs)
}

package report

import (
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/threadmill-sim/threadmill/internal/browser"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/plot"
	"github.com/threadmill-sim/threadmill/results/resultstest"
	"github.com/threadmill-sim/threadmill/results/summary"
)

// study of two windows, four disciplines, twelve mixes, two seeds.
func smallSet() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 4, Mixes: 12, Seeds: 2})
}

func writeSet(t testing.TB, s *results.Set, o SetOptions) string {
	t.Helper()
	dir := t.TempDir()
	if err := WriteSet(dir, s, o); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "index.html")
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The summary names the best setting with its interval, what matters most and
// who suffers; every number is one that the tables have.
func TestSetFindings(t *testing.T) {
	s := smallSet()
	page := readPage(t, writeSet(t, s, SetOptions{Title: "window"}))
	for _, want := range []string{
		"192 runs: 8 settings, 12 mixes of programs, 2 seeds",
		"Best STP: rob.size=256", "95 % interval", "better in 12 of 12 mixes",
		"What matters most: core.rob.size", "Slowed down most:", "Means are over 12 mixes.",
		"harmonic mean", `<a href="runs.csv">`,
	} {
		if !strings.Contains(strings.ReplaceAll(page, "<wbr>", ""), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, no := range []string{"http://", "https://", "Runs that failed", "There is no finished run"} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %q", no)
		}
	}
}

// A sentence names a discipline as the settings do.
func TestSetFindingsNames(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 3, Mixes: 6, Seeds: 1})
	stp, _ := results.MetricOf("stp")
	_, text := newStudies(s, stp, labelsOf(s), nil)[0].sensitivity()
	if !strings.Contains(text, " at coarse to ") || !strings.Contains(text, " at single: a range of ") {
		t.Error(text)
	}
}

// The settings are compared with the first, or with that which is asked for.
func TestSetReference(t *testing.T) {
	s := smallSet()
	metric, labels := &results.MetricTable[0], labelsOf(s)
	settings := s.Settings()
	group := summary.Groups(s)[0]
	first, last := newStudy(group, metric, labels, nil), newStudy(group, metric, labels, &settings[len(settings)-1])
	there, back := first.settingsGrid(), last.settingsGrid()
	n := len(settings) - 1
	if there.Rows[0][3].Text != "–" || back.Rows[n][3].Text != "–" || back.Header[3].Title != "against "+labels[settings[n]] {
		t.Errorf("%+v, %+v", there.Rows[0], back.Rows[n])
	}
	ups, downs := first.changes[n], last.changes[0]
	if ups.Better+downs.Better != ups.Change.N || ups.Change.Mean*downs.Change.Mean >= 0 {
		t.Errorf("there %+v, back %+v", ups, downs)
	}
}

// Mixes of several numbers of programs are not averaged together: each number has
// its own best setting and its own means.
func TestSetOfSeveralSizes(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 4, Mixes: 4, Seeds: 1, Sizes: []int{2, 4}})
	page := strings.ReplaceAll(readPage(t, writeSet(t, s, SetOptions{Title: "sizes"})), "<wbr>", "")
	for _, want := range []string{
		"Best STP of mixes of 2 programs: ", "Best STP of mixes of 4 programs: ", "What matters most in mixes of 2 programs: ", "Slowed down most in mixes of 4 programs: ",
		"Means are over 4 mixes of 2 programs.", "Means are over 4 mixes of 4 programs.",
		`<table id="settings-2"`, `<table id="settings-4"`, `<table id="effects-2"`, `<table id="effects-4"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	stp, _ := results.MetricOf("stp")
	for _, study := range newStudies(s, stp, labelsOf(s), nil) {
		var inverse, n float64 // harmonic mean by hand
		for _, r := range s.Runs {
			if len(r.Programs) == study.Programs && r.Setting() == study.Settings[1] {
				inverse, n = inverse+1/float64(r.Metrics.STP), n+1
			}
		}
		if got := float64(study.means[1].Mean); n != 4 || math.Abs(got-n/inverse) > 1e-9 {
			t.Errorf("mean of %d programs %g, want %g", study.Programs, got, n/inverse)
		}
	}
}

// A mix in which a program had ended before it was measured is left out of the
// table, the summary and the figures alike, with one n, and the page says why.
func TestSetUnmeasured(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 6, Seeds: 1})
	lost := s.Runs[len(s.Runs)-2]
	ended, undefined := lost.Programs[1].Workload, results.Undefined
	lost.Programs[1].Instructions, lost.Programs[1].Cycles = 0, 0
	lost.IPC *= 100
	lost.Metrics = &results.Metrics{STP: undefined, ANTT: undefined, Harmonic: undefined, Fairness: undefined, Jain: undefined, Speedup: undefined, Progress: []results.Number{undefined, undefined}}
	figures, _ := plot.OfSet(s, plot.Options{Metrics: []string{"ipc", "stp", "fairness"}})
	stp, _ := results.MetricOf("stp")
	study := newStudies(s, stp, labelsOf(s), nil)[0]
	g := study.settingsGrid()
	columns := map[string]int{}
	for i, h := range g.Header {
		columns[h.Title] = i
	}
	checked := 0
	for _, f := range figures {
		title := map[string]string{"means-ipc": "IPC", "means-stp": "STP", "means-fairness": "fairness"}[f.Name]
		if title == "" {
			continue
		}
		checked++
		if !strings.HasPrefix(f.Conditions, "n = 5 of 6 mixes of 2 programs") {
			t.Errorf("%s: %s", f.Name, f.Conditions)
		}
		_, values, err := f.Inline(plot.Column)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(values, "\n")
		for _, row := range g.Rows {
			if want := row[0].Text + ": " + title + " " + row[columns[title]].Text; !strings.Contains(all, want) {
				t.Errorf("%s does not say %q: %s", f.Name, want, all)
			}
		}
	}
	if checked != 3 {
		t.Errorf("%d figures", checked)
	}
	page := strings.ReplaceAll(readPage(t, writeSet(t, s, SetOptions{Title: "x", Figures: figures, Sizes: plot.Sizes[:1]})), "<wbr>", "")
	for _, want := range []string{
		"Means are over the 5 of 6 mixes whose STP was measured under every setting.", "harmonic mean over 5 of 6 mixes is ",
		"<li>" + lost.Mix() + ": " + ended + " had ended before the measurement began, or committed nothing in it, under " + labelsOf(s)[lost.Setting()] + "</li>",
		"n = 5 of 6 mixes of 2 programs (those that were measured under every setting)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// A mix that was measured but has no STP is named with the reason: a program that
// makes threads, if only alone, or one whose solo run is not there.
func TestSetLacking(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 6, Seeds: 1})
	undefined := results.Undefined
	lose := func(r *results.Record, program int) {
		metrics := results.Metrics{STP: undefined, ANTT: undefined, Harmonic: undefined, Fairness: undefined, Jain: undefined, Speedup: undefined, Progress: slices.Clone(r.Metrics.Progress)}
		metrics.Progress[program] = undefined
		r.Metrics = &metrics
	}
	threads, alone := s.Runs[0], s.Runs[len(s.Runs)-1]
	if threads.Mix() == alone.Mix() || threads.Programs[0].Workload == alone.Programs[1].Workload {
		t.Fatal("one mix twice")
	}
	lose(threads, 0)
	lose(alone, 1)
	for _, r := range s.Baselines {
		if r.Programs[0].Digest == threads.Programs[0].Digest {
			r.Programs[0].Threads = 4
		}
	}
	labels := labelsOf(s)
	stp, _ := results.MetricOf("stp")
	study := newStudies(s, stp, labels, nil)[0]
	if note := study.note(); !strings.Contains(note, "the 4 of 6 mixes whose STP was measured under every setting, those of IPC over 6") {
		t.Error(note)
	}
	want := []string{
		threads.Mix() + ": no STP, ANTT, fairness, speedup under " + labels[threads.Setting()] + ": " + threads.Programs[0].Workload + " has several software threads, whose instructions do not say how far it has come",
		alone.Mix() + ": no STP, ANTT, fairness, speedup under " + labels[alone.Setting()] + ": no run of " + alone.Programs[1].Workload + " alone goes as far",
	}
	got := study.leftOut()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A setting of which every run failed has a row, a mix that failed everywhere counts,
// and table, note and captions say so.
func TestSetOfFailedSetting(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 2, Mixes: 4, Seeds: 1})
	gone, nowhere := s.Runs[len(s.Runs)-1].Setting(), s.Runs[0].Mix()
	label := labelsOf(s)[gone]
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		failed := r.Setting() == gone || r.Mix() == nowhere
		if failed {
			s.Failed = append(s.Failed, results.FailedRun{Identity: r.Identity(), Error: "not finished after 1s"})
		}
		return failed
	})
	figures, _ := plot.OfSet(s, plot.Options{Metrics: []string{"stp"}})
	stp, _ := results.MetricOf("stp")
	study := newStudies(s, stp, labelsOf(s), nil)[0]
	rows := study.settingsGrid().Rows
	if last := rows[len(rows)-1]; len(rows) != 4 || last[0].Text != label || last[1].Text != "failed: 4 of 4" || last[1].Value != "" {
		t.Errorf("%d rows, the last %+v", len(rows), last)
	}
	page := strings.ReplaceAll(readPage(t, writeSet(t, s, SetOptions{Title: "x", Figures: figures, Sizes: plot.Sizes[:1]})), "<wbr>", "")
	for _, want := range []string{
		"3 settings, 3 mixes of programs, 1 seed; 7 further runs failed",
		"Every run failed under " + label + ": not finished after 1s.",
		"n = 3 of 4 mixes of 2 programs (those that were measured under every setting), 1 seed; without 1 setting of which every run failed;",
		"<li>" + template.HTMLEscapeString(nowhere) + ": no finished run</li>",
		"<details><summary>" + template.HTMLEscapeString(s.Causes()[0].What()) + ": not finished after 1s</summary>",
		", " + label + ", seed 1</li>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "not finished after 1s</summary>"); n != 1 || strings.Index(page, "Runs that failed") < strings.Index(page, `id="summary"`) {
		t.Errorf("the page has %d items for one cause, or has them before the summary", n)
	}
}

// Without a mix that all settings have, nothing is compared.
func TestSetWithoutCommonMix(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 2, Mixes: 2, Seeds: 1})
	s.Runs = []*results.Record{s.Runs[0], s.Runs[3]}
	stp, _ := results.MetricOf("stp")
	study := newStudies(s, stp, labelsOf(s), nil)[0]
	for _, row := range study.settingsGrid().Rows {
		if row[1].Text != "–" || row[5].Text != "–" {
			t.Errorf("%+v", row)
		}
	}
	if note := study.note(); !strings.Contains(note, "undefined") || len(study.findings()) > 0 {
		t.Errorf("%q, %+v", note, study.findings())
	}
}

// What is equal has no best, and one of several that share the best mean says so.
func TestSetOfEquals(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 5, Seeds: 1})
	stp, _ := results.MetricOf("stp")
	settings := s.Settings()
	equal := func(list []results.Setting) {
		of := map[string]results.Number{}
		for _, r := range s.Runs {
			if slices.Contains(list, r.Setting()) {
				if of[r.Mix()] == 0 {
					of[r.Mix()] = 10 + r.Metrics.STP
				}
				r.Metrics.STP = of[r.Mix()]
			}
		}
	}
	said := func() string {
		text := ""
		for _, f := range newStudies(s, stp, labelsOf(s), nil)[0].findings() {
			text += f.Title + ". " + f.Text + "\n"
		}
		return text
	}
	equal([]results.Setting{settings[1], settings[4], settings[5]})
	labels := labelsOf(s)
	text := said()
	if want := "Best STP: " + labels[settings[1]] + " and 2 equal. "; !strings.HasPrefix(text, want) || !strings.Contains(text, labels[settings[4]]+"; "+labels[settings[5]]) {
		t.Errorf("%s does not say %q", text, want)
	}
	study := newStudies(s, stp, labels, nil)[0]
	for i, row := range study.settingsGrid().Rows {
		if row[1].Best != (i == 1 || i == 4 || i == 5) {
			t.Errorf("%+v", row)
		}
	}
	equal(settings)
	text = said()
	for _, want := range []string{"No best STP. The 6 settings ", "Nothing matters. ", "at all values of core.rob.size; of scheduler."} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", text, want)
		}
	}
}

// A factor whose values were never run with everything else equal is listed
// with the blocks that it lacks, and without a mean.
func TestSetConfounded(t *testing.T) {
	s := smallSet()
	first := s.Runs[0].Scheduler
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		return (r.Scheduler == first) != (s.Value(r, "core.rob.size") == "64")
	})
	study := newStudy(summary.Groups(s)[0], &results.MetricTable[0], map[results.Setting]string{}, nil)
	rows := study.effectsGrid().Rows
	if len(rows) != 2 {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	for _, row := range rows {
		if row[2].Text != "–" || !strings.HasPrefix(row[3].Text, "0 of ") {
			t.Errorf("%+v", row)
		}
	}
}

// Runs that differ in what settings do not tell apart are said to.
func TestSetOfSeveralExperiments(t *testing.T) {
	s := smallSet()
	s.Runs[0].Setup.Insts++
	if page := readPage(t, writeSet(t, s, SetOptions{Title: "x"})); !strings.Contains(page, "of several experiments") {
		t.Error("the page does not say so")
	}
}

// A warning that runs repeat with other numbers is said once, with their range.
func TestSetWarnings(t *testing.T) {
	s := smallSet()
	for i, r := range s.Runs {
		name := r.Programs[0].Workload
		r.Warnings = []string{fmt.Sprintf("%s: %d measured instructions are too few to say much of it", name, 500+i)}
	}
	first := s.Runs[0]
	first.Programs[0].Workload, first.Programs[1].Workload = "chase", "chase 64"
	first.Warnings = []string{"chase 64 ended with exit code 3", "chase 64: only 7 instructions were measured, of 100 asked for"}
	s.Runs[1].Warnings = append(s.Runs[1].Warnings, s.Runs[1].Programs[1].Workload+" ended with exit code 4")
	list := setWarnings(s)
	if len(list) != 4 {
		t.Fatalf("%d warnings: %q", len(list), list)
	}
	for i, want := range map[int]string{
		0: "chase 64 ended with exit code 3", 1: "chase 64: only 7 instructions were measured, of 100 asked for",
		2: fmt.Sprintf(": 501 to %d measured instructions are too few to say much of it", 500+len(s.Runs)-1),
		3: s.Runs[1].Programs[1].Workload + " ended with exit code 4",
	} {
		if !strings.HasSuffix(list[i], want) {
			t.Errorf("%q, want %q", list[i], want)
		}
	}
	if named := strings.Count(list[2], s.Runs[1].Programs[0].Workload); named != 1 {
		t.Errorf("the program is named %d times: %s", named, list[2])
	}
}

// The command of a run has everything that its numbers depend on; that of one
// program its series, that of several what they are measured against.
func TestCommand(t *testing.T) {
	r := smallSet().Runs[0]
	r.Changes = []string{"core.rob.size=64"}
	r.Setup.FastForward, r.Setup.ROI, r.Setup.Warmup, r.Setup.Insts, r.Setup.Until = 5, true, 6, 7, "first"
	r.Setup.Memory, r.Setup.Root, r.Setup.Interval, r.Setup.Contexts = 8, "a root", 9, 2
	r.Scheduler = "icount"
	r.Programs[0].Workload, r.Programs[1].Workload = "sort 2000", "./own"
	const words = " --machine default --set core.rob.size=64 --scheduler icount --threads 2 --fast-forward 5 --roi --warmup 6 --insts 7 --until first --memory 8 --root 'a root' "
	before, after := command(r, machineByName(r))
	if got, want := before+" | "+after, "threadmill compare"+words+"--seed | 'sort 2000' ./own"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.Programs = r.Programs[:1]
	before, after = command(r, machineByName(r))
	if got, want := before+" | "+after, "threadmill run"+words+"--interval 9 --seed | 'sort 2000'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if before, after := command(r, nil); before != "" || after != "" {
		t.Errorf("%s | %s on no machine", before, after)
	}
}

// A set of failures alone, or of nothing, gives a page that says so; names are
// text whatever they hold.
func TestSetOfLittle(t *testing.T) {
	s := &results.Set{Failed: []results.FailedRun{{
		Identity: results.Identity{Machine: "default", Scheduler: "icount", Programs: []results.ProgramID{{Workload: "<script>alert(1)</script>"}}},
		Error:    "it took longer than 1s",
	}}}
	page := readPage(t, writeSet(t, s, SetOptions{Title: "<b>"}))
	for _, want := range []string{"There is no finished run", "&lt;script&gt;alert(1)", "it took longer than 1s", "<title>Threadmill: &lt;b&gt;</title>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	s = smallSet()
	s.Runs[0].Programs[0].Workload = "</script><script>alert(1)</script>"
	if page := readPage(t, writeSet(t, s, SetOptions{Title: "x"})); strings.Contains(page, "<script>alert") {
		t.Error("a name is a script")
	}
}

// The page works from a file: the table of runs sorts, filters, turns its pages
// and shows commands, by mouse and by keyboard, in the light and in the dark.
func TestSetInBrowser(t *testing.T) {
	ctx, heard := browser.Open(t, needs.Browser(t), writeSet(t, smallSet(), SetOptions{Title: "window", Program: func(workload, digest string) string {
		if workload == "matmul" {
			return "It is not " + digest + "."
		}
		return ""
	}}))
	rows := func() int {
		return browser.Ask[int](ctx, t, `document.querySelectorAll("#runs-table tbody tr").length`)
	}
	found := func() string { return browser.Ask[string](ctx, t, `document.getElementById("found").textContent`) }
	cell := func(row, col int) string {
		return browser.Ask[string](ctx, t, `document.querySelector("#runs-table").tBodies[0].rows[`+strconv.Itoa(row)+`].cells[`+strconv.Itoa(col)+`].textContent`)
	}
	if n := rows(); n != 100 || found() != "192 of 192 runs" {
		t.Errorf("%d rows, %s", n, found())
	}
	if headings, cells := browser.Ask[int](ctx, t, `document.querySelectorAll("#runs-table thead th").length`), browser.Ask[int](ctx, t, `document.querySelector("#runs-table").tBodies[0].rows[0].cells.length`); headings != cells {
		t.Errorf("%d headings over %d cells", headings, cells)
	}
	t.Run("pages", func(t *testing.T) {
		browser.Do(ctx, t, chromedp.Click(chromedp.CSS("#next")))
		if n := rows(); n != 92 || !browser.Ask[bool](ctx, t, `document.getElementById("next").disabled`) {
			t.Errorf("%d rows on the last page", n)
		}
		browser.Do(ctx, t, chromedp.Click(chromedp.CSS("#previous")))
	})
	t.Run("sort", func(t *testing.T) {
		const stp = `#runs-table thead th:nth-child(6) button`
		browser.Do(ctx, t, chromedp.Click(chromedp.CSS(stp)))
		most := cell(0, 5)
		browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS(stp), kb.Enter))
		if least := cell(0, 5); least >= most {
			t.Errorf("greatest %s, least %s", most, least)
		}
		if sort := browser.Ask[string](ctx, t, `document.querySelector("#runs-table thead th:nth-child(6)").getAttribute("aria-sort")`); sort != "ascending" {
			t.Errorf("sorted %q", sort)
		}
	})
	t.Run("filter", func(t *testing.T) {
		browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS("#query"), "size=256 icount seed=2"))
		if found() != "12 of 192 runs" || !strings.Contains(cell(0, 0), "256, icount") || cell(0, 2) != "2" {
			t.Errorf("%s: %s, seed %s", found(), cell(0, 0), cell(0, 2))
		}
		browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS("#query"), " stp>99"))
		if found() != "0 of 192 runs" {
			t.Error(found())
		}
		browser.Ask[bool](ctx, t, `(() => { const q = document.getElementById("query"); q.value = ""; q.dispatchEvent(new Event("input")); return true; })()`)
	})
	t.Run("command", func(t *testing.T) {
		browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS("#runs-table tbody tr:first-child th button"), kb.Enter))
		if command := browser.Ask[string](ctx, t, `document.querySelector("#details code").textContent`); !strings.HasPrefix(command, "threadmill compare --machine default --scheduler ") || !strings.Contains(command, "--seed ") {
			t.Errorf("%q", command)
		}
		for query, want := range map[string]string{"matmul": "It is not " + fmt.Sprintf("%064x", 2) + ".", "chase": ""} {
			browser.Ask[bool](ctx, t, `(() => { const q = document.getElementById("query"); q.value = "`+query+` bfs"; q.dispatchEvent(new Event("input")); return true; })()`)
			browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS("#runs-table tbody tr:first-child th button"), kb.Enter))
			if note := browser.Ask[string](ctx, t, `document.querySelector("#details .alert")?.textContent ?? ""`); note != want {
				t.Errorf("beside the command of %s: %q, want %q", query, note, want)
			}
		}
	})
	t.Run("layout", func(t *testing.T) {
		if browser.Ask[bool](ctx, t, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
			t.Error("the page is wider than its window")
		}
		lost := browser.Ask[[]string](ctx, t, `[...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute("href"))
			.filter(h => !document.querySelector(h)?.getBoundingClientRect().height)`)
		if len(lost) > 0 {
			t.Errorf("anchors to nothing visible: %q", lost)
		}
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		checkScreenshot(t, shot)
	})
	heard.Report(t)
}

// BenchmarkSet is the report of ten thousand runs.
func BenchmarkSet(b *testing.B) {
	windows := make([]int, 45)
	for i := range windows {
		windows[i] = 16 * (i + 1)
	}
	s := resultstest.Set(resultstest.Shape{Windows: windows, Disciplines: 8, Mixes: 28, Seeds: 1})
	b.ReportMetric(float64(len(s.Runs)), "runs")
	for b.Loop() {
		writeSet(b, s, SetOptions{Title: "large"})
	}
}

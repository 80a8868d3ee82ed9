package view_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/threadmill-sim/threadmill/internal/browser"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results/view"
)

// open opens a diagram's page in a tab of a browser without a window.
func open(t *testing.T, d *view.Diagram) (context.Context, *browser.Complaints) {
	t.Helper()
	var b bytes.Buffer
	if err := view.HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "view.html")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return browser.Open(t, needs.Browser(t), file)
}

// text is what an element shows, after the page has drawn.
func text(ctx context.Context, t *testing.T, id string) string {
	t.Helper()
	return browser.Ask[string](ctx, t, fmt.Sprintf(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.getElementById(%q).textContent))))`, id))
}

// chain is a diagram of n instructions by hand on two threads: of each the
// cycles follow from its number, and every seventh is squashed.
func chain(n int) *view.Diagram {
	d := &view.Diagram{Machine: "paper", Scheduler: "two", Programs: []string{"first", "second"}, Threads: 2}
	for i := range uint64(n) {
		u := view.Uop{
			Number: i, Thread: int(i % 2), Program: int(i % 2), PC: 0x10000 + 4*(i%1000), Text: fmt.Sprintf("addi x5,x5,%d", i%1000), Fate: view.Committed, Retired: i,
			Fetch: i / 2, Rename: i/2 + 3, Ready: i/2 + 6, Issue: i/2 + 6, Execute: i/2 + 8, Done: i/2 + 8, End: i/2 + 9,
			Waits: []view.Wait{{From: i/2 + 4, Until: i/2 + 6, Code: "operand", Text: "waits for the result of an older instruction", Uop: view.Never}},
		}
		if i >= 2 {
			u.Sources = []view.Source{{Uop: i - 2, Until: i/2 + 6}}
			u.Waits[0].Uop, u.Waits[0].Text = i-2, fmt.Sprintf("waits for the result of #%d", i-2)
		}
		if i%7 == 6 {
			u.Fate, u.Done, u.Notes = view.Replayed, view.Never, []string{"a note <&>"}
		}
		d.Uops = append(d.Uops, u)
	}
	return d
}

// The page works from a file, quietly: it draws, finds, describes what the
// pointer is on and what the keyboard selects, zooms and pans.
func TestInBrowser(t *testing.T) {
	ctx, heard := open(t, chain(3000))
	if got := text(ctx, t, "where"); !strings.HasPrefix(got, "rows 1–") || !strings.Contains(got, "of 3000, cycles 0–") {
		t.Errorf("at %q", got)
	}
	t.Run("screenshot", func(t *testing.T) { checkPicture(ctx, t) })
	t.Run("keyboard", func(t *testing.T) {
		browser.Do(ctx, t, chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
		got := text(ctx, t, "details")
		for _, want := range []string{"#2  10008: addi x5,x5,2", "thread 0, first", "committed", "execute91 cycle", "waits for the result of #05–62 cycles"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in %q", want, got)
			}
		}
		browser.Do(ctx, t, chromedp.KeyEvent("p"))
		if got := text(ctx, t, "details"); !strings.HasPrefix(got, "#0 ") {
			t.Errorf("it waited for %q", got)
		}
		browser.Do(ctx, t, chromedp.KeyEvent(kb.End))
		if got := text(ctx, t, "where"); !strings.Contains(got, "–3000 of 3000") {
			t.Errorf("at %q", got)
		}
		browser.Do(ctx, t, chromedp.KeyEvent("1"))
	})
	t.Run("search", func(t *testing.T) { testSearch(ctx, t) })
	t.Run("hover", func(t *testing.T) { testHover(ctx, t) })
	t.Run("zoom", func(t *testing.T) { testZoom(ctx, t) })
	t.Run("layout", func(t *testing.T) {
		if browser.Ask[bool](ctx, t, `document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight`) {
			t.Error("the page is larger than its window")
		}
	})
	heard.Report(t)
}

func testSearch(ctx context.Context, t *testing.T) {
	for _, c := range []struct{ query, found, first string }{
		{"0x10010", "1 of 3", "#4  10010"},
		{"10010", "1 of 3", "#4  10010"},
		{"x5,999", "1 of 3", "#999  "},
		{"#1234", "1 of 1", "#1234  "},
		{"fmul", "not found", ""},
	} {
		browser.Do(ctx, t, chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent(kb.Escape))
		browser.Ask[string](ctx, t, `document.getElementById("query").value = ""`)
		browser.Do(ctx, t, chromedp.SendKeys(chromedp.CSS("#query"), c.query+kb.Enter))
		if got := text(ctx, t, "found"); got != c.found {
			t.Errorf("%s: %q, want %q", c.query, got, c.found)
		}
		if got := text(ctx, t, "details"); c.first != "" && !strings.HasPrefix(got, c.first) {
			t.Errorf("%s: %q, want %q", c.query, got, c.first)
		}
	}
	// What is found is shown.
	browser.Do(ctx, t, chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent("1"))
}

func testHover(ctx context.Context, t *testing.T) {
	box := browser.Ask[[]float64](ctx, t, `(() => { const b = document.getElementById("canvas").getBoundingClientRect(); return [b.left, b.top]; })()`)
	// The seventh row; the ruler has 24 pixels, a row 18.
	browser.Do(ctx, t, chromedp.MouseEvent("mouseMoved", box[0]+60, box[1]+24+6*18+9))
	got := text(ctx, t, "tip")
	for _, want := range []string{"#6  10018: addi x5,x5,6", "squashed, fetched again", "a note <&>", "Stages", "fetch3", "waits for the result of #4"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if browser.Ask[bool](ctx, t, `document.getElementById("tip").hidden`) {
		t.Error("it is hidden")
	}
}

// rowsShown counts the rows in view.
const rowsShown = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
	const m = document.getElementById("where").textContent.match(/rows (\d+)–(\d+)/); done(m[2] - m[1] + 1); })))`

func testZoom(ctx context.Context, t *testing.T) {
	usual := browser.Ask[int](ctx, t, rowsShown)
	browser.Do(ctx, t, chromedp.KeyEvent("+"), chromedp.KeyEvent("+"))
	if near := browser.Ask[int](ctx, t, rowsShown); near >= usual {
		t.Errorf("zoomed in: %d rows, before %d", near, usual)
	}
	browser.Do(ctx, t, chromedp.KeyEvent("1"))
	browser.Ask[bool](ctx, t, `document.getElementById("canvas").dispatchEvent(new WheelEvent("wheel", {deltaY: 400, ctrlKey: true, clientX: 500, clientY: 300, cancelable: true, bubbles: true})) || true`)
	if far := browser.Ask[int](ctx, t, rowsShown); far <= usual {
		t.Errorf("zoomed out by wheel: %d rows, before %d", far, usual)
	}
	browser.Do(ctx, t, chromedp.KeyEvent("0"))
	if all := text(ctx, t, "where"); !strings.HasPrefix(all, "rows 1–3000 of 3000, cycles 0–1508") {
		t.Errorf("all: %q", all)
	}
	browser.Do(ctx, t, chromedp.KeyEvent("1"))
	browser.Ask[bool](ctx, t, `document.getElementById("canvas").dispatchEvent(new WheelEvent("wheel", {deltaY: 1800, clientX: 500, clientY: 300, cancelable: true, bubbles: true})) || true`)
	// A hundred rows on, and with them the fifty cycles that lie between.
	if got := text(ctx, t, "where"); !strings.HasPrefix(got, "rows 101–") || !strings.Contains(got, "cycles 50–") {
		t.Errorf("scrolled: %q", got)
	}
}

// checkPicture wants what has been drawn to be neither blank nor black.
func checkPicture(ctx context.Context, t *testing.T) {
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	colours, paper, all := map[uint32]bool{}, 0, 0
	b := img.Bounds()
	for y := b.Dy() / 10; y < b.Dy()*9/10; y += 2 {
		for x := 0; x < b.Dx()*6/10; x += 2 {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[r>>8<<16|g>>8<<8|b>>8] = true
			if all++; r == 0xffff && g == 0xffff && b == 0xffff {
				paper++
			}
		}
	}
	if share := float64(paper) / float64(all); len(colours) < 50 || share > 0.95 || share < 0.3 {
		t.Errorf("%d colours, %.0f %% blank", len(colours), 100*share)
	}
}

// Fifty thousand instructions are drawn, at the usual size and all at once.
func TestManyInBrowser(t *testing.T) {
	ctx, heard := open(t, chain(50_000))
	for _, key := range []string{"1", "0"} {
		browser.Do(ctx, t, chromedp.Focus(chromedp.CSS("#canvas")), chromedp.KeyEvent(key))
		for range 3 {
			browser.Ask[bool](ctx, t, `document.getElementById("canvas").dispatchEvent(new WheelEvent("wheel", {deltaY: 90, clientX: 500, clientY: 300, cancelable: true, bubbles: true})) || true`)
			text(ctx, t, "where")
		}
	}
	if got := text(ctx, t, "where"); !strings.Contains(got, "of 50000") {
		t.Errorf("at %q", got)
	}
	heard.Report(t)
}

package report

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/threadmill-sim/threadmill/internal/browser"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// firstColumn reads the first column of the table of runs.
const firstColumn = `[...document.querySelectorAll("#runs tbody tr")].map(r => r.cells[0].textContent)`

// The page works from a file: quiet console, no request, tables that sort by
// mouse and keyboard, anchors that lead to what is visible, and no content
// wider than the window.
func TestInBrowser(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, resultstest.Comparison(4, 4)); err != nil {
		t.Fatal(err)
	}
	ctx, heard := browser.Open(t, needs.Browser(t), filepath.Join(dir, "index.html"))
	t.Run("sorting", func(t *testing.T) { testSorting(ctx, t) })
	t.Run("anchors", func(t *testing.T) {
		browser.Do(ctx, t, chromedp.Click(chromedp.CSS(`nav a[href="#definitions"]`)))
		if hash := browser.Ask[string](ctx, t, `location.hash`); hash != "#definitions" {
			t.Errorf("at %q", hash)
		}
		lost := browser.Ask[[]string](ctx, t, `[...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute("href"))
			.filter(h => !document.querySelector(h)?.getBoundingClientRect().height)`)
		if len(lost) > 0 {
			t.Errorf("anchors to nothing visible: %q", lost)
		}
	})
	t.Run("layout", func(t *testing.T) {
		if fonts := browser.Ask[string](ctx, t, `document.fonts.load('7px "Liberation Sans"').then(f => f.map(x => x.status).join())`); fonts != "loaded" {
			t.Errorf("the figures' font: %q", fonts)
		}
		if browser.Ask[bool](ctx, t, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
			t.Error("the page is wider than its window")
		}
		if n := browser.Ask[int](ctx, t, `document.querySelectorAll("figure svg").length`); n != 6 {
			t.Errorf("%d figures", n)
		}
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		checkScreenshot(t, shot)
	})
	heard.Report(t)
}

func testSorting(ctx context.Context, t *testing.T) {
	const heading = `#runs thead th:nth-child(%d)`
	button := func(n int) chromedp.CSS { return chromedp.CSS(fmt.Sprintf(heading+" button", n)) }
	column := func(what string, want ...string) {
		t.Helper()
		if got := browser.Ask[[]string](ctx, t, firstColumn); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	// The cycles are those of resultstest.
	column("unsorted", "single", "coarse", "barrel", "icount")
	browser.Do(ctx, t, chromedp.Click(button(2)))
	column("by cycles, clicked", "coarse", "barrel", "icount", "single")
	browser.Do(ctx, t, chromedp.SendKeys(button(2), kb.Enter))
	column("by cycles, Enter", "single", "icount", "barrel", "coarse")
	if got := browser.Ask[string](ctx, t, fmt.Sprintf("document.querySelector(%q).ariaSort", fmt.Sprintf(heading, 2))); got != "ascending" {
		t.Errorf("aria-sort is %s", got)
	}
	browser.Do(ctx, t, chromedp.Click(button(1)))
	column("by name", "barrel", "coarse", "icount", "single")
	// Only coarse has switches: undefined ones stay last either way.
	const last = 13
	for range 2 {
		browser.Do(ctx, t, chromedp.Click(button(last)))
		if got := browser.Ask[[]string](ctx, t, firstColumn); got[0] != "coarse" {
			t.Errorf("by switches: %q", got)
		}
	}
}

// checkScreenshot wants a picture that is neither blank nor black.
func checkScreenshot(t *testing.T, data []byte) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	colors, dark, all := map[uint32]bool{}, 0, 0
	for y := 0; y < img.Bounds().Dy(); y += 2 {
		for x := 0; x < img.Bounds().Dx(); x += 2 {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[r>>8<<16|g>>8<<8|b>>8] = true
			if all++; r+g+b < 3*0x8000 {
				dark++
			}
		}
	}
	if share := float64(dark) / float64(all); len(colors) < 50 || share < 0.005 || share > 0.5 || img.Bounds().Dy() < 2000 {
		t.Errorf("screenshot %v of %d colours, %.1f %% dark", img.Bounds(), len(colors), 100*share)
	}
}

package report

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// browser opens a tab of a browser without a window; without a browser the
// test is skipped, but not in CI.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(needs.Browser(t)), chromedp.NoSandbox, chromedp.WindowSize(1200, 900))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// do runs steps in the tab.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask is the value of an expression in the page.
func ask[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// complaints collects what a page logs, throws or asks of a network.
type complaints struct {
	mu    sync.Mutex
	list  []string
	pages int
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.list = append(c.list, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		c.list = append(c.list, fmt.Sprintf("console: %s %v", e.Type, e.Args))
	case *log.EventEntryAdded:
		c.list = append(c.list, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		switch url := e.Request.URL; {
		case strings.HasPrefix(url, "file:"):
			c.pages++
		case !strings.HasPrefix(url, "data:"):
			c.list = append(c.list, "request: "+url)
		}
	}
}

// firstColumn reads the first column of the table of runs.
const firstColumn = `[...document.querySelectorAll("#runs tbody tr")].map(r => r.cells[0].textContent)`

// The page works from a file: quiet console, no request, tables that sort by
// mouse and keyboard, anchors that lead to what is visible, and no content
// wider than the window.
func TestInBrowser(t *testing.T) {
	ctx := browser(t)
	dir := t.TempDir()
	if err := Write(dir, resultstest.Comparison(4, 4)); err != nil {
		t.Fatal(err)
	}
	var heard complaints
	if err := chromedp.Listen(ctx, heard.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.Navigate("file://"+filepath.ToSlash(filepath.Join(dir, "index.html"))))
	t.Run("sorting", func(t *testing.T) { testSorting(ctx, t) })
	t.Run("anchors", func(t *testing.T) {
		do(ctx, t, chromedp.Click(chromedp.CSS(`nav a[href="#definitions"]`)))
		if hash := ask[string](ctx, t, `location.hash`); hash != "#definitions" {
			t.Errorf("at %q", hash)
		}
		lost := ask[[]string](ctx, t, `[...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute("href"))
			.filter(h => !document.querySelector(h)?.getBoundingClientRect().height)`)
		if len(lost) > 0 {
			t.Errorf("anchors to nothing visible: %q", lost)
		}
	})
	t.Run("layout", func(t *testing.T) {
		if fonts := ask[string](ctx, t, `document.fonts.load('7px "Liberation Sans"').then(f => f.map(x => x.status).join())`); fonts != "loaded" {
			t.Errorf("the figures' font: %q", fonts)
		}
		if ask[bool](ctx, t, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
			t.Error("the page is wider than its window")
		}
		if n := ask[int](ctx, t, `document.querySelectorAll("figure svg").length`); n != 5 {
			t.Errorf("%d figures", n)
		}
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		checkScreenshot(t, shot)
	})
	heard.mu.Lock()
	defer heard.mu.Unlock()
	if heard.pages != 1 {
		t.Errorf("%d pages were loaded, want 1", heard.pages)
	}
	for _, c := range heard.list {
		t.Error(c)
	}
}

func testSorting(ctx context.Context, t *testing.T) {
	const heading = `#runs thead th:nth-child(%d)`
	button := func(n int) chromedp.CSS { return chromedp.CSS(fmt.Sprintf(heading+" button", n)) }
	column := func(what string, want ...string) {
		t.Helper()
		if got := ask[[]string](ctx, t, firstColumn); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	// The cycles are those of resultstest.
	column("unsorted", "single", "coarse", "barrel", "icount")
	do(ctx, t, chromedp.Click(button(2)))
	column("by cycles, clicked", "coarse", "barrel", "icount", "single")
	do(ctx, t, chromedp.SendKeys(button(2), kb.Enter))
	column("by cycles, Enter", "single", "icount", "barrel", "coarse")
	if got := ask[string](ctx, t, fmt.Sprintf("document.querySelector(%q).ariaSort", fmt.Sprintf(heading, 2))); got != "ascending" {
		t.Errorf("aria-sort is %s", got)
	}
	do(ctx, t, chromedp.Click(button(1)))
	column("by name", "barrel", "coarse", "icount", "single")
	// Only coarse has switches: undefined ones stay last either way.
	const last = 13
	for range 2 {
		do(ctx, t, chromedp.Click(button(last)))
		if got := ask[[]string](ctx, t, firstColumn); got[0] != "coarse" {
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

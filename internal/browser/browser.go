// Package browser is for tests of pages: it opens a file in a tab of a browser
// without a window and writes down what the page complains of.
package browser

import (
	"context"
	"fmt"
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
)

// limit is what a test of a page may take. Chromium alone may need half a minute to
// start where much else runs.
const limit = 3 * time.Minute

// Open opens a file in a tab of the browser that path names. The tab is closed
// when the test ends.
func Open(t *testing.T, path, file string) (context.Context, *Complaints) {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(limit))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	heard := &Complaints{}
	if err := chromedp.Listen(ctx, heard.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	Do(ctx, t, chromedp.Navigate("file://"+filepath.ToSlash(file)))
	return ctx, heard
}

// Do runs steps in the tab.
func Do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// Ask is the value of an expression in the page.
func Ask[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Complaints collects what a page logs, throws or asks of a network.
type Complaints struct {
	mu    sync.Mutex
	list  []string
	pages int
}

func (c *Complaints) hear(event any) {
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

// Report makes each complaint an error, and that not one page alone was loaded.
func (c *Complaints) Report(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages != 1 {
		t.Errorf("%d pages were loaded, want 1", c.pages)
	}
	for _, what := range c.list {
		t.Error(what)
	}
}

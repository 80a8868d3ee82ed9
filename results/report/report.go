// Package report writes a comparison to a directory: figures for a paper and
// for slides, tables and statistics as CSV, everything as JSON, and one HTML
// page that shows it all and needs nothing but itself.
//
// It draws from records alone and never imports the simulator, so a stored
// comparison gives the same files as one that has just ended.
package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/plot"
	"golang.org/x/sync/errgroup"
)

// Write writes the report of c into dir, which it makes if it is not there.
//
// Every file is written whole beside its place and then renamed, the page
// last, so an interruption leaves no half-written file. Files of an earlier
// report that this one does not have are removed; others are left alone.
func Write(dir string, c *results.Comparison) (err error) {
	files, err := build(c)
	if err != nil {
		return err
	}
	return writeAll(dir, files)
}

// writeAll writes files as Write does.
func writeAll(dir string, files []file) (err error) {
	made, err := makeDir(dir)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && made {
			_ = os.Remove(dir) // only if nothing is in it
		}
	}()
	// Inside dir, since only there is a rename sure to stay in one file system.
	stage, err := os.MkdirTemp(dir, ".threadmill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(stage, f.name), f.data, 0o644); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.Rename(filepath.Join(stage, f.name), filepath.Join(dir, f.name)); err != nil {
			return err
		}
	}
	return removeStale(dir, files)
}

// makeDir makes dir and reports whether it was not there.
func makeDir(dir string) (made bool, err error) {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return false, fmt.Errorf("%s is a file; the report needs a directory", dir)
	case err == nil:
		return false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	return true, os.MkdirAll(dir, 0o755)
}

// file is one file of the report.
type file struct {
	name string
	data []byte
}

// build makes all files of the report, the page last.
func build(c *results.Comparison) ([]file, error) {
	figures := plot.Of(c)
	files, err := drawAll(figures, plot.Sizes)
	if err != nil {
		return nil, err
	}
	for _, t := range []struct {
		name    string
		records []*results.Record
	}{{"runs", c.Runs}, {"baselines", c.Baselines}, {"scaling", c.Scaling}} {
		var b bytes.Buffer
		if err := results.WriteCSV(&b, t.records, results.Columns()); err != nil {
			return nil, err
		}
		files = append(files, file{t.name + ".csv", b.Bytes()})
	}
	var b bytes.Buffer
	if err := results.WriteStatsCSV(&b, c.Runs); err != nil {
		return nil, err
	}
	data, err := results.EncodeJSON(c)
	if err != nil {
		return nil, err
	}
	page, err := page(c, figures)
	if err != nil {
		return nil, err
	}
	return append(files, file{"statistics.csv", b.Bytes()}, file{"comparison.json", data}, file{"index.html", page}), nil
}

// Files are the names of the files of reports, of which one without data for
// a figure has fewer.
func Files() []string {
	names := []string{"runs.csv", "baselines.csv", "scaling.csv", "statistics.csv", "comparison.json", "index.html"}
	for _, f := range plot.Catalog {
		if !f.OfComparison() {
			continue
		}
		for _, size := range plot.Sizes {
			for _, ext := range extensions {
				names = append(names, figureFile(f.Name, size)+ext)
			}
		}
	}
	return names
}

// extensions are the formats of a figure's files.
var extensions = []string{".svg", ".png", ".pdf"}

// figureFile is the name, without extension, of a figure's file: the column
// size is plain.
func figureFile(name string, size plot.Size) string {
	if size.Name == plot.Column.Name {
		return name
	}
	return name + "-" + size.Name
}

// drawAll makes the files of figures.
func drawAll(figures []*plot.Figure, sizes []plot.Size) ([]file, error) {
	var files []file
	var draw []func() ([]byte, error)
	for _, f := range figures {
		for _, size := range sizes {
			for k, as := range []func(plot.Size) ([]byte, error){f.SVG, f.PNG, f.PDF} {
				files = append(files, file{name: figureFile(f.Name, size) + extensions[k]})
				draw = append(draw, func() ([]byte, error) { return as(size) })
			}
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		g.Go(func() (err error) {
			files[i].data, err = draw[i]()
			return err
		})
	}
	return files, g.Wait()
}

// removeStale removes the figures of an earlier report in dir that this one
// had no data for.
func removeStale(dir string, files []file) error {
	wrote := map[string]bool{}
	for _, f := range files {
		wrote[f.name] = true
	}
	var errs []error
	for _, f := range plot.Catalog {
		if !f.OfComparison() {
			continue
		}
		for _, size := range plot.Sizes {
			for _, ext := range extensions {
				name := figureFile(f.Name, size) + ext
				if wrote[name] {
					continue
				}
				if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					errs = append(errs, err)
				}
			}
		}
	}
	return errors.Join(errs...)
}

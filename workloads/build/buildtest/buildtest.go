// Package buildtest builds programs for the tests of what runs them.
package buildtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads/build"
)

// Executable builds a source into a file of dir that is called after name. A
// source that the compiler does not accept ends the test with what it says.
// helpers is the directory of workloads/roi.
func Executable(ctx context.Context, t testing.TB, helpers, dir, name, source string) string {
	t.Helper()
	b := build.Builder{Helpers: os.DirFS(helpers)}
	data, err := b.Build(ctx, source)
	var rejected *build.Error
	switch {
	case errors.As(err, &rejected):
		t.Fatalf("%v:\n%s", err, rejected.Messages)
	case err != nil:
		t.Fatal(err)
	}
	file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
	if err := os.WriteFile(file, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// Package needs is for tests that want a program of the host: without it they
// are skipped, and under continuous integration (CI=true) they fail, so that
// none is left out there unnoticed.
package needs

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// CI reports whether this is continuous integration, where everything is
// tested that can be.
func CI() bool { return os.Getenv("CI") == "true" }

// Tool is the path of a program. When it is not installed the test goes no
// further.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, err)
	}
	return path
}

// Browser is the path of one that can be driven without a window. Without one
// the test goes no further.
func Browser(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, errors.New("chromium"))
	return ""
}

// Missing ends a test that cannot be run here, for a reason.
func Missing(t testing.TB, why error) {
	t.Helper()
	if CI() {
		t.Fatalf("needed under CI: %v", why)
	}
	t.Skipf("needs what is not here: %v", why)
}

package vfs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// FIFOs, sockets and devices of the host's do not exist, and nothing waits for
// them.
func TestSpecialFilesOfTheHost(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o666))
	must(t, os.Symlink("fifo", filepath.Join(dir, "link")))
	fs, _ := mount(t, dir)
	for _, path := range []string{"/fifo", "/link"} {
		if got, err := contents(fs, path); err != ErrNotFound {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if got := names(t, fs, "/"); got != ". .. link tmp" {
		t.Errorf("/ lists %s", got)
	}
	write(t, fs, "/fifo", "the guest's own")
	if got, _ := contents(fs, "/link"); got != "the guest's own" {
		t.Errorf("/link holds %q", got)
	}
}

// The kernel's file systems of the host are not shown, wherever they are.
func TestKernelFilesystems(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux's /proc")
	}
	fs, _ := mount(t, "/")
	for _, path := range []string{"/proc/self/environ", "/proc/1/status", "/sys/kernel/notes"} {
		if got, err := contents(fs, path); err != ErrNotFound {
			t.Errorf("%s: %.20q, %v", path, got, err)
		}
	}
	if got := names(t, fs, "/proc"); got != ". .." {
		t.Errorf("/proc lists %.60s", got)
	}
	for _, path := range []string{"/dev/null", "/dev/zero"} {
		if _, err := contents(fs, path); err != ErrNotFound {
			t.Errorf("%s: %v", path, err)
		}
	}
	root, err := os.OpenRoot("/proc/self")
	must(t, err)
	defer root.Close()
	if _, err := New(Options{Host: root}); err == nil || !strings.Contains(err.Error(), "/proc/self cannot be the guest's root") {
		t.Errorf("a root in /proc: %v", err)
	}
}

// A host that swaps a directory for a link to outside, again and again, never
// shows the guest what is there.
func TestRacingLinks(t *testing.T) {
	top := t.TempDir()
	outside, inside := filepath.Join(top, "outside"), filepath.Join(top, "root")
	must(t, os.MkdirAll(outside, 0o755))
	must(t, os.MkdirAll(filepath.Join(inside, "d"), 0o755))
	must(t, os.MkdirAll(filepath.Join(inside, "e"), 0o755))
	must(t, os.WriteFile(filepath.Join(outside, "f"), []byte("secret"), 0o644))
	must(t, os.WriteFile(filepath.Join(inside, "d/f"), []byte("public"), 0o644))
	must(t, os.WriteFile(filepath.Join(inside, "e/f"), []byte("other!"), 0o644))

	stop := make(chan struct{})
	var swapper sync.WaitGroup
	swapper.Go(func() {
		d, kept := filepath.Join(inside, "d"), filepath.Join(inside, "kept")
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			os.Rename(d, kept)
			os.Symlink([]string{outside, "../outside", "e", "/"}[i%4], d)
			os.Remove(d)
			os.Rename(kept, d)
		}
	})
	seen := map[string]int{}
	for range 3000 {
		fs, _ := mount(t, inside)
		_, _ = fs.Find(fs.Root(), "/d", true) // now the race is on for what lies below
		got, err := contents(fs, "/d/f")
		if err == nil {
			seen[got]++
		}
	}
	close(stop)
	swapper.Wait()
	if seen["secret"] > 0 {
		t.Errorf("read what lies outside: %v", seen)
	}
}

// FuzzWalk: no path leads out of the tree, and one that leads to a directory
// leads to the one whose path that directory tells.
func FuzzWalk(f *testing.F) {
	dir := hostTree(f)
	secret := filepath.Join(filepath.Dir(dir), "secret")
	must(f, os.WriteFile(secret, []byte("secret"), 0o600))
	for _, path := range []string{
		"/etc/motd", "../../etc/./self//loop1", "/lib/..//../proc/self/root/root/proc/self/cwd", "/etc/outside/x", "/proc/self/fd/3/..",
		"\xff/\x00", strings.Repeat("/etc/self", 39) + "/self/", "/../secret", "/tmp/up/up/up/up/secret",
	} {
		f.Add(path, "../..")
		f.Add(path, path)
	}
	f.Fuzz(func(t *testing.T, path, target string) {
		fs, _ := mount(t, dir)
		fs.Put("/proc/self/root", fs.NewLink(func() string { return "/" }, fs.Root))
		fs.Put("/proc/self/cwd", fs.NewLink(func() string { return "gone" }, func() *Node { return nil }))
		_ = fs.Symlink(target, fs.Root(), "/tmp/up")
		p, err := fs.Walk(fs.Root(), path, true)
		if err != nil || p.Node == nil {
			return
		}
		if text, err := contents(fs, path); err == nil && strings.Contains(text, "secret") {
			t.Fatalf("%q leads to %q", path, text)
		}
		if p.Node.Mode().Type() != Directory {
			return
		}
		name, err := p.Node.Path()
		if err != nil {
			t.Fatalf("%q leads to a directory without a path: %v", path, err)
		}
		if again, err := fs.Find(fs.Root(), name, false); err != nil || again != p.Node {
			t.Fatalf("%q leads to %s, which leads elsewhere: %v", path, name, err)
		}
	})
}

package vfs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// budget is a guest's memory.
type budget struct{ used, limit int64 }

func (b *budget) charge(n int64) bool {
	if n > 0 && b.used+n > b.limit {
		return false
	}
	b.used += n
	return true
}

// mount is a file system over a directory of the host's, "" for none.
func mount(t testing.TB, dir string) (*FS, *budget) {
	t.Helper()
	b := &budget{limit: 1 << 20}
	o := Options{Charge: b.charge, Now: func() Time { return 7 }, Epoch: 3}
	if dir != "" {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		o.Host = root
	}
	fs, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return fs, b
}

// hostTree is a directory with a few files.
func hostTree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"etc", "usr/lib", "proc/1", "empty"} {
		must(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	for name, text := range map[string]string{
		"etc/motd": "welcome\n", "usr/lib/libc.so": strings.Repeat("0123456789abcdef", 1000), "proc/1/environ": "SECRET=1", "etc/hosts": "localhost",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for name, target := range map[string]string{
		"lib": "usr/lib", "etc/absolute": "/etc/motd", "etc/up": "../../../../etc/motd", "etc/outside": "/../../" + filepath.Join(dir, "etc/motd"),
		"etc/dangling": "nowhere/at/all", "etc/loop1": "loop2", "etc/loop2": "loop1", "etc/self": ".", "etc/new": "/tmp/made",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contents reads a file through the guest's eyes.
func contents(fs *FS, path string) (string, error) {
	p, err := fs.Open(fs.Root(), path, ForRead, 0)
	if err != nil {
		return "", err
	}
	defer p.Node.Drop()
	b := make([]byte, p.Node.Size())
	n, err := p.Node.ReadAt(b, 0)
	return string(b[:n]), err
}

func write(t testing.TB, fs *FS, path, text string) {
	t.Helper()
	p, err := fs.Open(fs.Root(), path, ForWrite|Create|Truncate, 0o644)
	must(t, err)
	defer p.Node.Drop()
	if n, err := p.Node.WriteAt([]byte(text), 0); n != len(text) || err != nil {
		t.Fatalf("%s: wrote %d of %d bytes: %v", path, n, len(text), err)
	}
}

func names(t testing.TB, fs *FS, path string) string {
	t.Helper()
	n, err := fs.Find(fs.Root(), path, true)
	must(t, err)
	entries, err := fs.List(n)
	must(t, err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return strings.Join(list, " ")
}

// Paths resolve in the guest's tree, whatever its links say.
func TestPaths(t *testing.T) {
	fs, _ := mount(t, hostTree(t))
	fs.Put("/proc/version", fs.NewText(func() []byte { return []byte("Linux") }))
	long := strings.Repeat("n", 256)
	for _, c := range []struct {
		path, want string
		err        error
	}{
		{"/etc/motd", "welcome\n", nil},
		{"etc/motd", "welcome\n", nil},
		{"//etc/.//./motd", "welcome\n", nil},
		{"/../../../etc/motd", "welcome\n", nil},
		{"/etc/../lib/../lib/../../etc/motd", "welcome\n", nil},
		{"/etc/absolute", "welcome\n", nil},
		{"/etc/up", "welcome\n", nil},
		{"/etc/self/self/self/motd", "welcome\n", nil},
		{"/etc/outside", "", ErrNotFound},
		{"/etc/dangling", "", ErrNotFound},
		{"/etc/loop1", "", ErrLoop},
		{"/etc/loop1/x", "", ErrLoop},
		{"/etc" + strings.Repeat("/self", 40) + "/motd", "welcome\n", nil},
		{"/etc" + strings.Repeat("/self", 41) + "/motd", "", ErrLoop},
		{"/etc/motd/", "", ErrNotDirectory},
		{"/etc/motd/x", "", ErrNotDirectory},
		{"/etc/motd/..", "", ErrNotDirectory},
		{"/nowhere", "", ErrNotFound},
		{"/nowhere/..", "", ErrNotFound},
		{"", "", ErrNotFound},
		{"/" + long, "", ErrNameTooLong},
		{strings.Repeat("/.", 2048), "", ErrNameTooLong},
		{"/etc/mo\x00td", "", ErrNotFound},
		{"/etc/\xff\xfe", "", ErrNotFound},
		{"/proc/1/environ", "", ErrNotFound}, // the host's /proc
	} {
		got, err := contents(fs, c.path)
		if got != c.want || err != c.err {
			t.Errorf("%.40q: %q, %v, want %q, %v", c.path, got, err, c.want, c.err)
		}
	}
	if got := names(t, fs, "/"); got != ". .. empty etc lib proc tmp usr" {
		t.Errorf("/ lists %s", got)
	}
}

// The host's files stay as they are, whatever the guest does to its own view.
func TestCopyOnWrite(t *testing.T) {
	dir := hostTree(t)
	fs, b := mount(t, dir)
	root := fs.Root()
	p, err := fs.Open(root, "/lib/libc.so", ForRead|ForWrite, 0)
	must(t, err)
	old := strings.Repeat("0123456789abcdef", 1000)
	before := b.used
	if _, err := p.Node.WriteAt([]byte("XYZ"), 4095); err != nil {
		t.Fatal(err)
	}
	want := old[:4095] + "XYZ" + old[4098:]
	if got, _ := contents(fs, "/usr/lib/libc.so"); got != want {
		t.Error("a write over a page boundary gives other contents")
	}
	if b.used-before != 2*pageSize {
		t.Errorf("it charged %d bytes, want two pages", b.used-before)
	}
	must(t, p.Node.Truncate(5000))
	must(t, p.Node.Truncate(9000))
	if got, _ := contents(fs, "/usr/lib/libc.so"); got != want[:5000]+strings.Repeat("\x00", 4000) {
		t.Error("truncating down and up gives other contents")
	}
	must(t, p.Node.Zero(10, 5))
	if got, _ := contents(fs, "/usr/lib/libc.so"); got[:20] != old[:10]+"\x00\x00\x00\x00\x00"+old[15:20] {
		t.Errorf("after zeroing %q", got[:20])
	}
	p.Node.Drop()

	must(t, fs.Unlink(root, "/etc/motd"))
	must(t, fs.Rename(root, "/etc/hosts", root, "/etc/motd", 0))
	if got, _ := contents(fs, "/etc/absolute"); got != "localhost" {
		t.Errorf("a renamed file holds %q", got)
	}
	must(t, fs.Rename(root, "/usr", root, "/empty/usr", 0))
	if got, err := contents(fs, "/empty/usr/lib/libc.so"); len(got) != 9000 || err != nil {
		t.Errorf("a file below a renamed directory: %d bytes, %v", len(got), err)
	}
	if got, err := contents(fs, "/lib/libc.so"); err != ErrNotFound {
		t.Errorf("its old name: %d bytes, %v", len(got), err)
	}
	write(t, fs, "/etc/new", "made through a dangling link")
	if got, _ := contents(fs, "/tmp/made"); got != "made through a dangling link" {
		t.Errorf("/tmp/made holds %q", got)
	}
	if got := names(t, fs, "/etc"); got != ". .. absolute dangling loop1 loop2 motd new outside self up" {
		t.Errorf("/etc lists %s", got)
	}

	for name, text := range map[string]string{"etc/motd": "welcome\n", "etc/hosts": "localhost", "usr/lib/libc.so": old} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != text || err != nil {
			t.Errorf("the host's %s has changed (%v)", name, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "tmp")); err == nil {
		t.Error("the host has got a file of the guest's")
	}
}

// Names are made, moved and removed as Linux does, with its errors.
func TestChanges(t *testing.T) {
	fs, _ := mount(t, "")
	r := fs.Root()
	fs.Put("/dev/null", fs.NewSpecial(CharDevice|0o666, 0x103, "null"))
	open := func(path string, how How) error {
		p, err := fs.Open(r, path, how, 0o644)
		if err == nil {
			p.Node.Drop()
		}
		return err
	}
	link := func(from, to string) error {
		n, err := fs.Find(r, from, false)
		if err != nil {
			return err
		}
		return fs.Link(n, r, to)
	}
	rename := func(from, to string, how RenameHow) error { return fs.Rename(r, from, r, to, how) }
	for i, c := range []struct{ got, want error }{
		{fs.Mkdir(r, "/a", 0o755), nil},
		{fs.Mkdir(r, "/a/b/", 0o755), nil},
		{fs.Mkdir(r, "/a", 0o755), ErrExists},
		{fs.Mkdir(r, "/x/y", 0o755), ErrNotFound},
		{open("/a/f", ForWrite|Create|Exclusive), nil},
		{open("/a/f", ForWrite|Create|Exclusive), ErrExists},
		{open("/a/f", ForRead|OnlyDirectory), ErrNotDirectory},
		{open("/a/", ForWrite|Create), ErrIsDirectory},
		{open("/a/new/", ForWrite|Create), ErrIsDirectory},
		{open("/a", ForWrite), ErrIsDirectory},
		{open("/a/none", ForRead), ErrNotFound},
		{fs.Symlink("f", r, "/a/s"), nil},
		{fs.Symlink("", r, "/a/t"), ErrNotFound},
		{open("/a/s", ForRead|NoFollow), ErrLoop},
		{open("/a/s", ForRead|Create|Exclusive), ErrExists},
		{fs.Rmdir(r, "/a"), ErrNotEmpty},
		{fs.Rmdir(r, "/a/f"), ErrNotDirectory},
		{fs.Rmdir(r, "/a/."), ErrInvalid},
		{fs.Rmdir(r, "/a/.."), ErrNotEmpty},
		{fs.Rmdir(r, "/"), ErrBusy},
		{fs.Unlink(r, "/a"), ErrIsDirectory},
		{link("/a/f", "/a/g"), nil},
		{link("/a", "/c"), ErrPermission},
		{link("/dev/null", "/c"), ErrCrossDevice},
		{rename("/a/f", "/a/g", 0), nil}, // one file: both names stay
		{open("/a/f", ForRead), nil},
		{rename("/a", "/a/b/c", 0), ErrInvalid},
		{rename("/a/b", "/a", 0), ErrNotEmpty},
		{rename("/a/f", "/a/b", 0), ErrIsDirectory},
		{rename("/a/b", "/a/f", 0), ErrNotDirectory},
		{rename("/a/f", "/a/s", NoReplace), ErrExists},
		{rename("/a/f", "/a/none", Exchange), ErrNotFound},
		{rename("/a/b", "/a/f", Exchange), nil},
		{open("/a/f", ForRead|OnlyDirectory), nil},
		{rename("/a/..", "/q", 0), ErrBusy},
		{fs.Mkdir(r, "/dev/x", 0o755), ErrPermission},
		{fs.Unlink(r, "/dev/null"), ErrPermission},
		{rename("/a", "/dev", 0), ErrBusy},
		{fs.Unlink(r, "/a/b"), nil},
		{fs.Unlink(r, "/a/g"), nil},
		{fs.Unlink(r, "/a/s"), nil},
		{fs.Rmdir(r, "/a/f"), nil},
		{fs.Rmdir(r, "/a"), nil},
	} {
		if c.got != c.want {
			t.Errorf("step %d: %v, want %v", i, c.got, c.want)
		}
	}
}

// Permissions are those of the one user.
func TestPermissions(t *testing.T) {
	fs, _ := mount(t, "")
	r := fs.Root()
	write(t, fs, "/tmp/f", "text")
	n, err := fs.Find(r, "/tmp/f", true)
	must(t, err)
	must(t, n.Chmod(0o200))
	if _, err := contents(fs, "/tmp/f"); err != ErrAccess {
		t.Errorf("reading what is write-only: %v", err)
	}
	must(t, fs.Mkdir(r, "/tmp/d", 0o600))
	if _, err := fs.Walk(r, "/tmp/d/x", true); err != ErrAccess {
		t.Errorf("walking through a directory without x: %v", err)
	}
	must(t, fs.Mkdir(r, "/tmp/e", 0o500))
	if err := fs.Mkdir(r, "/tmp/e/f", 0o700); err != ErrAccess {
		t.Errorf("creating in a directory without w: %v", err)
	}
}

// Memory is charged, limited, and given back when nothing leads to a file.
func TestBudget(t *testing.T) {
	fs, b := mount(t, "")
	r := fs.Root()
	start := b.used
	p, err := fs.Open(r, "/tmp/big", ForWrite|Create, 0o600)
	must(t, err)
	data := make([]byte, 64<<10)
	total := 0
	for {
		n, err := p.Node.WriteAt(data, int64(total))
		total += n
		if err != nil {
			if err != ErrNoSpace {
				t.Fatal(err)
			}
			break
		}
	}
	if want := (int(b.limit) - nodeCost) / pageSize * pageSize; total < want-pageSize || b.used > b.limit {
		t.Errorf("%d bytes fitted, want about %d", total, want)
	}
	if err := fs.Mkdir(r, "/tmp/more", 0o700); err != nil {
		var made int
		for made = 0; fs.Mkdir(r, fmt.Sprint("/tmp/", made), 0o700) == nil; made++ {
		}
	}
	must(t, fs.Unlink(r, "/tmp/big"))
	if got, _ := p.Node.ReadAt(data, 0); got != len(data) {
		t.Errorf("an unlinked open file has %d bytes", got)
	}
	p.Node.Drop()
	for _, e := range strings.Fields(names(t, fs, "/tmp"))[2:] {
		must(t, fs.Rmdir(r, "/tmp/"+e))
	}
	if b.used != start {
		t.Errorf("%d bytes are charged when all is removed, %d at the start", b.used, start)
	}

	// A sparse file costs what was written of it.
	p, err = fs.Open(r, "/tmp/sparse", ForRead|ForWrite|Create, 0o600)
	must(t, err)
	if _, err := p.Node.WriteAt([]byte("end"), MaxSize-3); err != nil {
		t.Error(err)
	}
	if _, err := p.Node.WriteAt([]byte("over"), MaxSize-3); err != ErrTooBig {
		t.Errorf("writing past the largest size: %v", err)
	}
	must(t, p.Node.Zero(5, MaxSize-5))
	must(t, p.Node.Truncate(1<<60))
	if b.used > start+2*pageSize {
		t.Errorf("a sparse file is charged %d bytes", b.used-start)
	}
	if _, err := p.Node.ReadAt(data, -1); err != ErrInvalid {
		t.Errorf("reading at -1: %v", err)
	}
}

// A model of contents: any sequence of writes, truncations and zeroings of a
// host's file reads as the same done to a slice.
func TestContentModel(t *testing.T) {
	dir := t.TempDir()
	want := bytes.Repeat([]byte("threadmill"), 2500)
	must(t, os.WriteFile(filepath.Join(dir, "f"), want, 0o644))
	fs, _ := mount(t, dir)
	p, err := fs.Open(fs.Root(), "/f", ForRead|ForWrite, 0)
	must(t, err)
	defer p.Node.Drop()
	state := uint32(1)
	draw := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	for step := range 3000 {
		off, size := draw(30000), draw(9000)
		switch draw(4) {
		case 0:
			b := bytes.Repeat([]byte{byte(step)}, size)
			if _, err := p.Node.WriteAt(b, int64(off)); err != nil {
				t.Fatal(err)
			}
			if size > 0 {
				want = slices.Grow(want, max(0, off+size-len(want)))
				want = want[:max(len(want), off+size)]
				copy(want[off:], b)
			}
		case 1:
			must(t, p.Node.Truncate(int64(off)))
			for len(want) < off {
				want = append(want, 0)
			}
			clear(want[off:])
			want = want[:off]
		case 2:
			must(t, p.Node.Zero(int64(off), int64(size)))
			if off < len(want) {
				clear(want[off:min(len(want), off+size)])
			}
		case 3:
			b := make([]byte, size)
			n, err := p.Node.ReadAt(b, int64(off))
			must(t, err)
			if expected := want[min(off, len(want)):min(off+size, len(want))]; !bytes.Equal(b[:n], expected) {
				t.Fatalf("step %d: %d bytes at %d differ", step, size, off)
			}
		}
		if p.Node.Size() != int64(len(want)) {
			t.Fatalf("step %d: size %d, want %d", step, p.Node.Size(), len(want))
		}
	}
}

// Two file systems over one directory show the same numbers and times.
func TestSameEverywhere(t *testing.T) {
	dir := hostTree(t)
	a, _ := mount(t, dir)
	b, _ := mount(t, dir)
	contents(b, "/usr/lib/libc.so") // another order of first looks
	for _, path := range []string{"/etc/motd", "/usr/lib/libc.so", "/etc", "/tmp", "/"} {
		m, err := a.Find(a.Root(), path, false)
		must(t, err)
		n, err := b.Find(b.Root(), path, false)
		must(t, err)
		if m.Stat() != n.Stat() {
			t.Errorf("%s: %+v, %+v", path, m.Stat(), n.Stat())
		}
	}
	n, err := a.Find(a.Root(), "/etc", false)
	must(t, err)
	entries, err := a.List(n)
	must(t, err)
	for _, e := range entries[2:] {
		m, err := a.Find(n, e.Name, false)
		must(t, err)
		if m.Stat().Ino != e.Ino || m.Mode().Type() != e.Type {
			t.Errorf("%s is listed as %+v and is %+v", e.Name, e, m.Stat())
		}
	}
	if m, _ := a.Find(a.Root(), "/etc/motd", true); m.Stat().Modify != 3 {
		t.Errorf("time of a host's file: %d", m.Stat().Modify)
	}
}

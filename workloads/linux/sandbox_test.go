package linux

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/mem"
)

const (
	sysMkdirat, sysUnlinkat, sysOpenat, sysClose, sysRead, sysWrite, sysPwrite = 34, 35, 56, 57, 63, 64, 68
	sysChdir, sysGetcwd, sysFtruncate, sysSymlinkat, sysReadlinkat, sysDup     = 49, 17, 46, 36, 78, 23
	sysFallocate, sysPrlimit                                                   = 47, 261

	fdcwd = uint64(0xffffff9c)
)

// scratch is guest memory for strings and buffers.
type scratch struct {
	p    *Process
	next uint64
}

const scratchAt, scratchSize = 0x7000_0000, 1 << 18

func newScratch(t testing.TB, p *Process) *scratch {
	t.Helper()
	if err := p.space.Map(scratchAt, scratchSize, mem.Read|mem.Write); err != nil {
		t.Fatal(err)
	}
	return &scratch{p, scratchAt}
}

// text puts a string with its zero byte.
func (s *scratch) text(v string) uint64 {
	at := s.next
	if e := s.p.store(at, append([]byte(v), 0)); e != eok {
		panic(e)
	}
	s.next += uint64(len(v) + 1)
	return at
}

const secret = "TOP SECRET OF THE HOST"

// jail is a root directory with a secret beside it, and links that would lead
// to that.
func jail(t *testing.T) (root *os.Root, snapshot func() string) {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, "root")
	for _, d := range []string{"etc", "a/b/c", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"secret": secret, "root/etc/motd": "welcome", "root/a/b/file": "some text"} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"up": "../secret", "a/b/c/up": "../../../../secret", "absolute": filepath.Join(top, "secret"), "top": "..",
		"loop": "loop", "hole": "/proc/self/root/../secret", "etc/back": "../a/b/c/up",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return openRoot(t, dir), func() string {
		var b strings.Builder
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			data, _ := os.ReadFile(path)
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), string(data))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

// Paths that could lead out of the root do not.
func TestEscapes(t *testing.T) {
	root, snapshot := jail(t)
	before := snapshot()
	p := start(t, greeting, Options{Root: root})
	s := newScratch(t, p)
	k := &kernel{t, p}
	buffer := uint64(scratchAt + scratchSize/2)
	d := k.call(sysOpenat, eok, fdcwd, s.text("/a/b"), openDirectory)
	k.call(sysChdir, eok, s.text("/a/b/c"))
	for _, path := range []string{
		"../secret", "../../../../secret", "/../secret", "/up", "/a/b/c/up", "up", "/absolute", "/top/secret", "/top/../top/../secret", "/hole", "/etc/back",
		"/proc/self/root/../secret", "/proc/self/root/up", "/proc/self/cwd/../../../../secret", "/proc/self/cwd/up",
		fmt.Sprintf("/proc/self/fd/%d/../../../secret", d), fmt.Sprintf("/dev/fd/%d/c/up", d), "/proc/self/exe/../../secret", "/proc/1/root/secret", "/proc/2/root/../secret",
		"/loop", "/loop/..", strings.Repeat("../", 1300) + "secret", "/" + strings.Repeat("top/", 39) + "secret",
	} {
		for _, dir := range []uint64{fdcwd, d} {
			a := args{dir, s.text(path), openReadOnly}
			if fd, e := p.leader.dispatch(sysOpenat, &a); e == eok {
				n := k.call(sysRead, eok, fd, buffer, 100)
				b := make([]byte, n)
				if p.load(buffer, b); bytes.Contains(b, []byte(secret)) {
					t.Errorf("%s can be read: %q", path, b)
				}
			}
			a = args{dir, s.text(path), openReadWrite | openCreate | openTruncate, 0o666}
			if fd, e := p.leader.dispatch(sysOpenat, &a); e == eok {
				k.call(sysWrite, eok, fd, buffer, 4)
				k.call(sysClose, eok, fd)
			}
			a = args{dir, s.text(path)}
			p.leader.dispatch(sysUnlinkat, &a)
		}
	}
	p = start(t, greeting, Options{Root: root})
	s, k = newScratch(t, p), &kernel{t, p}
	for path, want := range map[string]errno{
		strings.Repeat("a", 256): enametoolong, strings.Repeat("a/", 2048): enametoolong, strings.Repeat("/", 4095): eok,
		"\xff\xfe\x80": enoent, "/loop": eloop, "/etc/motd\n": enoent, "": enoent,
	} {
		s.next = scratchAt
		k.call(sysOpenat, want, fdcwd, s.text(path), openReadOnly)
	}
	if after := snapshot(); after != before {
		t.Errorf("the host has changed from\n%s\nto\n%s", before, after)
	}
}

// What a guest may keep is limited: open files, files, bytes in files, depth
// of directories.
func TestBombs(t *testing.T) {
	const limit = 4 << 20
	p := start(t, greeting, Options{Memory: limit})
	s := newScratch(t, p)
	k := &kernel{t, p}
	f := k.call(sysOpenat, eok, fdcwd, s.text("/tmp/f"), openReadWrite|openCreate, 0o600)

	var opened int
	for e := eok; e == eok; opened++ {
		_, e = p.leader.dispatch(sysDup, &args{f})
	}
	if opened != softFiles-3 {
		t.Errorf("%d descriptors could be made", opened)
	}
	k.call(sysOpenat, emfile, fdcwd, s.text("/tmp/f"), openReadWrite)
	k.call(436, eok, f+1, ^uint64(0)>>32, 0) // close_range

	k.call(sysFtruncate, eok, f, 1<<62)
	k.call(sysFallocate, enospc, f, 0, 0, 1<<40)
	k.call(sysPwrite, eok, f, scratchAt, 100, 1<<62)
	k.call(sysPwrite, efbig, f, scratchAt, 100, 1<<63-50)
	k.call(sysPwrite, einval, f, scratchAt, 100, 1<<63)
	k.call(sysMmap, enomem, 0, 1<<40, 1, mapPrivate, f)
	k.call(sysMmap, eoverflow, 0, 4096, 1, mapPrivate, f, 1<<63-4096)

	var written uint64
	for at, e := uint64(0), eok; e == eok; at += 1 << 16 {
		var n uint64
		n, e = p.leader.dispatch(sysPwrite, &args{f, scratchAt, 1 << 16, at})
		written += n
	}
	if used := uint64(p.space.Resident())*pageSize + written; used > limit || written < limit/2 {
		t.Errorf("%d bytes could be written, %d with the pages", written, used)
	}
	made := 0
	for p.makeDirectory(s, fmt.Sprint("/tmp/", made)) == eok {
		made++
	}
	if made > pageSize/512 {
		t.Errorf("%d directories could be made in full memory", made)
	}
	k.call(sysFtruncate, eok, f, 0)

	name, up, depth := s.text("d"), s.text(".."), 0
	for e := eok; e == eok; depth++ {
		if _, e = p.leader.dispatch(sysMkdirat, &args{fdcwd, name, 0o700}); e == eok {
			k.call(sysChdir, eok, name)
		}
	}
	if depth < 4000 || depth > limit/512 {
		t.Errorf("directories can be nested %d deep", depth)
	}
	k.call(sysGetcwd, enametoolong, scratchAt, scratchSize)
	for range depth - 1 {
		k.call(sysChdir, eok, up)
		k.call(sysUnlinkat, eok, fdcwd, name, atRemovedir)
	}
	k.call(sysMkdirat, eok, fdcwd, name, 0o700)
}

func (p *Process) makeDirectory(s *scratch, path string) errno {
	_, e := p.leader.dispatch(sysMkdirat, &args{fdcwd, s.text(path), 0o700})
	return e
}

// Any calls on files, in any order, with any arguments: the host stays as it
// is, its secrets are not read, the memory is within its limit.
func TestHostileFileCalls(t *testing.T) {
	const limit = 1 << 20
	root, snapshot := jail(t)
	before := snapshot()
	calls := slices.DeleteFunc(slices.Clone(systemCalls[:]), func(c systemCall) bool {
		return c.do == nil || !(c.number >= 5 && c.number <= 92 || c.number == 166 || c.number >= 198 && c.number < 244 && c.number != 220 || c.number >= 276 && c.number < 300 || c.number > 430)
	})
	done := 0
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := start(t, greeting, Options{Memory: limit, OutputLimit: 100, Root: root})
		s := newScratch(t, p)
		buffer := uint64(scratchAt + scratchSize/2)
		var paths []uint64
		values := []uint64{0, 1, 2, 3, 4, 5, 6, 8, 16, 100, 4096, 1 << 16, 0x22, 0o100, 0o1102, 0o200000, 0o10000000, 0o20200002, 1 << 40, 1<<63 - 1, ^uint64(0), fdcwd, fdcwd, fdcwd, buffer, buffer + 64, buffer + 4090}
		for _, path := range []string{
			"", ".", "..", "/", "/up", "up", "../secret", "/absolute", "/a/b", "/a/b/c/up", "/a/b/file", "/etc", "/etc/motd", "/tmp", "/tmp/x", "/tmp/y/", "/tmp/y/z", "/loop", "/top/secret",
			"/proc/self/root/../secret", "/proc/self/fd/3", "/proc/self/fd/4/..", "/proc/self/cwd", "/proc/self/maps", "/dev/zero", "/dev/null", "/dev/stdout", "/dev/shm/q", "/proc/self/fd", "x", "y/../z",
		} {
			paths = append(paths, s.text(path))
		}
		pick := func(list []uint64) uint64 { return list[r.IntN(len(list))] }
		for range 20_000 {
			c := &calls[r.IntN(len(calls))]
			var a args
			kinds := strings.Fields(c.format)
			for i := range a {
				switch kind := append(kinds, "", "", "", "", "", "")[i]; {
				case r.IntN(20) == 0:
					a[i] = pick(values)
				case kind == "path":
					a[i] = pick(paths)
				case kind == "fd":
					a[i] = r.Uint64N(12)
				case kind == "dirfd":
					a[i] = pick([]uint64{fdcwd, fdcwd, 3, 4, 5, 6})
				case kind == "size" || kind == "int":
					a[i] = pick([]uint64{0, 1, 8, 50, 100, 4096})
				default:
					a[i] = pick(values)
				}
			}
			if _, e := p.leader.dispatch(uint64(c.number), &a); e == eok {
				done++
			}
			if p.leader.state == threadWaiting {
				p.leader.wake(wokenBySignal)
				p.leader.resume()
			}
			if p.end != nil {
				break
			}
			if used := uint64(p.space.Resident()) * pageSize; used > limit || p.space.Available() > limit-used {
				t.Fatalf("%s%#x: %d bytes are resident, %d available of %d", c.name, a, used, p.space.Available(), limit)
			}
			var seen [200]byte
			if p.load(buffer, seen[:]) == eok && bytes.Contains(seen[:], []byte("TOP SECRET")) {
				t.Fatalf("%s%#x: the guest has read %q", c.name, a, seen)
			}
		}
	}
	if after := snapshot(); after != before {
		t.Errorf("the host has changed from\n%s\nto\n%s", before, after)
	}
	if done < 10_000 {
		t.Errorf("only %d calls did something", done)
	}
}

package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CacheVariable names the environment variable that moves the store.
const CacheVariable = "THREADMILL_CACHE"

// store keeps executables in a directory, one file for each key. A key is a
// digest of what is known before a build (the source, the compiler, its
// flags); what only the build finds out, such as the headers that it read, is
// in the entry, with digests, and an entry is good as long as they are.
//
// An entry is written under another name and then renamed, so that processes
// that build the same program at the same time do not meet a half of one, and
// begins with the digest of its contents, so that a damaged one is taken for
// none. The entries used longest ago make room for new ones.
type store struct {
	dir   string
	limit int64 // bytes of all entries
}

const storeLimit = 1 << 30

// openStore finds the user's store. It is the only thing here that needs a
// place to write; the error says why there is none.
func openStore() (*store, error) {
	dir := os.Getenv(CacheVariable)
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "threadmill")
	}
	dir, err := filepath.Abs(filepath.Join(dir, "build"))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &store{dir: dir, limit: storeLimit}, nil
}

// entry is an executable and the files that it was made of, besides what its
// key covers.
type entry struct {
	inputs     []input
	executable []byte
}

// input is a file that a build has read.
type input struct {
	Path   string `json:"path"` // absolute
	Digest string `json:"sha256"`
}

// storeMagic begins every entry and is part of every key: another layout has
// another number.
const storeMagic = "threadmill build 1\n"

// key digests what identifies a build.
func key(parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{storeMagic}, parts...) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// get answers with the entry under a key, or nil when there is no good one.
func (s *store) get(key string) *entry {
	if s == nil {
		return nil
	}
	path := filepath.Join(s.dir, key)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	e := decodeEntry(data)
	if e == nil || !e.current() {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // else it looks older than it is
	return e
}

// current reports whether all inputs are as they were.
func (e *entry) current() bool {
	for _, in := range e.inputs {
		data, err := os.ReadFile(in.Path)
		if err != nil || digest(data) != in.Digest {
			return false
		}
	}
	return true
}

func (e *entry) encode() ([]byte, error) {
	inputs, err := json.Marshal(e.inputs)
	if err != nil {
		return nil, err
	}
	contents := slices.Concat(inputs, []byte("\n"), e.executable)
	return slices.Concat([]byte(storeMagic), []byte(digest(contents)+"\n"), contents), nil
}

// decodeEntry is nil for what is not a whole entry.
func decodeEntry(data []byte) *entry {
	data, ok := bytes.CutPrefix(data, []byte(storeMagic))
	sum, contents, ok2 := bytes.Cut(data, []byte("\n"))
	if !ok || !ok2 || string(sum) != digest(contents) {
		return nil
	}
	inputs, executable, _ := bytes.Cut(contents, []byte("\n"))
	e := &entry{executable: executable}
	if json.Unmarshal(inputs, &e.inputs) != nil {
		return nil
	}
	return e
}

// put keeps an entry under a key.
func (s *store) put(key string, e *entry) error {
	data, err := e.encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(s.dir, key)); err != nil {
		return err
	}
	return s.trim(key)
}

// unfinished begins the name of an entry that is being written.
const unfinished = "unfinished-"

// abandoned is the age at which nobody is writing such an entry any more.
const abandoned = time.Hour

// trim removes the entries used longest ago until the rest is within the
// limit, but never the one just written.
func (s *store) trim(newest string) error {
	names, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	var total int64
	for _, n := range names {
		info, err := n.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // removed by another process, or none of ours
		}
		if strings.HasPrefix(n.Name(), unfinished) && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(s.dir, n.Name()))
			continue
		}
		files = append(files, info)
		total += info.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= s.limit {
			break
		}
		if f.Name() == newest || strings.HasPrefix(f.Name(), unfinished) {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= f.Size()
	}
	return nil
}

// keep puts an entry, and notes when that fails: the build has not.
func (b *Builder) keep(s *store, key string, e *entry) {
	if s == nil {
		return
	}
	if err := s.put(key, e); err != nil {
		b.notKept(err)
	}
}

// store is the user's, or nil, with a note, when there is none.
func (b *Builder) store() *store {
	s, err := openStore()
	if err != nil {
		b.notKept(err)
	}
	return s
}

func (b *Builder) notKept(err error) {
	b.note("the program is built each time, since it cannot be kept: %v (%s names another directory)", err, CacheVariable)
}

// scratch makes a directory for the files of one build, which done removes.
func scratch() (dir string, done func(), err error) {
	dir, err = os.MkdirTemp("", "threadmill-build-")
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", nil, fmt.Errorf("a build needs a directory for temporary files: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

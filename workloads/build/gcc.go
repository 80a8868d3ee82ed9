package build

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/threadmill-sim/threadmill/internal/textfile"
)

// gcc builds programs of one file with a cross compiler of GCC.
type gcc struct {
	compiler string
	language string
	pkg      string // Debian's packages of it
}

// gccFlags of every program. Neither the linker's digest of a build nor the
// place of the source is to be in the executable.
var gccFlags = []string{"-O2", "-static", "-pthread", "-Wl,--build-id=none"}

// gccVariables are those of the environment that GCC looks at.
var gccVariables = []string{"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH"}

// epoch is what a program's __DATE__ and __TIME__ are, the beginning of 1970.
const epoch = "SOURCE_DATE_EPOCH=0"

// header is the file that marks regions of interest.
const header = "threadmill.h"

func (g gcc) build(b *Builder, ctx context.Context, path string) ([]byte, error) {
	source, err := textfile.Read(path, maxSource)
	if err != nil {
		return nil, reason(err)
	}
	c, err := findCompiler(ctx, g.compiler, "--version",
		fmt.Sprintf("install it (on Debian: apt install %s), or give an executable built elsewhere", g.pkg))
	if err != nil {
		return nil, fmt.Errorf("a program in %s %w", g.language, err)
	}
	helper, err := fs.ReadFile(b.Helpers, header)
	if err != nil {
		return nil, err
	}
	absolute, err := fullPath(path)
	if err != nil {
		return nil, err
	}
	kept := b.store()
	k := key(c.path, c.version, strings.Join(gccFlags, " "), environment(gccVariables...), string(helper), absolute, string(source))
	if e := kept.get(k); e != nil {
		return e.executable, nil
	}
	e, err := g.compile(b, ctx, c, path, helper)
	if err != nil {
		return nil, err
	}
	if slices.Contains(e.inputs, input{absolute, digest(source)}) {
		b.keep(kept, k, e) // else it has been edited meanwhile
	}
	return e.executable, nil
}

// compile builds a program, in the working directory so that what the compiler
// says names files as the user does.
func (g gcc) compile(b *Builder, ctx context.Context, c *compiler, path string, helper []byte) (*entry, error) {
	tmp, done, err := scratch()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := os.WriteFile(filepath.Join(tmp, header), helper, 0o644); err != nil {
		return nil, err
	}
	begin := time.Now()
	out, headers, libraries := filepath.Join(tmp, "program"), filepath.Join(tmp, "headers"), filepath.Join(tmp, "libraries")
	args := append(slices.Clone(gccFlags),
		"-MD", "-MF", headers, "-Xlinker", "--dependency-file="+libraries,
		"-idirafter", tmp, // one of the user's own comes first
		"-o", out)
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	if dir := path[:len(path)-len(filepath.Base(path))]; dir != "" {
		args = append(args, "-fmacro-prefix-map="+dir+"=") // in __FILE__
	}
	said, err := b.run(ctx, c, "", []string{"LC_ALL=C", "TMPDIR=" + tmp, epoch}, append(args, path, "-lm")...)
	if err != nil {
		return nil, err
	}
	if said != "" {
		b.note("%s says of %s:\n%s", c.name, path, said)
	}
	e := &entry{}
	if e.executable, err = os.ReadFile(out); err != nil {
		return nil, err
	}
	for _, list := range []string{headers, libraries} {
		data, err := os.ReadFile(list)
		if err != nil {
			return nil, err
		}
		if err := e.add(prerequisites(string(data)), tmp, begin); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// add digests the files that a compiler has read; those of the build's own
// directory do not count. One that was written after the compiler had begun
// may have been read before that, and has a digest that no file has.
func (e *entry) add(paths []string, own string, begin time.Time) error {
	for _, p := range paths {
		full, err := fullPath(p)
		if err != nil {
			return err
		}
		if filepath.Dir(full) == own {
			continue
		}
		in := input{Path: full, Digest: "changed"}
		info, err := os.Stat(full)
		if err == nil && !info.ModTime().After(begin) {
			if data, err := os.ReadFile(full); err == nil {
				in.Digest = digest(data)
			}
		}
		e.inputs = append(e.inputs, in)
	}
	return nil
}

// fullPath is a path that does not depend on the working directory. It is not
// cleaned: behind a symbolic link, .. is elsewhere.
func fullPath(path string) (string, error) {
	if filepath.IsAbs(path) {
		return path, nil
	}
	dir, err := os.Getwd()
	return dir + string(filepath.Separator) + path, err
}

// prerequisites lists the files of the first rule of a makefile that a
// compiler has written, with the quoting of GCC undone. The linker does not
// quote, so a file of its with a space in its name becomes several that are
// not there.
func prerequisites(makefile string) []string {
	rule, _, _ := strings.Cut(strings.ReplaceAll(makefile, "\\\n", " "), "\n")
	_, rule, _ = strings.Cut(rule+" ", ": ")
	var words []string
	var word strings.Builder
	for i := 0; i < len(rule); i++ {
		switch c := rule[i]; {
		case c == '\\' && strings.IndexByte(" #:", rule[i+1]) >= 0, c == '$' && rule[i+1] == '$':
			i++
			word.WriteByte(rule[i])
		case c != ' ':
			word.WriteByte(c)
		case word.Len() > 0:
			words = append(words, word.String())
			word.Reset()
		}
	}
	return words
}

package command

import (
	"fmt"
	"os"
	"strconv"

	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/build"
	"github.com/threadmill-sim/threadmill/workloads/suite"
	"github.com/urfave/cli/v2"
)

// isProgram reports whether a name that show is given is the path of a
// program: a source, a directory or an executable.
func isProgram(name string) bool {
	if _, bundled := suite.Lookup(name); bundled {
		return false
	}
	if info, err := os.Stat(name); build.IsSource(name) || err == nil && info.IsDir() {
		return true
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, err = f.Read(magic)
	return err == nil && string(magic) == "\x7fELF"
}

// programJSON is a program of the user's as JSON.
type programJSON struct {
	Kind        string        `json:"kind"`
	Name        string        `json:"name"`
	Digest      string        `json:"digest"`
	Interpreter string        `json:"interpreter,omitempty"`
	PIE         bool          `json:"position_independent"`
	Entry       uint64        `json:"entry"`
	Segments    []segmentJSON `json:"segments"`
}

type segmentJSON struct {
	Address uint64 `json:"address"`
	Bytes   uint64 `json:"bytes"`
	File    int    `json:"bytes_in_file"`
	Access  string `json:"access"`
}

// showProgram builds a program where that is needed, and prints what would
// run.
func (t *tool) showProgram(c *cli.Context, path string) error {
	if c.IsSet("set") {
		return usage(c, "--set changes a machine, and %s is a program", path)
	}
	p, err := t.opener().OpenArgs(c.Context, path, nil)
	switch {
	case c.Context.Err() != nil:
		return &exit{exitFailed, fmt.Errorf("interrupted; the program is not built")}
	case err != nil:
		return usage(c, "%w", err)
	}
	image := p.Image()
	j := programJSON{Kind: "program", Name: p.Name, Digest: p.Digest, Interpreter: image.Interpreter, PIE: image.PIE, Entry: uint64(image.Entry)}
	out := table{header: []string{"segment", "bytes", "of them in the file", "access"}}
	for i := range image.Segments {
		s := &image.Segments[i]
		j.Segments = append(j.Segments, segmentJSON{uint64(s.Addr), s.Size, len(s.Data), access(s.Prot)})
		out.add(fmt.Sprintf("%#x", uint64(s.Addr)), strconv.FormatUint(s.Size, 10), strconv.Itoa(len(s.Data)), access(s.Prot))
	}
	format := c.String("format")
	switch format {
	case formatJSON:
		return writeJSON(t.out, j)
	case formatTable:
		linked := "statically linked"
		if image.Interpreter != "" {
			linked = fmt.Sprintf("dynamically linked by %s, which --root DIR must hold", image.Interpreter)
		}
		fmt.Fprintf(t.out, "program %s: %s\ndigest: %s\nentry: %#x\n\n", p.Name, linked, p.Digest, uint64(image.Entry))
	}
	return t.print(&out, format)
}

// access writes what a segment allows as ls does.
func access(prot mem.Prot) string {
	text := []byte("---")
	for i, p := range []mem.Prot{mem.Read, mem.Write, mem.Exec} {
		if prot&p != 0 {
			text[i] = "rwx"[i]
		}
	}
	return string(text)
}

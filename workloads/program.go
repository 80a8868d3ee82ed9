// Package workloads turns what a user names into programs that can be run.
//
// A specification is one string, split into words as a shell would: a bundled
// workload (sort, sort@test, "sort 1000") or a path to a RISC-V Linux
// executable or to a source (assembly, C, C++, Go, or a directory with a Go
// program), and its arguments. Open resolves and, where needed, builds it
// once; the Program it returns can be started any number of times, and every
// start is a fresh instance.
//
// What a program is called on the host does not reach it: its argv[0] is the
// bare name unless the caller says otherwise, and its environment is fixed, so
// that its stack, and with it the cycle count, is the same everywhere.
package workloads

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/workloads/elf"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	"github.com/threadmill-sim/threadmill/workloads/suite"
)

// Program is a resolved workload. It is not changed once made, so several
// goroutines may start it.
type Program struct {
	Spec  string   // as the user wrote it
	Name  string   // the bundled workload's, or the file's without folders
	Class string   // of a bundled workload, one of suite.Classes; "" for a file
	Args  []string // without the program's own name
	// Expected is the standard output that the run must produce, where that
	// is known; nil otherwise.
	Expected []byte
	// Instructions are those that the run executes, where that is known; 0
	// otherwise.
	Instructions uint64
	// Digest identifies what runs: SHA-256 of executable and arguments, in
	// hexadecimal. How it was named makes no difference.
	Digest string

	image *elf.Image
}

// Image is the executable. It must not be changed.
func (p *Program) Image() *elf.Image { return p.image }

// Suite lists the bundled workloads in alphabetical order.
func Suite() []suite.Descriptor { return suite.All() }

// DefaultEnv is the environment of a program when Options give none.
var DefaultEnv = []string{"PATH=/usr/bin:/bin", "HOME=/", "LANG=C"}

// Options of one start. The zero value is the usual.
type Options struct {
	Argv0 string   // argv[0]; "" means the program's name
	Env   []string // nil means DefaultEnv

	Seed   uint64 // of what the guest sees as random
	Memory uint64 // limit of resident bytes; 0 means linux.DefaultMemory

	// Root is the directory of the host's that the program sees, read-only, as
	// "/"; it is not closed. nil: it sees none.
	Root *os.Root

	Trace          io.Writer // gets the system calls, as strace prints them; nil: nobody
	Stdin          io.Reader // nil: at its end
	Stdout, Stderr io.Writer // get the output as it is written; nil: nobody
	OutputLimit    int       // bytes kept of each; 0 means linux.DefaultOutputLimit

	Marks bool        // the marks of a region of interest count
	ASID  isa.ASID    // of its address space in the run
	Home  isa.Context // where its first thread starts
}

// Start makes a fresh instance of the program on a system, at its first
// instruction.
func (p *Program) Start(s *linux.System, o Options) (*linux.Process, error) {
	if o.Argv0 == "" {
		o.Argv0 = p.Name
	}
	if o.Env == nil {
		o.Env = DefaultEnv
	}
	process, err := s.Start(p.image, linux.Options{
		Args:        append([]string{o.Argv0}, p.Args...),
		Env:         o.Env,
		Seed:        o.Seed,
		Memory:      o.Memory,
		Root:        o.Root,
		Trace:       o.Trace,
		Stdin:       o.Stdin,
		Stdout:      o.Stdout,
		Stderr:      o.Stderr,
		OutputLimit: o.OutputLimit,
		Marks:       o.Marks,
		ASID:        o.ASID,
		Home:        o.Home,
	})
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", p.Spec, err)
	}
	return process, nil
}

// newProgram loads an executable.
func newProgram(name string, file []byte, args []string) (*Program, error) {
	image, err := elf.Load(file)
	if err != nil {
		return nil, err
	}
	return &Program{Name: name, Args: args, Digest: digest(file, args), image: image}, nil
}

func digest(file []byte, args []string) string {
	h := sha256.New()
	add := func(b []byte) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	add(file)
	for _, a := range args {
		add([]byte(a))
	}
	return hex.EncodeToString(h.Sum(nil))
}

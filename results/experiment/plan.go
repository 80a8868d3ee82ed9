package experiment

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/threadmill-sim/threadmill/internal/textfile"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Plan is an experiment as its file describes it: every mix, under every
// scheduler, with every seed, at every point of the axes.
type Plan struct {
	File string // as it was named, for errors
	Text string
	Name string
	// Base is the machine with the plan's fixed changes.
	Base       *machine.Config
	Schedulers []string // as written; the machine's own when the plan names none
	Threads    int      // hardware contexts; 0: as the configuration says
	Seeds      []uint64
	Limits     machine.Limits
	Interval   uint64 // cycles; 0: no samples
	Guest      machine.Guest
	Axes       []Axis
	Mixes      []Mix
}

// Axis is a path of the configuration with the values that it takes, or several
// that move together.
type Axis struct {
	Paths  []string
	Values [][]tomltree.Value // by point of the axis, then by path
}

// Mix is the programs of a run.
type Mix struct {
	Programs []*workloads.Program
	Line     int // of the file
	drawn    bool
}

// maxPlan bounds the bytes of a plan's file.
const maxPlan = 16 << 20

// ReadPlan reads a plan's file and opens its workloads. Relative paths in it
// start at its own directory. The error has one line for each thing that is
// wrong.
func ReadPlan(ctx context.Context, file string, opener workloads.Opener) (*Plan, error) {
	data, err := textfile.Read(file, maxPlan)
	if err != nil {
		return nil, err
	}
	opener.Dir = filepath.Dir(file)
	r := &planReader{ctx: ctx, opener: &opener, file: file, dir: opener.Dir}
	p := r.read(data)
	if errs := r.errors(); errs != nil {
		return nil, errors.Join(append(errs, r.unfit()...)...)
	}
	return p, ctx.Err()
}

package results

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Identity is everything that what a run measures depends on. Two runs of one
// identity are one run: the simulator is deterministic.
type Identity struct {
	Machine   string      `json:"machine"` // as it is called: names nothing that Setup.Config does not fix
	Scheduler string      `json:"scheduler"`
	Programs  []ProgramID `json:"programs"`
	Setup     Setup       `json:"setup"`
}

// ProgramID is what runs and what it is called.
type ProgramID struct {
	Workload string `json:"workload"`
	Digest   string `json:"digest"`
}

// Key is the identity in 32 hexadecimal digits, the name of the run.
func (id Identity) Key() string { return digest(id) }

// Mix names the programs.
func (id Identity) Mix() string {
	names := make([]string, len(id.Programs))
	for i, p := range id.Programs {
		names[i] = p.Workload
	}
	return strings.Join(names, " + ")
}

// Identity is that of the run that r is of.
func (r *Record) Identity() Identity {
	id := Identity{Machine: r.Machine, Scheduler: r.Scheduler, Setup: r.Setup}
	for i := range r.Programs {
		id.Programs = append(id.Programs, ProgramID{r.Programs[i].Workload, r.Programs[i].Digest})
	}
	return id
}

// Key is the name of the run that r is of.
func (r *Record) Key() string { return r.Identity().Key() }

// SoloKey is the name of the curve of a program that runs alone under the
// conditions of the identity: whatever the discipline, the number of contexts
// and the rule that ends the run, it is one curve, only longer or shorter. With
// another warm-up it begins elsewhere, with another number of instructions it is
// of another precision; a program that starts again when it ends has another.
func (id Identity) SoloKey(program int) string {
	s := id.Setup
	return digest(struct {
		Model, Config, Program string
		FastForward            uint64
		Warmup, Insts          uint64
		ROI, Repeat            bool
		Seed, Memory           uint64
		Root                   string
	}{s.Model, s.Config, id.Programs[program].Digest, s.FastForward, s.Warmup, s.Insts, s.ROI, s.Until == untilRepeat, s.Seed, s.Memory, s.Root})
}

// untilRepeat is the rule by which programs start again.
const untilRepeat = "repeat"

func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

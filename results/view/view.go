// Package view draws the way of instructions through a pipeline, cycle by
// cycle: as text, as a log for the Konata viewer, and as an HTML page that
// needs nothing but itself.
//
// It draws from a plain record and never imports the simulator. What a record
// does not have it does not show: the cycles in which a thread could fetch
// nothing at all, and what happens to a store after it has committed.
package view

import "fmt"

// Never is the cycle of what did not happen, and the number of no uop.
const Never = ^uint64(0)

// Diagram is what was recorded of a run.
type Diagram struct {
	Machine   string   `json:"machine"`
	Scheduler string   `json:"scheduler"`
	Programs  []string `json:"programs"` // by number
	Threads   int      `json:"threads"`  // hardware threads
	Uops      []Uop    `json:"-"`        // in the order of fetch
}

// Title names the run.
func (d *Diagram) Title() string {
	title := ""
	for i, p := range d.Programs {
		if i > 0 {
			title += " + "
		}
		title += p
	}
	return fmt.Sprintf("%s, %s on %s", title, d.Scheduler, d.Machine)
}

// Fate is how an instruction left the pipeline.
type Fate int

// The fates.
const (
	InFlight  Fate = iota // it had not left when recording ended
	Committed             // it retired
	Discarded             // it was on a mispredicted path
	Replayed              // it was squashed and fetched again
)

var fateNames = [...]string{"in flight", "committed", "wrong path", "squashed, fetched again"}

func (f Fate) String() string { return fateNames[f] }

// Uop is one instruction from a fetch to the end of it. Cycles are counted from
// where recording began.
type Uop struct {
	Number   uint64 // in the order of fetch; it rises along a diagram, with gaps where a window begins late
	Thread   int    // hardware thread
	Software int    // software thread
	Program  int
	PC       uint64
	Text     string // disassembly
	Fate     Fate
	Wrong    bool   // fetched from a mispredicted path
	Retired  uint64 // with Committed: order of commit

	Fetch, Rename, Ready, Issue uint64
	Execute, Done               uint64 // first and last cycle of its execution
	End                         uint64 // it commits or is squashed

	Memory  bool     // what it executes is an access to memory
	Notes   []string // what else is to be known of it
	Sources []Source
	Waits   []Wait
}

// Source is an operand that was waited for.
type Source struct {
	Uop   uint64 // number of its producer; Never when that is not in the record
	Until uint64 // first cycle in which it is there
}

// Wait is a time, From … Until-1, in which an instruction did not go on.
type Wait struct {
	From, Until uint64
	Code        string // a word
	Text        string // why, as a sentence without its end
	Uop         uint64 // the older instruction that it waits for; Never: none
	Busy        bool   // it is worked for meanwhile: the memory system fetches what it wants
}

// stage is a part of an instruction's way.
type stage int

const (
	fetch stage = iota
	decode
	rename
	queue
	issue
	execute
	memory
	complete
	commit
	squash
	numStages
)

// stages describes them: by letter in text, by name in a log.
var stages = [numStages]struct {
	letter    byte
	log, Name string
	Doc       string
}{
	fetch:    {'f', "F", "fetch", "fetched in this cycle"},
	decode:   {'d', "D", "front end", "in the front end: decode, and waiting for an entry"},
	rename:   {'r', "R", "rename", "renamed: enters reorder buffer and issue queue"},
	queue:    {waiting, "Q", "queue", "waits in the issue queue"},
	issue:    {'i', "I", "issue", "issued, reads its operands"},
	execute:  {'e', "X", "execute", "executes"},
	memory:   {'m', "XM", "memory", "accesses memory"},
	complete: {'-', "W", "done", "done, waits to commit"},
	commit:   {'c', "C", "commit", "commits"},
	squash:   {'x', "", "squash", "squashed"},
}

// waiting is the letter of a cycle in which an instruction does not go on.
const waiting = '.'

// span is a stage in cycles From … Until-1.
type span struct {
	stage       stage
	from, until uint64
}

// spans are the stages that an instruction was in, without gaps from its fetch
// to its end. What it is in at the end of the record has no end: end is the
// cycle after the last one recorded.
func (u *Uop) spans(end uint64) []span {
	body := execute
	if u.Memory {
		body = memory
	}
	last, after := u.End, end
	if u.End != Never {
		after = u.End + 1
	}
	var out []span
	add := func(s stage, from, until uint64) {
		if until = min(until, last, after); from < until {
			out = append(out, span{s, from, until})
		}
	}
	add(fetch, u.Fetch, u.Fetch+1)
	add(decode, u.Fetch+1, u.Rename)
	if u.Rename != Never {
		add(rename, u.Rename, u.Rename+1)
		add(queue, u.Rename+1, u.Issue)
	}
	if u.Issue != Never {
		add(issue, u.Issue, u.Execute)
	}
	if u.Execute != Never && u.Done != Never {
		add(body, u.Execute, u.Done+1)
		add(complete, u.Done+1, Never)
	} else if u.Execute != Never {
		add(body, u.Execute, Never)
	}
	switch {
	case u.End == Never:
	case u.Fate == Committed:
		out = append(out, span{commit, u.End, u.End + 1})
	default:
		out = append(out, span{squash, u.End, u.End + 1})
	}
	return out
}

// bounds are the first cycle of a diagram and the one after its last.
func (d *Diagram) bounds() (from, until uint64) {
	from = Never
	for i := range d.Uops {
		u := &d.Uops[i]
		from = min(from, u.Fetch)
		for _, at := range []uint64{u.Fetch, u.Rename, u.Issue, u.Execute, u.End} {
			if at != Never {
				until = max(until, at+1)
			}
		}
	}
	return min(from, until), until
}

// Package results is the record of a run and the metrics over runs.
//
// A Record holds what one simulation measured, the simulator's statistics as
// named values. It knows nothing of the simulator's structs: tables, figures
// and reports draw from records alone, whether a run has just ended or was
// stored years ago. A Comparison is a set of records of the same programs
// under several disciplines, with the solo runs that the metrics of
// multiprogrammed performance need (STP, ANTT, fairness: metrics.go).
//
// Counters are integers to the end; a ratio is computed once, from integers,
// and an undefined one is null in JSON, empty in CSV and "–" in a table.
package results

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Schema is the version of the JSON form. It grows when a key changes its
// meaning or goes away, not when one is added.
const Schema = 2

// Record is one run. Its JSON form is a contract with scripts.
type Record struct {
	Schema           int       `json:"schema"`
	Machine          string    `json:"machine"`
	Changes          []string  `json:"changes,omitempty"`           // to the machine's configuration, PATH=VALUE
	Scheduler        string    `json:"scheduler"`                   // canonical: every parameter spelled out
	SchedulerChanges []string  `json:"scheduler_changes,omitempty"` // its parameters that had not their defaults, KEY=VALUE
	End              string    `json:"end"`                         // the rule that ended the run
	Cycles           uint64    `json:"cycles"`                      // measured, after warm-up
	Instructions     uint64    `json:"instructions"`
	IPC              Number    `json:"ipc"`
	Utilization      Number    `json:"utilization"` // retired issue slots / (width × cycles)
	Programs         []Program `json:"programs"`
	Threads          []Thread  `json:"threads"`           // one per hardware context
	Stats            Stats     `json:"stats"`             // threadN.*: of context N, or of program N when programs ran one after another
	Metrics          *Metrics  `json:"metrics,omitempty"` // set by Comparison.Measure
	Warnings         []string  `json:"warnings,omitempty"`
	Setup            Setup     `json:"setup"`
	Host             Host      `json:"host"` // the only part that differs between two runs of the same thing
}

// Setup is what a run was asked to do, enough to do it again.
type Setup struct {
	Model       string `json:"model"`  // the simulator's model version
	Config      string `json:"config"` // digest of the canonical configuration
	Contexts    int    `json:"contexts"`
	Width       int    `json:"width"` // issue slots per cycle
	FastForward uint64 `json:"fast_forward"`
	ROI         bool   `json:"roi"`
	Warmup      uint64 `json:"warmup"`
	Insts       uint64 `json:"insts"` // 0: to the end
	Until       string `json:"until"`
	Seed        uint64 `json:"seed"`
	Memory      uint64 `json:"memory"`             // bytes, the limit of each program; 0: the usual
	Root        string `json:"root,omitempty"`     // directory that the programs saw, as it was named
	Interval    uint64 `json:"interval,omitempty"` // cycles between samples of the statistics; 0: none
}

// Host is what the run cost on the machine that simulated it.
type Host struct {
	Seconds float64 `json:"seconds"` // of simulation
	// Overhead is what a sweep took for the run besides, in seconds: to build the
	// machine and to go on after the measurement.
	Overhead float64 `json:"overhead,omitempty"`
	KIPS     float64 `json:"kips"` // thousand measured instructions per host second
}

// Program is one program of a run. Its measured range is the instructions
// Start … Start+Instructions of its timed execution, in Cycles cycles.
type Program struct {
	Workload     string
	Digest       string // of the program's contents and arguments
	ExitCode     *int   // nil: it had not ended when the run did
	Signal       int    // 0: no signal killed it
	Stdout       []byte
	Stderr       []byte
	Threads      int    // software threads that it has had
	Whole        bool   // it was measured to its end, or to that of its region of interest, from the first instruction that was timed
	Start        uint64 // a_i: instructions committed before its measurement began
	Instructions uint64 // of all its threads
	Cycles       uint64 // from the start of measurement to its own freeze
}

// Changed names the machine and what was changed in it.
func (r *Record) Changed() string {
	if len(r.Changes) == 0 {
		return r.Machine
	}
	return r.Machine + " with " + strings.Join(r.Changes, ", ")
}

// IPC is the program's measured instructions per cycle.
func (p *Program) IPC() Number { return Ratio(p.Instructions, p.Cycles) }

// Measured reports whether anything of any program was measured.
func (r *Record) Measured() bool {
	return slices.ContainsFunc(r.Programs, func(p Program) bool { return p.Instructions > 0 })
}

// programJSON is Program with its output as text where it is text.
type programJSON struct {
	Workload     string  `json:"workload"`
	Digest       string  `json:"digest"`
	ExitCode     *int    `json:"exit_code"`
	Signal       int     `json:"signal,omitempty"`
	Stdout       *string `json:"stdout,omitempty"`
	StdoutBase64 []byte  `json:"stdout_base64,omitempty"`
	Stderr       string  `json:"stderr,omitempty"`
	StderrBase64 []byte  `json:"stderr_base64,omitempty"`
	Threads      int     `json:"software_threads"`
	Whole        bool    `json:"whole"`
	Start        uint64  `json:"start"`
	Instructions uint64  `json:"instructions"`
	Cycles       uint64  `json:"cycles"`
	IPC          Number  `json:"ipc"`
}

// MarshalJSON writes output that is not UTF-8 as stdout_base64 and
// stderr_base64.
func (p Program) MarshalJSON() ([]byte, error) {
	j := programJSON{
		Workload: p.Workload, Digest: p.Digest, ExitCode: p.ExitCode, Signal: p.Signal,
		Threads: p.Threads, Whole: p.Whole, Start: p.Start, Instructions: p.Instructions, Cycles: p.Cycles, IPC: p.IPC(),
	}
	if utf8.Valid(p.Stdout) {
		text := string(p.Stdout)
		j.Stdout = &text
	} else {
		j.StdoutBase64 = p.Stdout
	}
	if utf8.Valid(p.Stderr) {
		j.Stderr = string(p.Stderr)
	} else {
		j.StderrBase64 = p.Stderr
	}
	return EncodeJSON(j) // not Marshal, which would escape "<"
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Program) UnmarshalJSON(data []byte) error {
	var j programJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*p = Program{
		Workload: j.Workload, Digest: j.Digest, ExitCode: j.ExitCode, Signal: j.Signal,
		Stdout: j.StdoutBase64, Stderr: j.StderrBase64, Threads: j.Threads, Whole: j.Whole, Start: j.Start, Instructions: j.Instructions, Cycles: j.Cycles,
	}
	if j.Stdout != nil {
		p.Stdout = []byte(*j.Stdout)
	}
	if j.Stderr != "" {
		p.Stderr = []byte(j.Stderr)
	}
	return nil
}

// Thread is one hardware context of a run.
type Thread struct {
	ID           int    `json:"id"`
	Program      *int   `json:"program"` // index into Programs; nil: it ran none, or several in turn
	Instructions uint64 `json:"instructions"`
	Cycles       uint64 `json:"cycles"` // to its own freeze
	IPC          Number `json:"ipc"`
	// TopDown has the shares of its dispatch slots by category, Account where
	// its cycles went; nil when they are not known. These and MLP are of all
	// programs together where several ran in turn.
	TopDown map[string]Number `json:"top_down,omitempty"`
	Account *Account          `json:"account,omitempty"`
	MLP     Number            `json:"mlp"` // null when it never read memory
}

// Analyse fills in what follows from the thread ledgers of the statistics. Of
// programs one after another the context has what all of them together have,
// which is the machine's; each has its own in the statistics.
func (r *Record) Analyse() {
	for i := range r.Threads {
		t := &r.Threads[i]
		ledger, masked := t.ID, r.Stats.Of(fmt.Sprintf("thread%d.dispatch_masked", t.ID))
		if r.BackToBack() {
			ledger, masked = -1, 0 // nobody's slots are lost to others
		}
		t.MLP = MLP(r, ledger)
		if t.Instructions > 0 {
			shares := TopDown(r, ledger)
			t.TopDown, t.Account = topDownJSON(shares), NewAccount(shares, Ratio(masked, r.dispatchSlots(t)), t.Cycles)
		}
	}
}

// dispatchSlots are those that a thread had while it was measured.
func (r *Record) dispatchSlots(t *Thread) uint64 {
	total := r.Stats.Of("slots.dispatch.total")
	if r.Cycles == 0 {
		return 0
	}
	return total / r.Cycles * t.Cycles
}

// Natural compares strings with runs of digits as numbers.
func Natural(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			if c := cmp.Or(cmp.Compare(na, nb), strings.Compare(a[:na], b[:nb])); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is the length of the run of digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// Number is a measured ratio; NaN is "undefined" and null in JSON.
type Number float64

// Undefined is the value of a metric that has none.
var Undefined = Number(math.NaN())

// Ratio is num/den, undefined when den is 0.
func Ratio(num, den uint64) Number {
	if den == 0 {
		return Undefined
	}
	return Number(float64(num) / float64(den))
}

// Defined reports whether n is a number.
func (n Number) Defined() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for an undefined number.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Defined() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}

// UnmarshalJSON reads null as Undefined.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Undefined
		return nil
	}
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("a number or null is wanted, not %s", data)
	}
	*n = Number(v)
	return nil
}

// Text is n with the given number of decimals, or an en dash.
func (n Number) Text(decimals int) string {
	if !n.Defined() {
		return "–"
	}
	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}

// EncodeJSON is v as the command line prints it: indented, "<" as itself,
// newline at the end.
func EncodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// warning is what runs warn of, of some programs, with the range of the numbers
// of instructions in it.
type warning struct {
	programs []string
	parts    []string // the text between the numbers
	low      []uint64 // of the numbers
	high     []uint64
}

// counts of instructions are what the warnings of like runs differ in.
var counted = regexp.MustCompile(`\d+( (?:measured )?instructions)`)

// mostNamed is how many programs a warning names.
const mostNamed = 12

// setWarnings are the warnings of the runs, in the order in which they occur:
// those that differ in programs and numbers of instructions alone are one.
func setWarnings(s *results.Set) (list []string) {
	var warnings []*warning
	of := map[string]*warning{} // by what is the same
	for _, r := range slices.Concat(s.Runs, s.Baselines) {
		for _, text := range r.Warnings {
			program, rest := splitWarning(r, text)
			key := counted.ReplaceAllString(rest, "#$1")
			w := of[key]
			if w == nil {
				w = &warning{}
				of[key] = w
				warnings = append(warnings, w)
			}
			w.add(program, rest)
		}
	}
	for _, w := range warnings {
		list = append(list, w.String())
	}
	return list
}

// splitWarning cuts the name of the program off that a warning begins with.
func splitWarning(r *results.Record, text string) (program, rest string) {
	for i := range r.Programs {
		if name := r.Programs[i].Workload; len(name) > len(program) && strings.HasPrefix(text, name) {
			program = name
		}
	}
	return program, text[len(program):]
}

func (w *warning) add(program, rest string) {
	if program != "" && !slices.Contains(w.programs, program) {
		w.programs = append(w.programs, program)
	}
	var numbers []uint64
	var parts []string
	from := 0
	for _, at := range counted.FindAllStringSubmatchIndex(rest, -1) {
		n, err := strconv.ParseUint(rest[at[0]:at[2]], 10, 64)
		if err != nil {
			continue // no count that a run can have
		}
		parts, numbers, from = append(parts, rest[from:at[0]]), append(numbers, n), at[2]
	}
	parts = append(parts, rest[from:])
	if w.parts == nil {
		w.parts, w.low, w.high = parts, slices.Clone(numbers), numbers
		return
	}
	for i := range min(len(numbers), len(w.low)) {
		w.low[i], w.high[i] = min(w.low[i], numbers[i]), max(w.high[i], numbers[i])
	}
}

func (w *warning) String() string {
	shown, more := firstOf(w.programs, mostNamed)
	text := strings.Join(shown, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	for i, part := range w.parts {
		if text += part; i == len(w.low) {
			break
		}
		if text += fmt.Sprint(w.low[i]); w.high[i] > w.low[i] {
			text += fmt.Sprintf(" to %d", w.high[i])
		}
	}
	return text
}

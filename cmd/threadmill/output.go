package main

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/results"
)

// print writes a table to standard output, fitted to the terminal if it is
// one.
func (t *tool) print(out *table, format string) error {
	return out.write(t.out, format, terminalWidth(t.out))
}

// warnAll prints what the records warn of, each warning once.
func (t *tool) warnAll(records []*results.Record) {
	seen := map[string]bool{}
	for _, r := range records {
		for _, w := range r.Warnings {
			if !seen[w] {
				seen[w] = true
				t.warn("%s", w)
			}
		}
	}
}

// unmeasured is the error of records none of which has anything measured.
func unmeasured(records []*results.Record) error {
	for _, r := range records {
		if r.Measured() || r.Setup.Warmup == 0 {
			return nil
		}
	}
	if len(records) == 0 {
		return nil
	}
	return &exit{exitFailed, fmt.Errorf("every program ended before it had committed --warmup %d instructions; use a larger size or a smaller --warmup", records[0].Setup.Warmup)}
}

// failures is the error that says what went wrong in the runs, each thing
// once, or nil.
func failures(list []results.Failure) error {
	text := ""
	seen := map[string]bool{}
	for _, f := range list {
		if seen[f.Error] {
			continue
		}
		seen[f.Error] = true
		if text != "" {
			text += "\n"
		}
		text += f.Error
	}
	if text == "" {
		return nil
	}
	return &exit{exitFailed, fmt.Errorf("%s", text)}
}

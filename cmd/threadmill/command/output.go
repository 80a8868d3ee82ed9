package command

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// print writes a table to standard output, fitted to the terminal if it is
// one.
func (t *tool) print(out *table, format string) error {
	return out.write(t.out, format, terminalWidth(t.out))
}

// warnAll prints what the runs of a comparison warn of: each warning once,
// with the run or how many it is of.
func (t *tool) warnAll(res *results.Comparison) {
	labels := map[string]string{}
	for i, label := range results.Labels(res.Runs) {
		labels[res.Runs[i].Scheduler] = label
	}
	var order []string
	of := map[string][]string{}
	for _, r := range slices.Concat(res.Baselines, res.Runs, res.Scaling) {
		alone := slices.Contains(res.Baselines, r)
		if r.Scheduler == single && !alone {
			continue // made of the baselines
		}
		for _, w := range slices.Compact(slices.Sorted(slices.Values(r.Warnings))) {
			if of[w] == nil {
				order = append(order, w)
			}
			of[w] = append(of[w], runTitle(r, cmp.Or(labels[r.Scheduler], r.Scheduler), alone))
		}
	}
	for _, w := range order {
		run := of[w][0]
		if n := len(of[w]); n > 1 {
			run = fmt.Sprintf("%d runs", n)
		}
		t.warn("%s: %s", run, w)
	}
}

// single is the scheduler whose runs are made of those of each program alone.
const single = "single"

// runTitle names a run of a comparison, whose discipline goes by label.
func runTitle(r *results.Record, label string, alone bool) string {
	if alone {
		return "alone"
	}
	return fmt.Sprintf("%s, %s on %s", label, results.Counted(len(r.Programs), "program"), results.Counted(r.Setup.Contexts, "thread"))
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
	setup := records[0].Setup
	why := "every program ended"
	if setup.ROI {
		why += ", or left its region of interest,"
	}
	why += fmt.Sprintf(" before it had committed --warmup %d instructions; use a larger size or a smaller --warmup", setup.Warmup)
	if p := endedWarm(records); p != nil {
		why = fmt.Sprintf("nothing was measured under --until %s: %s ended after %d instructions, before the slowest program had committed --warmup %d; use a larger size, a smaller --warmup or another rule --until",
			setup.Until, p.Workload, p.Start, setup.Warmup)
	}
	return &exit{exitFailed, errors.New(why)}
}

// endedWarm is a program that ended before measurement began, though not before
// it was warm; nil: there is none.
func endedWarm(records []*results.Record) *results.Program {
	for _, r := range records {
		for i := range r.Programs {
			if p := &r.Programs[i]; p.Start >= r.Setup.Warmup && p.ExitCode != nil {
				return p
			}
		}
	}
	return nil
}

// failures is the error that says what went wrong in the runs, each thing
// once, or nil.
func failures(list []results.Failure) error {
	var errs []error
	seen := map[string]bool{}
	for _, f := range list {
		if !seen[f.Error] {
			seen[f.Error] = true
			errs = append(errs, errors.New(f.Error))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &exit{exitFailed, errors.Join(errs...)}
}

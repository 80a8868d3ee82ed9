package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwarp"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/validate"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/urfave/cli/v2"
)

func (t *tool) validateCommand() *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "microkernels against cycle counts derived by hand: expected, measured, error",
		ArgsUsage: "[NAME...]",
		Description: "NAME is a kernel or a group of them; without one all are measured. Each runs at several configurations\n" +
			"of a machine in round numbers, with a formula of configuration values for what it must take:\n" +
			"threadmill show NAME derives it. What is off by more than 1 % fails, and the exit code is 1.",
		Flags:  join([]cli.Flag{jobsFlag("`N` kernels at a time")}, outputFlags()),
		Action: t.validate,
	}
}

func (t *tool) validate(c *cli.Context) error {
	workers, err := jobs(c)
	if err != nil {
		return err
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	kernels, err := validate.Select(c.Args().Slice()...)
	if err != nil {
		return usage(c, "%w", err)
	}
	bar := &progress{}
	if terminalWidth(t.err) > 0 { // a line for each of hundreds helps nobody
		bar = t.newProgress()
	}
	outcomes, err := validate.Run(c.Context, kernels, workers, func(done, total int, kernel string) {
		bar.show(experiment.Progress{Done: done, Total: total, Run: kernel})
	})
	bar.end()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	if err := t.printOutcomes(outcomes, c.String("format")); err != nil {
		return err
	}
	if interrupted {
		return &exit{exitFailed, fmt.Errorf("interrupted; %d measurements had been made, %d of them not as expected", len(outcomes), failed(outcomes))}
	}
	return t.judge(outcomes)
}

// judge says how many measurements are off.
func (t *tool) judge(outcomes []validate.Outcome) error {
	if n := failed(outcomes); n > 0 {
		return &exit{exitFailed, fmt.Errorf("%d of %d measurements are not as expected", n, len(outcomes))}
	}
	t.note("all %d measurements are as expected", len(outcomes))
	return nil
}

func failed(outcomes []validate.Outcome) (n int) {
	for i := range outcomes {
		if !outcomes[i].OK() {
			n++
		}
	}
	return n
}

// outcomeJSON is a kernel at one configuration as JSON.
type outcomeJSON struct {
	Kernel   string  `json:"kernel"`
	Group    string  `json:"group"`
	Machine  string  `json:"machine"` // changes, separated by blanks
	Expected float64 `json:"expected"`
	Measured float64 `json:"measured"`
	Error    float64 `json:"error"` // relative; absolute where 0 is expected
	Unit     string  `json:"unit"`
	OK       bool    `json:"ok"`
}

func (t *tool) printOutcomes(outcomes []validate.Outcome, format string) error {
	if format == formatJSON {
		list := make([]outcomeJSON, len(outcomes))
		for i := range outcomes {
			o := &outcomes[i]
			list[i] = outcomeJSON{o.Kernel.Name, o.Kernel.Group, o.At, o.Expected, o.Measured, o.Error(), o.Kernel.Unit, o.OK()}
		}
		return writeJSON(t.out, struct {
			Kernels []outcomeJSON `json:"kernels"`
			Failed  int           `json:"failed"`
		}{list, failed(outcomes)})
	}
	out := table{header: []string{"kernel", "expected", "measured", "error %", "verdict", "unit", "at"}}
	for i := range outcomes {
		o := &outcomes[i]
		verdict := "ok"
		if !o.OK() {
			verdict = "FAIL"
		}
		at := o.At
		if at == "" {
			at = "–"
		}
		out.add(o.Kernel.Name, decimals(o.Expected), decimals(o.Measured), percent(o), verdict, o.Kernel.Unit, at)
	}
	return t.print(&out, format)
}

// decimals writes a number with as many decimals as it needs, three at most.
func decimals(x float64) string {
	s := strconv.FormatFloat(x, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// percent writes how far an outcome is off, with two decimals.
func percent(o *validate.Outcome) string {
	off := math.Round(1e4*o.Error()) / 100
	return strconv.FormatFloat(off+0, 'f', 2, 64) // -0 + 0 is 0
}

func kernelEntries() ([]entry, error) {
	var out []entry
	for _, k := range validate.Kernels() {
		out = append(out, entry{Name: k.Name, Doc: k.Doc, Unit: k.Unit, Class: k.Group})
	}
	return out, nil
}

// kernelJSON is a kernel as JSON.
type kernelJSON struct {
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Doc       string   `json:"doc"`
	Unit      string   `json:"unit"`
	Class     string   `json:"class"`
	Why       string   `json:"why"`
	Scheduler string   `json:"scheduler"`
	Machine   []string `json:"machine"` // changes of the base machine
	At        []string `json:"at"`      // further ones of each measurement
}

// showKernel says what a kernel measures and derives what it must take.
func (t *tool) showKernel(c *cli.Context, name string) error {
	kernels, err := validate.Select(name)
	if err != nil || len(kernels) != 1 {
		return usage(c, "%w", catalog.Unknown("kernel", name, nil))
	}
	k := &kernels[0]
	scheduler := k.Scheduler
	if scheduler == "" {
		scheduler = "single"
	}
	switch format := c.String("format"); format {
	case formatJSON:
		return writeJSON(t.out, kernelJSON{"kernel", k.Name, k.Doc, k.Unit, k.Group, k.Why, scheduler, append([]string{}, k.Machine...), k.At})
	case formatTable:
		fmt.Fprintf(t.out, "kernel %s: %s\nunit: %s\nclass: %s\nscheduler: %s\n", k.Name, k.Doc, k.Unit, k.Group, scheduler)
		if len(k.Machine) > 0 {
			fmt.Fprintf(t.out, "machine: %s\n", strings.Join(k.Machine, " "))
		}
		for _, at := range k.At {
			fmt.Fprintf(t.out, "at: %s\n", at)
		}
		_, err := fmt.Fprintf(t.out, "\n%s\n", t.wrap(k.Why))
		return err
	default:
		return t.print(entryTable("kernel", []entry{{Name: k.Name, Doc: k.Doc, Unit: k.Unit, Class: k.Group}}, format), format)
	}
}

// wrap breaks the lines of a text where the terminal ends.
func (t *tool) wrap(text string) string {
	width := terminalWidth(t.out)
	if width == 0 {
		return text
	}
	var wrapped []string
	for line := range strings.Lines(text) {
		broken, _ := twwarp.WrapString(strings.TrimSuffix(line, "\n"), width)
		wrapped = append(wrapped, broken...)
	}
	return strings.Join(wrapped, "\n")
}

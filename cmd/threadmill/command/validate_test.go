package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline/validate"
)

// A group of kernels is measured, in every format, and is as expected.
func TestValidate(t *testing.T) {
	var got struct {
		Kernels []outcomeJSON
		Failed  int
	}
	decode(t, succeed(t, "validate", "width", "rob-capacity", "--format", "json", "--jobs", "2"), &got)
	first, last := got.Kernels[0], got.Kernels[len(got.Kernels)-1]
	if got.Failed != 0 || first.Kernel != "fetch-width" || first.Group != "width" || first.Expected != 24 || !first.OK || last.Kernel != "rob-capacity" || last.Machine != "core.rob.size=99" {
		t.Errorf("%d failed, from %+v to %+v", got.Failed, first, last)
	}
	for format, want := range map[string]string{"table": "rob-capacity        64", "csv": "rob-capacity,99,99,0.00,ok,entries,core.rob.size=99\n", "markdown": "| rob-capacity |"} {
		if out := succeed(t, "validate", "rob-capacity", "--format", format); !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", format, want, out)
		}
	}
}

// What is off is an error of the simulation.
func TestValidateFails(t *testing.T) {
	k := &validate.Kernel{Name: "k"}
	outcomes := []validate.Outcome{{Kernel: k, Expected: 100, Measured: 100.5}, {Kernel: k, Expected: 100, Measured: 98.5}}
	var out, diagnostics bytes.Buffer
	tool := &tool{out: &out, err: &diagnostics}
	if code := tool.report(tool.judge(outcomes)); code != exitFailed || !strings.Contains(diagnostics.String(), "1 of 2 measurements are not as expected") {
		t.Errorf("exit code %d: %s", code, diagnostics.String())
	}
	if err := tool.printOutcomes(outcomes, formatCSV); err != nil || !strings.Contains(out.String(), "k,100,98.5,-1.50,FAIL,") {
		t.Errorf("%v in\n%s", err, out.String())
	}
	if code := tool.report(tool.judge(outcomes[:1])); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Every kernel is listed, and shown with its derivation.
func TestShowKernel(t *testing.T) {
	out := succeed(t, "list", "kernels", "--format", "csv")
	for _, k := range validate.Kernels() {
		if !strings.Contains(out, "\n"+k.Name+",") {
			t.Errorf("%s is not listed", k.Name)
		}
	}
	out = succeed(t, "show", "static-partition")
	for _, want := range []string{"kernel static-partition: ", "scheduler: icount", "core.rob.sharing=static", "at: core.rob.size=200 threads=3", "size / threads"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var k kernelJSON
	decode(t, succeed(t, "show", "int-mul-latency", "--format", "json"), &k)
	if k.Kind != "kernel" || k.Scheduler != "single" || k.Why == "" || len(k.At) != 3 || k.Machine == nil {
		t.Errorf("%+v", k)
	}
}

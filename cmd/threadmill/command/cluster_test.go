package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment/slurm"
	"github.com/threadmill-sim/threadmill/results/store"
)

// startSlurm starts a cluster of this host alone, and makes it the one that
// Slurm's commands speak to. The context is done when one of its programs ends.
func startSlurm(t *testing.T, ctx context.Context) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancelCause(ctx)
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	for _, tool := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"} {
		needs.Tool(t, tool)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	dir := t.TempDir()
	for _, sub := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ports := freePorts(t, 2)
	// A control group is made by plugins that are not chosen here; the first
	// version's is the one that wants nothing of the host before.
	files := map[string]string{
		"munge.key":   strings.Repeat("a key for one test", 10),
		"cgroup.conf": "CgroupPlugin=cgroup/v1\n",
		"slurm.conf": fmt.Sprintf(`ClusterName=threadmill
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[2]d
SlurmdPort=%[3]d
SlurmUser=%[4]s
SlurmdUser=%[4]s
AuthType=auth/munge
AuthInfo=socket=%[5]s/munge.socket
CredType=cred/munge
StateSaveLocation=%[5]s/state
SlurmdSpoolDir=%[5]s/spool
SlurmctldPidFile=%[5]s/slurmctld.pid
SlurmdPidFile=%[5]s/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
KillWait=1
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=%[6]d State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
`, host, ports[0], ports[1], me.Username, dir, runtime.NumCPU()),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
	in := func(name string) string { return filepath.Join(dir, name) }
	daemon(t, cancel, in("munged.out"), "munged", "--foreground", "--force", "--socket="+in("munge.socket"), "--key-file="+in("munge.key"),
		"--pid-file="+in("munged.pid"), "--log-file="+in("munged.log"), "--seed-file="+in("munged.seed"))
	await(t, ctx, "munged", func() bool { _, err := os.Stat(in("munge.socket")); return err == nil })
	daemon(t, cancel, in("slurmctld.out"), "slurmctld", "-D")
	daemon(t, cancel, in("slurmd.out"), "slurmd", "-D", "-N", host)
	await(t, ctx, "a node that is idle", func() bool {
		out, _ := exec.CommandContext(ctx, "sinfo", "--noheader", "--format=%T").Output()
		return string(out) == "idle\n"
	})
	return ctx
}

// daemon starts a program that ends with the test; when it has failed, what the
// program said is shown.
func daemon(t *testing.T, ended context.CancelCauseFunc, output string, words ...string) {
	t.Helper()
	file, err := os.Create(output)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		ended(fmt.Errorf("%s ended: %v", words[0], cmd.Wait()))
		close(over)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-over
		if text, err := os.ReadFile(output); err == nil && t.Failed() {
			t.Logf("%s:\n%s", words[0], text)
		}
	})
}

// freePorts are ports, all different, that nobody listened on just now.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// await asks again until something holds.
func await(t *testing.T, ctx context.Context, what string, holds func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, context.Cause(ctx))
		case <-again.C:
		}
	}
}

// slurmSays is what a command of Slurm's writes.
func slurmSays(t *testing.T, ctx context.Context, words ...string) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// oddDir is a directory whose path a shell and sbatch would read as another.
func oddDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "it's 100%a $HOME")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// clusterPlan is long enough for a task of it to be killed on its way.
const clusterPlan = `name = "window"
schedulers = ["single", "icount"]
workloads = [["sort 2000", "chase 64"], ["fft", "queens"]]
insts = 300000
[axes]
"core.rob.size" = [32, 48, 64, 96, 128, 192, 256]
`

// finishedIn is how many runs have finished in a store; 0 when there is none.
func finishedIn(t *testing.T, file string) int {
	t.Helper()
	s, err := store.OpenReadOnly(file)
	if err != nil {
		return 0 // not yet made
	}
	defer s.Close()
	finished, err := s.Finished()
	if err != nil {
		t.Fatal(err)
	}
	return len(finished)
}

// hostTimes are what the runs of a store cost, which tells two simulations of
// one run apart.
func hostTimes(t *testing.T, file string) map[string]results.Host {
	t.Helper()
	s, err := store.OpenReadOnly(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	set, err := s.Load(store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]results.Host{}
	for _, r := range slices.Concat(set.Runs, set.Baselines) {
		times[r.Key()] = r.Host
	}
	return times
}

// A cluster does what one host does: also when a task is killed and the command
// is repeated, which leaves alone what is queued.
func TestSlurm(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	ctx = startSlurm(t, ctx)
	dir := oddDir(t)
	plan, file := filepath.Join(dir, "plan.toml"), filepath.Join(dir, "runs.db")
	if err := os.WriteFile(plan, []byte(clusterPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	shard := func(i int) string { return filepath.Join(file+".d", fmt.Sprintf("shard-%d-of-2.db", i)) }
	submit := func(more ...string) string {
		return succeed(t, append([]string{"sweep", plan, "--store", file, "--engine", "slurm"}, more...)...)
	}
	says := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Fatalf("%q is not in\n%s", w, out)
			}
		}
	}
	queued := func() []string {
		return strings.Fields(slurmSays(t, ctx, "squeue", "--noheader", "--array", "--format=%F_%K"))
	}
	empty := func() bool { return len(queued()) == 0 }

	out := submit("--shards", "2", "--sbatch-arg", "--hold")
	says(out, "window: 2 shards of 28 runs: 0 finished, 0 queued or running; 1-2 submitted as job ")
	_, job, _ := strings.Cut(out, "as job ")
	job, _, _ = strings.Cut(job, ".")
	says(submit(), "0 finished, 2 queued or running. Logs are in "+file+".d")
	says(submit("--dry-run"), "2 queued or running, 0 to submit")

	slurmSays(t, ctx, "scontrol", "release", job+"_1")
	await(t, ctx, "the first run of task 1", func() bool { return finishedIn(t, shard(1)) > 0 })
	slurmSays(t, ctx, "scancel", "--signal=KILL", "--full", job+"_1")
	await(t, ctx, "the end of task 1", func() bool { q := queued(); return len(q) == 1 && q[0] == job+"_2" })
	says(submit(), "0 finished, 1 queued or running; 1 submitted as job ")
	slurmSays(t, ctx, "scontrol", "release", job+"_2")
	await(t, ctx, "the end of all tasks", empty)

	out = submit()
	says(out, "window: all of 2 shards finished; their stores are put together by\nthreadmill store merge ")
	_, merge, _ := strings.Cut(out, "\nthreadmill ")
	slurmSays(t, ctx, "sh", "-c", binaryPath+" "+merge)
	says(submit(), "window: all of 28 runs finished, in "+file+"\n")
	local := filepath.Join(t.TempDir(), "local.db")
	succeed(t, "sweep", plan, "--store", local)
	all := func(file string) string { return succeed(t, "export", file, "--format", "jsonl", "--baselines") }
	if diff := cmp.Diff(all(local), all(file)); diff != "" {
		t.Errorf("exported (-one host +cluster):\n%s", diff)
	}

	// A larger plan with the same store: its tasks find what has been done.
	if err := os.RemoveAll(file + ".d"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plan, []byte(strings.Replace(clusterPlan, "256]", "256, 512]", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	says(submit("--shards", "4", "--sbatch-arg", "--wait"), "4 shards of 32 runs: 3 finished, 0 queued or running; 4 submitted")
	before := hostTimes(t, file)
	for key, host := range hostTimes(t, filepath.Join(file+".d", "shard-4-of-4.db")) {
		if was, done := before[key]; done && was != host {
			t.Errorf("run %s was done twice: %v, %v", key, was, host)
		}
	}
	succeed(t, "store", "merge", file, filepath.Join(file+".d", "shard-4-of-4.db"))
	says(submit(), "all of 32 runs finished, in "+file)
	log, err := os.ReadFile(filepath.Join(file+".d", "shard-4-of-4.log"))
	if err != nil || len(log) > 0 {
		t.Errorf("log of the task: %q, %v", log, err)
	}

	// A smaller plan, of which nothing is left to do, is the plan from now on.
	if err := os.WriteFile(plan, []byte(clusterPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	says(submit("--dry-run"), "all of 28 runs finished")
	if rows := strings.Count(succeed(t, "export", file), "\n"); rows != 1+32 {
		t.Errorf("a dry run has made it %d rows", rows)
	}
	says(submit(), "all of 28 runs finished")
	if rows := strings.Count(succeed(t, "export", file), "\n"); rows != 1+28 {
		t.Errorf("%d rows of a plan of 28 runs", rows)
	}

	if err := os.WriteFile(plan, []byte(strings.Replace(clusterPlan, "256]", "256, 512]", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	o := threadmill(t, "sweep", plan, "--store", local, "--engine", "slurm", "--sbatch-arg", "--partition=none")
	if o.code != 1 || !strings.Contains(o.stderr, "sbatch: exit status 1: ") || !strings.Contains(o.stderr, "invalid partition") {
		t.Errorf("refused by sbatch: %+v", o)
	}
}

// Without Slurm, or a controller that answers, the dry run shows what would be
// done, and does nothing; more than that is refused.
func TestSlurmDryRun(t *testing.T) {
	t.Setenv("PATH", "")
	dir := oddDir(t)
	plan, file := filepath.Join(dir, "plan.toml"), filepath.Join(dir, "runs.db")
	if err := os.WriteFile(plan, []byte(smallestPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"sweep", plan, "--store", file, "--engine", "slurm", "--shards", "3", "--jobs", "2", "--timeout", "5m", "--sbatch-arg", "--partition=long"}
	quoted := strings.ReplaceAll(dir, "'", `'\''`)
	want := `#!/bin/sh
# One shard of a sweep. Written by threadmill sweep --engine slurm.
exec ` + binaryPath + ` sweep '` + quoted + `/plan.toml' --quiet --timeout 5m --shard "$SLURM_ARRAY_TASK_ID"/3 --store '` + quoted + `/runs.db.d'/shard-"$SLURM_ARRAY_TASK_ID"-of-3.db --jobs "$SLURM_CPUS_PER_TASK"

window: 3 shards of 12 runs: 0 finished, 0 queued or running, 3 to submit
`
	o := threadmill(t, append(args, "--dry-run")...)
	script, submission, _ := strings.Cut(o.out, "sbatch ")
	if diff := cmp.Diff(want, script); diff != "" || o.code != 0 {
		t.Errorf("exit code %d (-want +got):\n%s", o.code, diff)
	}
	for _, want := range []string{"--array=1-3 --cpus-per-task=2 '--output=" + strings.ReplaceAll(quoted, "%", "%%") + "/runs.db.d/shard-%a-of-3.log' --open-mode=append --partition=long '" + quoted + "/runs.db.d/shards-of-3.sh'\n"} {
		if !strings.Contains(submission, want) {
			t.Errorf("%q is not in\n%s", want, submission)
		}
	}
	if o.stderr != "threadmill: warning: squeue is not on the PATH: taken as if nothing were queued\n" {
		t.Errorf("warns: %s", o.stderr)
	}
	if o := threadmill(t, args...); o.code != 2 || o.out != "" || !strings.Contains(o.stderr, `"squeue": executable file not found`) || !strings.Contains(o.stderr, "no host of a Slurm cluster") {
		t.Errorf("without Slurm: %+v", o)
	}
	const complaint = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
	t.Setenv("PATH", silentSlurm(t, complaint))
	if p := threadmill(t, append(args, "--dry-run")...); p.code != 0 || p.out != o.out ||
		p.stderr != "threadmill: warning: squeue: exit status 1: "+complaint+": taken as if nothing were queued\n" {
		t.Errorf("without a controller: %+v", p)
	}
	if o := threadmill(t, args...); o.code != 1 || o.out != "" || !strings.Contains(o.stderr, complaint) {
		t.Errorf("without a controller: %+v", o)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// silentSlurm is a directory with a squeue that reaches no controller.
func silentSlurm(t *testing.T, complaint string) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\necho '" + complaint + "' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "squeue"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSlurmUsage(t *testing.T) {
	plan := writeFile(t, "plan.toml", []byte(smallestPlan))
	file := filepath.Join(t.TempDir(), "runs.db")
	begun := filepath.Join(t.TempDir(), "begun.db")
	if err := os.Mkdir(begun+".d", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile((&slurm.Array{Dir: begun + ".d", Shards: 3}).ScriptFile(), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ flags, want string }{
		{"--engine slrum", `unknown engine "slrum", did you mean "slurm"?`},
		{"--shards 2", "--shards is of --engine slurm"},
		{"--sbatch-arg=-p", "--sbatch-arg is of --engine slurm"},
		{"--engine slurm --shard 1/2", "--shard is not of --engine slurm"},
		{"--engine slurm --dry-run --format csv", "--format is not of --engine slurm"},
		{"--engine slurm --shards 0", "--shards: 0 is below 1"},
		{"--engine slurm --shards 13", "--shards: 13 is above the plan's 12 runs"},
		{"--engine slurm --shards 2 --store " + begun, "begun.db.d was begun with 3"},
		{"--engine slurm --sbatch-arg long", `"long" is no option of sbatch`},
		{"--engine slurm --sbatch-arg --array=1-9", "--array is set by the sweep"},
		{"--engine slurm --sbatch-arg -a1-9", "is set by the sweep"},
		{"--engine slurm --sbatch-arg -Mother", "SLURM_CLUSTERS"},
	} {
		args := append([]string{"sweep", plan}, strings.Fields(c.flags)...)
		if !strings.Contains(c.flags, "--store") {
			args = append(args, "--store", file)
		}
		o := threadmill(t, args...)
		if o.code != 2 || o.out != "" || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%s: %+v, not %q", c.flags, o, c.want)
		}
	}
}

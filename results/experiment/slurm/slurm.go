// Package slurm has the shards of a sweep done by a cluster under Slurm: as an
// array job, each task with a store of its own, since the hosts of a cluster
// must not share the write-ahead log of one. It keeps no notes: what is queued
// or runs is asked of Slurm by the job's name, what is done is in the stores.
package slurm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Array is an array job; its task i does the i-th shard.
type Array struct {
	Dir     string // absolute: the script, the stores and the logs
	Shards  int
	CPUs    int      // of a task
	Command []string // that does a shard; --shard, --store and --jobs are added
	Options []string // of sbatch, as the user gave them
}

// Store is that of a shard.
func (a *Array) Store(shard int) string {
	return filepath.Join(a.Dir, fmt.Sprintf("shard-%d-of-%d.db", shard, a.Shards))
}

const scriptName = "shards-of-%d.sh"

// ScriptFile is the path of the job script.
func (a *Array) ScriptFile() string {
	return filepath.Join(a.Dir, fmt.Sprintf(scriptName, a.Shards))
}

// Begun is the number of shards that a directory was made for; 0 when it is not
// there or empty.
func Begun(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), scriptName, &n); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

// Script is the job script. What Slurm tells the task by its environment is
// left to the shell.
func (a *Array) Script() string {
	const task = `"$SLURM_ARRAY_TASK_ID"`
	return fmt.Sprintf("#!/bin/sh\n# One shard of a sweep. Written by threadmill sweep --engine slurm.\nexec %s --shard %s/%d --store %s/shard-%s-of-%d.db --jobs \"$SLURM_CPUS_PER_TASK\"\n",
		results.ShellLine(a.Command), task, a.Shards, results.ShellWord(a.Dir), task, a.Shards)
}

// name is the job's, by which its tasks are found again.
func (a *Array) name() string {
	return fmt.Sprintf("threadmill-%x", sha256.Sum256([]byte(a.Dir)))[:len("threadmill-")+12]
}

// Submission is the command that submits tasks.
func (a *Array) Submission(tasks []int) []string {
	log := filepath.Join(a.Dir, fmt.Sprintf("shard-%%a-of-%d.log", a.Shards))
	log = strings.ReplaceAll(filepath.Dir(log), "%", "%%") + "/" + filepath.Base(log)
	words := []string{
		"sbatch", "--parsable", "--job-name=" + a.name(), "--array=" + Ranges(tasks),
		"--cpus-per-task=" + strconv.Itoa(a.CPUs), "--output=" + log, "--open-mode=append",
	}
	return append(append(words, a.Options...), a.ScriptFile())
}

// CheckOption finds options of sbatch that would keep the tasks from being found
// again, and words that are none.
func CheckOption(word string) error {
	name, _, _ := strings.Cut(word, "=")
	is := func(long string, short string) bool {
		return name == long || strings.HasPrefix(word, short) && !strings.HasPrefix(word, "--")
	}
	switch {
	case !strings.HasPrefix(word, "-") || word == "-" || word == "--":
		return fmt.Errorf("%q is no option of sbatch; one with a value is one word, such as --partition=long", word)
	case is("--array", "-a"), is("--job-name", "-J"), name == "--wrap", name == "--parsable":
		return fmt.Errorf("%s is set by the sweep", name)
	case is("--clusters", "-M"), name == "--cluster":
		return fmt.Errorf("%s: set SLURM_CLUSTERS instead, which squeue reads too", name)
	}
	return nil
}

// Queued are the tasks that wait or run.
func (a *Array) Queued(ctx context.Context) (map[int]bool, error) {
	cmd := exec.CommandContext(ctx, "squeue", "--noheader", "--array", "--name="+a.name(), "--format=%K")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SQUEUE_") }) // may leave some out
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	queued := map[int]bool{}
	for word := range strings.FieldsSeq(out) {
		task, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("squeue: %q is no task of an array job", word)
		}
		queued[task] = true
	}
	return queued, nil
}

// Submit writes the script and submits tasks; it answers with the job's number.
func (a *Array) Submit(ctx context.Context, tasks []int) (job string, err error) {
	if err := os.WriteFile(a.ScriptFile(), []byte(a.Script()), 0o755); err != nil {
		return "", err
	}
	words := a.Submission(tasks)
	out, err := output(exec.CommandContext(ctx, words[0], words[1:]...))
	job, _, _ = strings.Cut(strings.TrimSpace(out), ";") // the cluster's name
	return job, err
}

// output is what a command writes; what it complains of is in the error.
func output(cmd *exec.Cmd) (string, error) {
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if err == nil || errors.Is(err, exec.ErrNotFound) {
		return out.String(), err
	}
	text := strings.Join(strings.Split(strings.TrimSpace(complaints.String()), "\n"), "; ")
	return "", fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, text)
}

// Ranges writes ascending numbers as sbatch reads them: 1-3,5.
func Ranges(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		first := i
		for i++; i < len(list) && list[i] == list[i-1]+1; i++ {
		}
		part := strconv.Itoa(list[first])
		if i-first > 1 {
			part += "-" + strconv.Itoa(list[i-1])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

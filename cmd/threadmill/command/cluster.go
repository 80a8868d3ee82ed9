package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/experiment/slurm"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

// Where the runs of a sweep are done.
const (
	engineLocal = "local"
	engineSlurm = "slurm"
)

// clusterHelp says what --engine slurm does.
const clusterHelp = `--engine slurm has the runs done by a cluster, as an array job of Slurm with a task for each of --shards
parts. STORE.d gets the job script and a store and a log of each task: the hosts of a cluster must not
write to one store. The plan, STORE.d and threadmill itself must be where all hosts see them. Repeated, the
command says how far the tasks are and submits again what died or failed; when all have finished it prints
the command that puts the stores together. --jobs is the number of processors of a task, 1 without it.`

// clusterFlags are those of --engine slurm.
func clusterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "engine", Value: engineLocal, Usage: "where the runs are done: local or slurm"},
		&cli.IntFlag{Name: "shards", DefaultText: "8, or what STORE.d was begun with", Usage: "slurm: `N` tasks"},
		&cli.StringSliceFlag{Name: "sbatch-arg", Usage: "slurm: a further `OPTION` of sbatch, such as --partition=long"},
	}
}

// checkEngine finds flags that do not go together.
func checkEngine(c *cli.Context) error {
	switch engine := c.String("engine"); engine {
	case engineLocal:
		for _, flag := range []string{"shards", "sbatch-arg"} {
			if c.IsSet(flag) {
				return usage(c, "--%s is of --engine slurm", flag)
			}
		}
		return nil
	case engineSlurm:
	default:
		return usage(c, "%w", catalog.Unknown("engine", engine, []string{engineLocal, engineSlurm}))
	}
	for _, flag := range []string{"shard", "format"} {
		if c.IsSet(flag) {
			return usage(c, "--%s is not of --engine slurm", flag)
		}
	}
	if n := c.Int("shards"); c.IsSet("shards") && n < 1 {
		return usage(c, "--shards: %d is below 1", n)
	}
	for _, word := range c.StringSlice("sbatch-arg") {
		if err := slurm.CheckOption(word); err != nil {
			return usage(c, "--sbatch-arg: %w", err)
		}
	}
	return nil
}

// cluster is a sweep that is done by one.
type cluster struct {
	*experiment.Layout
	slurm.Array
	file          string // the store that the shards' go into
	done, here    []int  // shards; those that the store has itself, too
	running, todo []int
	finished      map[string]bool // runs of the store
	silent        error           // why a dry run does not know what is queued
}

// doCluster submits the shards that are neither finished nor under way.
func (t *tool) doCluster(c *cli.Context, l *experiment.Layout) error {
	s, err := newCluster(c, l)
	if err == nil {
		err = s.survey(c)
	}
	switch {
	case c.Context.Err() != nil:
		return &exit{exitFailed, errors.New("interrupted; nothing has been submitted")}
	case err != nil:
		return err
	case len(s.done) == s.Shards:
		if !c.Bool("dry-run") {
			if err := t.putPlan(s); err != nil {
				return storeError(c, err)
			}
		}
		return t.say("%s", s.allDone())
	}
	state := fmt.Sprintf("%s: %s of %s: %d finished, %d queued or running", l.Name, results.Counted(s.Shards, "shard"), results.Counted(l.Len(), "run"), len(s.done), len(s.running))
	switch {
	case c.Bool("dry-run"):
		if s.silent != nil {
			t.warn("%v: taken as if nothing were queued", s.silent)
		}
		text := fmt.Sprintf("%s\n%s, %d to submit", s.Script(), state, len(s.todo))
		if len(s.todo) > 0 {
			text += "\n" + results.ShellLine(s.Submission(s.todo))
		}
		return t.say("%s", text)
	case len(s.todo) == 0:
		return t.say("%s. Logs are in %s.", state, s.Dir)
	}
	if err := s.prepare(c); err != nil {
		return err
	}
	job, err := s.Submit(c.Context, s.todo)
	if err != nil {
		return slurmError(c, err)
	}
	return t.say("%s; %s submitted as job %s. Logs are in %s.", state, slurm.Ranges(s.todo), job, s.Dir)
}

// putPlan stores the plan when nothing is left to do of it: it may have been
// edited since its runs were done, and no task does it then.
func (t *tool) putPlan(s *cluster) error {
	main, err := store.Open(s.file)
	if err != nil {
		return err
	}
	left, err := main.PutPlan(s.Asked())
	t.noteLeft(s.Name, s.file, left)
	return errors.Join(err, main.Close())
}

func (t *tool) say(format string, args ...any) error {
	_, err := fmt.Fprintf(t.out, format+"\n", args...)
	return err
}

func newCluster(c *cli.Context, l *experiment.Layout) (*cluster, error) {
	s := &cluster{Layout: l, file: c.String("store")}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if strings.Contains(program, "/go-build") {
		return nil, usage(c, "go run deletes the program before the cluster runs it: go build -o threadmill ./cmd/threadmill, and ./threadmill sweep")
	}
	plan, err := filepath.Abs(c.Args().First())
	if err != nil {
		return nil, err
	}
	if s.Dir, err = filepath.Abs(s.file + ".d"); err != nil {
		return nil, err
	}
	begun, err := slurm.Begun(s.Dir)
	if err != nil {
		return nil, usage(c, "%w", err)
	}
	const shards = 8
	s.Shards = c.Int("shards")
	switch {
	case s.Shards > l.Len():
		return nil, usage(c, "--shards: %d is above the plan's %s", s.Shards, results.Counted(l.Len(), "run"))
	case begun > 0 && c.IsSet("shards") && s.Shards != begun:
		return nil, usage(c, "--shards: %s was begun with %d; merge what is there and remove it to go on with %d", s.Dir, begun, s.Shards)
	case begun > 0:
		s.Shards = begun
	case !c.IsSet("shards"):
		s.Shards = min(shards, l.Len())
	}
	s.Command = []string{program, "sweep", plan, "--quiet"}
	if c.IsSet("timeout") {
		s.Command = append(s.Command, "--timeout", c.String("timeout"))
	}
	s.CPUs = max(c.Int("jobs"), 1)
	s.Options = c.StringSlice("sbatch-arg")
	return s, nil
}

// survey finds out how far the shards are.
func (s *cluster) survey(c *cli.Context) error {
	queued, err := s.Queued(c.Context)
	switch {
	case err != nil && c.Bool("dry-run") && c.Context.Err() == nil:
		s.silent = err
		if errors.Is(err, exec.ErrNotFound) {
			s.silent = errors.New("squeue is not on the PATH")
		}
	case err != nil:
		return slurmError(c, err)
	}
	left, err := s.leftHere(c.Context)
	if err != nil {
		return storeError(c, err)
	}
	for shard := 1; shard <= s.Shards; shard++ {
		if left[shard-1] == 0 {
			s.done, s.here = append(s.done, shard), append(s.here, shard)
			continue
		}
		if queued[shard] { // the task may write to its store
			s.running = append(s.running, shard)
			continue
		}
		n, err := s.leftOf(c.Context, shard)
		switch {
		case err != nil:
			return storeError(c, err)
		case n == 0:
			s.done = append(s.done, shard)
		default:
			s.todo = append(s.todo, shard)
		}
	}
	return nil
}

// leftHere is what is left to do of each shard as the store has it.
func (s *cluster) leftHere(ctx context.Context) ([]int, error) {
	all := make([]experiment.Shard, s.Shards)
	for i := range all {
		all[i] = experiment.Shard{Number: i + 1, Of: s.Shards}
	}
	main, err := store.OpenReadOnly(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return s.Left(ctx, nil, all...)
	}
	if err != nil {
		return nil, err
	}
	defer main.Close()
	if s.finished, err = main.Finished(); err != nil {
		return nil, err
	}
	return s.Left(ctx, main, all...)
}

// leftOf is what is left to do of a shard as its own store has it. A task that
// was killed may have left anything, so that it is opened as the next would.
func (s *cluster) leftOf(ctx context.Context, shard int) (int, error) {
	var own experiment.Store
	if _, err := os.Stat(s.Store(shard)); err == nil {
		opened, err := store.Open(s.Store(shard))
		if err != nil {
			return 0, err
		}
		defer opened.Close()
		own = opened
	}
	left, err := s.Left(ctx, own, experiment.Shard{Number: shard, Of: s.Shards})
	if err != nil {
		return 0, err
	}
	return left[0], nil
}

// prepare makes the directory and gives the shards what the store has of them,
// as no run is to be done twice.
func (s *cluster) prepare(c *cli.Context) error {
	if _, err := exec.LookPath("sbatch"); err != nil {
		return slurmError(c, err)
	}
	if err := os.Mkdir(s.Dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return usage(c, "%w", err)
	}
	for _, shard := range s.todo {
		from, to := experiment.Shard{Number: shard, Of: s.Shards}.Range(s.Len())
		for i := from; i < to; i++ {
			if !s.finished[s.Identity(i).Key()] {
				continue
			}
			if _, err := store.Merge(s.Store(shard), s.file); err != nil {
				return storeError(c, err)
			}
			break
		}
	}
	return nil
}

// allDone says what to do when all shards have finished.
func (s *cluster) allDone() string {
	if len(s.here) == s.Shards {
		return fmt.Sprintf("%s: all of %s finished, in %s", s.Name, results.Counted(s.Len(), "run"), s.file)
	}
	words := []string{"threadmill", "store", "merge", s.file}
	for shard := 1; shard <= s.Shards; shard++ {
		if _, err := os.Stat(s.Store(shard)); err == nil {
			words = append(words, s.Store(shard))
		}
	}
	return fmt.Sprintf("%s: all of %s finished; their stores are put together by\n%s", s.Name, results.Counted(s.Shards, "shard"), results.ShellLine(words))
}

// slurmError is an error of Slurm's commands; that they are not there is one of
// usage.
func slurmError(c *cli.Context, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return usage(c, "--engine slurm: %w; this is no host of a Slurm cluster (its packages are slurm-wlm and munge)", err)
	}
	return &exit{exitFailed, err}
}

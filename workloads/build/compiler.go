package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// compiler is a program of the host that builds guests.
type compiler struct {
	name    string
	path    string // absolute
	version string // all that it says of itself
}

// findCompiler looks for a compiler on the PATH; versionFlag makes it say what
// it is. advice is how to get it.
func findCompiler(ctx context.Context, name, versionFlag, advice string) (*compiler, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("needs %s on the PATH, which is not there: %s", name, advice)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, versionFlag)
	version, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", path, versionFlag, err)
	}
	return &compiler{name: name, path: path, version: string(version)}, nil
}

// slow is when a user begins to wonder.
const slow = 3 * time.Second

// run executes a compiler in directory dir ("": the current one), with more
// variables in its environment, and answers with what it said. An *Error is
// that it ended with another exit code than 0.
func (b *Builder) run(ctx context.Context, c *compiler, dir string, env []string, args ...string) (messages string, err error) {
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	cmd.WaitDelay = slow // for what a killed compiler leaves behind
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	killWhole(cmd)
	wondering := time.AfterFunc(slow, func() { b.note("%s is at work; the first program takes longest", c.name) })
	err = cmd.Run()
	wondering.Stop()
	messages = said.String()
	if messages != "" && !strings.HasSuffix(messages, "\n") {
		messages += "\n"
	}
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &failed):
		if messages == "" {
			messages = failed.Error() + "\n"
		}
		return "", &Error{Compiler: c.name, Messages: messages}
	case err != nil:
		return "", fmt.Errorf("%s: %w", c.path, err)
	}
	return messages, nil
}

// environment lists variables of the environment, with their values, that
// change what a compiler does.
func environment(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		if v, ok := os.LookupEnv(n); ok {
			fmt.Fprintf(&b, "%s=%q\n", n, v)
		}
	}
	return b.String()
}

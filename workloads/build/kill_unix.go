//go:build unix

package build

import (
	"os/exec"
	"syscall"
)

// killWhole makes that a command is killed with all that it has started: a
// compiler is several processes.
func killWhole(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

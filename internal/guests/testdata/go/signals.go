// Signals to a Go program from itself.
// run:
// timed:
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	c := make(chan os.Signal, 4)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGTERM)
	self, err := os.FindProcess(os.Getpid())
	fmt.Println(err)
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGTERM} {
		fmt.Println(self.Signal(s))
		fmt.Println(<-c)
	}
	signal.Ignore(syscall.SIGUSR1)
	fmt.Println(syscall.Kill(syscall.Getpid(), syscall.SIGUSR1), len(c))
	signal.Stop(c)
	signal.Reset(syscall.SIGTERM)
	syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
	select {}
}

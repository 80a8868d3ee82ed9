// Command threadmill simulates multithreaded processor cores.
//
// It is package command, built with the profile that stands beside it. Neither
// code nor tests belong here: the go tool compiles all that the tests of such a
// package import twice more.
package main

import (
	"os"

	"github.com/threadmill-sim/threadmill/cmd/threadmill/command"
)

func main() { os.Exit(command.Main()) }

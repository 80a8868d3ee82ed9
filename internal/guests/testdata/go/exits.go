// os.Exit: at once, from a goroutine, deferred calls not made.
// run: 7
// timed: 200
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	code, _ := strconv.Atoi(os.Args[1])
	defer fmt.Println("never")
	fmt.Println("before", len(os.Args))
	go func() {
		fmt.Fprintln(os.Stderr, "leaving")
		os.Exit(code)
	}()
	select {}
}

// A panic that nobody recovers, after deferred calls: exit code 2.
// run: nil
// timed: user
package main

import (
	"fmt"
	"os"
)

func main() {
	defer fmt.Println("deferred")
	fmt.Println("before")
	if os.Args[1] == "nil" {
		var p *int
		*p = 1
	}
	panic(fmt.Sprintf("a panic of the %s's", os.Args[1]))
}

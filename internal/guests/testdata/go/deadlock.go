// All goroutines wait: the runtime notices and exits with 2.
// run:
// timed:
package main

import "fmt"

func main() {
	c := make(chan int)
	go func() { c <- 1 }()
	fmt.Println(<-c)
	<-c
}

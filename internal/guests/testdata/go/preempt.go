// Loops without calls: the runtime preempts them by a signal, or the rest of
// the program, the collector included, would wait for ever.
// run: 4
// timed: 1
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
)

var sink int

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	runtime.GOMAXPROCS(1)
	for i := range n {
		var stop atomic.Bool
		started := make(chan bool)
		ended := make(chan int)
		go func() {
			close(started)
			x := i
			for !stop.Load() {
				x = x*3 + 1
			}
			ended <- x & 1
		}()
		<-started
		runtime.Gosched() // the loop has the only processor now
		stop.Store(true)
		sink += <-ended
	}
	fmt.Println("preempted")

	runtime.GOMAXPROCS(4)
	var stop atomic.Bool
	var spinning atomic.Int32
	done := make(chan bool)
	for range 3 {
		go func() {
			spinning.Add(1)
			for !stop.Load() {
			}
			done <- true
		}()
	}
	for spinning.Load() < 3 {
		runtime.Gosched()
	}
	runtime.GC() // stops the world
	stop.Store(true)
	for range 3 {
		<-done
	}
	fmt.Println("stopped the world")
}

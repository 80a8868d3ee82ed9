// Select: ready cases, defaults, nil channels, timers.
// run: 300
// timed: 20
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	a, b, quit := make(chan int), make(chan int), make(chan bool)
	go func() {
		for i := range n {
			a <- i
		}
		quit <- true
	}()
	go func() {
		for i := range n {
			b <- -2 * i
		}
		quit <- true
	}()
	sum, received := 0, 0
	for done := 0; done < 2; {
		select {
		case v := <-a:
			sum += v
			received++
		case v := <-b:
			sum += v
			received++
		case <-quit:
			done++
		}
	}
	fmt.Println(sum, received)

	select {
	case <-a:
		fmt.Println("never")
	default:
		fmt.Println("default")
	}
	timeout := false
	start := time.Now()
	select {
	case <-a:
	case <-time.After(300 * time.Microsecond):
		timeout = true
	}
	fmt.Println(timeout, time.Since(start) >= 300*time.Microsecond)

	var never chan int
	ready := make(chan int, 1)
	ready <- 4
	select {
	case v := <-ready:
		fmt.Println("ready", v)
	case <-never:
	case never <- 1:
	}
	both := [2]int{}
	one, two := make(chan int), make(chan int)
	close(one)
	close(two)
	for range 200 { // of two ready cases neither starves
		select {
		case <-one:
			both[0]++
		case <-two:
			both[1]++
		}
	}
	fmt.Println(both[0] > 20, both[1] > 20)
	out := make(chan int, 1)
	evens := 0
	for i := range 10 { // room, full, room ...
		select {
		case out <- i:
			evens += 1 - i%2
		case v := <-out:
			evens += v % 2 * 100
		}
	}
	fmt.Println(evens)
	timer := time.NewTimer(time.Hour)
	fmt.Println(timer.Stop(), timer.Reset(100*time.Microsecond))
	<-timer.C
	fmt.Println(timer.Stop())
}

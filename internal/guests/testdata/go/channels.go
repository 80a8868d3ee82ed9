// Channels: unbuffered, buffered, closed, of channels; pipelines of goroutines.
// run: 600
// timed: 20
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

func generate(n int) <-chan int {
	c := make(chan int)
	go func() {
		for i := 2; i < n; i++ {
			c <- i
		}
		close(c)
	}()
	return c
}

// filter is a stage of the sieve.
func filter(in <-chan int, prime int) <-chan int {
	out := make(chan int)
	go func() {
		for i := range in {
			if i%prime != 0 {
				out <- i
			}
		}
		close(out)
	}()
	return out
}

type request struct {
	n     int
	reply chan int
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	primes, sum := 0, 0
	for c := generate(n); ; {
		p, ok := <-c
		if !ok {
			break
		}
		primes++
		sum += p
		c = filter(c, p)
	}
	fmt.Println(primes, sum)

	requests := make(chan request, 4)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for r := range requests {
				r.reply <- r.n * r.n
			}
		})
	}
	total := 0
	reply := make(chan int, 1)
	for i := range n {
		requests <- request{i, reply}
		total += <-reply
	}
	close(requests)
	wg.Wait()
	fmt.Println(total)

	buffered := make(chan string, 3)
	buffered <- "a"
	buffered <- "b"
	fmt.Println(len(buffered), cap(buffered), <-buffered)
	close(buffered)
	v, ok := <-buffered
	w, closed := <-buffered
	fmt.Printf("%q %v %q %v\n", v, ok, w, closed)
	func() {
		defer func() { fmt.Println(recover()) }()
		buffered <- "c"
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		close(buffered)
	}()

	ring := make([]chan int, 10)
	for i := range ring {
		ring[i] = make(chan int)
	}
	for i := range ring[1:] {
		go func() { ring[i+1] <- 1 + <-ring[i] }()
	}
	go func() { ring[0] <- 100 }()
	fmt.Println(<-ring[9])
}

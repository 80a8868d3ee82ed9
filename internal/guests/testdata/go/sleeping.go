// Sleeps, tickers, timers that call: in order, never too early.
// run:
// timed:
package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	start := time.Now()
	time.Sleep(300 * time.Microsecond)
	fmt.Println(time.Since(start) >= 300*time.Microsecond)

	var mu sync.Mutex
	var wg sync.WaitGroup
	var order []int
	for _, ms := range []int{9, 1, 5} {
		wg.Go(func() {
			time.Sleep(time.Duration(ms) * time.Millisecond)
			mu.Lock()
			order = append(order, ms)
			mu.Unlock()
		})
	}
	wg.Wait()
	sum := 0
	for _, ms := range order {
		sum += ms
	}
	fmt.Println(len(order), sum, time.Since(start) >= 9*time.Millisecond)

	began := time.Now()
	ticker := time.NewTicker(200 * time.Microsecond)
	for range 4 {
		<-ticker.C // the time that it brings is adjusted by how late it is
	}
	ticker.Stop()
	fmt.Println(time.Since(began) >= 4*200*time.Microsecond)

	called := make(chan string)
	time.AfterFunc(100*time.Microsecond, func() { called <- "called" })
	fmt.Println(<-called)
	stopped := time.AfterFunc(time.Hour, func() { panic("too early") })
	fmt.Println(stopped.Stop(), stopped.Stop())
	d, err := time.ParseDuration("1h2m3.5s")
	fmt.Println(d, err, time.Unix(1700000000, 0).UTC().Format(time.RFC1123))
}

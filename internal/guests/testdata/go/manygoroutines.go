// Goroutines in numbers, threads of their own, work shared out.
// run: 1500
// timed: 60
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	var wg sync.WaitGroup
	results := make(chan int, n)
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			x := i
			for range 20 {
				x = x*1103515245 + 12345
				runtime.Gosched()
			}
			results <- x & 0xffff
		}()
	}
	wg.Wait()
	close(results)
	sum := 0
	for r := range results {
		sum += r
	}
	fmt.Println(sum)
	var mu sync.Mutex
	threads := 0
	for range 6 { // each on a thread that belongs to it
		wg.Go(func() {
			runtime.LockOSThread()
			for range 10 {
				runtime.Gosched()
				mu.Lock()
				threads++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println(threads, runtime.NumGoroutine() < 5, runtime.NumCPU() > 0)
	size := 24
	a, b := make([][]float64, size), make([][]float64, size)
	for i := range a {
		a[i], b[i] = make([]float64, size), make([]float64, size)
		for j := range a[i] {
			a[i][j], b[i][j] = float64(i-j), float64(i*j%7)
		}
	}
	rows := make(chan int)
	c := make([]float64, size)
	for range 4 {
		wg.Go(func() {
			for i := range rows {
				for j := range size {
					for k := range size {
						c[i] += float64(a[i][k]*b[k][j]) * float64(j+1)
					}
				}
			}
		})
	}
	for i := range size {
		rows <- i
	}
	close(rows)
	wg.Wait()
	fmt.Println(c[0], c[size-1])
}

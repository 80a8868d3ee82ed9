// The garbage collector under load: trees, finalizers, weak pointers, stacks
// that grow and move.
// run: 12
// timed: 2
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"weak"
)

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}
func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

//go:noinline
func deep(n int, p *int) int {
	var pad [64]int
	pad[n%64] = *p
	if n == 0 {
		return pad[0]
	}
	return deep(n-1, &pad[n%64])
}

func main() {
	depth, _ := strconv.Atoi(os.Args[1])
	if depth > 4 {
		debug.SetGCPercent(20)
	}
	long := build(depth)
	var wg sync.WaitGroup
	counts := make([]int, 4)
	for g := range counts {
		wg.Go(func() {
			for range 4 {
				counts[g] += build(depth - 2).count()
			}
			one := 1
			counts[g] += deep(depth*20, &one)
		})
	}
	wg.Wait()
	fmt.Println(counts, long.count())

	finalized := make(chan int, 1)
	func() {
		p := &[4]int{1, 2, 3, 4}
		runtime.SetFinalizer(p, func(p *[4]int) { finalized <- p[3] })
	}()
	runtime.GC()
	fmt.Println(<-finalized)
	kept := &[100]int{7}
	strong := weak.Make(kept)
	if depth > 4 {
		runtime.GC()
	}
	fmt.Println(strong.Value()[0])
	runtime.KeepAlive(kept)
	kept = nil
	runtime.GC()
	fmt.Println(strong.Value() == nil)

	blocks := make(map[int][]byte)
	sum := 0
	for i := range depth * 40 {
		b := make([]byte, i*97%4000)
		for k := range b {
			b[k] = byte(i)
		}
		blocks[i%16] = b
	}
	for i := range 16 {
		for _, v := range blocks[i] {
			sum += int(v)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if depth > 4 {
		debug.FreeOSMemory()
	}
	fmt.Println(sum, m.NumGC > 1, m.Mallocs > m.Frees)
}

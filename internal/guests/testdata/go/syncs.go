// Package sync: each of its types, under contention.
// run: 300
// timed: 20
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	var (
		mu       sync.Mutex
		rw       sync.RWMutex
		wg       sync.WaitGroup
		once     sync.Once
		counter  int
		pair     [2]int
		torn     atomic.Int32
		firsts   int
		added    atomic.Int64
		swapped  atomic.Uint64
		sum      int64
		flag     uint32
		pool     = sync.Pool{New: func() any { return new([64]byte) }}
		shared   sync.Map
		value    atomic.Value
		pointers atomic.Pointer[string]
	)
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range n {
				once.Do(func() { firsts++ })
				mu.Lock()
				counter++
				mu.Unlock()
				if g == 0 {
					rw.Lock()
					pair[0]++
					runtime.Gosched()
					pair[1]++
					rw.Unlock()
				} else {
					rw.RLock()
					if pair[0] != pair[1] {
						torn.Add(1)
					}
					rw.RUnlock()
				}
				added.Add(int64(i))
				for {
					v := swapped.Load()
					if swapped.CompareAndSwap(v, v*3%1000003+1) {
						break
					}
				}
				for !atomic.CompareAndSwapUint32(&flag, 0, 1) {
					runtime.Gosched()
				}
				sum += int64(g)
				atomic.StoreUint32(&flag, 0)
				b := pool.Get().(*[64]byte)
				b[g]++
				pool.Put(b)
				shared.Store(i%10, g)
			}
		}()
	}
	wg.Wait()
	want := uint64(0)
	for range 4 * n {
		want = want*3%1000003 + 1
	}
	keys := 0
	shared.Range(func(any, any) bool { keys++; return true })
	fmt.Println(counter, pair, torn.Load(), firsts, added.Load(), swapped.Load() == want, sum, keys)

	var cond = sync.NewCond(&mu)
	turn := 0
	for g := range 3 {
		wg.Go(func() {
			for range n / 10 {
				mu.Lock()
				for turn%3 != g {
					cond.Wait()
				}
				turn++
				mu.Unlock()
				cond.Broadcast()
			}
		})
	}
	wg.Wait()
	fmt.Println(turn, mu.TryLock(), mu.TryLock())
	value.Store("kept")
	text := "pointed at"
	pointers.Store(&text)
	fmt.Println(value.Load(), *pointers.Load(), value.Swap("other"))
	lazy := sync.OnceValue(func() int { counter++; return counter })
	fmt.Println(lazy() == lazy())
	defer func() { fmt.Println(recover()) }()
	wg.Done()
}

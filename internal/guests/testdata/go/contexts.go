// Contexts: cancelled, timed out, with values and causes.
// run:
// timed:
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

type key string

func worker(ctx context.Context, wg *sync.WaitGroup, stopped chan<- error) {
	defer wg.Done()
	<-ctx.Done()
	stopped <- ctx.Err()
}

func main() {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key("k"), "value"))
	var wg sync.WaitGroup
	stopped := make(chan error, 10)
	for range 5 {
		wg.Add(1)
		child, stop := context.WithTimeout(ctx, time.Hour)
		defer stop()
		go worker(child, &wg, stopped)
	}
	cancel()
	wg.Wait()
	fmt.Println(len(stopped), <-stopped, ctx.Value(key("k")), ctx.Value(key("none")))

	short, stop := context.WithTimeout(context.Background(), 300*time.Microsecond)
	defer stop()
	<-short.Done()
	fmt.Println(short.Err(), errors.Is(short.Err(), context.DeadlineExceeded), context.Cause(short))

	caused, because := context.WithCancelCause(context.Background())
	because(errors.New("the reason"))
	fmt.Println(caused.Err(), context.Cause(caused))
	called := make(chan bool)
	late, end := context.WithCancel(context.Background())
	context.AfterFunc(late, func() { close(called) })
	end()
	<-called
	free := context.WithoutCancel(late)
	fmt.Println(free.Err(), late.Err())
}

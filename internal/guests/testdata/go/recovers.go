// Panics that are recovered, the runtime's own included, and what defer does.
// run: 20
// timed: 2
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

type node struct {
	pad  [5000]byte
	next *node
	v    int
}

//go:noinline
func try(name string, f func()) {
	defer func() {
		r := recover()
		if e, ok := r.(runtime.Error); ok {
			fmt.Println(name+":", e)
		} else {
			fmt.Println(name, "other:", r)
		}
	}()
	f()
}

var (
	none  *node
	far   *[1 << 20]int
	empty []int
	zero  int
	value any = "text"
	call  func()
	five  = 5
)

func nested() (s string) {
	defer func() { s += fmt.Sprint(" last ", recover()) }()
	defer func() {
		defer func() { s += fmt.Sprint(" inner ", recover()) }()
		panic("second")
	}()
	panic("first")
}

func order() (s string) {
	for i := range 4 {
		defer func() { s += strconv.Itoa(i) }()
	}
	return "result "
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	try("nil read", func() { fmt.Println(none.v) })
	try("nil write", func() { none.next = none })
	try("nil far", func() { far[five] = 1 })
	try("index", func() { fmt.Println(empty[five]) })
	try("slice", func() { fmt.Println(empty[five:]) })
	try("bounds", func() { fmt.Println("text"[five:zero]) })
	try("divide", func() { fmt.Println(five / zero) })
	try("assert", func() { fmt.Println(value.(int)) })
	try("interface", func() { fmt.Println(value.(fmt.Stringer)) })
	try("nil call", func() { call() })
	try("negative", func() { fmt.Println(make([]int, zero-five)) })
	try("array", func() { fmt.Println([10]int(make([]int, five))) })
	try("shift", func() { fmt.Println(1 << (zero - five)) })
	try("error", func() { panic(errors.New("an error")) })
	try("nil", func() { panic(nil) })
	try("none", func() {})
	fmt.Println(nested())
	fmt.Println(order())
	caught := 0
	for i := range n {
		func() {
			defer func() {
				if recover() != nil {
					caught++
				}
			}()
			var p *node
			if i%2 == 0 {
				p = &node{}
			}
			p.v++
		}()
	}
	fmt.Println(caught)
	done := make(chan string)
	go func() {
		defer close(done)
		defer func() { done <- fmt.Sprint(recover()) }()
		none.v = 1
	}()
	for s := range done {
		fmt.Println(s)
	}
	done = make(chan string, 1)
	go func() {
		defer func() { done <- "deferred by Goexit" }()
		runtime.Goexit()
	}()
	fmt.Println(<-done)
}

// Sorting, by both packages.
// run: 2000
// timed: 60
package main

import (
	"cmp"
	"container/heap"
	"container/list"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
)

type record struct {
	name string
	age  int
}
type byAge []record

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type ints []int

func (h ints) Len() int           { return len(h) }
func (h ints) Less(i, j int) bool { return h[i] < h[j] }
func (h ints) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ints) Push(x any)        { *h = append(*h, x.(int)) }
func (h *ints) Pop() any {
	old := *h
	v := old[len(old)-1]
	*h = old[:len(old)-1]
	return v
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	var numbers []int
	var records []record
	x := uint32(3)
	for range n {
		x = x*1664525 + 1013904223
		numbers = append(numbers, int(x>>10))
		records = append(records, record{"n" + strconv.Itoa(int(x>>20)), int(x >> 8 % 90)})
	}
	a := slices.Clone(numbers)
	sort.Ints(a)
	b := slices.Clone(numbers)
	slices.Sort(b)
	fmt.Println(slices.Equal(a, b), a[0], a[n-1], sort.SearchInts(a, a[n/2]) <= n/2)
	sort.Sort(byAge(records))
	sort.Stable(byAge(records))
	slices.SortStableFunc(records, func(p, q record) int {
		return cmp.Or(strings.Compare(p.name, q.name), cmp.Compare(p.age, q.age))
	})
	fmt.Println(records[0], records[n-1])
	h := ints(slices.Clone(numbers))
	heap.Init(&h)
	heap.Push(&h, -5)
	last, ordered := heap.Pop(&h).(int), true
	for h.Len() > 0 {
		v := heap.Pop(&h).(int)
		ordered = ordered && v >= last
		last = v
	}
	at, found := slices.BinarySearch(a, a[n/3])
	fmt.Println(ordered, last == a[n-1], found, a[at] == a[n/3])
	l := list.New()
	for _, v := range numbers[:10] {
		l.PushFront(v % 100)
	}
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	slices.Reverse(a)
	fmt.Println(slices.Max(a) == a[0], slices.Index(a, a[5]), len(slices.Compact(a)) <= n)
}

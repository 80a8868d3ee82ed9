// Generics, iterators, embedding, closures.
// run: 300
// timed: 20
package main

import (
	"cmp"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
)

type number interface{ ~int | ~int64 | ~float64 }

func sum[T number](s ...T) (t T) {
	for _, v := range s {
		t += v
	}
	return t
}

type treap[K cmp.Ordered, V any] struct {
	root *node[K, V]
	seed uint32
}
type node[K cmp.Ordered, V any] struct {
	k           K
	v           V
	priority    uint32
	left, right *node[K, V]
}

func (t *treap[K, V]) insert(n *node[K, V], k K, v V) *node[K, V] {
	if n == nil {
		t.seed = t.seed*1664525 + 1013904223
		return &node[K, V]{k: k, v: v, priority: t.seed >> 4}
	}
	switch c := cmp.Compare(k, n.k); {
	case c < 0:
		n.left = t.insert(n.left, k, v)
		if l := n.left; l.priority > n.priority {
			n.left, l.right = l.right, n
			return l
		}
	case c > 0:
		n.right = t.insert(n.right, k, v)
		if r := n.right; r.priority > n.priority {
			n.right, r.left = r.left, n
			return r
		}
	default:
		n.v = v
	}
	return n
}
func (t *treap[K, V]) set(k K, v V) { t.root = t.insert(t.root, k, v) }
func (t *treap[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { t.root.walk(yield) }
}
func (n *node[K, V]) walk(yield func(K, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.k, n.v) && n.right.walk(yield)
}

type named interface{ name() string }
type base struct{ id int }

func (b base) name() string     { return "base " + strconv.Itoa(b.id) }
func (b *base) set(id int)      { b.id = id }
func (d derived) extra() string { return d.base.name() + "!" }

type derived struct {
	base
	title string
}

func mapped[T, U any](s iter.Seq[T], f func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for v := range s {
			if !yield(f(v)) {
				return
			}
		}
	}
}

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	fmt.Println(sum(1, 2, 3), sum(1.5, 2.5), sum[int64]())
	t := treap[string, int]{seed: 3}
	for i := range n {
		t.set(strconv.Itoa(i*7919%1000), i)
	}
	h, k := 0, 0
	for key, v := range t.all() {
		h = (h*31 + len(key) + v) % 1000000007
		if k++; k == n/2 {
			break
		}
	}
	fmt.Println(h, k)
	var parts []string
	for s := range mapped(count(n), func(i int) string { return strconv.Itoa(i * i) }) {
		if parts = append(parts, s); len(parts) == 5 {
			break
		}
	}
	fmt.Println(strings.Join(parts, "+"))
	next, stop := iter.Pull(count(3))
	for v, ok := next(); ok; v, ok = next() {
		fmt.Print(v, " ")
	}
	stop()
	d := derived{base{1}, "t"}
	d.set(9)
	var i named = d
	f := d.extra
	d.set(10)
	fmt.Println(i.name(), f(), d.name())
	fs := make([]func() int, 3)
	for i := range fs {
		fs[i] = func() int { i *= 10; return i }
	}
	fmt.Println(fs[2]()+fs[2](), fs[1](), min(3, 1, 2), max(2.5, 1))
}

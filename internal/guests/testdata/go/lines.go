// Reads its standard input by lines and words.
// run:
// timed:
// stdin: the quick brown fox\njumps over\n\nthe lazy dog\nthe end
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	words := map[string]int{}
	in := bufio.NewScanner(os.Stdin)
	lines := 0
	for in.Scan() {
		lines++
		for _, w := range strings.Fields(in.Text()) {
			words[w]++
		}
	}
	var sorted []string
	for w, n := range words {
		sorted = append(sorted, fmt.Sprint(w, "=", n))
	}
	slices.Sort(sorted)
	fmt.Println(lines, in.Err(), sorted)
	n, err := os.Stdin.Read(make([]byte, 1))
	fmt.Println(n, err)
}

// Maps of many kinds of keys.
// run: 2000
// timed: 100
package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
)

type point struct {
	x, y int
	name string
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	ints, strs, points, floats, anys := map[int]int{}, map[string]int{}, map[point]bool{}, map[float64]int{}, map[any]int{}
	for i := range n {
		ints[i*i%1009] += i
		strs["key"+strconv.Itoa(i%337)] += i
		points[point{i % 7, i % 11, strconv.Itoa(i % 3)}] = true
		floats[float64(i%50)/4]++
		anys[i%5]++
		anys[strconv.Itoa(i%5)]++
		if i%3 == 0 {
			delete(ints, i%1009)
		}
	}
	sum, check := 0, 0
	for k, v := range ints {
		sum += k ^ v
	}
	for k, v := range strs {
		check += len(k) * v
	}
	fmt.Println(len(ints), sum, len(strs), check, len(points), len(floats), len(anys))
	keys := slices.Sorted(maps.Keys(strs))
	fmt.Println(keys[:3], strs[keys[0]])
	floats[math.NaN()]++
	floats[math.NaN()]++
	negative := math.Copysign(0, -1)
	floats[negative] += 1000
	_, found := floats[math.NaN()]
	fmt.Println(len(floats), found, floats[0] > 1000)
	clear(floats)
	var none map[string]int
	v, ok := none["x"]
	fmt.Println(len(floats), v, ok, ints[-1])
	grown := map[int]int{0: 0}
	for k := range grown { // entries added while it is walked may be met or not
		if len(grown) < 50 {
			grown[len(grown)*10] = k
		}
	}
	fmt.Println(len(grown) > 1)
	nested := map[string]map[int][]string{"a": {1: {"x"}}}
	nested["a"][1] = append(nested["a"][1], "y")
	fmt.Println(nested, map[point]int{{1, 2, "z"}: 3, {0, 5, "y"}: 4})
	defer func() { fmt.Println(recover()) }()
	func() {
		defer func() { fmt.Println(recover()) }()
		anys[[]int{1}] = 1
	}()
	none["x"] = 1
}

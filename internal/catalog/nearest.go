package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// Unknown is the error for a name that is not among known: it suggests those
// whose last parts it is, as l2.latency is of cache.l2.latency, or else the
// nearest one when there is a near one, and lists them all when they are few.
func Unknown(what, name string, known []string) error {
	msg := fmt.Sprintf("unknown %s %q", what, name)
	if whole := endingIn(name, known); whole != nil {
		msg += fmt.Sprintf(", did you mean %s?", strings.Join(whole, " or "))
	} else if near := Nearest(name, known); near != "" {
		msg += fmt.Sprintf(", did you mean %q?", near)
	}
	const few = 24
	if len(known) > 0 && len(known) <= few {
		msg += " (known: " + strings.Join(known, ", ") + ")"
	}
	return fmt.Errorf("%s", msg)
}

// endingIn are the known names, quoted, that end in a dot and name; none when
// they are too many to choose from.
func endingIn(name string, known []string) (list []string) {
	for _, k := range known {
		if strings.HasSuffix(k, "."+name) {
			list = append(list, strconv.Quote(k))
		}
	}
	const few = 3
	if len(list) > few {
		return nil
	}
	return list
}

// Nearest is the known name with the smallest edit distance to name, or ""
// when none is within a third of its length. The first of equals wins.
func Nearest(name string, known []string) string {
	best, bestDist := "", len(name)/3+2
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDist && d < len(k) {
			best, bestDist = k, d
		}
	}
	return best
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

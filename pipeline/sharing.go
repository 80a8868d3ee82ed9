package pipeline

import (
	"fmt"
	"strconv"
	"strings"
)

// sharingRule says how much of a structure one thread may hold. One rule with
// one meaning serves every structure.
type sharingRule struct {
	kind sharingKind
	n    int // entries, for capped
}

type sharingKind uint8

const (
	shared sharingKind = iota
	static
	capped
)

func parseSharing(s string) (sharingRule, error) {
	switch s {
	case "shared":
		return sharingRule{kind: shared}, nil
	case "static":
		return sharingRule{kind: static}, nil
	}
	if num, ok := strings.CutPrefix(s, "cap:"); ok {
		n, err := strconv.Atoi(num)
		if err != nil || n < 1 {
			return sharingRule{}, fmt.Errorf("%q: N in cap:N is an integer above 0", s)
		}
		return sharingRule{capped, n}, nil
	}
	return sharingRule{}, fmt.Errorf("%q is none of shared, static, cap:N", s)
}

// limit is the most entries that one of contexts threads may hold. A static
// part that does not divide evenly is rounded down; the rest stays unused, as
// it would in hardware.
func (b Buffer) limit(contexts int) int {
	rule, err := parseSharing(b.Sharing)
	if err != nil {
		return 0
	}
	switch rule.kind {
	case static:
		return b.Size / contexts
	case capped:
		return min(rule.n, b.Size)
	}
	return b.Size
}

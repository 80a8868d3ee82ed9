// Package valid collects what is wrong with a configuration. Every error
// starts with the path of the value, which is how whoever knows where the
// value was written finds the place.
package valid

import (
	"fmt"
	"strings"
)

// Errors is what is wrong so far.
type Errors struct{ list []error }

// List are the errors, in the order found; nil when there are none.
func (e *Errors) List() []error { return e.list }

// Addf adds an error; format begins with the path.
func (e *Errors) Addf(format string, args ...any) {
	e.list = append(e.list, fmt.Errorf(format, args...))
}

// Between reports whether lo ≤ n ≤ hi, and adds an error if not.
func (e *Errors) Between(path string, n, lo, hi int) bool {
	switch {
	case n < lo:
		e.Addf("%s: %d is below %d", path, n, lo)
	case n > hi:
		e.Addf("%s: %d is above %d", path, n, hi)
	default:
		return true
	}
	return false
}

// OneOf reports whether s is one of the choices, and adds an error that lists
// them if not. An empty choice is accepted and not listed.
func (e *Errors) OneOf(path, s string, choices ...string) bool {
	var known []string
	for _, c := range choices {
		if s == c {
			return true
		}
		if c != "" {
			known = append(known, c)
		}
	}
	e.Addf("%s: %q is none of %s", path, s, strings.Join(known, ", "))
	return false
}

// PowerOfTwo reports whether n is a power of two or 0, and adds an error if
// not.
func (e *Errors) PowerOfTwo(path string, n int) bool {
	if n&(n-1) == 0 {
		return true
	}
	e.Addf("%s: %d is not a power of two", path, n)
	return false
}

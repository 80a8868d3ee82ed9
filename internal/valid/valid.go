// Package valid collects what is wrong with a configuration. Every error
// starts with the path of the value, which is how whoever knows where the
// value was written finds the place.
package valid

import "fmt"

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

// PowerOfTwo reports whether n is a power of two or 0, and adds an error if
// not.
func (e *Errors) PowerOfTwo(path string, n int) bool {
	if n&(n-1) == 0 {
		return true
	}
	e.Addf("%s: %d is not a power of two", path, n)
	return false
}

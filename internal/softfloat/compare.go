package softfloat

// order maps the bit patterns of numbers to integers in the same order; -0
// and +0 are neighbours.
func (f *format) order(x uint64) int64 {
	if x&f.sign != 0 {
		return -int64(x&^f.sign) - 1
	}
	return int64(x)
}

func (f *format) isNaN(x uint64) bool { return x&^f.sign > f.inf }

func (f *format) isSignalling(x uint64) bool { return f.isNaN(x) && x>>(f.frac-1)&1 == 0 }

func (f *format) signals(a, b uint64) Flags {
	if f.isSignalling(a) || f.isSignalling(b) {
		return NV
	}
	return 0
}

func (f *format) min(a, b uint64) (uint64, Flags) {
	return f.choose(a, b, f.order(a) < f.order(b))
}

func (f *format) max(a, b uint64) (uint64, Flags) {
	return f.choose(a, b, f.order(a) > f.order(b))
}

// choose is a or b as first says, but never a NaN when there is a number.
func (f *format) choose(a, b uint64, first bool) (uint64, Flags) {
	flags := f.signals(a, b)
	switch {
	case f.isNaN(a) && f.isNaN(b):
		return f.nan, flags
	case f.isNaN(b) || first && !f.isNaN(a):
		return a, flags
	}
	return b, flags
}

func (f *format) eq(a, b uint64) (bool, Flags) {
	if f.isNaN(a) || f.isNaN(b) {
		return false, f.signals(a, b)
	}
	return f.same(a, b), 0
}

// same reports whether two numbers are equal: alike, or both zero.
func (f *format) same(a, b uint64) bool { return a == b || (a|b)&^f.sign == 0 }

func (f *format) lt(a, b uint64) (bool, Flags) {
	if f.isNaN(a) || f.isNaN(b) {
		return false, NV
	}
	return f.order(a) < f.order(b) && !f.same(a, b), 0
}

func (f *format) le(a, b uint64) (bool, Flags) {
	if f.isNaN(a) || f.isNaN(b) {
		return false, NV
	}
	return f.order(a) < f.order(b) || f.same(a, b), 0
}

func (f *format) class(x uint64) uint64 {
	magnitude := x &^ f.sign
	var distance uint // from zero: zero, subnormal, normal, infinite
	switch {
	case f.isNaN(x):
		if f.isSignalling(x) {
			return 1 << 8
		}
		return 1 << 9
	case magnitude == f.inf:
		distance = 3
	case magnitude >= 1<<f.frac:
		distance = 2
	case magnitude != 0:
		distance = 1
	}
	if x&f.sign != 0 {
		return 1 << (3 - distance)
	}
	return 1 << (4 + distance)
}

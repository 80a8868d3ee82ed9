//go:build !riscv64

package roi

// Begin marks the beginning of the region of interest.
//
//go:noinline
func Begin() {}

// End marks its end.
//
//go:noinline
func End() {}

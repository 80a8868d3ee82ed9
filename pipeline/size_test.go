package pipeline

import (
	"testing"
	"unsafe"
)

// A uop fills two lines of a host's cache, no more.
func TestUopSize(t *testing.T) {
	if n := unsafe.Sizeof(uop{}); n != 128 {
		t.Errorf("a uop has %d bytes", n)
	}
}

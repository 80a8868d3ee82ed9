// Package roi marks the region of interest of a guest program written in Go:
// the part that is measured when a run is given --roi.
//
// A program that Threadmill builds from source may import it without a
// requirement in its go.mod, and without a network. It has no dependencies of
// its own, and holds neither the simulator nor anything else of the module.
//
// The marks are hints that the RISC-V unprivileged ISA designates for custom
// use: slti x0, x0, 1 (0x00102013) begins a region and slti x0, x0, 2
// (0x00202013) ends it. Any other RISC-V processor executes them as no-ops,
// and without --roi so does Threadmill; on other processors the functions do
// nothing.
//
// A mark by any goroutine counts for the whole program. The functions are
// calls, so the compiler moves no access to memory across them.
package roi

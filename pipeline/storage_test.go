package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/storage"
)

// The core's structures by hand, for four contexts. A register's number has 8
// bits with one context, the 32 of which with 224 more are 256, and 9 with four;
// of the floating-point file 7 and 8. Fetch buffer, load and store queue
// have parts for each thread, so their entries need no thread.
func TestStorage(t *testing.T) {
	spec := newRig("icount").core
	spec.IntRegs.Size, spec.FPRegs.Size = 224, 96
	spec.LQ.Sharing, spec.SQ.Sharing = "static", "cap:16"
	const (
		load  = 3 + 48 + 40 + 2 + 1 + 1 + 8 + 7 // flags, addresses, size, sign, file, ROB, store
		store = 2 + 48 + 40 + 2 + 64 + 16 + 8   // flags, addresses, size, data, address space, ROB
		queue = 1 + 11 + 8 + 4                  // valid, operation, ROB, files of four registers
	)
	base := []storage.Structure{
		{Name: "contexts", Cost: storage.Cost{PerThread: 2*47 + 16 + 44 + 8 + 54}},
		{Name: "fetch.buffer", Cost: storage.Cost{Tables: 256 * (32 + 47), PerThread: 9 + 2*8}},
		{Name: "int-registers", Cost: storage.Cost{Tables: 224 * 64, PerThread: 32 * 64}},
		{Name: "int-registers.free-list", Cost: storage.Cost{Tables: 224*9 + 2*8, Tags: 224, PerThread: 8}},
		{Name: "fp-registers", Cost: storage.Cost{Tables: 96 * 64, PerThread: 32 * 64}},
		{Name: "fp-registers.free-list", Cost: storage.Cost{Tables: 96*8 + 2*7, Tags: 96, PerThread: 7}},
		{Name: "rename.table", Cost: storage.Cost{Tables: 4 * 64, Tags: 4 * 64, PerThread: 32*8 + 32*7}},
		{Name: "scoreboard", Cost: storage.Cost{Tables: 224 + 96, PerThread: 64}},
		{Name: "rob", Cost: storage.Cost{Tables: 256 * (57 + 2*9 + 2), Tags: 256 * (2 + 2), PerThread: 9 + 2*8}},
		{Name: "iq", Cost: storage.Cost{Tables: 96 * (queue + 3 + 20 + 7 + 7 + 4*9 + 2), Tags: 96 * (4 + 2), PerThread: 7}},
		{Name: "lq", Cost: storage.Cost{Tables: 96 * (load + 9), Tags: 96, PerThread: 7 + 2*7}},
		{Name: "sq", Cost: storage.Cost{Tables: 64 * store, PerThread: 7 + 4*6}},
	}
	with := func(change func(*Spec), differ ...storage.Structure) {
		t.Helper()
		s := spec
		change(&s)
		var want []storage.Structure
		for _, x := range base {
			if len(differ) > 0 && differ[0].Name == x.Name {
				x, differ = differ[0], differ[1:]
			}
			if x.Cost != (storage.Cost{}) { // is not there
				want = append(want, x)
			}
			for len(differ) > 0 && x.Name == "iq" && (differ[0].Name == "iq-mem" || differ[0].Name == "iq-fp") {
				want, differ = append(want, differ[0]), differ[1:]
			}
		}
		got, err := s.Storage(4, 64)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(want, differ...), got); diff != "" {
			t.Error(diff)
		}
	}
	with(func(*Spec) {})

	// Two sources, or three and no immediate; what goes to memory has its place
	// in one of the other queues.
	with(func(s *Spec) { s.MemIQ, s.FPIQ = Buffer{32, "static"}, Buffer{16, "shared"} },
		storage.Structure{Name: "iq", Cost: storage.Cost{Tables: 96 * (queue - 1 + 2 + 20 + 7 + 3*9 + 2), Tags: 96 * (3 + 2), PerThread: 7}},
		storage.Structure{Name: "iq-mem", Cost: storage.Cost{Tables: 32 * (queue - 1 + 2 + 20 + 5 + 7 + 3*9), Tags: 32 * 3, PerThread: 6}},
		storage.Structure{Name: "iq-fp", Cost: storage.Cost{Tables: 16 * (queue + 3 + 4 + 4*9 + 2), Tags: 16 * (4 + 2), PerThread: 5}})

	// A load knows which of 64 stores it is from, or none, or not yet.
	sets := uint64(4096*8 + 128*(1+6+2))
	with(func(s *Spec) { s.LSQ.Disambiguation = "store-sets" },
		storage.Structure{Name: "lq", Cost: storage.Cost{Tables: 96 * (load + 7 + 9), Tags: 96, PerThread: 7 + 2*7}},
		storage.Structure{Name: "lsq.disambiguation", Cost: storage.Cost{Tables: sets, Tags: 128 * 2}})

	// A store leaves its queue at commit for an entry of its own, or of a block.
	leaves := storage.Structure{Name: "sq", Cost: storage.Cost{Tables: 64 * store, PerThread: 7 + 2*6}}
	with(func(s *Spec) { s.StoreBuf.Size = 8 }, leaves,
		storage.Structure{Name: "store-buffer", Cost: storage.Cost{Tables: 8 * (48 + 40 + 16 + 2 + 2 + 64 + 2), Tags: 8 * 2, PerThread: 4 + 2*3}})
	with(func(s *Spec) { s.StoreBuf.Size, s.StoreBuf.Coalesce = 8, CoalesceAdjacent }, leaves,
		storage.Structure{Name: "store-buffer", Cost: storage.Cost{Tables: 8 * (42 + 40 + 16 + 2 + 9*64 + 2), Tags: 8 * 2, PerThread: 4 + 2*3}})

	// Without renaming a register's number is what the program says.
	with(func(s *Spec) { s.Issue.Order, s.Scoreboard.Registers = InOrder, ArchitecturalRegisters },
		storage.Structure{Name: "int-registers", Cost: storage.Cost{PerThread: 32 * 64}},
		storage.Structure{Name: "int-registers.free-list"},
		storage.Structure{Name: "fp-registers", Cost: storage.Cost{PerThread: 32 * 64}},
		storage.Structure{Name: "fp-registers.free-list"},
		storage.Structure{Name: "rename.table"},
		storage.Structure{Name: "scoreboard", Cost: storage.Cost{PerThread: 64}},
		storage.Structure{Name: "rob", Cost: storage.Cost{Tables: 256 * (57 + 2), Tags: 256 * 2, PerThread: 9 + 2*8}},
		storage.Structure{Name: "iq", Cost: storage.Cost{Tables: 96 * (queue + 3 + 20 + 7 + 7 + 4*5 + 2), Tags: 96 * 2, PerThread: 7}},
		storage.Structure{Name: "lq", Cost: storage.Cost{Tables: 96 * (load + 5), PerThread: 7 + 2*7}})

	spec.ROB.Size = 0
	if _, err := spec.Storage(4, 64); err == nil {
		t.Error("a core without ROB has a cost")
	}
}

package dram

import "fmt"

// check panics when the memory has lost or invented a burst. It runs after
// every request and Tick in programs built with the tag simcheck.
//
//	bursts asked for = row hits + misses + conflicts + forwarded + merged + waiting
//	bursts that reads lack = reads that wait
func (m *ddr) check() {
	var waiting, reads, lacking uint64
	for i := range m.channels {
		c := &m.channels[i]
		reads += c.reads.len()
		waiting += c.reads.len() + c.writes.len()
	}
	for _, r := range m.reads {
		lacking += uint64(r.left)
	}
	d := &m.detail
	require("bursts asked for", d.RowHits+d.RowMisses+d.RowConflicts+d.Forwarded+d.Merged+waiting, m.asked)
	require("bursts that reads lack", lacking, reads)
}

// checkBus panics when data that come at a clock meet others on the bus.
func (c *channel) checkBus(at, length clock) {
	if at < c.bus {
		panic(fmt.Sprintf("dram: data at clock %d meet others that end at %d", at, c.bus))
	}
	c.bus = at + length
}

func require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("dram: %s: %d, expected %d", what, got, want))
	}
}

package dram

import (
	"strings"
	"testing"
)

// Fields are taken from an address in the order of the map, and the hash
// spreads rows over banks.
func TestDDRMapping(t *testing.T) {
	m := build(t, "ddr:channels=2,ranks=2,groups=4,banks=4,row=1K,block=256,map=rank+bank+column+group+channel,hash=none", Place{MHz: 4000}).(*ddr)
	burst := uint64((((((9*2+1)*4+2)*4+3)*4+3)*2+1)*4 + 2)
	if got, want := m.of(burst), (spot{at: [numFields]int{channelField: 1, groupField: 3, columnField: 3, bankField: 2, rankField: 1}, row: 9}); got != want {
		t.Errorf("burst %d is at %+v, want %+v", burst, got, want)
	}
	m.hash = true
	seen := map[spot]bool{}
	for row := range uint64(16) {
		s := m.of(row * 4 * 2 * 4 * 4 * 4 * 2)
		s.row = 0
		seen[s] = true
	}
	if len(seen) != 16 {
		t.Errorf("16 rows apart by a power of two fall on %d banks, want 16", len(seen))
	}
}

func TestDDRErrors(t *testing.T) {
	for args, want := range map[string]string{
		"latency=100":                            "latency: 100 is not above 105: 40 of the last cache level and 65 of tcl + tburst",
		"banks=3":                                "banks: 3 is not a power of two",
		"map=rank+bank":                          "map: rank+bank names 2 of the fields channel, rank, group, bank, column",
		"high=65":                                "writes: 64 is below high, 65",
		"high=16":                                "low: 16 is not below high, 16",
		"tccds=3":                                "tccds: 3 is below tburst, 4",
		"tccdl=3":                                "tccdl: 3 is below tccds, 4",
		"trtw=9":                                 "trtw: 9 is below 10",
		"trefi=1000":                             "trefi: 1000 is below",
		"row=256":                                "row: 256 is below block, 512",
		"block=32":                               "block: 32 is below bytes, 64",
		"groups=64,banks=64,row=0":               "outside",
		"channels=64,ranks=64,groups=32,banks=1": "channels: with their ranks, groups and banks they make 131072 banks, more than 65536",
	} {
		row, parsed, err := Catalog.Parse("ddr:" + args)
		if err == nil {
			_, err = row.New(parsed, Place{Upstream: 40, MHz: 4000})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
	row, args, _ := Catalog.Parse("ddr")
	if _, err := row.New(args, Place{}); err == nil || !strings.HasPrefix(err.Error(), "mhz: ") {
		t.Errorf("without the core's clock: %v", err)
	}
}

package dram

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// defaults are the values of the parameters that differ between generations of
// chips, as their data sheets give them.
type defaults struct {
	mhz, channels, ranks, groups, row, block int
	cl, cwl, burst                           int
	rcd, rp, ras, rtp, wr                    int
	ccdS, ccdL, ccdLW, wtrS, wtrL, rtw, rtrs int
	rrdS, rrdL, faw, refi, rfc               int
}

// ddr4 is one channel of DDR4-3200AA, two ranks of 8 Gbit chips 8 bits wide
// (JESD79-4; the values are also in DRAMsim3's DDR4_8Gb_x8_3200).
var ddr4 = defaults{
	mhz: 1600, channels: 1, ranks: 2, groups: 4, row: 8192, block: 512,
	cl: 22, cwl: 16, burst: 4,
	rcd: 22, rp: 22, ras: 52, rtp: 12, wr: 24,
	ccdS: 4, ccdL: 8, ccdLW: 8, wtrS: 4, wtrL: 12, rtw: 12, rtrs: 1,
	rrdS: 4, rrdL: 8, faw: 34, refi: 12480, rfc: 560,
}

// ddr5 is one module of DDR5-4800B, which is two channels of 4 bytes, with one
// rank of 16 Gbit chips 8 bits wide (JESD79-5). Turnarounds between reads,
// writes and ranks are for a preamble of two clocks.
var ddr5 = defaults{
	mhz: 2400, channels: 2, ranks: 1, groups: 8, row: 4096, block: 512,
	cl: 40, cwl: 38, burst: 8,
	rcd: 39, rp: 39, ras: 77, rtp: 18, wr: 72,
	ccdS: 8, ccdL: 12, ccdLW: 24, wtrS: 6, wtrL: 24, rtw: 14, rtrs: 2,
	rrdS: 8, rrdL: 12, faw: 32, refi: 9360, rfc: 708,
}

const (
	maxClocks = 100000
	maxCount  = 64
	maxBanks  = 1 << 16
)

// ddrParams are the parameters of a memory with banks. Times are in memory
// clocks, as data sheets give them; nanoseconds are clocks × 1000 / mhz.
func ddrParams(d defaults) []catalog.Param {
	number := func(name string, value, least, most int, doc string) catalog.Param {
		return catalog.Param{Name: name, Doc: doc, Kind: catalog.Int, Default: strconv.Itoa(value), Min: int64(least), Max: int64(most)}
	}
	clocks := func(name string, value int, doc string) catalog.Param {
		return number(name, value, 1, maxClocks, "memory clocks "+doc)
	}
	return []catalog.Param{
		// Chosen: 60 ns at 4 GHz, which a closed row makes 74 with DDR4-3200.
		number("latency", 240, 1, maxClocks, "cycles from the core's request to the use of the data, all cache levels included, when its row is open and nothing in the way; a closed row adds trcd, another open one trp + trcd"),
		number("mhz", d.mhz, 1, maxClocks, "memory clock in MHz, half of the transfers a second; how many core cycles it has follows from the machine's frequency"),
		number("channels", d.channels, 1, maxCount, "channels, each with its own commands and data"),
		number("ranks", d.ranks, 1, maxCount, "ranks of a channel"),
		number("groups", d.groups, 1, maxCount, "bank groups of a rank"),
		number("banks", 4, 1, maxCount, "banks of a bank group"),
		number("row", d.row, 8, 1<<20, "bytes of a row, all chips of a rank together"),
		number("bytes", 64, 8, 4096, "bytes that one column command moves"),
		{Name: "map", Doc: "fields of an address below the row, from the highest to the lowest; all five", Kind: catalog.List, Default: "rank+bank+column+group+channel", Choices: fieldNames},
		number("block", d.block, 8, 1<<20, "consecutive bytes in one row, below all fields; small blocks spread a stream over banks, large ones leave a page of 4 KiB whole (chosen)"),
		{Name: "hash", Doc: "xor: bank and bank group are exclusive-ored with low bits of the row (Zhang, Zhu and Zhang, MICRO 2000)", Kind: catalog.Choice, Default: "xor", Choices: []string{"xor", "none"}},
		{Name: "page", Doc: "open: a row stays open until another is wanted or a refresh comes; closed: it is closed with the last transfer that is queued for it", Kind: catalog.Choice, Default: "open", Choices: []string{"open", "closed"}},
		number("reads", 64, 1, 1024, "reads, in bursts, of a channel among which the scheduler chooses"),
		number("writes", 64, 1, 1024, "the same of writes"),
		number("high", 48, 1, 1024, "writes in the queue that take the bus from the reads"),
		number("low", 16, 0, 1023, "writes in the queue at which they give it back"),
		number("age", 1000, 1, 1<<20, "memory clocks in the queue after which the oldest request goes first"),
		clocks("tcl", d.cl, "from a read command to its data"),
		clocks("tcwl", d.cwl, "from a write command to its data"),
		clocks("tburst", d.burst, "that the data of one column command take on the bus"),
		clocks("trcd", d.rcd, "from the opening of a row to a column command"),
		clocks("trp", d.rp, "from the closing of a row to the opening of another"),
		clocks("tras", d.ras, "from the opening of a row to its closing"),
		clocks("trtp", d.rtp, "from a read command to the closing of its row"),
		clocks("twr", d.wr, "from the end of written data to the closing of their row"),
		clocks("tccds", d.ccdS, "between two reads or two writes of different bank groups"),
		clocks("tccdl", d.ccdL, "between two reads of one bank group"),
		clocks("tccdlw", d.ccdLW, "between two writes of one bank group"),
		clocks("twtrs", d.wtrS, "from the end of written data to a read command of another bank group"),
		clocks("twtrl", d.wtrL, "from the end of written data to a read command of the same bank group"),
		clocks("trtw", d.rtw, "from a read command to a write command"),
		number("trtrs", d.rtrs, 0, maxClocks, "memory clocks between the data of two ranks"),
		clocks("trrds", d.rrdS, "between the openings of rows in different bank groups of a rank"),
		clocks("trrdl", d.rrdL, "between the openings of rows in one bank group"),
		clocks("tfaw", d.faw, "in which a rank opens at most four rows"),
		number("trefi", d.refi, 0, 1<<20, "memory clocks from one refresh of a rank to the next; 0: none"),
		number("trfc", d.rfc, 0, maxClocks, "memory clocks of a refresh"),
	}
}

func readTiming(args catalog.Args) timing {
	c := func(name string) clock { return clock(args.Int(name)) }
	return timing{
		rcd: c("trcd"), rp: c("trp"), ras: c("tras"), rtp: c("trtp"), wr: c("twr"),
		cl: c("tcl"), cwl: c("tcwl"), burst: c("tburst"),
		ccdS: c("tccds"), ccdL: c("tccdl"), ccdLW: c("tccdlw"),
		wtrS: c("twtrs"), wtrL: c("twtrl"), rtw: c("trtw"), rtrs: c("trtrs"),
		rrdS: c("trrds"), rrdL: c("trrdl"), faw: c("tfaw"), refi: c("trefi"), rfc: c("trfc"),
	}
}

// configure sets what is not timing, and refuses what cannot be.
func (m *ddr) configure(args catalog.Args, p Place) error {
	if p.MHz < 1 {
		return errors.New("mhz: how many core cycles a memory clock has is unknown without the core's frequency")
	}
	m.ratio = newRatio(p.MHz, args.Int("mhz"))
	m.burstBytes = uint64(args.Int("bytes"))
	m.block = uint64(args.Int("block")) / m.burstBytes
	m.high, m.low, m.age = args.Int("high"), args.Int("low"), clock(args.Int("age"))
	m.closed, m.hash = args.Choice("page") == "closed", args.Choice("hash") == "xor"
	m.counts = [numFields]uint64{
		channelField: uint64(args.Int("channels")), rankField: uint64(args.Int("ranks")),
		groupField: uint64(args.Int("groups")), bankField: uint64(args.Int("banks")),
		columnField: uint64(args.Int("row")) / uint64(args.Int("block")),
	}
	given := args.List("map")
	if len(given) != int(numFields) {
		return fmt.Errorf("map: %s names %d of the fields %s", strings.Join(given, "+"), len(given), strings.Join(fieldNames, ", "))
	}
	for i, name := range given {
		for f := range numFields {
			if fieldNames[f] == name {
				m.order[len(given)-1-i] = f
			}
		}
	}
	for _, name := range []string{"groups", "banks", "row", "block", "bytes"} {
		if n := args.Int(name); n&(n-1) != 0 {
			return fmt.Errorf("%s: %d is not a power of two", name, n)
		}
	}
	if n := m.counts[channelField] * m.counts[rankField] * m.counts[groupField] * m.counts[bankField]; n > maxBanks {
		return fmt.Errorf("channels: with their ranks, groups and banks they make %d banks, more than %d", n, maxBanks)
	}
	if err := m.checkOrder(args); err != nil {
		return err
	}
	transfer := m.ratio.cycle(m.cl + m.burst)
	spent := isa.Cycle(p.Upstream) + transfer
	if latency := isa.Cycle(args.Int("latency")); latency > spent {
		m.back = latency - spent
		return nil
	}
	return fmt.Errorf("latency: %d is not above %d: %d of the last cache level and %d of tcl + tburst", args.Int("latency"), spent, p.Upstream, transfer)
}

// checkOrder refuses values of which one makes another impossible.
func (m *ddr) checkOrder(args catalog.Args) error {
	for _, o := range []struct{ low, high, why string }{
		{"bytes", "block", "a block holds whole bursts"},
		{"block", "row", "a row holds whole blocks"},
		{"tburst", "tccds", "the bus carries one burst at a time"},
		{"tccds", "tccdl", "another bank group is not later than the same"},
		{"tccds", "tccdlw", "another bank group is not later than the same"},
		{"trrds", "trrdl", "another bank group is not later than the same"},
		{"twtrs", "twtrl", "another bank group is not later than the same"},
		{"high", "writes", "that many writes must fit"},
	} {
		if lo, hi := args.Int(o.low), args.Int(o.high); lo > hi {
			return fmt.Errorf("%s: %d is below %s, %d: %s", o.high, hi, o.low, lo, o.why)
		}
	}
	if m.low >= m.high {
		return fmt.Errorf("low: %d is not below high, %d", m.low, m.high)
	}
	if least := m.cl + m.burst - m.cwl; m.rtw < least {
		return fmt.Errorf("trtw: %d is below %d, tcl + tburst - tcwl: the bus would carry both", m.rtw, least)
	}
	// A request that comes between two refreshes must get its row opened, and
	// its transfer done, whatever was done just before.
	least := 2 * (m.rfc + m.ras + m.rp + m.rcd + m.cl + m.cwl + m.burst + m.wr + m.wtrL + m.rtw + m.ccdLW + m.rrdL + m.faw)
	if m.refi > 0 && m.refi < least {
		return fmt.Errorf("trefi: %d is below %d, twice what a refresh and the longest sequence of commands take: hardly more than refreshes would be done", m.refi, least)
	}
	return nil
}

package dram

// timing is what a part's data sheet says, in memory clocks.
type timing struct {
	rcd clock // ACT to a column command
	rp  clock // PRE to ACT
	ras clock // ACT to PRE
	rtp clock // RD to PRE
	wr  clock // end of a write's data to PRE

	cl, cwl clock // column command to the first data of a read, a write
	burst   clock // of data on the bus

	ccdS, ccdL clock // RD to RD, WR to WR: another bank group, the same
	ccdLW      clock // WR to WR in the same bank group
	wtrS, wtrL clock // end of a write's data to RD: another bank group, the same
	rtw        clock // RD to WR
	rtrs       clock // between the data of two ranks

	rrdS, rrdL clock // ACT to ACT of one rank: another bank group, the same
	faw        clock // ACT to the fourth ACT after it in the same rank

	refi, rfc clock // from REF to REF, duration of one; 0: no refresh
}

// noRow is the row of a bank that has none open.
const noRow = ^uint64(0)

// bank is when one bank takes its next commands.
type bank struct {
	row           uint64 // that is open
	act, pre, col clock  // earliest ACT, PRE, column command
	wanted        uint64 // plan in which a request was seen that hits the row
	group, rank   int    // that it is of
}

// group is when one bank group takes its next commands.
type group struct{ act, read, write clock }

// rank is when one rank takes its next commands.
type rank struct {
	act clock
	faw [4]clock // when each of the last four ACTs leaves the window of tFAW
	old int      // the oldest of them
	due clock    // of the next refresh
}

// devices are the chips of one channel.
type devices struct {
	timing *timing
	banks  []bank  // by rank, group and bank
	groups []group // by rank and group
	ranks  []rank

	groupsPerRank, banksPerRank int
}

func newDevices(t *timing, ranks, groups, banksPerGroup int) devices {
	d := devices{
		timing: t,
		banks:  make([]bank, ranks*groups*banksPerGroup), groups: make([]group, ranks*groups), ranks: make([]rank, ranks),
		groupsPerRank: groups, banksPerRank: groups * banksPerGroup,
	}
	for i := range d.banks {
		d.banks[i] = bank{row: noRow, group: i / banksPerGroup, rank: i / d.banksPerRank}
	}
	for r := range d.ranks {
		d.ranks[r].due = never
		if t.refi > 0 { // ranks take turns
			d.ranks[r].due = t.refi * clock(r+1) / clock(ranks)
		}
	}
	return d
}

func (d *devices) bank(rank, group, bank int) int {
	return rank*d.banksPerRank + group*(d.banksPerRank/d.groupsPerRank) + bank
}

// mayActivate is when a closed bank can take an ACT.
func (d *devices) mayActivate(bank int) clock {
	b := &d.banks[bank]
	r := &d.ranks[b.rank]
	return max(b.act, d.groups[b.group].act, r.act, r.faw[r.old])
}

// mayTransfer is when a bank can take a column command for its open row.
func (d *devices) mayTransfer(bank int, write bool) clock {
	b := &d.banks[bank]
	if write {
		return max(b.col, d.groups[b.group].write)
	}
	return max(b.col, d.groups[b.group].read)
}

// activate is an ACT at clock m.
func (d *devices) activate(m clock, bank int, row uint64) {
	t, b := d.timing, &d.banks[bank]
	b.row, b.col, b.pre = row, m+t.rcd, m+t.ras
	d.groups[b.group].act = m + t.rrdL
	r := &d.ranks[b.rank]
	r.act = m + t.rrdS
	r.faw[r.old] = m + t.faw
	r.old = (r.old + 1) % len(r.faw)
}

// precharge is a PRE that takes effect at clock m.
func (d *devices) precharge(m clock, bank int) {
	b := &d.banks[bank]
	b.row = noRow
	b.act = max(b.act, m+d.timing.rp)
}

// transfer is a column command at clock m: when each bank group can take the
// next one follows from the shared data bus and from the group's own timing.
func (d *devices) transfer(m clock, bank int, write bool) {
	t, b := d.timing, &d.banks[bank]
	if write {
		b.pre = max(b.pre, m+t.cwl+t.burst+t.wr)
	} else {
		b.pre = max(b.pre, m+t.rtp)
	}
	for i := range d.groups {
		g := &d.groups[i]
		switch {
		case i == b.group && write:
			g.write, g.read = max(g.write, m+t.ccdLW), max(g.read, m+t.cwl+t.burst+t.wtrL)
		case i == b.group:
			g.write, g.read = max(g.write, m+t.rtw), max(g.read, m+t.ccdL)
		case i/d.groupsPerRank == b.rank && write:
			g.write, g.read = max(g.write, m+t.ccdS), max(g.read, m+t.cwl+t.burst+t.wtrS)
		case i/d.groupsPerRank == b.rank:
			g.write, g.read = max(g.write, m+t.rtw), max(g.read, m+t.ccdS)
		case write:
			g.write, g.read = max(g.write, m+t.burst+t.rtrs), max(g.read, m+t.cwl+t.burst+t.rtrs-t.cl)
		default:
			g.write, g.read = max(g.write, m+t.rtw), max(g.read, m+t.burst+t.rtrs)
		}
	}
}

// ofRank are the banks of one rank.
func (d *devices) ofRank(r int) []bank { return d.banks[r*d.banksPerRank : (r+1)*d.banksPerRank] }

// mayRefresh is when a rank whose refresh is due can take the next command
// towards it: a PRE of all banks while a row is open, then REF.
func (d *devices) mayRefresh(r int) (at clock, open bool) {
	var pre, act clock
	for i := range d.ofRank(r) {
		b := &d.ofRank(r)[i]
		act = max(act, b.act)
		if b.row != noRow {
			open, pre = true, max(pre, b.pre)
		}
	}
	if open {
		return pre, true
	}
	return act, false
}

// prechargeAll closes all rows of a rank.
func (d *devices) prechargeAll(m clock, r int) {
	for i := range d.ofRank(r) {
		if bank := r*d.banksPerRank + i; d.banks[bank].row != noRow {
			d.precharge(m, bank)
		}
	}
}

// refresh is a REF of a rank.
func (d *devices) refresh(m clock, r int) {
	for i := range d.ofRank(r) {
		b := &d.ofRank(r)[i]
		b.act = max(b.act, m+d.timing.rfc)
	}
	d.ranks[r].due += d.timing.refi
}

package rv64

// The control and status registers of user mode.
const (
	csrFFlags  = 0x001
	csrFRM     = 0x002
	csrFCSR    = 0x003
	csrCycle   = 0xc00
	csrTime    = 0xc01
	csrInstret = 0xc02
)

func (s *slot) isCSR() bool { return s.op >= opCSRRW && s.op <= opCSRRCI }

// legalCSR reports whether the CSR exists and the access is allowed: the
// counters are read-only, and csrrs or csrrc with x0 or 0 does not write.
func (s *slot) legalCSR() bool {
	switch s.imm {
	case csrFFlags, csrFRM, csrFCSR:
		return true
	case csrCycle, csrTime, csrInstret:
		return s.op != opCSRRW && s.op != opCSRRWI && s.rs1 == 0
	}
	return false
}

// readCSR is the value of a CSR; instret is the instructions executed so far.
func (h *Hart) readCSR(csr int64, instret uint64) uint64 {
	switch csr {
	case csrFFlags:
		return uint64(h.FCSR & 0x1f)
	case csrFRM:
		return uint64(h.FCSR >> 5 & 7)
	case csrFCSR:
		return uint64(h.FCSR)
	case csrInstret:
		return instret
	}
	if h.Clock == nil {
		return instret
	}
	cycle, time := h.Clock(instret)
	if csr == csrTime {
		return time
	}
	return cycle
}

func (h *Hart) writeCSR(csr int64, v uint64) {
	switch csr {
	case csrFFlags:
		h.FCSR = h.FCSR&^0x1f | uint32(v)&0x1f
	case csrFRM:
		h.FCSR = h.FCSR&0x1f | uint32(v)&7<<5
	case csrFCSR:
		h.FCSR = uint32(v) & 0xff
	}
}

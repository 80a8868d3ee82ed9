//go:build !simcheck

package tlb

const checking = false

//go:build simcheck

package tlb

const checking = true

//go:build simcheck

package dram

const checking = true

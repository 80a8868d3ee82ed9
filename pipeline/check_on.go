//go:build simcheck

package pipeline

const checking = true

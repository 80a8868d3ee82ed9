//go:build !simcheck

package pipeline

// checking turns the invariants of check.go on; the build tag simcheck does.
const checking = false

//go:build simcheck

package cache

const checking = true

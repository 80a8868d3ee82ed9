//go:build race

package main

// buildFlags build the program as the tests of it are built.
var buildFlags = []string{"-race", "-pgo=off"}

// Package draws is for tests that draw at random. They draw anew in each run,
// unless TEST_SEED, a number above 0, makes them repeatable: those of rapid in
// all packages whose tests import this one, and those that ask for a seed.
// Continuous integration sets it from the contents of the tree, so that what
// it says of one tree stays, while every change is tried with new draws.
package draws

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	_ "pgregory.net/rapid" // its flags are there before init sets one
)

const variable = "TEST_SEED"

// fixed is the seed of the environment, 0 without one.
var fixed uint64

func init() {
	s := os.Getenv(variable)
	if s == "" {
		return
	}
	var err error
	if fixed, err = strconv.ParseUint(s, 10, 64); err == nil && fixed > 0 {
		err = flag.Set("rapid.seed", s)
	}
	if err != nil || fixed == 0 {
		panic(fmt.Sprintf("%s=%s: an integer above 0 is wanted", variable, s))
	}
}

// Seed is where a test's own draws begin. The log has it, and so does the
// output of a test that fails.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := fixed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("%s=%d", variable, seed)
	return seed
}

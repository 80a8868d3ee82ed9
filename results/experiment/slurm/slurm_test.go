package slurm

import "testing"

func TestRanges(t *testing.T) {
	for want, list := range map[string][]int{
		"1": {1}, "1-2": {1, 2}, "1-3,5": {1, 2, 3, 5}, "2,4,6-8": {2, 4, 6, 7, 8}, "": nil,
	} {
		if got := Ranges(list); got != want {
			t.Errorf("%v: %q, not %q", list, got, want)
		}
	}
}

func TestCheckOption(t *testing.T) {
	for _, good := range []string{"--partition=long", "-plong", "--account=a", "--array-like", "--mem=4G", "-A"} {
		if err := CheckOption(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "long", "-", "--", "--array=1", "-a1", "-Jx", "--job-name", "--wrap=ls", "-M", "--clusters=x"} {
		if CheckOption(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

package command

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
)

// Both forms of the intervals hold the same numbers, which sum to the run's.
func TestIntervals(t *testing.T) {
	dir := t.TempDir()
	table, lines := filepath.Join(dir, "a.csv"), filepath.Join(dir, "a.jsonl")
	var r results.Record
	decode(t, succeed(t, "run", "sort@test", "aluloop@test", "--insts", "20000", "--interval", "2000", "--interval-file", table, "--format", "json"), &r)
	succeed(t, "run", "sort@test", "aluloop@test", "--insts", "20000", "--interval", "2000", "--interval-file", lines)
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(strings.NewReader(string(data)))
	scan.Buffer(nil, 1<<20)
	committed, column := uint64(0), slices.Index(rows[0], "committed")
	for i, row := range rows[1:] {
		var object struct {
			Part, Begin, End uint64
			Stats            map[string]int64
		}
		if !scan.Scan() {
			t.Fatalf("%d lines, %d rows", i, len(rows)-1)
		}
		if err := json.Unmarshal(scan.Bytes(), &object); err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseUint(row[column], 10, 64)
		if err != nil || int64(n) != object.Stats["committed"] || len(object.Stats) != len(row)-3 || strconv.FormatUint(object.End, 10) != row[2] {
			t.Errorf("row %d: %v, object %v … %v: %v", i, row[:3], object.Begin, object.End, object.Stats["committed"])
		}
		committed += n
	}
	if scan.Scan() || committed != r.Instructions {
		t.Errorf("%d instructions in the intervals of %d; more lines: %v", committed, r.Instructions, scan.Text() != "")
	}
}

// Programs one after another have their intervals in that order.
func TestIntervalsSingle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.csv")
	succeed(t, "run", "sort@test", "aluloop@test", "--scheduler", "single", "--insts", "9000", "--interval", "3000", "--interval-file", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := ""
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		parts += line[:1]
	}
	if !strings.HasPrefix(parts, "00") || !strings.HasSuffix(parts, "1") || strings.Contains(parts, "10") {
		t.Errorf("parts %s", parts)
	}
}

func TestIntervalUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--interval", "0"},
		{"--interval-file", "x.csv"},
		{"--interval", "10", "--interval-file", "x.txt"},
		{"--interval", "10", "--interval-file", filepath.Join(t.TempDir(), "no", "x.csv")},
	} {
		o := threadmill(t, append([]string{"run", "aluloop@test"}, args...)...)
		if o.code != exitUsage || !strings.Contains(o.stderr, "--interval") {
			t.Errorf("%v: exit %d, %s", args, o.code, o.stderr)
		}
	}
}

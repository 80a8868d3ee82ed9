package results

import (
	"encoding/csv"
	"io"
	"strconv"
)

// Interval is what each statistic of a run grew by in some cycles of its
// measured window.
type Interval struct {
	Part       int      // of programs that run one after another, which one; else 0
	Begin, End uint64   // cycles from the start of measurement; End is not in it
	Names      []string // of the statistics, the same in each interval of a run; threadN is context N of the part
	Values     []int64
}

// IntervalCSV answers with a function that writes intervals as rows, a header
// before the first one. Programs that run one after another are told apart by
// the first column.
func IntervalCSV(w io.Writer) func(*Interval) error {
	var out *csv.Writer
	return func(v *Interval) error {
		if out == nil {
			out = csv.NewWriter(w)
			if err := out.Write(append([]string{"part", "begin", "end"}, v.Names...)); err != nil {
				return err
			}
		}
		row := make([]string, 0, 3+len(v.Values))
		row = append(row, strconv.Itoa(v.Part), strconv.FormatUint(v.Begin, 10), strconv.FormatUint(v.End, 10))
		for _, n := range v.Values {
			row = append(row, strconv.FormatInt(n, 10))
		}
		if err := out.Write(row); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// IntervalJSONL answers with a function that writes each interval as an object
// on a line, its statistics in their order.
func IntervalJSONL(w io.Writer) func(*Interval) error {
	var line []byte
	number := func(key string, n int64) {
		line = append(line, key...)
		line = strconv.AppendInt(line, n, 10)
	}
	return func(v *Interval) error {
		line = line[:0]
		number(`{"part":`, int64(v.Part))
		number(`,"begin":`, int64(v.Begin))
		number(`,"end":`, int64(v.End))
		line = append(line, `,"stats":{`...)
		for i, name := range v.Names {
			if i > 0 {
				line = append(line, ',')
			}
			line = strconv.AppendQuote(line, name)
			number(":", v.Values[i])
		}
		line = append(line, "}}\n"...)
		_, err := w.Write(line)
		return err
	}
}

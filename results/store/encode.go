package store

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// row is what a table holds under a key, in the order of its columns.
type row struct {
	key    string
	values [][]byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is CRC-32C of the key and the values, each after its length.
func (r *row) sum() int64 {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(r.key)))
	sum := crc32.Update(0, castagnoli, length[:n])
	sum = crc32.Update(sum, castagnoli, []byte(r.key))
	for _, v := range r.values {
		n := binary.PutUvarint(length[:], uint64(len(v)))
		sum = crc32.Update(sum, castagnoli, length[:n])
		sum = crc32.Update(sum, castagnoli, v)
	}
	return int64(sum)
}

// digest is the key of a row that is named by its content.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p))))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// listRow is the row of a list of names.
func listRow(names []string) row {
	content := []byte(strings.Join(names, "\n"))
	return row{digest(content), [][]byte{content}}
}

func splitNames(content []byte) []string {
	if len(content) == 0 {
		return nil
	}
	return strings.Split(string(content), "\n")
}

// statNames is the list of a row, for the statistics of all runs that name it.
func statNames(list *row) *results.StatNames { return results.NewStatNames(splitNames(list.values[0])) }

// Columns of a run.
const (
	runHost = iota
	runNames
	runHead
	runStats
)

// runRow is the row of a record, and that of the names of its statistics.
// Metrics follow from other runs and are not stored.
func runRow(r *results.Record) (run, list row, err error) {
	var names []string
	stats := []byte{} // not NULL when there are none
	for name, n := range r.Stats.All() {
		names, stats = append(names, name), binary.AppendUvarint(stats, n)
	}
	head := *r
	head.Stats, head.Metrics, head.Host = results.Stats{}, nil, results.Host{}
	headText, err := encode(head)
	if err != nil {
		return run, list, err
	}
	host, err := encode(r.Host)
	if err != nil {
		return run, list, err
	}
	list = listRow(names)
	return row{r.Key(), [][]byte{host, []byte(list.key), headText, stats}}, list, nil
}

// need is a row that another one needs.
type need struct {
	table *table
	key   string
}

// needs are the rows without which a run is not whole, of which runs of one
// kind share the first two: the names of its statistics, its configuration and,
// when it was sampled, its series.
func (r *row) needs() ([]need, error) {
	var head struct {
		Setup struct {
			Config   string
			Interval uint64
		}
	}
	if err := json.Unmarshal(r.values[runHead], &head); err != nil {
		return nil, err
	}
	list := []need{r.listOfRun(), {configurations, head.Setup.Config}}
	if head.Setup.Interval > 0 {
		list = append(list, need{series, r.key})
	}
	return list, nil
}

// listOfRun are the names of the statistics of a run's row.
func (r *row) listOfRun() need { return need{lists, string(r.values[runNames])} }

// listOfSeries are the names of the statistics of a series' row.
func (r *row) listOfSeries() need { return need{lists, string(r.values[0])} }

// get is the row that is needed, or a copy of it; nil when there is none that
// is not damaged.
func (n need) get(tx *sql.Tx) (*row, error) {
	found, err := get(tx, n.table, n.key)
	if n.table == lists && found == nil && (err == nil || isDamage(err)) {
		return get(tx, copies, n.key)
	}
	return found, err
}

// holds reports whether a row whose checksum is right is one of the table's.
func (t *table) holds(r *row) bool {
	switch t {
	case lists, copies:
		return r.key == digest(r.values[0])
	case configurations:
		return len(r.key) == configDigits
	case curves:
		_, err := r.curve()
		return len(r.key) != configDigits && err == nil
	case series:
		return isKey(string(r.values[0]))
	case failures:
		return !isKey(string(r.values[0]))
	case runs:
		return isDigest(string(r.values[runNames]))
	case plans:
		return !isDigest(string(r.values[planText]))
	}
	return true
}

// configDigits is the length of the digest of a configuration; other keys are
// shorter.
const configDigits = 64

// encode is compact JSON with "<" as itself.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// record is the record of a run's row.
func (r *row) record(names *results.StatNames) (*results.Record, error) {
	rec := new(results.Record)
	if err := json.Unmarshal(r.values[runHead], rec); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(r.values[runHost], &rec.Host); err != nil {
		return nil, err
	}
	values := make([]uint64, len(names.List()))
	left := numbers{r.values[runStats], nil}
	for i := range values {
		values[i] = left.next()
	}
	rec.Stats = names.Stats(values)
	return rec, left.end()
}

// numbers reads variable-length numbers.
type numbers struct {
	left []byte
	err  error
}

func (n *numbers) next() uint64 {
	v, size := binary.Uvarint(n.left)
	if size <= 0 {
		n.left, n.err = nil, errors.New("it ends too early")
		return 0
	}
	n.left = n.left[size:]
	return v
}

// count reads how many numbers follow, of which each takes a byte at least.
func (n *numbers) count() int {
	v := n.next()
	if v > uint64(len(n.left)) {
		n.left, n.err = nil, errors.New("it ends too early")
		return 0
	}
	return int(v)
}

// end reports numbers that were missing, or left over.
func (n *numbers) end() error {
	if n.err == nil && len(n.left) > 0 {
		return fmt.Errorf("%s too many", results.Counted(len(n.left), "byte"))
	}
	return n.err
}

// curveRow is the row of a solo curve: what each point is after the one before.
func curveRow(key string, c *results.Curve) row {
	content := make([]byte, 0, 8+4*len(c.Points))
	ended := uint64(0)
	if c.Ended {
		ended = 1
	}
	content = binary.AppendUvarint(content, ended)
	content = binary.AppendUvarint(content, uint64(len(c.Points)))
	last := results.CurvePoint{}
	for _, p := range c.Points {
		content = binary.AppendUvarint(content, p.Instructions-last.Instructions)
		content = binary.AppendUvarint(content, p.Cycles-last.Cycles)
		last = p
	}
	return row{key, [][]byte{content}}
}

// curve is the solo curve of a row.
func (r *row) curve() (*results.Curve, error) {
	n := numbers{r.values[0], nil}
	c := &results.Curve{Ended: n.next() == 1}
	c.Points = make([]results.CurvePoint, n.count())
	last := results.CurvePoint{}
	for i := range c.Points {
		last.Instructions += n.next()
		last.Cycles += n.next()
		c.Points[i] = last
	}
	if err := n.end(); err != nil {
		return nil, err
	}
	return c, c.Check()
}

// seriesRow is the row of a run's intervals, all of which have the same names,
// and that of the names. There are none when nothing was measured. The numbers stand by what they are of, each as the difference from
// the interval before, and deflated.
func seriesRow(key string, intervals []results.Interval) (run, list row, err error) {
	var names []string
	if len(intervals) > 0 {
		names = intervals[0].Names
	}
	columns := make([][]int64, 3+len(names))
	for i := range columns {
		columns[i] = make([]int64, len(intervals))
	}
	for k := range intervals {
		v := &intervals[k]
		if len(v.Values) != len(names) || !slices.Equal(v.Names, names) {
			return run, list, fmt.Errorf("run %s: interval %d has other statistics than the first", key, k)
		}
		columns[0][k], columns[1][k], columns[2][k] = int64(v.Part), int64(v.Begin), int64(v.End)
		for i, n := range v.Values {
			columns[3+i][k] = n
		}
	}
	plain := binary.AppendUvarint(nil, uint64(len(intervals)))
	for _, column := range columns {
		last := int64(0)
		for _, v := range column {
			plain = binary.AppendVarint(plain, v-last)
			last = v
		}
	}
	var content bytes.Buffer
	w, err := flate.NewWriter(&content, flate.DefaultCompression)
	if err != nil {
		return run, list, err
	}
	if _, err := w.Write(plain); err != nil {
		return run, list, err
	}
	if err := w.Close(); err != nil {
		return run, list, err
	}
	list = listRow(names)
	return row{key, [][]byte{[]byte(list.key), content.Bytes()}}, list, nil
}

// intervals are those of a series' row.
func (r *row) intervals(names []string) ([]results.Interval, error) {
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(r.values[1])))
	if err != nil {
		return nil, err
	}
	n := numbers{plain, nil}
	list := make([]results.Interval, n.count())
	values := make([]int64, len(list)*len(names))
	for k := range list {
		list[k].Names, list[k].Values = names, values[k*len(names):][:len(names):len(names)]
	}
	column := func(set func(v *results.Interval, n int64)) {
		last := int64(0)
		for k := range list {
			u := n.next()
			last += int64(u>>1) ^ -int64(u&1) // as binary.AppendVarint wrote it
			set(&list[k], last)
		}
	}
	column(func(v *results.Interval, n int64) { v.Part = int(n) })
	column(func(v *results.Interval, n int64) { v.Begin = uint64(n) })
	column(func(v *results.Interval, n int64) { v.End = uint64(n) })
	for i := range names {
		column(func(v *results.Interval, n int64) { v.Values[i] = n })
	}
	return list, n.end()
}

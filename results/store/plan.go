package store

import (
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Plan is a set of runs that were asked for.
type Plan struct {
	Name string
	Text string // what asked for them, as the user wrote it
	// Keys are those of the runs, all of them in the order of the plan. When
	// Swept is zero they are sorted, and may be of some of its shards only.
	Keys []string
	// Swept is when the plan was last swept: Text and Keys are as they were
	// then. It is zero of a plan that an older version has stored.
	Swept time.Time
}

// PutPlan stores what a plan asks for now, in place of what it asked for when it
// was last swept, and answers with how many runs have left it. They stay in the
// store. Runs that are in a plan are results, others are there for the metrics
// of results.
func (s *Store) PutPlan(p Plan) (left int, err error) {
	err = s.change(func(tx *sql.Tx) error {
		before, err := editions(tx, p.Name)
		if err != nil {
			return err
		}
		now := make(map[string]bool, len(p.Keys))
		for _, key := range p.Keys {
			now[key] = true
		}
		gone := make(map[string]bool)
		p.Swept = time.Now()
		for _, old := range before {
			for _, key := range old.Keys {
				gone[key] = !now[key]
			}
			if !p.Swept.After(old.Swept) { // on a host whose clock is ahead
				p.Swept = old.Swept.Add(1)
			}
		}
		for _, is := range gone {
			if is {
				left++
			}
		}
		r, err := planRow(&p)
		if err != nil {
			return err
		}
		_, _, err = addPlan(tx, &r)
		return err
	})
	return left, err
}

// editions are the plans of a name: one, or those that an older version has
// stored.
func editions(tx *sql.Tx, name string) (list []*Plan, err error) {
	err = query(tx, plans.query("WHERE name = ? ORDER BY row"), []any{[]byte(name)}, func(from *sql.Rows) error {
		_, r, good, err := scanRow(from, plans)
		if err != nil || !good {
			return err
		}
		if p, err := r.plan(); err == nil {
			list = append(list, p)
		}
		return nil
	})
	return list, err
}

// addPlan stores a plan: of editions of one name that which was swept last
// stays. Of those whose time is not known all do, with the runs of each. It
// answers whether the new one stays, and whether one that does not is another
// than that which does.
func addPlan(tx *sql.Tx, r *row) (stays, differ bool, err error) {
	p, err := r.plan()
	if err != nil {
		return false, false, err
	}
	before, err := editions(tx, p.Name)
	if err != nil {
		return false, false, err
	}
	for _, old := range before {
		switch {
		case old.Swept.IsZero() && p.Swept.IsZero():
			if old.Text == p.Text {
				p.Keys = append(p.Keys, old.Keys...)
			}
		case !p.Swept.After(old.Swept):
			return false, !old.holds(p), nil
		default:
			differ = differ || !p.holds(old)
			if _, err := tx.Exec("DELETE FROM plans WHERE key = ?", old.key()); err != nil {
				return false, false, err
			}
		}
	}
	united, err := planRow(p)
	if err != nil {
		return false, false, err
	}
	return true, differ, insert(tx, plans, &united)
}

// holds reports whether a plan of the same name is this edition, or a part of
// it: it has the same text and no run that this one has not.
func (p *Plan) holds(o *Plan) bool {
	if p.Text != o.Text {
		return false
	}
	has := make(map[string]bool, len(p.Keys))
	for _, key := range p.Keys {
		has[key] = true
	}
	return !slices.ContainsFunc(o.Keys, func(key string) bool { return !has[key] })
}

// key is that of the plan's row.
func (p *Plan) key() string {
	if p.Swept.IsZero() {
		return digest([]byte(p.Name), []byte(p.Text))
	}
	return digest([]byte(p.Name))
}

// Columns of a plan.
const (
	planName = iota
	planText
	planRuns
	planSwept // nanoseconds since 1970, 8 bytes; empty: not known
)

// keySize is that of a run's key in a plan, in bytes.
const keySize = 16

// planRow is the row of a plan.
func planRow(p *Plan) (row, error) {
	keys, swept := slices.Clone(p.Keys), []byte{}
	if p.Swept.IsZero() {
		slices.Sort(keys)
	} else {
		swept = binary.BigEndian.AppendUint64(swept, uint64(p.Swept.UnixNano()))
	}
	packed := make([]byte, 0, keySize*len(keys))
	seen := make(map[string]bool, len(keys))
	for _, key := range keys {
		raw, err := hex.DecodeString(key)
		if err != nil || len(raw) != keySize {
			return row{}, fmt.Errorf("plan %s: %q is no key of a run", p.Name, key)
		}
		if !seen[key] {
			seen[key] = true
			packed = append(packed, raw...)
		}
	}
	return row{p.key(), [][]byte{[]byte(p.Name), []byte(p.Text), packed, swept}}, nil
}

// plan is that of a row.
func (r *row) plan() (*Plan, error) {
	packed, swept := r.values[planRuns], r.values[planSwept]
	if len(packed)%keySize != 0 {
		return nil, fmt.Errorf("%d bytes are no list of runs", len(packed))
	}
	p := &Plan{Name: string(r.values[planName]), Text: string(r.values[planText])}
	switch len(swept) {
	case 0:
	case 8:
		p.Swept = time.Unix(0, int64(binary.BigEndian.Uint64(swept)))
	default:
		return nil, errors.New("when it was swept is no time")
	}
	for raw := range slices.Chunk(packed, keySize) {
		p.Keys = append(p.Keys, hex.EncodeToString(raw))
	}
	return p, nil
}

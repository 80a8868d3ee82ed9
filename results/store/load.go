package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/results"
)

// Filter chooses runs.
type Filter struct {
	Plan  string // name of the plan that asks for them; "": all
	Model string // version of the simulator's model; "": all
}

// Load reads the runs, measured: those of one plan in its order, others in that
// of results.Set.Sort. Where there are plans the runs, and those that failed, are
// those that they ask for. Runs of one program alone that no plan asks for are baselines: where there
// are plans or a filter, those that the metrics of the chosen runs need. When the error
// is a DamageError the set holds what is not lost.
func (s *Store) Load(f Filter) (*results.Set, error) {
	l := newLoader(f)
	l.unplanned = len(s.damage) > 0 // plans may be lost
	err := s.view(func(tx *sql.Tx) error {
		l.tx, l.file = tx, s.file
		if err := l.load(); err != nil {
			return err
		}
		if f.Model != "" && !l.models[f.Model] && len(l.damage) == 0 {
			return catalog.Unknown("version of the model", f.Model, slices.SortedFunc(maps.Keys(l.models), results.Natural))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	set := l.set()
	return set, s.lost(l.damage)
}

// loader makes a set of the rows of a store.
type loader struct {
	reader
	filter         Filter
	plans          []*Plan
	asked          map[string]bool // by the plans that are chosen
	models         map[string]bool // of which runs are, failed ones among them
	lists          map[string]*results.StatNames
	configurations map[string]string
	records        []*results.Record
	failed         []results.FailedRun
	unplanned      bool // runs that no plan asks for are chosen, too
	unasked        int  // of those
	unneeded       int  // solo runs that no plan asks for and no chosen run needs
	chosen, alone  []*results.Record
	solo           soloRuns
}

func newLoader(f Filter) *loader {
	return &loader{filter: f, models: make(map[string]bool), lists: make(map[string]*results.StatNames), configurations: make(map[string]string)}
}

func (l *loader) load() error {
	if err := l.readPlans(); err != nil {
		return err
	}
	for _, t := range []*table{lists, copies} {
		if err := l.all(t, func(r *row) { l.lists[r.key] = statNames(r) }); err != nil {
			return err
		}
	}
	err := l.all(configurations, func(r *row) { l.configurations[r.key] = string(r.values[0]) })
	if err != nil {
		return err
	}
	if err := l.all(runs, l.addRun); err != nil {
		return err
	}
	if err := l.all(failures, l.addFailure); err != nil {
		return err
	}
	l.choose()
	return l.readCurves()
}

func (l *loader) readPlans() error {
	err := l.all(plans, func(r *row) {
		p, err := r.plan()
		if err != nil {
			l.lost(plans, r.key, 0, err.Error())
			return
		}
		l.plans = append(l.plans, p)
	})
	l.asked = make(map[string]bool)
	known := make(map[string]bool)
	for _, p := range l.plans {
		known[p.Name] = true
		if l.filter.Plan == "" || p.Name == l.filter.Plan {
			for _, key := range p.Keys {
				l.asked[key] = true
			}
		}
	}
	if err == nil && l.filter.Plan != "" && !known[l.filter.Plan] {
		err = catalog.Unknown("plan", l.filter.Plan, slices.Sorted(maps.Keys(known)))
	}
	return err
}

func (l *loader) addRun(r *row) {
	rec, err := r.decode(l.lists)
	if err != nil {
		l.lost(runs, r.key, 0, err.Error())
		return
	}
	l.models[rec.Setup.Model] = true
	if l.filter.Model == "" || rec.Setup.Model == l.filter.Model {
		l.records = append(l.records, rec)
		l.lostConfiguration(rec)
	}
}

// decode is the record of a run's row.
func (r *row) decode(lists map[string]*results.StatNames) (*results.Record, error) {
	names, ok := lists[string(r.values[runNames])]
	if !ok {
		return nil, errNames
	}
	return r.record(names)
}

var errNames = errors.New("the names of its statistics are lost")

// lostConfiguration notes a run whose configuration is not there, once for
// each.
func (l *loader) lostConfiguration(r *results.Record) {
	if _, ok := l.configurations[r.Setup.Config]; !ok {
		l.lost(configurations, r.Setup.Config, 0, "it is not there")
		l.configurations[r.Setup.Config] = ""
	}
}

func (l *loader) addFailure(r *row) {
	id, err := r.identity()
	if err != nil {
		l.lost(failures, r.key, 0, err.Error())
		return
	}
	l.models[id.Setup.Model] = true
	if l.filter.Model == "" || id.Setup.Model == l.filter.Model {
		solo := len(id.Programs) == 1 && id.Scheduler == single && id.Setup.Contexts == 1 && !l.asked[r.key]
		l.failed = append(l.failed, results.FailedRun{Identity: *id, Error: string(r.values[1]), Solo: solo})
	}
}

// identity is that of a failure's row.
func (r *row) identity() (*results.Identity, error) {
	id := new(results.Identity)
	return id, json.Unmarshal(r.values[0], id)
}

// isSolo reports whether a run may be the baseline of others.
func isSolo(r *results.Record) bool {
	return len(r.Programs) == 1 && r.Scheduler == single && r.Setup.Contexts == 1
}

const single = "single"

// hasCurve reports whether a solo curve is stored with a run.
func hasCurve(r *results.Record) bool { return isSolo(r) && r.Programs[0].Threads == 1 }

// choose divides the records into those that were asked for and baselines.
func (l *loader) choose() {
	keys := make(map[*results.Record]string, len(l.records))
	for _, r := range l.records {
		keys[r] = r.Key()
	}
	slices.SortFunc(l.records, func(a, b *results.Record) int { return cmp.Compare(keys[a], keys[b]) })
	l.unplanned = l.unplanned || len(l.plans) == 0 || slices.ContainsFunc(l.damage, func(d Damage) bool { return d.What == plans.what })
	l.solo = soloRuns{baselines: make(map[soloRun]*results.Record), cycles: make(map[*results.Program]results.Number)}
	for _, r := range l.records {
		switch {
		case l.asked[keys[r]]:
			l.chosen = append(l.chosen, r)
		case isSolo(r):
			l.alone = append(l.alone, r)
		case l.filter.Plan == "":
			if len(l.plans) > 0 {
				l.unasked++
			}
			if l.unplanned {
				l.chosen = append(l.chosen, r)
			}
		}
		if isSolo(r) {
			k := soloOf(r.Identity(), 0)
			if l.solo.baselines[k] == nil {
				l.solo.baselines[k] = r
			}
		}
	}
	l.chooseFailed()
	if l.filter == (Filter{}) && l.unplanned {
		return
	}
	needed := make(map[*results.Record]bool)
	for _, r := range l.chosen {
		id := r.Identity()
		for i := range r.Programs {
			needed[l.solo.Baseline(id, i)] = true
		}
	}
	all := len(l.alone)
	l.alone = slices.DeleteFunc(l.alone, func(r *results.Record) bool { return !needed[r] })
	l.unneeded = all - len(l.alone)
}

// chooseFailed leaves the failed runs that were asked for and the solo runs that
// the metrics of those and of the chosen runs need.
func (l *loader) chooseFailed() {
	if l.filter.Plan == "" && l.unplanned || len(l.failed) == 0 {
		return
	}
	asked := make([]bool, len(l.failed))
	needed := make(map[soloRun]bool)
	need := func(id results.Identity) {
		for i := range id.Programs {
			needed[soloOf(id, i)] = true
		}
	}
	for _, r := range l.chosen {
		need(r.Identity())
	}
	for i := range l.failed {
		f := &l.failed[i]
		if asked[i] = l.asked[f.Key()]; asked[i] {
			need(f.Identity)
		}
	}
	var left []results.FailedRun
	for i := range l.failed {
		if f := &l.failed[i]; asked[i] || f.Solo && needed[soloOf(f.Identity, 0)] {
			left = append(left, *f)
		}
	}
	l.failed = left
}

// readCurves finds out from the curves what the runs need of them, each of which
// it forgets then: they are larger than runs when windows are short.
func (l *loader) readCurves() error {
	wanted := make(map[string][]*results.Program)
	for _, r := range slices.Concat(l.chosen, l.alone) {
		id := r.Identity()
		for i := range r.Programs {
			key := id.SoloKey(i)
			wanted[key] = append(wanted[key], &r.Programs[i])
		}
	}
	return l.all(curves, func(r *row) {
		if wanted[r.key] == nil {
			return
		}
		c, err := r.curve()
		if err != nil {
			l.lost(curves, r.key, 0, err.Error())
			return
		}
		for _, p := range wanted[r.key] {
			l.solo.cycles[p] = c.Over(p)
		}
	})
}

func (l *loader) set() *results.Set {
	set := &results.Set{Runs: l.chosen, Baselines: l.alone, Failed: l.failed, Configurations: make(map[string]*results.Configuration)}
	var digests []string
	for _, r := range slices.Concat(l.chosen, l.alone) {
		digests = append(digests, r.Setup.Config)
	}
	for i := range l.failed {
		digests = append(digests, l.failed[i].Setup.Config)
	}
	for _, digest := range digests {
		if text := l.configurations[digest]; text != "" && set.Configurations[digest] == nil {
			c, err := results.ParseConfiguration(text)
			if err != nil {
				l.lost(configurations, digest, 0, err.Error())
				l.configurations[digest] = ""
				continue
			}
			set.Configurations[digest] = c
		}
	}
	slices.SortFunc(set.Failed, func(a, b results.FailedRun) int {
		return cmp.Or(cmp.Compare(a.Machine, b.Machine), results.Natural(a.Scheduler, b.Scheduler), cmp.Compare(a.Key(), b.Key()))
	})
	set.Sort()
	if order := l.order(); order != nil {
		set.SortRuns(order)
	}
	if !l.unplanned {
		set.Unplanned = l.unasked
	}
	if l.filter.Model == "" {
		set.Missing = l.missing()
	}
	set.Measure(&l.solo)
	return set
}

// missing is how many runs the chosen plans ask for that are neither here nor
// have failed.
func (l *loader) missing() int {
	n := len(l.asked)
	for _, r := range l.chosen {
		if l.asked[r.Key()] {
			n--
		}
	}
	for i := range l.failed {
		if l.asked[l.failed[i].Key()] {
			n--
		}
	}
	return n
}

// order is that of the runs of the plan of which all are, by key; nil when they
// are of several, or of one whose order is not known.
func (l *loader) order() map[string]int {
	var order map[string]int
	for _, p := range l.plans {
		if l.filter.Plan != "" && p.Name != l.filter.Plan {
			continue
		}
		if order != nil || p.Swept.IsZero() {
			return nil
		}
		order = make(map[string]int, len(p.Keys))
		for i, key := range p.Keys {
			order[key] = i
		}
	}
	return order
}

// soloRun is what a run and its baseline have in common.
type soloRun struct {
	curve         string // key of
	warmup, insts uint64
	until         string
}

func soloOf(id results.Identity, program int) soloRun {
	return soloRun{id.SoloKey(program), id.Setup.Warmup, id.Setup.Insts, id.Setup.Until}
}

// soloRuns answers for the solo runs of a store.
type soloRuns struct {
	baselines map[soloRun]*results.Record
	cycles    map[*results.Program]results.Number // that what was measured takes alone
}

var _ results.Solo = (*soloRuns)(nil)

func (s *soloRuns) Cycles(r *results.Record, program int) results.Number {
	if cycles, ok := s.cycles[&r.Programs[program]]; ok {
		return cycles
	}
	return results.Undefined
}

func (s *soloRuns) Baseline(id results.Identity, program int) *results.Record {
	return s.baselines[soloOf(id, program)]
}

// Finished are the keys of all runs that have finished, and of which nothing
// is lost.
func (s *Store) Finished() (map[string]bool, error) {
	keys := make(map[string]bool)
	err := s.view(func(tx *sql.Tx) error {
		good := make(map[need]bool)
		for _, t := range []*table{lists, copies, configurations, series} {
			err := goodRows(tx, t, func(r *row) {
				switch {
				case t == copies:
					good[need{lists, r.key}] = true
				case t != series || good[r.listOfSeries()]:
					good[need{t, r.key}] = true
				}
			})
			if err != nil {
				return err
			}
		}
		return goodRows(tx, runs, func(r *row) {
			needs, err := r.needs()
			keys[r.key] = err == nil && !slices.ContainsFunc(needs, func(n need) bool { return !good[n] })
		})
	})
	maps.DeleteFunc(keys, func(_ string, whole bool) bool { return !whole })
	return keys, err
}

// goodRows calls each with the rows of a table whose checksums are right.
func goodRows(tx *sql.Tx, t *table, each func(*row)) error {
	return query(tx, t.query(""), nil, func(from *sql.Rows) error {
		_, r, good, err := scanRow(from, t)
		if good {
			each(r)
		}
		return err
	})
}

// Has reports whether a run has finished, and nothing of it is lost.
func (s *Store) Has(key string) (has bool, err error) {
	err = s.view(func(tx *sql.Tx) error {
		run, err := get(tx, runs, key)
		if err != nil || run == nil {
			return err
		}
		needs, err := run.needs()
		if err != nil {
			return nil // it is not as a run should be
		}
		for _, n := range needs {
			found, err := n.get(tx)
			if err == nil && found != nil && n.table == series {
				n = found.listOfSeries()
				found, err = n.get(tx)
			}
			if err != nil || found == nil {
				return err
			}
		}
		has = true
		return nil
	})
	return has, err
}

// Record is the record of one run, not measured; nil when it has not finished
// or is damaged. It may be there although other things of the run are lost.
func (s *Store) Record(key string) (r *results.Record, err error) {
	err = s.view(func(tx *sql.Tx) error {
		found, err := get(tx, runs, key)
		if err != nil || found == nil {
			return err
		}
		list, err := found.listOfRun().get(tx)
		if err != nil || list == nil {
			return err
		}
		r, err = found.record(statNames(list))
		return err
	})
	return r, err
}

// Curve is the solo curve under Identity.SoloKey; nil when there is none or it
// is damaged.
func (s *Store) Curve(key string) (c *results.Curve, err error) {
	err = s.view(func(tx *sql.Tx) error {
		found, err := get(tx, curves, key)
		if err != nil || found == nil {
			return err
		}
		c, err = found.curve()
		return err
	})
	return c, err
}

// Intervals are those of a run; nil when it was not sampled.
func (s *Store) Intervals(key string) (list []results.Interval, err error) {
	err = s.view(func(tx *sql.Tx) error {
		found, err := get(tx, series, key)
		if err != nil || found == nil {
			return err
		}
		names, err := found.listOfSeries().get(tx)
		if err != nil || names == nil {
			return err
		}
		list, err = found.intervals(splitNames(names.values[0]))
		return err
	})
	return list, err
}

// Plans are all plans, in the order in which they were stored, last swept.
func (s *Store) Plans() (list []*Plan, err error) {
	l := &loader{}
	err = s.view(func(tx *sql.Tx) error {
		l.tx, l.file = tx, s.file
		return l.readPlans()
	})
	if err != nil {
		return nil, err
	}
	return l.plans, s.lost(l.damage)
}

// Models are the versions of the simulator's model that runs are of, in order.
func (s *Store) Models() (list []string, err error) {
	err = s.view(func(tx *sql.Tx) error {
		return query(tx, "SELECT DISTINCT h->>'$.setup.model' FROM (SELECT CAST(head AS TEXT) AS h FROM runs) WHERE json_valid(h)", nil, func(from *sql.Rows) error {
			var model sql.NullString
			err := from.Scan(&model)
			list = append(list, model.String)
			return err
		})
	})
	slices.SortFunc(list, results.Natural)
	return list, err
}

// Latest are up to so many records that were stored last, without their
// statistics; damaged ones are left out.
func (s *Store) Latest(most int) (list []*results.Record, err error) {
	err = s.view(func(tx *sql.Tx) error {
		rows, err := tx.Query("SELECT host, head FROM runs ORDER BY row DESC LIMIT ?", most)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var host, head []byte
			if err := rows.Scan(&host, &head); err != nil {
				return err
			}
			r := new(results.Record)
			if json.Unmarshal(head, r) == nil && json.Unmarshal(host, &r.Host) == nil {
				list = append(list, r)
			}
		}
		return rows.Err()
	})
	return list, err
}

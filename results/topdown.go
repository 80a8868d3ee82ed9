package results

import (
	"fmt"
	"strings"
)

// Every dispatch slot of a thread has one class (the simulator's
// slots.dispatch ledgers); the categories of top-down analysis are sums of
// them (Yasin, ISPASS 2014, with what threads do to each other beside it). They
// sum to width × cycles, so their shares sum to 1.

// Category is a second-level category of top-down analysis.
type Category struct {
	Group, Key string // first and second level
	Doc        string
	classes    []string
	suffix     string // … and those whose name ends so
}

// Categories in the order of tables.
var Categories = []Category{
	{Group: "retiring", Key: "retired", Doc: "instructions that committed", classes: []string{"retired"}},
	{Group: "bad_speculation", Key: "wrong_path", Doc: "instructions of a mispredicted path", classes: []string{"wrongpath"}},
	{Group: "bad_speculation", Key: "recovery", Doc: "refill after a misprediction", classes: []string{"mispredict"}},
	{Group: "bad_speculation", Key: "replay", Doc: "instructions that were squashed to be fetched again, and the refill", classes: []string{"replayed", "replay"}},
	{Group: "frontend_latency", Key: "icache", Doc: "instruction cache misses", classes: []string{"icache"}},
	{Group: "frontend_latency", Key: "itlb", Doc: "instruction TLB misses", classes: []string{"itlb"}},
	{Group: "frontend_latency", Key: "misfetch", Doc: "refill after a transfer whose target came late, from decode or the second level of the BTB", classes: []string{"misfetch"}},
	{Group: "frontend_latency", Key: "serialise", Doc: "serialising instructions", classes: []string{"serialise"}},
	{Group: "frontend_bandwidth", Key: "fetch", Doc: "fewer instructions fetched than could be dispatched", classes: []string{"fetch"}},
	{Group: "backend_memory", Key: "l1", Doc: "loads in the first level", classes: []string{"l1"}},
	{Group: "backend_memory", Key: "l2", Doc: "loads that missed the first level", classes: []string{"l2"}},
	{Group: "backend_memory", Key: "l3", Doc: "loads that missed the second level", classes: []string{"l3", "l4"}},
	{Group: "backend_memory", Key: "memory", Doc: "loads that missed the last level", classes: []string{"memory"}},
	{Group: "backend_memory", Key: "dtlb", Doc: "translation of data addresses", classes: []string{"dtlb"}},
	{Group: "backend_memory", Key: "store", Doc: "loads that wait for stores, and stores that have nowhere to go", classes: []string{"store", "sq"}},
	{Group: "backend_core", Key: "short", Doc: "operations of a few cycles", classes: []string{"short_int", "short_fp"}},
	{Group: "backend_core", Key: "long", Doc: "divisions and square roots", classes: []string{"long_int", "long_fp"}},
	{Group: "backend_core", Key: "units", Doc: "execution units that are busy", classes: []string{"unit_busy"}},
	{Group: "other_threads", Key: "used", Doc: "slots that other threads used, and fetch slots", classes: []string{"other_thread", "fetch_other"}},
	{Group: "other_threads", Key: "occupied", Doc: "structures that other threads' instructions fill", suffix: "_other"},
	{Group: "other_threads", Key: "scheduler", Doc: "the thread scheduler did not let the thread go on, or was switching", classes: []string{"gated", "switch"}},
	{Group: "no_work", Key: "no_work", Doc: "no thread, or one that waits in the guest operating system", classes: []string{"blocked", "idle"}},
	{Group: "in_flight", Key: "in_flight", Doc: "instructions in flight at the end", classes: []string{"inflight"}},
	// Whatever else a thread can lack is a structure that its own instructions fill.
	{Group: "backend_core", Key: "structures", Doc: "structures that the thread's own instructions fill"},
}

// category is the number of the one that a class of slots belongs to.
func category(class string) int {
	suffixed := -1
	for i := range Categories {
		c := &Categories[i]
		for _, name := range c.classes {
			if name == class {
				return i
			}
		}
		if c.suffix != "" && strings.HasSuffix(class, c.suffix) {
			suffixed = i
		}
	}
	if suffixed >= 0 {
		return suffixed
	}
	return len(Categories) - 1
}

// TopDown is the share of each category of a thread's dispatch slots, or with
// thread < 0 of the machine's, in the order of Categories; nil when the record
// does not have them.
func TopDown(r *Record, thread int) []Number {
	ledger := "slots.dispatch.cause."
	if thread >= 0 {
		ledger = fmt.Sprintf("thread%d.slots.dispatch.", thread)
	}
	slots, total := make([]uint64, len(Categories)), uint64(0)
	for name, n := range r.Stats.All() {
		if class, ok := strings.CutPrefix(name, ledger); ok {
			slots[category(class)] += n
			total += n
		}
	}
	if total == 0 {
		return nil
	}
	shares := make([]Number, len(slots))
	for i, n := range slots {
		shares[i] = Ratio(n, total)
	}
	return shares
}

// TopDownNote says how the columns of the table belong together.
const TopDownNote = "Each column is 100 % for itself: \"all\" has every slot of the machine once, a thread's or program's column all slots as it sees them, with those that others used."

// TopDownTable has a row for each group and category that any thread has, and
// a column for each thread, or each of several programs in turn, in percent, and what the row means.
func TopDownTable(r *Record) (header []string, rows [][]string) {
	header = []string{"dispatch slots, %", "all"}
	columns := [][]Number{TopDown(r, -1)}
	if columns[0] == nil {
		return nil, nil
	}
	of := "thread"
	if r.BackToBack() {
		of = "program"
	}
	for _, s := range r.Slots() {
		shares := TopDown(r, s.Thread)
		if s.Instructions == 0 || shares == nil {
			continue
		}
		header = append(header, fmt.Sprintf("%s %d", of, s.Thread))
		columns = append(columns, shares)
	}
	header = append(header, "meaning")
	row := func(label, doc string, of func(i int) bool) {
		cells, some := []string{label}, false
		for _, shares := range columns {
			sum := Number(0)
			for i := range Categories {
				if of(i) {
					sum += shares[i]
				}
			}
			some = some || sum > 0
			cells = append(cells, (100 * sum).Text(1))
		}
		if some {
			rows = append(rows, append(cells, doc))
		}
	}
	for _, group := range groups() {
		doc := ""
		if parts(group) == 1 {
			doc = docOf(group)
		}
		row(strings.ReplaceAll(group, "_", " "), doc, func(i int) bool { return Categories[i].Group == group })
		if parts(group) == 1 {
			continue
		}
		for k := range Categories {
			if Categories[k].Group == group {
				row("  "+strings.ReplaceAll(Categories[k].Key, "_", " "), Categories[k].Doc, func(i int) bool { return i == k })
			}
		}
	}
	return header, rows
}

// groups are the first-level categories in their order.
func groups() (names []string) {
	seen := map[string]bool{}
	for i := range Categories {
		if g := Categories[i].Group; !seen[g] {
			seen[g] = true
			names = append(names, g)
		}
	}
	return names
}

// docOf is the meaning of the first category of a group.
func docOf(group string) string {
	for i := range Categories {
		if Categories[i].Group == group {
			return Categories[i].Doc
		}
	}
	return ""
}

func parts(group string) (n int) {
	for i := range Categories {
		if Categories[i].Group == group {
			n++
		}
	}
	return n
}

// topDownJSON is a thread's top-down analysis by name: a group has its sum,
// group.category the part.
func topDownJSON(shares []Number) map[string]Number {
	if shares == nil {
		return nil
	}
	out := map[string]Number{}
	for i := range Categories {
		c := &Categories[i]
		out[c.Group] += shares[i]
		if c.Key != c.Group {
			out[c.Group+"."+c.Key] = shares[i]
		}
	}
	return out
}

// MLP is the memory-level parallelism of a thread, or with thread < 0 of all:
// demand reads of memory under way on average in the cycles that have one
// (Chou, Fahs and Abraham, ISCA 2004).
func MLP(r *Record, thread int) Number {
	of := "memory."
	if thread >= 0 {
		of = fmt.Sprintf("thread%d.memory.", thread)
	}
	return Ratio(r.Stats.Of(of+"outstanding"), r.Stats.Of(of+"miss_cycles"))
}

// Account splits the cycles of a thread as Eyerman and Eeckhout do (ASPLOS
// 2009), by its dispatch slots: what it would have spent alone without misses,
// on its own misses and mispredictions, and on account of other threads. Slots
// lost to others while its oldest instruction waited for memory are its own
// (the statistic dispatch_masked): alone it would soon have had no room either.
// That others evict its lines is counted among its own misses: there are no
// auxiliary tags.
type Account struct {
	Base    Number `json:"base"`    // cycles
	Miss    Number `json:"miss"`    // cycles
	Waiting Number `json:"waiting"` // cycles
}

// Alone estimates the cycles that the thread would take alone.
func (a *Account) Alone() Number { return a.Base + a.Miss }

// missParts and waitingGroups tell the three apart.
var missParts = map[string]bool{
	"wrong_path": true, "recovery": true, "icache": true, "itlb": true, "misfetch": true,
	"l2": true, "l3": true, "memory": true, "dtlb": true,
}

// NewAccount splits so many cycles of a thread by the shares of its slots, of
// which the given share is masked; nil without them.
func NewAccount(shares []Number, masked Number, cycles uint64) *Account {
	if shares == nil {
		return nil
	}
	own := Number(float64(masked) * float64(cycles))
	a := &Account{Miss: own, Waiting: -own}
	for i, share := range shares {
		n := Number(float64(share) * float64(cycles))
		switch c := &Categories[i]; {
		case c.Group == "other_threads" || c.Key == "replay":
			a.Waiting += n
		case missParts[c.Key]:
			a.Miss += n
		default:
			a.Base += n
		}
	}
	return a
}

package scheduler

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
)

// Catalog lists the thread schedulers, in the order in which a comparison
// shows them: from the least to the most sharing of a cycle.
var Catalog = Table{Family: "scheduler", Rows: []Row{
	{
		Name: "single",
		Doc:  "one context, the superscalar baseline",
		New:  newSingle,
	},
	{
		Name: "coarse",
		Doc:  "one thread until it has a long miss, then the next that is ready (Weber and Gupta, ISCA 1989; APRIL, ISCA 1990)",
		Params: []Param{
			{
				Name: "on", Doc: "misses of the foreground thread that switch, once detected: of the first level, the second, the last, or a page walk",
				Kind: ListParam, Default: "llc+tlb", Choices: []string{"l1", "l2", "llc", "tlb"},
			},
			{
				Name: "action", Doc: "what becomes of its instructions younger than the missing load: squash refetches them later, drain lets them go on",
				Kind: ChoiceParam, Default: "squash", Choices: []string{"squash", "drain"},
			},
			{
				Name: "penalty", Doc: "cycles from the decision to the first fetch of the new foreground thread (APRIL: about 10)",
				Kind: IntParam, Default: "10", Min: 0, Max: 100000,
			},
			{
				Name: "timer", Doc: "cycles after which a foreground thread that never misses gives way; 0: never, and others may starve",
				Kind: IntParam, Default: "500", Min: 0, Max: 1 << 40,
			},
		},
		New: newCoarse,
	},
	{
		Name: "barrel",
		Doc:  "a cycle belongs to one thread, by rotation (CDC 6600 PPs; HEP; Niagara, IEEE Micro 2005)",
		Params: []Param{
			{
				Name: "rotate", Doc: "strict: over all contexts, a cycle not used is lost; skip: over the threads that could use it",
				Kind: ChoiceParam, Default: "skip", Choices: []string{"strict", "skip"},
			},
			{
				Name: "inflight", Doc: "instructions that a thread may have in the pipeline (HEP: 1), and then its turn is a turn to fetch; 0: no bound, and its turn is one to fetch, rename and issue",
				Kind: IntParam, Default: "0", Min: 0, Max: 1 << 16,
			},
		},
		New: newBarrel,
	},
	{
		Name:   "rr",
		Doc:    "simultaneous, fetch in rotation (Tullsen et al., ISCA 1996); rr.2.8 is rr:threads=2,width=8",
		Params: fetchParams,
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newRoundRobin,
	},
	{
		Name:   "icount",
		Doc:    "simultaneous, fetch for the threads with the fewest instructions in the front end and queues (Tullsen et al., ISCA 1996); icount.2.8 is icount:threads=2,width=8",
		Params: fetchParams,
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newICount,
	},
}}

// Parse resolves a scheduler's specification, such as "icount.2.8" or
// "coarse:on=llc,penalty=3".
func Parse(spec string) (Row, Args, error) { return Catalog.Parse(spec) }

// fetchParams partition the fetch bandwidth of a simultaneous policy: the n.m
// of ISCA 1996, where 2.8 was the best scheme.
var fetchParams = []Param{
	{Name: "threads", Doc: "threads that fetch in a cycle", Kind: IntParam, Default: "2", Min: 1, Max: isa.MaxContexts},
	{Name: "width", Doc: "instructions that each of them fetches at most; the machine's fetch width bounds the sum", Kind: IntParam, Default: "8", Min: 1, Max: 1024},
}

// shortFetch understands ".n.m".
func shortFetch(suffix string) (string, bool) {
	part := strings.Split(suffix, ".")
	if len(part) != 3 || part[0] != "" {
		return "", false
	}
	for _, p := range part[1:] {
		if _, err := strconv.ParseUint(p, 10, 31); err != nil {
			return "", false
		}
	}
	return "threads=" + part[1] + ",width=" + part[2], true
}

// Validate reports what no policy can be built for.
func (e Env) Validate() error {
	if e.Contexts < 1 || e.Contexts > isa.MaxContexts {
		return fmt.Errorf("scheduler: %d contexts is outside 1 … %d", e.Contexts, isa.MaxContexts)
	}
	if e.FetchWidth < 1 {
		return fmt.Errorf("scheduler: fetch width %d is below 1", e.FetchWidth)
	}
	return nil
}

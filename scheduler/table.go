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
				Name: "on", Doc: "misses of the foreground thread that switch, once detected: of the first level, the second, the last, or a page walk; long: a division or square root, once it has issued",
				Kind: ListParam, Default: "llc+tlb", Choices: []string{"l1", "l2", "llc", "tlb", "long"},
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
			{
				Name: "quantum", Doc: "instructions that a foreground thread commits before it gives way to a ready one, so that threads that seldom miss leave the others their part; 0: any number",
				Kind: IntParam, Default: "0", Min: 0, Max: 1 << 40,
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
		Params: smtParams(),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newRoundRobin,
	},
	Ranked("icount", "simultaneous, fetch for the threads with the fewest instructions in the front end and queues (Tullsen et al., ISCA 1996); icount.2.8 is icount:threads=2,width=8", (*Thread).preIssue),
	Ranked("brcount", "simultaneous, fetch for the threads with the fewest control transfers that have not issued (Tullsen et al., ISCA 1996)", branches),
	Ranked("misscount", "simultaneous, fetch for the threads with the fewest loads that miss the L1D (Tullsen et al., ISCA 1996)", l1Misses),
	{
		Name:   "iqposn",
		Doc:    "simultaneous, fetch last for the threads whose oldest instruction has been in a queue longest (Tullsen et al., ISCA 1996)",
		Params: smtParams(),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newIQPosn,
	},
	{
		Name:   "stall",
		Doc:    "icount, and a thread with a long load does not fetch (Tullsen and Brown, MICRO 2001)",
		Params: smtParams(triggerParam),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newStall,
	},
	{
		Name:   "flush",
		Doc:    "icount, and a thread with a long load is squashed past it and does not fetch (Tullsen and Brown, MICRO 2001)",
		Params: smtParams(triggerParam),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newFlush,
	},
	{
		Name:   "pdg",
		Doc:    "icount, and a thread with too many loads that miss, or are predicted to, the L1D does not fetch (El-Moursy and Albonesi, HPCA 2003)",
		Params: smtParams(pdgParams...),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newPDG,
	},
	{
		Name:   "dcra",
		Doc:    "icount, and a thread that waits for memory does not fetch while it holds its share, or more, of the queue or the registers (Cazorla et al., MICRO 2004)",
		Params: smtParams(),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newDCRA,
	},
	{
		Name:   "hillclimbing",
		Doc:    "icount, and parts of the registers, the reorder buffer and the queues that climb towards the best performance (Choi and Yeung, ISCA 2006)",
		Params: smtParams(climbParams...),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newHillClimbing,
	},
	{
		Name:   "mlpflush",
		Doc:    "icount, and a thread with a long load fetches as far as further ones are predicted to follow, is squashed past that and stops (Eyerman and Eeckhout, HPCA 2007)",
		Params: smtParams(triggerParam, windowParam),
		Short:  shortFetch, ShortForm: ".threads.width",
		New: newMLPFlush,
	},
	{
		Name: "priority",
		Doc:  "simultaneous, by a fixed priority: strictly, context 0 first (Tullsen et al., ISCA 1995), or in shares by software priorities (POWER5, IBM JRD 2005)",
		Params: append(fetchParams(), issueParam, Param{
			Name: "levels", Doc: "strict: context 0 fetches and issues first, then 1 …, and others may starve; or a priority for each context, the last one for all further, those beyond the contexts for none: of N threads with 2 … 6 one that is d below the highest decodes in one cycle of N x 2^d (of two, 1 in 2^(d+1)), the highest in the rest; one with 1 in what others leave; 7 makes the others 1; 0 stops it while another runs",
			Kind: IntsParam, Default: "strict", Choices: []string{"strict"}, Min: 0, Max: 7,
		}),
		Short: shortFetch, ShortForm: ".threads.width",
		New: newPriority,
	},
}}

// Parse resolves a scheduler's specification, such as "icount.2.8" or
// "coarse:on=llc,penalty=3".
func Parse(spec string) (Row, Args, error) { return Catalog.Parse(spec) }

// fetchParams partition the fetch bandwidth of a simultaneous policy: the n.m
// of ISCA 1996, where 2.8 was the best scheme.
func fetchParams() []Param {
	return []Param{
		{Name: "threads", Doc: "threads that fetch in a cycle", Kind: IntParam, Default: "2", Min: 1, Max: isa.MaxContexts},
		{Name: "width", Doc: "instructions that each of them fetches at most; the machine's fetch width bounds the sum", Kind: IntParam, Default: "8", Min: 1, Max: 1024},
	}
}

// issueParam is the issue model of a simultaneous policy.
var issueParam = Param{
	Name: "issue", Doc: "how threads compete for the issue slots (Tullsen et al., ISCA 1995): full: all for all; single, dual, four: at most 1, 2, 4 instructions of a thread a cycle; limited: each context is wired to one unit of each class, context c to number c mod count",
	Kind: ChoiceParam, Default: "full", Choices: []string{"full", "single", "dual", "four", "limited"},
}

// orderParam is the order in which ready instructions issue.
var orderParam = Param{
	Name: "order", Doc: "which ready instructions issue first: age: the oldest of all threads; priority: those of context 0, then of 1 …, and the last ones may starve (ISCA 1995)",
	Kind: ChoiceParam, Default: "age", Choices: []string{"age", "priority"},
}

// pdgParams are those of data gating.
var pdgParams = []Param{
	{Name: "misses", Doc: "misses that a thread may have and still fetch", Kind: IntParam, Default: "0", Min: 0, Max: 1024},
	{Name: "predict", Doc: "yes: misses are predicted when a load is fetched (PDG); no: they are counted when detected (DG)", Kind: ChoiceParam, Default: "yes", Choices: []string{"yes", "no"}},
	{Name: "bits", Doc: "of the index into the table of 2^bits two-bit counters, by load PC, that predicts", Kind: IntParam, Default: "11", Min: 1, Max: 24},
}

// climbParams are those of hill climbing.
var climbParams = []Param{
	{Name: "epoch", Doc: "cycles of an epoch; the default is from memory of the paper, unverified", Kind: IntParam, Default: "64K", Min: 1, Max: 1 << 40},
	{Name: "delta", Doc: "rename registers that a thread gets in its epoch from each of the others; the default is from memory of the paper, unverified", Kind: IntParam, Default: "4", Min: 1, Max: 1024},
	{Name: "metric", Doc: "performance of an epoch: the sum of IPCs, of IPCs relative to running alone (weighted), or the harmonic mean of those; the latter two let each thread run an epoch alone at the beginning and one of them after every 40 epochs", Kind: ChoiceParam, Default: "weighted", Choices: []string{"ipc", "weighted", "harmonic"}},
}

// windowParam is the length of mlpflush's shift register.
var windowParam = Param{
	Name: "window", Doc: "committed instructions in which long loads that follow one another are seen together; 0: the reorder buffer's entries by contexts",
	Kind: IntParam, Default: "0", Min: 0, Max: 1 << 15,
}

// smtParams are the parameters of every policy that ranks threads, and further
// ones of its own.
func smtParams(further ...Param) []Param {
	return append(append(fetchParams(), issueParam, orderParam), further...)
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

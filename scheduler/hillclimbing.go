package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// hillClimbing is the learning-based distribution of Choi and Yeung (ISCA
// 2006): on ICOUNT, each thread has a part of the rename registers, and of the
// reorder buffer and the issue queues in proportion, and the parts climb the hill
// of performance. Time goes in epochs. In a round of as many epochs as there are
// threads each thread in turn has more registers than its part, delta from each
// of the others; then the best of these distributions becomes the one
// that the next round starts from.
//
// Performance is the sum of the threads' IPCs, of their IPCs relative to running
// alone (weighted IPC), or the harmonic mean of those. For the relative ones each
// thread runs an epoch alone at the beginning, and one of them in turn again
// after every sampleEpochs.
//
// That performance itself is what is climbed, by its gradient and while the
// programs run, is from the abstract of the authors' journal article
// ("Hill-Climbing SMT Processor Resource Distribution", TACO). The rest is from
// memory, unverified: the rounds, epochs of 64 K cycles, a delta of 4 from each
// other thread (with two threads it is the same as from all together), and which
// structures have parts. Ours are the least part of a thread, an eighth of an
// equal one, which all may not pass; parts of the floating-point registers and
// of queues of their own in the same proportion as those of the integer
// registers; and what follows.
//
// The parts are limits besides the machine's own: on a machine that splits a
// structure there is nothing to distribute of it. An epoch in which a thread
// began or ceased to run teaches nothing, and while not all threads run that the
// parts are for, there are no limits. After an epoch in which another set of
// threads ran from end to end the parts are equal ones of those.
type hillClimbing struct {
	smt
	sizes  [NumStructures]int
	length isa.Cycle
	delta  int
	metric string

	part  [isa.MaxContexts]int // registers of each thread, where the round started from
	among isa.ContextSet       // the threads that have parts
	caps  Caps

	// The present epoch.
	started   bool
	end       isa.Cycle
	running   isa.ContextSet // who ran at its beginning
	disturbed bool           // and not all the time, or another did, too
	kind      epochKind
	thread    isa.Context // that runs alone, or has more
	before    [isa.MaxContexts]uint64

	// The round.
	best      float64
	bestFor   isa.Context
	tried     isa.ContextSet
	alone     [isa.MaxContexts]uint64 // instructions of an epoch alone
	sampled   isa.ContextSet          // whose are known
	next      isa.Context             // whose turn it is to be sampled again
	untilSolo int                     // epochs
}

// epochKind is what an epoch is for.
type epochKind uint8

const (
	observe epochKind = iota // who runs
	solo
	trial
)

// sampleEpochs is how many epochs pass between two in which a thread runs
// alone; chosen.
const sampleEpochs = 40

// climbed are the structures that have parts; the registers are the measure.
var climbed = []Structure{IntRegisters, FPRegisters, ROB, IssueQueue, MemQueue, FPQueue}

var _ Policy = (*hillClimbing)(nil)

func newHillClimbing(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err == nil {
		err = e.sized(IntRegisters, FPRegisters, ROB, IssueQueue)
	}
	if err != nil {
		return nil, Traits{}, err
	}
	h := &hillClimbing{smt: s, sizes: e.Sizes, length: isa.Cycle(a.Int("epoch")), delta: a.Int("delta"), metric: a.Choice("metric")}
	if h.metric == "ipc" {
		return h, Traits{}, nil
	}
	return h, Traits{Turn: h.length}, nil // an epoch alone
}

func (h *hillClimbing) Plan(p *Plan, v *View) {
	running := v.Runnable()
	switch {
	case !h.started:
		h.started = true
		h.begin(v, running)
	case v.Now >= h.end:
		if h.disturbed = h.disturbed || running != h.running; !h.disturbed {
			h.learn(v)
		}
		h.begin(v, running)
	}
	h.disturbed = h.disturbed || running != h.running

	var gated isa.ContextSet
	if !h.disturbed {
		switch h.kind {
		case solo:
			gated = running.Without(h.thread)
		case trial:
			p.Caps = &h.caps
		}
	}
	h.order(p, v, gated, (*Thread).preIssue)
	p.Until = min(p.Until, h.end)
}

// begin starts an epoch.
func (h *hillClimbing) begin(v *View, running isa.ContextSet) {
	h.end, h.running, h.disturbed = v.Now+h.length, running, false
	for i := range v.Threads {
		h.before[i] = v.Threads[i].Committed
	}
	switch {
	case running != h.among || size(running) < 2:
		h.kind = observe
	case h.metric != "ipc" && h.sampled != h.among:
		h.kind, h.thread = solo, first(h.among&^h.sampled)
	case h.metric != "ipc" && h.untilSolo == 0:
		h.kind, h.thread = solo, h.next
	default:
		h.kind, h.thread = trial, first(h.among&^h.tried)
		h.untilSolo--
		h.limit(h.tilted(h.thread))
	}
}

// learn draws the conclusions of an epoch that nothing disturbed.
func (h *hillClimbing) learn(v *View) {
	switch h.kind {
	case observe:
		if h.running != h.among {
			h.distribute(h.running)
		}
	case solo:
		h.alone[h.thread] = v.Threads[h.thread].Committed - h.before[h.thread]
		h.sampled = h.sampled.With(h.thread)
		h.next, h.untilSolo = h.after(h.thread), sampleEpochs
	case trial:
		score := h.score(v)
		if better := score > h.best || score == h.best && lot(h.thread, draw(v.Now)) > lot(h.bestFor, draw(v.Now)); h.tried == 0 || better {
			h.best, h.bestFor = score, h.thread
		}
		if h.tried = h.tried.With(h.thread); h.tried == h.among {
			h.part, h.tried = h.tilted(h.bestFor), 0
		}
	}
}

// distribute gives equal parts to a set of threads.
func (h *hillClimbing) distribute(among isa.ContextSet) {
	h.among, h.tried, h.sampled, h.untilSolo = among, 0, 0, sampleEpochs
	h.part = [isa.MaxContexts]int{}
	for rest := among; rest != 0; rest &= rest - 1 {
		h.part[first(rest)] = h.sizes[IntRegisters] / size(among)
	}
}

// after is the next thread that has a part, in rotation.
func (h *hillClimbing) after(t isa.Context) isa.Context {
	if later := h.among &^ isa.FirstContexts(int(t)+1); later != 0 {
		return first(later)
	}
	return first(h.among)
}

// tilted are the parts when one thread has delta registers more of each other
// one, or as many as that can give.
func (h *hillClimbing) tilted(to isa.Context) [isa.MaxContexts]int {
	part := h.part
	least := max(h.sizes[IntRegisters]/(8*size(h.among)), 1)
	for rest := h.among.Without(to); rest != 0; rest &= rest - 1 {
		c := first(rest)
		give := max(min(h.delta, part[c]-least), 0)
		part[c] -= give
		part[to] += give
	}
	return part
}

// limit makes the parts limits of every structure.
func (h *hillClimbing) limit(part [isa.MaxContexts]int) {
	for _, s := range climbed {
		for rest := h.among; rest != 0; rest &= rest - 1 {
			c := first(rest)
			h.caps[s][c] = max(h.sizes[s]*part[c]/h.sizes[IntRegisters], 1)
		}
	}
}

// score is the performance of the epoch that ends.
func (h *hillClimbing) score(v *View) float64 {
	sum := 0.0
	for rest := h.among; rest != 0; rest &= rest - 1 {
		c := first(rest)
		done, alone := float64(v.Threads[c].Committed-h.before[c]), float64(max(h.alone[c], 1))
		switch h.metric {
		case "weighted":
			sum += done / alone
		case "harmonic":
			sum -= alone / max(done, 1) // the larger, the larger is the harmonic mean
		default:
			sum += done
		}
	}
	return sum
}

package scheduler

// ranked is a simultaneous policy that is nothing but a rank: those of ISCA
// 1996, and any that a reader thinks of (Ranked).
type ranked struct {
	smt
	rank func(*Thread) int
}

var _ Policy = (*ranked)(nil)

func (r *ranked) Plan(p *Plan, v *View) { r.order(p, v, 0, r.rank) }

// Ranked is the row of a simultaneous fetch policy that prefers the threads of
// the least rank; among equals, those that fetched longest ago. It has the
// parameters of icount and can be written in short, name.2.8. A rank must follow
// from the thread alone.
func Ranked(name, doc string, rank func(*Thread) int) Row {
	return Row{
		Name: name, Doc: doc, Params: smtParams(), Short: shortFetch, ShortForm: ".threads.width",
		New: func(e Env, a Args) (Policy, Traits, error) {
			s, err := newRanked(e, a)
			if err != nil {
				return nil, Traits{}, err
			}
			return &ranked{s, rank}, Traits{}, nil
		},
	}
}

// preIssue counts the instructions that have been fetched and not issued, as
// ICOUNT does. It feeds the threads that move, keeps any one from filling the
// queues, and so gives them the best mix of threads to issue from.
func (t *Thread) preIssue() int { return t.FrontEnd + t.Queued }

// branches counts the control transfers in decode, rename and the queues, as
// BRCOUNT does: threads with few are least likely to be on a wrong path.
func branches(t *Thread) int { return t.Branches }

// l1Misses counts the outstanding misses of the L1D, as MISSCOUNT does, since
// what depends on a miss fills the queues. It counts loads, from the end of the
// L1D's lookup on, and not the lines that they wait for: hardware keeps the
// former with its loads.
func l1Misses(t *Thread) int { return t.Misses[L1].Count }

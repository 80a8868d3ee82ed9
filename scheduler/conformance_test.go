package scheduler_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"pgregory.net/rapid"
)

// What holds of every policy, for every row of the catalog: a new row is
// tested by being there. Variants are further spellings worth a run.

var variants = []string{
	"coarse:on=l1+l2+llc+tlb,action=drain,penalty=0,timer=50",
	"coarse:on=l2,penalty=3,timer=7",
	"coarse:on=tlb,timer=0",
	"coarse:on=long+l1,quantum=20,timer=0",
	"barrel:rotate=strict",
	"barrel:inflight=1",
	"barrel:rotate=strict,inflight=1",
	"rr.1.8",
	"icount.1.8",
	"icount.8.1",
	"brcount:issue=single,order=priority",
	"icount:issue=limited",
	"priority:levels=6+2+4",
	"priority:levels=1+7+0",
	"priority:levels=4",
	"stall:trigger=cycles:15",
	"flush:trigger=llc",
	"flush:trigger=cycles:7",
	"pdg:predict=no,misses=1",
	"pdg:misses=2,bits=3",
	"mlpflush:trigger=cycles:4,window=16",
	"hillclimbing:epoch=3,metric=ipc",
	"hillclimbing:epoch=2",
	"hillclimbing:epoch=4,metric=harmonic,delta=2",
}

func specs() []string { return append(scheduler.Catalog.Names(), variants...) }

// environment is a core of n contexts.
func environment(n int) scheduler.Env {
	e := scheduler.Env{Contexts: n, FetchWidth: 8, Seed: 1}
	for s := range e.Sizes {
		e.Sizes[s] = 24
	}
	return e
}

// build makes the policy for n contexts, or as many as it wants.
func build(t rapid.TB, spec string, n int) (policy scheduler.Policy, contexts int) {
	t.Helper()
	row, args, err := scheduler.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	p, traits, err := row.New(environment(n), args)
	if err != nil {
		t.Fatal(err)
	}
	if traits.Contexts > 0 {
		n = traits.Contexts
	}
	return p, n
}

// bound is the discipline's bound of instructions in flight.
func bound(spec string) int {
	row, args, err := scheduler.Parse(spec)
	if err != nil {
		return 0
	}
	_, traits, err := row.New(environment(1), args)
	if err != nil {
		return 0
	}
	return traits.InFlight
}

// rotating are the specifications without those that let a thread keep the
// core for good as long as it does not miss, or have favourites.
func rotating() []string {
	return slices.DeleteFunc(specs(), func(spec string) bool {
		_, args, err := scheduler.Parse(spec)
		return err == nil && (args.Name == "coarse" && args.Int("timer") == 0 || args.Name == "priority" && spec != "priority:levels=4")
	})
}

func plan(p scheduler.Policy, v *scheduler.View) *scheduler.Plan {
	var out scheduler.Plan
	out.Reset()
	p.Plan(&out, v)
	return &out
}

func forEach(t *testing.T, specs []string, check func(t *rapid.T, spec string)) {
	for _, spec := range specs {
		t.Run(spec, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { check(t, spec) })
		})
	}
}

// drawThread is any thread that hardware could show. Loads that missed a
// level are among those that missed the nearer ones; a thread with as many
// instructions in flight as the discipline bounds (0: no bound) cannot fetch.
func drawThread(t *rapid.T, now isa.Cycle, bound int) scheduler.Thread {
	state := rapid.SampledFrom([]scheduler.State{scheduler.Running, scheduler.Running, scheduler.Running, scheduler.Absent, scheduler.Waiting, scheduler.Idle}).Draw(t, "state")
	if state == scheduler.Absent || state == scheduler.Idle {
		return scheduler.Thread{State: state, OldestQueued: isa.Never} // nothing of it is in the pipeline
	}
	th := scheduler.Thread{
		State:        state,
		Stall:        rapid.SampledFrom([]scheduler.Stall{scheduler.NotStalled, scheduler.NotStalled, scheduler.NotStalled, scheduler.ICacheMiss, scheduler.ITLBMiss, scheduler.Redirect, scheduler.Serialise, scheduler.PathEnd, scheduler.BufferFull}).Draw(t, "stall"),
		FrontEnd:     rapid.IntRange(0, 12).Draw(t, "front end"),
		Queued:       rapid.IntRange(0, 12).Draw(t, "queued"),
		Branches:     rapid.IntRange(0, 4).Draw(t, "branches"),
		OldestQueued: isa.Never,
		Committed:    rapid.Uint64Range(0, 1000).Draw(t, "committed"),
	}
	held := rapid.IntRange(0, 24).Draw(t, "occupancy")
	for s := range th.Occupancy {
		th.Occupancy[s] = held * (s % 3) / 2
	}
	th.InFlight = th.FrontEnd + th.Queued + rapid.IntRange(0, 8).Draw(t, "issued")
	if th.Stall == scheduler.NotStalled && bound > 0 && th.InFlight >= bound {
		th.Stall = scheduler.BufferFull
	}
	if th.Stall == scheduler.ICacheMiss || th.Stall == scheduler.ITLBMiss {
		th.FetchMiss = rapid.SampledFrom([]scheduler.Level{scheduler.NoLevel, scheduler.L1, scheduler.L2, scheduler.LLC, scheduler.TLB}).Draw(t, "fetch miss")
	}
	count, load := rapid.IntRange(0, 3).Draw(t, "misses"), now-min(now, isa.Cycle(rapid.IntRange(1, 300).Draw(t, "load age")))
	for level := scheduler.L1; level < scheduler.NumLevels; level++ {
		if level == scheduler.TLB || level == scheduler.Long {
			count = rapid.IntRange(0, 1).Draw(t, "walks, divisions")
		}
		th.Misses[level] = scheduler.Misses{Count: count, Oldest: isa.Never, Load: isa.Never}
		if count > 0 {
			th.Misses[level] = scheduler.Misses{
				Count: count, Oldest: now, Load: load,
				PC: isa.Addr(rapid.IntRange(0, 7).Draw(t, "pc") * 4), After: rapid.IntRange(0, 40).Draw(t, "after"),
			}
			count = rapid.IntRange(0, count).Draw(t, "further")
			load += isa.Cycle(rapid.IntRange(0, 3).Draw(t, "later load"))
		}
	}
	return th
}

// history is a sequence of views, one a cycle: mostly the same as before.
func history(t *rapid.T, contexts, bound int) []scheduler.View {
	now := isa.Cycle(rapid.IntRange(0, 1<<20).Draw(t, "start"))
	threads := make([]scheduler.Thread, contexts)
	for i := range threads {
		threads[i] = drawThread(t, now, bound)
	}
	views := make([]scheduler.View, rapid.IntRange(1, 60).Draw(t, "cycles"))
	for k := range views {
		views[k] = scheduler.View{Now: now + isa.Cycle(k), Threads: slices.Clone(threads)}
		if rapid.IntRange(0, 3).Draw(t, "event") == 0 {
			i := rapid.IntRange(0, contexts-1).Draw(t, "thread")
			renamed := threads[i].LastRename
			threads[i] = drawThread(t, views[k].Now, bound)
			if threads[i].LastRename = renamed; rapid.Bool().Draw(t, "renamed") {
				threads[i].LastRename = views[k].Now
			}
		}
	}
	return views
}

// decision is what a plan decides in one cycle: the threads that can fetch,
// in order, and what goes with it. The place of a thread that cannot fetch
// decides nothing.
type decision struct {
	Fetch         []isa.Context
	Threads       int
	Width         int
	Rename, Issue isa.ContextSet
	Select        scheduler.Select
	Gated         isa.ContextSet
	Squash        []scheduler.Squash
	Caps          *scheduler.Caps
	Owner         int
	Switching     bool
}

// decide reads a plan in a cycle of the view.
func decide(p *scheduler.Plan, v *scheduler.View) decision {
	d := decision{Owner: p.Owner, Switching: p.Switching, Rename: p.Rename, Issue: p.Issue, Select: p.Select, Gated: p.Gated, Squash: p.Squash, Caps: p.Caps}
	for _, c := range p.Fetch {
		if v.Threads[c].Stall == scheduler.NotStalled {
			d.Fetch = append(d.Fetch, c)
		}
	}
	if len(d.Fetch) > 0 {
		d.Threads, d.Width = p.FetchThreads, p.FetchWidth
	}
	return d
}

// after is what is left of a decision in a cycle in which the plan kept from
// an earlier one stands: squashes that were carried out then.
func (d decision) after(kept *scheduler.Plan) decision {
	d.Squash = slices.DeleteFunc(slices.Clone(d.Squash), func(s scheduler.Squash) bool { return slices.Contains(kept.Squash, s) })
	return d
}

// Plans are well-formed, and name only threads that run.
func TestPlansAreWellFormed(t *testing.T) {
	forEach(t, specs(), func(t *rapid.T, spec string) {
		p, n := build(t, spec, rapid.IntRange(1, 8).Draw(t, "contexts"))
		for _, v := range history(t, n, bound(spec)) {
			out := plan(p, &v)
			var seen isa.ContextSet
			for _, c := range out.Fetch {
				if int(c) >= n || seen.Has(c) {
					t.Fatalf("fetch order %v of %d contexts", out.Fetch, n)
				}
				if v.Threads[c].State != scheduler.Running {
					t.Fatalf("fetches thread %d, which is in state %d", c, v.Threads[c].State)
				}
				seen = seen.With(c)
			}
			if len(out.Fetch) > 0 && (out.FetchThreads < 1 || out.FetchWidth < 1 || out.FetchWidth > 8) {
				t.Fatalf("fetches from %d threads, width %d", out.FetchThreads, out.FetchWidth)
			}
			if out.Until <= v.Now {
				t.Fatalf("at %d the answer is said to have changed at %d", v.Now, out.Until)
			}
			if out.Owner != scheduler.NoOwner && (out.Owner < 0 || out.Owner >= n) {
				t.Fatalf("owner %d of %d contexts", out.Owner, n)
			}
			for _, s := range out.Squash {
				if int(s.Thread) >= n || v.Threads[s.Thread].State != scheduler.Running {
					t.Fatalf("squashes thread %d, which does not run", s.Thread)
				}
				if m := &v.Threads[s.Thread].Misses[s.Past]; m.Count == 0 || m.Oldest+s.Age > v.Now || s.Keep < 0 {
					t.Fatalf("%+v, and its misses are %+v", s, m)
				}
			}
			if gated := slices.IndexFunc(out.Fetch, out.Gated.Has); gated >= 0 || out.Gated&^v.Runnable() != 0 {
				t.Fatalf("gates %b of %b that run, and fetches %v", out.Gated, v.Runnable(), out.Fetch)
			}
			if v.Runnable() != 0 && out.Gated == v.Runnable() {
				t.Fatalf("gates all that run: %b", out.Gated)
			}
			if out.Period > 0 && out.Until != v.Now+1 {
				t.Fatalf("a period of %d, and the answer changes at %d and not in the next cycle", out.Period, out.Until)
			}
		}
	})
}

// The only runnable thread is never squashed, and whatever else a policy does
// it soon fetches, renames and issues.
func TestOnlyRunnableThread(t *testing.T) {
	forEach(t, specs(), func(t *rapid.T, spec string) {
		p, n := build(t, spec, rapid.IntRange(1, 8).Draw(t, "contexts"))
		views := history(t, n, bound(spec))
		for i := range views {
			v := &views[i]
			if out := plan(p, v); v.Runnable() != 0 && v.Runnable()&(v.Runnable()-1) == 0 {
				if len(out.Squash) > 0 {
					t.Fatalf("squashes %+v, of which one is the only one that runs", out.Squash)
				}
			}
		}
		v := views[len(views)-1]
		only := isa.Context(rapid.IntRange(0, n-1).Draw(t, "only"))
		for c := range v.Threads {
			if isa.Context(c) == only {
				v.Threads[c].State, v.Threads[c].Stall = scheduler.Running, scheduler.NotStalled
				v.Threads[c].InFlight = 0
			} else {
				v.Threads[c] = scheduler.Thread{State: scheduler.Idle}
			}
		}
		const patience = 8 + 2*10 // a rotation; a switch that is under way and one back
		granted := 0
		for range patience {
			v.Now++
			out := plan(p, &v)
			if slices.Contains(out.Fetch, only) && out.Rename.Has(only) && out.Issue.Has(only) {
				granted++
			}
			if len(out.Squash) > 0 || out.Gated != 0 {
				t.Fatal("squashes or gates the only thread that runs")
			}
		}
		if granted == 0 {
			t.Fatalf("thread %d, the only one that runs, did not fetch, rename and issue in %d cycles", only, patience)
		}
	})
}

// event is something that happens to a load: the which-th of those that are
// under way, or of those that have their data and have not committed.
type event struct {
	kind   int
	which  int
	thread isa.Context
	level  scheduler.Level
	pc     isa.Addr
	cycles isa.Cycle
}

const (
	fetched = iota
	missed
	done
	squashed
	committed
	kinds
)

// drawEvents are those of one cycle, mostly none.
func drawEvents(t *rapid.T, contexts int) []event {
	if rapid.IntRange(0, 2).Draw(t, "quiet") > 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		return event{
			kind: rapid.IntRange(0, kinds-1).Draw(t, "kind"), which: rapid.IntRange(0, 7).Draw(t, "which"),
			thread: isa.Context(rapid.IntRange(0, contexts-1).Draw(t, "thread")),
			level:  scheduler.Level(rapid.IntRange(int(scheduler.L1), int(scheduler.NumLevels)-1).Draw(t, "level")),
			pc:     isa.Addr(rapid.IntRange(0, 7).Draw(t, "pc") * 4), cycles: isa.Cycle(rapid.IntRange(0, 20).Draw(t, "cycles")),
		}
	}), 0, 8).Draw(t, "events")
}

// follower gives a policy the loads that it follows, if it does, in an order
// that a core could.
type follower struct {
	watcher    scheduler.LoadWatcher
	open, done []scheduler.Load
	committed  [isa.MaxContexts]uint64
}

func follow(p scheduler.Policy) *follower {
	w, _ := p.(scheduler.LoadWatcher)
	return &follower{watcher: w}
}

func (f *follower) take(events []event) {
	if f.watcher == nil {
		return
	}
	for _, e := range events {
		switch {
		case e.kind == fetched:
			l := scheduler.Load{Thread: e.thread, PC: e.pc}
			l.Note = f.watcher.LoadFetched(l.Thread, l.PC)
			f.open = append(f.open, l)
		case e.kind == committed && e.which < len(f.done):
			l := f.done[e.which]
			f.committed[l.Thread] += 1 + uint64(e.cycles)
			f.watcher.LoadCommitted(l, f.committed[l.Thread])
			f.done = slices.Delete(f.done, e.which, e.which+1)
		case e.kind == committed || e.which >= len(f.open):
		case e.kind == missed:
			l := &f.open[e.which]
			l.Note = f.watcher.LoadMissed(*l, e.level)
		case e.kind == done:
			l := f.open[e.which]
			l.Waited = e.cycles
			l.Note = f.watcher.LoadDone(l)
			f.done = append(f.done, l)
			f.open = slices.Delete(f.open, e.which, e.which+1)
		default:
			f.watcher.LoadSquashed(f.open[e.which])
			f.open = slices.Delete(f.open, e.which, e.which+1)
		}
	}
}

// The decisions do not depend on how often Plan was called: in every cycle,
// only when the view changed or the last plan said so, or now and then more.
func TestPlanIsNotCounted(t *testing.T) {
	forEach(t, specs(), func(t *rapid.T, spec string) {
		contexts := rapid.IntRange(1, 8).Draw(t, "contexts")
		eager, n := build(t, spec, contexts)
		lazy, _ := build(t, spec, contexts)
		extra, _ := build(t, spec, contexts)
		twice, _ := build(t, spec, contexts)
		views := history(t, n, bound(spec))
		var followers []*follower
		for _, p := range []scheduler.Policy{eager, lazy, extra, twice} {
			followers = append(followers, follow(p))
		}
		var kept, more *scheduler.Plan
		happened := false
		for k := range views {
			v := &views[k]
			due := func(p *scheduler.Plan) bool {
				return k == 0 || happened || v.Now >= p.Until || !slices.Equal(v.Threads, views[k-1].Threads)
			}
			want := decide(plan(eager, v), v)
			check := func(how string, p *scheduler.Plan, fresh bool) {
				want, got := want, decide(p, v)
				if !fresh {
					want, got = want.after(p), got.after(p)
				}
				if !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
					t.Fatalf("%s, cycle %d (%d): %s", how, k, v.Now, cmp.Diff(want, got))
				}
			}
			fresh := due(kept)
			if fresh {
				kept = plan(lazy, v)
			}
			check("when due", kept, fresh)
			fresh = due(more) || rapid.Bool().Draw(t, "extra call")
			if fresh {
				more = plan(extra, v)
			}
			check("now and then", more, fresh)
			plan(twice, v)
			check("twice", plan(twice, v), true)
			var events []event
			if followers[0].watcher != nil {
				events = drawEvents(t, n)
			}
			happened = len(events) > 0
			for _, f := range followers {
				f.take(events)
			}
		}
	})
}

// shares counts in how many of the cycles each thread comes first among those
// that fetch, with the view always the same.
func shares(p scheduler.Policy, v scheduler.View, cycles int) []int {
	first := make([]int, len(v.Threads))
	for end := v.Now + isa.Cycle(cycles); v.Now < end; {
		out := plan(p, &v)
		next := min(out.Until, end)
		if d := decide(out, &v); len(d.Fetch) > 0 {
			first[d.Fetch[0]] += int(next - v.Now)
			v.Threads[d.Fetch[0]].LastFetch = v.Now
		}
		v.Now = next
	}
	return first
}

// round is a number of cycles in which every rotation comes round: of up to 8
// threads, and of timers.
func round(args scheduler.Args, n int) int {
	switch args.Name {
	case "coarse":
		return n * (args.Int("timer") + args.Int("penalty"))
	case "hillclimbing":
		return n * 41 * min(args.Int("epoch"), 10) // with an epoch alone for each
	}
	return 840
}

// Threads that look alike are treated alike: equal shares.
func TestTiesRotate(t *testing.T) {
	for _, spec := range rotating() {
		_, args, err := scheduler.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		for contexts := 1; contexts <= 8; contexts++ {
			p, n := build(t, spec, contexts)
			v := scheduler.View{Now: 12345, Threads: make([]scheduler.Thread, n)}
			for i := range v.Threads {
				v.Threads[i] = scheduler.Thread{State: scheduler.Running, FrontEnd: 3, Queued: 4, OldestQueued: isa.Never}
			}
			if args.Name == "barrel" && args.Int("inflight") > 0 {
				for i := range v.Threads {
					v.Threads[i].FrontEnd, v.Threads[i].Queued = 0, 0
				}
			}
			total := round(args, n) * 3
			got := shares(p, v, total)
			slices.Sort(got)
			sum := 0
			for _, s := range got {
				sum += s
			}
			// The first turn of coarse starts without a penalty.
			slack := total/n/100 + 1
			if args.Name == "hillclimbing" {
				slack += args.Int("epoch") // one alone more or less
			}
			if got[n-1]-got[0] > slack || sum == 0 {
				t.Errorf("%s, %d threads: shares %v", spec, n, got)
			}
		}
	}
}

// Which context a thread sits on gives it no advantage: with the contexts
// permuted, so are the shares.
func TestPermutation(t *testing.T) {
	forEach(t, rotating(), func(t *rapid.T, spec string) {
		contexts := rapid.IntRange(1, 5).Draw(t, "contexts")
		a, n := build(t, spec, contexts)
		b, _ := build(t, spec, contexts)
		_, args, err := scheduler.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		v := scheduler.View{Now: isa.Cycle(rapid.IntRange(0, 1<<20).Draw(t, "start")), Threads: make([]scheduler.Thread, n)}
		for i := range v.Threads {
			th := drawThread(t, v.Now, bound(spec))
			// Misses that never come back stop coarse for good.
			th.Misses, th.FetchMiss = [scheduler.NumLevels]scheduler.Misses{}, scheduler.NoLevel
			v.Threads[i] = th
		}
		order := rapid.Permutation(seq(n)).Draw(t, "order")
		w := scheduler.View{Now: v.Now, Threads: make([]scheduler.Thread, n)}
		for i, to := range order {
			w.Threads[to] = v.Threads[i]
		}
		cycles := 2 * round(args, n)
		one, two := shares(a, v, cycles), shares(b, w, cycles)
		for i, to := range order {
			// Where a rotation begins and ends is one turn more or less each.
			slack := 2
			switch args.Name {
			case "coarse":
				slack += args.Int("timer") + args.Int("penalty")
			case "hillclimbing":
				slack += args.Int("epoch")
			}
			if d := one[i] - two[to]; d > slack || d < -slack {
				t.Fatalf("%v: shares %v, permuted by %v %v", v.Threads, one, order, two)
			}
		}
	})
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// Two policies built alike answer alike.
func TestDeterminism(t *testing.T) {
	forEach(t, specs(), func(t *rapid.T, spec string) {
		contexts := rapid.IntRange(1, 8).Draw(t, "contexts")
		a, n := build(t, spec, contexts)
		b, _ := build(t, spec, contexts)
		for _, v := range history(t, n, bound(spec)) {
			if diff := cmp.Diff(plan(a, &v), plan(b, &v)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// A plan costs no allocation.
func TestNoAllocation(t *testing.T) {
	for _, spec := range specs() {
		p, n := build(t, spec, 4)
		v := scheduler.View{Threads: make([]scheduler.Thread, n)}
		for i := range v.Threads {
			v.Threads[i].State = scheduler.Running
		}
		var out scheduler.Plan
		out.Reset()
		p.Plan(&out, &v)
		if got := testing.AllocsPerRun(100, func() {
			v.Now++
			v.Threads[0].Misses[scheduler.LLC].Count = int(v.Now % 2)
			out.Reset()
			p.Plan(&out, &v)
		}); got > 0 {
			t.Errorf("%s allocates %v times a plan", spec, got)
		}
	}
}

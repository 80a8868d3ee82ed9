package bpred

import (
	"fmt"
	"math/big"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// foldOf is the definition of a folded history: bit j of the path, 0 the
// youngest, meets bit j mod width.
func foldOf(path []uint64, length, width int) (v uint32) {
	for j := 0; j < length && j < len(path); j++ {
		v ^= uint32(path[len(path)-1-j]) << (j % width)
	}
	return v
}

// Folds equal what folding the whole path anew gives, of what is
// fetched and of what is committed, whatever has been undone on the way.
func TestFoldedHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const inFlight = 20
		per := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "per")
		lengths := geometric(5, rapid.IntRange(1, 3).Draw(t, "least"), rapid.IntRange(20, 90).Draw(t, "most"))
		index := rapid.IntRange(4, 12).Draw(t, "index")
		tags := []int{6, 7, 9, 12, 15}
		h := newLongHistory(Shape{InFlight: inFlight}, per, lengths, 27, index, tags)
		var path, where []uint64 // bits of the fetched path, oldest first
		fetched, committed := 0, 0
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			switch rapid.IntRange(0, 5).Draw(t, "do") {
			case 0:
				n := rapid.IntRange(0, fetched-committed).Draw(t, "undone")
				h.undo(uint32(n))
				fetched -= n
				path, where = path[:fetched*per], where[:fetched*per]
			case 1, 2:
				if committed < fetched {
					h.commit()
					committed++
				}
			default:
				if fetched-committed == inFlight {
					continue
				}
				bits, at := rapid.Uint64Range(0, 1<<per-1).Draw(t, "bits"), rapid.Uint64Range(0, 1<<per-1).Draw(t, "path")
				h.fetch(bits, at)
				for i := per - 1; i >= 0; i-- {
					path, where = append(path, bits>>i&1), append(where, at>>i&1)
				}
				fetched++
			}
			for i, n := range lengths {
				for _, c := range []struct {
					what      string
					transfers uint32
					path      []uint64
				}{{"fetched", h.fetched, path}, {"committed", h.committed, path[:committed*per]}} {
					now, before := h.at(c.transfers), h.at(c.transfers-uint32(n))
					gotIndex, gotTag := h.folds[i].index.of(now, before), h.folds[i].tagHash(now, before)
					wantIndex := foldOf(c.path, n*per, index)
					wantTag := foldOf(c.path, n*per, tags[i]) ^ foldOf(c.path, n*per, tags[i]-1)<<1
					gotIndex, gotTag = gotIndex&(1<<index-1), gotTag&(1<<tags[i]-1)
					if gotIndex != wantIndex || gotTag != wantTag {
						t.Fatalf("%s, length %d: %#x, %#x, want %#x, %#x", c.what, n, gotIndex, gotTag, wantIndex, wantTag)
					}
				}
			}
			want := uint64(0)
			for j := 0; j < 27 && j < len(where); j++ {
				want |= where[len(where)-1-j] << j
			}
			if got := h.recentPath(h.fetched, 27); got != want {
				t.Fatalf("path %b, want %b", got, want)
			}
		}
	})
}

// The lengths grow, from the least to the most, by about one factor.
func TestGeometric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, least := rapid.IntRange(1, maxTageTables).Draw(t, "n"), rapid.IntRange(1, 64).Draw(t, "least")
		most := rapid.IntRange(least+n-1, 4096).Draw(t, "most")
		l := geometric(n, least, most)
		if l[0] != least || n > 1 && l[n-1] != most {
			t.Fatalf("%v: want %d … %d", l, least, most)
		}
		for i := 1; i < n; i++ {
			// The real number between is (least^(n-1-i) · most^i)^(1/(n-1)).
			exact := new(big.Int).Exp(big.NewInt(int64(least)), big.NewInt(int64(n-1-i)), nil)
			exact.Mul(exact, new(big.Int).Exp(big.NewInt(int64(most)), big.NewInt(int64(i)), nil))
			below := new(big.Int).Exp(big.NewInt(int64(l[i]-1)), big.NewInt(int64(n-1)), nil)
			if l[i] <= l[i-1] || l[i] != l[i-1]+1 && below.Cmp(exact) >= 0 {
				t.Fatalf("%v: number %d", l, i)
			}
		}
	})
}

// pathState is everything that a context's path has changed and tables have
// not: what a wrong path must leave as it was.
func pathState(u *Unit, t isa.Context) []any {
	f := u.fronts[t]
	s := []any{f.history, f.targets, f.number, f.stack.top}
	for _, x := range u.followers {
		switch p := x.(type) {
		case *tage2006:
			s = append(s, p.history[t].fetched, p.history[t].at(p.history[t].fetched))
		case *tageSCL:
			s = append(s, p.history[t].at(p.history[t].fetched), p.fetched[t], p.loop.fetched[t])
		case *ittage:
			s = append(s, p.history[t].fetched, p.history[t].at(p.history[t].fetched))
		default:
			panic(fmt.Sprintf("bpred: what the path of %T is, is not known", x))
		}
	}
	return s
}

// plantLoops gives every branch that a test draws an entry of the loop
// predictor, if there is one.
func plantLoops(u *Unit) {
	p, ok := u.direction.(*tageSCL)
	if !ok {
		return
	}
	for pc := isa.Addr(0x1000); pc <= 0x1040; pc += 2 {
		for t := range p.fetched {
			_, tag, set := p.loop.find(isa.Context(t), pc)
			way := set + int(pc>>2)%loopWays
			p.loop.entries[way] = loopEntry{tag: tag, age: loopAge, body: pc&4 != 0}
		}
	}
}

// With every predictor: after a wrong path and its repair all state of the
// path and all predictions are those of a thread that never went there, while
// older branches commit meanwhile. Full repair keeps the return stack whole,
// however deep the wrong path goes.
func TestRepairOfEveryPredictor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.RASRepair, spec.Sharing.RAS = RepairFull, PerThread
		strayed, straight := newUnit(t, spec, 2), newUnit(t, spec, 2)
		plantLoops(strayed)
		plantLoops(straight)
		type flight struct {
			x    transfer
			p, q Prediction
		}
		var window []flight
		commit := func() {
			f := &window[0]
			strayed.Commit(0, f.x.pc, &f.x.in, &f.p, f.x.taken, f.x.target)
			straight.Commit(0, f.x.pc, &f.x.in, &f.q, f.x.taken, f.x.target)
			window = window[1:]
		}
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			f := flight{x: drawTransfer(t)}
			x := &f.x
			strayed.Predict(0, x.pc, &x.in, x.direct(), &f.p)
			straight.Predict(0, x.pc, &x.in, x.direct(), &f.q)
			if f.p != f.q {
				t.Fatalf("%+v: predicted %+v after wrong paths, %+v without", x, f.p, f.q)
			}
			if f.p.error(&x.in, x.taken, x.target) != 0 {
				for range rapid.IntRange(0, 12).Draw(t, "wrong path") {
					if y := drawTransfer(t); len(window) > 3 && rapid.IntRange(0, 3).Draw(t, "commits") == 0 {
						commit()
					} else {
						var p Prediction
						strayed.Predict(0, y.pc, &y.in, y.direct(), &p)
						if p.error(&y.in, y.taken, y.target) != 0 && rapid.Bool().Draw(t, "resolves") {
							strayed.Repair(0, y.pc, &y.in, &p, y.taken, y.target)
						}
					}
				}
				strayed.Repair(0, x.pc, &x.in, &f.p, x.taken, x.target)
				straight.Repair(0, x.pc, &x.in, &f.q, x.taken, x.target)
			}
			if !reflect.DeepEqual(pathState(strayed, 0), pathState(straight, 0)) || !reflect.DeepEqual(strayed.fronts[0].stack, straight.fronts[0].stack) {
				t.Fatalf("after %+v: %+v with wrong paths, %+v without", x, pathState(strayed, 0), pathState(straight, 0))
			}
			if window = append(window, f); len(window) > 12 {
				commit()
			}
		}
		for len(window) > 0 {
			commit()
		}
		if *strayed.Stats(0) != *straight.Stats(0) {
			t.Fatalf("%+v, want %+v", *strayed.Stats(0), *straight.Stats(0))
		}
		if !reflect.DeepEqual(pathState(strayed, 1), pathState(newUnit(t, spec, 2), 1)) {
			t.Fatal("the other thread's path has moved")
		}
	})
}

// Transfers that are taken back and fetched again, in part and repeatedly,
// leave the path where it was, with every predictor.
func TestReapplyOfEveryPredictor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.RASRepair = RepairFull
		u := newUnit(t, spec, 1)
		n := rapid.IntRange(1, 30).Draw(t, "n")
		run, p := make([]transfer, n), make([]Prediction, n)
		for i := range run {
			x := &run[i]
			*x = drawTransfer(t)
			u.Predict(0, x.pc, &x.in, x.direct(), &p[i])
			if p[i].error(&x.in, x.taken, x.target) != 0 {
				u.Repair(0, x.pc, &x.in, &p[i], x.taken, x.target)
			}
		}
		want := fmt.Sprintf("%+v %+v", pathState(u, 0), *u.fronts[0].stack)
		end := n
		for range rapid.IntRange(1, 4).Draw(t, "squashes") {
			from := rapid.IntRange(0, end-1).Draw(t, "from")
			u.Restore(0, &p[from])
			end = rapid.IntRange(from+1, n).Draw(t, "refetched")
			for i := from; i < end; i++ {
				u.Reapply(0, run[i].pc, &run[i].in, &p[i])
			}
		}
		for i := end; i < n; i++ {
			u.Reapply(0, run[i].pc, &run[i].in, &p[i])
		}
		if got := fmt.Sprintf("%+v %+v", pathState(u, 0), *u.fronts[0].stack); got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	})
}

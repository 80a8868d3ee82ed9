package experiment

import (
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/view"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Every reason that the core gives has a word and a sentence, which names the
// instruction waited for where there is one.
func TestReasons(t *testing.T) {
	l := levels{"L1D", "L2"}
	for why := pipeline.WaitStructure; why < pipeline.NumWhys; why++ {
		code, text := l.reason(&pipeline.Wait{Why: why, Uop: 7})
		if code == "" || text == "" || strings.Contains(code, " ") || strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q, %q", why, code, text)
		}
		if _, alone := l.reason(&pipeline.Wait{Why: why, Uop: pipeline.NoUop}); strings.Contains(text, "#7") && alone == text {
			t.Errorf("%s: %q without an instruction waited for", why, alone)
		}
	}
	for s := range scheduler.NumStructures {
		if code, text := l.reason(&pipeline.Wait{Why: pipeline.WaitStructure, Structure: s}); code != s.String() || strings.HasSuffix(text, " ") {
			t.Errorf("%s: %q, %q", s, code, text)
		}
	}
	for missed, want := range []string{"waits for L1D", "waits for L2", "waits for memory"} {
		if _, text := l.reason(&pipeline.Wait{Why: pipeline.WaitMemory, Missed: uint8(missed)}); text != want {
			t.Errorf("%d levels missed: %q, want %q", missed, text, want)
		}
	}
}

// A record counts cycles from its beginning, and what never happened stays so.
func TestNewUop(t *testing.T) {
	o := pipeline.Observation{
		Number: 9, Context: 2, Fate: pipeline.Committed, Retired: 4, Before: 5, Forwarded: true, From: 8, Missed: 1, Mispredicted: true,
		Dyn:   isa.Dyn{PC: 0x1000, Thread: 3, ASID: 1, Inst: isa.Inst{Raw: 0x00033283, Size: 4, MemSize: 8}}, // ld x5,0(x6)
		Fetch: 100, Rename: 103, Ready: 104, Issue: isa.Never, Execute: isa.Never, Done: isa.Never, End: 120,
		Sources: [3]pipeline.Source{{}, {Waited: true, Uop: pipeline.NoUop, Until: 110}},
		Waits:   []pipeline.Wait{{Why: pipeline.WaitTLB, Uop: pipeline.NoUop, From: 105, Until: isa.Never}},
	}
	u := newUop(&o, levels{"L1D"})
	countFrom(&u, 90)
	if u.Number != 9 || u.Thread != 2 || u.Software != 3 || u.Program != 1 || u.PC != 0x1000 || u.Text != "ld x5,0(x6)" || !u.Memory || u.Fate != view.Committed || u.Retired != 4 {
		t.Errorf("%+v", u)
	}
	if u.Fetch != 10 || u.Rename != 13 || u.Ready != 14 || u.Issue != view.Never || u.Done != view.Never || u.End != 30 {
		t.Errorf("cycles %+v", u)
	}
	if !slices.Equal(u.Sources, []view.Source{{Uop: view.Never, Until: 20}}) {
		t.Errorf("sources %+v", u.Sources)
	}
	if w := u.Waits[0]; w.From != 15 || w.Until != view.Never || w.Code != "tlb" || !w.Busy || w.Uop != view.Never {
		t.Errorf("wait %+v", w)
	}
	if want := []string{"mispredicted", "again, was #5", "forwarded from #8", "missed L1D"}; !slices.Equal(u.Notes, want) {
		t.Errorf("notes %q, want %q", u.Notes, want)
	}
	for fate := pipeline.InFlight; fate <= pipeline.Replayed; fate++ {
		if got := view.Fate(fate); got.String() != fate.String() {
			t.Errorf("%s became %s", fate, got)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, name := range []string{"default", "scalar"} {
		cfg, err := machine.Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := levels{"L1D"}
		if cfg.Cache.L2 != nil {
			want = append(want, "L2")
		}
		if cfg.Cache.L3 != nil {
			want = append(want, "L3")
		}
		if got := newLevels(cfg); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

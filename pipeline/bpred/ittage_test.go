package bpred

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// naiveITTAGE keeps the whole path and maps for tables.
type naiveITTAGE struct {
	spec   *ittage // for its sizes
	base   map[uint64]*naiveTarget
	tables []map[uint64]*naiveTarget
	bits   []uint64 // oldest first
	useAlt int
	ticks  int
	random lfsr
}

type naiveTarget struct {
	tag                int
	target             isa.Addr
	confidence, useful int
}

// train predicts the target of a transfer and trains with it.
func (n *naiveITTAGE) train(pc, target isa.Addr) (predicted isa.Addr) {
	a := uint64(pc) / 2
	at := func(table map[uint64]*naiveTarget, i uint64) *naiveTarget {
		if table[i] == nil {
			table[i] = &naiveTarget{}
		}
		return table[i]
	}
	ways := []*naiveTarget{at(n.base, a%uint64(len(n.spec.base)))} // the hits, shortest history first
	provider := -1
	var tags []int
	var places []*naiveTarget
	for i, transfers := range n.spec.lengths {
		length, bits := transfers*4, int(n.spec.bits)
		index := (a ^ a>>(2+i%4) ^ uint64(foldOf(n.bits, length, bits))) % (1 << bits)
		tag := int((a^uint64(foldOf(n.bits, length, n.spec.tag))^2*uint64(foldOf(n.bits, length, n.spec.tag-1)))%(1<<n.spec.tag)) | 1
		e := at(n.tables[i], index)
		tags, places = append(tags, tag), append(places, e)
		if e.tag == tag {
			ways, provider = append(ways, e), i
		}
	}
	e := ways[len(ways)-1]
	alternate := e
	if len(ways) > 1 {
		alternate = ways[len(ways)-2]
	}
	used := e
	if e.confidence == 0 && alternate.target != 0 && n.useAlt >= 0 {
		used = alternate
	}
	predicted = used.target
	provided, other := e.target == target, alternate.target == target
	if provider >= 0 && e.confidence == 0 && provided != other {
		n.useAlt = toward(n.useAlt, other, -8, 7)
	}
	switch {
	case provided:
		e.confidence = min(e.confidence+1, 3)
		if provider >= 0 && !other {
			e.useful = 1
		}
	case e.confidence > 0:
		e.confidence--
	default:
		e.target, e.useful = target, 0
	}
	if predicted == target {
		return predicted
	}
	i := provider + 1
	if n.random.next()%4 == 0 {
		i++
	}
	for ; i < len(places); i++ {
		if places[i].useful == 0 {
			*places[i] = naiveTarget{tag: tags[i], target: target}
			n.ticks = max(n.ticks-1, 0)
			return predicted
		}
		n.ticks++
	}
	if n.ticks >= forgetAt {
		n.ticks = 0
		for _, table := range n.tables {
			for _, e := range table {
				e.useful = 0
			}
		}
	}
	return predicted
}

func TestITTAGEIsItsModel(t *testing.T) {
	row, args, err := IndirectCatalog.Parse("ittage:tables=4,bits=4,base=2,tag=6,min=1,max=20")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		built, err := row.New(args, testShape)
		if err != nil {
			t.Fatal(err)
		}
		x := built.(*ittage)
		m := &naiveITTAGE{spec: x, base: map[uint64]*naiveTarget{}, random: 1}
		for range x.lengths {
			m.tables = append(m.tables, map[uint64]*naiveTarget{})
		}
		path := walk(t)
		for i := range 400 {
			s := path()
			if s.Control == isa.IndirectJump {
				got, known := x.Predict(0, s.PC, 0)
				want := m.train(s.PC, s.Target)
				if got != want || known != (want != 0) {
					t.Fatalf("transfer %d, %+v: predicted %#x, %v, want %#x", i, s, got, known, want)
				}
				x.Fetched(0, s)
				x.Train(0, s.PC, 0, s.Target, false)
			} else {
				x.Fetched(0, s)
			}
			x.Committed(0, s)
			bits, a := uint64(0), uint64(s.PC)/2
			if s.Taken {
				bits = 1
			}
			bits ^= a ^ a/4
			if s.Control == isa.IndirectJump {
				bits ^= uint64(s.Target) / 2 * fibonacci >> 60
			}
			for j := 3; j >= 0; j-- {
				m.bits = append(m.bits, bits>>j&1)
			}
		}
	})
}

// A target that follows from the target before the last thirty is learned by
// ITTAGE and not by a table with a short history.
func TestITTAGELearnsFromLongAgo(t *testing.T) {
	wrong := func(spec IndirectSpec) (wrong int) {
		u := newUnit(t, Spec{Direction: "bimodal", BTB: BTBSpec{Entries: 64, Ways: 4}, Indirect: spec}, 1)
		jump := isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4}
		random := lfsr(1)
		for i := range 4000 {
			target := isa.Addr(0x4000 + random.next()&1*0x100)
			u.run(0, 0x1000, &jump, true, target)
			for k := range 30 {
				u.run(0, isa.Addr(0x2000+k*8), &jump, true, isa.Addr(0x2008+k*8))
			}
			if u.run(0, 0x3000, &jump, true, target+0x40) && i > 3000 {
				wrong++
			}
		}
		return wrong
	}
	if n := wrong("ittage"); n > 20 {
		t.Errorf("ittage: %d of 1000 wrong", n)
	}
	if n := wrong("tagged:entries=2048"); n < 400 {
		t.Errorf("tagged: %d of 1000 wrong: the test is too easy", n)
	}
}

// What holds of every predictor of indirect targets: it says what it is,
// predicting changes nothing and allocates nothing, a constant target is
// learned, and bounds are errors, not accidents.
func TestIndirectConformance(t *testing.T) {
	for _, row := range IndirectCatalog.Rows {
		t.Run(row.Name, func(t *testing.T) {
			if row.Doc == "" {
				t.Error("not documented")
			}
			x := newIndirect(t, row.Name)
			for range 8 {
				x.Train(1, 0x1234, 7, 0x4000, false)
			}
			if target, ok := x.Predict(1, 0x1234, 7); row.Name != "none" && (!ok || target != 0x4000) {
				t.Errorf("after eight times the same: %#x, %v", target, ok)
			}
			if _, ok := x.Predict(0, 0x1234, 7); ok && row.Name == "tagged" {
				t.Error("another thread has it too")
			}
			if n := testing.AllocsPerRun(100, func() {
				x.Predict(1, 0x88, 3)
				x.Train(1, 0x88, 3, 0x4000, false)
			}); n > 0 {
				t.Errorf("%v allocations", n)
			}
			for _, p := range row.Params {
				for _, v := range []int64{p.Min, p.Max} {
					_, args, err := IndirectCatalog.Parse(row.Name + ":" + p.Name + "=" + strconv.FormatInt(v, 10))
					if err != nil {
						t.Fatal(err)
					}
					if y, err := row.New(args, testShape); err == nil {
						y.Predict(0, ^isa.Addr(0), ^uint32(0))
					}
				}
			}
		})
	}
}

// A number is what the field was before there was a choice.
func TestIndirectSpec(t *testing.T) {
	for in, want := range map[string]string{
		"": "none", "0": "none", "none": "none", "256": "tagged:entries=256", "tagged": "tagged:entries=2048",
		"ittage:tables=4": "ittage:tables=4,bits=9,base=10,tag=11,min=2,max=300", "ittag": "ittag",
	} {
		var s IndirectSpec
		if err := s.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.MarshalText(); err != nil || string(got) != want {
			t.Errorf("%q is canonically %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[IndirectSpec]string{
		"ittag": `unknown indirect predictor "ittag", did you mean "ittage"?`,
		"48":    "tagged: entries=48 is not a power of two",
		"-1":    "entries: -1 is outside 1 … 4194304",
	} {
		spec := testSpec
		spec.Indirect = in
		if errs := spec.Validate("branch", 1); len(errs) != 1 || !strings.Contains(errs[0].Error(), "branch.indirect: ") || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%q: %v, want %q", in, errs, want)
		}
	}
}

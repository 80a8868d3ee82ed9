package cache

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

const specTOML = `
[l1i]
size = "32K"
ways = 8
line = 64
latency = 4
mshrs = 8
replacement = "lru"

[l1d]
size = 49152
ways = 12
line = 64
latency = 5
mshrs = 16
targets = 8
ports = 3
banks = 8
interval = 1
write = "write-through"
store-miss = "no-allocate"
write-buffer = 8
replacement = "srrip:bits=3"

[l2]
size = "1M"
ways = 16
line = 64
latency = 15
mshrs = 32
interval = 2
replacement = "lru"
`

// A specification survives TOML in both directions, sizes as text or as
// integers.
func TestSpecTOML(t *testing.T) {
	var spec Spec
	d := toml.NewDecoder(strings.NewReader(specTOML))
	d.DisallowUnknownFields()
	if err := d.Decode(&spec); err != nil {
		t.Fatal(err)
	}
	spec.Memory = "fixed"
	if errs := spec.Validate("cache"); len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
	}
	if spec.L1I.Size != 32768 || spec.L1D.Size != 49152 || spec.L2.Size != 1<<20 || spec.L3 != nil || spec.L1D.WriteBuffer != 8 {
		t.Errorf("decoded %+v, L2 %+v", spec, *spec.L2)
	}
	text, err := toml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	again := Spec{Memory: spec.Memory}
	if err := toml.Unmarshal(text, &again); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if d := cmp.Diff(spec, again); d != "" {
		t.Errorf("round trip:\n%s", d)
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]Bytes{"0": 0, "1000": 1000, "32K": 32768, "48K": 49152, "2M": 2 << 20, "1G": 1 << 30} {
		var b Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q is %d, %v; want %d", text, b, err, want)
		}
		if got := want.String(); got != text {
			t.Errorf("%d is written %q, want %q", want, got, text)
		}
	}
	for _, text := range []string{"", "K", "-1", "-1K", "1.5M", "32k", "32 K", "9999999999999999999", "8589934592G"} {
		var b Bytes
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for %d", text, b)
		}
	}
}

// Every mistake is reported with the path of its field.
func TestValidateNamesTheField(t *testing.T) {
	for _, test := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.L1D.Size = 0 }, "cache.l1d.size: 0 is below 1"},
		{func(s *Spec) { s.L1D.Size = 5000 }, "cache.l1d.size: 5000 is not a multiple of 4 ways of 64 bytes"},
		{func(s *Spec) { s.L1D.Size = 1 << 40 }, "cache.l1d.size: 1099511627776 is above 1073741824"},
		{func(s *Spec) { s.L1D.Line = 48 }, "cache.l1d.line: 48 is not a power of two"},
		{func(s *Spec) { s.L1D.Line = 0 }, "cache.l1d.line: 0 is below 8"},
		{func(s *Spec) { s.L1I.Ways = -1 }, "cache.l1i.ways: -1 is below 1"},
		{func(s *Spec) { s.L1I.Latency = 0 }, "cache.l1i.latency: 0 is below 1"},
		{func(s *Spec) { s.L1I.MSHRs = 0 }, "cache.l1i.mshrs: 0 is below 1"},
		{func(s *Spec) { s.L1I.Targets = -1 }, "cache.l1i.targets: -1 is below 0"},
		{func(s *Spec) { s.L1I.Replacement = "fifo" }, `cache.l1i.replacement: `},
		{func(s *Spec) { s.L1I.Prefetcher = "next" }, `cache.l1i.prefetcher: `},
		{func(s *Spec) { s.L1I.Prefetcher = "stride:degree=4" }, `cache.l1i.prefetcher: "stride:degree=4" follows single load instructions, and this cache has none`},
		{func(s *Spec) { s.L2.Prefetcher = "stream:distance=0" }, `cache.l2.prefetcher: prefetcher "stream:distance=0": distance: 0 is outside 1 … 512`},
		{func(s *Spec) { s.L2.PrefetchReserve = 16 }, `cache.l2.prefetch-reserve: 16 is above 15`},
		{func(s *Spec) { s.L1D.Partition = "0-4" }, `cache.l1d.partition: "0-4": way 4 is beyond the last, 3; want none, static, or a range of ways for each thread, as 0-3+4-7`},
		{func(s *Spec) { s.L1D.Partition = "0-1+" }, `cache.l1d.partition: "0-1+": "" is not a way`},
		{func(s *Spec) { s.L1D.Partition = "3-2" }, `cache.l1d.partition: "3-2": 3-2 ends before it begins`},
		{func(s *Spec) { s.L1D.Partition = "0-x" }, `cache.l1d.partition: "0-x": "x" is not a way`},
		{func(s *Spec) { s.L1D.Inclusion = Inclusive }, `cache.l1d.inclusion: the first level has none above it`},
		{func(s *Spec) { s.L2.Inclusion = "yes" }, `cache.l2.inclusion: "yes" is not none, inclusive or exclusive`},
		{func(s *Spec) { s.L2.Inclusion = Exclusive }, `cache.l2.inclusion: only a level with one level above it can be exclusive, l3 or l4`},
		{func(s *Spec) { s.L3.Inclusion, s.L3.Prefetcher = Exclusive, "next-line" }, `cache.l3.prefetcher: "next-line" puts lines into an exclusive level`},
		{func(s *Spec) { s.L3.Inclusion, s.L3.Line = Exclusive, 128 }, `cache.l3.line: 128 is not 64, the line of l2, whose victims`},
		{func(s *Spec) { s.L3.Inclusion, s.L2.Write = Exclusive, WriteThrough }, `cache.l2.write: write-through does not go with an exclusive l3`},
		{func(s *Spec) { s.L3.Inclusion, s.L3.StoreMiss = Exclusive, NoAllocate }, `cache.l3.store-miss: no-allocate does not go with an exclusive l3`},
		{func(s *Spec) { s.L1D.ThreadMSHRs = -1 }, "cache.l1d.thread-mshrs: -1 is below 0"},
		{func(s *Spec) { s.L1D.FillInterval = 2 }, "cache.l1d.fill-interval: 2 without banks to keep; cache.l1d.banks is 0"},
		{func(s *Spec) { s.L2.FillInterval = -2 }, "cache.l2.fill-interval: -2 is below 0"},
		{func(s *Spec) { s.L1D.Banks = 4 }, "cache.l1d.interval: 0 is below 1"},
		{func(s *Spec) { s.L1D.Write = "back" }, `cache.l1d.write: "back" is neither "write-back" nor "write-through"`},
		{func(s *Spec) { s.L1D.StoreMiss = "no" }, `cache.l1d.store-miss: "no" is neither`},
		{func(s *Spec) { s.L1D.Write = WriteThrough }, "cache.l1d.write-buffer: 0 is below 1"},
		{func(s *Spec) { s.L1D.WriteBuffer = 4 }, "cache.l1d.write-buffer: only an l1d that is"},
		{func(s *Spec) { s.L2.Interval = 0 }, "cache.l2.interval: 0 is below 1"},
		{func(s *Spec) { s.L2.Ports = 1 }, "cache.l2.ports: only the first level has ports"},
		{func(s *Spec) { s.L2.Latency = 4 }, "cache.l2.latency: 4 is not above 4, the latency of l1i"},
		{func(s *Spec) { s.L3.Latency = 14 }, "cache.l3.latency: 14 is not above 14, the latency of l2"},
		{func(s *Spec) { s.L3.Line = 32 }, "cache.l3.line: 32 is below 64, the line of l2"},
		{func(s *Spec) { s.L2 = nil }, "cache.l3: there is no l2 above it"},
		{func(s *Spec) { s.L4 = s.L3; s.L3 = nil }, "cache.l4: there is no l3 above it"},
		{func(s *Spec) { s.Memory = "fixed:latency=40" }, "memory.model: latency: 40 is not above 40"},
		{func(s *Spec) { s.Memory = "fast" }, "memory.model: "},
		{func(s *Spec) { s.Memory = "" }, "memory.model: "},
	} {
		spec := threeLevels()
		test.change(&spec)
		_, err := New(spec, 1, 1)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	for _, contexts := range []int{0, 65} {
		if _, err := New(threeLevels(), contexts, 1); err == nil {
			t.Errorf("%d contexts were accepted", contexts)
		}
	}
}

// Four levels are as good as three.
func TestFourLevels(t *testing.T) {
	spec := threeLevels()
	l4 := *spec.L3
	l4.Size, l4.Latency = 1<<20, 80
	spec.L4 = &l4
	h, c := build(t, spec, 1)
	load(t, h, 0, 0, 1)
	settle(h)
	if got, want := c.of(1), "L1@4 L2@14 L3@40 L4@80 filled@200"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if h.Levels() != 4 {
		t.Errorf("last level %d, want 4", h.Levels())
	}
}

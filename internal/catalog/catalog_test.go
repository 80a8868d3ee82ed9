package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"
)

// table is a family with every kind of parameter.
var table = Table[string]{Family: "engine", Rows: []Row[string]{
	{Name: "plain", Doc: "nothing to choose", New: "P"},
	{
		Name: "rich", Doc: "something of everything", New: "R",
		Params: []Param{
			{Name: "size", Kind: Int, Default: "4K", Min: -2, Max: 1 << 40},
			{Name: "mode", Kind: Choice, Default: "fast", Choices: []string{"fast", "slow"}},
			{Name: "on", Kind: List, Default: "a+c", Choices: []string{"a", "b", "c"}},
			{Name: "when", Kind: Choice, Default: "now", Choices: []string{"now", "after:N"}, Min: 1, Max: 1 << 20},
			{Name: "shares", Kind: Ints, Default: "even", Choices: []string{"even"}, Min: 0, Max: 7},
		},
		Short: func(suffix string) (string, bool) {
			n, ok := strings.CutPrefix(suffix, ".")
			return "size=" + n, ok && n != ""
		},
		ShortForm: ".size",
	},
}}

func TestParse(t *testing.T) {
	for spec, want := range map[string]string{
		"plain":                           "plain",
		"rich":                            "rich:size=4096,mode=fast,on=a+c,when=now,shares=even",
		"rich:size=7":                     "rich:size=7,mode=fast,on=a+c,when=now,shares=even",
		"rich:on=b+a,size=-2":             "rich:size=-2,mode=fast,on=b+a,when=now,shares=even",
		"rich:mode=slow,size=2M,on=c":     "rich:size=2097152,mode=slow,on=c,when=now,shares=even",
		"rich:size=1024G":                 "rich:size=1099511627776,mode=fast,on=a+c,when=now,shares=even",
		"rich.5":                          "rich:size=5,mode=fast,on=a+c,when=now,shares=even",
		"rich:size=4096,mode=fast,on=b":   "rich:size=4096,mode=fast,on=b,when=now,shares=even",
		"rich:when=after:1K,shares=7+0+7": "rich:size=4096,mode=fast,on=a+c,when=after:1024,shares=7+0+7",
		"rich:when=now,shares=even":       "rich:size=4096,mode=fast,on=a+c,when=now,shares=even",
	} {
		row, args, err := table.Parse(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if got := args.String(); got != want || row.Name != args.Name {
			t.Errorf("%s: %s of row %s, want %s", spec, got, row.Name, want)
		}
	}
	_, args, err := table.Parse("rich:size=3K,on=b+c")
	if err != nil {
		t.Fatal(err)
	}
	if args.Int("size") != 3072 || args.Choice("mode") != "fast" || !slices.Equal(args.List("on"), []string{"b", "c"}) || args.Has("on", "a") || !args.Has("on", "c") {
		t.Errorf("arguments %+v", args)
	}
	_, args, err = table.Parse("rich:when=after:15,shares=6+2")
	if err != nil {
		t.Fatal(err)
	}
	if args.Choice("when") != "after" || args.Int("when") != 15 || !slices.Equal(args.Ints("shares"), []int{6, 2}) || args.Choice("shares") != "" {
		t.Errorf("arguments %+v", args)
	}
}

// What is not the default is known, however it was spelled.
func TestChanges(t *testing.T) {
	for spec, want := range map[string][]string{
		"plain":                          nil,
		"rich":                           nil,
		"rich:size=4096,mode=fast":       nil,
		"rich:on=c,size=4K,when=after:3": {"on=c", "when=after:3"},
		"rich.5":                         {"size=5"},
	} {
		_, args, err := table.Parse(spec)
		if err != nil || !slices.Equal(args.Changes(), want) {
			t.Errorf("%s: %q (%v), want %q", spec, args.Changes(), err, want)
		}
	}
}

// Every error says what was wrong and what would be right.
func TestParseErrors(t *testing.T) {
	for spec, wants := range map[string][]string{
		"":                               {`unknown engine ""`, "known: plain, rich"},
		"rihc":                           {`unknown engine "rihc"`, `did you mean "rich"?`},
		"rich:":                          {`"" is not key=value`, "it takes size, mode, on, when, shares"},
		"plain:x=1":                      {`no parameter "x"`, "it takes no parameters"},
		"rich:size":                      {`"size" is not key=value`},
		"rich:size=":                     {`size: "" is not an integer`, "K, M, G"},
		"rich:size=1,":                   {`"" is not key=value`},
		"rich:size=1,size=2":             {`parameter "size" is given twice`},
		"rich:size=-3":                   {"size: -3 is outside -2 … 1099511627776"},
		"rich:size=1025G":                {"1025G is outside"},
		"rich:size=9999999999999999999":  {"is not an integer"},
		"rich:size=9223372036854775807K": {"is not an integer"},
		"rich:size=1.5":                  {`"1.5" is not an integer`},
		"rich:mode=fats":                 {`mode: unknown value "fats"`, `did you mean "fast"?`},
		"rich:when=after":                {`"after" needs an integer: after:N, N in 1 … 1048576`},
		"rich:when=after:N":              {`"N" is not an integer`},
		"rich:when=after:0":              {"0 is outside 1 … 1048576"},
		"rich:when=later:3":              {`unknown value "later:3"`, "known: now, after:N"},
		"rich:shares=8":                  {"8 is outside 0 … 7; or one of: even"},
		"rich:shares=1+":                 {`"" is not an integer`},
		"rich:shares=odd":                {`"odd" is not an integer`, "or one of: even"},
		"rich:on=":                       {`on: unknown value ""`, "known: a, b, c"},
		"rich:on=a+a":                    {`"a" is listed twice`},
		"rich:on=a,b":                    {`"b" is not key=value`},
		"rich:Size=1":                    {`no parameter "Size"`},
		"rich.5:mode=slow":               {`engine "rich.5:mode=slow": either ".5" or key=value, not both`},
		"rich.":                          {`engine "rich.": "." is not .size`},
		"plain.5":                        {`engine "plain.5": plain takes no ".5"; it takes no parameters`},
		"rihc.5":                         {`unknown engine "rihc"`, `did you mean "rich"?`},
	} {
		_, _, err := table.Parse(spec)
		if err == nil {
			t.Errorf("%q was accepted", spec)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v; want %q", spec, err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than a line: %q", spec, err)
		}
	}
}

// What is canonical is its own canonical form, whatever was parsed; and
// nothing that is parsed panics.
func TestCanonical(t *testing.T) {
	piece := rapid.SampledFrom([]string{"rich", "plain", ":", ",", "=", "+", "size", "mode", "on", "fast", "slow", "when", "after", "shares", "even", "a", "b", "c", "1", "-", "K", "G", "."})
	rapid.Check(t, func(t *rapid.T) {
		spec := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "spec"), "")
		row, args, err := table.Parse(spec)
		if err != nil {
			return
		}
		again, args2, err := table.Parse(args.String())
		if err != nil || again.Name != row.Name {
			t.Fatalf("%q is canonically %q: %v", spec, args, err)
		}
		if diff := cmp.Diff(args, args2, cmp.AllowUnexported(Args{}, value{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Adding rows leaves the table that they are added to alone.
func TestWith(t *testing.T) {
	a := table.With(Row[string]{Name: "mine", New: "M"})
	b := table.With(Row[string]{Name: "yours", New: "Y"})
	if got := a.Names(); !slices.Equal(got, []string{"plain", "rich", "mine"}) {
		t.Errorf("%q", got)
	}
	if got := b.Names(); !slices.Equal(got, []string{"plain", "rich", "yours"}) {
		t.Errorf("%q", got)
	}
	if len(table.Rows) != 2 {
		t.Errorf("the table itself has %q", table.Names())
	}
	if row, _, err := a.Parse("mine"); err != nil || row.New != "M" {
		t.Errorf("%v, %v", row, err)
	}
}

// A row that asks for a parameter it does not declare is wrong itself.
func TestUndeclaredParameter(t *testing.T) {
	_, args, err := table.Parse("rich")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), `rich declares no parameter "sise"`) {
			t.Errorf("recovered %v", r)
		}
	}()
	args.Int("sise")
}

func TestNearest(t *testing.T) {
	known := []string{"icount", "coarse", "barrel", "rr", "single"}
	for name, want := range map[string]string{
		"icuont": "icount", "ICOUNT": "icount", "corse": "coarse", "barrels": "barrel",
		"sngle": "single", "xyz": "", "": "", "something": "", "r": "rr",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	many := make([]string, 30)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	if err := Unknown("thing", "y", many); strings.Contains(err.Error(), "known:") {
		t.Errorf("thirty names are listed: %v", err)
	}
}

// The end of a dotted name suggests all of it, unless there are many.
func TestUnknownEnd(t *testing.T) {
	known := []string{"core.rob.size", "cache.l1d.size", "cache.l2.size", "cache.l2.latency", "tlb.l2.latency", "cache.l3.size", "12.latency"}
	for name, want := range map[string]string{
		"l2.latency": `unknown key "l2.latency", did you mean "cache.l2.latency" or "tlb.l2.latency"?`,
		"rob.size":   `unknown key "rob.size", did you mean "core.rob.size"?`,
		"size":       `unknown key "size"`,
		"l2.latenci": `unknown key "l2.latenci", did you mean "12.latency"?`,
	} {
		if got, _, _ := strings.Cut(Unknown("key", name, known).Error(), " (known"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The edit distance is a metric.
func TestDistance(t *testing.T) {
	word := rapid.StringMatching("[abc]{0,6}")
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if d := distance(a, b); d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d > distance(a, c)+distance(c, b) {
			t.Fatalf("distance %d of %q and %q", d, a, b)
		}
	})
	if d := distance("kitten", "sitting"); d != 3 {
		t.Errorf("kitten to sitting: %d", d)
	}
}

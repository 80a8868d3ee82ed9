package command

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/storage"
)

// cost is what a part of a machine holds, in bits.
type cost struct {
	Bits       uint64 `json:"bits"`
	ThreadTags uint64 `json:"thread_tags"` // of those, what would not be there with one context
	Replicated uint64 `json:"replicated"`  // of those, what the contexts beyond the first add
}

// namedCost is the cost of one structure.
type namedCost struct {
	Name string `json:"name"`
	cost
}

// costs are those of a machine's structures and their sums.
type costs struct {
	Structures []namedCost `json:"structures"`
	NoCaches   cost        `json:"without_caches"`
	Total      cost        `json:"total"`
}

func costsOf(structures []storage.Structure, contexts int) costs {
	var all costs
	for _, s := range structures {
		c := cost{s.Total(contexts), s.Tags, s.Replicated(contexts)}
		all.Structures = append(all.Structures, namedCost{s.Name, c})
		all.Total.plus(c)
		if !strings.HasPrefix(s.Name, "cache.") {
			all.NoCaches.plus(c)
		}
	}
	return all
}

func (c *cost) plus(o cost) {
	c.Bits += o.Bits
	c.ThreadTags += o.ThreadTags
	c.Replicated += o.Replicated
}

// table has a row for each structure and two sums.
func (c *costs) table() *table {
	out := &table{header: []string{"storage", "bits", "thread tags", "replicated", "for threads, %"}}
	sums := []namedCost{{"all but caches", c.NoCaches}, {"total", c.Total}}
	for _, s := range slices.Concat(c.Structures, sums) {
		percent := "–"
		if s.Bits > 0 {
			percent = strconv.FormatFloat(100*float64(s.ThreadTags+s.Replicated)/float64(s.Bits), 'f', 2, 64)
		}
		out.add(s.Name, number(s.Bits), number(s.ThreadTags), number(s.Replicated), percent)
	}
	return out
}

// comment writes the table as lines of TOML comments.
func (c *costs) comment(w io.Writer) error {
	var text bytes.Buffer
	if err := c.table().write(&text, formatTable, 0); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprint(w, "# ", line); err != nil {
			return err
		}
	}
	return nil
}

// rows adds the costs to a table of paths, each value with a path of its own.
func (c *costs) rows(out *table) {
	for _, s := range c.Structures {
		path := "storage." + s.Name
		out.add(path+".bits", number(s.Bits), "bits that it holds")
		out.add(path+".thread_tags", number(s.ThreadTags), "bits of those that would not be there with one thread")
		out.add(path+".replicated", number(s.Replicated), "bits of those that the threads beyond the first have for themselves")
	}
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

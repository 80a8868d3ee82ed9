package machine

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/internal/tomltree"
)

// CheckValue is the error of a value that no machine can have at path, as far as
// that is known without the machine's other values: one of a wrong type, or one
// that every preset refuses in the same words. Words that differ say how the
// value fits others.
func CheckValue(path string, v tomltree.Value) error {
	var refusals []string
	for i, preset := range presetConfigs() {
		c := preset.Clone()
		if err := c.assign(path, v); err != nil {
			return err
		}
		var here []string
		for _, err := range c.faults(c.Threads, nil) {
			if text := err.Error(); strings.HasPrefix(text, path+":") && (i == 0 || slices.Contains(refusals, text)) {
				here = append(here, text)
			}
		}
		if refusals = here; refusals == nil {
			return nil
		}
	}
	return errors.New(refusals[0])
}

// presetConfigs are the presets' configurations, in the order of listings.
var presetConfigs = sync.OnceValue(func() (list []*Config) {
	for _, name := range presetNames {
		c, err := open(name)
		if err != nil {
			panic(err) // it is built in
		}
		list = append(list, c)
	}
	return list
})

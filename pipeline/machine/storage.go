package machine

import "github.com/threadmill-sim/threadmill/internal/storage"

// Storage lists what the structures of the machine cost in bits, for its number
// of contexts, each named by its path. Main memory and schedulers are left out.
// The error is that of a configuration that is not valid.
func (c *Config) Storage() ([]storage.Structure, error) {
	core, caches := c.parts()
	pipe, err := core.Storage(c.Threads, c.Cache.L1D.Line)
	if err != nil {
		return nil, err
	}
	predictors, err := c.Branch.Storage(c.Threads)
	if err != nil {
		return nil, err
	}
	var all []storage.Structure
	for _, room := range []struct {
		path string
		list []storage.Structure
	}{
		{"core", pipe}, {"branch", predictors}, {"tlb", c.TLB.Storage(c.Threads)}, {"cache", caches.Storage(c.Threads)},
	} {
		for _, s := range room.list {
			s.Name = room.path + "." + s.Name
			all = append(all, s)
		}
	}
	return all, nil
}

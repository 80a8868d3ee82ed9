package tlb

// pool hands out handles of items. It grows to the most that were ever in use
// at once.
type pool[T any] struct {
	items []T
	idle  []int32
}

func (p *pool[T]) take(v T) int32 {
	if n := len(p.idle); n > 0 {
		id := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.items[id] = v
		return id
	}
	p.items = append(p.items, v)
	return int32(len(p.items) - 1)
}

func (p *pool[T]) give(id int32) { p.idle = append(p.idle, id) }

// inUse counts the items handed out.
func (p *pool[T]) inUse() int { return len(p.items) - len(p.idle) }

// list is a queue of handles, linked through their items.
type list struct{ head, tail int32 }

func emptyList() list { return list{-1, -1} }

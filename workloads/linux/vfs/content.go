package vfs

// pageSize is the unit in which contents are kept.
const pageSize = 4096

type page [pageSize]byte

// content is what a regular file holds: pages that were written, over the
// first base bytes of what it came with, over zeros.
type content struct {
	size  int64
	base  int64
	image []byte // what it came with, unless that is the host's
	pages map[int64]*page
}

// ReadAt fills b with the contents of a regular file from off on and returns
// how many bytes there were; fewer than len(b) only at the end. It leaves the
// time of access as it is, as a file system mounted with noatime.
func (n *Node) ReadAt(b []byte, off int64) (int, error) {
	c := &n.content
	if off < 0 {
		return 0, ErrInvalid
	}
	if off >= c.size {
		return 0, nil
	}
	b = b[:min(int64(len(b)), c.size-off)]
	for done := 0; done < len(b); {
		at := off + int64(done)
		part := b[done:]
		if p := c.pages[at/pageSize]; p != nil {
			done += copy(part, p[at%pageSize:])
			continue
		}
		part = part[:c.unwritten(at, int64(len(part)))]
		if err := n.readBase(part, at); err != nil {
			return done, err
		}
		done += len(part)
	}
	return len(b), nil
}

// unwritten is how many of size bytes from at on are before the next page
// that was written.
func (c *content) unwritten(at, size int64) int64 {
	if len(c.pages) == 0 {
		return size
	}
	end := at - at%pageSize + pageSize
	for end-at < size && c.pages[end/pageSize] == nil {
		end += pageSize
	}
	return min(end-at, size)
}

// readBase fills b with what the file came with, and zeros after that.
func (n *Node) readBase(b []byte, at int64) error {
	c := &n.content
	have := 0
	if at < c.base {
		have = int(min(int64(len(b)), c.base-at))
		if n.backing != nil {
			if err := n.backing.readAt(b[:have], at); err != nil {
				return err
			}
		} else {
			copy(b[:have], c.image[at:])
		}
	}
	clear(b[have:])
	return nil
}

// WriteAt stores b at off in a regular file, which grows as needed. It stops
// short when the memory is full.
func (n *Node) WriteAt(b []byte, off int64) (int, error) {
	c := &n.content
	switch {
	case off < 0:
		return 0, ErrInvalid
	case int64(len(b)) > MaxSize-off:
		return 0, ErrTooBig
	case len(b) == 0:
		return 0, nil
	}
	for done := 0; done < len(b); {
		at := off + int64(done)
		p, err := n.writable(at/pageSize, at%pageSize == 0 && len(b)-done >= pageSize)
		if err != nil {
			if done > 0 {
				return done, nil
			}
			return 0, err
		}
		done += copy(p[at%pageSize:], b[done:])
		c.size = max(c.size, off+int64(done))
	}
	n.touch()
	return len(b), nil
}

// writable is a page to write to: a copy of what the file came with, unless
// all of it will be overwritten.
func (n *Node) writable(number int64, whole bool) (*page, error) {
	c := &n.content
	if p := c.pages[number]; p != nil {
		return p, nil
	}
	if !n.fs.options.Charge(pageSize) {
		return nil, ErrNoSpace
	}
	p := new(page)
	if at := number * pageSize; !whole && at < c.base {
		if err := n.readBase(p[:], at); err != nil {
			n.fs.options.Charge(-pageSize)
			return nil, err
		}
	}
	if c.pages == nil {
		c.pages = make(map[int64]*page)
	}
	c.pages[number] = p
	return p, nil
}

// Truncate makes a regular file size bytes long.
func (n *Node) Truncate(size int64) error {
	c := &n.content
	if size < 0 {
		return ErrInvalid
	}
	if size < c.size {
		c.base = min(c.base, size)
		for number, p := range c.pages {
			switch start := number * pageSize; {
			case start >= size:
				delete(c.pages, number)
				n.fs.options.Charge(-pageSize)
			case size-start < pageSize:
				clear(p[size-start:])
			}
		}
	}
	c.size = size
	n.touch()
	return nil
}

// Zero makes size bytes of a regular file from off on zero. It does not grow.
func (n *Node) Zero(off, size int64) error {
	c := &n.content
	if off < 0 || size < 0 || size > MaxSize-off {
		return ErrInvalid
	}
	end := min(off+size, c.size)
	whole := func(number int64) bool { return number*pageSize >= off && number*pageSize <= end-pageSize }
	// Whole pages that it did not come with need none in memory.
	for number, p := range c.pages {
		switch {
		case !whole(number):
			start := number * pageSize
			if lo, hi := max(off-start, 0), min(end-start, pageSize); lo < hi {
				clear(p[lo:hi])
			}
		case number*pageSize >= c.base:
			delete(c.pages, number)
			n.fs.options.Charge(-pageSize)
		}
	}
	for at := off; at < min(end, c.base); at += pageSize - at%pageSize {
		p, err := n.writable(at/pageSize, whole(at/pageSize))
		if err != nil {
			return err
		}
		clear(p[at%pageSize : min(pageSize, at%pageSize+end-at)])
	}
	n.touch()
	return nil
}

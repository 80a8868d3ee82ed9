package dram

// channel schedules the commands of one channel: first ready, first come
// first served (Rixner et al., ISCA 2000). In each clock the bus takes one
// command, the first of this list that the timing allows:
//
//  1. towards a refresh that is due; its rank takes nothing else meanwhile
//  2. of the oldest request, once it has waited for age clocks: no other
//     request gets its bank then, so that a stream of hits cannot starve it
//  3. a column command, of the oldest request whose row is open
//  4. ACT or PRE, of the oldest request that needs one; a row is not closed
//     while a request that hits it waits
//
// Reads go before writes. Writes have the bus while there is no read, and for a
// batch of high-low of them when high have gathered; then a batch of reads
// comes before the next one of writes, so that neither direction can starve the
// other. Only requests of the direction at hand, and only those in its queue, are
// candidates; what finds the queue full waits before it.
type channel struct {
	devices
	reads, writes queue

	draining bool // the bus is with the writes, though reads wait
	served   int  // transfers since the bus changed hands

	from clock // the first clock whose command is not decided yet
	next command
	plan uint64 // number of the last plan

	bus clock // when the data bus is free again; for the checks only
}

// command is what the bus will carry if nothing arrives before.
type command struct {
	at    clock
	class class
	kind  kind
	n     int // the request's place in its queue, or the rank
}

// class is the rank of a command among those that are possible in one clock.
type class uint8

const (
	forRefresh class = iota
	forOldest
	forColumn
	forRow
)

type kind uint8

const (
	cmdPrechargeAll kind = iota
	cmdRefresh
	cmdActivate
	cmdPrecharge
	cmdTransfer
)

// idle reports whether no request waits.
func (c *channel) idle() bool { return len(c.reads.window) == 0 && len(c.writes.window) == 0 }

// writing reports whether the bus is with the writes.
func (c *channel) writing() bool { return c.draining || len(c.reads.window) == 0 }

// serving is the queue that has the bus.
func (c *channel) serving() *queue {
	if c.writing() {
		return &c.writes
	}
	return &c.reads
}

// turn gives the bus to the other direction when it is time.
func (c *channel) turn(high, low int) (toWrites bool) {
	batch := high - low
	switch n := len(c.writes.window); {
	case c.draining && (n <= low || c.served >= batch && len(c.reads.window) > 0):
		c.draining, c.served = false, 0
	case !c.draining && n >= high && (c.served >= batch || len(c.reads.window) == 0):
		c.draining, c.served = true, 0
		return true
	}
	return false
}

// decide finds the next command. Whatever is possible becomes so at a clock
// that is known, and so do the two events that change what is a candidate: a
// refresh that falls due, and the oldest request coming of age.
func (c *channel) decide(age clock) {
	for from := c.from; ; {
		best, change := command{at: never}, never
		for r := range c.ranks {
			if due := c.ranks[r].due; due > from {
				change = min(change, due)
				continue
			}
			at, open := c.mayRefresh(r)
			k := cmdRefresh
			if open {
				k = cmdPrechargeAll
			}
			best.offer(command{max(at, from), forRefresh, k, r})
		}
		if q := c.serving().window; len(q) > 0 {
			aged := q[0].entered+age <= from
			if !aged {
				change = min(change, q[0].entered+age)
			}
			c.consider(q, from, aged, &best)
		}
		if best.at < change || change == never {
			c.next = best
			return
		}
		from = change
	}
}

// offer takes a command that is possible earlier, or as early and of a higher
// class. Of equals the first that was offered stays.
func (best *command) offer(o command) {
	if o.at < best.at || o.at == best.at && o.class < best.class {
		*best = o
	}
}

// consider offers the commands of the requests in a queue, oldest first.
func (c *channel) consider(q []transfer, from clock, aged bool, best *command) {
	c.plan++
	for i := range q {
		if b := &c.banks[q[i].bank]; b.row == q[i].row {
			b.wanted = c.plan
		}
	}
	write := c.writing()
	for i := range q {
		e := &q[i]
		oldest := aged && i == 0
		b := &c.banks[e.bank]
		if c.ranks[b.rank].due <= from || aged && i > 0 && e.bank == q[0].bank {
			continue
		}
		o := command{class: forRow, n: i}
		switch {
		case b.row == e.row:
			o.at, o.class, o.kind = c.mayTransfer(int(e.bank), write), forColumn, cmdTransfer
		case b.row == noRow:
			o.at, o.kind = c.mayActivate(int(e.bank)), cmdActivate
		case b.wanted != c.plan || oldest:
			o.at, o.kind = b.pre, cmdPrecharge
		default:
			continue
		}
		if oldest {
			o.class = forOldest
		}
		o.at = max(o.at, from)
		best.offer(o)
	}
}

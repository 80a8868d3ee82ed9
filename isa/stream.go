package isa

// Stream is what the pipeline and a program agree on: the functional front of
// one hardware context, executed just ahead of the timing model. Which
// software thread that is may change, behind a drained window.
//
// The functional head is the state after the last instruction handed out.
// Everything handed out is either retired later (Retire), or was handed out
// between a Fork and the Drop that undoes it. A stream never sees replays:
// the pipeline keeps what it has fetched until it commits.
type Stream interface {
	// Next executes up to len(buf) instructions at the functional head, in
	// cycle now, writes them to buf and returns how many. It stops after a
	// control transfer (taken or not) and before a serialising instruction,
	// and what it hands out at a time is of one software thread. When it
	// returns 0, Stop says why.
	//
	// A serialising instruction takes two calls: the first returns 0 with
	// StopSerialise; the caller drains the thread's window (and its store
	// buffer as Stop says) and calls again, and then gets that
	// instruction alone. Off the correct path it ends the path instead.
	Next(now Cycle, buf []Dyn) int

	// Stop explains the last Next that returned 0.
	Stop() Stop

	// PC is the address of the instruction at the functional head.
	PC() Addr

	// Fork leaves the current path: the functional head is checkpointed and
	// moves to pc. Legal right after Next handed out a control transfer as
	// its last instruction. Forks nest; the return value is the depth, 1 for
	// the first. Stores made at depth > 0 are private to the path.
	Fork(pc Addr) int

	// Drop undoes the fork of the given depth and every deeper one: the
	// functional head is again where it was when Fork returned that depth.
	Drop(depth int)

	// Retire reports that the n oldest unretired correct-path instructions
	// have committed.
	Retire(n int)

	// CanFork reports whether the stream can follow wrong paths. Traces
	// cannot: the pipeline then stalls the thread's fetch until the branch
	// has resolved.
	CanFork() bool
}

// StopKind is why a stream handed out nothing.
type StopKind uint8

const (
	// StopNone: the stream can go on.
	StopNone StopKind = iota
	// StopSerialise: the next instruction wants the thread's window drained.
	StopSerialise
	// StopBlocked: the context's software threads all wait in the guest OS,
	// until cycle Until or until another stream executes a serialising
	// instruction, whichever is first. The window is empty.
	StopBlocked
	// StopIdle: the context has no software thread. Otherwise as StopBlocked.
	StopIdle
	// StopPathEnd: the wrong path cannot be followed further (fault, system
	// call, unmapped page). Never on the correct path.
	StopPathEnd
)

// Stop is the answer to "why nothing?".
type Stop struct {
	Kind  StopKind
	Flags InstFlags // with StopSerialise: DrainStores and OrderStores count
	Until Cycle     // with StopBlocked and StopIdle
	// Wake, with StopBlocked and StopIdle: something happened here that other
	// contexts may wait for; they are to ask again.
	Wake bool
}

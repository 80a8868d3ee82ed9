package linux

import (
	"fmt"
	"io"
	"strings"
)

// tracer prints what a process asks of the kernel, a line each, as strace(1)
// does. A call of one thread that waits while others go on takes two lines.
type tracer struct {
	out    io.Writer
	failed bool // the writer did not take a line; nothing more is written
}

// entered is a call that a tracer has seen begin.
type entered struct {
	name    string
	words   []string // kinds of its arguments
	before  []string // their text, as far as it is known before the call
	waiting bool     // its first line has been written
}

// line writes one line, with the thread's number once there are several.
func (r *tracer) line(t *Thread, text string) {
	if r.failed {
		return
	}
	if t.process.created > 1 {
		text = fmt.Sprintf("[pid %5d] %s", t.tid, text)
	}
	_, err := io.WriteString(r.out, text+"\n")
	r.failed = err != nil
}

// enter takes note of a call before it is made: its arguments are what the
// guest gave, whatever the call does to its memory.
func (r *tracer) enter(t *Thread) {
	e := entered{name: fmt.Sprintf("syscall_%#x", t.nr), words: strings.Fields("hex hex hex hex hex hex")}
	if c := lookup(t.nr); c != nil {
		e.name, e.words = c.name, strings.Fields(c.format)
	}
	for i, word := range e.words {
		text := ""
		if !strings.HasPrefix(word, ">") {
			text = argument(t, word, i, 0)
		}
		e.before = append(e.before, text)
	}
	t.traced = e
}

// leave prints the call with its result, or that it waits.
func (r *tracer) leave(t *Thread, result uint64, e errno) {
	c := &t.traced
	switch {
	case c.name == "":
		return
	case e == eparked && len(t.process.threads) > 1 && !c.waiting:
		c.waiting = true
		text := strings.Join(c.known(), ", ")
		if c.filled() < len(c.words) && text != "" {
			text += ", "
		}
		r.line(t, fmt.Sprintf("%s(%s <unfinished ...>", c.name, text))
		return
	case e == eparked:
		return
	}
	text := fmt.Sprintf("%s(%s)", c.name, strings.Join(c.from(0, t, result, e), ", "))
	if c.waiting {
		text = fmt.Sprintf("<... %s resumed>%s)", c.name, strings.Join(c.from(c.filled(), t, result, e), ", "))
	}
	const column = 39 // where strace puts the result
	r.line(t, fmt.Sprintf("%-*s = %s", column, text, t.resultText(c.name, result, e)))
	c.name = ""
	r.ended(t)
}

// filled is the place of the first argument that the call itself fills in, or
// how many arguments there are.
func (c *entered) filled() int {
	for i, word := range c.words {
		if strings.HasPrefix(word, ">") {
			return i
		}
	}
	return len(c.words)
}

// known are the arguments up to the first that the call itself fills in.
func (c *entered) known() []string {
	var texts []string
	for _, text := range c.before[:c.filled()] {
		if text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// from are the arguments from a place on, after the call. What a call that
// failed would have filled in is shown as its address.
func (c *entered) from(first int, t *Thread, result uint64, e errno) []string {
	var texts []string
	for i := first; i < len(c.words); i++ {
		text := c.before[i]
		if out, ok := strings.CutPrefix(c.words[i], ">"); ok {
			if text = pointer(t.call[i]); e == eok {
				text = argument(t, out, i, result)
			}
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// resultText is what a call returned.
func (t *Thread) resultText(name string, result uint64, e errno) string {
	switch {
	case t.state == threadEnded:
		return "?"
	case e == erestart:
		return "? ERESTARTSYS (To be restarted if SA_RESTART is set)"
	case e == erestartNoHandler:
		return "? ERESTARTNOHAND (To be restarted if no handler)"
	case e != eok:
		return fmt.Sprintf("-1 %s (%s)", e.name(), e)
	}
	switch name {
	case "mmap", "brk", "mremap":
		return fmt.Sprintf("%#x", result)
	}
	return fmt.Sprint(int64(result))
}

// signal prints that a handler is entered or that a signal kills.
func (r *tracer) signal(t *Thread, i *siginfo) { r.line(t, "--- "+i.text()+" ---") }

// ended prints how the process ended, if it has.
func (r *tracer) ended(t *Thread) {
	e := t.process.end
	switch {
	case e == nil:
	case e.Signal != 0:
		r.line(t, fmt.Sprintf("+++ killed by %v +++", e.Signal))
	default:
		r.line(t, fmt.Sprintf("+++ exited with %d +++", e.Code))
	}
}

// text is a siginfo as strace shows it.
func (i *siginfo) text() string {
	s, code := i.signal(), i.code()
	name := fmt.Sprint(code)
	detail := ""
	codes := map[Signal]string{SIGSEGV: "SEGV_MAPERR SEGV_ACCERR", SIGBUS: "BUS_ADRALN BUS_ADRERR", SIGILL: "ILL_ILLOPC", SIGTRAP: "TRAP_BRKPT"}
	switch {
	case code == codeUser || code == codeThread || code == codeQueue:
		name = map[int32]string{codeUser: "SI_USER", codeThread: "SI_TKILL", codeQueue: "SI_QUEUE"}[code]
		detail = fmt.Sprintf(", si_pid=%d, si_uid=%d", processID, userID)
	case code == codeTimer:
		name = "SI_TIMER"
	case code == codeKernel:
		name = "SI_KERNEL"
	case codes[s] != "":
		if names := strings.Fields(codes[s]); code >= 1 && int(code) <= len(names) {
			name = names[code-1]
		}
		detail = ", si_addr=" + pointer(le64(i[16:]))
	}
	return fmt.Sprintf("%v {si_signo=%v, si_code=%s%s}", s, s, name, detail)
}

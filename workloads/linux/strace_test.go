package linux

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// TestArgumentKinds: the formats of the table name kinds that there are, and
// no more arguments than a call has.
func TestArgumentKinds(t *testing.T) {
	plain := strings.Fields("ptr ioctlarg ioctl statx statxbuf stat statfs usage cpuset fdset hex prctlarg strings environ socktype family wait membarrier flock fadvise msync epoll entries groups uname sysinfo mincore hwprobe")
	for _, c := range systemCalls {
		kinds := strings.Fields(c.format)
		if len(kinds) > len(args{}) {
			t.Errorf("%s has %d arguments", c.name, len(kinds))
		}
		for _, kind := range kinds {
			kind = strings.TrimPrefix(kind, ">")
			if argumentKinds[kind] == nil && !slices.Contains(plain, kind) {
				t.Errorf("%s: %q is no kind of argument", c.name, kind)
			}
		}
	}
}

// traced is what a program's system calls look like.
func tracedLines(t *testing.T, source string, contexts int) []string {
	t.Helper()
	var out bytes.Buffer
	s := NewSystem(SystemOptions{Contexts: contexts})
	finish(t, startOn(t, s, source, Options{Trace: &out}))
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// TestTrace: calls look as strace shows them.
func TestTrace(t *testing.T) {
	call := func(number int, arguments ...string) string {
		s := ""
		for i, a := range arguments {
			op := "li"
			if strings.ContainsAny(a[:1], "abcdefghijklmnopqrstuvwxyz") {
				op = "la"
			}
			s += fmt.Sprintf("\n %s a%d, %s", op, i, a)
		}
		return s + fmt.Sprintf("\n li a7, %d\n ecall\n", number)
	}
	source := "_start:" +
		call(64, "1", "text", "6") +
		call(64, "1", "long", "40") +
		call(64, "77", "text", "6") +
		call(56, "-100", "name", "0x80000") +
		call(56, "-100", "name", "0x41", "0644") +
		call(222, "0", "8192", "3", "0x22", "-1", "0") +
		call(98, "word", "129", "1") +
		call(98, "word", "128", "5", "0") +
		call(113, "1", "0") +
		call(63, "0", "0", "0") +
		call(134, "10", "action", "0", "8") +
		call(172) +
		call(59, "pair", "0x800") +
		call(25, "1", "4", "0x401") +
		call(25, "1", "1", "0") +
		call(88, "77", "0", "stamps", "0") +
		call(56, "-100", "name", "0x41", "0") +
		call(244, "1", "0", "3", "4", "5", "6") +
		call(94, "3") + `
	.data
	.align 3
action:	.dword 1, 0x10000000, 0
stamps:	.dword 5, 6, 0, 0x3ffffffe
pair:	.word 0, 0
word:	.word 0
text:	.asciz "hello\n"
name:	.asciz "/etc/none"
long:	.asciz "0123456789\t\"\\\001234567890123456789012345678901234567890"
`
	got := tracedLines(t, source, 1)
	want := []string{
		`write(1, "hello\n", 6)                  = 6`,
		`write(1, "0123456789\t\"\\\001234567890123456789"..., 40) = 40`,
		`write(77, "hello\n", 6)                 = -1 EBADF (Bad file descriptor)`,
		`openat(AT_FDCWD, "/etc/none", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`,
		`openat(AT_FDCWD, "/etc/none", O_WRONLY|O_CREAT, 0644) = -1 ENOENT (No such file or directory)`,
		`mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x`,
		`FUTEX_WAKE_PRIVATE, 1)   = 0`,
		`FUTEX_WAIT_PRIVATE, 5, NULL) = -1 EAGAIN (Resource temporarily unavailable)`,
		`clock_gettime(CLOCK_MONOTONIC, NULL)    = -1 EFAULT (Bad address)`,
		`read(0, NULL, 0)                        = 0`,
		`rt_sigaction(SIGUSR1, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=SA_RESTART}, NULL, 8) = 0`,
		`getpid()                                = 2`,
		`pipe2([3, 4], O_NONBLOCK)`,
		`fcntl(1, F_SETFL, O_WRONLY|O_APPEND)    = 0`,
		`fcntl(1, F_GETFD)                       = 0`,
		`utimensat(77, NULL, [{tv_sec=5, tv_nsec=6}, UTIME_OMIT], 0) = -1 EBADF (Bad file descriptor)`,
		`openat(AT_FDCWD, "/etc/none", O_WRONLY|O_CREAT, 000) = -1 ENOENT (No such file or directory)`,
		`syscall_0xf4(0x1, 0, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)`,
		`exit_group(3)                           = ?`,
		`+++ exited with 3 +++`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
}

// TestTraceThreads: with several threads each line has its thread's number,
// and a call that waits while others go on takes two.
func TestTraceThreads(t *testing.T) {
	source := "_start:" + spawn("child", 0) + `
	la a0, word
	li a1, 0
	li a2, 0
	li a3, 0
	li a7, 98
	ecall
	li a0, 0` + exitAll + `
child:	li a7, 124
	ecall
	la a0, word
	li t0, 1
	sw t0, 0(a0)
	li a1, 1
	li a2, 1
	li a7, 98
	ecall` + exitThread + ".data\n.align 2\nword: .word 0" + stacks
	text := strings.Join(tracedLines(t, source, 1), "\n")
	for _, want := range []string{
		"[pid     2] futex(0x", "FUTEX_WAIT, 0, NULL <unfinished ...>\n", "[pid     3] sched_yield()", "FUTEX_WAKE, 1)           = 1\n", "[pid     2] <... futex resumed>)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTraceResumed: what a call fills in while it waits is shown in its second
// line, and a process that SIGKILL ends shows its end alone.
func TestTraceResumed(t *testing.T) {
	source := "_start:" + `
	la a0, pair
	li a1, 0
	li a7, 59
	ecall` + spawn("child", 0) + `
	lw a0, pair
	la a1, room
	li a2, 8
	li a7, 63
	ecall
	li a0, 2
	li a1, 9
	li a7, 129
	ecall
child:	la t0, pair
	lw a0, 4(t0)
	la a1, text
	li a2, 2
	li a7, 64
	ecall` + exitThread + ".data\n.align 3\npair: .word 0, 0\nroom: .dword 0\ntext: .ascii \"x\\n\"\n" + stacks
	text := strings.Join(tracedLines(t, source, 1), "\n")
	for _, want := range []string{"[pid     2] read(3,  <unfinished ...>\n", `[pid     2] <... read resumed>"x\n", 8)`, "+++ killed by SIGKILL +++"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "--- SIGKILL") {
		t.Errorf("SIGKILL is shown as delivered:\n%s", text)
	}
}

// TestTraceIsQemus: C programs of one thread make the same system calls in the
// same order as under qemu's user mode.
func TestTraceIsQemus(t *testing.T) {
	gcc, qemu := needs.Tool(t, "riscv64-linux-gnu-gcc"), needs.Tool(t, "qemu-riscv64")
	dir := t.TempDir()
	for _, name := range []string{"hello", "memory", "sorting", "files", "text"} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(dir, name)
			if msg, err := exec.Command(gcc, "-O1", "-w", "-static", "-o", program, "testdata/"+name+".c", "-lm").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, msg)
			}
			cmd := exec.Command(qemu, "-strace", program)
			var theirs bytes.Buffer
			cmd.Stdout, cmd.Stderr, cmd.Env = new(bytes.Buffer), &theirs, []string{} // a pipe, and no locale
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			data, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			m, err := elf.Load(data)
			if err != nil {
				t.Fatal(err)
			}
			var ours bytes.Buffer
			p, err := NewSystem(SystemOptions{}).Start(m, Options{Args: []string{program}, Trace: &ours})
			if err != nil {
				t.Fatal(err)
			}
			finish(t, p)
			want, got := callNames(theirs.String()), callNames(ours.String())
			if len(want) < 5 || !slices.Equal(got, want) {
				t.Errorf("got %v\nqemu %v", got, want)
			}
		})
	}
}

// callNames are the names of the calls in a trace.
func callNames(trace string) (names []string) {
	line := regexp.MustCompile(`(?m)^(?:\d+ )?([a-z_0-9]+)\(`)
	for _, m := range line.FindAllStringSubmatch(trace, -1) {
		names = append(names, m[1])
	}
	return names
}

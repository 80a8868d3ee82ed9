package linux

import (
	"fmt"
	"strings"
)

// argumentKind shows an argument: its value, its number, and what the call
// returned.
type argumentKind func(t *Thread, v uint64, i int, result uint64) string

func format(layout string) argumentKind {
	return func(_ *Thread, v uint64, _ int, _ uint64) string { return fmt.Sprintf(layout, v) }
}

func asInt(_ *Thread, v uint64, _ int, _ uint64) string { return fmt.Sprint(int32(v)) }

var openFlags = []flag{
	{openAppend, "O_APPEND"}, {openCreate, "O_CREAT"}, {openTmpfile, "O_TMPFILE"}, {openDirectory, "O_DIRECTORY"}, {openExclusive, "O_EXCL"},
	{openTruncate, "O_TRUNC"}, {openNonblock, "O_NONBLOCK"}, {openNofollow, "O_NOFOLLOW"}, {openCloexec, "O_CLOEXEC"}, {openPath, "O_PATH"}, {openLargefile, "O_LARGEFILE"},
}

func openText(_ *Thread, v uint64, _ int, _ uint64) string {
	access := []string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"}[v&openAccess]
	if rest := flagText(v&^openAccess, "", openFlags); rest != "" {
		return access + "|" + rest
	}
	return access
}

// descriptorFlags are those with which descriptors without a name are made.
func descriptorFlags(prefix string) argumentKind {
	return flags("0", flag{openCloexec, prefix + "_CLOEXEC"}, flag{openNonblock, prefix + "_NONBLOCK"}, flag{1, prefix + "_SEMAPHORE"})
}

// futexOperation shows what a futex call does.
func futexOperation(_ *Thread, v uint64, _ int, _ uint64) string {
	list := strings.Fields("WAIT WAKE FD REQUEUE CMP_REQUEUE WAKE_OP LOCK_PI UNLOCK_PI TRYLOCK_PI WAIT_BITSET WAKE_BITSET WAIT_REQUEUE_PI CMP_REQUEUE_PI LOCK_PI2")
	op := v &^ (futexPrivate | futexRealtime)
	if op >= uint64(len(list)) {
		return fmt.Sprintf("%#x", v)
	}
	text := "FUTEX_" + list[op]
	if v&futexPrivate != 0 {
		text += "_PRIVATE"
	}
	if v&futexRealtime != 0 {
		text += "|FUTEX_CLOCK_REALTIME"
	}
	return text
}

// futexArgument shows the arguments that only some futex operations have.
func futexArgument(t *Thread, v uint64, i int, _ uint64) string {
	op := t.call[1] &^ (futexPrivate | futexRealtime)
	switch {
	case i == 3 && (op == futexWait || op == futexWaitBitset):
		return timespecText(t, v, i, 0)
	case i == 3 && (op == futexRequeue || op == futexCmpRequeue || op == futexWakeOp):
		return fmt.Sprint(v)
	case i == 4 && (op == futexRequeue || op == futexCmpRequeue || op == futexWakeOp):
		return pointer(v)
	case i == 5 && (op == futexWaitBitset || op == futexWakeBitset):
		if uint32(v) == anyBit {
			return "FUTEX_BITSET_MATCH_ANY"
		}
		return fmt.Sprintf("%#x", uint32(v))
	case i == 5 && (op == futexCmpRequeue || op == futexWakeOp):
		return fmt.Sprintf("%#x", uint32(v))
	case i == 4 && (op == futexWaitBitset || op == futexWakeBitset), i == 3 && op == futexWakeBitset:
		return pointer(v)
	}
	return ""
}

var timespecText = words("tv_sec", "tv_nsec")

var fcntlText = names("F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN", 0)

// cloneArgument shows the arguments that the flags of clone ask for.
func cloneArgument(name string, wanted uint64) argumentKind {
	return func(t *Thread, v uint64, _ int, _ uint64) string {
		if wanted != 0 && t.call[0]&wanted == 0 {
			return ""
		}
		return name + "=" + pointer(v)
	}
}

// argumentKinds are the kinds by the names that the formats of the table use;
// what is not here is shown as a pointer.
var argumentKinds = newArgumentKinds()

func filled(t *Thread, v uint64, _ int, result uint64) string { return buffer(t, v, result) }

func newArgumentKinds() map[string]argumentKind {
	clocks := "CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME"
	resources := "RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS RLIMIT_SIGPENDING RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME"
	policies := "SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH - SCHED_IDLE"
	at := flags("0", flag{0x1000, "AT_EMPTY_PATH"}, flag{0x100, "AT_SYMLINK_NOFOLLOW"}, flag{0x400, "AT_SYMLINK_FOLLOW"}, flag{0x800, "AT_NO_AUTOMOUNT"}, flag{0x200, "AT_EACCESS"})
	timerFlags := flags("0", flag{1, "TIMER_ABSTIME"})
	octal := func(_ *Thread, v uint64, _ int, _ uint64) string { return fmt.Sprintf("%#03o", uint32(v)) }
	path := func(t *Thread, v uint64, _ int, _ uint64) string { return cString(t, v, 4096) }
	limits := words("rlim_cur", "rlim_max")
	return map[string]argumentKind{
		"ptr": func(_ *Thread, v uint64, _ int, _ uint64) string { return pointer(v) }, "hex": func(_ *Thread, v uint64, _ int, _ uint64) string { return hexadecimal(v) }, "int": asInt, "fd": asInt,
		"uint": func(_ *Thread, v uint64, _ int, _ uint64) string { return fmt.Sprint(uint32(v)) },
		"long": func(_ *Thread, v uint64, _ int, _ uint64) string { return fmt.Sprint(int64(v)) }, "ulong": format("%d"), "size": format("%d"), "off": func(_ *Thread, v uint64, _ int, _ uint64) string { return hexadecimal(v) },
		"dirfd": func(t *Thread, v uint64, i int, r uint64) string {
			const workingDirectory = -100
			if int32(v) == workingDirectory {
				return "AT_FDCWD"
			}
			return asInt(t, v, i, r)
		},
		"path": path, "str": func(t *Thread, v uint64, _ int, _ uint64) string { return cString(t, v, stringLimit) },
		"bytes":   func(t *Thread, v uint64, i int, _ uint64) string { return buffer(t, v, t.call[i+1]) },
		"vectors": func(t *Thread, _ uint64, i int, _ uint64) string { return scatter(t, i, maxIO) }, "vectorsin": func(t *Thread, _ uint64, i int, r uint64) string { return scatter(t, i, r) },
		"filled": filled, "filledpath": filled, "random": filled,
		"open": openText, "mode": octal, "creatmode": func(t *Thread, v uint64, i int, r uint64) string {
			if t.call[i-1]&(openCreate|openTmpfile&^openDirectory) == 0 {
				return ""
			}
			return octal(t, v, i, r)
		},
		"at": at, "access": flags("F_OK", flag{4, "R_OK"}, flag{2, "W_OK"}, flag{1, "X_OK"}), "unlinkat": flags("0", flag{0x200, "AT_REMOVEDIR"}),
		"prot":   flags("PROT_NONE", flag{1, "PROT_READ"}, flag{2, "PROT_WRITE"}, flag{4, "PROT_EXEC"}),
		"map":    flags("0", flag{3, "MAP_SHARED_VALIDATE"}, flag{1, "MAP_SHARED"}, flag{2, "MAP_PRIVATE"}, flag{0x10, "MAP_FIXED"}, flag{0x20, "MAP_ANONYMOUS"}, flag{0x4000, "MAP_NORESERVE"}, flag{0x8000, "MAP_POPULATE"}, flag{0x20000, "MAP_STACK"}, flag{0x40000, "MAP_HUGETLB"}, flag{0x800, "MAP_DENYWRITE"}, flag{0x100000, "MAP_FIXED_NOREPLACE"}),
		"mremap": flags("0", flag{1, "MREMAP_MAYMOVE"}, flag{2, "MREMAP_FIXED"}, flag{4, "MREMAP_DONTUNMAP"}), "newaddr": func(t *Thread, v uint64, i int, _ uint64) string {
			if t.call[i-1]&2 == 0 {
				return ""
			}
			return pointer(v)
		},
		"madvise": names("MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_DONTNEED - - - MADV_FREE MADV_REMOVE MADV_DONTFORK MADV_DOFORK MADV_MERGEABLE MADV_UNMERGEABLE MADV_HUGEPAGE MADV_NOHUGEPAGE MADV_DONTDUMP MADV_DODUMP MADV_WIPEONFORK MADV_KEEPONFORK MADV_COLD MADV_PAGEOUT MADV_POPULATE_READ MADV_POPULATE_WRITE - MADV_COLLAPSE", 0),
		"clock":   names(clocks, 0), "timespec": timespecText, "timeval": words("tv_sec", "tv_usec"), "filetimes": fileTimes, "times": words("tms_utime", "tms_stime", "tms_cutime", "tms_cstime"),
		"itimerspec": interval("tv_nsec"), "itimerval": interval("tv_usec"), "timerabs": timerFlags, "itimer": names("ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF", 0),
		"rest":   func(_ *Thread, v uint64, _ int, _ uint64) string { return pointer(v) }, // filled in only when interrupted
		"signal": func(_ *Thread, v uint64, _ int, _ uint64) string { return signalText(v) }, "sigset": signals, "action": handler, "how": names("SIG_BLOCK SIG_UNBLOCK SIG_SETMASK", 0),
		"sigframe": func(t *Thread, _ uint64, _ int, _ uint64) string {
			return "{mask=" + signals(t, t.hart.X[2]+uint64(frameMask), 0, 0) + "}"
		},
		"altstack": func(t *Thread, v uint64, _ int, _ uint64) string {
			var b [24]byte
			if v == 0 || t.process.load(v, b[:]) != eok {
				return pointer(v)
			}
			f := flagText(uint64(uint32(le64(b[8:]))), "0", []flag{{stackOn, "SS_ONSTACK"}, {stackDisabled, "SS_DISABLE"}, {stackAutoDisarm, "SS_AUTODISARM"}})
			return fmt.Sprintf("{ss_sp=%s, ss_flags=%s, ss_size=%d}", pointer(le64(b[:])), f, le64(b[16:]))
		},
		"futex": futexOperation, "futex3": futexArgument, "futex4": futexArgument, "futex5": futexArgument,
		"clone":    flags("0", flag{cloneVM, "CLONE_VM"}, flag{cloneFS, "CLONE_FS"}, flag{cloneFiles, "CLONE_FILES"}, flag{cloneSighand, "CLONE_SIGHAND"}, flag{0x4000, "CLONE_VFORK"}, flag{cloneThread, "CLONE_THREAD"}, flag{0x40000, "CLONE_SYSVSEM"}, flag{cloneSetTLS, "CLONE_SETTLS"}, flag{cloneParentSetTID, "CLONE_PARENT_SETTID"}, flag{cloneChildClearTID, "CLONE_CHILD_CLEARTID"}, flag{cloneChildSetTID, "CLONE_CHILD_SETTID"}, flag{17, "SIGCHLD"}),
		"cloneptr": cloneArgument("child_stack", 0), "cloneparent": cloneArgument("parent_tid", cloneParentSetTID), "clonetls": cloneArgument("tls", cloneSetTLS), "clonechild": cloneArgument("child_tidptr", cloneChildClearTID|cloneChildSetTID),
		"eventfd": descriptorFlags("EFD"), "timerfd": descriptorFlags("TFD"), "memfd": flags("0", flag{1, "MFD_CLOEXEC"}, flag{2, "MFD_ALLOW_SEALING"}),
		"epollop": names("EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD", 1), "event": func(t *Thread, v uint64, _ int, _ uint64) string {
			var b [epollEvent]byte
			if v == 0 || t.process.load(v, b[:]) != eok {
				return pointer(v)
			}
			return watched(b[:])
		},
		"events": func(t *Thread, v uint64, _ int, n uint64) string {
			b := make([]byte, epollEvent*min(n, stringLimit))
			if t.process.load(v, b) != eok {
				return pointer(v)
			}
			var parts []string
			for ; len(b) > 0; b = b[epollEvent:] {
				parts = append(parts, watched(b))
			}
			return "[" + strings.Join(parts, ", ") + "]"
		},
		"polls": polls, "whence": names("SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE", 0), "resource": names(resources, 0), "rlimit": limits, "policy": names(policies, 0),
		"priority": number, "cpu": number, "ids": number, "word": number, "rusage": func(_ *Thread, v uint64, _ int, _ uint64) string {
			return map[int32]string{0: "RUSAGE_SELF", 1: "RUSAGE_THREAD", -1: "RUSAGE_CHILDREN"}[int32(v)]
		},
		"which": names("PRIO_PROCESS PRIO_PGRP PRIO_USER", 0), "grnd": flags("0", flag{grndNonblock, "GRND_NONBLOCK"}, flag{grndRandom, "GRND_RANDOM"}, flag{grndInsecure, "GRND_INSECURE"}),
		"fcntl": func(t *Thread, v uint64, i int, r uint64) string {
			if v == fDupFDCloexec {
				return "F_DUPFD_CLOEXEC"
			}
			return fcntlText(t, v, i, r)
		},
		"fcntlarg": func(t *Thread, v uint64, i int, r uint64) string {
			switch t.call[i-1] {
			case fGetFD, fGetFL, fGetOwn:
				return ""
			case fDupFD, fDupFDCloexec:
				return asInt(t, v, i, r)
			case fSetFD:
				return flagText(v, "0", []flag{{1, "FD_CLOEXEC"}})
			case fSetFL:
				return openText(t, v, i, r)
			}
			return hexadecimal(v)
		},
		"fds": pair, "dupflags": flags("0", openFlags...),
		"rename": flags("0", flag{1, "RENAME_NOREPLACE"}, flag{2, "RENAME_EXCHANGE"}),
		"prctl":  names("- PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_DUMPABLE PR_SET_DUMPABLE - - - - - - - - - - PR_SET_NAME PR_GET_NAME", 0),
	}
}

func signalText(v uint64) string {
	if v == 0 || v > numSignals {
		return fmt.Sprint(v)
	}
	s := Signal(v)
	if s >= realTime {
		return fmt.Sprintf("SIGRT_%d", s-realTime)
	}
	return s.String()
}

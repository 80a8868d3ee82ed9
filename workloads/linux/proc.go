package linux

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// What /proc says of the process. Each file is a row of a table.

// procRow is a file or link in a directory of /proc.
type procRow struct {
	name string
	// text makes up a file for a process and one of its threads.
	text func(*Process, *Thread) []byte
	// target and jump make a link.
	target func(*Process) string
	jump   func(*Process) *vfs.Node
	// entries makes a directory.
	entries func(*Process) vfs.Dynamic
}

// processRows are the files of /proc/PID, threadRows those of
// /proc/PID/task/TID.
var processRows = []procRow{
	{name: "auxv", text: func(p *Process, _ *Thread) []byte { return p.auxv }},
	{name: "cmdline", text: func(p *Process, _ *Thread) []byte { return zeroEnded(p.options.Args) }},
	{name: "comm", text: func(p *Process, _ *Thread) []byte { return []byte(p.comm() + "\n") }},
	{name: "cwd", target: func(p *Process) string { s, _ := p.cwd.Path(); return s }, jump: func(p *Process) *vfs.Node { return p.cwd }},
	{name: "environ", text: func(p *Process, _ *Thread) []byte { return zeroEnded(p.options.Env) }},
	{name: "exe", target: func(p *Process) string { return p.executable }, jump: func(p *Process) *vfs.Node { return p.program }},
	{name: "fd", entries: func(p *Process) vfs.Dynamic { return fdDirectory{p} }},
	{name: "maps", text: func(p *Process, _ *Thread) []byte { return p.maps() }},
	{name: "mounts", text: func(*Process, *Thread) []byte {
		return []byte("tmpfs / tmpfs rw,noatime 0 0\nproc /proc proc rw 0 0\n")
	}},
	{name: "root", target: func(*Process) string { return "/" }, jump: func(p *Process) *vfs.Node { return p.fs.Root() }},
	{name: "stat", text: (*Process).statText},
	{name: "statm", text: func(p *Process, _ *Thread) []byte {
		return fmt.Appendf(nil, "%d %d 0 0 0 0 0\n", p.mapped()/pageSize, p.space.Resident())
	}},
	{name: "status", text: (*Process).statusText},
	{name: "task", entries: func(p *Process) vfs.Dynamic { return taskDirectory{p} }},
}

var threadRows = []procRow{
	{name: "comm", text: func(p *Process, _ *Thread) []byte { return []byte(p.comm() + "\n") }},
	{name: "stat", text: (*Process).statText},
	{name: "status", text: (*Process).statusText},
}

// procDirectory is a directory whose entries are the rows of a table.
type procDirectory struct {
	p    *Process
	t    *Thread
	rows []procRow
}

// Entries implements vfs.Dynamic.
func (d procDirectory) Entries() []vfs.Entry {
	var list []vfs.Entry
	for _, r := range d.rows {
		kind := vfs.Regular
		switch {
		case r.target != nil:
			kind = vfs.Symlink
		case r.entries != nil:
			kind = vfs.Directory
		}
		list = append(list, vfs.Entry{Name: r.name, Type: kind})
	}
	return list
}

// Entry implements vfs.Dynamic.
func (d procDirectory) Entry(name string) *vfs.Node {
	for _, r := range d.rows {
		switch {
		case r.name != name:
		case r.target != nil:
			return d.p.fs.NewLink(func() string { return r.target(d.p) }, func() *vfs.Node { return r.jump(d.p) })
		case r.entries != nil:
			return d.p.fs.NewDirectory(r.entries(d.p))
		default:
			return d.p.fs.NewText(func() []byte { return r.text(d.p, d.t) })
		}
	}
	return nil
}

// fdDirectory is /proc/PID/fd.
type fdDirectory struct{ p *Process }

// Entries implements vfs.Dynamic.
func (d fdDirectory) Entries() []vfs.Entry {
	var list []vfs.Entry
	for fd, s := range d.p.files.slots {
		if s.description != nil {
			list = append(list, vfs.Entry{Name: strconv.Itoa(fd), Type: vfs.Symlink})
		}
	}
	return list
}

// Entry implements vfs.Dynamic: a link to the very file that is open.
func (d fdDirectory) Entry(name string) *vfs.Node {
	fd, err := strconv.ParseUint(name, 10, 31)
	if err != nil || strconv.FormatUint(fd, 10) != name {
		return nil
	}
	of, e := d.p.files.get(fd)
	if e != eok {
		return nil
	}
	return d.p.fs.NewLink(func() string { return of.name }, func() *vfs.Node {
		switch f := of.file.(type) {
		case *nodeFile:
			return f.node
		case *deviceFile:
			return f.node
		}
		s := of.file.stat()
		return d.p.fs.NewSpecial(s.Mode, s.Rdev, of)
	})
}

// taskDirectory is /proc/PID/task.
type taskDirectory struct{ p *Process }

// Entries implements vfs.Dynamic.
func (d taskDirectory) Entries() []vfs.Entry {
	var list []vfs.Entry
	for _, t := range d.p.threads {
		list = append(list, vfs.Entry{Name: strconv.Itoa(t.tid), Type: vfs.Directory})
	}
	return list
}

// Entry implements vfs.Dynamic.
func (d taskDirectory) Entry(name string) *vfs.Node {
	for _, t := range d.p.threads {
		if strconv.Itoa(t.tid) == name {
			return d.p.fs.NewDirectory(procDirectory{d.p, t, threadRows})
		}
	}
	return nil
}

func zeroEnded(list []string) []byte {
	var b []byte
	for _, s := range list {
		b = append(append(b, s...), 0)
	}
	return b
}

// comm is the name of the process, cut as the kernel cuts it.
func (p *Process) comm() string {
	const length = 15
	s := path.Base(p.options.Args[0])
	return s[:min(len(s), length)]
}

// mapped is the size of all mappings in bytes.
func (p *Process) mapped() (size uint64) {
	for _, r := range p.space.Regions() {
		size += r.Size()
	}
	return size
}

// maps lists the mappings as /proc/PID/maps does. Anonymous neighbours that
// are alike are one line.
func (p *Process) maps() []byte {
	var b bytes.Buffer
	for _, r := range p.space.Regions() {
		end := uint64(r.End)
		for addr := uint64(r.Start); addr < end; {
			n := p.names.at(addr, end)
			device := "00:00"
			switch {
			case n.name != "":
				device = "00:01"
			case n.start < p.heapEnd && n.end > p.heapStart && r.Prot == mem.Read|mem.Write:
				n.name = "[heap]"
			case n.end == stackTop:
				n.name = "[stack]"
			}
			line := fmt.Sprintf("%012x-%012x %vp %08x %s %d", n.start, n.end, r.Prot, n.offset, device, n.ino)
			if n.name != "" {
				line = fmt.Sprintf("%-73s%s", line, n.name)
			}
			b.WriteString(line + "\n")
			addr = n.end
		}
	}
	return b.Bytes()
}

// statText is /proc/PID/stat: what is not listed is 0.
func (p *Process) statText(t *Thread) []byte {
	ticksOf := func(cycles uint64) uint64 { return scale(cycles, ticks, p.system.clock.frequency) }
	used, id := p.busy(), processID
	if t != nil {
		used, id = t.busy(), t.tid
	}
	fields := make([]uint64, 49) // from the fourth on
	fields[0] = parentID
	fields[5-4], fields[6-4] = processID, processID
	fields[14-4] = ticksOf(used)
	fields[18-4] = 20 // priority
	fields[20-4] = uint64(len(p.threads))
	fields[23-4] = p.mapped()
	fields[24-4] = uint64(p.space.Resident())
	fields[25-4] = unlimited
	fields[28-4] = stackTop
	b := fmt.Appendf(nil, "%d (%s) R", id, p.comm())
	for _, f := range fields {
		b = fmt.Appendf(b, " %d", f)
	}
	return append(b, '\n')
}

// statusText is /proc/PID/status.
func (p *Process) statusText(t *Thread) []byte {
	id := processID
	if t != nil {
		id = t.tid
	}
	n := len(p.system.processors)
	var b bytes.Buffer
	for _, f := range []struct {
		name  string
		value any
	}{
		{"Name", p.comm()}, {"Umask", fmt.Sprintf("%04o", uint32(p.umask))}, {"State", "R (running)"},
		{"Tgid", processID}, {"Pid", id}, {"PPid", parentID}, {"TracerPid", 0},
		{"Uid", fmt.Sprintf("%d\t%[1]d\t%[1]d\t%[1]d", userID)}, {"Gid", fmt.Sprintf("%d\t%[1]d\t%[1]d\t%[1]d", userID)},
		{"FDSize", len(p.files.slots)},
		{"VmSize", fmt.Sprintf("%8d kB", p.mapped()>>10)}, {"VmRSS", fmt.Sprintf("%8d kB", p.space.Resident()*pageSize>>10)},
		{"Threads", len(p.threads)},
		{"Cpus_allowed_list", cpuRange(n)},
	} {
		fmt.Fprintf(&b, "%s:\t%v\n", f.name, f.value)
	}
	return b.Bytes()
}

// cpuRange is all n processors as the kernel writes a list: "0-3".
func cpuRange(n int) string {
	if n == 1 {
		return "0"
	}
	return fmt.Sprintf("0-%d", n-1)
}

// cpuinfo is /proc/cpuinfo.
func (p *Process) cpuinfo() []byte {
	var b bytes.Buffer
	for i := range p.system.processors {
		fmt.Fprintf(&b, "processor\t: %d\nhart\t\t: %[1]d\nisa\t\t: rv64imafdc_zicntr_zicsr_zifencei_zba_zbb_zbs\nmmu\t\t: sv48\n\n", i)
	}
	return b.Bytes()
}

// meminfo is /proc/meminfo: the memory is the process's limit.
func (p *Process) meminfo() []byte {
	total, free := p.options.Memory>>10, p.space.Available()>>10
	var b bytes.Buffer
	for _, f := range []struct {
		name string
		kb   uint64
	}{
		{"MemTotal", total}, {"MemFree", free}, {"MemAvailable", free}, {"Buffers", 0}, {"Cached", 0}, {"SwapCached", 0},
		{"SwapTotal", 0}, {"SwapFree", 0}, {"Shmem", 0},
	} {
		fmt.Fprintf(&b, "%-15s %8d kB\n", f.name+":", f.kb)
	}
	return b.Bytes()
}

// processorTimes is /proc/stat.
func (p *Process) processorTimes() []byte {
	var b strings.Builder
	b.WriteString("cpu  0 0 0 0 0 0 0 0 0 0\n")
	for i := range p.system.processors {
		fmt.Fprintf(&b, "cpu%d 0 0 0 0 0 0 0 0 0 0\n", i)
	}
	fmt.Fprintf(&b, "btime %d\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n", uint64(epoch))
	return []byte(b.String())
}

package linux

import (
	"fmt"
	"path"

	"github.com/threadmill-sim/threadmill/workloads/elf"
	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// epochTime is the time of every file that was there at the start.
const epochTime = vfs.Time(epoch * nanosecond)

// fileTime is the time that a changed file gets.
func (p *Process) fileTime() vfs.Time {
	return epochTime + vfs.Time(p.system.clock.nanoseconds())
}

// mount sets the file system up: what Options.Root has, the devices, /proc,
// /sys, and the program itself, as "/" and its name unless the root has that.
func (p *Process) mount(m *elf.Image) (err error) {
	p.fs, err = vfs.New(vfs.Options{Host: p.options.Root, Charge: p.space.Charge, Now: p.fileTime, Epoch: epochTime})
	if err != nil {
		return err
	}
	p.cwd = p.fs.Root()
	p.umask = 0o022
	p.mountDevices()
	p.mountProc()
	p.mountSys()
	p.executable = path.Join("/", path.Base(p.options.Args[0]))
	p.program = p.fs.NewImage(0o755, m.File)
	if n, err := p.fs.Walk(p.fs.Root(), p.executable, false); err == nil && n.Node == nil {
		p.fs.Put(p.executable, p.program)
	}
	return nil
}

func (p *Process) mountDevices() {
	fs := p.fs
	for _, d := range []struct {
		name   string
		minor  uint64
		device device
	}{
		{"null", 3, devNull}, {"zero", 5, devZero}, {"full", 7, devFull}, {"random", 8, devRandom}, {"urandom", 9, devRandom},
	} {
		const memory = 1 << 8 // major number
		fs.Put("/dev/"+d.name, fs.NewSpecial(vfs.CharDevice|0o666, memory|d.minor, d.device))
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		fs.Put("/dev/"+name, fs.NewLink(func() string { return target }, nil))
	}
	fs.MakeDirectory("/dev/shm", 0o1777)
}

func (p *Process) mountProc() {
	fs := p.fs
	self := fmt.Sprint(processID)
	fs.Put("/proc/self", fs.NewLink(func() string { return self }, nil))
	fs.Put("/proc/"+self, fs.NewDirectory(procDirectory{p, nil, processRows}))
	fs.Put("/proc/mounts", fs.NewLink(func() string { return "self/mounts" }, nil))
	for _, f := range []struct {
		name string
		text func() []byte
	}{
		{"/proc/cpuinfo", p.cpuinfo},
		{"/proc/meminfo", p.meminfo},
		{"/proc/stat", p.processorTimes},
		{"/proc/uptime", func() []byte {
			const hundredth = nanosecond / 100
			n := p.system.clock.nanoseconds() / hundredth
			return fmt.Appendf(nil, "%d.%02d 0.00\n", n/100, n%100)
		}},
	} {
		fs.Put(f.name, fs.NewText(f.text))
	}
	p.mountTexts([]fixedText{
		{"/proc/filesystems", "nodev\ttmpfs\nnodev\tproc"},
		{"/proc/loadavg", "0.00 0.00 0.00 1/1 2"},
		{"/proc/version", "Linux version " + kernelRelease + " (threadmill)"},
		{"/proc/sys/fs/file-max", fmt.Sprint(maxFiles)},
		{"/proc/sys/fs/nr_open", fmt.Sprint(maxFiles)},
		{"/proc/sys/fs/pipe-max-size", "1048576"},
		{"/proc/sys/kernel/hostname", "threadmill"},
		{"/proc/sys/kernel/ngroups_max", "65536"},
		{"/proc/sys/kernel/osrelease", kernelRelease},
		{"/proc/sys/kernel/ostype", "Linux"},
		{"/proc/sys/kernel/pid_max", "32768"},
		{"/proc/sys/kernel/randomize_va_space", "0"},
		{"/proc/sys/kernel/threads-max", fmt.Sprint(maxThreads)},
		{"/proc/sys/kernel/version", "#1 SMP"},
		{"/proc/sys/vm/max_map_count", fmt.Sprint(maxRegions)},
		{"/proc/sys/vm/mmap_min_addr", fmt.Sprint(lowest)},
		{"/proc/sys/vm/overcommit_memory", "1"},
	})
}

func (p *Process) mountSys() {
	cpus := cpuRange(len(p.system.processors))
	p.mountTexts([]fixedText{
		{"/sys/devices/system/cpu/online", cpus},
		{"/sys/devices/system/cpu/possible", cpus},
		{"/sys/devices/system/cpu/present", cpus},
		{"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
		{"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", fmt.Sprint(2 << 20)},
	})
	for i := range p.system.processors {
		p.fs.Put(fmt.Sprintf("/sys/devices/system/cpu/cpu%d", i), p.fs.NewDirectory(nil))
	}
}

// fixedText is a file of one line that stays as it is.
type fixedText struct{ name, text string }

func (p *Process) mountTexts(list []fixedText) {
	for _, f := range list {
		p.fs.Put(f.name, p.fs.NewText(func() []byte { return []byte(f.text + "\n") }))
	}
}

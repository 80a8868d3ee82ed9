package suite

import (
	"context"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads/elf"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// The programs run in our own emulation of Linux: the output, the number of
// instructions, and no more memory than the descriptor says, beside a few
// pages of code and stack.
func TestEmulated(t *testing.T) {
	const besides = 64 << 10
	sizes := SizeNames[:2]
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, d := range All() {
		file, err := ELF(d.Name)
		if err != nil {
			t.Fatal(err)
		}
		image, err := elf.Load(file)
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		for _, name := range sizes {
			size, err := d.Size(name)
			if err != nil {
				t.Fatal(err)
			}
			system := linux.NewSystem(linux.SystemOptions{})
			p, err := system.Start(image, linux.Options{
				Args:   append([]string{d.Name}, size.Args...),
				Memory: size.Footprint<<10 + besides,
			})
			if err != nil {
				t.Fatal(err)
			}
			err = system.Run(context.Background(), 2*size.Instructions)
			exit, _ := p.Exit()
			run := d.Name + "@" + name
			if err != nil || exit.Code != 0 || string(p.Stdout()) != size.Stdout || len(p.Warnings()) > 0 {
				t.Errorf("%s: exit %+v, error %v, stdout %q, stderr %q, warnings %q", run, exit, err, p.Stdout(), p.Stderr(), p.Warnings())
			}
			if p.Instructions() != size.Instructions {
				t.Errorf("%s: %d instructions, the descriptor says %d", run, p.Instructions(), size.Instructions)
			}
		}
	}
}

package suite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"github.com/threadmill-sim/threadmill/internal/catalog"
)

// decodeError names the file, the line and the key of a decoding error.
func decodeError(file string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		e := unknown.Errors[0]
		row, _ := e.Position()
		return fmt.Errorf("%s:%d: unknown key %q", file, row, dotted(e.Key()))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, _ := bad.Position()
		return fmt.Errorf("%s:%d: %w", file, row, err)
	}
	return fmt.Errorf("%s: %w", file, err)
}

func dotted(key toml.Key) string {
	s := ""
	for i, k := range key {
		if i > 0 {
			s += "."
		}
		s += k
	}
	return s
}

// validate checks that the descriptor is complete and carries its file's name.
func (d *Descriptor) validate(name string) error {
	if d.Name != name {
		return fmt.Errorf("name is %q, must be the file's, %q", d.Name, name)
	}
	for _, f := range []struct{ key, value string }{{"doc", d.Doc}, {"class", d.Class}, {"bound", d.Bound}, {"usage", d.Usage}} {
		if f.value == "" {
			return fmt.Errorf("%s is missing", f.key)
		}
	}
	if !slices.Contains(ClassNames(), d.Class) {
		return fmt.Errorf("class: %w", catalog.Unknown("class", d.Class, ClassNames()))
	}
	for _, name := range SizeNames {
		s, err := d.Size(name)
		switch {
		case err != nil:
			return err
		case len(s.Args) == 0:
			return fmt.Errorf("sizes.%s.args is missing", name)
		case s.Stdout == "":
			return fmt.Errorf("sizes.%s.stdout is missing", name)
		case s.Instructions == 0:
			return fmt.Errorf("sizes.%s.instructions is missing", name)
		case s.Footprint == 0:
			return fmt.Errorf("sizes.%s.footprint is missing", name)
		}
	}
	return nil
}

package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Check reports why Write could not write into dir, as far as that can be
// known before; it leaves nothing behind.
func Check(dir string) error {
	if dir == "" {
		return errors.New("no directory is named")
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkMakeable(dir)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	}
	for _, name := range Files() {
		path := filepath.Join(dir, name)
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			return fmt.Errorf("%s is a directory where a file of the report would go", path)
		}
	}
	return probe(dir)
}

// checkMakeable checks a directory that is not there: the nearest one above it
// must take a new directory.
func checkMakeable(dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s is a symbolic link to nothing", dir)
	}
	parent := filepath.Dir(dir)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist) && parent != dir:
		return checkMakeable(parent)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", parent)
	}
	return probe(parent)
}

// probe makes a directory in dir and removes it.
func probe(dir string) error {
	made, err := os.MkdirTemp(dir, ".threadmill-")
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return fmt.Errorf("%s cannot be written to: %w", dir, err)
	}
	return os.Remove(made)
}

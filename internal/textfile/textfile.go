// Package textfile reads text files that a user names.
package textfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Read is what is in a file that may have at most so many bytes. A device or a
// pipe that never ends has more, and is not read on.
func Read(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("more than %d bytes, the most that a file of this kind has", most)}
	}
	return data, err
}

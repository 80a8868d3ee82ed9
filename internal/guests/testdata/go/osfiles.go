// Files through package os: created, read, listed, renamed, removed.
// run: 30
// timed: 5
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	dir, err := os.MkdirTemp("/tmp", "guest")
	check(err)
	name := func(s string) string { return filepath.Join(dir, s) }
	for i := range n {
		check(os.WriteFile(name(fmt.Sprintf("file%02d", i)), make([]byte, i), 0o600))
	}
	check(os.MkdirAll(name("a/b/c"), 0o755))
	entries, err := os.ReadDir(dir)
	check(err)
	fmt.Println(len(entries), entries[0].Name(), entries[0].IsDir(), entries[1].Name())
	f, err := os.OpenFile(name("log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	check(err)
	w := bufio.NewWriter(f)
	for i := range n * 10 {
		fmt.Fprintln(w, "line", i)
	}
	check(w.Flush())
	_, err = f.Seek(0, io.SeekStart)
	check(err)
	scanner := bufio.NewScanner(f)
	lines, sum := 0, 0
	for scanner.Scan() {
		lines++
		sum += len(scanner.Text())
	}
	info, err := f.Stat()
	check(err)
	fmt.Println(lines, sum, info.Size(), info.Mode())
	b := make([]byte, 6)
	k, err := f.ReadAt(b, 5)
	fmt.Println(k, err, strconv.Quote(string(b)))
	check(f.Truncate(10))
	check(f.Close())
	_, err = f.Write(b)
	fmt.Println(errors.Is(err, os.ErrClosed))
	text, err := os.ReadFile(name("log"))
	check(err)
	fmt.Printf("%q\n", text)
	check(os.Rename(name("log"), name("a/b/moved")))
	_, err = os.Stat(name("log"))
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	count := 0
	check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		count++
		return err
	}))
	fmt.Println(count)
	fmt.Println(errors.Is(os.Mkdir(name("a"), 0o755), fs.ErrExist), os.Remove(name("a")) != nil)
	check(os.RemoveAll(dir))
	_, err = os.ReadDir(dir)
	fmt.Println(errors.Is(err, fs.ErrNotExist))

	r, pw, err := os.Pipe()
	check(err)
	go func() {
		for i := range n {
			fmt.Fprintf(pw, "%d ", i)
		}
		pw.Close()
	}()
	all, err := io.ReadAll(r)
	fmt.Println(len(all), err)
}

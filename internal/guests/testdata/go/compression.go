// Compression there and back, at several levels.
// run: 8000
// timed: 200
package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
	"os"
	"strconv"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	text := make([]byte, n)
	x := uint32(1)
	for i := range text {
		x = x*1103515245 + 12345
		text[i] = "etaoin shrdlu\n"[x>>16%14]
		if i > 100 && x>>28 < 5 {
			copy(text[i:], text[i-100:i-60])
		}
	}
	fmt.Printf("%08x %08x\n", crc32.ChecksumIEEE(text), adler32.Checksum(text))
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	g.Name = "name"
	g.Write(text)
	g.Close()
	r, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
	if err != nil {
		panic(err)
	}
	back, err := io.ReadAll(r)
	fmt.Println(packed.Len(), err, bytes.Equal(back, text), r.Name)
	spoiled := bytes.Clone(packed.Bytes())
	spoiled[packed.Len()-6] ^= 1
	r.Reset(bytes.NewReader(spoiled))
	_, err = io.ReadAll(r)
	fmt.Println(err)
	if n > 1000 {
		for level := range 10 {
			packed.Reset()
			w, _ := flate.NewWriter(&packed, level)
			w.Write(text)
			w.Close()
			size := packed.Len()
			back, err = io.ReadAll(flate.NewReader(&packed))
			fmt.Println(level, size, err, bytes.Equal(back, text))
		}
		packed.Reset()
		z := zlib.NewWriter(&packed)
		z.Write(text)
		z.Close()
		zr, _ := zlib.NewReader(&packed)
		back, err = io.ReadAll(zr)
		fmt.Println(err, bytes.Equal(back, text))
	}
}

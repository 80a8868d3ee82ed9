// Hashes and ciphers of the standard library.
// run: 5000
// timed: 200
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"os"
	"strconv"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i*i + i>>3)
	}
	fmt.Printf("%x\n", sha256.Sum256(data))
	fmt.Printf("%x\n", sha256.Sum256([]byte("abc")))
	fmt.Printf("%x\n", sha512.Sum512(data))
	fmt.Printf("%x\n%x\n", sha1.Sum(data), md5.Sum(data))
	m := hmac.New(sha256.New, []byte("key"))
	m.Write(data)
	fmt.Println(hex.EncodeToString(m.Sum(nil)))
	f := fnv.New64a()
	f.Write(data)
	fmt.Printf("%x\n", f.Sum64())
	block, _ := aes.NewCipher([]byte("0123456789abcdef"))
	out := make([]byte, n)
	cipher.NewCTR(block, data[:16]).XORKeyStream(out, data)
	fmt.Println(base64.StdEncoding.EncodeToString(out[:30]))
	gcm, _ := cipher.NewGCM(block)
	sealed := gcm.Seal(nil, data[:12], data[:100], []byte("extra"))
	opened, err := gcm.Open(nil, data[:12], sealed, []byte("extra"))
	fmt.Printf("%x %d %v\n", sealed[:8], len(opened), err)
	sealed[3] ^= 1
	_, err = gcm.Open(nil, data[:12], sealed, []byte("extra"))
	fmt.Println(err)
	seed := maphash.MakeSeed()
	fmt.Println(maphash.Bytes(seed, data) == maphash.Bytes(seed, data))
}

// Strings, numbers as text, formats, regular expressions, templates of fmt.
// run: 40
// timed: 1
package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type celsius float64

func (c celsius) String() string { return fmt.Sprintf("%.1f°", float64(c)) }

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	s := "The quick brown föx jumps over the lazy dog"
	fmt.Println(strings.Fields(s), strings.Split("a,b,,c", ","), strings.ToUpper(s), strings.Title("of go"))
	fmt.Println(strings.Index(s, "föx"), strings.LastIndexByte(s, 'o'), strings.Count(s, "o"), strings.Contains(s, "cat"), strings.Repeat("ab", 3))
	fmt.Println(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToTitle(r)
	}, s), utf8.RuneCountInString(s), len(s), []rune("föx"), []byte("ö"))
	fmt.Println(strings.NewReplacer("quick", "slow", "brown", "red").Replace(s), strings.EqualFold("STRASSE", "strasse"), strings.TrimFunc("  x1 ", unicode.IsSpace))
	before, after, found := strings.Cut("key=value=x", "=")
	fmt.Println(before, after, found, bytes.Fields([]byte(" a b ")))
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d:%x ", i, i*i)
	}
	fmt.Println(b.Len(), b.String()[b.Len()/2:])

	for _, f := range []float64{0, 1, -1.5, 0.1, 1e21, 1e-7, 123456789.125, 5e-324, 1.7976931348623157e308} {
		fmt.Print(strconv.FormatFloat(f, 'g', -1, 64), " ", strconv.FormatFloat(f, 'e', 5, 64), " ", strconv.FormatFloat(f, 'x', -1, 64), " ", strconv.FormatFloat(f, 'f', 2, 32), "; ")
	}
	fmt.Println()
	for _, t := range []string{"42", "-0x1f", "1_000", "9223372036854775808", "x", "1e400", "3.25", "nan", "0b101"} {
		i, err := strconv.ParseInt(t, 0, 64)
		f, err2 := strconv.ParseFloat(t, 64)
		fmt.Println(t, i, err, f, err2)
	}
	fmt.Println(strconv.Quote("tab\t\"q\" \x00 ☺"), strconv.FormatInt(-255, 16), strconv.AppendBool(nil, true))
	type pair struct {
		A int
		B *string
		C []celsius
	}
	p := pair{1, nil, []celsius{36.6, -4}}
	fmt.Printf("%v %+v %#v %T\n", p, p, p, p)
	fmt.Printf("%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%U|%q\n", 42, 42, 42, 42, 3054, 3054, 8, 5, 'G', '☺', 'x')
	fmt.Printf("%8.3f|%-8.2e|%g|%6.2f%%|%t|%v|%p|%s|%10s|%-10s|%q|% x\n", 3.14159, 31415.9, 1e-10, 99.5, true, nil, nil, "s", "right", "left", "quo\"te", "hex")
	fmt.Printf("%[2]d %[1]d %d %!|%z %d\n", 1, 2, 3)
	var x, y int
	var w string
	k, err := fmt.Sscanf("7-8 word", "%d-%d %s", &x, &y, &w)
	fmt.Println(k, err, x, y, w)

	r := regexp.MustCompile(`(?i)(\w+)@(\w+)\.(com|org)`)
	in := "Ann@One.com; bob@two.org, c@d.net"
	fmt.Println(r.FindAllString(in, -1), r.FindStringSubmatchIndex(in), r.ReplaceAllString(in, "$2:$1"), r.MatchString("none"))
	_, err = regexp.Compile("(")
	fmt.Println(err)
}

package asm

import (
	"math/big"
	"strconv"
	"strings"
)

type tokenKind uint8

const (
	endOfStatement tokenKind = iota
	identifier
	integer   // a number or a character constant
	decimal   // a number with a point or an exponent
	localName // 1f, 1b: the numeric label after or before here
	quoted    // a string, without its quotes and escapes
	operator  // an operator or a delimiter
)

// token is a word of a statement.
type token struct {
	kind  tokenKind
	text  string
	value uint64 // of an integer
	pos
}

// is reports whether the token is the operator or delimiter s.
func (t token) is(s string) bool { return t.kind == operator && t.text == s }

// describe names the token in a message.
func (t token) describe() string {
	switch t.kind {
	case endOfStatement:
		return "the end of the statement"
	case quoted:
		return "a string"
	}
	return strconv.Quote(t.text)
}

// lexer splits a source into tokens. A statement ends at a newline or a
// semicolon; comments are # and // to the end of the line, and /* */.
type lexer struct {
	source string
	offset int
	line   int
	start  int // offset of the line
}

func newLexer(source []byte) *lexer { return &lexer{source: string(source), line: 1} }

func (l *lexer) here() pos { return pos{l.line, l.offset - l.start + 1} }

func (l *lexer) rest() string { return l.source[l.offset:] }

func (l *lexer) newline() {
	l.line++
	l.start = l.offset
}

// statement returns the tokens of the next statement, which may be none; the
// last is endOfStatement. more is false at the end of the source. After an
// error the rest of the line is skipped.
func (l *lexer) statement() (tokens []token, more bool, err error) {
	for {
		if err := l.blanks(); err != nil {
			return nil, true, err
		}
		at := l.here()
		if l.offset == len(l.source) {
			return append(tokens, token{pos: at}), false, nil
		}
		if c := l.source[l.offset]; c == '\n' || c == ';' {
			l.offset++
			if c == '\n' {
				l.newline()
			}
			return append(tokens, token{pos: at}), true, nil
		}
		t, err := l.token()
		if err != nil {
			l.skipLine()
			return nil, true, err
		}
		t.pos = at
		tokens = append(tokens, t)
	}
}

// blanks skips white space and comments, but no newline outside /* */.
func (l *lexer) blanks() error {
	for l.offset < len(l.source) {
		switch c := l.source[l.offset]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.offset++
		case c == '#' || strings.HasPrefix(l.rest(), "//"):
			l.skipLine()
		case strings.HasPrefix(l.rest(), "/*"):
			at := l.here()
			n := strings.Index(l.rest()[2:], "*/")
			if n < 0 {
				l.offset = len(l.source)
				return mistakef(at, "comment is not closed with */")
			}
			for end := l.offset + 2 + n + 2; l.offset < end; {
				l.offset++
				if l.source[l.offset-1] == '\n' {
					l.newline()
				}
			}
		default:
			return nil
		}
	}
	return nil
}

// skipLine goes to the newline.
func (l *lexer) skipLine() {
	if n := strings.IndexByte(l.rest(), '\n'); n >= 0 {
		l.offset += n
	} else {
		l.offset = len(l.source)
	}
}

func isLetter(c byte) bool {
	return c == '_' || c == '.' || c == '$' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (l *lexer) token() (token, error) {
	c := l.source[l.offset]
	switch {
	case isLetter(c):
		return token{kind: identifier, text: l.word()}, nil
	case isDigit(c):
		return l.number()
	case c == '"':
		return l.quoted()
	case c == '\'':
		return l.character()
	}
	for _, s := range []string{"<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "~", "(", ")", ",", ":", "=", "@"} {
		if strings.HasPrefix(l.rest(), s) {
			l.offset += len(s)
			return token{kind: operator, text: s}, nil
		}
	}
	return token{}, mistakef(l.here(), "unexpected character %q", []rune(l.rest())[0])
}

// word takes the letters and digits that follow.
func (l *lexer) word() string {
	start := l.offset
	for l.offset < len(l.source) && (isLetter(l.source[l.offset]) || isDigit(l.source[l.offset])) {
		l.offset++
	}
	return l.source[start:l.offset]
}

// number takes a number in any radix, a decimal fraction, or a reference to a
// numeric label.
func (l *lexer) number() (token, error) {
	at := l.here()
	w := l.word()
	if last := len(w) - 1; last > 0 && (w[last] == 'f' || w[last] == 'b') && strings.Trim(w[:last], "0123456789") == "" {
		return token{kind: localName, text: w}, nil
	}
	hex := strings.HasPrefix(w, "0x") || strings.HasPrefix(w, "0X")
	if !hex && strings.ContainsAny(w, ".eE") {
		if strings.ContainsAny(w[len(w)-1:], "eE") && l.offset < len(l.source) && (l.rest()[0] == '-' || l.rest()[0] == '+') {
			l.offset++
			w += l.source[l.offset-1:l.offset] + l.word()
		}
		if _, err := strconv.ParseFloat(w, 64); err != nil && !strings.Contains(err.Error(), "range") || strings.Contains(w, "_") {
			return token{}, mistakef(at, "%q is not a number", w)
		}
		return token{kind: decimal, text: w}, nil
	}
	v, err := strconv.ParseUint(w, 0, 64)
	switch {
	case err == nil && !strings.ContainsAny(w, "_oO"):
		return token{kind: integer, text: w, value: v}, nil
	case isInteger(w):
		return token{}, mistakef(at, "%s does not fit in 64 bits", w)
	}
	return token{}, mistakef(at, "%q is not a number", w)
}

func isInteger(w string) bool {
	_, ok := new(big.Int).SetString(w, 0)
	return ok && !strings.ContainsAny(w, "_oO")
}

func (l *lexer) quoted() (token, error) {
	at := l.here()
	l.offset++
	var b strings.Builder
	for l.offset < len(l.source) && l.source[l.offset] != '\n' {
		if l.source[l.offset] == '"' {
			l.offset++
			return token{kind: quoted, text: b.String()}, nil
		}
		c, err := l.char()
		if err != nil {
			return token{}, err
		}
		b.WriteByte(c)
	}
	return token{}, mistakef(at, "string is not closed with \"")
}

// character takes a character constant; GNU as does not ask for the closing
// quote, and neither does this.
func (l *lexer) character() (token, error) {
	at, start := l.here(), l.offset
	l.offset++
	if l.offset == len(l.source) || l.source[l.offset] == '\n' {
		return token{}, mistakef(at, "character is missing after '")
	}
	c, err := l.char()
	if err != nil {
		return token{}, err
	}
	if strings.HasPrefix(l.rest(), "'") {
		l.offset++
	} else if c >= 0x80 {
		return token{}, mistakef(at, "a character constant is one byte; this one is not ASCII")
	}
	return token{kind: integer, text: l.source[start:l.offset], value: uint64(c)}, nil
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'a': '\a', 'v': '\v', '\\': '\\', '\'': '\'', '"': '"'}

// char takes one byte of a string, escaped or not.
func (l *lexer) char() (byte, error) {
	c := l.source[l.offset]
	l.offset++
	if c != '\\' {
		return c, nil
	}
	at := pos{l.line, l.offset - l.start}
	if l.offset == len(l.source) {
		return 0, mistakef(at, "escape is missing after \\")
	}
	c = l.source[l.offset]
	switch {
	case c == 'x':
		return l.numeric(at, l.offset+1, 16, 2)
	case '0' <= c && c <= '7':
		return l.numeric(at, l.offset, 8, 3)
	}
	l.offset++
	e, ok := escapes[c]
	if !ok {
		return 0, mistakef(at, "unknown escape \\%c (known: \\n \\t \\r \\b \\f \\a \\v \\\\ \\' \\\" \\ooo \\xhh)", c)
	}
	return e, nil
}

// numeric takes up to limit digits of an escape, from offset start.
func (l *lexer) numeric(at pos, start, base, limit int) (byte, error) {
	end := start
	for end < len(l.source) && end < start+limit {
		if _, err := strconv.ParseUint(l.source[end:end+1], base, 8); err != nil {
			break
		}
		end++
	}
	v, err := strconv.ParseUint(l.source[start:end], base, 8)
	if err != nil {
		return 0, mistakef(at, "escape \\%s is not the code of a byte", l.source[l.offset:end])
	}
	l.offset = end
	return byte(v), nil
}

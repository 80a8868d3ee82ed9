package asm

// repetition is a block between .rept and .endr that is being read. What is
// nested in it is part of its statements until they are repeated.
type repetition struct {
	pos
	count uint64
	depth int // of .rept without .endr inside the block
	body  [][]token
}

// maxRepeated bounds the statements of all repetitions together.
const maxRepeated = 1 << 18

// reptDirective is .rept count.
func reptDirective(s *statement) error {
	at := s.tokens[s.index-1].pos
	count, err := s.constantOperand()
	if err == nil && int64(count) < 0 {
		err = mistakef(at, "a count of %d is below 0", int64(count))
	}
	s.repetition = &repetition{pos: at, count: count}
	return err
}

func endrDirective(s *statement) error {
	return mistakef(s.tokens[s.index-1].pos, "there is no .rept before this")
}

// record keeps a statement of the open block; .endr closes and repeats it.
func (a *assembler) record(tokens []token) error {
	r := a.repetition
	switch {
	case tokens[0].text == ".rept":
		r.depth++
	case tokens[0].text == ".endr" && r.depth > 0:
		r.depth--
	case tokens[0].text == ".endr":
		a.repetition = nil
		return a.repeat(r)
	}
	r.body = append(r.body, tokens)
	return nil
}

func (a *assembler) repeat(r *repetition) error {
	for range r.count {
		if a.repeated += len(r.body); a.repeated > maxRepeated {
			return mistakef(r.pos, "repetitions come to more than %d statements here", maxRepeated)
		}
		for _, tokens := range r.body {
			if err := a.statement(tokens); err != nil {
				return err
			}
		}
		if len(r.body) == 0 {
			break
		}
	}
	return nil
}

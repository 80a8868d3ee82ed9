package mem

import "testing"

// What is charged leaves less for pages, and the other way round.
func TestCharge(t *testing.T) {
	s := New(3 * PageSize)
	if err := s.Map(0x10000, 4*PageSize, Read|Write); err != nil {
		t.Fatal(err)
	}
	if !s.Charge(PageSize+1) || s.Charge(2*PageSize) {
		t.Error("a charge of 4097 of 12288 bytes is possible, and then not one of 8192")
	}
	one := []byte{1}
	if err := s.Write(0x10000, one); err != nil {
		t.Error(err)
	}
	if err := s.Write(0x11000, one); err == nil {
		t.Error("two pages and 4097 bytes are more than three pages, and were possible")
	}
	if s.Available() != PageSize-1 {
		t.Errorf("%d bytes available", s.Available())
	}
	s.Charge(-PageSize)
	if err := s.Write(0x11000, one); err != nil {
		t.Error("after giving back: ", err)
	}
}

package stats

import "reflect"

// Sum sets every uint64 of the struct that dst points to, nested structs and
// arrays included, to the sum of those of parts, which have the same type.
// Totals over threads so need no list of their counters. It reflects: call it
// for a snapshot, not in a loop.
func Sum[T any](dst *T, parts ...*T) {
	var zero T
	*dst = zero
	for _, p := range parts {
		addInto(reflect.ValueOf(dst).Elem(), reflect.ValueOf(p).Elem())
	}
}

func addInto(dst, src reflect.Value) {
	switch dst.Kind() {
	case reflect.Uint64:
		dst.SetUint(dst.Uint() + src.Uint())
	case reflect.Struct:
		for i := range dst.NumField() {
			addInto(dst.Field(i), src.Field(i))
		}
	case reflect.Array:
		for i := range dst.Len() {
			addInto(dst.Index(i), src.Index(i))
		}
	}
}

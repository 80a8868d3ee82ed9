package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Parameters are accepted up to their bounds and no further, and what is
// accepted works.
func TestParameterBounds(t *testing.T) {
	for _, row := range scheduler.Catalog.Rows {
		if row.Doc == "" {
			t.Errorf("%s is not documented", row.Name)
		}
		for _, p := range row.Params {
			if p.Doc == "" {
				t.Errorf("%s: %s is not documented", row.Name, p.Name)
			}
			good, bad := values(p)
			for _, v := range good {
				policy, n := build(t, row.Name+":"+p.Name+"="+v, 4)
				view := scheduler.View{Now: 99, Threads: make([]scheduler.Thread, n)}
				for i := range view.Threads {
					view.Threads[i].State = scheduler.Running
				}
				if out := plan(policy, &view); len(out.Fetch) == 0 {
					t.Errorf("%s:%s=%s: nobody fetches", row.Name, p.Name, v)
				}
			}
			for _, v := range bad {
				if _, _, err := scheduler.Parse(row.Name + ":" + p.Name + "=" + v); err == nil {
					t.Errorf("%s:%s=%s was accepted", row.Name, p.Name, v)
				}
			}
		}
	}
}

func values(p scheduler.Param) (good, bad []string) {
	switch p.Kind {
	case catalog.Int:
		return []string{fmt.Sprint(p.Min), fmt.Sprint(p.Max)}, []string{fmt.Sprint(p.Min - 1), fmt.Sprint(p.Max + 1), "", "x", "1.5"}
	case catalog.List:
		return append(slices.Clone(p.Choices), p.Default), []string{"", "nothing", p.Choices[0] + "+" + p.Choices[0]}
	case catalog.Ints:
		return append(slices.Clone(p.Choices), fmt.Sprint(p.Min), fmt.Sprint(p.Max), fmt.Sprintf("%d+%d", p.Max, p.Min)), []string{"", "nothing", fmt.Sprint(p.Max + 1), fmt.Sprint(p.Min - 1), "1+"}
	}
	for _, c := range p.Choices {
		if word, ok := strings.CutSuffix(c, "N"); ok && strings.HasSuffix(word, ":") {
			good = append(good, fmt.Sprint(word, p.Min), fmt.Sprint(word, p.Max))
			bad = append(bad, c, word, fmt.Sprint(word, p.Min-1), fmt.Sprint(word, p.Max+1))
		} else {
			good = append(good, c)
		}
	}
	return good, append(bad, "", "nothing")
}

func TestEnvironmentBounds(t *testing.T) {
	for _, row := range scheduler.Catalog.Rows {
		_, args, err := scheduler.Parse(row.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []scheduler.Env{environment(0), environment(isa.MaxContexts + 1), {Contexts: 1, Sizes: environment(1).Sizes}} {
			if _, _, err := row.New(e, args); err == nil {
				t.Errorf("%s was built for %+v", row.Name, e)
			}
		}
		most := environment(isa.MaxContexts)
		most.FetchWidth = 1
		if _, _, err := row.New(most, args); err != nil {
			t.Errorf("%s for %d contexts: %v", row.Name, isa.MaxContexts, err)
		}
	}
}

// encoding/json there and back, and reflection.
// run: 20
// timed: 1
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
)

type address struct {
	Street string `json:"street"`
	Number int    `json:"number,omitempty"`
}
type person struct {
	Name    string            `json:"name"`
	Age     int               `json:"age"`
	Height  float64           `json:"height"`
	Tags    []string          `json:"tags"`
	Home    *address          `json:"home,omitempty"`
	Extra   map[string]any    `json:"extra"`
	Words   map[string]string `json:"words"`
	private int
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	var people []person
	for i := range n {
		people = append(people, person{
			Name: "Person " + strconv.Itoa(i) + " <&> \u00e9", Age: i, Height: 1.5 + float64(i)/7,
			Tags: []string{"a", "b"}[:i%3%2+1], Home: &address{"Main", i},
			Extra: map[string]any{"list": []any{1.5, "x", nil, true}}, Words: map[string]string{"z": "1", "a": "2"},
		})
	}
	text, err := json.Marshal(people)
	fmt.Println(len(text), err)
	fmt.Println(string(text[:min(200, len(text))]))
	var back []person
	err = json.Unmarshal(text, &back)
	fmt.Println(err, reflect.DeepEqual(people, back))
	var free any
	err = json.Unmarshal([]byte(`{"b":[1,2,{"c":null}],"a":"\u00fc\n","n":-1.25e3}`), &free)
	pretty, _ := json.MarshalIndent(free, "", "  ")
	fmt.Println(err, string(pretty))
	for _, bad := range []string{`{"a":}`, `[1,2`, `{"name":5}`, `nul`} {
		var p person
		fmt.Println(json.Unmarshal([]byte(bad), &p))
	}
	d := json.NewDecoder(strings.NewReader(`{"name":"x"} {"name":"y","unknown":1}`))
	d.DisallowUnknownFields()
	for d.More() {
		var p person
		err := d.Decode(&p)
		fmt.Println(p.Name, err)
		if err != nil {
			break
		}
	}
	t := reflect.TypeFor[person]()
	for i := range t.NumField() {
		fmt.Print(t.Field(i).Name, ":", t.Field(i).Type, " ")
	}
	fmt.Println()
}

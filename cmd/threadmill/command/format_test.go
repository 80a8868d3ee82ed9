package command

import (
	"bytes"
	"strings"
	"testing"
)

func TestTableFormats(t *testing.T) {
	sample := &table{header: []string{"scheduler", "IPC", "meaning"}}
	sample.add("icount:threads=2", "13.10", "a|b_c")
	sample.add("single", "–", "a line that does not fit into its place")
	for _, f := range []struct{ format, want string }{
		{formatTable, `
scheduler           IPC  meaning
───────────────────────────────────────────────
icount:threads=2  13.10  a|b_c
single                –  a line that does not
                         fit into its place
`},
		{formatCSV, `
scheduler,IPC,meaning
icount:threads=2,13.10,a|b_c
single,–,a line that does not fit into its place
`},
		{formatMarkdown, `
| scheduler        |   IPC | meaning                                 |
|:-----------------|------:|:----------------------------------------|
| icount:threads=2 | 13.10 | a\|b\_c                                 |
| single           |     – | a line that does not fit into its place |
`},
	} {
		var b bytes.Buffer
		if err := sample.write(&b, f.format, 50); err != nil {
			t.Fatal(err)
		}
		if got, want := b.String(), strings.TrimPrefix(f.want, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", f.format, got, want)
		}
	}
}

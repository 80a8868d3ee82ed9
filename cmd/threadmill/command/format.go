package command

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwarp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
	"github.com/threadmill-sim/threadmill/results"
)

// table is rows of text under a header.
type table struct {
	header []string
	rows   [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write prints the table as text, CSV or Markdown. Text is wrapped in its last
// column to fit the given width, unless that is 0.
func (t *table) write(w io.Writer, format string, width int) error {
	switch format {
	case formatCSV:
		out := csv.NewWriter(w)
		if err := out.Write(t.header); err != nil {
			return err
		}
		return out.WriteAll(t.rows)
	case formatMarkdown:
		return t.render(w, escapeMarkdown, tablewriter.WithRenderer(renderer.NewMarkdown()))
	}
	return t.wrapped(width).render(w, func(s string) string { return s },
		tablewriter.WithPadding(tw.Padding{Right: gap, Overwrite: true}),
		tablewriter.WithRendition(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.On},
			},
		}))
}

func (t *table) render(w io.Writer, escape func(string) string, look ...tablewriter.Option) error {
	align := make(tw.Alignment, len(t.header))
	for i := range align {
		align[i] = tw.AlignLeft
		if t.numeric(i) {
			align[i] = tw.AlignRight
		}
	}
	var text bytes.Buffer
	out := tablewriter.NewTable(&text, append(look,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithEastAsian(tw.Off), // the same bytes in every locale
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
	)...)
	out.Header(mapped(t.header, escape))
	for _, row := range t.rows {
		if err := out.Append(mapped(row, escape)); err != nil {
			return err
		}
	}
	if err := out.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// gap separates the columns of a text table.
const gap = "  "

// wrapped breaks the cells of the last column so that the table fits width,
// where there is room for it; 0 is any width.
func (t *table) wrapped(width int) *table {
	last := len(t.header) - 1
	for i := range last {
		column := twwidth.Width(t.header[i])
		for _, row := range t.rows {
			column = max(column, twwidth.Width(row[i]))
		}
		width -= column + len(gap)
	}
	width -= len(gap)
	const least = 20
	if width < least {
		return t
	}
	out := &table{header: t.header}
	for _, row := range t.rows {
		lines, _ := twwarp.WrapString(row[last], width)
		out.add(append(slices.Clone(row[:last]), strings.Join(lines, "\n"))...)
	}
	return out
}

// numeric reports whether column i holds numbers, and dashes where one is
// undefined.
func (t *table) numeric(i int) bool {
	some := false
	for _, row := range t.rows {
		c, _ := utf8.DecodeRuneInString(strings.TrimPrefix(row[i], "-"))
		if row[i] != "–" && !unicode.IsDigit(c) {
			return false
		}
		some = some || unicode.IsDigit(c)
	}
	return some
}

func mapped(row []string, f func(string) string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = f(cell)
	}
	return out
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", " ", "<", `\<`, "*", `\*`, "_", `\_`, "`", "\\`")

// escapeMarkdown keeps a cell in its column and as it is written.
func escapeMarkdown(cell string) string { return markdownEscapes.Replace(cell) }

// writeJSON prints v as the records are printed.
func writeJSON(w io.Writer, v any) error {
	data, err := results.EncodeJSON(v)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

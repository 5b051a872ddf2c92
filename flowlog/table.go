package flowlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// header finds out whether a text begins with the header of a table, what
// separates its columns, and which fields they are. A table of texts alone has
// one column, and separates nothing.
func header(text []byte) (separator byte, columns []field) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(bytes.TrimPrefix(line, byteOrderMark))
	if len(line) > 1<<16 {
		return 0, nil
	}
	if one := bytes.Trim(line, `"`); len(one) < 16 && columnOf(one) == fMessage {
		return 0, []field{fMessage}
	}
	for _, separator := range []byte{',', '\t', ';'} {
		var columns []field
		known := 0
		for _, cell := range cells(line, separator) {
			at := columnOf(cell)
			if at != fNone {
				known++
			}
			columns = append(columns, at)
		}
		if known >= 2 {
			return separator, columns
		}
	}
	return 0, nil
}

func columnOf(cell []byte) field { return fieldOf(lowered(nil, bytes.TrimSpace(cell))) }

// again reports whether a row is a header: where tables were put together, one
// comes again, or another. No row has the name of such a column as a value.
func again(row []byte) (separator byte, columns []field) {
	separator, columns = header(row)
	for _, at := range columns {
		switch at {
		case fTime, fMessage, fSourceIP, fSourcePort, fDestinationIP, fDestinationPort:
			return separator, columns
		}
	}
	return 0, nil
}

// afterPreface is a text without the line that some tables have before their
// header: what separates the cells, for Excel, or a type, by PowerShell.
func afterPreface(text []byte) []byte {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.Trim(line, "\r\" ")
	if len(line) == len("sep=;") && bytes.EqualFold(line[:4], []byte("sep=")) || bytes.HasPrefix(line, []byte("#TYPE ")) {
		return bytes.TrimLeft(rest, " \t\r\n")
	}
	return text
}

// cells are the cells of a row. Quotes within quotes are doubled.
func cells(row []byte, separator byte) [][]byte {
	var out [][]byte
	for {
		if len(row) == 0 || row[0] != '"' {
			cell, rest, more := bytes.Cut(row, []byte{separator})
			out = append(out, cell)
			if !more {
				return out
			}
			row = rest
			continue
		}
		var cell []byte
		row = row[1:]
		for {
			part, rest, closed := bytes.Cut(row, []byte{'"'})
			cell = append(cell, part...)
			row = rest
			if !closed || len(row) == 0 || row[0] != '"' {
				break
			}
			cell = append(cell, '"')
			row = row[1:]
		}
		tail, rest, more := bytes.Cut(row, []byte{separator})
		out = append(out, append(cell, tail...))
		if !more {
			return out
		}
		row = rest
	}
}

// mostRowLines is over how many lines a row may go.
const mostRowLines = 200

// table reads a table with a row a line; a cell in quotes may go over several.
func table(in *bufio.Reader, o Options) (Stats, error) {
	t := tableReader{in: in}
	stats := Stats{Kinds: map[Kind]int64{}}
	var b builder
	var separator byte
	var columns []field
	for {
		row, err := t.row()
		if errors.Is(err, io.EOF) {
			return stats, nil
		}
		if err != nil {
			return stats, stats.stop(err, t.line, o)
		}
		row = bytes.TrimRight(row, "\r\n")
		if len(bytes.TrimSpace(row)) == 0 {
			continue
		}
		if columns == nil { // up to the header
			separator, columns = header(row)
			continue
		}
		if s, other := again(row); other != nil {
			separator, columns = s, other
			continue
		}
		stats.Entries++
		var f fields
		parts := cells(row, separator)
		var reason string
		switch {
		case len(row) >= maxLine:
			reason = fmt.Sprintf("is longer than %d MiB", maxLine>>20)
		case len(parts) > len(columns):
			reason = "has more cells than the header has columns"
		default:
			for i, cell := range parts {
				if at := columns[i]; at != fNone && len(cell) > 0 && len(f[at].data) == 0 {
					f[at] = value{data: cell, form: form(at)}
				}
			}
			var r Record
			if reason = b.record(&f, &r); reason == "" {
				stats.Kinds[r.Kind]++
				if o.Keep(&r) {
					o.Each(&r)
				}
				continue
			}
		}
		stats.Unparsed++
		o.Unparsed(Unparsed{Line: t.from, Text: beginning(row), Reason: reason})
	}
}

// form is what a cell of a column is: text, of which properties alone are read
// on.
func form(at field) byte {
	if at == fProperties {
		return '"'
	}
	return 'c'
}

// tableReader reads rows.
type tableReader struct {
	in      *bufio.Reader
	line    int64    // of the last line read
	from    int64    // the first line of the row
	pending [][]byte // lines that were read ahead
}

func (t *tableReader) next() ([]byte, error) {
	if len(t.pending) > 0 {
		line := t.pending[0]
		t.pending = t.pending[1:]
		t.line++
		return line, nil
	}
	var line []byte
	for {
		part, err := t.in.ReadSlice('\n')
		if len(line)+len(part) <= maxLine {
			line = append(line, part...)
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
			t.line++
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// row is the next row. One whose quotes are not closed within some lines is its
// first line alone, and the others are rows of their own.
func (t *tableReader) row() ([]byte, error) {
	first, err := t.next()
	if err != nil {
		return nil, err
	}
	t.from = t.line
	if bytes.Count(first, []byte{'"'})%2 == 0 {
		return first, nil
	}
	row := bytes.Clone(first)
	var ahead [][]byte
	for len(ahead) < mostRowLines && len(row) < maxLine {
		line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		ahead = append(ahead, line)
		row = append(row, line...)
		if bytes.Count(line, []byte{'"'})%2 == 1 {
			return row, nil
		}
	}
	t.pending = append(ahead, t.pending...)
	t.line -= int64(len(ahead))
	return first, nil
}

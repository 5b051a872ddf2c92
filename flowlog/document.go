package flowlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// documents reads JSON documents that go over many lines: lists of entries as
// az prints them, batches, and the tables that the query interfaces of Log
// Analytics and Azure Data Explorer answer with. Lists are read entry by entry.
func documents(in io.Reader, o Options) (Stats, error) {
	d := &documentReader{json: json.NewDecoder(in), o: o, builder: builder{r: new(Record)}, stats: Stats{Kinds: map[Kind]int64{}}}
	for {
		token, err := d.json.Token()
		if errors.Is(err, io.EOF) {
			return d.stats, nil
		}
		if err == nil {
			switch token {
			case json.Delim('['):
				err = d.list()
			case json.Delim('{'):
				err = d.top()
			default:
				err = contentError("an entry is neither an object nor a list")
			}
		}
		if err != nil {
			var fault *json.SyntaxError
			var own contentError
			if !errors.As(err, &fault) && !errors.As(err, &own) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) && !isDamage(err) {
				return d.stats, err
			}
			d.fail(nil, fmt.Sprintf("cannot be read from byte %d on: %v", d.json.InputOffset(), err), true)
			return d.stats, nil
		}
	}
}

// contentError is what is wrong with a document that is JSON.
type contentError string

func (e contentError) Error() string { return string(e) }

type documentReader struct {
	json    *json.Decoder
	o       Options
	builder builder
	stats   Stats
	at      int64 // entries of lists so far
}

func (d *documentReader) each(r *Record) {
	d.stats.Entries++
	d.stats.Kinds[r.Kind]++
	if d.o.Keep(r) {
		d.o.Each(r)
	}
}

func (d *documentReader) fail(text []byte, reason string, rest bool) {
	d.stats.Entries++
	d.stats.Unparsed++
	d.stats.Stopped = d.stats.Stopped || rest
	d.o.Unparsed(Unparsed{Line: d.at, Text: beginning(text), Reason: reason, Rest: rest})
}

// list reads the entries of a list that has begun.
func (d *documentReader) list() error {
	for d.json.More() {
		var raw json.RawMessage
		if err := d.json.Decode(&raw); err != nil {
			return err
		}
		d.at++
		d.entry(raw)
	}
	_, err := d.json.Token()
	return err
}

// top reads an object that has begun: a batch, an answer with tables, or an
// entry.
func (d *documentReader) top() error {
	members := []byte{'{'}
	within := false // it had entries of its own
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		switch strings.ToLower(key) {
		case "records", "tables":
			within = true
			if token, err = d.json.Token(); err != nil {
				return err
			}
			if token != json.Delim('[') {
				return contentError(fmt.Sprintf("there is no list under %q", key))
			}
			if err := d.list(); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.json.Decode(&raw); err != nil {
			return err
		}
		name, err := json.Marshal(key)
		if err != nil {
			return err
		}
		if len(members) > 1 {
			members = append(members, ',')
		}
		members = append(append(append(members, name...), ':'), raw...)
	}
	if _, err := d.json.Token(); err != nil {
		return err
	}
	if !within {
		d.at++
		d.entry(append(members, '}'))
	}
	return nil
}

// entry reads a value of a list: an entry, or a table of entries.
func (d *documentReader) entry(raw []byte) {
	if raw[0] != '{' {
		d.fail(raw, "is not an object", false)
		return
	}
	if bytes.Contains(raw, []byte(`"rows"`)) || bytes.Contains(raw, []byte(`"Rows"`)) || bytes.Contains(raw, []byte(`"FrameType"`)) {
		var t answer
		if json.Unmarshal(raw, &t) == nil && (t.Columns != nil || t.Frame != "") {
			d.answer(&t)
			return
		}
	}
	d.builder.object(raw, d.each, func(text []byte, reason string) { d.fail(text, reason, false) })
}

// answer is a table that a query was answered with, or a frame of such an
// answer.
type answer struct {
	Frame   string `json:"FrameType"`
	Kind    string `json:"TableKind"`
	Columns []struct {
		Name  string `json:"name"`       // Log Analytics
		Other string `json:"ColumnName"` // Azure Data Explorer
	} `json:"columns"`
	Rows []json.RawMessage `json:"rows"`
}

// aboutItself reports whether a table is about the answer: its properties, its
// status, its contents. Frames say it; an answer of the first version of Azure
// Data Explorer's interface is known by the columns that it documents
// (Query/management HTTP response, learn.microsoft.com/kusto/api/rest/response,
// read 2026-11-28).
func (t *answer) aboutItself() bool {
	if t.Frame != "" {
		return t.Kind != "PrimaryResult" && t.Kind != ""
	}
	if len(t.Columns) == 1 && t.Columns[0].Other == "Value" {
		return true
	}
	has := map[string]bool{}
	for _, c := range t.Columns {
		has[c.Other] = true
	}
	return has["Severity"] && has["StatusCode"] || has["Ordinal"] && has["PrettyName"]
}

func (d *documentReader) answer(t *answer) {
	if t.aboutItself() {
		return
	}
	columns := make([]field, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = columnOf([]byte(c.Name + c.Other))
	}
	for _, row := range t.Rows {
		var f fields
		s := scanner{b: row}
		if !s.next('[') {
			d.fail(row, "is not a row", false)
			continue
		}
		for i := 0; ; i++ {
			s.space()
			if s.next(']') || s.i >= len(row) {
				break
			}
			s.next(',')
			s.space()
			v, ok := s.value(1)
			if !ok {
				break
			}
			if i < len(columns) && columns[i] != fNone && f[columns[i]].form == 0 {
				f[columns[i]] = v
			}
		}
		var r Record
		if reason := d.builder.record(&f, &r); reason != "" {
			d.fail(row, reason, false)
			continue
		}
		d.each(&r)
	}
}

package flowlog

import "slices"

// shapes are what entries have in common: the text between the values that
// differ from one to the next. Nearly every entry is of a shape that was there
// before, and is read by comparing a few pieces with it.
type shapes struct {
	first  pieces
	held   int       // pieces in all
	values []written // of the entry that quick has read, in their order
}

// written is a value in an entry, and where it stands.
type written struct {
	field  field
	value  value
	from   int
	varies bool // it is a text or a whole number that another entry has otherwise
}

// piece is a stretch of text up to a value that varies, or to the end.
type piece struct {
	text  string
	fixed []fixed // the values in it
	field field   // of the value behind it
	form  byte    // of that: '"' text, '0' a whole number, 0: the entry ends
	next  pieces
}

type fixed struct {
	field field
	value value
}

// pieces are those that may come next.
type pieces struct {
	list []*piece
	last int // that was there
}

// Bounds of what is kept. A value that was another one changes times is taken
// for one that varies.
const (
	mostPieces  = 512
	mostNext    = 16
	changes     = 8
	longestLine = 4 << 10 // that is kept
)

// put is a value of an entry, unless it has one for the field.
func (f *fields) put(at field, v value) {
	if at != fNone && (f[at].form == 0 || f[at].form == 'n' || len(f[at].data) == 0) {
		f[at] = v
	}
}

// read reads the entry of a known shape that a text begins with, and says how
// long it is: 0 if it is of no known shape, or something follows it on its line;
// f is then in any state.
func (s *shapes) read(line []byte, f *fields) int {
	from := &s.first
	for i := 0; ; {
		p := from.at(line[i:])
		if p == nil {
			return 0
		}
		i += len(p.text)
		for j := range p.fixed {
			f.put(p.fixed[j].field, p.fixed[j].value)
		}
		start := i
		switch p.form {
		case '"':
			i += plain(line[i:])
			if i >= len(line) || line[i] != '"' {
				return 0
			}
		case '0':
			if i >= len(line) || line[i] < '1' || line[i] > '9' {
				return 0
			}
			for i < len(line) && line[i] >= '0' && line[i] <= '9' {
				i++
			}
		default:
			if i < len(line) && line[i] != '\n' {
				return 0
			}
			return i
		}
		f.put(p.field, value{data: line[start:i], form: p.form})
		from = &p.next
	}
}

// at is the piece that a text begins with; nil if it is none of them.
func (p *pieces) at(text []byte) *piece {
	if len(p.list) == 0 {
		return nil
	}
	if known := p.list[p.last]; begins(text, known.text) {
		return known
	}
	for i, known := range p.list {
		if begins(text, known.text) {
			p.last = i
			return known
		}
	}
	return nil
}

func begins(text []byte, with string) bool {
	return len(text) >= len(with) && string(text[:len(with)]) == with
}

// learn keeps the shape of an entry that quick has read.
func (s *shapes) learn(line []byte) {
	if len(line) > longestLine {
		return
	}
	text := string(line) // which outlives the log's
	from, start := &s.first, 0
	var values []fixed
	for _, v := range append(s.values, written{from: len(text), varies: true}) {
		to := v.from + len(v.value.data)
		if !v.varies {
			if v.field != fNone {
				values = append(values, fixed{v.field, value{data: []byte(text[v.from:to]), form: v.value.form}})
			}
			continue
		}
		i := slices.IndexFunc(from.list, func(p *piece) bool {
			return p.text == text[start:v.from] && p.field == v.field && p.form == v.value.form
		})
		if i < 0 {
			if s.held >= mostPieces || len(from.list) >= mostNext {
				return
			}
			s.held++
			i = len(from.list)
			from.list = append(from.list, &piece{text: text[start:v.from], fixed: values, field: v.field, form: v.value.form})
		}
		from, start, values = &from.list[i].next, to, nil
	}
}

// varying reports whether a field has another value in nearly every entry.
func varying(f field) bool {
	switch f {
	case fTime, fMessage, fSourceIP, fSourcePort, fDestinationIP, fDestinationPort, fHost, fURL, fQueryName, fTranslatedIP, fCount, fLast, fNodes:
		return true
	default:
		return false
	}
}

package flowlog

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// keys are keys with their fields, by their place in an entry: the entries of a
// kind have the same keys in the same order, so that a look or two tells which
// it is. A key is kept as it is written, with its quotes and colon.
type keys [32]struct {
	text  [4]string
	field [4]field
	value [4]string // that it had last
	other [4]int    // how often it had another one than before
	next  int       // to be overwritten
	last  int       // that was there
}

// at is the field of the key that a text begins with, as the n-th of its entry,
// and how long it is with its quotes and colon; 0 if it is not written so.
func (k *keys) at(text []byte, n int) (at field, length int) {
	if n >= len(k) {
		return fNone, 0
	}
	known := &k[n]
	if key := known.text[known.last]; len(key) > 0 && len(text) >= len(key) && string(text[:len(key)]) == key {
		return known.field[known.last], len(key)
	}
	for i, key := range known.text {
		if len(key) > 0 && len(text) >= len(key) && string(text[:len(key)]) == key {
			known.last = i
			return known.field[i], len(key)
		}
	}
	if len(text) == 0 || text[0] != '"' {
		return fNone, 0
	}
	end := bytes.IndexByte(text[1:], '"') + 1
	if end < 1 || end+1 >= len(text) || text[end+1] != ':' {
		return fNone, 0
	}
	at = fieldOf(lowered(nil, text[1:end]))
	if at == fNone && end > 32 {
		return fNone, end + 2 // no key of a log is that long, so it may be anything
	}
	i := known.next
	known.text[i], known.field[i], known.value[i], known.other[i] = string(text[:end+2]), at, "", -1
	known.last, known.next = i, (i+1)%len(known.text)
	return at, end + 2
}

// varies reports whether the value of the n-th key of an entry is mostly another
// one than before.
func (k *keys) varies(field field, v value, n int) bool {
	if varying(field) {
		return true
	}
	if n >= len(k) {
		return false
	}
	known := &k[n]
	if i := known.last; known.value[i] != string(v.data) {
		known.value[i] = string(v.data)
		known.other[i]++
	}
	return known.other[known.last] > changes
}

// quick reads an object as logs nearly always have it: on a line without white
// space, escapes and nested values but for the properties. It says no to any
// other, which may be right all the same; f is then in any state. What it reads
// is in s.
func (k *keys) quick(line []byte, f *fields, s *shapes) bool {
	if len(line) == 0 || line[0] != '{' || !clean(line) {
		return false
	}
	s.values = s.values[:0]
	depth, n := 1, 0
	for i := 1; ; {
		field, length := k.at(line[i:], n)
		if length == 0 {
			return false
		}
		i += length
		n++
		if i >= len(line) {
			return false
		}
		var v value
		simple := true // a text or a whole number
		from := i
		switch c := line[i]; {
		case c == '"':
			end := bytes.IndexByte(line[i+1:], '"')
			if end < 0 {
				return false
			}
			from++
			v = value{data: line[i+1 : i+1+end], form: '"'}
			i += end + 2
		case c >= '1' && c <= '9':
			for i < len(line) && line[i] >= '0' && line[i] <= '9' {
				i++
			}
			v = value{data: line[from:i], form: '0'}
		case c == '{' && field == fProperties:
			depth++
			i++
			continue
		default:
			in := scanner{b: line, i: i}
			var ok bool
			if v, ok = in.value(depth + 1); !ok || c == '{' || c == '[' {
				return false
			}
			i = in.i
			simple = false
		}
		f.put(field, v)
		s.values = append(s.values, written{field, v, from, simple && k.varies(field, v, n-1)})
		for i < len(line) && line[i] == '}' && depth > 0 {
			depth--
			i++
		}
		switch {
		case depth == 0:
			return i == len(line)
		case i >= len(line) || line[i] != ',':
			return false
		}
		i++
	}
}

// clean reports whether a text is ASCII without backslashes and control
// characters, so that a string in it ends at the next quote.
func clean(text []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(text[n:])
		slash := w ^ '\\'*ones
		// A byte has its highest bit here if it is less than a space, a
		// backslash or not ASCII.
		if (w|(w-' '*ones)&^w|(slash-ones)&^slash)&highs != 0 {
			return false
		}
	}
	for _, c := range text[n:] {
		if c < ' ' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

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
	next  int // to be overwritten
	last  int // that was there
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
	known.text[known.next], known.field[known.next] = string(text[:end+2]), at
	known.next = (known.next + 1) % len(known.text)
	return at, end + 2
}

// quick reads an object as logs nearly always have it: on a line without white
// space, escapes and nested values but for the properties. It says no to any
// other, which may be right all the same; f is then in any state.
func (k *keys) quick(line []byte, f *fields) bool {
	if len(line) == 0 || line[0] != '{' || !clean(line) {
		return false
	}
	depth, n := 1, 0
	for i := 1; ; {
		at, length := k.at(line[i:], n)
		if length == 0 {
			return false
		}
		i += length
		n++
		if i >= len(line) {
			return false
		}
		var v value
		switch c := line[i]; {
		case c == '"':
			end := bytes.IndexByte(line[i+1:], '"')
			if end < 0 {
				return false
			}
			v = value{data: line[i+1 : i+1+end], form: '"'}
			i += end + 2
		case c >= '1' && c <= '9':
			start := i
			for i < len(line) && line[i] >= '0' && line[i] <= '9' {
				i++
			}
			v = value{data: line[start:i], form: '0'}
		case c == '{' && at == fProperties:
			depth++
			i++
			continue
		default:
			s := scanner{b: line, i: i}
			var ok bool
			if v, ok = s.value(depth + 1); !ok || c == '{' || c == '[' {
				return false
			}
			i = s.i
		}
		if at != fNone && (f[at].form == 0 || f[at].form == 'n' || len(f[at].data) == 0) {
			f[at] = v
		}
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

package flowlog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"unicode/utf8"
)

// field is a column that some kind of record has.
type field int

const (
	fNone field = iota
	fTime
	fCategory
	fType
	fProperties // an object, or the same as text
	fMessage
	fProtocol
	fSourceIP
	fSourcePort
	fDestinationIP
	fDestinationPort
	fHost
	fURL
	fAction
	fReason
	fPolicy
	fGroup
	fCollection
	fRule
	fInspected
	fThreat
	fSignature
	fDescription
	fQueryName
	fErrorNumber
	fError
	fTranslatedIP
	fRecords
	fTables
	fHubble
	fCount
	fLast
	fNodes
	fSources
	fieldCount
)

// fieldOf is the field of a column, by its name in lower case.
func fieldOf(name []byte) field {
	name = bytes.TrimSuffix(name, []byte(" [utc]")) // as portals head times
	// AzureDiagnostics names the columns of structured logs with their type.
	if n := len(name) - 2; n > 0 && name[n] == '_' && bytes.IndexByte([]byte("sdbt"), name[n+1]) >= 0 {
		name = name[:n]
	}
	switch string(name) {
	case "time", "timegenerated", "firstseen":
		return fTime
	case "category":
		return fCategory
	case "type":
		return fType
	case "properties":
		return fProperties
	case "msg":
		return fMessage
	case "protocol":
		return fProtocol
	case "sourceip":
		return fSourceIP
	case "sourceport":
		return fSourcePort
	case "destinationip":
		return fDestinationIP
	case "destinationport":
		return fDestinationPort
	case "fqdn":
		return fHost
	case "targeturl", "url":
		return fURL
	case "action":
		return fAction
	case "actionreason":
		return fReason
	case "policy":
		return fPolicy
	case "rulecollectiongroup":
		return fGroup
	case "rulecollection":
		return fCollection
	case "rule":
		return fRule
	case "istlsinspected":
		return fInspected
	case "threatdescription":
		return fThreat
	case "signatureid":
		return fSignature
	case "description":
		return fDescription
	case "queryname":
		return fQueryName
	case "errornumber":
		return fErrorNumber
	case "error", "errormessage":
		return fError
	case "translatedip":
		return fTranslatedIP
	case "records":
		return fRecords
	case "tables":
		return fTables
	case "flow", "verdict":
		return fHubble
	case "count":
		return fCount
	case "lastseen":
		return fLast
	case "nodes":
		return fNodes
	case "sources":
		return fSources
	default:
		return fNone
	}
}

// value is a value of an entry as it is written.
type value struct {
	data    []byte
	form    byte // '"' text, '0' number, 't' boolean, 'n' null, '{', '['; 0: absent
	escaped bool // text with escapes
}

// fields are the values of an entry by field.
type fields [fieldCount]value

// text is a value as text, empty where there is none.
func (v value) text() []byte {
	switch {
	case v.form == 0 || v.form == 'n':
		return nil
	case v.escaped:
		var s string
		quoted := make([]byte, 0, len(v.data)+2)
		quoted = append(append(append(quoted, '"'), v.data...), '"')
		if json.Unmarshal(quoted, &s) != nil {
			return nil
		}
		return []byte(s)
	default:
		return v.data
	}
}

// scanner walks JSON without building anything. It takes exactly what
// encoding/json takes.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return
	}
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// next takes a byte if it is the next.
func (s *scanner) next(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// maxDepth is how deep values may be nested; encoding/json stops at the same.
const maxDepth = 10000

// object walks an object and keeps the values of known keys; what the object
// under "properties" has goes with its own.
func (s *scanner) object(f *fields, depth int) bool {
	if depth > maxDepth || !s.next('{') {
		return false
	}
	s.space()
	if s.next('}') {
		return true
	}
	for {
		s.space()
		key, ok := s.string()
		if !ok {
			return false
		}
		s.space()
		if !s.next(':') {
			return false
		}
		s.space()
		if f == nil {
			if _, ok := s.value(depth + 1); !ok {
				return false
			}
		} else if !s.member(f, key, depth) {
			return false
		}
		s.space()
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// member keeps the value of a key if it is known.
func (s *scanner) member(f *fields, key value, depth int) bool {
	at := fNone
	if !key.escaped && len(key.data) <= 32 {
		var lower [32]byte
		at = fieldOf(lowered(lower[:0], key.data))
	}
	if at == fProperties && s.i < len(s.b) && s.b[s.i] == '{' {
		return s.object(f, depth+1)
	}
	v, ok := s.value(depth + 1)
	if ok {
		f.put(at, v)
	}
	return ok
}

// lowered appends ASCII text in lower case.
func lowered(to, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

// value walks any value.
func (s *scanner) value(depth int) (value, bool) {
	if s.i >= len(s.b) || depth > maxDepth {
		return value{}, false
	}
	start := s.i
	form := s.b[s.i]
	ok := false
	switch {
	case form == '"':
		return s.string()
	case form == '{':
		ok = s.object(nil, depth)
	case form == '[':
		ok = s.array(depth)
	case form == '-' || '0' <= form && form <= '9':
		form = '0'
		ok = s.number()
	case form == 't':
		ok = s.word("true")
	case form == 'f':
		form = 't'
		ok = s.word("false")
	case form == 'n':
		ok = s.word("null")
	}
	if !ok {
		return value{}, false
	}
	return value{data: s.b[start:s.i], form: form}, true
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) array(depth int) bool {
	if !s.next('[') {
		return false
	}
	s.space()
	if s.next(']') {
		return true
	}
	for {
		s.space()
		if _, ok := s.value(depth + 1); !ok {
			return false
		}
		s.space()
		if s.next(']') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

func (s *scanner) number() bool {
	s.next('-')
	if !s.next('0') && !s.digits() {
		return false
	}
	if s.next('.') && !s.digits() {
		return false
	}
	if s.next('e') || s.next('E') {
		if !s.next('+') {
			s.next('-')
		}
		return s.digits()
	}
	return true
}

// string walks a string; its value has what stands between the quotes.
func (s *scanner) string() (value, bool) {
	if !s.next('"') {
		return value{}, false
	}
	start := s.i
	escaped := false
	for s.i < len(s.b) {
		s.i += plain(s.b[s.i:])
		if s.i == len(s.b) {
			break
		}
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return value{data: s.b[start : s.i-1], form: '"', escaped: escaped}, true
		case c == '\\':
			escaped = true
			if !s.escape() {
				return value{}, false
			}
		case c < ' ':
			return value{}, false
		default:
			escaped = escaped || c >= utf8.RuneSelf // which json.Unmarshal makes valid
			s.i++
		}
	}
	return value{}, false
}

// plain is how many bytes at the beginning of a text stand for nothing but
// themselves; eight are looked at at once.
func plain(text []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(text[n:])
		quote := w ^ '"'*ones
		slash := w ^ '\\'*ones
		// The lowest byte whose highest bit is set here is the first that is
		// a quote, a backslash, less than a space, or not ASCII.
		if found := (w | (w-' '*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for ; n < len(text); n++ {
		if c := text[n]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return n
}

func (s *scanner) escape() bool {
	s.i++
	if s.i >= len(s.b) {
		return false
	}
	c := s.b[s.i]
	s.i++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if s.i >= len(s.b) || !hex(s.b[s.i]) {
				return false
			}
			s.i++
		}
		return true
	default:
		return false
	}
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// scanLine reads the one object that a line is.
func scanLine(line []byte, f *fields) bool {
	s := scanner{b: line}
	s.space()
	if !s.object(f, 1) {
		return false
	}
	s.space()
	return s.i == len(line)
}

// scanWith is scanLine, quick where the line is much as lines before.
func scanWith(line []byte, f *fields, k *keys, s *shapes) bool {
	if k.quick(line, f, s) {
		s.learn(line)
		return true
	}
	*f = fields{}
	return scanLine(line, f)
}

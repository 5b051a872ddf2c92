package read

import (
	"strconv"
	"strings"
)

// place is where in the file a value stands, kept as a way up so that nothing
// is written out before a fault needs it.
type place struct {
	up    *place
	key   string // of an object
	index int    // of a list, where key is empty
	bare  bool   // neither: the whole file
}

func root() *place { return &place{bare: true} }

func (p *place) in(key string) *place { return &place{up: p, key: key} }
func (p *place) at(i int) *place      { return &place{up: p, index: i} }

func (p *place) String() string {
	if p == nil || p.bare {
		return "the input"
	}
	var steps []*place
	for ; p != nil && !p.bare; p = p.up {
		steps = append(steps, p)
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		switch s := steps[i]; {
		case s.key == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !plainKey(s.key):
			b.WriteString("[" + strconv.Quote(s.key) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.key)
		}
	}
	return b.String()
}

// plainKey reports whether a key can be written after a dot.
func plainKey(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '$':
		default:
			return false
		}
	}
	return s != ""
}

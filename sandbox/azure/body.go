package azure

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object of a request or an answer.
type object = map[string]any

// normalise copies a body through JSON, so that the world shares nothing with
// its caller and every number has one type, and drops what is null: to Azure
// that is not set.
func normalise(body object) (object, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return decodeObject(raw)
}

func decodeObject(raw []byte) (object, error) {
	var out object
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&out); err != nil {
		return nil, err
	}
	if out == nil {
		out = object{}
	}
	dropNulls(out)
	return out, nil
}

func dropNulls(v any) {
	switch v := v.(type) {
	case object:
		for name, x := range v {
			if x == nil {
				delete(v, name)
				continue
			}
			dropNulls(x)
		}
	case []any:
		for _, x := range v {
			dropNulls(x)
		}
	}
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		return cloneObject(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	}
	return v
}

func cloneObject(v object) object {
	out := make(object, len(v))
	for name, x := range v {
		out[name] = clone(x)
	}
	return out
}

// at walks into objects by property name; nil where there is nothing.
func at(v any, path ...string) any {
	for _, name := range path {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

func text(v any, path ...string) string {
	s, ok := at(v, path...).(string)
	if !ok {
		return ""
	}
	return s
}

func truth(v any, path ...string) bool {
	b, ok := at(v, path...).(bool)
	return ok && b
}

func number(v any, path ...string) (float64, bool) {
	n, ok := at(v, path...).(float64)
	return n, ok
}

func whole(v any, path ...string) int {
	n, ok := number(v, path...)
	if !ok {
		return 0
	}
	return int(n)
}

func list(v any, path ...string) []any {
	l, ok := at(v, path...).([]any)
	if !ok {
		return nil
	}
	return l
}

func texts(v any, path ...string) []string {
	var out []string
	for _, x := range list(v, path...) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// sub is the object at a path, made where it is missing.
func sub(o object, path ...string) object {
	for _, name := range path {
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		o = next
	}
	return o
}

// bag is the properties bag of a body, or of an object in one, made where it
// is missing.
func bag(o object) object { return sub(o, "properties") }

// propsOf is the properties bag of a body, or of an object in one, for reading
// alone: nil where there is none.
func propsOf(v any) object {
	p, ok := at(v, "properties").(object)
	if !ok {
		return nil
	}
	return p
}

// fill sets what the request left out.
func fill(o object, name string, value any) {
	if _, there := o[name]; !there {
		o[name] = value
	}
}

// fillAll sets the defaults that the request left out.
func fillAll(o, defaults object) {
	for name, value := range defaults {
		fill(o, name, value)
	}
}

func refList(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = object{"id": id}
	}
	return out
}

func anyList(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func sortedNames[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// guid derives an identifier from what it identifies, so that two runs of one
// program agree.
func guid(parts ...string) string {
	h := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\x00"))))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func hash(parts ...string) uint32 {
	h := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\x00"))))
	return binary.BigEndian.Uint32(h[:])
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func megabytes(bytes int) string { return fmt.Sprintf("%.4f MB", float64(bytes)/(1<<20)) }

// namesAt lists the property names of an object, in order.
func namesAt(v any, path ...string) []string {
	o, ok := at(v, path...).(object)
	if !ok {
		return nil
	}
	return sortedNames(o)
}

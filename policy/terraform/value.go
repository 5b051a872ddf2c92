package terraform

import (
	"slices"
	"strconv"
	"strings"
)

// afterApply is what stands for a value that is not known yet.
const afterApply = "(known after apply)"

// hidden is what is printed of a sensitive value.
const hidden = "(sensitive)"

// value is a value with what the document says beside it: what of it is
// unknown, what is sensitive, and the expressions it was written with. The four
// are trees of one shape; where one ends in true, it is true of all below.
type value struct {
	at      string // the resource's address and the attribute
	v       any
	unknown any
	secret  any
	expr    any
	// unset: the configuration says nothing here. What Azure then fills in is
	// listed as unknown, and is Azure's default.
	unset bool

	from *resource // whose value it is
	leaf any       // the expression that it is, or is a part of
	tail string    // which part
}

func (x value) isUnknown() bool { return x.unknown == true && !x.unset }
func (x value) isSecret() bool  { return x.secret == true }

// blank reports whether nothing stands here, and nothing will.
func (x value) blank() bool {
	if x.isUnknown() || x.v == nil && x.isSecret() {
		return false
	}
	if x.v == nil && x.unset {
		return true
	}
	switch v := x.v.(type) {
	case nil:
		return !anyTrue(x.unknown)
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0 && !anyTrue(x.unknown)
	case map[string]any:
		return len(v) == 0 && !anyTrue(x.unknown)
	default:
		return false
	}
}

// get is a part of an object. Azure takes keys in any case, so a key that is
// not there as written is looked for without its case.
func (x value) get(key string) value {
	name := key
	if m, ok := x.v.(map[string]any); ok {
		name = spelled(m, key)
	} else if m, ok := x.unknown.(map[string]any); ok {
		name = spelled(m, key)
	}
	out := value{at: x.at + "." + name, unknown: below(x.unknown, name), secret: below(x.secret, name)}
	if m, ok := x.v.(map[string]any); ok {
		out.v = m[name]
	}
	if m, ok := x.expr.(map[string]any); ok {
		_, leaf := m["references"]
		_, set := m[name]
		out.expr, out.unset = m[name], !leaf && !set
	}
	x.part(&out, "."+name)
	return out
}

func spelled(m map[string]any, key string) string {
	if _, ok := m[key]; ok {
		return key
	}
	for _, other := range keysOf(m) {
		if strings.EqualFold(other, key) {
			return other
		}
	}
	return key
}

// below is a mark's part: true stays true.
func below(mark any, key string) any {
	switch m := mark.(type) {
	case bool:
		return m
	case map[string]any:
		return m[key]
	default:
		return nil
	}
}

// items are the parts of a list, and whether it is one.
func (x value) items() ([]value, bool) {
	list, ok := x.v.([]any)
	if !ok && x.v != nil {
		return nil, false
	}
	unknown, _ := x.unknown.([]any)
	secret, _ := x.secret.([]any)
	expr, _ := x.expr.([]any)
	out := make([]value, max(len(list), len(unknown)))
	for i := range out {
		out[i] = value{at: x.at + "[" + strconv.Itoa(i) + "]"}
		if i < len(list) {
			out[i].v = list[i]
		}
		if i < len(unknown) {
			out[i].unknown = unknown[i]
		} else if x.unknown == true {
			out[i].unknown = true
		}
		if i < len(secret) {
			out[i].secret = secret[i]
		} else if x.secret == true {
			out[i].secret = true
		}
		// Blocks that a dynamic block makes have no expression of their own:
		// then the places in the two lists do not agree.
		if len(expr) == len(out) {
			out[i].expr = expr[i]
		}
		x.part(&out[i], "["+strconv.Itoa(i)+"]")
	}
	return out, true
}

// part says of a part of a value which expression it comes from: its own, or a
// part of what is around it.
func (x value) part(out *value, step string) {
	out.from = x.from
	_, list := x.expr.([]any)
	switch m, ok := out.expr.(map[string]any); {
	case ok && (m["references"] != nil || len(m) == 1 && m["constant_value"] != nil):
		out.leaf = m
	case x.leaf != nil:
		out.leaf, out.tail = x.leaf, x.tail+step
	case list && out.expr == nil:
		out.leaf, out.tail = x.expr, step
	}
}

// first is the block of a list that holds one at most.
func (x value) first() value {
	if list, ok := x.items(); ok && len(list) > 0 {
		return list[0]
	}
	out := value{at: x.at + "[0]", unknown: x.isUnknown(), secret: x.isSecret()}
	x.part(&out, "[0]")
	return out
}

// keys are an object's keys, those of unknown values among them.
func (x value) keys() []string {
	known, _ := x.v.(map[string]any)
	unknown, _ := x.unknown.(map[string]any)
	keys := append(keysOf(known), keysOf(unknown)...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

func keysOf(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// anyTrue reports whether a mark holds of anything below.
func anyTrue(mark any) bool {
	switch m := mark.(type) {
	case bool:
		return m
	case []any:
		return slices.ContainsFunc(m, anyTrue)
	case map[string]any:
		for _, inner := range m {
			if anyTrue(inner) {
				return true
			}
		}
	}
	return false
}

// plain is a string, or a number or boolean as it is written.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

// shown is a value for a message: never what is sensitive.
func (x value) shown() string {
	if x.isUnknown() {
		return afterApply
	}
	if anyTrue(x.secret) {
		return hidden
	}
	switch v := x.v.(type) {
	case nil:
		return ""
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		s, _ := plain(v)
		return s
	}
}

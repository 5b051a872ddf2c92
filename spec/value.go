package spec

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Scan reads a text into a field by its key; it returns what is wrong with it.
func (k *Key) Scan(text string, to reflect.Value) (reason string) {
	wrong := "is " + fault.Literal(text)
	switch k.Kind {
	case KindAddress:
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Is4() {
			return wrong
		}
		to.Set(reflect.ValueOf(addr))
		return ""
	case KindCIDR, KindRange:
		prefix, reason := fault.CIDR(text)
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() && k.Kind == KindRange {
			prefix, reason = netip.PrefixFrom(addr, 32), ""
		}
		switch {
		case reason == "":
			to.Set(reflect.ValueOf(prefix))
			return ""
		case prefix.IsValid(): // it can be read, and says what it should be
			return wrong + ", which " + reason
		}
		return wrong
	case KindID:
		if fault.ResourceID(text, k.IDType) != "" {
			return wrong
		}
	case KindChoice:
		if !slices.Contains(k.Choices, text) {
			return wrong
		}
	default:
		switch {
		case text == "":
			return "is empty"
		case k.Pattern != nil && !k.Pattern.MatchString(text):
			return wrong
		}
	}
	if own, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := own.UnmarshalText([]byte(text)); err != nil {
			return wrong
		}
		return ""
	}
	to.SetString(text)
	return ""
}

// Wants says in words what a key takes.
func (k *Key) Wants() string {
	switch k.Kind {
	case KindChoice:
		return oneOf(k.Choices)
	case KindInt:
		return fmt.Sprintf("a whole number from %d to %d", k.Min, k.Max)
	case KindBool:
		return "true or false"
	case KindCIDR:
		return "an IPv4 range such as 10.42.1.0/24"
	case KindRange:
		return "an IPv4 address or range such as 203.0.113.0/24"
	case KindAddress:
		return "an IPv4 address such as 10.42.2.4"
	case KindID:
		return "an ID " + fault.IDForm(k.IDType)
	case KindList:
		switch {
		case k.Min > 0 && k.Max > 0:
			return fmt.Sprintf("%d to %d entries", k.Min, k.Max)
		case k.Min > 0:
			return fmt.Sprintf("at least %d", k.Min)
		case k.Max > 0:
			return fmt.Sprintf("at most %d", k.Max)
		}
		return "a list"
	case KindObject:
		if len(k.Fields) > 8 {
			return "a mapping with keys such as " + Names(k.Fields[:3])
		}
		return "a mapping with " + Names(k.Fields)
	case KindMap:
		return "names with their texts"
	case KindSecret:
		return "an encrypted text"
	}
	if k.Form != "" {
		return k.Form
	}
	return "a text"
}

// Names lists the names of keys in words.
func Names(keys []Key) string {
	var list []string
	for _, k := range keys {
		list = append(list, k.Name)
	}
	return strings.Join(list, ", ")
}

// each calls visit for every key of a value, with its path: the keys of
// mappings and of the entries of lists that are there, too. A mapping comes
// before its keys, unless visit says that it is not to be looked into.
func each(keys []Key, v reflect.Value, path string, visit func(k *Key, v reflect.Value, path string) bool) {
	for i := range keys {
		k := &keys[i]
		eachOf(k, v.Field(k.Field), fault.Key(path, k.Name), visit)
	}
}

func eachOf(k *Key, v reflect.Value, path string, visit func(k *Key, v reflect.Value, path string) bool) {
	if !visit(k, v, path) {
		return
	}
	switch {
	case k.Kind == KindList:
		for i := range v.Len() {
			eachOf(k.Elem, v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case k.Kind == KindObject && v.Kind() != reflect.Pointer:
		each(k.Fields, v, path, visit)
	case k.Kind == KindObject && !v.IsNil():
		each(k.Fields, v.Elem(), path, visit)
	}
}

// setDefault gives a value its key's default, if that follows from nothing else.
func (k *Key) setDefault(v reflect.Value) {
	switch text := k.Default; k.Kind {
	case KindBool:
		v.SetBool(text == "true")
	case KindInt:
		var n int64
		if _, err := fmt.Sscan(text, &n); err == nil {
			v.SetInt(n)
		}
	case KindList: // of single values, as in ["https:443"]
		for _, one := range strings.Split(strings.Trim(text, "[]"), ",") {
			entry := reflect.New(v.Type().Elem()).Elem()
			k.Elem.Scan(strings.Trim(one, ` "`), entry)
			v.Set(reflect.Append(v, entry))
		}
	default:
		k.Scan(text, v)
	}
}

// wrong says what is wrong with a value that a program has made, as Scan and
// the reader of settings say it of a text.
func (k *Key) wrong(v reflect.Value) string {
	switch k.Kind {
	case KindInt:
		if n := int(v.Int()); n < k.Min || n > k.Max {
			return fmt.Sprintf("is %d", n)
		}
	case KindList:
		if n := v.Len(); n < k.Min || k.Max > 0 && n > k.Max {
			return "has " + entries(n)
		}
	case KindText, KindChoice, KindID, KindCIDR, KindRange, KindAddress:
		text := fmt.Sprint(v.Interface())
		if _, later := IsOutput(text); later && (k.Kind == KindID || k.Input) {
			return ""
		}
		return k.Scan(text, reflect.New(v.Type()).Elem())
	}
	return ""
}

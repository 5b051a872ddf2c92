package spec

import (
	"encoding"
	"net/netip"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

// Kind is the type of a key's value.
type Kind int

// The kinds.
const (
	KindText   Kind = iota
	KindChoice      // one of Key.Choices
	KindInt         // Key.Min..Key.Max
	KindBool
	KindCIDR    // an IPv4 range without host bits
	KindRange   // an IPv4 range or a single IPv4 address
	KindAddress // a single IPv4 address
	KindID      // an Azure resource ID of type Key.IDType
	KindList    // of *Key.Elem
	KindObject  // with Key.Fields
	KindMap     // of free names to texts
	KindSecret  // encrypted by Pulumi; never read, never printed
)

// Key is one key of the settings, as the tags of its field say.
type Key struct {
	Name      string
	Provider  bool // of the provider's own namespace
	Kind      Kind
	Doc       string
	Required  bool
	Default   string // written as in the settings; empty: none
	Otherwise string // the default in words, where it follows from other keys

	Type string // the name of the Go type: KindObject, KindChoice

	Choices  []string       // KindChoice
	Pattern  *regexp.Regexp // KindText; nil: any
	Form     string         // what Pattern asks for, in words
	Min, Max int            // KindInt; KindList: how many, 0 for no bound
	IDType   string         // KindID
	Elem     *Key           // KindList
	Single   bool           // KindList: one value may stand for a list of one
	Fields   []Key          // KindObject
	Input    bool           // KindText: an output of the program may give it, as it may every KindID
	Like     bool           // of an entry of clusters, the same as the stack's key of that name

	Field int // the index of the struct's field
}

// Keys lists the keys of a stack's settings, in the order of the fields of
// Spec. Callers share it: read it.
func Keys() []Key { return keys() }

// KeysOf lists the keys of a struct whose fields have tags as those of Spec do:
// what a component takes beside its settings.
func KeysOf(t reflect.Type) []Key { return fieldKeys(t, false) }

var keys = sync.OnceValue(func() []Key { return fieldKeys(reflect.TypeFor[Spec](), false) })

// shape is a kind of text: what it looks like, and what that is in words.
type shape struct{ name, pattern, form string }

// octets are an IPv4 address, where a text may be an output and so is kept as one.
const (
	octet  = `(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
	octets = octet + `(\.` + octet + `){3}`
)

// shapes are what the tag text refers to.
func shapes() []shape {
	return []shape{
		{"region", `^[a-z][a-z0-9]{1,40}$`, "a region's name in small letters, e.g. eastus"},
		{"prefix", `^[a-zA-Z0-9]([-a-zA-Z0-9]{0,50}[a-zA-Z0-9])?$`, "1 to 52 letters, digits and hyphens, a letter or digit first and last"},
		{"clusterName", `^[a-zA-Z0-9]([-a-zA-Z0-9]{0,50}[a-zA-Z0-9])?$`, "letters, digits and hyphens, a letter or digit first and last"},
		{"group", `^[-\w.()]{0,89}[-\w()]$`, "a resource group's name: up to 90 letters, digits and -_.(), no dot last"},
		{"name", `^[a-zA-Z0-9]([-\w.]{0,78}\w)?$`, "a name of up to 80 letters, digits and -_., a letter or digit first"},
		{"vnetName", `^[a-zA-Z0-9][-\w.]{0,62}\w$`, "a name of 2 to 64 letters, digits and -_., a letter or digit first"},
		{"firewallName", `^[a-zA-Z0-9]([-\w.]{0,40}\w)?$`, "a name of up to 42 letters, digits and -_., a letter or digit first: Azure takes 56, and those that start with it add up to 14"},
		{"aksName", `^[a-zA-Z0-9]([-a-zA-Z0-9]{0,52}[a-zA-Z0-9])?$`, "up to 54 letters, digits and hyphens, a letter or digit first and last"},
		{"nodeGroup", `^[-\w.()]{0,79}[-\w()]$`, "a resource group's name: up to 80 letters, digits and -_.(), no dot last"},
		{"guid", fault.GUID, "a GUID"},
		{"version", `^1\.[0-9]{1,3}(\.[0-9]{1,3})?$`, `a version in quotes, e.g. "1.35" or "1.35.2"`},
		{"vmSize", `^Standard_[A-Za-z0-9_-]{1,60}$`, "a VM size, e.g. Standard_D4s_v5"},
		{"taint", `^[A-Za-z0-9]([-A-Za-z0-9_./]{0,251}[A-Za-z0-9])?(=[-A-Za-z0-9_.]{0,63})?:(NoSchedule|PreferNoSchedule|NoExecute)$`, "key=value:NoSchedule, PreferNoSchedule or NoExecute"},
		{"address", `^` + octets + `$`, "an IPv4 address such as 10.42.2.4"},
		{"range", `^` + octets + `/(3[0-2]|[12]?[0-9])$`, "an IPv4 range such as 203.0.113.0/24"},
		{"zone", `^[123]$`, `one of "1", "2", "3"`},
		{"time", `^([01][0-9]|2[0-3]):[0-5][0-9]$`, `a time such as "02:00"`},
		{"offset", `^[-+](0[0-9]|1[0-4]):[0-5][0-9]$`, `an offset such as "+01:00"`},
		{"ruleName", `^[A-Za-z0-9]([-A-Za-z0-9_]{0,46}[A-Za-z0-9_])?$`, "up to 48 letters, digits, hyphens and underscores, a letter or digit first"},
		{"rowID", `^[a-zA-Z]+\.[-a-zA-Z0-9.]+$`, "a row's ID, e.g. core.mcr"},
		{"serviceTag", `^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$`, "a service tag, e.g. Storage.EastUS"},
		{"secretURL", `^https://[a-zA-Z0-9-]+\.vault\.[a-z0-9.]+/secrets/[a-zA-Z0-9-]+(/[0-9a-f]{32})?$`, "a Key Vault secret's identifier, https://<vault>.vault.azure.net/secrets/<name>"},
		{"protocol", `^(https?:[1-9][0-9]{0,4}|(tcp|udp):[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)$`, "https:443, http:80, tcp:5432 or udp:8000-8100"},
		{"sentence", `^[^\x00-\x1f]{1,200}$`, "up to 200 characters on one line"},
		{"date", `^20[0-9]{2}-[01][0-9]-[0-3][0-9]$`, `a date in quotes, e.g. "2026-06-18"`},
	}
}

// fieldKeys are the keys of a struct's tagged fields. With further it is the
// network of a further cluster, whose tags may say otherwise.
func fieldKeys(t reflect.Type, further bool) []Key {
	var out []Key
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag
		name, ok := tag.Lookup("key")
		if !ok || further && tag.Get("further") == "none" {
			continue
		}
		k := typeKey(field.Type, tag)
		k.Field = i
		k.Name, k.Doc = name, strings.ReplaceAll(tag.Get("doc"), "{features}", strings.Join(list(rules.Current()[1:]...), ", "))
		if space, rest, ok := strings.Cut(name, ":"); ok && space != "" {
			k.Name, k.Provider = rest, true
		}
		k.Required, k.Default, k.Otherwise = tag.Get("required") != "", tag.Get("default"), tag.Get("otherwise")
		k.Like = tag.Get("like") != ""
		if further {
			k.further(tag)
		}
		out = append(out, k)
	}
	return out
}

// further is what the tags say of a further cluster's key.
func (k *Key) further(tag reflect.StructTag) {
	if doc, ok := tag.Lookup("furtherDoc"); ok {
		k.Doc = doc
	}
	if how, ok := tag.Lookup("further"); ok {
		k.Required, k.Default, k.Otherwise, k.Min = how == "required", "", tag.Get("furtherOtherwise"), 0
	}
}

// typeKey is what a field's type says, and the tags that go with it.
func typeKey(t reflect.Type, tag reflect.StructTag) Key {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := Key{Input: tag.Get("input") != "", Type: t.Name()}
	switch {
	case tag.Get("secret") != "":
		k.Kind = KindSecret
	case t == reflect.TypeFor[netip.Addr]():
		k.Kind = KindAddress
	case t == reflect.TypeFor[netip.Prefix]():
		k.Kind = KindCIDR
		if tag.Get("or") == "address" {
			k.Kind = KindRange
		}
	case t.Kind() == reflect.Slice:
		elem := typeKey(t.Elem(), tag)
		k.Kind, k.Elem, k.Single = KindList, &elem, tag.Get("single") != ""
		k.Min, k.Max = bounds(tag.Get("entries"))
	case t.Kind() == reflect.Map:
		k.Kind = KindMap
	case t.Kind() == reflect.Bool:
		k.Kind = KindBool
	case t.Kind() == reflect.Int:
		k.Kind = KindInt
		k.Min, k.Max = bounds(tag.Get("range"))
	case t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		k.Kind, k.Fields = KindObject, fieldKeys(t, tag.Get("further") != "")
	case tag.Get("id") != "":
		k.Kind, k.IDType = KindID, tag.Get("id")
	default:
		if k.Choices = choices(t); k.Choices != nil {
			k.Kind = KindChoice
		}
		for _, s := range shapes() {
			if s.name == tag.Get("text") {
				k.Pattern, k.Form = regexp.MustCompile(s.pattern), s.form
			}
		}
	}
	return k
}

// choices are the values of an enumeration, nil for what is none.
func choices(t reflect.Type) []string {
	switch zero := reflect.Zero(t).Interface().(type) {
	case interface{ Values() []string }:
		return zero.Values()
	case rules.Cloud:
		return list(rules.AllClouds()...)
	case rules.Tunnel:
		return list(rules.Tunnels()...)
	}
	return nil
}

// bounds reads "1..250"; a bound that is left out is 0.
func bounds(text string) (least, most int) {
	low, high, _ := strings.Cut(text, "..")
	least, _ = strconv.Atoi(low)
	most, _ = strconv.Atoi(high)
	return least, most
}

// Inner is the keys below a key, be it a mapping or a list of mappings.
func (k *Key) Inner() []Key {
	if k.Kind == KindList {
		return k.Elem.Fields
	}
	return k.Fields
}

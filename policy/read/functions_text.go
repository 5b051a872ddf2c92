package read

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// onText evaluates the functions of texts.
func (m *machine) onText(name string, args []node) (node, bool) {
	texts := make([]string, len(args))
	all := true
	for i := range args {
		texts[i] = args[i].text
		all = all && args[i].kind == stringNode
	}
	switch {
	case name == "split" && len(args) == 2 && args[0].kind == stringNode:
		return m.split(texts[0], &args[1])
	case name == "join" && len(args) == 2 && args[0].kind == listNode && args[1].kind == stringNode:
		return m.join(&args[0], texts[1])
	case name == "substring" && len(args) >= 2 && args[0].kind == stringNode:
		return substring(texts[0], args[1:])
	case name == "cidrhost" && len(args) == 2:
		return cidrHost(texts[0], &args[1])
	case name == "cidrsubnet" && len(args) == 3:
		return cidrSubnet(texts[0], &args[1], &args[2])
	case !all:
		return node{}, false
	case name == "tolower" && len(args) == 1:
		return textNode(strings.ToLower(texts[0])), m.make(len(texts[0]))
	case name == "toupper" && len(args) == 1:
		return textNode(strings.ToUpper(texts[0])), m.make(len(texts[0]))
	case name == "trim" && len(args) == 1:
		return textNode(strings.TrimSpace(texts[0])), true
	case name == "startswith" && len(args) == 2:
		return truth(strings.HasPrefix(strings.ToLower(texts[0]), strings.ToLower(texts[1]))), true
	case name == "endswith" && len(args) == 2:
		return truth(strings.HasSuffix(strings.ToLower(texts[0]), strings.ToLower(texts[1]))), true
	case name == "indexof" && len(args) == 2:
		return integer(int64(strings.Index(strings.ToLower(texts[0]), strings.ToLower(texts[1])))), true
	case name == "replace" && len(args) == 3 && texts[1] != "":
		if grown := strings.Count(texts[0], texts[1])*len(texts[2]) + len(texts[0]); grown > maxText || !m.make(grown) {
			return unknown("", tooMuch), true
		}
		return textNode(strings.ReplaceAll(texts[0], texts[1], texts[2])), true
	}
	return node{}, false
}

func (m *machine) split(s string, by *node) (node, bool) {
	marks := []string{by.text}
	if by.kind == listNode {
		marks = nil
		for i := range by.items() {
			marks = append(marks, by.items()[i].text)
		}
	} else if by.kind != stringNode {
		return node{}, false
	}
	if len(marks) > 16 || !m.make(len(s)*32) || !m.spend(len(s)) {
		return unknown("", tooMuch), true
	}
	parts := []string{s}
	for _, mark := range marks {
		if mark == "" {
			return node{}, false
		}
		var next []string
		for _, p := range parts {
			next = append(next, strings.Split(p, mark)...)
		}
		parts = next
	}
	out := make([]node, len(parts))
	for i, p := range parts {
		out[i] = textNode(p)
	}
	return listOf(out), true
}

func (m *machine) join(list *node, by string) (node, bool) {
	var b strings.Builder
	for i := range list.items() {
		n, ok := m.text(&list.items()[i])
		if !ok || n.kind == unknownNode {
			return n, ok
		}
		if i > 0 {
			b.WriteString(by)
		}
		b.WriteString(n.text)
		if b.Len() > maxText || !m.make(len(n.text)+len(by)) {
			return unknown("", tooMuch), true
		}
	}
	return textNode(b.String()), true
}

func substring(s string, args []node) (node, bool) {
	from, ok := args[0].whole()
	if !ok || from < 0 || from > len(s) {
		return node{}, false
	}
	s = s[from:]
	if len(args) > 1 {
		length, ok := args[1].whole()
		if !ok || length < 0 || length > len(s) {
			return node{}, false
		}
		s = s[:length]
	}
	return textNode(s), true
}

// cidrHost is the address of a host in an IPv4 range; the first host is the
// one behind the range's own address.
func cidrHost(cidr string, which *node) (node, bool) {
	p, err := netip.ParsePrefix(cidr)
	n, ok := which.whole()
	if err != nil || !ok || !p.Addr().Is4() || n < 0 || int64(n)+1 >= int64(1)<<(32-p.Bits()) {
		return node{}, false
	}
	return textNode(ipv4(number4(p.Masked().Addr()) + uint32(n) + 1).String()), true
}

// cidrSubnet is one of the smaller ranges that an IPv4 range is cut into.
func cidrSubnet(cidr string, bits, which *node) (node, bool) {
	p, err := netip.ParsePrefix(cidr)
	size, sized := bits.whole()
	n, ok := which.whole()
	if err != nil || !ok || !sized || !p.Addr().Is4() || size < p.Bits() || size > 32 || n < 0 || int64(n) >= int64(1)<<(size-p.Bits()) {
		return node{}, false
	}
	from := number4(p.Masked().Addr()) + uint32(uint64(n)<<(32-size))
	return textNode(netip.PrefixFrom(ipv4(from), size).String()), true
}

func number4(a netip.Addr) uint32 { b := a.As4(); return binary.BigEndian.Uint32(b[:]) }

func ipv4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

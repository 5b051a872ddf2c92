package fault

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// HostSyntax says which host names an input may have.
type HostSyntax struct {
	// Star lets a star stand left-most, as application rules take it.
	Star bool
	// Underscores lets labels have underscores within, which names that others
	// wrote do have; names written here may only start with one.
	Underscores bool
}

const likeHost = `write it like "mcr.microsoft.com", without scheme, port or path`

// HostName reports whether s is made of DNS labels.
func HostName(s string, underscores bool) bool {
	if len(s) > 253 {
		return false
	}
	for s != "" {
		label, rest, more := strings.Cut(s, ".")
		if more && rest == "" || len(label) > 63 || !hostLabel(strings.TrimPrefix(label, "_"), underscores) {
			return false
		}
		if !more {
			return underscores || label[0] != '_'
		}
		s = rest
	}
	return false
}

func hostLabel(s string, underscores bool) bool {
	for i := range len(s) {
		within := s[i] == '-' && i < len(s)-1 || s[i] == '_' && underscores
		if !alphanumeric(s[i]) && (i == 0 || !within) {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// Host says what is wrong with a host name, empty when nothing is, and how to
// fix it.
func Host(name string, syntax HostSyntax) (reason, fix string) {
	rest := name
	if syntax.Star {
		if name == "*" {
			return "", ""
		}
		if tail, ok := strings.CutPrefix(name, "*"); ok {
			if strings.HasPrefix(tail, "-") {
				tail = "x" + tail // "*-files.sharepoint.com": the star is part of a label
			}
			rest = strings.TrimPrefix(tail, ".")
		}
	}
	switch {
	case strings.Contains(rest, "*") && syntax.Star:
		return "has a star elsewhere than left-most", `write it like "*.example.com"`
	case strings.Contains(rest, "*"):
		return "has a star, which a network rule does not take", "name each host, or use an application rule"
	case !HostName(rest, syntax.Underscores):
		return "is not a host name", likeHost
	}
	return "", ""
}

// CIDR reads an IPv4 range, and says what is wrong with it: reason is empty
// when nothing is. A range with host bits is returned with them.
func CIDR(text string) (p netip.Prefix, reason string) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, "is not a valid CIDR"
	case !p.Addr().Is4():
		return netip.Prefix{}, "is not IPv4"
	case p != p.Masked():
		return p, fmt.Sprintf("has host bits set (the range is %s)", p.Masked())
	}
	return p, ""
}

// ID is an Azure resource ID taken apart.
type ID struct {
	Subscription string
	Group        string // the resource group
	Type         string // "Microsoft.Network/virtualNetworks/subnets"
	Parent       string // the name before the last, of a child resource
	Name         string
}

// GUID is the shape of a GUID.
const GUID = `^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`

var (
	guid    = regexp.MustCompile(GUID)
	segment = regexp.MustCompile(`^[-\w.()]{1,90}$`)
)

// ParseID takes the ID of a resource in a resource group apart.
func ParseID(id string) (ID, bool) {
	parts := strings.Split(id, "/")
	if len(parts) < 9 || len(parts)%2 == 0 || parts[0] != "" || !strings.EqualFold(parts[1], "subscriptions") ||
		!strings.EqualFold(parts[3], "resourceGroups") || !strings.EqualFold(parts[5], "providers") {
		return ID{}, false
	}
	for _, part := range parts[1:] {
		if !segment.MatchString(part) {
			return ID{}, false
		}
	}
	out := ID{Subscription: parts[2], Group: parts[4], Type: parts[6]}
	for i := 7; i < len(parts); i += 2 {
		out.Type += "/" + parts[i]
		out.Parent, out.Name = out.Name, parts[i+1]
	}
	return out, true
}

// ResourceID says what is wrong with an ID of a resource of a type, such as
// "Microsoft.Network/routeTables"; empty when nothing is.
func ResourceID(text, resourceType string) (reason string) {
	id, ok := ParseID(text)
	switch {
	case !ok || !guid.MatchString(id.Subscription):
		return "is not a resource ID"
	case !strings.EqualFold(id.Type, resourceType):
		return "is the ID of a " + id.Type
	}
	return ""
}

// IDForm is how an ID of a resource type is written.
func IDForm(resourceType string) string {
	types := strings.Split(resourceType, "/")
	form := "/subscriptions/<GUID>/resourceGroups/<group>/providers/" + types[0]
	for _, t := range types[1:] {
		form += "/" + t + "/<name>"
	}
	return form
}

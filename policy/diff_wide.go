package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// What counts as wide: more than a /8 of addresses, more than half of the
// ports.
const (
	manyAddresses = 1 << 24
	manyPorts     = 1 << 15
)

// wide says what makes a finding a wide one.
func wide(f finding, sources []span) []string {
	var out []string
	known := ""
	if f.key.after == Possible {
		known = ", as far as is known here"
	}
	label := f.to.label
	region, regional := strings.CutPrefix(label, baseTag(label)+".")
	switch addresses, ok := parseSpan(label); {
	case label == "*":
		out = append(out, "any destination"+known)
	case ok:
		if n := size(addresses); n > manyAddresses {
			out = append(out, fmt.Sprintf("%d addresses", n))
		}
	case f.key.by.namesTag(label) && !regional:
		out = append(out, "a service tag without a region: its addresses everywhere")
	case f.key.by.namesTag(baseTag(label)) && region == "*":
		out = append(out, "a service tag in every other region")
	default:
		if why := wideStar(label); why != "" {
			out = append(out, why)
		}
	}
	switch n := int(f.ports.to) - int(f.ports.from) + 1; {
	case f.protocol == ICMP:
	case f.ports == ports{1, 65535}:
		out = append(out, "any port")
	case n > manyPorts:
		out = append(out, fmt.Sprintf("%d ports", n))
	}
	var from uint64
	for _, s := range sources {
		from += size(s)
	}
	switch {
	case from == size(everything()):
		out = append(out, "any source"+known)
	case from > manyAddresses:
		out = append(out, fmt.Sprintf("%d source addresses", from))
	}
	return out
}

func size(s span) uint64 { return uint64(s.to) - uint64(s.from) + 1 }

// baseTag is a service tag without its region.
func baseTag(tag string) string {
	base, _, _ := strings.Cut(tag, ".")
	return base
}

// namesTag says whether the rule names the service tag, which is what a
// destination of a network or DNAT rule is that is no address.
func (e *entry) namesTag(name string) bool {
	return slices.ContainsFunc(e.destinations.tags, func(t tag) bool { return strings.EqualFold(t.name, name) })
}

// wideStar says why a star reaches more than one owner's names; it is empty
// where it does not.
func wideStar(pattern string) string {
	under, star := strings.CutPrefix(pattern, "*")
	if !star {
		return ""
	}
	labels := strings.Split(strings.TrimPrefix(under, "."), ".")
	last := labels[len(labels)-1]
	if len(labels) == 1 || len(labels) == 2 && len(last) == 2 && slices.Contains(secondLevels(), labels[0]) {
		return "a star over a public suffix: names of anybody"
	}
	for _, shared := range sharedDomains() {
		name, below := strings.CutPrefix(shared, "*.")
		inRegion := below && under == "."+labels[0]+"."+name
		if inRegion || strings.HasSuffix("."+name, under) {
			return "a star over names that anybody can take: " + shared
		}
	}
	return ""
}

// secondLevels are the labels below a country's domain that are registries
// themselves, such as the first of co.uk.
func secondLevels() []string {
	return []string{"ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "ltd", "ne", "net", "nom", "or", "org", "plc", "sch"}
}

// sharedDomains are domains below which a provider gives names to its
// customers, so that a star over them reaches whoever asks for one; "*." stands
// for a region between. Those with a comment are such by how the
// service names what its customers make; the others are in the private part of the Public Suffix List
// (https://publicsuffix.org/list/, as of golang.org/x/net v0.55.0). Of that
// list it is what a cluster is likely to be let out to.
func sharedDomains() []string {
	return []string{
		"azure-api.net", "azureedge.net", "azurefd.net", "azurestaticapps.net", "azurewebsites.net",
		"blob.core.windows.net", "file.core.windows.net", "web.core.windows.net",
		"blob.core.usgovcloudapi.net", "file.core.usgovcloudapi.net", "web.core.usgovcloudapi.net",
		"cloudapp.net", "servicebus.windows.net", "trafficmanager.net",
		"azurecr.io",                 // container registries
		"vault.azure.net",            // key vaults
		"database.windows.net",       // SQL servers
		"blob.core.chinacloudapi.cn", // storage accounts in China
		"*.cloudapp.azure.com",       // DNS labels of public IP addresses
		"storage.googleapis.com",     // Cloud Storage buckets
		"s3.amazonaws.com", "cloudfront.net", "appspot.com", "web.app", "firebaseapp.com",
		"github.io", "githubusercontent.com", "gitlab.io", "pages.dev", "workers.dev", "r2.dev",
		"netlify.app", "vercel.app", "herokuapp.com", "onrender.com", "fly.dev", "ngrok.io", "ngrok-free.app",
	}
}

// origin is what a rule is for and where its row is published. Azure keeps
// neither for most rules, so a rule that is named after a row is taken at its
// row's word, as far as all clouds have the same.
func (e *entry) origin() (use, source string) {
	use, source = e.rule.Description, e.rule.Reference
	if e.row == "" || use != "" && source != "" {
		return use, source
	}
	rows := slices.DeleteFunc(rules.Rows(e.row), func(r rules.Row) bool { return r.Until != "" })
	if len(rows) == 0 {
		return use, source
	}
	first := rows[0]
	if use == "" && !slices.ContainsFunc(rows, func(r rules.Row) bool { return r.Use != first.Use }) {
		use = first.Use
	}
	page, _, _ := strings.Cut(first.Source, ", ")
	switch {
	case source != "":
	case !slices.ContainsFunc(rows, func(r rules.Row) bool { return r.Source != first.Source }):
		source = first.Source
	case !slices.ContainsFunc(rows, func(r rules.Row) bool { return !strings.HasPrefix(r.Source, page+", ") }):
		source = page // each cloud has a heading of its own there
	}
	return use, source
}

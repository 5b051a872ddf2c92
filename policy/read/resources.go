package read

import (
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// The types that are read.
const (
	typePolicy     = "Microsoft.Network/firewallPolicies"
	typeGroup      = typePolicy + "/ruleCollectionGroups"
	typeFirstShape = typePolicy + "/ruleGroups"
	typeFirewall   = "Microsoft.Network/azureFirewalls"
	typeIPGroup    = "Microsoft.Network/ipGroups"
	typeDeployment = "Microsoft.Resources/deployments"
)

// where is where resources are deployed to, and what is unsure of all of them.
type where struct {
	sub, group string
	unsure     []policy.Unsure
	kind, name string // of the resource they stand in
	depth      int
}

// maxDeployments is how deep deployments may be nested; Azure takes fewer.
const maxDeployments = 16

// resources walks through a template's resources: a list, or an object by
// symbolic name.
func (r *reader) resources(v val, w where) {
	v = v.resolve()
	switch v.n.kind {
	case listNode:
		for _, item := range v.items() {
			r.resource(item, w)
		}
	case objectNode:
		for _, m := range members(v) {
			r.resource(m.val, w)
		}
	case nullNode:
	case unknownNode:
		r.fault(v.at, v.n.text, v.n.reason(), giveValue)
	default:
		r.fault(v.at, bare(v.n), "is not a list of resources", wanted)
	}
}

// ours reports whether a type is one that is read.
func ours(kind string) bool {
	for _, t := range []string{typePolicy, typeGroup, typeFirstShape, typeFirewall, typeIPGroup, typeDeployment} {
		if same(kind, t) {
			return true
		}
	}
	return false
}

// resource reads one resource as often as its copy loop makes it.
func (r *reader) resource(v val, w where) {
	v = v.resolve()
	if v.n.kind != objectNode {
		r.fault(v.at, v.n.short(), "is not a resource", wanted)
		return
	}
	kind := ""
	if t, ok := v.get("type"); ok {
		if t = t.resolve(); t.n.kind != stringNode {
			r.fault(t.at, bare(t.n), "is not a resource type", "write it like "+typePolicy)
			return
		}
		kind = t.n.text
	}
	// Symbolic names allow a version behind the type.
	kind, _, _ = strings.Cut(kind, "@")
	child := w.kind != "" && !strings.Contains(kind, ".")
	if child {
		kind = w.kind + "/" + kind
	}
	inner, nested := v.get("resources")
	if !ours(kind) && !nested {
		return
	}
	if isTrue(v.n, "existing") {
		return
	}
	made, why := instances(v)
	if why != "" {
		if ours(kind) && (!same(kind, typeDeployment) || r.mentions(v.n, 0)) {
			r.fault(v.at.in("copy"), "", why, giveValue+"; or give the policy as az prints it")
		}
		return
	}
	for _, one := range made {
		if !r.take(weight, v.at) {
			return
		}
		in := w
		there := r.conditional(one, kind, &in)
		if !there && !nested {
			continue
		}
		b, ok := r.open(one)
		if !ok {
			continue
		}
		name := r.name(b, "name")
		if child {
			name = w.name + "/" + name
		}
		if there {
			r.dispatch(b, kind, name, in)
		}
		if nested {
			// A condition does not hold for child resources (Microsoft,
			// Conditional deployment in ARM templates).
			in.unsure = w.unsure
			in.kind, in.name = kind, name
			r.resources(val{n: inner.n, env: one.env, at: inner.at}, in)
		}
	}
}

// conditional reports whether a resource is deployed. Where that is not known,
// all that it holds is unsure.
func (r *reader) conditional(v val, kind string, w *where) bool {
	c, ok := v.get("condition")
	if !ok || v.env == nil || c.missing() {
		return true
	}
	got := c.mode(false).resolve()
	switch {
	case got.n.kind == unknownNode:
		if ours(kind) && (!same(kind, typeDeployment) || r.mentions(v.n, 0)) {
			w.unsure = append(append([]policy.Unsure(nil), w.unsure...), policy.Unsure{Field: policy.FieldCondition, Value: got.n.text, Identity: r.m.identity(got), Reason: got.n.reason()})
			r.unsure(c.at.String(), got.n.text, got.n.reason()+", so what stands here may not be there", giveValue)
		}
	case same(got.n.text, "true"):
	case same(got.n.text, "false"):
		if ours(kind) {
			r.leftOut = append(r.leftOut, v.at)
		}
		return false
	default:
		r.fault(c.at, bare(got.n), "is not true or false", "write a condition that is one of them")
	}
	return true
}

// mentions reports whether a value speaks of what is read here, so that a
// deployment of other things is not asked about.
func (r *reader) mentions(n *node, depth int) bool {
	if depth > maxDepth || !r.m.spend(1) {
		return true
	}
	if n.kind == stringNode {
		s := lower(n.text)
		return strings.Contains(s, "microsoft.network/firewallpolicies") || strings.Contains(s, "microsoft.network/azurefirewalls") || strings.Contains(s, "rulecollectiongroups")
	}
	if n.kind == objectNode {
		if _, ok := n.get("templateLink"); ok {
			return true
		}
	}
	for i := range n.items() {
		if r.mentions(&n.items()[i], depth+1) {
			return true
		}
	}
	return false
}

// dispatch reads a resource by its type.
func (r *reader) dispatch(b bag, kind, name string, w where) {
	id, ok := resourceID(prefix(w.sub, w.group), kind, splitName(name))
	if !ok {
		id = name
	}
	if given, has := b.get("id"); has && given.n.kind == stringNode && strings.HasPrefix(given.n.text, "/") {
		id = given.n.text
	}
	id = canonicalID(id)
	switch {
	case same(kind, typePolicy):
		r.policy(b, id, name, w.unsure)
	case same(kind, typeGroup), same(kind, typeFirstShape):
		parts := splitName(name)
		of := parentID(id)
		if len(parts) != 2 && of == "" {
			r.fault(b.place("name"), name, "does not name policy and group", "write it like policy/group")
		}
		r.groups = append(r.groups, groupItem{b: b, policy: of, name: parts[len(parts)-1], first: same(kind, typeFirstShape), unsure: w.unsure})
	case same(kind, typeFirewall):
		r.firewall(b, w.unsure)
	case same(kind, typeIPGroup):
		r.ipGroup(b, id, w.unsure)
	case same(kind, typeDeployment):
		r.deployment(b, name, w)
	}
}

// parentID is the ID of the resource that one stands in.
func parentID(id string) string {
	parts := splitName(id)
	if len(parts) < 4 || !strings.Contains(lower(id), "/providers/") {
		return ""
	}
	return strings.Join(parts[:len(parts)-2], "/")
}

// splitName cuts a name or an ID at its slashes, those within an expression in
// brackets aside.
func splitName(s string) []string {
	var out []string
	from, open := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			open++
		case ']':
			open = max(open-1, 0)
		case '/':
			if open == 0 {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	return append(out, s[from:])
}

func lastOf(id string) string {
	parts := splitName(id)
	return parts[len(parts)-1]
}

// sameID reports whether two IDs are of one resource: the same text, or the
// same but for a scope that one of them leaves open.
func sameID(a, b string) bool {
	if same(a, b) {
		return true
	}
	aScope, aRest, aok := cutProviders(a)
	bScope, bRest, bok := cutProviders(b)
	if !aok || !bok {
		return same(lastOf(a), lastOf(b))
	}
	if !same(aRest, bRest) {
		return false
	}
	for _, open := range [][2]string{{aScope, bScope}, {bScope, aScope}} {
		if rest, ok := strings.CutPrefix(open[0], ownScope); ok && len(open[1]) >= len(rest) && same(open[1][len(open[1])-len(rest):], rest) {
			return true
		}
	}
	return false
}

func cutProviders(id string) (scope, rest string, ok bool) {
	i := strings.Index(lower(id), "/providers/")
	if i < 0 {
		return "", "", false
	}
	return id[:i], id[i:], true
}

package read

import (
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// reader collects what is read and what is wrong with it.
type reader struct {
	m       machine
	faults  fault.List
	reading policy.Reading

	policies  []*policyItem
	groups    []groupItem
	firewalls []firewallItem
	ipGroups  []ipGroupItem
	missing   []policy.Missing
	leftOut   []*place // resources whose condition is false

	byID    map[string]*policyItem // policies by the IDs that groups gave them
	defined map[string]int         // which IP group has a folded ID
	read    int                    // what was read: values, rules, resources
	limit   int                    // how much is read
	full    bool                   // more is asked for than is read
}

// Bounds of what one file may make.
const (
	maxFaults = 10_000
	maxLooped = 1 << 20 // values made by loops, beside those that are in the file
	maxUnsure = 100     // of one rule: one is enough to make it unsure

	// What a rule and a resource count as. A written one has as many values.
	weight = 4
)

// newReader reads a file that holds so many values.
func newReader(values int) *reader { return &reader{limit: values + maxLooped} }

func (r *reader) fault(at *place, value, reason, fix string) {
	switch n := len(r.faults); {
	case n < maxFaults:
		r.faults = append(r.faults, faultAt(at, value, reason, fix))
	case n == maxFaults:
		r.faults = append(r.faults, faultAt(root(), "", "has more faults than are listed", "fix these first"))
	}
}

// take reports whether n more values may be read; the first that may not are
// a fault. What a file holds may always be read: only loops make more.
func (r *reader) take(n int, at *place) bool {
	r.read += n
	if r.read > r.limit && !r.full {
		r.full = true
		r.fault(at, "", "is where loops make more than is read of one file", "give the policy as az prints it")
	}
	return !r.full
}

func (r *reader) warn(at *place, value, reason string) {
	r.reading.Warnings = append(r.reading.Warnings, faultAt(at, value, reason, ""))
}

// unsure notes something that was not evaluated or is not known.
func (r *reader) unsure(at string, value, reason, fix string) {
	r.reading.Unsure = append(r.reading.Unsure, fault.Fault{Path: at, Value: value, Reason: reason, Fix: fix})
}

const (
	wanted    = "give what az network firewall policy rule-collection-group list or az network firewall show prints, or an exported template"
	giveValue = "give its value in a parameter file, or give the policy as az prints it once it is deployed"
	cutOff    = "ConvertTo-Json cuts off below its depth: print with -Depth 20"
)

// bag is an object with its properties bag, which the REST API and templates
// have and the command line has not.
type bag struct {
	outer, inner val
}

// open opens an object.
func (r *reader) open(v val) (bag, bool) {
	v = v.resolve()
	if v.n == nil || v.n.kind != objectNode {
		return bag{}, false
	}
	b := bag{outer: v}
	r.twice(v)
	inner, ok := v.get("properties")
	if !ok {
		return b, true
	}
	if inner = inner.resolve(); inner.n.kind != objectNode {
		if inner.n.kind == unknownNode {
			r.fault(inner.at, inner.n.text, inner.n.reason(), giveValue)
		} else if inner.n.kind != nullNode {
			r.fault(inner.at, inner.n.short(), "is not an object", wanted)
		}
		return b, true
	}
	b.inner = inner
	r.twice(inner)
	if inner.n.kids != nil {
		for i, key := range inner.n.kids.keys {
			other, ok := v.n.get(key)
			if ok && !identity(fold(key)) && !other.empty() && !inner.n.kids.items[i].empty() {
				r.fault(inner.at.in(key), "", "is also given beside properties, and only one of the two would count", "remove one")
			}
		}
	}
	return b, true
}

// twice refuses a property that is written and made by a copy loop too.
func (r *reader) twice(v val) {
	for _, l := range loops(v) {
		if _, written := v.n.get(l.name); written {
			r.fault(v.at.in("copy"), l.name, "is a property that a copy loop makes and that is written beside it, and only one of the two would count", "remove one")
		}
	}
}

// identity reports whether a key says which resource it is, or how it fares.
func identity(key string) bool {
	switch key {
	case "name", "id", "type", "etag", "provisioningstate", "location", "tags":
		return true
	}
	return false
}

// get is a member of the object or of its bag.
func (b bag) get(key string) (val, bool) {
	v, ok := b.outer.get(key)
	if ok && !v.missing() {
		return v, true
	}
	if inner, in := b.inner.get(key); in {
		return inner, true
	}
	return v, ok
}

// place is where a member stands, or would.
func (b bag) place(key string) *place {
	if v, ok := b.get(key); ok {
		return v.at
	}
	if b.inner.n != nil {
		return b.inner.at.in(key)
	}
	return b.outer.at.in(key)
}

// members is all that the object and its bag hold.
func (b bag) members() []member {
	var out []member
	for _, m := range members(b.outer) {
		if b.inner.n == nil || !same(m.key, "properties") {
			out = append(out, m)
		}
	}
	return append(out, members(b.inner)...)
}

// text is a member that is text; what is not given is empty. Numbers, as
// templates have for ports, are read as they are written.
func (r *reader) text(b bag, key string) (text string, n *node) {
	v, ok := b.get(key)
	if !ok || v.missing() {
		return "", nil
	}
	v = v.resolve()
	if v.n.kind == unknownNode || v.n.kind == nullNode {
		return "", v.n
	}
	t, ok := v.n.plain()
	if !ok {
		r.fault(v.at, v.n.short(), "is not text", "write it in quotes")
	}
	return t, v.n
}

// name is a member that names something: what has no value stands for itself.
func (r *reader) name(b bag, key string) string {
	v, ok := b.get(key)
	if !ok || v.missing() {
		return ""
	}
	n := v.mode(true).resolve().n
	if n.kind == unknownNode {
		return v.n.text
	}
	t, ok := n.plain()
	if !ok && n.kind != nullNode {
		r.fault(v.at, n.short(), "is not text", "write it in quotes")
	}
	return t
}

// number is a member that is a whole number and has to be there.
func (r *reader) number(b bag, key string) int {
	v, ok := b.get(key)
	if !ok || v.missing() {
		r.fault(b.place(key), "", "is missing", "give the number")
		return 0
	}
	v = v.resolve()
	if v.n.kind == unknownNode {
		r.fault(v.at, v.n.text, v.n.reason(), giveValue)
		return 0
	}
	n, ok := v.n.whole()
	if !ok {
		r.fault(v.at, bare(v.n), "is not a whole number", "give the number")
	}
	return n
}

// bare is a value as it is shown: text without quotes of its own.
func bare(n *node) string {
	if n.kind == stringNode || n.kind == unknownNode {
		return n.text
	}
	return n.short()
}

// list is a member that is a list; one without a value is reported by none.
func (r *reader) list(b bag, key string) []val {
	v, ok := b.get(key)
	if !ok || v.missing() {
		return nil
	}
	v = v.resolve()
	switch v.n.kind {
	case listNode:
		return v.items()
	case nullNode:
	case unknownNode:
		r.fault(v.at, v.n.text, v.n.reason(), giveValue)
	case stringNode:
		r.fault(v.at, v.n.text, "is text, not a list", cutOff)
	default:
		r.fault(v.at, bare(v.n), "is not a list", "write it in brackets")
	}
	return nil
}

// objects is a member that is a list of objects.
func (r *reader) objects(b bag, key, what string) []bag {
	var out []bag
	for _, v := range r.list(b, key) {
		if one, ok := r.object(v, what); ok {
			out = append(out, one)
		}
	}
	return out
}

func (r *reader) object(v val, what string) (bag, bool) {
	b, ok := r.open(v)
	if ok {
		return b, true
	}
	switch n := v.resolve().n; n.kind {
	case unknownNode:
		r.fault(v.at, n.text, n.reason(), giveValue)
	case stringNode:
		r.fault(v.at, n.text, "is text, not "+what, cutOff)
	default:
		r.fault(v.at, n.short(), "is not "+what, wanted)
	}
	return bag{}, false
}

// harmless reports whether a property of a rule or a collection says nothing
// of what matches. Keys are folded.
func harmless(key string) bool {
	switch key {
	case "id", "name", "etag", "type", "provisioningstate", "description", "comments", "metadata", "ruletype", "ruleconditiontype", "rulecollectiontype",
		"conditiontype": // of a quickstart of Microsoft's with ruleGroups: it says what ruleConditionType does
		return true
	}
	return false
}

// harmlessOfResource is the same of a resource, which a group is.
func harmlessOfResource(key string) bool {
	switch key {
	case "size", "resourcegroup", "resourceguid", "systemdata", "tags", "tagstable", "location", "apiversion", "dependson", "scope", "zones", "identity",
		"condition", "copy", "resources", "existing", "import", "subscriptionid", "tenantid", "parent":
		return true
	}
	return harmless(key)
}

// notKnown is the reason of a property that this version does not know.
const notKnown = "is not known to this version, and may match or confine"

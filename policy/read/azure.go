package read

import (
	"errors"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Options are what a file is read with.
type Options struct {
	// Parameters is an ARM parameter file, with or without the "parameters"
	// envelope, or nil. It is of use for a template alone.
	Parameters []byte
	// AllowEmpty accepts a file that is plainly an empty list of groups.
	// Otherwise nothing read is a fault, as it would look like a lockdown.
	AllowEmpty bool
}

// Azure reads a policy from what Azure prints:
//
//   - the list of rule collection groups that `az network firewall policy
//     rule-collection-group list` prints, or one group; the same from the REST
//     API or from PowerShell;
//   - an ARM template, exported, written or compiled from Bicep, or what
//     `az deployment group what-if` prints;
//   - a firewall with classic rules, from `az network firewall show`, the REST
//     API or PowerShell; its collections become one group,
//     policy.GroupClassic.
//
// The error is a fault.List with every fault at once, each with its path in
// the file. What is read and could not be evaluated makes its rule unsure, and
// is listed in the Reading.
func Azure(data []byte, o Options) (policy.Firewall, policy.Reading, error) {
	n, values, err := parseCount(data)
	if err != nil {
		return policy.Firewall{}, policy.Reading{}, err
	}
	r := newReader(values)
	r.m.file = digestOf(string(data), string(o.Parameters))
	v := val{n: n, at: root()}
	r.file(v, o)
	if o.AllowEmpty && len(r.faults) == 0 && plainlyEmpty(v) {
		r.reading.What = "an empty list of rule collection groups"
		return policy.Firewall{}, r.reading, nil
	}
	return r.firewallOf()
}

// file tells what a file is, and notes what it holds.
func (r *reader) file(v val, o Options) {
	template := false
	switch resources, is := v.get("resources"); {
	case is && isWorld(v):
		r.reading.What = "a sandbox world"
		r.world(v)
	case is:
		template = true
		r.reading.What = "an ARM template"
		s := newScope(&r.m, v.n, root(), r.parameters(o.Parameters, v))
		resources.env = &env{scope: s}
		r.resources(resources, where{})
	default:
		if changes, ok := v.get("changes"); ok && changes.n.kind == listNode {
			r.reading.What = "what a deployment would change"
			r.whatIf(changes)
			break
		}
		for _, one := range r.listed(v) {
			r.printed(one)
		}
	}
	if o.Parameters != nil && !template {
		r.reading.Warnings = append(r.reading.Warnings, fault.Fault{Path: "the parameter file", Reason: "is of no use here: this is not a template", Fix: "leave it out"})
	}
}

// listed is what a file lists: the elements of a list, those of a "value" as
// the REST API wraps it, or the one object that the file is.
func (r *reader) listed(v val) []val {
	switch v.n.kind {
	case listNode:
		return v.items()
	case objectNode:
		if next := nextPage(v); next != "" {
			r.fault(root().in(next), "", "says that another page follows, and its groups are not in this file", "get every page and put their values into one list, or use az, which does; az graph query takes --first 1000 and --skip-token")
		}
		for _, key := range []string{"value", "data"} {
			if list, ok := v.get(key); ok {
				if list.n.kind == listNode {
					return list.items()
				}
				if _, named := v.get("name"); !named && !list.missing() {
					r.fault(list.at, bare(list.n), "is not a list", wanted)
					return nil
				}
			}
		}
		return []val{v}
	}
	r.fault(v.at, bare(v.n), "is neither a list of rule collection groups, a firewall nor a template", wanted)
	return nil
}

// nextPage is the key that says that a list goes on elsewhere; empty: it is
// whole. Resource Graph gives 100 records unless it is asked for more, and says
// how many there are (az graph query in snake case).
func nextPage(v val) string {
	for _, key := range []string{"nextLink", "@odata.nextLink", "skipToken", "$skipToken", "skip_token"} {
		if link, ok := v.get(key); ok && !link.n.empty() {
			return key
		}
	}
	if cut, ok := v.get("resultTruncated"); ok && same(cut.n.text, "true") {
		return "resultTruncated"
	}
	data, _ := v.get("data")
	for _, key := range []string{"totalRecords", "total_records"} {
		if total, ok := v.get(key); ok && data.n != nil && data.n.kind == listNode {
			if n, ok := total.n.whole(); ok && n > len(data.items()) {
				return key
			}
		}
	}
	return ""
}

// printed notes one resource as Azure prints it.
func (r *reader) printed(v val) {
	b, ok := r.object(v, "a resource")
	if !ok {
		return
	}
	name, id, kind := r.name(b, "name"), canonicalID(r.name(b, "id")), r.name(b, "type")
	has := func(keys ...string) bool {
		for _, key := range keys {
			if _, ok := b.get(key); ok {
				return true
			}
		}
		return false
	}
	switch {
	case same(kind, typeFirewall),
		has("networkRuleCollections", "applicationRuleCollections", "natRuleCollections", "ipConfigurations", "firewallPolicy", "hubIPAddresses"):
		r.firewall(b, nil)
	case same(kind, typeGroup), same(kind, typeFirstShape), has("ruleCollections", "ruleCollection"):
		r.groups = append(r.groups, groupItem{b: b, policy: parentID(id), name: lastOf(name), first: same(kind, typeFirstShape) || !has("ruleCollections", "ruleCollection") && has("rules")})
	case has("ruleCollectionType") || has("rules") && has("action"):
		r.fault(v.at, name, "is a rule collection without the group it is in, whose priority decides too", "give what az network firewall policy rule-collection-group list prints")
	case same(kind, typePolicy), has("ruleCollectionGroups"), has("threatIntelMode"):
		r.policy(b, id, name, nil)
	case same(kind, typeIPGroup), has("ipAddresses"):
		r.ipGroup(b, id, nil)
	case kind == "" && name != "": // a group with nothing in it, which reading it says
		r.groups = append(r.groups, groupItem{b: b, policy: parentID(id), name: lastOf(name)})
	case kind != "":
	case has("deployment"):
		r.fault(v.at, "", "is an export of a Pulumi stack, which is not read", "give what az network firewall policy rule-collection-group list prints, or a world that sandbox exec --world keeps of the program")
	case has("template"):
		r.fault(v.at, "", "holds a template, as an artifact of Azure Blueprints does", "give the template that is in it as a file of its own")
	case has("parameters"):
		r.fault(v.at, "", "is a parameter file", "give the template, and this file with --parameters")
	default:
		r.fault(v.at, "", "is neither a rule collection group, a firewall nor a template", wanted)
	}
}

// whatIf notes what a deployment would leave behind, as what-if prints it.
func (r *reader) whatIf(changes val) {
	// What is known only when it is deployed is printed as its expression, and
	// a template without parameters evaluates none of those.
	empty := objectOf(nil, nil)
	e := &env{scope: newScope(&r.m, &empty, root(), nil)}
	for _, change := range changes.items() {
		b, ok := r.object(change, "a change")
		if !ok {
			continue
		}
		how := r.name(b, "changeType")
		if same(how, "Delete") {
			continue
		}
		after, ok := b.get("after")
		if !ok || after.missing() {
			after, ok = b.get("before")
		}
		if !ok || after.missing() {
			id := r.name(b, "resourceId")
			if touches(id) || same(how, "Unsupported") && strings.Contains(lower(id), "deployments") {
				r.fault(change.at, id, "is a change whose outcome what-if does not print ("+how+")", "give the template, or the policy as az prints it once it is deployed")
			}
			continue
		}
		after.env = e
		one, ok := r.object(after, "a resource")
		if !ok {
			continue
		}
		kind := r.name(one, "type")
		if !ours(kind) || same(kind, typeDeployment) {
			continue
		}
		name := r.name(one, "name")
		if same(kind, typeGroup) && !strings.Contains(name, "/") {
			if id := r.name(one, "id"); parentID(id) != "" {
				name = lastOf(parentID(id)) + "/" + name
			}
		}
		r.dispatch(one, kind, name, where{})
	}
}

// touches reports whether an ID is of something that decides what passes.
func touches(id string) bool {
	id = lower(id)
	return strings.Contains(id, "/firewallpolicies/") || strings.Contains(id, "/azurefirewalls/")
}

// parameters reads a parameter file for a template. Faults of it show no
// values: any of them may be a secret.
func (r *reader) parameters(data []byte, template val) map[string]*binding {
	if data == nil {
		return nil
	}
	n, err := parse(data)
	if err != nil {
		r.faults = append(r.faults, elsewhere("the parameter file", err)...)
		return nil
	}
	v := val{n: n, at: root()}
	if n.kind != objectNode {
		r.faults = append(r.faults, fault.Fault{Path: "the parameter file", Reason: "is not a JSON object", Fix: "give an ARM parameter file"})
		return nil
	}
	if inner, ok := v.get("parameters"); ok && inner.n.kind == objectNode {
		v = inner
	}
	declared, _ := template.n.get("parameters")
	out := map[string]*binding{}
	for _, m := range members(v) {
		if _, ok := declared.get(m.key); !ok {
			if m.key != "$schema" && m.key != "contentVersion" {
				r.reading.Warnings = append(r.reading.Warnings, fault.Fault{Path: "the parameter file: " + m.val.at.String(), Reason: "is not a parameter of the template", Fix: "leave it out, or correct its name"})
			}
			continue
		}
		value, given := m.val.get("value")
		_, vault := m.val.get("reference")
		switch {
		case given:
			out[fold(m.key)] = &binding{v: value}
		case vault:
			out[fold(m.key)] = &binding{none: fromVault, behind: []val{m.val}}
		default:
			out[fold(m.key)] = &binding{v: m.val}
		}
	}
	return out
}

// elsewhere is the faults of another file than the policy's.
func elsewhere(file string, err error) fault.List {
	var faults fault.List
	if !errors.As(err, &faults) {
		return fault.List{{Path: file, Reason: err.Error()}}
	}
	for i := range faults {
		faults[i].Path = file + ": " + faults[i].Path
	}
	return faults
}

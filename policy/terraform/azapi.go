package terraform

import (
	"encoding/json"
	"strings"
)

// azapi reads a resource that is written as Azure's own body. The type is
// Microsoft.Network/…@version; the body is JSON in a string up to azapi 1.x and
// an object since 2.0 (azapi's changelog, 2024).
func (r *reader) azapi(from *resource) {
	x := from.values
	typ, _, _ := strings.Cut(r.text(x.get("type")), "@")
	const network = "Microsoft.Network/"
	kind, ok := cutFold(typ, network)
	if reason, lacks := x.get("type").lacking(); lacks {
		r.miss(from.address+", whose type "+reason, planAgain, false)
		return
	}
	ours := oneOf(kind, "firewallPolicies", "firewallPolicies/ruleCollectionGroups", "azureFirewalls", "ipGroups")
	if !ok || !ours {
		return
	}
	if from.typ != "azapi_resource" {
		// azapi_update_resource changes parts of what another configuration
		// holds, azapi_resource_action does anything.
		if !from.data {
			r.miss("what "+from.address+" changes of "+typ, "give the policy as Azure prints it after the apply", false)
			r.unsure(from.address, typ, "is changed in part, which is not read", "write it with azapi_resource")
		}
		return
	}
	if from.data {
		r.azapiData(from, kind)
		return
	}
	if part := x.get("sensitive_body"); !part.blank() || part.expr != nil {
		r.miss("what "+part.at+" adds", "give the policy as Azure prints it after the apply", false)
		r.unsure(part.at, "", withheld, "")
	}
	body, ok := r.body(x.get("body"))
	if !ok {
		return
	}
	switch {
	case oneOf(kind, "firewallPolicies"):
		r.policies = append(r.policies, r.armPolicy(from, body))
	case oneOf(kind, "azureFirewalls"):
		r.armFirewall(from, body)
	case oneOf(kind, "ipGroups"):
		r.ipGroup(from, body.get("properties").get("ipAddresses"))
	default:
		g := groupItem{from: from, policy: x.get("parent_id")}
		g.readGroup = r.armGroup(body, from, r.name(x.get("name"), from.name))
		r.groups = append(r.groups, g)
	}
}

// azapiData takes from a data source what it says of an IP group.
func (r *reader) azapiData(from *resource, kind string) {
	if oneOf(kind, "ipGroups") {
		if list := from.values.get("output").get("properties").get("ipAddresses"); !list.blank() {
			r.ipGroup(from, list)
		}
	}
}

// body is a body, of either form.
func (r *reader) body(x value) (value, bool) {
	if reason, lacks := x.lacking(); lacks {
		r.lost(x, reason)
		return x, false
	}
	switch v := x.v.(type) {
	case map[string]any:
		return x, true
	case string:
		var decoded map[string]any
		if err := json.Unmarshal([]byte(v), &decoded); err != nil {
			r.fault(x.at, "", "is not a JSON object", "write it with jsonencode, or as an object")
			return x, false
		}
		x.v, x.unknown = decoded, nil
		return x, true
	default:
		r.fault(x.at, x.shown(), "is not an object", "write the body as Azure takes it")
		return x, false
	}
}

// cutFold cuts a prefix off in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

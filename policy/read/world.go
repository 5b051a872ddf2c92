package read

import "github.com/aks-egress/aks-egress/policy"

// World reads what a sandbox world holds: firewall policies with their groups,
// firewalls and IP groups. The file is the sandbox's world.json: a version,
// and resources with id, type and body.
func World(data []byte) (policy.Firewall, policy.Reading, error) {
	n, values, err := parseCount(data)
	if err != nil {
		return policy.Firewall{}, policy.Reading{}, err
	}
	r := newReader(values)
	v := val{n: n, at: root()}
	if _, ok := v.get("resources"); !ok || !isWorld(v) {
		return policy.Firewall{}, policy.Reading{}, refusal("the input", "is not a world of the sandbox", "give the file that the sandbox keeps its world in")
	}
	r.reading.What = "a sandbox world"
	r.world(v)
	return r.firewallOf()
}

// isWorld reports whether a file is a sandbox world rather than a template.
func isWorld(v val) bool {
	version, ok := v.get("version")
	if !ok || version.n.kind != numberNode {
		return false
	}
	_, template := v.get("$schema")
	return !template
}

// worldVersion is the one version of the file that there is.
const worldVersion = "1"

// world notes the resources of a world.
func (r *reader) world(v val) {
	if version, ok := v.get("version"); ok && version.n.text != worldVersion {
		r.fault(version.at, version.n.text, "is a version of the sandbox's world that is not read", "give a world of version "+worldVersion)
		return
	}
	resources, _ := v.get("resources")
	if resources.n.kind != listNode {
		r.fault(resources.at, bare(resources.n), "is not a list of resources", "give the file that the sandbox keeps its world in")
		return
	}
	for _, one := range resources.items() {
		b, ok := r.object(one, "a resource")
		if !ok {
			continue
		}
		id, kind := r.name(b, "id"), r.name(b, "type")
		if !ours(kind) || same(kind, typeDeployment) {
			continue
		}
		body, ok := b.get("body")
		if !ok {
			r.fault(one.at, id, "has no body", "give the file that the sandbox keeps its world in")
			continue
		}
		inner, ok := r.object(body, "a resource")
		if !ok {
			continue
		}
		name := lastOf(id)
		switch {
		case same(kind, typePolicy):
			r.policy(inner, id, name, nil)
		case same(kind, typeGroup):
			r.groups = append(r.groups, groupItem{b: inner, policy: parentID(id), name: name})
		case same(kind, typeFirewall):
			r.firewall(inner, nil)
			r.firewalls[len(r.firewalls)-1].name = name
		case same(kind, typeIPGroup):
			r.ipGroup(inner, id, nil)
		}
	}
}

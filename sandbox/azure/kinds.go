package azure

import (
	"regexp"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// kinds is every type the sandbox answers for.
func kinds() map[string]*kind {
	out := map[string]*kind{}
	for _, family := range [][]*kind{
		groupKinds(), networkKinds(), publicIPKinds(), routeKinds(), policyKinds(), firewallKinds(),
		dnsKinds(), identityKinds(), clusterKinds(), monitorKinds(), registryKinds(),
	} {
		for _, k := range family {
			out[strings.ToLower(k.name)] = k
		}
	}
	return out
}

func groupKinds() []*kind {
	return []*kind{{name: groupType, versions: []string{"2024-03-01"}, located: true,
		named: regexp.MustCompile(`^[-\w._()]{0,89}[-\w_()]$`), put: putResourceGroup, del: deleteResourceGroup}}
}

func putResourceGroup(_ *state, c *change) *Error {
	c.props()["provisioningState"] = "Succeeded"
	return nil
}

// deleteResourceGroup lets a group go with all that is in it, unless something
// outside stands on that.
func deleteResourceGroup(s *state, r *resource) *Error {
	for _, name := range sortedNames(s.res) {
		other := s.res[name]
		if under(other.ID, r.ID) || other.Type == peeringType || other.Type == assignmentType {
			continue
		}
		if id := refersInto(other.Body, r.ID); id != "" {
			return conflict("ResourceGroupDeletionBlocked", "Deletion of resource group '%s' failed as %s is in use by %s.", r.name(), id, other.ID)
		}
	}
	for _, inner := range s.within(r.ID) {
		if inner.Type == peeringType {
			local, _ := inner.id().parent()
			if back := s.peering(text(inner.Body, "properties", "remoteVirtualNetwork", "id"), local.String()); back != nil {
				s.set(back.with(func(body object) { sub(body, "properties")["peeringState"] = "Disconnected" }))
			}
		}
	}
	return nil
}

// refersInto finds a resource ID inside a scope among a body's values.
func refersInto(v any, scope string) string {
	switch v := v.(type) {
	case string:
		if under(v, scope) {
			return v
		}
	case object:
		for _, name := range sortedNames(v) {
			if id := refersInto(v[name], scope); id != "" {
				return id
			}
		}
	case []any:
		for _, x := range v {
			if id := refersInto(x, scope); id != "" {
				return id
			}
		}
	}
	return ""
}

// check holds a body against Azure's own model of the type.
func check(typ, apiVersion string, body object) *Error {
	known, ok := model.Lookup(typ, apiVersion)
	if !ok {
		return badRequest("NoRegisteredProviderFound", "The sandbox has no model of %s at API version %s.", typ, apiVersion)
	}
	var lines []string
	for _, fault := range known.Check(body) {
		// The streams of a data collection rule grow with what can be collected:
		// the list in the model is not all of them (Prometheus metrics are missing).
		stream := strings.Contains(fault.Path, ".streams[") && strings.Contains(fault.Problem, "is not one of")
		if !stream {
			lines = append(lines, fault.String())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %s", strings.Join(lines, " | "))
}

// act runs the POST actions there are.
func (s *state) act(r *resource, action string) (object, *Error) {
	switch strings.ToLower(strings.TrimPrefix(r.Type, "Microsoft.") + "/" + action) {
	case "containerservice/managedclusters/listclusterusercredential":
		return s.credentials(r, false)
	case "containerservice/managedclusters/listclusteradmincredential":
		return s.credentials(r, true)
	case "operationalinsights/workspaces/sharedkeys":
		return object{"primarySharedKey": guid("key1", r.ID), "secondarySharedKey": guid("key2", r.ID)}, nil
	}
	return nil, refuse(404, "InvalidResourceAction", "The sandbox knows no action %s of %s.", action, r.Type)
}

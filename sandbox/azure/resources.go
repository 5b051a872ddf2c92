package azure

import (
	"regexp"
)

const groupType = "Microsoft.Resources/resourceGroups"

// The resource provider Microsoft.Resources.
func resourcesKinds() []*kind {
	return []*kind{{name: groupType, versions: []string{"2024-03-01"}, located: true, prompt: true, lingers: true,
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
		if under(other.ID, r.ID) || s.kind(other.Type).weak {
			continue
		}
		if id := refersInto(other.Body, r.ID); id != "" {
			return conflict("ResourceGroupDeletionBlocked", "Deletion of resource group '%s' failed as %s is in use by %s.", r.name(), id, other.ID)
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

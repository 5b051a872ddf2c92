package azure

import (
	"net/http"
	"strings"
)

// resourceID is a resource ID taken apart.
//
//	/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/N
//
// An extension resource (a role assignment, a diagnostic setting) has the ID
// of what it belongs to as its scope.
type resourceID struct {
	Scope        string   // what stands before the last /providers/
	Subscription string   // S
	Group        string   // G; empty at the subscription
	Type         string   // Microsoft.Network/virtualNetworks/subnets
	Names        []string // V, N: one for each segment of the type after the namespace
}

// parseID takes a resource ID apart. It refuses what Azure could not route.
func parseID(text string) (resourceID, *Error) {
	malformed := func(why string) (resourceID, *Error) {
		return resourceID{}, badRequest("LinkedInvalidPropertyId", "%q is not a resource ID: %s; it has the form /subscriptions/ID/resourceGroups/NAME/providers/NAMESPACE/TYPE/NAME", text, why)
	}
	if !strings.HasPrefix(text, "/") {
		return malformed("it does not begin with /")
	}
	parts := strings.Split(text[1:], "/")
	for _, part := range parts {
		if part == "" {
			return malformed("it has an empty segment")
		}
	}
	if len(parts) < 2 || !strings.EqualFold(parts[0], "subscriptions") {
		return malformed("it names no subscription")
	}
	id := resourceID{Subscription: parts[1]}
	rest := parts[2:]
	if len(rest) >= 2 && strings.EqualFold(rest[0], "resourceGroups") {
		id.Group = rest[1]
		rest = rest[2:]
	}
	if len(rest) == 0 {
		if id.Group == "" {
			return malformed("it names a subscription only")
		}
		id.Type, id.Names = groupType, []string{id.Group}
		id.Scope = "/subscriptions/" + id.Subscription
		return id, nil
	}
	last := -1
	for i, part := range rest {
		if strings.EqualFold(part, "providers") {
			last = i
		}
	}
	if last < 0 {
		return malformed("it has no /providers/ segment")
	}
	typed := rest[last+1:]
	if len(typed) < 3 || len(typed)%2 == 0 {
		return malformed("after /providers/ a namespace and pairs of type and name must follow")
	}
	id.Type = typed[0]
	for i := 1; i < len(typed); i += 2 {
		id.Type += "/" + typed[i]
		id.Names = append(id.Names, typed[i+1])
	}
	scope := parts[:len(parts)-len(rest)+last]
	id.Scope = "/" + strings.Join(scope, "/")
	return id, nil
}

// Name is the resource's own name.
func (id resourceID) Name() string { return id.Names[len(id.Names)-1] }

// String writes the ID in Azure's form.
func (id resourceID) String() string {
	if id.Type == groupType {
		return "/subscriptions/" + id.Subscription + "/resourceGroups/" + id.Group
	}
	segments := strings.Split(id.Type, "/")
	var b strings.Builder
	b.WriteString(id.Scope + "/providers/" + segments[0])
	for i, name := range id.Names {
		b.WriteString("/" + segments[i+1] + "/" + name)
	}
	return b.String()
}

// parent is the ID of the resource this one lies in: a subnet's network.
func (id resourceID) parent() (resourceID, bool) {
	if len(id.Names) < 2 {
		return resourceID{}, false
	}
	up := id
	up.Names = id.Names[:len(id.Names)-1]
	up.Type = id.Type[:strings.LastIndex(id.Type, "/")]
	return up, true
}

// up is the parent's ID as text, empty if there is none.
func (id resourceID) up() string {
	parent, ok := id.parent()
	if !ok {
		return ""
	}
	return parent.String()
}

func (id resourceID) child(segment, name string) resourceID {
	down := id
	down.Type = id.Type + "/" + segment
	down.Names = append(append([]string{}, id.Names...), name)
	return down
}

// group is the ID of the resource group.
func (id resourceID) group() string {
	return "/subscriptions/" + id.Subscription + "/resourceGroups/" + id.Group
}

// key is what IDs are compared by: Azure does not regard case in them.
func key(id string) string { return strings.ToLower(id) }

func sameID(a, b string) bool { return strings.EqualFold(a, b) }

// under reports whether an ID is the scope itself or lies in it.
func under(id, scope string) bool {
	return sameID(id, scope) || strings.HasPrefix(key(id), key(scope)+"/")
}

// refer is reference for a check that collects what is wrong: nil for a
// refusal.
func (s *state) refer(id, path, want string, wrong *problems) *resource {
	found, err := s.reference(id, path, want)
	if err != nil {
		wrong.add(err.Code, "%s", err.Message)
	}
	return found
}

// reference looks up what a property refers to; Azure wants it to be there,
// of the right type, before the resource that refers to it.
func (s *state) reference(id, path, want string) (*resource, *Error) {
	parsed, err := parseID(id)
	if err != nil {
		return nil, badRequest("LinkedInvalidPropertyId", "%s: %s", path, err.Message)
	}
	if !strings.EqualFold(parsed.Type, want) {
		return nil, badRequest("InvalidResourceReference", "%s: %s is not a %s", path, id, want)
	}
	found := s.get(id)
	if found == nil && s.elsewhere(parsed) {
		return &resource{ID: id, Type: want, Body: object{"properties": object{}}}, nil
	}
	if found == nil {
		return nil, refuse(http.StatusBadRequest, "InvalidResourceReference",
			"Resource %s referenced by %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", id, path)
	}
	return found, nil
}

// elsewhere reports whether something counts as there although the world does
// not have it: as Azure, whatever is in a resource group of which the world
// has seen nothing. Of such a thing nothing is known but its ID.
func (s *state) elsewhere(id resourceID) bool {
	return s.asAzure && !s.groups[key(id.group())]
}

// lacks reports whether a reference leads to nothing.
func (s *state) lacks(id string) bool {
	parsed, err := parseID(id)
	return err != nil || s.get(id) == nil && !s.elsewhere(parsed)
}

// apart reports whether two resources are known to be in different regions.
func apart(found *resource, place string) bool {
	return found.location() != "" && place != "" && found.location() != place
}

package azure

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// kind is what the sandbox knows of a resource type beyond its model: all of
// it, so that whoever adds a type writes a kind in its resource provider's
// file, and nothing elsewhere.
type kind struct {
	name     string   // Microsoft.Network/virtualNetworks
	versions []string // the API versions it answers: every one of the models, that which stands for the type first
	named    *regexp.Regexp
	located  bool    // it has a region
	global   bool    // the only region it has is "global"
	etag     bool    // GET answers an etag
	free     bool    // nobody knows it: there is no model, and what is given is kept
	shape    bool    // it is checked against its model, and does nothing else
	prompt   bool    // a write is done when it is answered, not an operation that goes on
	lingers  bool    // its DELETE goes on although its PUT is done when it is answered
	silent   bool    // DELETE of what is not there succeeds, even without its resource group
	orphan   string  // the code for one whose parent is not there; empty: ResourceNotFound
	patched  bool    // PATCH takes all of it, not the tags alone
	weak     bool    // what it refers to may go with its resource group
	inOrder  bool    // its parent shows it where it was put
	secret   string  // a property that is a secret here, and elsewhere may not be
	slow     float64 // how long its writes stay open, against an ordinary one; zero: as long

	// after names the types that its requests refer to, besides its parent's:
	// seeds of those come first.
	after []string
	// others are properties and values of enums that Azure takes at every API
	// version, and the models do not have: those of older versions and of newer
	// ones.
	others []string
	// grows is a part of the path of properties that take more values than the
	// model lists.
	grows string
	// logs are the categories that a diagnostic setting may name; nil: any.
	logs []string

	put        func(s *state, c *change) *Error                        // completes the body, or refuses it
	then       func(s *state, c *change) *Error                        // what follows once it is there
	del        func(s *state, r *resource) *Error                      // refuses, or clears what goes with it
	gone       func(s *state, r *resource)                             // what follows elsewhere when it goes, with its parent or group too
	show       func(s *state, r *resource, out object)                 // adds children and references back
	locks      func(s *state, id resourceID, body object) []claim      // what a write keeps to itself
	uses       func(s *state, r *resource, id string) []string         // the parts of it that hold another resource, so that it cannot go
	principals func(r *resource) []string                              // the identities it acts as
	post       map[string]func(s *state, r *resource) (object, *Error) // its actions, by lower-case name
}

// kinds is every type the sandbox answers for, a line for each resource
// provider.
func kinds() map[string]*kind {
	out := map[string]*kind{}
	for _, provider := range [][]*kind{
		resourcesKinds(),
		networkKinds(),
		containerServiceKinds(),
		managedIdentityKinds(),
		authorizationKinds(),
		operationalInsightsKinds(),
		insightsKinds(),
		monitorKinds(),
		containerRegistryKinds(),
		keyVaultKinds(),
		storageKinds(),
	} {
		for _, k := range provider {
			k.versions = modelled(k.name, k.versions[0])
			out[strings.ToLower(k.name)] = k
		}
	}
	return out
}

// modelled lists the API versions that there is a model of a type at: one
// first, then the others, the newest first.
func modelled(typ, first string) []string {
	out := []string{first}
	for _, version := range slices.Backward(model.Modelled(typ)) {
		if version != first {
			out = append(out, version)
		}
	}
	return out
}

// check checks a request's body against Azure's own model of the type, and
// answers it as Azure reads it.
func (k *kind) check(apiVersion string, body object, asAzure bool) (object, *Error) {
	if k.free {
		return body, nil
	}
	known, ok := model.Nearest(k.name, apiVersion)
	if !ok {
		return nil, badRequest("NoRegisteredProviderFound", "The sandbox has no model of %s at API version %s.", k.name, apiVersion)
	}
	exact := known.APIVersion == apiVersion
	if !asAzure && !exact {
		if names := k.unheld(known, body); len(names) > 0 {
			return nil, badRequest("SandboxNotModelled", "The sandbox holds %s against the model of %s, which does not have %s: ask for that version, or let the sandbox take what it does not know.", apiVersion, known.APIVersion, strings.Join(names, ", "))
		}
	}
	if asAzure || !exact {
		taken, faults := known.Take(body, exact, k.others...)
		lines := k.lines("", faults)
		if len(lines) == 0 {
			return taken, nil
		}
		return nil, badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %s", strings.Join(lines, " | "))
	}
	lines := k.lines("", known.Check(body))
	if len(lines) == 0 {
		return body, nil
	}
	if _, faults := known.Take(body, exact); len(k.lines("", faults)) == 0 {
		return nil, badRequest("SandboxStrictContent", "The request content has what Azure reads in its own way: %s. Azure itself would let it pass.", strings.Join(lines, " | "))
	}
	return nil, badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %s", strings.Join(lines, " | "))
}

// unheld lists the properties of a body that a model of another API version
// does not have.
func (k *kind) unheld(known *model.Resource, body object) []string {
	var out []string
	_, faults := known.Take(body, true, k.others...)
	for _, fault := range faults {
		if fault.Problem == model.NoSuchProperty {
			out = append(out, fault.Path)
		}
	}
	return out
}

// checkExisting checks an existing resource against the same model,
// and writes where in a file each fault is.
func (k *kind) checkExisting(at, apiVersion string, body object) []string {
	if k.free {
		return nil
	}
	known, ok := model.Lookup(k.name, apiVersion)
	if !ok {
		return []string{fmt.Sprintf("%sapiVersion: %q is not one of %s", strings.TrimSuffix(at, "body."), apiVersion, strings.Join(k.versions, ", "))}
	}
	return k.lines(at, known.CheckExisting(body))
}

func (k *kind) lines(at string, faults []model.Fault) []string {
	var lines []string
	for _, fault := range faults {
		if k.grows == "" || !strings.Contains(fault.Path, k.grows) || !strings.Contains(fault.Problem, "is not one of") {
			lines = append(lines, at+fault.String())
		}
	}
	return lines
}

// depth orders seeds: a type is deeper than its parent and than the types that
// its requests refer to.
func (s *state) depth(k *kind) int {
	deepest := -1
	for _, typ := range append([]string{k.name[:strings.LastIndex(k.name, "/")]}, k.after...) {
		if other := s.kind(typ); other != nil {
			deepest = max(deepest, s.depth(other))
		}
	}
	return deepest + 1
}

// users lists what holds a resource, so that it cannot go.
func (s *state) users(id string) []string {
	var out []string
	for _, name := range slices.Backward(sortedNames(s.kinds)) { // networks' own before clusters
		if k := s.kinds[name]; k.uses != nil {
			for _, r := range s.all(k.name) {
				out = append(out, k.uses(s, r, id)...)
			}
		}
	}
	return out
}

// managed is whether each principal of the world's own identities is one of
// them.
func (s *state) managed() map[string]bool {
	out := map[string]bool{}
	for _, k := range s.kinds {
		if k.principals == nil {
			continue
		}
		for _, r := range s.all(k.name) {
			for _, principal := range k.principals(r) {
				out[strings.ToLower(principal)] = true
			}
		}
	}
	delete(out, "")
	return out
}

// act runs the POST actions there are.
func (s *state) act(r *resource, action string) (object, *Error) {
	if run := s.kind(r.Type).post[strings.ToLower(action)]; run != nil {
		return run(s, r)
	}
	return nil, badRequest("SandboxNotModelled", "The sandbox does not know the action %s of %s.", action, r.Type)
}

package azure

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// resource is what the world holds of one Azure resource. It is never changed
// once it is in a state: a change puts another in its place.
type resource struct {
	ID         string   `json:"id"`
	Type       string   `json:"type"`
	APIVersion string   `json:"apiVersion"`
	Seeded     bool     `json:"seeded,omitempty"` // from --existing: nobody's stack made it
	Loose      bool     `json:"loose,omitempty"`  // it was taken as Azure takes it, or at a version without a model
	Place      int      `json:"place,omitempty"`  // among those of its parent that are shown in order
	Moved      []string `json:"moved,omitempty"`  // what was left to Azure, of which the default moves with time
	Body       object   `json:"body"`             // the request's properties, completed with what Azure adds

	line []byte // the resource as JSON, kept so that saving does not encode the whole world again
}

func (r *resource) id() resourceID {
	id, err := parseID(r.ID)
	if err != nil {
		return resourceID{}
	}
	return id
}

func (r *resource) props() object { return propsOf(r.Body) }

func (r *resource) location() string { return text(r.Body, "location") }

func (r *resource) zones() []string { return texts(r.Body, "zones") }

func (r *resource) name() string { return r.ID[strings.LastIndex(r.ID, "/")+1:] }

// with is a copy of the resource whose body may be changed.
func (r *resource) with(change func(body object)) *resource {
	next := *r
	next.Body = cloneObject(r.Body)
	next.line = nil
	change(next.Body)
	return &next
}

// state is the whole world at one moment. An operation works on a copy, which
// takes the world's place if Azure accepts the operation.
type state struct {
	kinds        map[string]*kind
	subscription string
	tenant       string
	principals   []string
	asAzure      bool            // nothing is stricter than Azure
	wide         bool            // requests come at every API version
	groups       map[string]bool // every resource group that anything was ever made in
	res          map[string]*resource
	order        *order          // made when asked for; nil when a resource came or went
	hidden       map[string]bool // role assignments that do not take effect yet, by key, and whether one was missed; nil: none
}

func (s *state) clone() *state {
	next := *s
	next.res = maps.Clone(s.res)
	return &next
}

func (s *state) get(id string) *resource { return s.res[key(id)] }

func (s *state) set(r *resource) {
	k := key(r.ID)
	if s.res[k] == nil {
		s.order = nil
	}
	s.res[k] = r
}

// saw notes that there is something in a resource group.
func (s *state) saw(r *resource) {
	if group := key(r.id().group()); r.Type != groupType && !s.groups[group] {
		s.groups = maps.Clone(s.groups)
		s.groups[group] = true
	}
}

func (s *state) drop(id string) {
	delete(s.res, key(id))
	s.order = nil
}

// order finds resources by type and by where they lie. It holds keys only, so
// it stays good as long as no resource comes or goes.
type order struct {
	keys   []string
	byType map[string][]string
}

func (s *state) ordered() *order {
	if s.order == nil {
		o := &order{keys: sortedNames(s.res), byType: map[string][]string{}}
		for _, k := range o.keys {
			typ := strings.ToLower(s.res[k].Type)
			o.byType[typ] = append(o.byType[typ], k)
		}
		s.order = o
	}
	return s.order
}

// all lists the resources of a type, ordered by ID.
func (s *state) all(typ string) []*resource {
	var out []*resource
	for _, k := range s.ordered().byType[strings.ToLower(typ)] {
		out = append(out, s.res[k])
	}
	return out
}

// referring lists the resources of a type whose properties refer to a
// resource, by what of them reads the reference.
func (s *state) referring(typ string, of func(props object) string, id string) []string {
	var out []string
	for _, r := range s.all(typ) {
		if sameID(of(r.props()), id) {
			out = append(out, r.ID)
		}
	}
	return out
}

// prefixed lists the keys that begin with something, in order.
func (s *state) prefixed(prefix string) []string {
	keys := s.ordered().keys
	from := sort.SearchStrings(keys, prefix)
	to := from
	for to < len(keys) && strings.HasPrefix(keys[to], prefix) {
		to++
	}
	return keys[from:to]
}

// children lists what lies directly in a resource, of one type, ordered by ID.
func (s *state) children(parent, segment string) []*resource {
	prefix := key(parent) + "/" + strings.ToLower(segment) + "/"
	var out []*resource
	for _, k := range s.prefixed(prefix) {
		if !strings.Contains(k[len(prefix):], "/") {
			out = append(out, s.res[k])
		}
	}
	return out
}

// placeOf is where a resource stands among its parent's: it keeps its place, and
// what is new comes last.
func (s *state) placeOf(c *change) int {
	if c.old != nil {
		return c.old.Place
	}
	up, _ := c.id.parent()
	last := 0
	for _, sibling := range s.children(up.String(), c.kind.name[strings.LastIndex(c.kind.name, "/")+1:]) {
		last = max(last, sibling.Place)
	}
	return last + 1
}

// within lists what a resource contains at any depth, extension resources
// included, deepest first.
func (s *state) within(id string) []*resource {
	var out []*resource
	for _, k := range s.prefixed(key(id) + "/") {
		out = append(out, s.res[k])
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].ID, out[j].ID
		if na, nb := strings.Count(a, "/"), strings.Count(b, "/"); na != nb {
			return na > nb
		}
		return key(a) < key(b)
	})
	return out
}

// change is one PUT under way.
type change struct {
	id     resourceID
	kind   *kind
	api    string    // the version that the body is kept at
	body   object    // becomes the resource's body
	old    *resource // nil for a new one
	seeded bool
	model  *model.Resource // nil for a type that nobody knows
	moved  []string        // what was left to Azure, of which the default moves with time
}

// free reports whether nobody asked for a property as it is: its default has
// moved with time, so that a client of another day may say otherwise.
func (c *change) free(s *state, path string) bool {
	return s.asAzure && c.old != nil && slices.Contains(c.old.Moved, path)
}

// left notes a property that a request leaves to Azure.
func (c *change) left(path string, given any) {
	if (given == nil || given == "") && (c.old == nil || slices.Contains(c.old.Moved, path)) {
		c.moved = append(c.moved, path)
	}
}

// fill sets a default at a path, such as networkProfile.podCidr below the
// properties, where nothing is and the type has it at this version.
func (c *change) fill(path string, value any) {
	if c.model == nil || !c.model.Has("properties."+path) {
		return
	}
	o := c.props()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		o = sub(o, name)
	}
	last := names[len(names)-1]
	if o[last] == nil || o[last] == "" {
		o[last] = value
	}
}

func (c *change) props() object { return bag(c.body) }

func (c *change) location() string { return text(c.body, "location") }

func (c *change) zones() []string { return texts(c.body, "zones") }

// keep carries a property that Azure computed from the old resource to the
// new one.
func (c *change) keep(name string) {
	if c.old == nil {
		return
	}
	if v := c.old.props()[name]; v != nil {
		fill(c.props(), name, clone(v))
	}
}

func (s *state) kind(typ string) *kind { return s.kinds[strings.ToLower(typ)] }

// canonical writes an ID as Azure spells it: the type as it is registered, and
// what it stands on as that was created.
func (s *state) canonical(id resourceID, k *kind) resourceID {
	own := id.Name()
	if up, ok := id.parent(); ok {
		if parent := s.get(up.String()); parent != nil {
			id = parent.id().child("", own)
		}
	} else if scope := s.get(id.Scope); scope != nil {
		id.Scope, id.Group = scope.ID, scope.id().Group
	}
	id.Type = k.name
	return id
}

// put writes a resource, or says why Azure would not.
func (s *state) put(k *kind, id resourceID, apiVersion string, body object, seeded bool) (*resource, *Error) {
	if err := s.placed(id); err != nil {
		return nil, err
	}
	id = s.canonical(id, k)
	if k.named != nil && !k.named.MatchString(id.Name()) {
		return nil, badRequest("InvalidResourceName", "Resource name %s is invalid: a name of %s matches %s.", id.Name(), k.name, k.named)
	}
	c := &change{id: id, kind: k, api: apiVersion, body: cloneObject(body), old: s.get(id.String()), seeded: seeded}
	c.model, _ = model.Lookup(k.name, apiVersion)
	for _, name := range []string{"id", "name", "type", "apiVersion", "etag", "systemData"} {
		delete(c.body, name)
	}
	if c.old != nil && c.old.Seeded {
		c.seeded = true
	}
	if err := s.located(c); err != nil {
		return nil, err
	}
	if k.put != nil {
		if err := k.put(s, c); err != nil {
			return nil, err
		}
	}
	if c.model != nil && c.model.Answers("provisioningState") {
		c.props()["provisioningState"] = "Succeeded"
	}
	c.body, _ = mask(c.body, k.secret, hashed).(object)
	r := &resource{ID: id.String(), Type: k.name, APIVersion: apiVersion, Seeded: c.seeded, Loose: s.wide, Moved: c.moved, Body: c.body}
	if k.inOrder {
		r.Place = s.placeOf(c)
	}
	if c.old != nil {
		r.ID = c.old.ID
	}
	s.set(r)
	if k.then != nil {
		if err := k.then(s, c); err != nil {
			return nil, err
		}
	}
	return s.get(r.ID), nil
}

// placed checks what an ID stands on: subscription, group, parent, scope.
func (s *state) placed(id resourceID) *Error {
	if !isGUID(id.Subscription) { // every subscription that can be one is there: whose it is, a sandbox cannot know
		return refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", id.Subscription)
	}
	if id.Type != groupType && id.Group != "" && s.get(id.group()) == nil {
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	if up, ok := id.parent(); ok && s.get(up.String()) == nil {
		return refuse(http.StatusNotFound, "ParentResourceNotFound",
			"Failed to perform 'write' on resource(s) of type '%s', because the parent resource '%s' could not be found.", id.Type, up.String())
	}
	if strings.Contains(id.Scope, "/providers/") && s.get(id.Scope) == nil {
		return refuse(http.StatusNotFound, "ResourceNotFound", "The Resource '%s' was not found.", id.Scope)
	}
	return nil
}

// located checks the region, which cannot change.
func (s *state) located(c *change) *Error {
	if !c.kind.located && !c.kind.global {
		return nil
	}
	given := c.location()
	if given == "" && c.old != nil && s.asAzure {
		given = c.old.location()
		c.body["location"] = given
	}
	if given == "" {
		return badRequest("LocationRequired", "The location property is required for this definition (%s %s).", c.kind.name, c.id.Name())
	}
	place := regionName(given)
	if c.old != nil && c.old.location() != place {
		return conflict("InvalidResourceLocation",
			"The resource '%s' already exists in location '%s' in resource group '%s'. A resource with the same name cannot be created in location '%s'.",
			c.id.Name(), c.old.location(), c.id.Group, place)
	}
	if c.kind.global != (place == "global") {
		return badRequest("LocationNotAvailableForResourceType", "The provided location '%s' is not available for resource type '%s'.", given, c.kind.name)
	}
	// A subscription is in one cloud: a region of another is unknown to it.
	for _, rg := range s.all(groupType) {
		if there := rg.location(); place != "global" && cloudOf(there) != cloudOf(place) {
			return badRequest("LocationNotAvailableForResourceType",
				"The provided location '%s' is not available for resource type '%s': it is a region of the cloud %s, and resource group %s is in %s.",
				given, c.kind.name, cloudOf(place), rg.name(), cloudOf(there))
		}
	}
	c.body["location"] = place
	return nil
}

// regionName is a region's name as Azure writes it: East US is eastus.
func regionName(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

// cloudOf says which cloud a region belongs to, by its prefix.
func cloudOf(region string) string {
	switch {
	case strings.HasPrefix(region, "china"):
		return "china"
	case strings.HasPrefix(region, "usgov"), strings.HasPrefix(region, "usdod"):
		return "usgovernment"
	}
	return "public"
}

// remove deletes a resource with all that lies in it.
func (s *state) remove(r *resource) *Error {
	if k := s.kind(r.Type); k != nil && k.del != nil {
		if err := k.del(s, r); err != nil {
			return err
		}
	}
	for _, one := range append(s.within(r.ID), r) {
		if k := s.kind(one.Type); k != nil && k.gone != nil {
			k.gone(s, one)
		}
		s.drop(one.ID)
	}
	return nil
}

// view is Azure's answer to a GET.
func (s *state) view(r *resource) object {
	out, _ := mask(r.Body, s.kind(r.Type).secret, nil).(object) // Azure shows none of them
	out["id"], out["name"], out["type"] = r.ID, r.name(), r.Type
	k := s.kind(r.Type)
	if k.etag {
		out["etag"] = r.etag()
	}
	if k.show != nil {
		k.show(s, r, out)
	}
	return out
}

// etag changes with the resource's own body and with nothing else.
func (r *resource) etag() string {
	line, err := r.encode()
	if err != nil {
		return `W/""`
	}
	return `W/"` + guid(string(line)) + `"`
}

func (r *resource) encode() ([]byte, error) {
	if r.line != nil {
		return r.line, nil
	}
	return json.Marshal(r)
}

package azure

import (
	"context"
	"net/http"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// Tenant is the ID of the world's tenant.
func (w *World) Tenant() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.tenant
}

// Look is Get for a client that sees what is under way: a resource that is
// being made is there and says so. The second answer is its etag, if it has one.
func (w *World) Look(ctx context.Context, id, apiVersion string) (map[string]any, string, error) {
	if out := w.pending(id); out != nil {
		if _, _, refused := w.route("get", id, apiVersion); refused != nil {
			return nil, "", refused
		}
		return out, text(out, "etag"), nil
	}
	out, err := w.Get(ctx, id, apiVersion)
	if err != nil {
		return nil, "", err
	}
	return out, text(out, "etag"), nil
}

func (w *World) pending(id string) object {
	w.mu.Lock()
	defer w.mu.Unlock()
	if out := w.open[key(id)]; out != nil {
		return cloneObject(out)
	}
	return nil
}

// Collection lists the resources of a type in a scope: a resource group, a
// subscription, a parent, or, of an extension type, anything. The path is that
// of a GET, without a resource's name at its end. The order is by ID.
func (w *World) Collection(path, apiVersion string) ([]map[string]any, error) {
	id, refused := parseID(path + "/-")
	if refused != nil {
		return nil, refused
	}
	k, refused := w.kindOf(id.Type)
	if refused != nil {
		return nil, refused
	}
	if refused := w.answers(k, apiVersion); refused != nil {
		return nil, refused
	}
	if planned := w.faultsNow().before("get", id); planned != nil {
		return nil, planned
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if id.Type != groupType && id.Group != "" && w.state.get(id.group()) == nil {
		return nil, refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	if up := id.up(); up != "" && w.state.get(up) == nil {
		return nil, refuse(http.StatusNotFound, "ParentResourceNotFound",
			"Failed to perform 'read' on resource(s) of type '%s', because the parent resource '%s' could not be found.", id.Type, up)
	}
	within := id.up()
	if within == "" {
		within = id.Scope
	}
	out := []map[string]any{}
	for _, r := range w.state.all(id.Type) {
		if under(r.ID, within) {
			out = append(out, w.state.view(r))
		}
	}
	return out, nil
}

// Everything lists the resources in a scope that are not part of another, as
// Azure's list of resources shows them, ordered by ID.
func (w *World) Everything(scope string) []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []map[string]any{}
	for _, k := range w.state.ordered().keys {
		r := w.state.res[k]
		if r.Type == groupType || strings.Count(r.Type, "/") > 1 || strings.Contains(r.id().Scope, "/providers/") || !under(r.ID, scope) {
			continue
		}
		one := object{"id": r.ID, "name": r.name(), "type": r.Type}
		for _, name := range []string{"location", "tags", "sku", "kind", "identity", "zones"} {
			if v, ok := r.Body[name]; ok {
				one[name] = clone(v)
			}
		}
		out = append(out, one)
	}
	return out
}

// TypeInfo is a resource type and the API versions that Azure has of it.
type TypeInfo struct {
	Name     string
	Versions []string // newest last
	Models   []string // those that the sandbox has a model of
	Actions  []string // what a POST may ask of it, in lower case
	Behaves  bool     // beyond its model: defaults, refusals, references
}

// Types lists the types that the world answers for, ordered by name.
func (w *World) Types() []TypeInfo {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []TypeInfo
	for _, name := range sortedNames(w.kinds) {
		k := w.kinds[name]
		out = append(out, TypeInfo{Name: k.name, Versions: model.Versions(k.name), Models: k.versions, Actions: sortedNames(k.post), Behaves: !k.shape && !k.free})
	}
	return out
}

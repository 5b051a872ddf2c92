package provider

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Diff compares the new inputs with the old ones; what Azure has added to the outputs does not count.
func (p *provider) Diff(ctx context.Context, req *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	state, err := unmarshal("olds", req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal("news", req.GetNews())
	if err != nil {
		return nil, err
	}
	t, _, err := p.begin(ctx, req.GetUrn(), news)
	if err != nil {
		return nil, err
	}
	var olds resource.PropertyMap
	if req.GetOldInputs() != nil {
		olds, err = unmarshal("oldInputs", req.GetOldInputs())
	} else {
		olds = stateInputs(state)
	}
	if err != nil {
		return nil, err
	}

	diff := olds.Diff(news, func(k resource.PropertyKey) bool { return strings.HasPrefix(string(k), "__") })
	if diff == nil {
		return &rpc.DiffResponse{Changes: rpc.DiffResponse_DIFF_NONE}, nil
	}
	dropSame(diff)
	d := differ{replace: t.replaceKeys(), found: map[string]*rpc.PropertyDiff{}}
	d.object(diff, "", "", false)

	answer := &rpc.DiffResponse{
		Changes:         rpc.DiffResponse_DIFF_NONE,
		DetailedDiff:    d.found,
		HasDetailedDiff: true,
	}
	for path, change := range d.found {
		change.InputDiff = true
		if change.Kind == rpc.PropertyDiff_ADD_REPLACE && adopted(path, news, state) {
			change.Kind = rpc.PropertyDiff_ADD
		}
		if replaces(change.Kind) {
			answer.Replaces = append(answer.Replaces, path)
		}
		top, _, _ := strings.Cut(path, ".")
		top, _, _ = strings.Cut(top, "[")
		answer.Diffs = append(answer.Diffs, top)
	}
	sort.Strings(answer.Replaces)
	answer.Diffs = slices.Compact(sortedStrings(answer.Diffs))
	if len(answer.Diffs) > 0 {
		answer.Changes = rpc.DiffResponse_DIFF_SOME
	}
	answer.DeleteBeforeReplace = len(answer.Replaces) > 0
	if flag, ok := olds[createBeforeDelete]; ok && flag.IsBool() {
		answer.DeleteBeforeReplace = !flag.BoolValue()
	}
	return answer, nil
}

// stateInputs reads the inputs that the provider keeps in a resource's outputs.
func stateInputs(state resource.PropertyMap) resource.PropertyMap {
	if v := state["__inputs"]; v.IsObject() {
		return v.ObjectValue()
	}
	return resource.PropertyMap{}
}

func (t *resourceType) replaceKeys() []string {
	return append(t.params(), t.replace...)
}

// adopted reports whether an input that is new has the value that the resource has already.
func adopted(path string, news, state resource.PropertyMap) bool {
	key := resource.PropertyKey(path)
	value, ok := news[key]
	output, known := state[key]
	return ok && known && value.DeepEquals(output)
}

func replaces(kind rpc.PropertyDiff_Kind) bool {
	switch kind {
	case rpc.PropertyDiff_ADD_REPLACE, rpc.PropertyDiff_DELETE_REPLACE, rpc.PropertyDiff_UPDATE_REPLACE:
		return true
	}
	return false
}

// dropSame drops differences that are none to Azure: the case of a resource group's name, case and
// spaces of a location, and the old and new words for a cluster's SKU.
func dropSame(diff *resource.ObjectDiff) {
	for key, change := range diff.Updates {
		if !change.Old.IsString() || !change.New.IsString() {
			if key == "sku" && sameClusterSku(change.Old, change.New) {
				delete(diff.Updates, key)
			}
			continue
		}
		old, changed := change.Old.StringValue(), change.New.StringValue()
		if key == "resourceGroupName" && strings.EqualFold(old, changed) ||
			key == "location" && normalLocation(old) == normalLocation(changed) {
			delete(diff.Updates, key)
		}
	}
}

func normalLocation(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, " ", ""))
}

// sameClusterSku compares SKUs by AKS's old and new words: Basic is Base, Paid is Standard.
func sameClusterSku(old, changed resource.PropertyValue) bool {
	normal := func(v resource.PropertyValue) (name, tier string, ok bool) {
		if !v.IsObject() || len(v.ObjectValue()) != 2 {
			return "", "", false
		}
		n, t := v.ObjectValue()["name"], v.ObjectValue()["tier"]
		if !n.IsString() || !t.IsString() {
			return "", "", false
		}
		name, tier = n.StringValue(), t.StringValue()
		if name == "Basic" {
			name = "Base"
		}
		if tier == "Paid" {
			tier = "Standard"
		}
		return name, tier, true
	}
	oldName, oldTier, ok := normal(old)
	newName, newTier, also := normal(changed)
	return ok && also && oldName == newName && oldTier == newTier
}

// differ lists each difference with its path and kind.
type differ struct {
	replace []string
	found   map[string]*rpc.PropertyDiff
}

// object walks a difference. The path has the indexes of lists, the key has [] in their place;
// inside reports whether a change here changes a property that replaces.
func (d *differ) object(diff *resource.ObjectDiff, path, key string, inside bool) {
	for k, change := range diff.Updates {
		d.value(change, path+string(k), key+string(k), inside)
	}
	for k := range diff.Adds {
		d.add(path+string(k), key+string(k), rpc.PropertyDiff_ADD, rpc.PropertyDiff_ADD_REPLACE)
	}
	for k := range diff.Deletes {
		d.add(path+string(k), key+string(k), rpc.PropertyDiff_DELETE, rpc.PropertyDiff_DELETE_REPLACE)
	}
}

func (d *differ) value(change resource.ValueDiff, path, key string, inside bool) {
	inside = inside || slices.Contains(d.replace, key)
	switch {
	case change.Object != nil:
		d.object(change.Object, path+".", key+".", inside)
	case change.Array != nil:
		for i, item := range change.Array.Updates {
			d.value(item, fmt.Sprintf("%s[%d]", path, i), key+"[]", inside)
		}
		for i := range change.Array.Adds {
			d.found[fmt.Sprintf("%s[%d]", path, i)] = &rpc.PropertyDiff{Kind: rpc.PropertyDiff_ADD}
		}
		for i := range change.Array.Deletes {
			d.found[fmt.Sprintf("%s[%d]", path, i)] = &rpc.PropertyDiff{Kind: rpc.PropertyDiff_DELETE}
		}
	case inside:
		// Changed inside a property that replaces. What is added or removed inside it does not
		// replace: azure-native leaves that to Azure to refuse.
		d.found[path] = &rpc.PropertyDiff{Kind: rpc.PropertyDiff_UPDATE_REPLACE}
	default:
		d.found[path] = &rpc.PropertyDiff{Kind: rpc.PropertyDiff_UPDATE}
	}
}

func (d *differ) add(path, key string, kind, replacing rpc.PropertyDiff_Kind) {
	if slices.Contains(d.replace, key) {
		kind = replacing
	}
	d.found[path] = &rpc.PropertyDiff{Kind: kind}
}

package provider

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// createBeforeDelete marks inputs whose name was made up: the new resource can exist next to the old.
const createBeforeDelete = "__createBeforeDelete"

// Check fills in the automatic name and the location, and reports each property that azure-native's
// SDK does not have or that has the wrong type or range, and each required one that is missing.
func (p *provider) Check(ctx context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	olds, err := unmarshal("olds", req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal("news", req.GetNews())
	if err != nil {
		return nil, err
	}
	t, session, err := p.begin(ctx, req.GetUrn(), news)
	if err != nil {
		return nil, err
	}
	if err := p.defaults(ctx, session, t, req, olds, news); err != nil {
		return nil, err
	}

	var failures []*rpc.CheckFailure
	fail := func(format string, args ...any) {
		failures = append(failures, &rpc.CheckFailure{Reason: fmt.Sprintf(format, args...)})
	}
	for _, name := range t.params() {
		key := resource.PropertyKey(name)
		switch v, ok := news[key]; {
		case !ok:
			fail("missing required property '%s'", name)
		case v.IsComputed():
		case !v.IsString():
			fail("'%s' should be of type 'string' but is %s", name, v.TypeString())
		case v.StringValue() == "":
			fail("'%s' is empty", name)
		}
	}
	for _, name := range []resource.PropertyKey{"id", "name", "type"} {
		if _, ok := news[name]; ok && !t.free() && !t.address(string(name)) && !slices.Contains(t.own, string(name)) {
			fail("'%s': azure-native does not have this property: the name goes into '%s'", name, t.nameParam())
		}
	}
	_, faults := t.Body(t.bodyInputs(plain(news)))
	for _, f := range faults {
		hint := ""
		if f.Path == "location" {
			hint = ": set it on the resource or with 'pulumi config set azure-native:location <value>'"
		}
		fail("'%s': %s%s", f.Path, f.Problem, hint)
	}
	inputs, err := marshal("inputs", news)
	if err != nil {
		return nil, err
	}
	return &rpc.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

// defaults fills in what the program leaves to the provider.
func (p *provider) defaults(ctx context.Context, s *session, t *resourceType, req *rpc.CheckRequest, olds, news resource.PropertyMap) error {
	key := resource.PropertyKey(t.nameParam())
	if name, ok := nameOf(t, news); ok && t.free() {
		news[key] = name
	}
	if !news.HasValue(key) {
		name, made, err := automaticName(t, req, olds)
		if err != nil {
			return err
		}
		if name != nil {
			news[key] = *name
		}
		if made {
			news[createBeforeDelete] = resource.NewProperty(true)
		}
	}
	if !news.HasValue("location") && (t.Takes("location") || t.free()) {
		if v, ok := p.defaultLocation(ctx, s, olds, news); ok {
			news["location"] = v
		}
	}
	return nil
}

// automaticName keeps the old name or makes one up; made reports whether it is one that no other
// resource has.
func automaticName(t *resourceType, req *rpc.CheckRequest, olds resource.PropertyMap) (name *resource.PropertyValue, made bool, err error) {
	text := func(s string) *resource.PropertyValue {
		v := resource.NewProperty(s)
		return &v
	}
	if v, ok := olds[resource.PropertyKey(t.nameParam())]; ok {
		flag, ok := olds[createBeforeDelete]
		return &v, ok && flag.IsBool() && flag.BoolValue(), nil
	}
	strategy := t.naming()
	if a := req.GetAutonaming(); a != nil {
		switch {
		case a.GetMode() == rpc.CheckRequest_AutonamingOptions_DISABLE:
			return nil, false, nil
		case a.GetMode() == rpc.CheckRequest_AutonamingOptions_ENFORCE, strategy != uuids:
			return text(a.GetProposedName()), true, nil
		}
	}
	base := resource.URN(req.GetUrn()).Name()
	switch strategy {
	case uuids:
		digits, err := resource.NewUniqueName(req.GetRandomSeed(), "", 32, 0, nil)
		if err != nil {
			return nil, false, err
		}
		id, err := asUUID(digits)
		return text(id), true, err
	case random:
		unique, err := resource.NewUniqueName(req.GetRandomSeed(), base, 8, 0, nil)
		return text(unique), true, err
	}
	return text(base), false, nil
}

func asUUID(digits string) (string, error) {
	if _, err := hex.DecodeString(digits); err != nil || len(digits) != 32 {
		return "", fmt.Errorf("%q is not a UUID", digits)
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"), nil
}

// defaultLocation takes the old location, then the configured one, then the resource group's.
func (p *provider) defaultLocation(ctx context.Context, s *session, olds, news resource.PropertyMap) (resource.PropertyValue, bool) {
	if v, ok := olds["location"]; ok {
		return v, true
	}
	if v := s.setting("location"); v != "" {
		return resource.NewProperty(v), true
	}
	group, ok := news["resourceGroupName"]
	switch {
	case !ok:
		return resource.PropertyValue{}, false
	case group.ContainsUnknowns():
		return resource.MakeComputed(resource.NewProperty("")), true
	case !group.IsString():
		return resource.PropertyValue{}, false
	}
	id := "/subscriptions/" + p.subscription(s) + "/resourceGroups/" + group.StringValue()
	answer, err := p.azure.Get(ctx, id, "2024-03-01")
	if err != nil {
		return resource.PropertyValue{}, false // the missing location is reported as such
	}
	location, ok := answer["location"].(string)
	return resource.NewProperty(location), ok
}

func sortedStrings(s []string) []string {
	sort.Strings(s)
	return s
}

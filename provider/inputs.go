package provider

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// secretKey is the setting whose value never enters the plan.
const secretKey = "servicePrincipalSecret"

// inputs are what a program gives, with the values that others give set aside.
type inputs struct {
	settings map[string]any
	given    []resource.PropertyValue // what settings.Output number
	secret   resource.PropertyValue
}

// read takes inputs apart: what is known, and what another resource gives.
// dependencies are the resources that a top-level input comes from, where the
// program's SDK says so of the whole input alone.
func read(from resource.PropertyMap, dependencies map[string]*rpc.ConstructRequest_PropertyDependencies) *inputs {
	in := &inputs{settings: map[string]any{}}
	for _, key := range from.StableKeys() {
		value := from[key]
		if string(key) == secretKey && !value.IsNull() {
			in.secret = value
		}
		if key == "settings" && value.IsObject() {
			in.secret = value.ObjectValue()[secretKey]
		}
		in.settings[string(key)] = in.value(value)
		// A text that comes from a resource, without its mark.
		if text := value; text.IsString() && len(dependencies[string(key)].GetUrns()) > 0 {
			var urns []resource.URN
			for _, urn := range dependencies[string(key)].GetUrns() {
				urns = append(urns, resource.URN(urn))
			}
			in.settings[string(key)] = in.output(resource.NewProperty(resource.Output{Element: text, Known: true, Dependencies: urns}), false)
		}
	}
	return in
}

func (in *inputs) output(v resource.PropertyValue, secret bool) any {
	in.given = append(in.given, v)
	return settings.Output{Number: len(in.given), Secret: secret}
}

// value is a value as package settings takes it. A known output that depends on
// nothing is a plain value. Of lists and mappings what is within is looked at:
// a secret or a dependency of the whole is one of each text in it.
func (in *inputs) value(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return in.value(wrap(v.SecretValue().Element, true, nil))
	case v.IsComputed():
		return in.output(v, false)
	case v.IsOutput():
		o := v.OutputValue()
		switch {
		case !o.Known:
			return in.output(v, false)
		case o.Element.IsArray() || o.Element.IsObject():
			return in.value(wrap(o.Element, o.Secret, o.Dependencies))
		case o.Secret || len(o.Dependencies) > 0:
			return in.output(v, o.Secret)
		}
		return in.value(o.Element)
	case v.IsArray():
		list := []any{}
		for _, one := range v.ArrayValue() {
			list = append(list, in.value(one))
		}
		return list
	case v.IsObject():
		mapping := map[string]any{}
		for _, key := range v.ObjectValue().StableKeys() {
			mapping[string(key)] = in.value(v.ObjectValue()[key])
		}
		return mapping
	case v.IsNull():
		return nil
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsString():
		return v.StringValue()
	}
	return map[string]any{} // an asset, an archive or a resource, which no setting is
}

// wrap hands what is true of a whole value down to the texts in it.
func wrap(v resource.PropertyValue, secret bool, deps []resource.URN) resource.PropertyValue {
	switch {
	case v.IsArray():
		var list []resource.PropertyValue
		for _, one := range v.ArrayValue() {
			list = append(list, wrap(one, secret, deps))
		}
		return resource.NewProperty(list)
	case v.IsObject():
		mapping := resource.PropertyMap{}
		for key, one := range v.ObjectValue() {
			mapping[key] = wrap(one, secret, deps)
		}
		return resource.NewProperty(mapping)
	case v.IsSecret():
		return wrap(v.SecretValue().Element, true, deps)
	case v.IsNull():
		return v
	case v.IsComputed():
		return resource.NewProperty(resource.Output{Element: resource.NewProperty(""), Secret: secret, Dependencies: deps})
	case v.IsOutput():
		o := v.OutputValue()
		o.Secret, o.Dependencies = o.Secret || secret, slices.Concat(o.Dependencies, deps)
		return resource.NewProperty(o)
	case !secret && len(deps) == 0:
		return v
	}
	return resource.NewProperty(resource.Output{Element: v, Known: true, Secret: secret, Dependencies: deps})
}

// plan reads the settings; the error has all that is wrong.
func (in *inputs) plan() (*spec.Plan, error) { return settings.FromInputs(in.settings) }

// outputs are what others give, as inputs of a Construct of their own.
func (in *inputs) outputs(firewall resource.PropertyValue) (*structpb.Struct, error) {
	all := resource.PropertyMap{"outputs": resource.NewProperty(in.given)}
	if firewall.IsResourceReference() {
		all[firewallKey] = firewall
	}
	if !in.secret.IsNull() {
		all["secret"] = wrap(in.secret, true, nil)
	}
	return plugin.MarshalProperties(all, plugin.MarshalOptions{KeepSecrets: true, KeepResources: true, KeepOutputValues: true, KeepUnknowns: true})
}

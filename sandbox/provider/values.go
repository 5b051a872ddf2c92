package provider

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// unmarshal reads properties. Secrets and outputs are read as what they hold: the provider does not accept
// secrets, so the engine takes them off and puts them on again.
func unmarshal(label string, s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, plugin.MarshalOptions{Label: label, KeepUnknowns: true, SkipNulls: true})
}

func marshal(label string, m resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(m, plugin.MarshalOptions{Label: label, KeepUnknowns: true, SkipNulls: true, KeepSecrets: true})
}

// plain turns properties into Go values, with model.Unknown for what is not known.
func plain(m resource.PropertyMap) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[string(k)] = plainValue(v)
	}
	return out
}

func plainValue(v resource.PropertyValue) any {
	switch {
	case v.IsComputed():
		return model.Unknown{}
	case v.IsArray():
		out := make([]any, len(v.ArrayValue()))
		for i, x := range v.ArrayValue() {
			out[i] = plainValue(x)
		}
		return out
	case v.IsObject():
		return plain(v.ObjectValue())
	}
	return v.V
}

// properties turns Go values into properties.
func properties(m map[string]any) resource.PropertyMap {
	out := make(resource.PropertyMap, len(m))
	for k, v := range m {
		out[resource.PropertyKey(k)] = property(v)
	}
	return out
}

func property(v any) resource.PropertyValue {
	switch v := v.(type) {
	case []any:
		out := make([]resource.PropertyValue, len(v))
		for i, x := range v {
			out[i] = property(x)
		}
		return resource.NewProperty(out)
	case map[string]any:
		return resource.NewProperty(properties(v))
	}
	if _, ok := v.(model.Unknown); ok {
		return resource.MakeComputed(resource.NewProperty(""))
	}
	return resource.NewPropertyValue(v)
}

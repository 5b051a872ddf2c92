package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strings"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// The parts of Pulumi's package schema that are needed to write a program: types, resources with
// their inputs and outputs, functions. Maps are encoded in the order of their keys.
type (
	packageSpec struct {
		Name        string                  `json:"name"`
		Version     string                  `json:"version"`
		Description string                  `json:"description"`
		Config      configSpec              `json:"config"`
		Provider    resourceSpec            `json:"provider"`
		Types       map[string]objectSpec   `json:"types"`
		Resources   map[string]resourceSpec `json:"resources"`
		Functions   map[string]functionSpec `json:"functions"`
	}
	configSpec struct {
		Variables map[string]typeSpec `json:"variables"`
	}
	objectSpec struct {
		Type       string              `json:"type"`
		Properties map[string]typeSpec `json:"properties,omitempty"`
		Required   []string            `json:"required,omitempty"`
	}
	resourceSpec struct {
		objectSpec
		InputProperties map[string]typeSpec `json:"inputProperties,omitempty"`
		RequiredInputs  []string            `json:"requiredInputs,omitempty"`
	}
	functionSpec struct {
		Inputs  *objectSpec `json:"inputs,omitempty"`
		Outputs *objectSpec `json:"outputs,omitempty"`
	}
	typeSpec struct {
		Type       string    `json:"type,omitempty"`
		Ref        string    `json:"$ref,omitempty"`
		Items      *typeSpec `json:"items,omitempty"`
		Additional *typeSpec `json:"additionalProperties,omitempty"`
		Secret     bool      `json:"secret,omitempty"`
	}
)

func text() typeSpec { return typeSpec{Type: "string"} }

// configuration lists azure-native's settings that a stack here may have.
func configuration() map[string]typeSpec {
	vars := map[string]typeSpec{}
	for _, name := range []string{"location", "environment", "subscriptionId", "tenantId", "clientId"} {
		vars[name] = text()
	}
	vars["clientSecret"] = typeSpec{Type: "string", Secret: true}
	return vars
}

// GetSchema describes the resource types and functions that the sandbox knows, not azure-native's
// thousands.
func (p *provider) GetSchema(_ context.Context, req *rpc.GetSchemaRequest) (*rpc.GetSchemaResponse, error) {
	if v := req.GetVersion(); v != 0 {
		return nil, fmt.Errorf("unsupported schema version %d", v)
	}
	raw, err := json.Marshal(schema(p.types[0]))
	if err != nil {
		return nil, err
	}
	return &rpc.GetSchemaResponse{Schema: string(raw)}, nil
}

func schema(types map[string]*resourceType) *packageSpec {
	spec := &packageSpec{
		Name:        pkg,
		Version:     version,
		Description: "The part of azure-native that the sandbox of aks-egress knows.",
		Config:      configSpec{Variables: configuration()},
		Provider:    resourceSpec{InputProperties: configuration(), objectSpec: objectSpec{Type: "object"}},
		Types:       map[string]objectSpec{},
		Resources:   map[string]resourceSpec{},
		Functions:   map[string]functionSpec{},
	}
	for token, t := range types {
		inputs, outputs := spec.objects(t, true), spec.objects(t, false)
		delete(outputs.Properties, "id") // every resource has one
		for _, name := range t.own {
			inputs.Properties[name] = text()
		}
		for _, name := range t.params() {
			inputs.Properties[name] = text()
			if name != t.nameParam() {
				inputs.Required = append(inputs.Required, name)
			}
		}
		for _, name := range t.query {
			inputs.Properties[name] = text()
		}
		// The provider fills in the location.
		var required []string
		for _, name := range sortedStrings(inputs.Required) {
			if name != "location" {
				required = append(required, name)
			}
		}
		spec.Resources[token] = resourceSpec{objectSpec: outputs, InputProperties: inputs.Properties, RequiredInputs: required}
	}
	for token, f := range functions(types) {
		args := objectSpec{Type: "object", Properties: map[string]typeSpec{}, Required: sortedStrings(f.params())}
		for _, name := range append(f.params(), f.query...) {
			args.Properties[name] = text()
		}
		out := spec.answers(f)
		if f.action == "" {
			module := token[:strings.LastIndexByte(token, ':')+1]
			out = spec.Resources[module+f.definition.name].objectSpec
			out.Properties = maps.Clone(out.Properties)
			out.Properties["id"] = text() // of a function's result, as it is not a resource
		}
		spec.Functions[token] = functionSpec{Inputs: &args, Outputs: &out}
	}
	who := objectSpec{Type: "object", Properties: map[string]typeSpec{}}
	for _, name := range []string{"clientId", "objectId", "subscriptionId", "tenantId"} {
		who.Properties[name] = text()
		who.Required = append(who.Required, name)
	}
	spec.Functions[pkg+":authorization:getClientConfig"] = functionSpec{Outputs: &who}
	spec.Functions[pkg+":authorization:getClientToken"] = functionSpec{
		Inputs:  &objectSpec{Type: "object", Properties: map[string]typeSpec{"endpoint": text()}},
		Outputs: &objectSpec{Type: "object", Properties: map[string]typeSpec{"token": text()}, Required: []string{"token"}},
	}
	return spec
}

// answers adds the types of an action's answer, and returns the answer.
func (s *packageSpec) answers(f function) objectSpec {
	out := objectSpec{Type: "object", Properties: map[string]typeSpec{}}
	for name, word := range f.outputs {
		out.Required = append(out.Required, name)
		element, isList := strings.CutPrefix(word, "*")
		if !isList {
			out.Properties[name] = typeSpec{Type: word}
			continue
		}
		token := typeToken(f.module, element, false)
		one := objectSpec{Type: "object", Properties: map[string]typeSpec{}}
		for _, name := range elements()[element] {
			one.Properties[name] = text()
		}
		s.Types[token] = one
		out.Properties[name] = typeSpec{Type: "array", Items: &typeSpec{Ref: "#/types/" + token}}
	}
	sort.Strings(out.Required)
	return out
}

// objects adds the types that a resource type reaches and returns the resource's own properties.
func (s *packageSpec) objects(t *resourceType, asInputs bool) objectSpec {
	module := t.module
	var own objectSpec
	for i, o := range t.Describe(asInputs) {
		spec := objectSpec{Type: "object", Properties: map[string]typeSpec{}}
		for _, f := range o.Fields {
			spec.Properties[f.Name] = typeRef(module, f.Type, asInputs)
			if f.Required {
				spec.Required = append(spec.Required, f.Name)
			}
		}
		if i == 0 {
			own = spec
			continue
		}
		s.Types[typeToken(module, o.Name, asInputs)] = spec
	}
	return own
}

// typeToken names a type as azure-native does: outputs have a suffix.
func typeToken(module, name string, asInputs bool) string {
	name = strings.ReplaceAll(name, "#", "")
	if !asInputs {
		name += "Response"
	}
	return pkg + ":" + module + ":" + name
}

func typeRef(module string, t model.Type, asInputs bool) typeSpec {
	switch t.Word {
	case "array":
		elem := typeRef(module, *t.Elem, asInputs)
		return typeSpec{Type: "array", Items: &elem}
	case "map":
		elem := typeRef(module, *t.Elem, asInputs)
		return typeSpec{Type: "object", Additional: &elem}
	case "object":
		return typeSpec{Ref: "#/types/" + typeToken(module, t.Object, asInputs)}
	case "any":
		return typeSpec{Ref: "pulumi.json#/Any"}
	}
	return typeSpec{Type: t.Word}
}

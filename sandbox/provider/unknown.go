package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// unknownName is the input that holds the name of a resource of a type that nobody knows: which of its
// inputs are its address, only azure-native could tell.
const unknownName = "sandboxName"

// unknownType stands for a type that is not in the catalogue: it takes every property, and keeps it.
// Its ID has the token in the place of Azure's type.
func unknownType(token string, inGroup bool) *resourceType {
	armType := "Sandbox.Unknown/" + strings.NewReplacer(":", ".", "/", ".").Replace(strings.TrimPrefix(token, pkg+":"))
	path := "/subscriptions/{subscriptionId}/"
	if inGroup {
		path += "resourceGroups/{resourceGroupName}/"
	}
	return &resourceType{
		definition: definition{name: token[strings.LastIndexByte(token, ':')+1:], armType: armType, path: path + "providers/" + armType + "/{" + unknownName + "}"},
		Resource:   model.Free(armType),
	}
}

// nameOf guesses which input names a resource of a type that nobody knows: name, the type's own name
// with Name behind it, or the only one that ends so.
func nameOf(t *resourceType, inputs resource.PropertyMap) (resource.PropertyValue, bool) {
	own := resource.PropertyKey(strings.ToLower(t.name[:1]) + t.name[1:] + "Name")
	var others []resource.PropertyKey
	for key := range inputs {
		if strings.HasSuffix(string(key), "Name") && key != "resourceGroupName" && key != unknownName {
			others = append(others, key)
		}
	}
	for _, key := range []resource.PropertyKey{own, "name"} {
		if v, ok := inputs[key]; ok {
			return v, true
		}
	}
	if len(others) == 1 {
		return inputs[others[0]], true
	}
	return resource.PropertyValue{}, false
}

// free reports whether nobody knows the type.
func (t *resourceType) free() bool { return t.module == "" }

// met collects the types that programs have and the sandbox does not, by stack.
type met struct {
	accept bool
	told   func(line string) // nil: nobody listens

	mu     sync.Mutex
	tokens map[string][]string // by the stack's part of the URN, in the order that they were met
	once   map[string]bool
}

// meet notes a type.
func (m *met) meet(urn resource.URN, line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	token, stack := string(urn.Type()), stackOf(urn)
	if !slices.Contains(m.tokens[stack], token) {
		m.tokens[stack] = append(m.tokens[stack], token)
	}
	if m.accept && !m.once[token] {
		m.once[token] = true
		if m.told != nil {
			m.told(line)
		}
	}
}

// refusal is what stands against a stack: the types that it has and the sandbox does not, nil if there
// are none, or they are accepted.
func (m *met) refusal(stack string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.accept || len(m.tokens[stack]) == 0 {
		return nil
	}
	return fmt.Errorf("the sandbox does not know %s: nothing is made while the program has them; --unknown accept keeps what they are given, unchecked",
		strings.Join(m.tokens[stack], ", "))
}

// all joins the refusals of every stack.
func (m *met) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	if m.accept {
		return nil
	}
	for _, stack := range slices.Sorted(maps.Keys(m.tokens)) {
		for _, token := range m.tokens[stack] {
			if !slices.Contains(out, token) {
				out = append(out, token)
			}
		}
	}
	return out
}

func stackOf(urn resource.URN) string { return string(urn.Stack()) + "::" + string(urn.Project()) }

package azure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// ParseResources reads what --existing names: a JSON or YAML list of ARM
// resources, each with its id and either what `az … show` prints of it or that
// under body, and with an apiVersion or without.
func ParseResources(raw []byte) ([]map[string]any, error) {
	var out []map[string]any
	file := yaml.NewDecoder(bytes.NewReader(raw))
	if err := file.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("existing resources: %w: it must be a JSON or YAML list of ARM resources", err)
	}
	var more any
	if err := file.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("existing resources: something follows the list: put all resources into one")
	}
	var wrong []string
	first := map[string]int{}
	for i, r := range out {
		out[i] = cloneObject(r)
		undate(out[i])
		id := text(r, "id")
		before, twice := first[key(id)]
		switch {
		case id == "":
			wrong = append(wrong, fmt.Sprintf("[%d].id: missing: give the resource's ID", i))
		case twice:
			wrong = append(wrong, fmt.Sprintf("[%d].id: %s is [%d] already: leave one of them out", i, id, before))
		default:
			first[key(id)] = i
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("existing resources: %s", strings.Join(wrong, "; "))
	}
	return out, nil
}

// undate writes dates as they were: YAML takes an API version for one.
func undate(v any) {
	switch v := v.(type) {
	case object:
		for name, x := range v {
			if at, ok := x.(time.Time); ok {
				v[name] = at.Format(time.DateOnly)
				continue
			}
			undate(x)
		}
	case []any:
		for _, x := range v {
			undate(x)
		}
	}
}

// seed is a resource that is there from the start.
type seed struct {
	at      string // where it stands in what was given: [0]
	id      resourceID
	kind    *kind
	version string
	body    object
}

// readSeed reads one resource, in Azure's own form or in that of `az … show`,
// and checks it against the model of its type.
func (w *World) readSeed(at string, given object) (seed, []string) {
	body, err := normalise(given)
	if err != nil {
		return seed{}, []string{fmt.Sprintf("%s: %v", at, err)}
	}
	inside := at + "."
	if inner, ok := body["body"].(object); ok {
		fill(inner, "id", body["id"])
		fill(inner, "apiVersion", body["apiVersion"])
		body, inside = inner, at+".body."
	}
	id, refused := parseID(text(body, "id"))
	if refused != nil {
		return seed{}, []string{at + ".id: " + refused.Message}
	}
	k := w.kinds[strings.ToLower(id.Type)]
	if k == nil {
		return seed{}, []string{fmt.Sprintf("%s.id: the sandbox does not know the type %s: leave the resource out", at, id.Type)}
	}
	version := text(body, "apiVersion")
	if version == "" {
		version = k.versions[0]
	}
	if !slices.Contains(k.versions, version) {
		return seed{}, []string{fmt.Sprintf("%s.apiVersion: %s is not one of %s", at, version, strings.Join(k.versions, ", "))}
	}
	delete(body, "apiVersion")
	if known, ok := model.Lookup(k.name, version); ok {
		body = known.Lift(body)
	}
	return seed{at, id, k, version, body}, k.checkExisting(inside, version, body)
}

// Seed puts resources into the world that no stack owns. What is there
// already stays as it is, so that a later run may seed again. A group that is
// missing is made. Seeds pass the checks that writes pass, but values that
// Azure computes may be given, and are kept.
func (w *World) Seed(resources []map[string]any) error {
	var seeds []seed
	var wrong []string
	for i, given := range resources {
		one, problems := w.readSeed(fmt.Sprintf("[%d]", i), given)
		seeds = append(seeds, one)
		wrong = append(wrong, problems...)
	}
	if len(wrong) > 0 { // what is missing because of these would be named as well
		return fmt.Errorf("existing resources: %s", strings.Join(wrong, "; "))
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.state.clone()
	sort.SliceStable(seeds, func(i, j int) bool { return next.depth(seeds[i].kind) < next.depth(seeds[j].kind) })
	for _, one := range seeds {
		if next.get(one.id.String()) != nil {
			continue
		}
		if one.kind.name != groupType && one.id.Group != "" && next.get(one.id.group()) == nil {
			next.seedGroup(one)
		}
		r, refused := next.put(one.kind, one.id, one.version, one.body, true)
		if refused != nil {
			wrong = append(wrong, fmt.Sprintf("%s %s: %s", one.at, one.id.String(), refused.Error()))
			continue
		}
		next.saw(r)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("existing resources: %s", strings.Join(wrong, "; "))
	}
	if err := w.save(next); err != nil {
		return err
	}
	w.state = next
	return nil
}

// seedGroup makes the group of a seed, where the seed is.
func (s *state) seedGroup(one seed) {
	place := text(one.body, "location")
	if place == "" || place == "global" {
		place = s.anyPlace()
	}
	s.set(&resource{ID: one.id.group(), Type: groupType, APIVersion: s.kind(groupType).versions[0], Seeded: true,
		Body: object{"location": regionName(place), "properties": object{"provisioningState": "Succeeded"}}})
}

func (s *state) anyPlace() string {
	for _, rg := range s.all(groupType) {
		return rg.location()
	}
	return "eastus"
}

package azure

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// ParseResources reads what --existing names: a JSON or YAML list of ARM
// resources, each with its id and either what `az … show` prints of it or that
// under body, and with an apiVersion or without.
func ParseResources(raw []byte) ([]map[string]any, error) {
	var out []map[string]any
	if err := yaml.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("existing resources: %w: a JSON or YAML list of ARM resources is wanted", err)
	}
	for i, r := range out {
		out[i] = cloneObject(r)
		undate(out[i])
		if text(r, "id") == "" {
			return nil, fmt.Errorf("existing resources: [%d].id: missing: give the resource's ID", i)
		}
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

// Seed puts resources into the world that no stack owns. What is there
// already stays as it is, so that a later run may seed again. A group that is
// missing is made. Values that Azure computes may be given, and are kept; the
// rules hold for seeded resources as well, the models' read-only ones apart.
func (w *World) Seed(resources []map[string]any) error {
	type seed struct {
		id   ID
		kind *kind
		api  string
		body object
		at   int
	}
	var seeds []seed
	var wrong []string
	for i, given := range resources {
		body, err := normalise(given)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("[%d]: %v", i, err))
			continue
		}
		if inner, ok := body["body"].(object); ok {
			for _, name := range []string{"id", "apiVersion"} {
				fill(inner, name, body[name])
			}
			body = inner
		}
		id, refused := parseID(text(body, "id"))
		if refused != nil {
			wrong = append(wrong, fmt.Sprintf("[%d].id: %s", i, refused.Message))
			continue
		}
		k := w.kinds[strings.ToLower(id.Type)]
		if k == nil {
			wrong = append(wrong, fmt.Sprintf("[%d].id: the sandbox does not know the type %s: leave the resource out", i, id.Type))
			continue
		}
		version := text(body, "apiVersion")
		if version == "" {
			version = k.versions[0]
		}
		if !slices.Contains(k.versions, version) {
			wrong = append(wrong, fmt.Sprintf("[%d].apiVersion: %s is none of %s", i, version, strings.Join(k.versions, ", ")))
			continue
		}
		seeds = append(seeds, seed{id, k, version, body, i})
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.state.clone()
	sort.SliceStable(seeds, func(i, j int) bool { return next.depth(seeds[i].kind) < next.depth(seeds[j].kind) })
	for _, s := range seeds {
		if next.get(s.id.String()) != nil {
			continue
		}
		if s.kind.name != groupType && s.id.Group != "" && next.get(s.id.group()) == nil {
			place := text(s.body, "location")
			if place == "" || place == "global" {
				place = next.anyPlace()
			}
			next.set(&resource{ID: s.id.group(), Type: groupType, APIVersion: "2024-03-01", Seeded: true,
				Body: object{"location": strings.ToLower(strings.ReplaceAll(place, " ", "")), "properties": object{"provisioningState": "Succeeded"}}})
		}
		if refused := next.seed(s.kind, s.id, s.api, s.body); refused != nil {
			wrong = append(wrong, fmt.Sprintf("[%d] %s: %s", s.at, s.id.String(), refused.Error()))
		}
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

func (s *state) seed(k *kind, id ID, apiVersion string, body object) *Error {
	_, refused := s.put(k, id, apiVersion, body, true)
	return refused
}

func (s *state) anyPlace() string {
	for _, rg := range s.all(groupType) {
		return text(rg.Body, "location")
	}
	return "eastus"
}

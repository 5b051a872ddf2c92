package operand

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// kind is what a file holds, by its content.
type kind int

const (
	unknown kind = iota
	compiled
	terraform
	world
	stackSettings
	azure
)

// kindOf tells what a file holds. Only the name of a stack's file counts, too:
// what stands in a Pulumi.dev.yaml is meant to be settings.
func kindOf(name string, data []byte) kind {
	data = behindComments(data)
	switch text := data; {
	case bytes.HasPrefix(text, []byte("[")) && !isStackFile(name):
		return azure
	case bytes.HasPrefix(text, []byte("{")):
		// An error leaves the map empty. What is wrong with the JSON is said
		// best by the reader of what Azure prints.
		var top map[string]json.RawMessage
		isObject := json.Unmarshal(data, &top) == nil
		has := func(key string) bool { return top[key] != nil }
		switch {
		case has("aksEgress"):
			return compiled
		case isObject && isTerraform(data):
			return terraform
		case has("subscription") && has("tenant") && has("resources"):
			return world
		case has("config") || isStackFile(name) || !isObject && hasConfig(data):
			return stackSettings
		default:
			return azure
		}
	case isStackFile(name) || hasConfig(data):
		return stackSettings
	default:
		return unknown
	}
}

// behindComments is what follows white space and the comments that JSON may
// begin with, as templates do.
func behindComments(data []byte) []byte {
	for {
		data = bytes.TrimSpace(data)
		end := []byte("\n")
		switch {
		case bytes.HasPrefix(data, []byte("//")):
		case bytes.HasPrefix(data, []byte("/*")):
			data, end = data[2:], []byte("*/")
		default:
			return data
		}
		_, rest, ok := bytes.Cut(data, end)
		if !ok {
			return nil
		}
		data = rest
	}
}

// maxSettings is more than settings may be long. What is longer is not looked
// into as YAML, which takes its time.
const maxSettings = 4 << 20

// hasConfig reports whether YAML is a mapping with the key config.
func hasConfig(data []byte) bool {
	if len(data) > maxSettings {
		return false
	}
	var top map[string]yaml.Node
	if yaml.Unmarshal(data, &top) != nil {
		return false
	}
	_, there := top["config"]
	return there
}

// isStackFile reports whether a file is called as Pulumi calls a stack's.
func isStackFile(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	return strings.HasPrefix(base, "Pulumi.") && (strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml"))
}

// parse makes a file's content into a firewall. What is wrong with the content
// is a contentError; that it is no operand at all is not.
func (l *Loader) parse(name string, data []byte, as As) (Loaded, error) {
	data, err := text(data)
	if err != nil {
		return Loaded{}, contentError{err}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return Loaded{}, errors.New("is empty: give what az network firewall policy rule-collection-group list prints, or a Pulumi.*.yaml")
	}
	k := kindOf(name, data)
	if as == World && k != world {
		return Loaded{}, errors.New("is not a sandbox world: give what `aks-egress sandbox exec --world world.json -- …` keeps")
	}
	var loaded Loaded
	var reading policy.Reading
	switch k {
	case compiled:
		loaded.Firewall, loaded.About, err = policy.ReadDocument(data)
		reading = counted("what aks-egress "+loaded.About.Version+" compiled with the tables of "+loaded.About.Tables, loaded.Firewall)
	case terraform:
		loaded.Firewall, reading, err = readTerraform(data)
	case world:
		loaded.Firewall, reading, err = readWorld(data)
	case stackSettings:
		loaded.Firewall, loaded.Clusters, err = ofSettings(name, data)
		loaded.About.Tables = rules.Newest
		loaded.Settings = &Settings{File: name, Text: data}
		reading = counted("settings", loaded.Firewall)
	case azure:
		supplied, _ := l.supply()
		loaded.Firewall, reading, err = readAzure(data, supplied.parameters, l.Flags.AllowEmpty)
		l.parameters = true
	default:
		return Loaded{}, errors.New("is neither settings (YAML with the key config), nor a policy as Azure prints it, nor Terraform's JSON, nor a sandbox world: give what az network firewall policy rule-collection-group list prints, or a Pulumi.*.yaml")
	}
	if err == nil && k == compiled && !l.Flags.AllowEmpty && len(loaded.Firewall.Clients) == 0 && (reading.Rules == 0 || len(loaded.Firewall.Policy.Groups) == 0) {
		// A stack says with its clients that it is whole.
		err = errors.New("holds no rule of its own: nothing is read, which is not the same as nothing let through: compile the firewall anew, or say with --allow-empty that it has no rules")
	}
	if err != nil {
		return Loaded{}, contentError{err}
	}
	loaded.Read = []Read{{From: name, Reading: reading}}
	return loaded, nil
}

func ofSettings(name string, data []byte) (policy.Firewall, []Cluster, error) {
	s, err := settings.Parse(name, data)
	if err != nil {
		return policy.Firewall{}, nil, err
	}
	fw := s.Decides()
	var clusters []Cluster
	for i, c := range s.Clusters() {
		clusters = append(clusters, Cluster{Name: c.Name, Selection: s.Selection(c), Sources: fw.Clients[i].Sources})
	}
	return fw, clusters, nil
}

// counted is what is said of a firewall that was read without anything to
// remark.
func counted(what string, fw policy.Firewall) policy.Reading {
	r := policy.Reading{What: what}
	for _, groups := range [][]policy.Group{fw.Policy.Parent, fw.Policy.Groups} {
		r.Groups += len(groups)
		for _, g := range groups {
			r.Collections += len(g.Collections)
			for _, c := range g.Collections {
				r.Rules += len(c.Rules)
			}
		}
	}
	return r
}

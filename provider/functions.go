package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/spec"
)

// arguments are what a function is asked.
type arguments struct {
	plan   *spec.Plan
	flows  []policy.Flow
	from   []string
	faults fault.List
}

// readArguments reads what a function is asked; what is wrong comes all at once.
func readArguments(token string, from resource.PropertyMap) arguments {
	in := read(from, nil).settings
	var a arguments
	known := []string{"settings", "from"}
	if token == module+"checkFlows" {
		known = append(known, "flows")
		a.readFlows(in["flows"])
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(known, name) {
			a.faults.Add(fault.Key("", name), "", "is not a known key", fault.Meant(name, known, "drop it"))
		}
	}
	settings, ok := in["settings"].(map[string]any)
	if !ok {
		a.faults.Add("settings", "", "is missing", "write the settings of a Lockdown")
	} else {
		var refused fault.List
		plan, err := (&inputs{settings: settings}).plan()
		if errors.As(err, &refused) {
			a.faults = append(a.faults, refused.Under("settings")...)
		}
		a.plan = plan
	}
	switch source := in["from"].(type) {
	case nil:
	case string:
		key, prefix := spec.Key{Kind: spec.KindRange}, netip.Prefix{}
		if reason := key.Scan(source, reflect.ValueOf(&prefix).Elem()); reason != "" {
			a.faults.Add("from", "", reason, "write "+key.Wants())
		}
		a.from = []string{prefix.String()}
	default:
		a.faults.Add("from", "", "is not a text", "write an IPv4 address or range, known beforehand")
	}
	return a
}

func (a *arguments) readFlows(given any) {
	list, _ := given.([]any)
	if len(list) == 0 {
		a.faults.Add("flows", "", "holds no flow, so nothing would be checked", "write URLs like https://mcr.microsoft.com")
	}
	for i, one := range list {
		text, ok := one.(string)
		if !ok {
			a.faults.Add(fmt.Sprintf("flows[%d]", i), "", "is not a text that is known beforehand", "write a URL like https://mcr.microsoft.com")
			continue
		}
		flow, err := policy.ParseFlow(text)
		if err != nil {
			a.faults.Add(fmt.Sprintf("flows[%d]", i), "", err.Error(), "")
		}
		a.flows = append(a.flows, flow)
	}
}

// checkFlows says of each flow whether it passes, and by which rule.
func checkFlows(a arguments) (object, fault.List) {
	if len(a.faults) > 0 {
		return nil, a.faults
	}
	fw := a.plan.Decides()
	decider := policy.NewDecider(fw.Policy, policy.Options{})
	clients := fw.Clients
	if len(a.from) > 0 {
		clients = []policy.Client{{Sources: a.from}}
	}
	verdicts, allowed := []any{}, true
	for _, flow := range a.flows {
		for _, client := range clients {
			for _, r := range decider.DecideFrom(flow, client.Sources) {
				v := r.Verdict
				rule := ""
				if v.Rule != "" {
					rule = v.Group + "/" + v.Collection + "/" + v.Rule
				}
				allowed = allowed && v.Decision == policy.Allowed
				verdicts = append(verdicts, object{
					"flow": flow.String(), "cluster": client.Name, "sources": anys(r.Sources), "verdict": v.Decision.String(),
					"rule": rule, "row": v.Row, "reason": v.Reason(),
				})
			}
		}
	}
	return object{"allowed": allowed, "verdicts": verdicts}, nil
}

// reach lists all that can leave and come in.
func reach(a arguments) (object, fault.List) {
	if len(a.faults) > 0 {
		return nil, a.faults
	}
	var text bytes.Buffer
	var answer struct{ Out, In []object }
	err := policy.WriteReach(&text, policy.ReachJSON, policy.Reach(a.plan.Decides(), policy.Options{}, a.from))
	if err == nil {
		err = json.Unmarshal(text.Bytes(), &answer)
	}
	if err != nil {
		return nil, fault.List{{Path: "settings", Reason: err.Error()}}
	}
	return object{"out": whole(answer.Out), "in": whole(answer.In)}, nil
}

// whole are sets of flows with every property of theirs: what JSON leaves out
// is empty.
func whole(sets []object) []any {
	out := []any{}
	for _, set := range sets {
		for _, name := range []string{"ports", "forwardedTo", "row", "use", "source"} {
			if set[name] == nil {
				set[name] = ""
			}
		}
		if set["wide"] == nil {
			set["wide"] = []any{}
		}
		out = append(out, set)
	}
	return out
}

func anys(list []string) []any {
	out := []any{}
	for _, one := range list {
		out = append(out, one)
	}
	return out
}

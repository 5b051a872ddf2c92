package terraform

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aks-egress/aks-egress/fault"
)

// Whatever is given, Read ends: with a firewall that has rules, or with faults
// that say where. It says the same each time.
func FuzzRead(f *testing.F) {
	// Seeds are small: the engine counts nothing while it shrinks a large one.
	for _, document := range []string{
		`{"format_version":"1.0"}`,
		state(hub("hub", ""), group("a", "hub"), group("b", "hub")),
		state(classic("fw", "net")),
		state(azapi("g", "firewallPolicies/ruleCollectionGroups", `{"properties":{"priority":200,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"rules":[{"ruleType":"NetworkRule","name":"a"}]}]}}`)),
		plan(`{"root_module":{"module_calls":{"a":{"module":{"outputs":{"x":{"expression":{"references":["var.v"]}}}}}}}}`,
			one{address: `module.a["x.y"].azurerm_firewall_policy_rule_collection_group.g[0]`, after: groupValues("core", "", webRule("r")), unknown: `{"firewall_policy_id":true}`, secret: `true`}),
		plan("", one{address: "azurerm_ip_group.a", after: `{"cidrs":["10.0.0.0/8",null]}`, unknown: `{"id":true,"cidrs":[false,true]}`}, group("a", "hub")),
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) {
		fw, reading, err := Read([]byte(document))
		var faults fault.List
		switch {
		case err == nil:
			if len(rules(fw)) == 0 || reading.Rules != len(rules(fw)) {
				t.Error("nothing was read, and that is no fault")
			}
		case !errors.As(err, &faults) || len(faults) == 0:
			t.Errorf("not faults: %v", err)
		default:
			for _, f := range faults {
				if f.Path == "" || strings.TrimSpace(f.Reason) == "" {
					t.Errorf("a fault without a place or a reason: %#v", f)
				}
			}
		}
		again, _, _ := Read([]byte(document))
		if !reflect.DeepEqual(fw, again) {
			t.Error("another reading, another firewall")
		}
	})
}

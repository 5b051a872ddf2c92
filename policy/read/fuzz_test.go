package read_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// shapes are an input of each kind that is read.
func shapes(f *testing.F) [][]byte {
	out := [][]byte{
		wide("\uFEFF"+list(net("r", anybody)), false), wide(list(net("r", anybody)), true),
		[]byte(`// a
[]`), []byte(world("")),
		[]byte(template(`"parameters": {"p": {"type": "object", "defaultValue": {"a": ["10.0.0.0/8"]}}}, "variables": {"v": "[parameters('p').a[0]]", "copy": [{"name": "w", "count": 2, "input": "[copyIndex('w')]"}]},`,
			net("r", `"sourceAddresses": ["[if(equals(1, length(variables('w'))), variables('v'), format('{0}', first(split('a,b', ','))))]"]`))),
		[]byte(`{"resources": [` + deployment("inner", `"x": {"value": "[reference('inner').outputs.o.value]"}`, `"parameters": {"x": {"type": "string"}}, "resources": [`+group("hub/g", net("r", anybody))+`], "outputs": {"o": {"value": "[parameters('x')]"}}`) + `]}`),
		[]byte(`{"resources": [{"copy": {"name": "c", "count": 3}, ` + group("[concat('hub/', copyIndex(1))]", net("r", anybody))[1:] + `]}`),
		[]byte(`{"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleGroups", "name": "p/g", "properties": {"priority": 200, "rules": [{"ruleType": "FirewallPolicyNatRule", "name": "c", "priority": 200, "action": {"type": "DNAT"}, "ruleCondition": {"ruleConditionType": "NatRuleCondition"}}]}}]}`),
		[]byte(`{"changes": [{"changeType": "Create", "after": ` + group("hub/g", net("r", anybody)) + `}]}`),
		[]byte(`[{"id": "/x/ipGroups/a", "ipAddresses": ["10.0.0.0/8", "10.0.0.1-10.0.0.2"]}]`),
		[]byte(`{"name": "fw", "Network.DNS.Servers": "a, b", "natRuleCollections": [], "firewallPolicy": {"id": "x"}}`),
	}
	for _, name := range []string{"cli-groups.json", "rest-groups.json", "template.json", "classic.json"} {
		out = append(out, stored(f, name))
	}
	return out
}

// usable does with what was read what is done with any policy.
func usable(t *testing.T, fw policy.Firewall, reading policy.Reading, err error) {
	t.Helper()
	if err != nil {
		var faults fault.List
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		_ = err.Error()
		return
	}
	for _, f := range append(append(fault.List{}, reading.Unsure...), reading.Warnings...) {
		if f.Path == "" || f.Reason == "" {
			t.Fatalf("a fault without place or reason: %#v", f)
		}
	}
	if reading.Rules == 0 {
		t.Fatal("nothing was read, and it is not a fault")
	}
	if _, err := json.Marshal(policy.Groups(fw.Policy)); err != nil {
		t.Fatal(err)
	}
	flow := policy.Flow{Protocol: policy.HTTPS, Host: "mcr.microsoft.com", Port: 443}
	_ = policy.Scan(fw.Policy, policy.Options{}, flow)
}

func FuzzAzure(f *testing.F) {
	for _, seed := range shapes(f) {
		f.Add(seed, []byte(nil))
		f.Add(seed, []byte(`{"parameters": {"p": {"value": {"a": ["*"]}}}}`))
	}
	f.Fuzz(func(t *testing.T, data, parameters []byte) {
		if len(parameters) == 0 {
			parameters = nil
		}
		fw, reading, err := read.Azure(data, read.Options{Parameters: parameters})
		usable(t, fw, reading, err)
	})
}

func FuzzWorld(f *testing.F) {
	for _, seed := range shapes(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, reading, err := read.World(data)
		usable(t, fw, reading, err)
	})
}

func FuzzIPGroups(f *testing.F) {
	for _, seed := range shapes(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		groups, err := read.IPGroups(data)
		if (groups == nil) != (err != nil) {
			t.Fatalf("%v, %v", groups, err)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range shapes(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := read.Text(data)
		if err == nil && len(text) > 3*len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(text))
		}
	})
}

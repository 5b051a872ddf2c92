package stack

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/spec"
)

// The engine's own functions that read what the stack's last update left.
const (
	readOutputs   = "pulumi:pulumi:readStackOutputs"
	readResources = "pulumi:pulumi:readStackResourceOutputs"
)

// object is a value of the stack's state.
type object map[string]any

// deployed is each cluster as the stack's last update left it, by its name in
// the plan: so what this update would do to it is known before anything is
// written, in a preview too, and without asking Azure.
func deployed(state map[string]object, p *spec.Plan) map[string]spec.Deployed {
	out := map[string]spec.Deployed{}
	for i, c := range p.Clusters() {
		component := "cluster" + suffix(i, c)
		if cluster, ok := state["ManagedCluster "+component+"-cluster"]; ok {
			out[c.Name] = deployedCluster(cluster, component, p.ResourceGroupName(), state)
		}
	}
	return out
}

// narrowed lists the rule collection groups that this update narrows: they are
// written once the clusters have accepted what the update asks of them, so that
// one that refuses is not left behind a firewall that no longer lets out what it
// needs. A group that is narrowed and widened at once is written before, and
// said.
func narrowed(state map[string]object, p *spec.Plan) (groups, warnings []string) {
	for _, g := range p.Compiled.Policy.Groups {
		was, there := state["FirewallPolicyRuleCollectionGroup firewall-rules-"+g.Name]
		if !there || g.Name == policy.GroupIngress || g.Name == policy.GroupAPIServer {
			continue
		}
		text, err := json.Marshal([]any{map[string]any{"name": g.Name, "properties": map[string]any{
			"priority": g.Priority, "ruleCollections": was["ruleCollections"],
		}}})
		if err != nil {
			continue // what came as JSON is JSON
		}
		before, _, err := read.Azure(text, read.Options{})
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("the rule collection group %s of the last update cannot be read, so it is not known whether this one narrows it: %v", g.Name, err))
			continue
		}
		grows, shrinks := false, false
		for _, c := range policy.Compare(before, policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{g}}}, policy.Options{}).Changes {
			grows, shrinks = grows || c.Grows() || c.Unclear, shrinks || !c.Grows()
		}
		switch {
		case shrinks && !grows:
			groups = append(groups, g.Name)
		case shrinks:
			warnings = append(warnings, fmt.Sprintf("the rule collection group %s is widened and narrowed by one update, and written before the clusters are: if one of them refuses its part, what was narrowed stays closed; make it two updates to be safe", g.Name))
		}
	}
	return groups, warnings
}

// lastState is the outputs of each resource in the state, by type and name:
// "ManagedCluster cluster-cluster".
func lastState(ctx *pulumi.Context) (map[string]object, error) {
	self := strings.Join([]string{ctx.Organization(), ctx.Project(), ctx.Stack()}, "/")
	read := func(token, key string) (object, error) {
		answer := map[string]any{}
		if _, err := ctx.InvokePackageRaw(token, map[string]any{key: self}, &answer, ""); err != nil {
			return nil, fmt.Errorf("reading what the stack's last update left: %w", err)
		}
		return object(answer).object("outputs"), nil
	}
	// The engine cannot read the resources of a stack that was never updated.
	// An update has begun one by now; a preview has not.
	if ctx.DryRun() {
		if outputs, err := read(readOutputs, "name"); err != nil || len(outputs) == 0 {
			return nil, err
		}
	}
	all, err := read(readResources, "stackName")
	if err != nil {
		return nil, err
	}
	out := map[string]object{}
	for urn := range all {
		parts := strings.Split(urn, "::")
		token := all.object(urn).text("type")
		out[token[strings.LastIndex(token, ":")+1:]+" "+parts[len(parts)-1]] = all.object(urn).object("outputs")
	}
	return out, nil
}

func deployedCluster(cluster object, component, group string, state map[string]object) spec.Deployed {
	profile := cluster.object("networkProfile")
	if id, ok := fault.ParseID(cluster.text("id")); ok {
		group = id.Group
	}
	d := spec.Deployed{
		Location: cluster.text("location"), Group: group, Name: cluster.text("name"), NodeResourceGroup: cluster.text("nodeResourceGroup"),
		OutboundType: spec.OutboundType(profile.text("outboundType")),
		Private:      cluster.object("apiServerAccessProfile")["enablePrivateCluster"] == true,
		Version:      cluster.text("kubernetesVersion"),
	}
	d.PodCIDR, _ = netip.ParsePrefix(profile.text("podCidr"))
	d.ServiceCIDR, _ = netip.ParsePrefix(profile.text("serviceCidr"))
	d.DNSServiceIP, _ = netip.ParseAddr(profile.text("dnsServiceIP"))
	podSubnet := false
	for _, p := range cluster.list("agentPoolProfiles") {
		podSubnet = podSubnet || p.text("podSubnetID") != ""
		if _, own := state["AgentPool "+component+"-pool-"+p.text("name")]; !own {
			d.Pools = append(d.Pools, deployedPool(p))
			d.Inline = p.text("name")
		}
	}
	for name, p := range state {
		if pool, ok := strings.CutPrefix(name, "AgentPool "+component+"-pool-"); ok {
			made := deployedPool(p)
			made.Name = pool
			d.Pools = append(d.Pools, made)
		}
	}
	switch plugin, mode, dataplane := profile.text("networkPlugin"), profile.text("networkPluginMode"), profile.text("networkDataplane"); {
	case plugin == "kubenet":
		d.Plugin = spec.Kubenet
	case dataplane == "cilium":
		d.Plugin = spec.Cilium
	case mode == "overlay":
		d.Plugin = spec.AzureOverlay
	case podSubnet:
		d.Plugin = spec.AzurePodSubnet
	case plugin == "azure":
		d.Plugin = spec.Azure
	}
	return d
}

func deployedPool(p object) spec.DeployedPool {
	out := spec.DeployedPool{
		Name: p.text("name"), VMSize: p.text("vmSize"), Version: p.text("orchestratorVersion"), OS: spec.OS(p.text("osType")),
		MaxPods: p.number("maxPods"), Spot: p.text("scaleSetPriority") == "Spot",
		OSDiskType: spec.OSDiskType(p.text("osDiskType")), OSDiskSizeGB: p.number("osDiskSizeGB"),
	}
	zones, _ := p["availabilityZones"].([]any)
	for _, zone := range zones {
		out.Zones = append(out.Zones, fmt.Sprint(zone))
	}
	return out
}

func (o object) object(name string) object {
	v, _ := o[name].(map[string]any)
	return v
}

func (o object) list(name string) []object {
	var out []object
	all, _ := o[name].([]any)
	for _, v := range all {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

func (o object) text(name string) string {
	v, _ := o[name].(string)
	return v
}

func (o object) number(name string) int {
	switch v := o[name].(type) {
	case float64:
		return int(v)
	case int:
		return v
	}
	return 0
}

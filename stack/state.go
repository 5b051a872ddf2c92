package stack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

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

// readFor bounds the wait between two tries of reading the state. An update
// begins by writing that the stack exists, in two files where the state is kept
// in a folder: who reads between the two gets EOF.
const readFor = time.Second

// object is a value of the stack's state.
type object map[string]any

// deployed is what the stack's last update left, as it was sent and as a refresh
// has put it right: so what this update would do is known before anything is
// written, and without asking Azure. Only a preview of a stack whose first
// update failed does not see it; the update itself does.
func deployed(state map[string]object, p *spec.Plan) spec.DeployedStack {
	out := deployedFirewall(state, "firewall")
	out.Clusters, out.VNet = map[string]spec.Deployed{}, state["VirtualNetwork network-vnet"].sent().text("virtualNetworkName")
	planned := map[string]bool{}
	for i, c := range p.Clusters() {
		component := "cluster" + suffix(i, c)
		planned[component] = true
		if cluster, ok := state["ManagedCluster "+component+"-cluster"]; ok {
			out.Clusters[c.Name] = deployedCluster(cluster, component, c, state)
		}
	}
	for name := range state {
		if component, ok := strings.CutPrefix(name, "ManagedCluster "); ok && !planned[strings.TrimSuffix(component, "-cluster")] {
			out.Others = append(out.Others, strings.TrimSuffix(component, "-cluster"))
		}
	}
	slices.Sort(out.Others)
	return out
}

// Running is what the last update left of a cluster of the plan that the
// component of that name made, for a program that makes the components one by
// one; nil where there is none, or this update gives it up. The error is what
// this update may not do to it, by the spec's paths. A preview of a stack without
// outputs sees nothing of it: the engine cannot read one that was never updated
// (pulumi 3.250 panics), and tells the two apart by their outputs alone.
func Running(ctx *pulumi.Context, component string, p *spec.Plan, c spec.Cluster) (was *spec.Deployed, warnings fault.List, err error) {
	state, err := lastState(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	cluster, ok := state["ManagedCluster "+component+"-cluster"]
	if !ok {
		return nil, nil, nil
	}
	d := deployedCluster(cluster, component, c, state)
	// Where it is and what it stands on are the program's, not the plan's.
	d.NodeSubnet, d.PodSubnet = spec.DeployedSubnet{}, spec.DeployedSubnet{}
	here := *p
	here.ExistingResourceGroup = d.Group
	refused, warnings, remade := here.Update(spec.DeployedStack{Clusters: map[string]spec.Deployed{c.Name: d}})
	if err := refused.Err(); err != nil || remade[c.Name] {
		return nil, warnings, err
	}
	return &d, warnings, nil
}

// RunningFirewall is the same for the firewall that a component of that name made.
// That clusters run behind it is taken for granted: they may be another stack's.
// The warnings are of rules that this update narrows: unlike a deployment, a
// component of its own does not hold them back until the clusters have accepted
// the update, since it does not know whether anything is written after them.
func RunningFirewall(ctx *pulumi.Context, component string, p *spec.Plan) (warnings []string, err error) {
	state, err := lastState(ctx, true)
	if err != nil {
		return nil, err
	}
	firewall := deployedFirewall(state, component)
	firewall.Behind = true
	refused, _, _ := p.Update(firewall)
	if err := refused.Err(); err != nil {
		return nil, err
	}
	groups, warnings := narrowed(state, p, component)
	for _, name := range groups {
		warnings = append(warnings, fmt.Sprintf("the rule collection group %s is narrowed, and written before the clusters are: if one of them refuses its part of this update, what was narrowed stays closed; make it an update of its own to be safe", name))
	}
	return warnings, nil
}

// deployedFirewall is what the last update left of a component's firewall.
func deployedFirewall(state map[string]object, component string) spec.DeployedStack {
	in := state["AzureFirewall "+component+"-firewall"].sent()
	return spec.DeployedStack{
		Firewall: in.text("azureFirewallName"), FirewallTier: spec.Tier(in.object("sku").text("tier")), FirewallZones: in.texts("zones"),
	}
}

// narrowed lists the rule collection groups that this update narrows: they are
// written once the clusters have accepted what the update asks of them, so that
// one that refuses is not left behind a firewall that no longer lets out what it
// needs. A group that is narrowed and widened at once is written before, and
// said.
func narrowed(state map[string]object, p *spec.Plan, component string) (groups, warnings []string) {
	if in := state["AzureFirewall "+component+"-firewall"].sent(); p.Firewall.Rules == spec.ClassicRules && in != nil {
		warnings = append(warnings, "classic rules are written with the firewall, before the clusters: where this update narrows them and a cluster refuses its part, what was narrowed stays closed")
	}
	for _, g := range p.Compiled.Policy.Groups {
		was, there := state["FirewallPolicyRuleCollectionGroup "+component+"-rules-"+g.Name]
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
// "ManagedCluster cluster-cluster"; with parts of what no Lockdown made.
func lastState(ctx *pulumi.Context, parts bool) (map[string]object, error) {
	self := strings.Join([]string{ctx.Organization(), ctx.Project(), ctx.Stack()}, "/")
	read := func(token, key string) (object, error) {
		var err error
		for wait := 0 * time.Millisecond; wait < readFor; wait = 2*wait + 25*time.Millisecond {
			time.Sleep(wait)
			answer := map[string]any{}
			if _, err = ctx.InvokePackageRaw(token, map[string]any{key: self}, &answer, ""); err == nil {
				return object(answer).object("outputs"), nil
			}
		}
		return nil, fmt.Errorf("reading what the stack's last update left: %w", err)
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
	// A stack holds a deployment's resources at its root or, where there is a
	// Lockdown, below that; what else it holds is another's.
	below := func(urn string) bool { return strings.Contains(urn, LockdownType+"$") }
	lockdown := false
	for urn := range all {
		lockdown = lockdown || below(urn) && !parts
	}
	out := map[string]object{}
	for urn := range all {
		if below(urn) != lockdown {
			continue
		}
		parts := strings.Split(urn, "::")
		token := all.object(urn).text("type")
		out[token[strings.LastIndex(token, ":")+1:]+" "+parts[len(parts)-1]] = all.object(urn).object("outputs")
	}
	return out, nil
}

func deployedCluster(cluster object, component string, c spec.Cluster, state map[string]object) spec.Deployed {
	in := cluster.sent()
	profile := in.object("networkProfile")
	d := spec.Deployed{
		Location: in.text("location"), Group: in.text("resourceGroupName"), Name: in.text("resourceName"), DNSPrefix: in.text("dnsPrefix"), NodeResourceGroup: in.text("nodeResourceGroup"),
		OutboundType: spec.OutboundType(profile.text("outboundType")),
		Policy:       spec.NetworkPolicy(profile.text("networkPolicy")),
		Private:      in.object("apiServerAccessProfile")["enablePrivateCluster"] == true,
		Version:      cmp.Or(cluster.text("kubernetesVersion"), in.text("kubernetesVersion")),
	}
	d.PodCIDR, _ = netip.ParsePrefix(profile.text("podCidr"))
	d.ServiceCIDR, _ = netip.ParsePrefix(profile.text("serviceCidr"))
	d.DNSServiceIP, _ = netip.ParseAddr(profile.text("dnsServiceIP"))
	podSubnet := ""
	// A refresh lists every pool of the cluster in its body: those that are
	// resources of their own, and those that somebody else has made.
	for i, p := range in.list("agentPoolProfiles") {
		podSubnet = cmp.Or(podSubnet, p.text("podSubnetID"))
		if i == 0 {
			d.NodeSubnet = madeSubnet(p.text("vnetSubnetID"), state)
		}
		name := p.text("name")
		if _, own := state["AgentPool "+component+"-pool-"+name]; own {
			continue
		}
		d.Pools = append(d.Pools, deployedPool(p, cluster.named("agentPoolProfiles", name), name))
		if declared := slices.ContainsFunc(c.NodePools, func(p spec.NodePool) bool { return p.Name == name }); d.Inline == "" || declared {
			d.Inline = name
		}
	}
	d.PodSubnet = madeSubnet(podSubnet, state)
	for name, p := range state {
		if pool, ok := strings.CutPrefix(name, "AgentPool "+component+"-pool-"); ok {
			d.Pools = append(d.Pools, deployedPool(p.sent(), p, pool))
		}
	}
	switch plugin, mode, dataplane := profile.text("networkPlugin"), profile.text("networkPluginMode"), profile.text("networkDataplane"); {
	case plugin == "kubenet":
		d.Plugin = spec.Kubenet
	case dataplane == "cilium":
		d.Plugin = spec.Cilium
	case mode == "overlay":
		d.Plugin = spec.AzureOverlay
	case podSubnet != "":
		d.Plugin = spec.AzurePodSubnet
	case plugin == "azure":
		d.Plugin = spec.Azure
	}
	return d
}

// madeSubnet is the subnet with an ID, if the stack made it.
func madeSubnet(id string, state map[string]object) spec.DeployedSubnet {
	of, ok := fault.ParseID(id)
	if !ok {
		return spec.DeployedSubnet{}
	}
	for name, s := range state {
		in := s.sent()
		if strings.HasPrefix(name, "Subnet routing") && in.text("subnetName") == of.Name && in.text("virtualNetworkName") == of.Parent {
			prefix, _ := netip.ParsePrefix(in.text("addressPrefix"))
			return spec.DeployedSubnet{VNet: of.Parent, Name: of.Name, Prefix: prefix}
		}
	}
	return spec.DeployedSubnet{}
}

// deployedPool is a pool as it was sent, and as Azure has shown it since.
func deployedPool(p, shown object, name string) spec.DeployedPool {
	out := spec.DeployedPool{
		Name: name, VMSize: p.text("vmSize"), OS: spec.OS(p.text("osType")),
		MaxPods: p.number("maxPods"), Spot: p.text("scaleSetPriority") == "Spot",
		OSDiskType: spec.OSDiskType(p.text("osDiskType")), OSDiskSizeGB: p.number("osDiskSizeGB"),
		VersionSent: p.text("orchestratorVersion"), Version: cmp.Or(shown.text("currentOrchestratorVersion"), shown.text("orchestratorVersion")),
	}
	out.Zones = p.texts("availabilityZones")
	return out
}

// sent are a resource's inputs, which azure-native keeps among its outputs, and
// compares with the next ones.
func (o object) sent() object {
	if in := o.object("__inputs"); in != nil {
		return in
	}
	return o
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

// named is the object of a list that has the name.
func (o object) named(list, name string) object {
	all := o.list(list)
	if i := slices.IndexFunc(all, func(p object) bool { return p.text("name") == name }); i >= 0 {
		return all[i]
	}
	return nil
}

func (o object) texts(name string) []string {
	var out []string
	all, _ := o[name].([]any)
	for _, v := range all {
		out = append(out, fmt.Sprint(v))
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

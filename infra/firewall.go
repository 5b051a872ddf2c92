package infra

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20210501preview"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/spec"
)

// FirewallType is the type token of [Firewall].
const FirewallType = "aks-egress:index:Firewall"

// writeTimeout bounds one write to a firewall, its policy or a rule
// collection group. A change takes three to five minutes as a rule and has
// been seen to take far longer (Microsoft, Azure Firewall known issues,
// 2025-04-13); the engine does not hand timeouts down to children.
const writeTimeout = "90m"

// FirewallWires are what a Firewall takes from other resources. An existing
// firewall needs none of them.
type FirewallWires struct {
	Wires
	SubnetID           pulumi.StringInput `key:"subnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"The ID of AzureFirewallSubnet. The network, the firewall and its public IPs must be in the same resource group."`
	ManagementSubnetID pulumi.StringInput `key:"managementSubnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"The ID of AzureFirewallManagementSubnet, where the settings have one."`
	// After names groups that are written by OpenAPIServers, after the clusters:
	// those that an update only narrows.
	After []string
}

// Missing lists what is needed and not given.
func (w FirewallWires) Missing(p *spec.Plan, c spec.Cluster) []string { return w.wired(p, c).missing() }

func (w FirewallWires) wired(p *spec.Plan, c spec.Cluster) wired {
	return append(wired{
		{"SubnetID", p.Sound() && p.Firewall.ExistingFirewallID == "" && w.SubnetID == nil},
		{"ManagementSubnetID", p.Sound() && p.Network.FirewallManagementSubnet.IsValid() && w.ManagementSubnetID == nil},
	}, w.Wires.wired(p, c)...)
}

// Firewall is an Azure Firewall with its public IPs, its policy and the rules
// in it.
type Firewall struct {
	pulumi.ResourceState

	FirewallID   pulumi.StringOutput      `pulumi:"firewallId" doc:"The firewall's resource ID."`
	PolicyID     pulumi.StringOutput      `pulumi:"policyId" doc:"The firewall policy's resource ID; empty with classic rules."`
	PrivateIP    pulumi.StringOutput      `pulumi:"privateIp" doc:"The firewall's private IP, the next hop of every node. It is resolved once the firewall runs with all its rules, and is an error when Azure gave another one than the settings expect."`
	PublicIPs    pulumi.StringArrayOutput `pulumi:"publicIps" doc:"The addresses that the firewall sends from."`
	EgressRanges pulumi.StringArrayOutput `pulumi:"egressRanges" doc:"Where everything behind the firewall comes from: a /32 for each public IP, reserved ones too, or the prefixes. Authorize them at the API server and route them to the Internet."`

	// Ranges are the EgressRanges one by one, as RoutingWires and ClusterWires
	// take them: how many there are is known
	// before anything is made.
	Ranges []pulumi.StringInput

	// Azure and Policy are the firewall and its policy themselves; nil where
	// they are existing ones.
	Azure  *network.AzureFirewall
	Policy *network.FirewallPolicy

	c       *component
	after   []policy.Group // what is written after the clusters
	known   known
	policy  existing
	written []pulumi.Resource // the policy, its groups and the firewall
}

// NewFirewall makes the public IPs, the policy, its rule collection groups one
// after another (Azure takes one write at a time per policy), and last the
// firewall: one provisioning, already filled. Groups that name an API server
// are written later, with OpenAPIServers.
//
// An existing firewall is neither changed nor destroyed: it is read, that its
// policy is the plan's is checked, and the groups are added to that policy.
func NewFirewall(ctx *pulumi.Context, name string, p *spec.Plan, w FirewallWires, opts ...pulumi.ResourceOption) (*Firewall, error) {
	fw := &Firewall{}
	c, err := register(ctx, FirewallType, name, p, w.Wires, fw, w.wired(p, spec.Cluster{}), opts)
	if err != nil {
		return nil, err
	}
	fw.c = c
	now, late := p.Compiled.Policy.Split()
	for _, g := range now {
		if slices.Contains(w.After, g.Name) {
			late = append(late, g)
		}
	}
	now = slices.DeleteFunc(now, func(g policy.Group) bool { return slices.Contains(w.After, g.Name) })
	fw.after = late
	if p.Firewall.ExistingFirewallID != "" {
		if err := fw.existing(now); err != nil {
			return nil, err
		}
		return fw, fw.outputs()
	}
	ips, err := fw.publicIPs()
	if err != nil {
		return nil, err
	}
	attached, _ := p.Firewall.Addresses()
	k := known{}
	for _, ip := range ips {
		k.publicIPs = append(k.publicIPs, ip.IpAddress.Elem())
	}
	fw.known = k
	args := &network.AzureFirewallArgs{
		AzureFirewallName: pulumi.String(p.FirewallName()),
		ResourceGroupName: c.ResourceGroupName,
		Location:          c.location(),
		Sku:               &network.AzureFirewallSkuArgs{Name: pulumi.String("AZFW_VNet"), Tier: pulumi.String(string(p.Firewall.Tier))},
		Zones:             list(p.Firewall.Zones),
		Tags:              c.tags(),
		IpConfigurations:  fw.configurations(w.SubnetID, ips[:attached]),
	}
	if a := p.Firewall.Autoscale; a != (spec.Autoscale{}) {
		args.AutoscaleConfiguration = &network.AzureFirewallAutoscaleConfigurationArgs{MinCapacity: pulumi.Int(a.Min), MaxCapacity: pulumi.Int(a.Max)}
	}
	fw.PolicyID = pulumi.String("").ToStringOutput()
	if p.Firewall.Rules == spec.ClassicRules {
		rules, err := k.classicRules(now)
		if err != nil {
			return nil, err
		}
		args.NatRuleCollections = rules.nat
		args.NetworkRuleCollections = rules.network
		args.ApplicationRuleCollections = rules.application
		args.ThreatIntelMode = pulumi.String(string(p.Firewall.ThreatIntel))
		args.AdditionalProperties = classicProperties(p)
	} else {
		if err := fw.policyWith(now, k); err != nil {
			return nil, err
		}
		args.FirewallPolicy = &network.SubResourceArgs{Id: fw.PolicyID}
	}
	if p.Network.FirewallManagementSubnet.IsValid() {
		ip, err := fw.publicIP(name+"-management-public-ip", p.FirewallName()+"-mgmt-publicip", nil)
		if err != nil {
			return nil, err
		}
		args.ManagementIpConfiguration = &network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(p.FirewallName() + "-mgmt-config"),
			PublicIPAddress: network.SubResourceArgs{Id: ip.ID()},
			Subnet:          network.SubResourceArgs{Id: w.ManagementSubnetID},
		}
	}
	firewall, err := network.NewAzureFirewall(ctx, name+"-firewall", args, c.child(fw.written...), timeouts())
	if err != nil {
		return nil, err
	}
	fw.Azure, fw.written = firewall, append(fw.written, firewall)

	fw.FirewallID = firewall.ID().ToStringOutput()
	fw.PrivateIP = fw.privateIP(firewall, p.ExpectedPrivateIP())
	public := []pulumi.StringOutput{}
	for _, ip := range ips[:attached] {
		public = append(public, ip.IpAddress.Elem())
	}
	fw.PublicIPs = pulumi.ToStringArrayOutput(public)
	if id := p.Firewall.Diagnostics.WorkspaceID; id != "" {
		if err := c.diagnose(fw.FirewallID, c.input(id), diagnosticCategories); err != nil {
			return nil, err
		}
	}
	return fw, fw.outputs()
}

// configurations attach the public IPs. Azure wants the subnet on the first
// one, and on no other. With forced tunnelling there is no public IP.
func (fw *Firewall) configurations(subnet pulumi.StringInput, ips []*network.PublicIPAddress) network.AzureFirewallIPConfigurationArray {
	config := fw.c.plan.FirewallName() + "config"
	in := network.SubResourceArgs{Id: subnet}
	if len(ips) == 0 {
		return network.AzureFirewallIPConfigurationArray{network.AzureFirewallIPConfigurationArgs{Name: pulumi.String(config), Subnet: in}}
	}
	var out network.AzureFirewallIPConfigurationArray
	for i, ip := range ips {
		c := network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(numbered(config, i)),
			PublicIPAddress: network.SubResourceArgs{Id: ip.ID()},
		}
		if i == 0 {
			c.Subnet = in
		}
		out = append(out, c)
	}
	return out
}

func (fw *Firewall) outputs() error {
	fw.EgressRanges = pulumi.StringArray(fw.Ranges).ToStringArrayOutput()
	return fw.c.ctx.RegisterResourceOutputs(fw, pulumi.Map{
		"firewallId":   fw.FirewallID,
		"policyId":     fw.PolicyID,
		"privateIp":    fw.PrivateIP,
		"publicIps":    fw.PublicIPs,
		"egressRanges": fw.EgressRanges,
	})
}

// existing reads a firewall that is there already and adds the groups to its
// policy.
func (fw *Firewall) existing(groups []policy.Group) error {
	c, f := fw.c, fw.c.plan.Firewall
	at := c.existing(f.ExistingFirewallID)
	found := network.LookupAzureFirewallOutput(c.ctx, network.LookupAzureFirewallOutputArgs{
		ResourceGroupName: at.group, AzureFirewallName: at.name,
	}, at.read(fw)...)
	fw.FirewallID = at.id
	expected := c.plan.ExpectedPrivateIP()
	private := pulumi.All(found, c.input(f.ExistingPolicyID), at.id).ApplyT(func(v []any) (string, error) {
		f, ok := v[0].(network.LookupAzureFirewallResult)
		if !ok || f.FirewallPolicy == nil || f.FirewallPolicy.Id == nil || !strings.EqualFold(*f.FirewallPolicy.Id, fmt.Sprint(v[1])) {
			return "", fmt.Errorf("firewall.existingFirewallPolicyId: %s is not the policy of %s: rules written to it would let nothing out", v[1], v[2])
		}
		if len(f.IpConfigurations) == 0 || f.IpConfigurations[0].PrivateIPAddress == "" {
			return "", fmt.Errorf("firewall.existingFirewallId: %s has no private IP; is it stopped?", v[2])
		}
		return f.IpConfigurations[0].PrivateIPAddress, unexpected(f.IpConfigurations[0].PrivateIPAddress, expected)
	}).(pulumi.StringOutput)
	k := known{}
	for _, r := range addresses(f.ExistingPublicIPs) {
		fw.Ranges = append(fw.Ranges, pulumi.String(r))
		k.publicIPs = append(k.publicIPs, pulumi.String(strings.TrimSuffix(r, "/32")).ToStringOutput())
	}
	fw.PublicIPs, fw.known = pulumi.ToStringArrayOutput(k.publicIPs), k
	if err := fw.policyWith(groups, k); err != nil {
		return err
	}
	fw.PrivateIP = After(private, fw.written...)
	return nil
}

// diagnosticCategories are the firewall's resource-specific logs (Microsoft,
// Azure Firewall monitoring data reference, 2025).
var diagnosticCategories = []string{
	"AZFWApplicationRule", "AZFWNetworkRule", "AZFWNatRule", "AZFWThreatIntel", "AZFWIdpsSignature",
	"AZFWDnsQuery", "AZFWFqdnResolveFailure",
}

// diagnose sends a resource's logs to a workspace.
func (c *component) diagnose(resource, workspace pulumi.StringInput, categories []string) error {
	var logs insights.LogSettingsArray
	for _, category := range categories {
		logs = append(logs, insights.LogSettingsArgs{Category: pulumi.String(category), Enabled: pulumi.Bool(true)})
	}
	_, err := insights.NewDiagnosticSetting(c.ctx, c.name+"-diagnostics", &insights.DiagnosticSettingArgs{
		Name:                        pulumi.String("aks-egress"),
		ResourceUri:                 resource,
		WorkspaceId:                 workspace.ToStringOutput(),
		LogAnalyticsDestinationType: pulumi.String("Dedicated"),
		Logs:                        logs,
	}, c.child())
	return err
}

// publicIPs makes the addresses and sets Ranges. Names are stable by index, so
// that growing and shrinking happens at the tail.
func (fw *Firewall) publicIPs() ([]*network.PublicIPAddress, error) {
	c, f := fw.c, fw.c.plan.Firewall
	attached, reserved := f.Addresses()
	var prefixes []*network.PublicIPPrefix
	for i := range f.Prefixes() {
		p, err := network.NewPublicIPPrefix(c.ctx, numbered(c.name+"-public-ip-prefix", i), &network.PublicIPPrefixArgs{
			PublicIpPrefixName:     pulumi.String(numbered(c.plan.FirewallName()+"publicipprefix", i)),
			ResourceGroupName:      c.ResourceGroupName,
			Location:               c.location(),
			Sku:                    &network.PublicIPPrefixSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
			PrefixLength:           pulumi.Int(f.PublicIPPrefixLength),
			PublicIPAddressVersion: pulumi.String("IPv4"),
			Zones:                  list(f.Zones),
			Tags:                   c.tags(),
		}, c.child())
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, p)
		fw.Ranges = append(fw.Ranges, p.IpPrefix)
	}
	var ips []*network.PublicIPAddress
	for i := range attached + reserved {
		var from pulumi.StringPtrInput
		if len(prefixes) > 0 {
			from = prefixes[i>>(32-f.PublicIPPrefixLength)].ID().ToStringOutput()
		}
		ip, err := fw.publicIP(numbered(c.name+"-public-ip", i), numbered(c.plan.FirewallName()+"publicip", i), from)
		if err != nil {
			return nil, err
		}
		ips = append(ips, ip)
		if len(prefixes) == 0 {
			fw.Ranges = append(fw.Ranges, pulumi.Sprintf("%s/32", ip.IpAddress.Elem()))
		}
	}
	return ips, nil
}

func (fw *Firewall) publicIP(name, azureName string, prefixID pulumi.StringPtrInput) (*network.PublicIPAddress, error) {
	a := &network.PublicIPAddressArgs{
		PublicIpAddressName:      pulumi.String(azureName),
		ResourceGroupName:        fw.c.ResourceGroupName,
		Location:                 fw.c.location(),
		Sku:                      &network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
		PublicIPAllocationMethod: pulumi.String("Static"),
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		Zones:                    list(fw.c.plan.Firewall.Zones),
		Tags:                     fw.c.tags(),
	}
	if prefixID != nil {
		a.PublicIPPrefix = &network.SubResourceArgs{Id: prefixID}
	}
	return network.NewPublicIPAddress(fw.c.ctx, name, a, fw.c.child())
}

// policyWith makes the firewall policy and the groups that are known now.
func (fw *Firewall) policyWith(groups []policy.Group, k known) error {
	policy := fw.newPolicy
	if fw.c.plan.Firewall.ExistingPolicyID != "" {
		policy = fw.existingPolicy
	}
	if err := policy(); err != nil {
		return err
	}
	for _, g := range groups {
		if err := fw.group(fw.c.name, g, k); err != nil {
			return err
		}
	}
	return nil
}

// existingPolicy reads the existing policy and checks that the rules will work
// in it.
func (fw *Firewall) existingPolicy() error {
	at := fw.c.existing(fw.c.plan.Firewall.ExistingPolicyID)
	found := network.LookupFirewallPolicyOutput(fw.c.ctx, network.LookupFirewallPolicyOutputArgs{
		ResourceGroupName: at.group, FirewallPolicyName: at.name,
	}, at.read(fw)...)
	proxy := fw.c.plan.DNSProxy()
	fw.PolicyID, fw.policy = at.id, at
	fw.policy.name = pulumi.All(found, at.name, at.id).ApplyT(func(v []any) (string, error) {
		p, ok := v[0].(network.LookupFirewallPolicyResult)
		if proxy && (!ok || p.DnsSettings == nil || p.DnsSettings.EnableProxy == nil || !*p.DnsSettings.EnableProxy) {
			return "", fmt.Errorf("firewall.existingFirewallPolicyId: the DNS proxy of %s is off, and rules with FQDNs need it: switch it on, which is not ours to do", v[2])
		}
		return fmt.Sprint(v[1]), nil
	}).(pulumi.StringOutput)
	return nil
}

// parent is the ID of the parent policy, which Azure wants in the same region: it
// refuses another with FirewallPolicyBasePolicyDoesNotExist
// (Azure/bicep-registry-modules, hub-and-spoke#84, 2025-11).
func (fw *Firewall) parent(id string) pulumi.StringPtrInput {
	at := fw.c.existing(id)
	return pulumi.All(at.id, fw.c.region(at, "network/v20240501:getFirewallPolicy", "firewallPolicyName")).ApplyT(func(v []any) (string, error) {
		if v[1] != fw.c.plan.Location {
			return "", fmt.Errorf("firewall.parentPolicyId: %s is in %s, and the firewall's policy in %s: Azure takes a parent of the same region alone", v[0], v[1], fw.c.plan.Location)
		}
		return fmt.Sprint(v[0]), nil
	}).(pulumi.StringOutput).ToStringPtrOutput()
}

// newPolicy makes the firewall policy.
func (fw *Firewall) newPolicy() error {
	c, f := fw.c, fw.c.plan.Firewall
	name := c.plan.FirewallName() + "-policy"
	a := &network.FirewallPolicyArgs{
		FirewallPolicyName: pulumi.String(name),
		ResourceGroupName:  c.ResourceGroupName,
		Location:           c.location(),
		Sku:                &network.FirewallPolicySkuArgs{Tier: pulumi.String(string(f.Tier))},
		ThreatIntelMode:    pulumi.String(string(f.ThreatIntel)),
		Tags:               c.tags(),
	}
	if f.Tier != spec.Basic { // Basic refuses any DNS block.
		a.DnsSettings = &network.DnsSettingsArgs{EnableProxy: pulumi.Bool(c.plan.DNSProxy()), Servers: list(addresses(f.DNSServers))}
	}
	if allow := f.ThreatIntelAllowList; len(allow.FQDNs)+len(allow.IPAddresses) > 0 {
		a.ThreatIntelWhitelist = &network.FirewallPolicyThreatIntelWhitelistArgs{
			Fqdns: list(allow.FQDNs), IpAddresses: list(addresses(allow.IPAddresses)),
		}
	}
	if len(f.SNATPrivateRanges) > 0 {
		a.Snat = &network.FirewallPolicySNATArgs{PrivateRanges: list(addresses(f.SNATPrivateRanges))}
	}
	if f.ParentPolicyID != "" {
		a.BasePolicy = &network.SubResourceArgs{Id: fw.parent(f.ParentPolicyID)}
	}
	if f.Tier == spec.Premium {
		a.IntrusionDetection = &network.FirewallPolicyIntrusionDetectionArgs{Mode: pulumi.String(string(f.IDPS))}
	}
	if t := f.TLSInspection; t != (spec.TLSInspection{}) {
		a.Identity = &network.ManagedServiceIdentityArgs{
			Type:                   network.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: c.inputs([]string{t.IdentityID}),
		}
		a.TransportSecurity = &network.FirewallPolicyTransportSecurityArgs{
			CertificateAuthority: &network.FirewallPolicyCertificateAuthorityArgs{
				Name: pulumi.String("tls-inspection"), KeyVaultSecretId: c.input(t.KeyVaultSecretID),
			},
		}
	}
	p, err := network.NewFirewallPolicy(c.ctx, c.name+"-policy", a, c.child(), timeouts())
	if err != nil {
		return err
	}
	fw.Policy, fw.written = p, append(fw.written, p)
	fw.PolicyID = p.ID().ToStringOutput()
	fw.policy = existing{name: After(pulumi.String(name), p), group: c.ResourceGroupName}
	return nil
}

// group writes one rule collection group, after everything written to the
// policy before. It depends on each of them and not just on the last, so that
// groups that go away together are deleted one after another as well.
func (fw *Firewall) group(name string, g policy.Group, k known, more ...pulumi.Resource) error {
	collections, err := k.ruleCollections(g)
	if err != nil {
		return err
	}
	written, err := network.NewFirewallPolicyRuleCollectionGroup(fw.c.ctx, name+"-rules-"+g.Name, &network.FirewallPolicyRuleCollectionGroupArgs{
		RuleCollectionGroupName: pulumi.String(g.Name),
		FirewallPolicyName:      fw.policy.name,
		ResourceGroupName:       fw.policy.group,
		Priority:                pulumi.Int(g.Priority),
		RuleCollections:         collections,
	}, fw.c.child(append(more, fw.written...)...), through(fw.policy.provider), timeouts())
	if err != nil {
		return err
	}
	fw.written = append(fw.written, written)
	return nil
}

// OpenAPIServers writes what comes after the clusters, every cluster of the
// plan: the groups that name their API servers by FQDN, and those in
// FirewallWires.After.
func (fw *Firewall) OpenAPIServers(clusters ...*Cluster) error {
	fqdns := map[string]pulumi.StringInput{}
	var made []pulumi.Resource
	for _, c := range clusters {
		fqdns[c.Name] = c.FQDN
		if c.Azure != nil {
			made = append(made, c.Azure)
		}
	}
	return fw.open(fqdns, made)
}

// open writes what comes after the clusters, whose API servers have these names.
func (fw *Firewall) open(fqdns map[string]pulumi.StringInput, made []pulumi.Resource) error {
	k := known{publicIPs: fw.known.publicIPs, fqdns: fqdns}
	if all := fw.c.plan.Clusters(); len(all) == 1 {
		if fqdn, ok := fqdns[all[0].Name]; ok {
			fqdns[""] = fqdn
		}
	}
	for _, g := range fw.after {
		if err := fw.group(fw.c.name, g, k, made...); err != nil {
			return err
		}
	}
	return nil
}

// privateIP returns the firewall's private IP, or an error when it is not the
// one the network's DNS servers already name: nodes would ask a DNS server
// that is not there, and no cluster could come up. A preview has no computed
// values, and shows the expected one.
func (fw *Firewall) privateIP(firewall *network.AzureFirewall, expected string) pulumi.StringOutput {
	if fw.c.ctx.DryRun() && expected != "" {
		return After(pulumi.String(expected), firewall)
	}
	return firewall.IpConfigurations.ApplyT(func(cs []network.AzureFirewallIPConfigurationResponse) (string, error) {
		if len(cs) == 0 || cs[0].PrivateIPAddress == "" {
			return "", errors.New("the firewall has no private IP; look at its provisioning state in Azure")
		}
		return cs[0].PrivateIPAddress, unexpected(cs[0].PrivateIPAddress, expected)
	}).(pulumi.StringOutput)
}

func unexpected(got, expected string) error {
	if expected == "" || got == expected {
		return nil
	}
	return fmt.Errorf("network.firewallPrivateIp: Azure gave the firewall %s, but the virtual network's DNS servers name %s: set it to %s and run again", got, expected, got)
}

// classicProperties are the settings that classic firewalls keep in a string
// map: the DNS proxy, its servers, and the SNAT ranges.
func classicProperties(p *spec.Plan) pulumi.StringMapInput {
	m := map[string]string{}
	if p.DNSProxy() {
		m["Network.DNS.EnableProxy"] = "true"
	}
	for name, values := range map[string][]string{
		"Network.DNS.Servers":               addresses(p.Firewall.DNSServers),
		"Network.SNAT.PrivateRanges":        addresses(p.Firewall.SNATPrivateRanges),
		"ThreatIntel.Whitelist.FQDNs":       p.Firewall.ThreatIntelAllowList.FQDNs,
		"ThreatIntel.Whitelist.IpAddresses": addresses(p.Firewall.ThreatIntelAllowList.IPAddresses),
	} {
		if len(values) > 0 {
			m[name] = strings.Join(values, ",")
		}
	}
	return texts(m)
}

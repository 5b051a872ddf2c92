package infra

import (
	"errors"
	"fmt"
	"strings"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20210501preview"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/policy"
)

// FirewallType is the type token of [Firewall].
const FirewallType = "aks-egress:index:Firewall"

// writeTimeout bounds one write to a firewall, its policy or a rule
// collection group. A change takes three to five minutes as a rule and has
// been seen to take far longer (Microsoft, Azure Firewall known issues,
// 2025-04-13); the engine does not hand timeouts down to children.
const writeTimeout = "90m"

// FirewallArgs describe an Azure Firewall, its public IPs and its policy with
// every rule that is known before the clusters are.
type FirewallArgs struct {
	// ResourceGroupName is the resource group; the network's and the public
	// IPs' must be the same one.
	ResourceGroupName pulumi.StringInput
	// Location is the Azure region, e.g. "eastus".
	Location string
	// FirewallName is the firewall's name in Azure. The policy is
	// "<name>-policy", the IP configurations "<name>config", "<name>config-2"…,
	// the public IPs "<name>publicip", "<name>publicip-2"….
	FirewallName string
	// SubnetID is the ID of AzureFirewallSubnet.
	SubnetID pulumi.StringInput
	// ManagementSubnetID is the ID of AzureFirewallManagementSubnet: needed
	// for the Basic tier and for forced tunnelling, else nil.
	ManagementSubnetID pulumi.StringInput
	// ExpectedPrivateIP is the address the virtual network's DNS servers
	// already name. When Azure gives the firewall another one, the deployment
	// stops before anything uses it. Empty expects nothing.
	ExpectedPrivateIP string

	// ExistingFirewallID is a firewall to use instead. It is neither changed
	// nor destroyed; its rules go into ExistingPolicyID, which must be its
	// policy, and ExistingRanges are where it sends from. Nothing below up to
	// Groups applies.
	ExistingFirewallID string
	// ExistingRanges are the CIDRs an existing firewall sends from.
	ExistingRanges []string
	// ExistingPolicyID is a firewall policy the groups are added to. Its
	// settings are checked and never changed.
	ExistingPolicyID string

	// Tier is Basic, Standard or Premium; empty is Standard.
	Tier string
	// Zones are availability zones "1".."3", for the firewall and all of its
	// public IPs: Azure wants them equal.
	Zones []string
	// PublicIPs is how many public IPs the firewall sends from, 1..250. Each
	// carries 2,496 SNAT ports an instance.
	PublicIPs int
	// ReservedPublicIPs is how many more are made, routed and authorized but
	// not yet attached. Raise PublicIPs by as many later, and every address
	// the firewall sends from has been authorized before.
	ReservedPublicIPs int
	// PublicIPPrefixes is how many public IP prefixes the public IPs are
	// taken from; 0 makes standalone addresses. A prefix is routed and
	// authorized whole.
	PublicIPPrefixes int
	// PublicIPPrefixLength is the length of each prefix, 28..31; 0 is 28,
	// sixteen addresses.
	PublicIPPrefixLength int

	// ForcedTunnelling sends everything on to the premises: the firewall has
	// no public IP of its own save the management one, so nothing above about
	// public IPs applies, and there is no DNAT. It needs ManagementSubnetID,
	// and the way to the premises is yours to route.
	ForcedTunnelling bool

	// Groups are the rule collection groups, in the order of their
	// priorities. Those that name an API server are written later, with
	// OpenAPIServers.
	Groups []policy.Group
	// Classic puts the rules on the firewall itself instead of a policy:
	// Standard only, and no rule can be added once the cluster is known.
	Classic bool
	// DNSProxy makes the firewall answer DNS on its private IP. FQDNs in
	// network rules need it; the Basic tier has none.
	DNSProxy bool
	// DNSServers are the servers the proxy asks; empty asks Azure's.
	DNSServers []string
	// ThreatIntel is Off, Alert or Deny; empty is Alert.
	ThreatIntel string
	// ThreatIntelAllowFQDNs and ThreatIntelAllowAddresses are exempt from it.
	ThreatIntelAllowFQDNs     []string
	ThreatIntelAllowAddresses []string
	// SNATPrivateRanges are the ranges reached without SNAT; empty leaves
	// Azure's (RFC 1918 and RFC 6598). A list of your own must repeat those.
	SNATPrivateRanges []string
	// ParentPolicyID is a policy whose groups are evaluated before these.
	ParentPolicyID string
	// IDPS is Off, Alert or Deny: Premium only; empty sends nothing.
	IDPS string
	// TLSInspection names the CA certificate for TLS inspection: Premium only.
	TLSInspection *TLSInspection

	// DiagnosticsWorkspaceID is a Log Analytics workspace that gets the
	// firewall's logs, in the resource-specific AZFW tables; empty: none.
	DiagnosticsWorkspaceID string

	// Tags go on everything that takes tags.
	Tags map[string]string
}

// TLSInspection names the intermediate CA certificate of a Premium firewall.
type TLSInspection struct {
	// KeyVaultSecretID is the certificate's secret, with or without version.
	KeyVaultSecretID string
	// IdentityID is a user-assigned identity that may read it.
	IdentityID string
}

// Validate reports every fault of the args at once.
func (a *FirewallArgs) Validate() error {
	f := &faults{component: "Firewall"}
	f.present("ResourceGroupName", a.ResourceGroupName != nil)
	f.required("FirewallName", a.FirewallName)
	if a.ExistingPolicyID != "" {
		f.resourceID("ExistingPolicyID", a.ExistingPolicyID, "Microsoft.Network/firewallPolicies")
	}
	if a.ExistingFirewallID != "" {
		f.resourceID("ExistingFirewallID", a.ExistingFirewallID, "Microsoft.Network/azureFirewalls")
		f.required("ExistingPolicyID", a.ExistingPolicyID)
		if len(a.ExistingRanges) == 0 {
			f.add("ExistingRanges", "missing", "give the public addresses the firewall sends from: routes and authorized ranges need them")
		}
		for i, r := range a.ExistingRanges {
			f.cidr(fmt.Sprintf("ExistingRanges[%d]", i), r, 32)
		}
		return f.err()
	}
	f.present("SubnetID", a.SubnetID != nil)
	f.required("Location", a.Location)
	switch a.tier() {
	case "Basic":
		if a.ManagementSubnetID == nil {
			f.add("ManagementSubnetID", "missing", "the Basic tier needs AzureFirewallManagementSubnet")
		}
		if a.DNSProxy || len(a.DNSServers) > 0 {
			f.add("DNSProxy", "the Basic tier has no DNS settings", "leave DNSProxy and DNSServers unset, or take the Standard tier")
		}
	case "Standard", "Premium":
	default:
		f.add("Tier", fmt.Sprintf("%q is no tier", a.Tier), "write Basic, Standard or Premium")
	}
	if a.tier() != "Premium" && (a.IDPS != "" || a.TLSInspection != nil) {
		f.add("IDPS", "IDPS and TLS inspection are Premium features", "take the Premium tier, or leave them unset")
	}
	if a.ForcedTunnelling {
		if a.ManagementSubnetID == nil {
			f.add("ManagementSubnetID", "missing", "forced tunnelling needs AzureFirewallManagementSubnet")
		}
		if a.PublicIPs+a.ReservedPublicIPs+a.PublicIPPrefixes > 0 {
			f.add("ForcedTunnelling", "given with public IPs", "leave PublicIPs, ReservedPublicIPs and PublicIPPrefixes 0")
		}
	} else if a.PublicIPs < 1 || a.PublicIPs > 250 {
		f.add("PublicIPs", fmt.Sprintf("%d is outside 1..250", a.PublicIPs), "Azure takes 1 to 250 public IPs a firewall")
	}
	if a.ReservedPublicIPs < 0 || a.PublicIPs <= 250 && a.PublicIPs+a.ReservedPublicIPs > 250 {
		f.add("ReservedPublicIPs", fmt.Sprintf("%d with %d public IPs is outside 0..250 together", a.ReservedPublicIPs, a.PublicIPs), "reserve fewer")
	}
	if a.PublicIPPrefixes < 0 || a.prefixLength() < 28 || a.prefixLength() > 31 {
		f.add("PublicIPPrefixLength", fmt.Sprintf("%d prefixes of length %d", a.PublicIPPrefixes, a.PublicIPPrefixLength), "give 0 or more prefixes of length 28 to 31")
	} else if room := a.PublicIPPrefixes << (32 - a.prefixLength()); a.PublicIPPrefixes > 0 && room < a.PublicIPs+a.ReservedPublicIPs {
		f.add("PublicIPPrefixes", fmt.Sprintf("%d prefixes of length %d hold %d addresses, %d are asked for", a.PublicIPPrefixes, a.prefixLength(), room, a.PublicIPs+a.ReservedPublicIPs), "give more prefixes, or shorter ones")
	}
	if a.Classic && a.tier() != "Standard" {
		f.add("Classic", "classic rules are for the Standard tier", "use a firewall policy")
	}
	if a.Classic && a.ParentPolicyID+a.ExistingPolicyID != "" {
		f.add("Classic", "classic rules exclude a policy", "use a firewall policy, or leave ParentPolicyID and ExistingPolicyID unset")
	}
	for _, g := range a.Groups {
		for _, c := range g.Collections {
			if c.Kind == policy.DNAT && a.ForcedTunnelling {
				f.add("Groups", g.Name+"/"+c.Name+" is DNAT, which forced tunnelling does not support", "drop it")
			}
			for _, r := range c.Rules {
				if len(r.DestinationFQDNs) > 0 && !a.DNSProxy {
					f.add("Groups", fmt.Sprintf("%s/%s/%s has FQDNs in a network rule, which need the DNS proxy", g.Name, c.Name, r.Name), "switch DNSProxy on, or use addresses or an application rule")
				}
			}
		}
	}
	return f.err()
}

func (a *FirewallArgs) tier() string {
	if a.Tier == "" {
		return "Standard"
	}
	return a.Tier
}

func (a *FirewallArgs) prefixLength() int {
	if a.PublicIPPrefixLength == 0 {
		return 28
	}
	return a.PublicIPPrefixLength
}

func (a *FirewallArgs) threatIntel() string {
	if a.ThreatIntel == "" {
		return "Alert"
	}
	return a.ThreatIntel
}

// Firewall is an Azure Firewall with its public IPs, its policy and the rules
// in it.
type Firewall struct {
	pulumi.ResourceState

	// FirewallID is the firewall's resource ID.
	FirewallID pulumi.StringOutput `pulumi:"firewallId"`
	// PolicyID is the firewall policy's resource ID; empty with classic rules.
	PolicyID pulumi.StringOutput `pulumi:"policyId"`
	// PrivateIP is the firewall's private IP, the next hop of every node.
	// It is resolved once the firewall runs with all its rules, and is an
	// error when Azure gave another one than ExpectedPrivateIP.
	PrivateIP pulumi.StringOutput `pulumi:"privateIp"`
	// PublicIPs are the addresses the firewall sends from.
	PublicIPs pulumi.StringArrayOutput `pulumi:"publicIps"`
	// EgressRanges are the CIDRs everything behind the firewall comes from:
	// a /32 for each public IP, reserved ones too, or the prefixes. Authorize
	// them at the API server and route them to the Internet.
	EgressRanges pulumi.StringArrayOutput `pulumi:"egressRanges"`

	// Ranges are the EgressRanges one by one, as RoutingArgs.InternetRanges and
	// ClusterArgs.AuthorizedRanges take them: how many there are is known
	// before anything is made.
	Ranges []pulumi.StringInput

	policyName  pulumi.StringOutput
	policyGroup pulumi.StringInput
	written     []pulumi.Resource // the policy, its groups and the firewall
}

// NewFirewall makes the public IPs, the policy, its rule collection groups one
// after another (Azure takes one write at a time per policy), and last the
// firewall: one provisioning, already filled.
func NewFirewall(ctx *pulumi.Context, name string, args *FirewallArgs, opts ...pulumi.ResourceOption) (*Firewall, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	fw := &Firewall{}
	if err := ctx.RegisterComponentResource(FirewallType, name, fw, opts...); err != nil {
		return nil, err
	}
	if args.ExistingFirewallID != "" {
		if err := fw.existing(ctx, name, args); err != nil {
			return nil, err
		}
		return fw, fw.outputs(ctx)
	}
	ips, err := fw.publicIPs(ctx, name, args)
	if err != nil {
		return nil, err
	}
	k := known{}
	for _, ip := range ips {
		k.publicIPs = append(k.publicIPs, ip.IpAddress.Elem())
	}

	firewallArgs := &network.AzureFirewallArgs{
		AzureFirewallName: pulumi.String(args.FirewallName),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Sku:               &network.AzureFirewallSkuArgs{Name: pulumi.String("AZFW_VNet"), Tier: pulumi.String(args.tier())},
		Zones:             list(args.Zones),
		Tags:              tags(args.Tags),
	}
	fw.PolicyID = pulumi.String("").ToStringOutput()
	if args.Classic {
		rules, err := k.classicRules(args.Groups)
		if err != nil {
			return nil, err
		}
		firewallArgs.NatRuleCollections = rules.nat
		firewallArgs.NetworkRuleCollections = rules.network
		firewallArgs.ApplicationRuleCollections = rules.application
		firewallArgs.ThreatIntelMode = pulumi.String(args.threatIntel())
		firewallArgs.AdditionalProperties = classicProperties(args)
	} else {
		if err := fw.policy(ctx, name, args, k); err != nil {
			return nil, err
		}
		firewallArgs.FirewallPolicy = &network.SubResourceArgs{Id: fw.PolicyID}
	}
	var attached network.AzureFirewallIPConfigurationArray
	for i, ip := range ips[:args.PublicIPs] {
		c := network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(numbered(args.FirewallName+"config", i)),
			PublicIPAddress: network.SubResourceArgs{Id: ip.ID()},
		}
		if i == 0 { // Azure wants the subnet on the first one, and on no other.
			c.Subnet = network.SubResourceArgs{Id: args.SubnetID}
		}
		attached = append(attached, c)
	}
	if args.ForcedTunnelling {
		attached = network.AzureFirewallIPConfigurationArray{network.AzureFirewallIPConfigurationArgs{
			Name: pulumi.String(args.FirewallName + "config"), Subnet: network.SubResourceArgs{Id: args.SubnetID},
		}}
	}
	firewallArgs.IpConfigurations = attached
	if args.ManagementSubnetID != nil {
		ip, err := publicIP(ctx, name+"-management-public-ip", args, args.FirewallName+"-mgmt-publicip", nil, pulumi.Parent(fw))
		if err != nil {
			return nil, err
		}
		firewallArgs.ManagementIpConfiguration = &network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(args.FirewallName + "-mgmt-config"),
			PublicIPAddress: network.SubResourceArgs{Id: ip.ID()},
			Subnet:          network.SubResourceArgs{Id: args.ManagementSubnetID},
		}
	}
	firewall, err := network.NewAzureFirewall(ctx, name+"-firewall", firewallArgs,
		pulumi.Parent(fw), pulumi.DependsOn(fw.written), timeouts())
	if err != nil {
		return nil, err
	}
	fw.written = append(fw.written, firewall)

	fw.FirewallID = firewall.ID().ToStringOutput()
	fw.PrivateIP = privateIP(firewall, args.ExpectedPrivateIP, ctx.DryRun())
	fw.PublicIPs = addresses(ips[:args.PublicIPs])
	if args.DiagnosticsWorkspaceID != "" {
		if err := fw.diagnose(ctx, name, args.DiagnosticsWorkspaceID); err != nil {
			return nil, err
		}
	}
	return fw, fw.outputs(ctx)
}

func (fw *Firewall) outputs(ctx *pulumi.Context) error {
	fw.EgressRanges = pulumi.StringArray(fw.Ranges).ToStringArrayOutput()
	return ctx.RegisterResourceOutputs(fw, pulumi.Map{
		"firewallId":   fw.FirewallID,
		"policyId":     fw.PolicyID,
		"privateIp":    fw.PrivateIP,
		"publicIps":    fw.PublicIPs,
		"egressRanges": fw.EgressRanges,
	})
}

// existing reads a firewall that is there already and adds the groups to its
// policy.
func (fw *Firewall) existing(ctx *pulumi.Context, name string, args *FirewallArgs) error {
	id, err := parseID(args.ExistingFirewallID)
	if err != nil {
		return err
	}
	found := network.LookupAzureFirewallOutput(ctx, network.LookupAzureFirewallOutputArgs{
		ResourceGroupName: pulumi.String(id.Group), AzureFirewallName: pulumi.String(id.Name),
	}, pulumi.Parent(fw))
	fw.FirewallID = pulumi.String(args.ExistingFirewallID).ToStringOutput()
	private := found.ApplyT(func(f network.LookupAzureFirewallResult) (string, error) {
		if f.FirewallPolicy == nil || f.FirewallPolicy.Id == nil || !strings.EqualFold(*f.FirewallPolicy.Id, args.ExistingPolicyID) {
			return "", fmt.Errorf("ExistingPolicyID (aks-egress:firewall.existingFirewallPolicyId): %s is not the policy of %s: rules written to it would let nothing out", args.ExistingPolicyID, args.ExistingFirewallID)
		}
		if len(f.IpConfigurations) == 0 || f.IpConfigurations[0].PrivateIPAddress == "" {
			return "", fmt.Errorf("ExistingFirewallID (aks-egress:firewall.existingFirewallId): %s has no private IP; is it stopped?", args.ExistingFirewallID)
		}
		got := f.IpConfigurations[0].PrivateIPAddress
		if args.ExpectedPrivateIP != "" && got != args.ExpectedPrivateIP {
			return "", unexpected(got, args.ExpectedPrivateIP)
		}
		return got, nil
	}).(pulumi.StringOutput)
	k := known{}
	for _, r := range args.ExistingRanges {
		fw.Ranges = append(fw.Ranges, pulumi.String(r))
		k.publicIPs = append(k.publicIPs, pulumi.String(strings.TrimSuffix(r, "/32")).ToStringOutput())
	}
	fw.PublicIPs = pulumi.ToStringArrayOutput(k.publicIPs)
	if err := fw.policy(ctx, name, args, k); err != nil {
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

// diagnose sends the firewall's logs to a workspace.
func (fw *Firewall) diagnose(ctx *pulumi.Context, name, workspace string) error {
	var logs insights.LogSettingsArray
	for _, c := range diagnosticCategories {
		logs = append(logs, insights.LogSettingsArgs{Category: pulumi.String(c), Enabled: pulumi.Bool(true)})
	}
	_, err := insights.NewDiagnosticSetting(ctx, name+"-diagnostics", &insights.DiagnosticSettingArgs{
		Name:                        pulumi.String("aks-egress"),
		ResourceUri:                 fw.FirewallID,
		WorkspaceId:                 pulumi.String(workspace),
		LogAnalyticsDestinationType: pulumi.String("Dedicated"),
		Logs:                        logs,
	}, pulumi.Parent(fw))
	return err
}

// publicIPs makes the addresses and sets Ranges. Names are stable by index, so
// that growing and shrinking happens at the tail.
func (fw *Firewall) publicIPs(ctx *pulumi.Context, name string, args *FirewallArgs) ([]*network.PublicIPAddress, error) {
	var prefixes []*network.PublicIPPrefix
	for i := range args.PublicIPPrefixes {
		p, err := network.NewPublicIPPrefix(ctx, numbered(name+"-public-ip-prefix", i), &network.PublicIPPrefixArgs{
			PublicIpPrefixName:     pulumi.String(numbered(args.FirewallName+"publicipprefix", i)),
			ResourceGroupName:      args.ResourceGroupName,
			Location:               pulumi.String(args.Location),
			Sku:                    &network.PublicIPPrefixSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
			PrefixLength:           pulumi.Int(args.prefixLength()),
			PublicIPAddressVersion: pulumi.String("IPv4"),
			Zones:                  list(args.Zones),
			Tags:                   tags(args.Tags),
		}, pulumi.Parent(fw))
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, p)
		fw.Ranges = append(fw.Ranges, p.IpPrefix)
	}
	var ips []*network.PublicIPAddress
	for i := range args.PublicIPs + args.ReservedPublicIPs {
		var from pulumi.StringPtrInput
		if len(prefixes) > 0 {
			from = prefixes[i>>(32-args.prefixLength())].ID().ToStringOutput()
		}
		ip, err := publicIP(ctx, numbered(name+"-public-ip", i), args, numbered(args.FirewallName+"publicip", i), from, pulumi.Parent(fw))
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

func publicIP(ctx *pulumi.Context, name string, args *FirewallArgs, azureName string, prefixID pulumi.StringPtrInput, opts ...pulumi.ResourceOption) (*network.PublicIPAddress, error) {
	a := &network.PublicIPAddressArgs{
		PublicIpAddressName:      pulumi.String(azureName),
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(args.Location),
		Sku:                      &network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
		PublicIPAllocationMethod: pulumi.String("Static"),
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		Zones:                    list(args.Zones),
		Tags:                     tags(args.Tags),
	}
	if prefixID != nil {
		a.PublicIPPrefix = &network.SubResourceArgs{Id: prefixID}
	}
	return network.NewPublicIPAddress(ctx, name, a, opts...)
}

// policy makes the firewall policy and the groups that are known now.
func (fw *Firewall) policy(ctx *pulumi.Context, name string, args *FirewallArgs, k known) error {
	if err := fw.policyItself(ctx, name, args); err != nil {
		return err
	}
	for _, g := range args.Groups {
		if err := fw.group(ctx, name, g, k); err != nil {
			return err
		}
	}
	return nil
}

// policyItself makes the firewall policy, or reads the existing one and checks
// that the rules will work in it.
func (fw *Firewall) policyItself(ctx *pulumi.Context, name string, args *FirewallArgs) error {
	if args.ExistingPolicyID != "" {
		id, err := parseID(args.ExistingPolicyID)
		if err != nil {
			return err
		}
		fw.policyGroup = pulumi.String(id.Group)
		fw.policyName = network.LookupFirewallPolicyOutput(ctx, network.LookupFirewallPolicyOutputArgs{
			ResourceGroupName: fw.policyGroup, FirewallPolicyName: pulumi.String(id.Name),
		}, pulumi.Parent(fw)).ApplyT(func(p network.LookupFirewallPolicyResult) (string, error) {
			if args.DNSProxy && (p.DnsSettings == nil || p.DnsSettings.EnableProxy == nil || !*p.DnsSettings.EnableProxy) {
				return "", fmt.Errorf("ExistingPolicyID (aks-egress:firewall.existingFirewallPolicyId): the DNS proxy of %s is off, and rules with FQDNs need it: switch it on, which is not ours to do", args.ExistingPolicyID)
			}
			return id.Name, nil
		}).(pulumi.StringOutput)
		fw.PolicyID = pulumi.String(args.ExistingPolicyID).ToStringOutput()
		return nil
	}
	a := &network.FirewallPolicyArgs{
		FirewallPolicyName: pulumi.String(args.FirewallName + "-policy"),
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(args.Location),
		Sku:                &network.FirewallPolicySkuArgs{Tier: pulumi.String(args.tier())},
		ThreatIntelMode:    pulumi.String(args.threatIntel()),
		Tags:               tags(args.Tags),
	}
	if args.tier() != "Basic" { // Basic refuses any DNS block.
		dns := &network.DnsSettingsArgs{EnableProxy: pulumi.Bool(args.DNSProxy)}
		if len(args.DNSServers) > 0 {
			dns.Servers = pulumi.ToStringArray(args.DNSServers)
		}
		a.DnsSettings = dns
	}
	if len(args.ThreatIntelAllowFQDNs)+len(args.ThreatIntelAllowAddresses) > 0 {
		a.ThreatIntelWhitelist = &network.FirewallPolicyThreatIntelWhitelistArgs{
			Fqdns: list(args.ThreatIntelAllowFQDNs), IpAddresses: list(args.ThreatIntelAllowAddresses),
		}
	}
	if len(args.SNATPrivateRanges) > 0 {
		a.Snat = &network.FirewallPolicySNATArgs{PrivateRanges: pulumi.ToStringArray(args.SNATPrivateRanges)}
	}
	if args.ParentPolicyID != "" {
		a.BasePolicy = &network.SubResourceArgs{Id: pulumi.String(args.ParentPolicyID)}
	}
	if args.IDPS != "" {
		a.IntrusionDetection = &network.FirewallPolicyIntrusionDetectionArgs{Mode: pulumi.String(args.IDPS)}
	}
	if t := args.TLSInspection; t != nil {
		a.Identity = &network.ManagedServiceIdentityArgs{
			Type:                   network.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.ToStringArray([]string{t.IdentityID}),
		}
		a.TransportSecurity = &network.FirewallPolicyTransportSecurityArgs{
			CertificateAuthority: &network.FirewallPolicyCertificateAuthorityArgs{
				Name: pulumi.String("tls-inspection"), KeyVaultSecretId: pulumi.String(t.KeyVaultSecretID),
			},
		}
	}
	p, err := network.NewFirewallPolicy(ctx, name+"-policy", a, pulumi.Parent(fw), timeouts())
	if err != nil {
		return err
	}
	fw.PolicyID = p.ID().ToStringOutput()
	fw.policyName = After(pulumi.String(args.FirewallName+"-policy"), p)
	fw.policyGroup = args.ResourceGroupName
	fw.written = append(fw.written, p)
	return nil
}

// group writes one rule collection group, after everything written to the
// policy before. It depends on each of them and not just on the last, so that
// groups that go away together are deleted one after another as well.
func (fw *Firewall) group(ctx *pulumi.Context, name string, g policy.Group, k known, more ...pulumi.Resource) error {
	collections, err := k.ruleCollections(g)
	if err != nil {
		return err
	}
	written, err := network.NewFirewallPolicyRuleCollectionGroup(ctx, name+"-rules-"+g.Name, &network.FirewallPolicyRuleCollectionGroupArgs{
		RuleCollectionGroupName: pulumi.String(g.Name),
		FirewallPolicyName:      fw.policyName,
		ResourceGroupName:       fw.policyGroup,
		Priority:                pulumi.Int(g.Priority),
		RuleCollections:         collections,
	}, pulumi.Parent(fw), pulumi.DependsOn(append(more, fw.written...)), timeouts())
	if err != nil {
		return err
	}
	fw.written = append(fw.written, written)
	return nil
}

// OpenAPIServers writes the groups that name the API servers of clusters, by
// their FQDN, once those exist. name is the firewall's name in this program;
// fqdns is keyed by the name in the placeholder, "" for a single cluster's.
func (fw *Firewall) OpenAPIServers(ctx *pulumi.Context, name string, groups []policy.Group, fqdns map[string]pulumi.StringInput, clusters ...pulumi.Resource) error {
	for _, g := range groups {
		if err := fw.group(ctx, name, g, known{fqdns: fqdns}, clusters...); err != nil {
			return err
		}
	}
	return nil
}

// privateIP returns the firewall's private IP, or an error when it is not the
// one the network's DNS servers already name: nodes would ask a DNS server
// that is not there, and no cluster could come up. A preview has no computed
// values, and shows the expected one.
func privateIP(firewall *network.AzureFirewall, expected string, preview bool) pulumi.StringOutput {
	if preview && expected != "" {
		return After(pulumi.String(expected), firewall)
	}
	return firewall.IpConfigurations.ApplyT(func(cs []network.AzureFirewallIPConfigurationResponse) (string, error) {
		if len(cs) == 0 || cs[0].PrivateIPAddress == "" {
			return "", errors.New("the firewall has no private IP; look at its provisioning state in Azure")
		}
		if got := cs[0].PrivateIPAddress; expected != "" && got != expected {
			return "", unexpected(got, expected)
		}
		return cs[0].PrivateIPAddress, nil
	}).(pulumi.StringOutput)
}

func unexpected(got, expected string) error {
	return fmt.Errorf("ExpectedPrivateIP (aks-egress:network.firewallPrivateIp): Azure gave the firewall %s, but the virtual network's DNS servers name %s: set it to %s and run again", got, expected, got)
}

// classicProperties are the settings that classic firewalls keep in a string
// map: the DNS proxy, its servers, and the SNAT ranges.
func classicProperties(args *FirewallArgs) pulumi.StringMapInput {
	m := map[string]string{}
	if args.DNSProxy {
		m["Network.DNS.EnableProxy"] = "true"
	}
	if len(args.DNSServers) > 0 {
		m["Network.DNS.Servers"] = join(args.DNSServers)
	}
	if len(args.SNATPrivateRanges) > 0 {
		m["Network.SNAT.PrivateRanges"] = join(args.SNATPrivateRanges)
	}
	if len(args.ThreatIntelAllowFQDNs) > 0 {
		m["ThreatIntel.Whitelist.FQDNs"] = join(args.ThreatIntelAllowFQDNs)
	}
	if len(args.ThreatIntelAllowAddresses) > 0 {
		m["ThreatIntel.Whitelist.IpAddresses"] = join(args.ThreatIntelAllowAddresses)
	}
	return tags(m)
}

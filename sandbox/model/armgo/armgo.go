// Package armgo is a second opinion on a request body, for tests alone: Microsoft's own Go models, which
// are generated from Azure's specifications by other people than the types of package model.
//
// [Roundtrip] reads a body into the model and writes it again. What cannot be read has a wrong type;
// what is lost is unknown to Azure. The models say nothing about required or read-only properties,
// enums and ranges: those are package model's. A test holds the two against each other: there is
// nothing that the second opinion alone would refuse.
//
// The models are those of armnetwork v7, armcontainerservice v6, armauthorization v2, armmsi and
// armresources. They know at least as much as the sandbox's API versions, except for preview versions,
// which they leave out, and for AKS's 2025-09-01, which is newer. Types without a model here (Insights,
// OperationalInsights, ContainerRegistry, Monitor, Key Vault, Storage, locks, private DNS) are checked by package model alone.
//
// Only tests import it, as armnetwork takes long to compile: a test of this package says so.
package armgo

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// renamed is the one property of the sandbox's API versions that the models know by another name, as
// armnetwork is of a newer version: a firewall policy's explicit proxy is explicitProxySettings there.
const renamed = "explicitProxy"

// newestAKS is the API version of armcontainerservice v6.6.0.
const newestAKS = "2025-02-01"

// goModel returns an empty model for a resource type, nil if there is none.
func goModel(armType string) any {
	switch strings.ToLower(armType) {
	case "microsoft.resources/resourcegroups":
		return new(armresources.ResourceGroup)
	case "microsoft.network/virtualnetworks":
		return new(armnetwork.VirtualNetwork)
	case "microsoft.network/virtualnetworks/subnets":
		return new(armnetwork.Subnet)
	case "microsoft.network/virtualnetworks/virtualnetworkpeerings":
		return new(armnetwork.VirtualNetworkPeering)
	case "microsoft.network/publicipaddresses":
		return new(armnetwork.PublicIPAddress)
	case "microsoft.network/publicipprefixes":
		return new(armnetwork.PublicIPPrefix)
	case "microsoft.network/firewallpolicies":
		return new(armnetwork.FirewallPolicy)
	case "microsoft.network/firewallpolicies/rulecollectiongroups":
		return new(armnetwork.FirewallPolicyRuleCollectionGroup)
	case "microsoft.network/azurefirewalls":
		return new(armnetwork.AzureFirewall)
	case "microsoft.network/routetables":
		return new(armnetwork.RouteTable)
	case "microsoft.network/routetables/routes":
		return new(armnetwork.Route)
	case "microsoft.network/ipgroups":
		return new(armnetwork.IPGroup)
	case "microsoft.network/networksecuritygroups":
		return new(armnetwork.SecurityGroup)
	case "microsoft.network/privateendpoints":
		return new(armnetwork.PrivateEndpoint)
	case "microsoft.network/privateendpoints/privatednszonegroups":
		return new(armnetwork.PrivateDNSZoneGroup)
	case "microsoft.network/networksecuritygroups/securityrules":
		return new(armnetwork.SecurityRule)
	case "microsoft.network/applicationsecuritygroups":
		return new(armnetwork.ApplicationSecurityGroup)
	case "microsoft.network/natgateways":
		return new(armnetwork.NatGateway)
	case "microsoft.network/loadbalancers":
		return new(armnetwork.LoadBalancer)
	case "microsoft.network/networkinterfaces":
		return new(armnetwork.Interface)
	case "microsoft.network/bastionhosts":
		return new(armnetwork.BastionHost)
	case "microsoft.network/virtualnetworkgateways":
		return new(armnetwork.VirtualNetworkGateway)
	case "microsoft.network/localnetworkgateways":
		return new(armnetwork.LocalNetworkGateway)
	case "microsoft.network/ddosprotectionplans":
		return new(armnetwork.DdosProtectionPlan)
	case "microsoft.network/privatelinkservices":
		return new(armnetwork.PrivateLinkService)
	case "microsoft.network/customipprefixes":
		return new(armnetwork.CustomIPPrefix)
	case "microsoft.network/networkwatchers":
		return new(armnetwork.Watcher)
	case "microsoft.network/networkwatchers/flowlogs":
		return new(armnetwork.FlowLog)
	case "microsoft.containerservice/managedclusters/trustedaccessrolebindings":
		return new(armcontainerservice.TrustedAccessRoleBinding)
	case "microsoft.containerservice/snapshots":
		return new(armcontainerservice.Snapshot)
	case "microsoft.authorization/roledefinitions":
		return new(armauthorization.RoleDefinition)
	case "microsoft.containerservice/managedclusters":
		return new(armcontainerservice.ManagedCluster)
	case "microsoft.containerservice/managedclusters/agentpools":
		return new(armcontainerservice.AgentPool)
	case "microsoft.containerservice/managedclusters/maintenanceconfigurations":
		return new(armcontainerservice.MaintenanceConfiguration)
	case "microsoft.managedidentity/userassignedidentities":
		return new(armmsi.Identity)
	case "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials":
		return new(armmsi.FederatedIdentityCredential)
	case "microsoft.authorization/roleassignments":
		return new(armauthorization.RoleAssignmentCreateParameters)
	}
	return nil
}

// Roundtrip reads a body into Microsoft's Go model, writes it again and reports what did not survive.
// known is false if there is no model for the type, or the API version is a preview or newer than the
// model.
func Roundtrip(armType, apiVersion string, body map[string]any) (faults []model.Fault, known bool) {
	into := goModel(armType)
	newer := strings.HasPrefix(strings.ToLower(armType), "microsoft.containerservice/") && apiVersion > newestAKS
	if into == nil || newer || strings.HasSuffix(apiVersion, "-preview") {
		return nil, false
	}
	sent, err := json.Marshal(body)
	if err != nil {
		return []model.Fault{{Problem: "cannot be written as JSON: " + err.Error()}}, true
	}
	if err := json.Unmarshal(sent, into); err != nil {
		return []model.Fault{{Problem: "Microsoft's Go model cannot read it: " + err.Error()}}, true
	}
	written, err := json.Marshal(into)
	if err != nil {
		return []model.Fault{{Problem: "Microsoft's Go model cannot be written again: " + err.Error()}}, true
	}
	var before, after map[string]any
	if err := errors.Join(json.Unmarshal(sent, &before), json.Unmarshal(written, &after)); err != nil {
		return []model.Fault{{Problem: "cannot be read again: " + err.Error()}}, true
	}
	for _, name := range []string{"id", "name", "type"} {
		delete(before, name) // part of the address
	}
	if bag, ok := before["properties"].(map[string]any); ok && strings.EqualFold(armType, "Microsoft.Network/firewallPolicies") {
		delete(bag, renamed)
	}
	return lost("", before, after), true
}

// lost lists what before has and after has not.
func lost(path string, before, after any) []model.Fault {
	switch before := before.(type) {
	case nil:
		return nil
	case map[string]any:
		after, ok := after.(map[string]any)
		if !ok {
			return []model.Fault{{Path: path, Problem: "Microsoft's Go model does not have an object here"}}
		}
		names := make([]string, 0, len(before))
		for name := range before {
			names = append(names, name)
		}
		sort.Strings(names)
		var faults []model.Fault
		for _, name := range names {
			// The models leave out an empty list of bytes.
			if list, ok := before[name].([]any); ok && len(list) == 0 {
				continue
			}
			at := strings.TrimPrefix(path+"."+name, ".")
			if _, ok := after[name]; !ok && before[name] != nil {
				faults = append(faults, model.Fault{Path: at, Problem: "Microsoft's Go model does not have this property"})
				continue
			}
			faults = append(faults, lost(at, before[name], after[name])...)
		}
		return faults
	case []any:
		after, ok := after.([]any)
		if !ok || len(after) != len(before) {
			return []model.Fault{{Path: path, Problem: "Microsoft's Go model does not have a list here"}}
		}
		var faults []model.Fault
		for i := range before {
			faults = append(faults, lost(fmt.Sprintf("%s[%d]", path, i), before[i], after[i])...)
		}
		return faults
	}
	if !reflect.DeepEqual(before, after) {
		return []model.Fault{{Path: path, Problem: fmt.Sprintf("Microsoft's Go model makes %v of %v", after, before)}}
	}
	return nil
}

package azure

import (
	"net/http"
	"strings"
)

// controlPlane checks who the cluster acts as, and what that one may do before
// the cluster is there (Microsoft, Use a managed identity in AKS, 2025; AKS
// issue 2333; AKS-Construction issue 501).
func (s *state) controlPlane(c *change) *Error {
	p := c.props()
	kindOf := text(c.body, "identity", "type")
	client := text(p, "servicePrincipalProfile", "clientId")
	if client == "msi" {
		client = ""
	}
	ids := namesAt(c.body, "identity", "userAssignedIdentities")
	kubenet := pluginOf(p) == "kubenet"
	switch {
	case c.seeded:
		fill(sub(c.body, "identity"), "type", "SystemAssigned")
		fill(sub(c.body, "identity"), "principalId", guid("principal", c.id.String()))
		fill(sub(c.body, "identity"), "tenantId", s.tenant)
		return nil
	case client != "" && kindOf != "" && kindOf != "None" && !s.asAzure:
		// Azure passes over the service principal, as it shows one with every cluster.
		return badRequest("SandboxTwoIdentities", "identity.type: a cluster has a managed identity or a service principal, not both")
	case client != "" && (kindOf == "" || kindOf == "None"):
		if !isGUID(client) || text(p, "servicePrincipalProfile", "secret") == "" && c.old == nil {
			return badRequest("InvalidServicePrincipalProfile", "properties.servicePrincipalProfile: clientId, a GUID, and secret are needed")
		}
		// Assignments name a service principal by its object ID, and the profile by
		// its client ID: any principal that is not an identity of this world may be it.
		if s.asAzure { // whose rights the world does not know
			return nil
		}
		own := s.managed()
		return s.mayUse(c, "service principal "+client, func(principal string) bool { return !own[strings.ToLower(principal)] })
	case kindOf == "SystemAssigned":
		if len(ids) > 0 {
			return badRequest(badParameter, "identity.userAssignedIdentities: only with identity.type UserAssigned")
		}
		if c.old != nil && at(c.old.Body, "identity", "principalId") != nil {
			fill(sub(c.body, "identity"), "principalId", text(c.old.Body, "identity", "principalId"))
		}
		fill(sub(c.body, "identity"), "principalId", guid("principal", c.id.String()))
		fill(sub(c.body, "identity"), "tenantId", s.tenant)
		if s.get(text(p, "apiServerAccessProfile", "privateDNSZone")) != nil {
			return badRequest("CustomPrivateDNSZoneOnlySupportedOnUserAssignedMSICluster", "A custom private DNS zone needs a user-assigned identity or a service principal: a system-assigned one has no rights before the cluster is there.")
		}
		for _, table := range s.tablesOf(p) {
			if kubenet {
				return badRequest("CustomRouteTableWithUnsupportedMSIType", "System-assigned managed identity is not supported for custom route table %s with kubenet. Please use a user-assigned managed identity or service principal.", table.ID)
			}
		}
		return nil
	case kindOf == "UserAssigned":
		if len(ids) != 1 {
			return badRequest(badParameter, "identity.userAssignedIdentities: exactly one identity is required, not %d", len(ids))
		}
		identity, err := s.reference(ids[0], "identity.userAssignedIdentities", identityType)
		if err != nil {
			return err
		}
		principal := text(identity.props(), "principalId")
		c.body["identity"].(object)["userAssignedIdentities"] = object{identity.ID: object{"principalId": principal, "clientId": text(identity.props(), "clientId")}}
		return s.mayUse(c, "identity "+identity.ID, func(p string) bool { return strings.EqualFold(p, principal) })
	}
	return badRequest(badParameter, "identity.type: a cluster needs SystemAssigned, UserAssigned or a servicePrincipalProfile")
}

// tablesOf lists the route tables on the node subnets of a request.
func (s *state) tablesOf(p object) []*resource {
	var out []*resource
	for _, profile := range list(p, "agentPoolProfiles") {
		if table := s.tableOf(nodesIn(profile)); table != nil {
			out = append(out, table)
		}
	}
	return out
}

// mayUse checks the roles that must be there before the cluster.
func (s *state) mayUse(c *change, who string, is func(principal string) bool) *Error {
	p := c.props()
	for _, profile := range list(p, "agentPoolProfiles") {
		for _, field := range []string{"vnetSubnetID", "podSubnetID"} {
			subnet := text(profile, field)
			if subnet == "" || s.get(subnet) == nil || s.anyGrant(subnet, is, roleNetworkContributor) {
				continue
			}
			code := "LinkedAuthorizationFailed"
			if outboundOf(p) == "loadBalancer" { // Azure makes the cluster, and its internal load balancers fail
				code = "SandboxSubnetNotAuthorized"
				if s.asAzure {
					continue
				}
			}
			return refuse(http.StatusForbidden, code, "The %s does not have permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope %s: it needs Network Contributor there before the cluster is created.", who, subnet)
		}
	}
	if pluginOf(p) == "kubenet" {
		for _, table := range s.tablesOf(p) {
			if !s.anyGrant(table.ID, is, roleNetworkContributor) {
				return badRequest("CustomRouteTableMissingPermission", "The %s must be granted the role Network Contributor on route table %s before the cluster is created.", who, table.ID)
			}
		}
	}
	zone := text(p, "apiServerAccessProfile", "privateDNSZone")
	if found := s.get(zone); found != nil {
		if !s.anyGrant(found.ID, is, roleDNSContributor) {
			return badRequest("CustomPrivateDNSZoneMissingPermissionError", "The %s must be granted the role Private DNS Zone Contributor on %s.", who, found.ID)
		}
		for _, profile := range list(p, "agentPoolProfiles") {
			vnet := vnetOf(nodesIn(profile))
			if vnet != "" && !s.anyGrant(vnet, is, roleNetworkContributor) {
				return badRequest("CustomPrivateDNSZoneMissingPermissionError", "The %s must be granted the role Network Contributor on %s, to link the private DNS zone.", who, vnet)
			}
		}
	}
	return nil
}

// kubeletIdentity checks the identity that nodes pull images as, or makes one.
func (s *state) kubeletIdentity(c *change) *Error {
	p := c.props()
	id := text(p, "identityProfile", "kubeletidentity", "resourceId")
	if id == "" {
		if client := text(p, "servicePrincipalProfile", "clientId"); client == "" || client == "msi" {
			if c.old != nil && at(c.old.props(), "identityProfile") != nil {
				c.keep("identityProfile")
			} else {
				p["identityProfile"] = object{"kubeletidentity": s.aksIdentity(c, c.id.Name()+"-agentpool")}
			}
		}
		return s.pulls(c)
	}
	identity := s.get(id)
	if kindOf := text(c.body, "identity", "type"); s.asAzure && kindOf == "SystemAssigned" && s.get(id) == nil {
		return nil // one that AKS made, sent back: the world has not seen the cluster made
	}
	if identity == nil && c.old != nil && sameID(text(c.old.props(), "identityProfile", "kubeletidentity", "resourceId"), id) {
		return s.pulls(c) // AKS made it
	}
	identity, err := s.reference(id, "properties.identityProfile.kubeletidentity.resourceId", identityType)
	if err != nil {
		return err
	}
	control := namesAt(c.body, "identity", "userAssignedIdentities")
	if text(c.body, "identity", "type") != "UserAssigned" || len(control) != 1 {
		return badRequest("CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster", "A custom kubelet identity needs a user-assigned identity for the control plane.")
	}
	for field, property := range map[string]string{"clientId": "clientId", "objectId": "principalId"} {
		given, is := text(p, "identityProfile", "kubeletidentity", field), text(identity.props(), property)
		if given != "" && !strings.EqualFold(given, is) {
			return badRequest("CustomKubeletIdentityMismatch", "properties.identityProfile.kubeletidentity.%s: %s is not that of %s, %s", field, given, identity.ID, is)
		}
	}
	operator := text(s.get(control[0]).props(), "principalId")
	if !s.granted(operator, identity.ID, roleIdentityOperator) {
		return badRequest("CustomKubeletIdentityMissingPermissionError", "The cluster identity %s must be granted permission 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on %s: Managed Identity Operator.", control[0], identity.ID)
	}
	p["identityProfile"] = object{"kubeletidentity": object{"resourceId": identity.ID,
		"clientId": text(identity.props(), "clientId"), "objectId": text(identity.props(), "principalId")}}
	return s.pulls(c)
}

// pulls checks that nodes of a network isolated cluster can fetch what they
// boot from: the registry caches Microsoft's, and the kubelet may pull
// (Microsoft, Network isolated AKS clusters, 2025).
func (s *state) pulls(c *change) *Error {
	p := c.props()
	if text(p, "bootstrapProfile", "artifactSource") != "Cache" || c.seeded {
		return nil
	}
	if s.asAzure && text(p, "bootstrapProfile", "containerRegistryId") == "" {
		return nil
	}
	registry, err := s.reference(text(p, "bootstrapProfile", "containerRegistryId"), "properties.bootstrapProfile.containerRegistryId", registryType)
	if err != nil {
		return err
	}
	if s.get(registry.ID) == nil {
		return nil
	}
	if text(registry.Body, "sku", "name") != "Premium" {
		return badRequest(badParameter, "properties.bootstrapProfile.containerRegistryId: %s must be Premium, for a private endpoint", registry.ID)
	}
	cached := false
	for _, rule := range s.children(registry.ID, "cacheRules") {
		cached = cached || text(rule.props(), "sourceRepository") == "mcr.microsoft.com/*" && text(rule.props(), "targetRepository") == "aks-managed-repository/*"
	}
	if !cached {
		return provisioningError(50, "registry %s has no cache rule from mcr.microsoft.com/* to aks-managed-repository/*", registry.ID)
	}
	if !s.granted(text(p, "identityProfile", "kubeletidentity", "objectId"), registry.ID, roleAcrPull) {
		return provisioningError(50, "the kubelet identity may not pull from %s: it needs AcrPull there before the cluster", registry.ID)
	}
	return nil
}

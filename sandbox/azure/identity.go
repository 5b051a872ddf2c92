package azure

import (
	"net/http"
	"regexp"
	"strings"
)

const (
	identityType   = "Microsoft.ManagedIdentity/userAssignedIdentities"
	credentialType = identityType + "/federatedIdentityCredentials"
	assignmentType = "Microsoft.Authorization/roleAssignments"
)

// Built-in roles (Microsoft, Azure built-in roles, 2025).
const (
	roleOwner              = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
	roleContributor        = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	roleNetworkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	roleIdentityOperator   = "f1a07417-d97a-45cb-824c-7a7467783830"
	roleAcrPull            = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
	roleDNSContributor     = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
)

func identityKinds() []*kind {
	return []*kind{
		{name: identityType, versions: []string{"2023-01-31"}, located: true, named: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$`),
			put: putIdentity},
		{name: credentialType, versions: []string{"2023-01-31"}, named: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$`),
			put: putCredential, locks: lockCredential},
		{name: assignmentType, versions: []string{"2022-04-01"}, put: putAssignment, show: showAssignment},
	}
}

func putIdentity(s *state, c *change) *Error {
	p := c.props()
	for _, name := range []string{"principalId", "clientId", "tenantId"} {
		c.keep("properties", name)
	}
	fill(p, "tenantId", s.tenant)
	fill(p, "principalId", guid("principal", c.id.String()))
	fill(p, "clientId", guid("client", c.id.String()))
	return nil
}

func putCredential(s *state, c *change) *Error {
	parent, _ := c.id.parent()
	for _, other := range s.children(parent.String(), "federatedIdentityCredentials") {
		if !sameID(other.ID, c.id.String()) &&
			text(other.Body, "properties", "issuer") == text(c.body, "properties", "issuer") &&
			text(other.Body, "properties", "subject") == text(c.body, "properties", "subject") {
			return conflict("ConflictingFederatedIdentityCredential", "%s has this issuer and subject already.", other.ID)
		}
	}
	return nil
}

// One federated credential at a time for an identity (Microsoft, Workload
// identity federation considerations, 2025).
func lockCredential(_ *state, id ID, _ object) []claim {
	parent, _ := id.parent()
	return []claim{{key: parent.String(), code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"}}
}

func isGUID(s string) bool {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`).MatchString(s)
}

// putAssignment checks a role assignment (Microsoft, Troubleshoot Azure RBAC,
// 2025; configure-kubenet, 2025, for principalType).
func putAssignment(s *state, c *change) *Error {
	p := c.props()
	if !isGUID(c.id.Name()) {
		return badRequest("InvalidRoleAssignmentId", "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", c.id.Name())
	}
	principal, role := text(p, "principalId"), roleID(text(p, "roleDefinitionId"))
	if !isGUID(principal) {
		return badRequest("InvalidPrincipalId", "A valid principal ID must be provided for role assignment: %q is no GUID.", principal)
	}
	if !isGUID(role) {
		return badRequest("InvalidRoleDefinitionId", "The role definition ID '%s' is not valid.", text(p, "roleDefinitionId"))
	}
	if !strings.Contains(key(text(p, "roleDefinitionId")), "/providers/microsoft.authorization/roledefinitions/") {
		return badRequest("InvalidRoleDefinitionId", "The role definition ID '%s' is not valid: it ends in /providers/Microsoft.Authorization/roleDefinitions/GUID.", text(p, "roleDefinitionId"))
	}
	if c.old != nil {
		if text(c.old.Body, "properties", "principalId") != principal || roleID(text(c.old.Body, "properties", "roleDefinitionId")) != role {
			return badRequest("RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
		}
	}
	for _, other := range s.all(assignmentType) {
		if sameID(other.ID, c.id.String()) {
			continue
		}
		if sameID(other.id().Scope, c.id.Scope) && strings.EqualFold(text(other.Body, "properties", "principalId"), principal) && roleID(text(other.Body, "properties", "roleDefinitionId")) == role {
			return conflict("RoleAssignmentExists", "The role assignment already exists. The ID of the existing role assignment is %s.", strings.ReplaceAll(other.name(), "-", ""))
		}
	}
	if !s.knowsPrincipal(principal) && text(p, "principalType") != "ServicePrincipal" {
		return badRequest("PrincipalNotFound", "Principal %s does not exist in the directory %s. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal.", principal, s.tenant)
	}
	fill(p, "principalType", "ServicePrincipal")
	p["roleDefinitionId"] = "/subscriptions/" + c.id.Subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + role
	return nil
}

func showAssignment(_ *state, r *resource, out object) {
	sub(out, "properties")["scope"] = r.id().Scope
}

func roleID(definition string) string {
	return strings.ToLower(definition[strings.LastIndex(definition, "/")+1:])
}

// managed lists the principals of the world's own identities.
func (s *state) managed() map[string]bool {
	out := map[string]bool{}
	for _, identity := range s.all(identityType) {
		out[strings.ToLower(text(identity.Body, "properties", "principalId"))] = true
	}
	for _, cluster := range s.all(clusterType) {
		out[strings.ToLower(text(cluster.Body, "identity", "principalId"))] = true
		for _, name := range namesAt(cluster.Body, "properties", "identityProfile") {
			out[strings.ToLower(text(cluster.Body, "properties", "identityProfile", name, "objectId"))] = true
		}
		for _, name := range namesAt(cluster.Body, "properties", "addonProfiles") {
			out[strings.ToLower(text(cluster.Body, "properties", "addonProfiles", name, "identity", "objectId"))] = true
		}
		out[strings.ToLower(text(cluster.Body, "properties", "ingressProfile", "webAppRouting", "identity", "objectId"))] = true
	}
	for _, registry := range s.all(registryType) {
		out[strings.ToLower(text(registry.Body, "identity", "principalId"))] = true
	}
	delete(out, "")
	return out
}

func (s *state) knowsPrincipal(id string) bool {
	for _, one := range s.principals {
		if strings.EqualFold(one, id) {
			return true
		}
	}
	return s.managed()[strings.ToLower(id)]
}

// granted says whether a principal has one of some roles at a scope or above
// it; Owner and Contributor hold what the others do.
func (s *state) granted(principal, scope string, roles ...string) bool {
	return s.anyGrant(scope, func(p string) bool { return strings.EqualFold(p, principal) }, roles...)
}

func (s *state) anyGrant(scope string, who func(principal string) bool, roles ...string) bool {
	roles = append(roles, roleOwner, roleContributor)
	for _, one := range s.all(assignmentType) {
		if !under(scope, one.id().Scope) || !who(text(one.Body, "properties", "principalId")) {
			continue
		}
		for _, role := range roles {
			if roleID(text(one.Body, "properties", "roleDefinitionId")) == role {
				return true
			}
		}
	}
	return false
}

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
	kubenet := text(p, "networkProfile", "networkPlugin") == "kubenet"
	switch {
	case c.seeded:
		fill(sub(c.body, "identity"), "type", "SystemAssigned")
		fill(sub(c.body, "identity"), "principalId", guid("principal", c.id.String()))
		fill(sub(c.body, "identity"), "tenantId", s.tenant)
		return nil
	case client != "" && kindOf != "" && kindOf != "None":
		return badRequest(badParameter, "identity.type: a cluster has a managed identity or a service principal, not both")
	case client != "":
		if !isGUID(client) || text(p, "servicePrincipalProfile", "secret") == "" && c.old == nil {
			return badRequest("InvalidServicePrincipalProfile", "properties.servicePrincipalProfile: clientId, a GUID, and secret are needed")
		}
		// Assignments name a service principal by its object ID, and the profile by
		// its client ID: any principal that is no identity of this world may be it.
		own := s.managed()
		return s.mayUse(c, "service principal "+client, func(principal string) bool { return !own[strings.ToLower(principal)] })
	case kindOf == "SystemAssigned":
		if len(ids) > 0 {
			return badRequest(badParameter, "identity.userAssignedIdentities: only with identity.type UserAssigned")
		}
		c.keep("identity", "principalId")
		fill(sub(c.body, "identity"), "principalId", guid("principal", c.id.String()))
		fill(sub(c.body, "identity"), "tenantId", s.tenant)
		if s.get(text(p, "apiServerAccessProfile", "privateDNSZone")) != nil {
			return badRequest("CustomPrivateDNSZoneOnlySupportedOnUserAssignedMSICluster", "A private DNS zone of one's own needs a user-assigned identity or a service principal: a system-assigned one has no rights before the cluster is there.")
		}
		for _, table := range s.tablesOf(p) {
			if kubenet {
				return badRequest("CustomRouteTableWithUnsupportedMSIType", "System-assigned managed identity is not supported for custom route table %s with kubenet. Please use a user-assigned managed identity or service principal.", table.ID)
			}
		}
		return nil
	case kindOf == "UserAssigned":
		if len(ids) != 1 {
			return badRequest(badParameter, "identity.userAssignedIdentities: exactly one identity is wanted, here are %d", len(ids))
		}
		identity, err := s.reference(ids[0], "identity.userAssignedIdentities", identityType)
		if err != nil {
			return err
		}
		principal := text(identity.Body, "properties", "principalId")
		c.body["identity"].(object)["userAssignedIdentities"] = object{identity.ID: object{"principalId": principal, "clientId": text(identity.Body, "properties", "clientId")}}
		return s.mayUse(c, "identity "+identity.ID, func(p string) bool { return strings.EqualFold(p, principal) })
	}
	return badRequest(badParameter, "identity.type: a cluster needs SystemAssigned, UserAssigned or a servicePrincipalProfile")
}

// tablesOf lists the route tables on the node subnets of a request.
func (s *state) tablesOf(p object) []*resource {
	var out []*resource
	for _, profile := range list(p, "agentPoolProfiles") {
		if table := s.tableOf(text(profile, "vnetSubnetID")); table != nil {
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
			return refuse(http.StatusForbidden, "LinkedAuthorizationFailed", "The %s does not have permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope %s: it needs Network Contributor there before the cluster is created.", who, subnet)
		}
	}
	if text(p, "networkProfile", "networkPlugin") == "kubenet" {
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
			vnet := vnetOf(text(profile, "vnetSubnetID"))
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
			if c.old != nil && at(c.old.Body, "properties", "identityProfile") != nil {
				c.keep("properties", "identityProfile")
			} else {
				p["identityProfile"] = object{"kubeletidentity": s.aksIdentity(c, c.id.Name()+"-agentpool")}
			}
		}
		return s.pulls(c)
	}
	identity := s.get(id)
	if identity == nil && c.old != nil && sameID(text(c.old.Body, "properties", "identityProfile", "kubeletidentity", "resourceId"), id) {
		return s.pulls(c) // AKS made it
	}
	identity, err := s.reference(id, "properties.identityProfile.kubeletidentity.resourceId", identityType)
	if err != nil {
		return err
	}
	control := namesAt(c.body, "identity", "userAssignedIdentities")
	if text(c.body, "identity", "type") != "UserAssigned" || len(control) != 1 {
		return badRequest("CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster", "A kubelet identity of one's own needs a user-assigned identity for the control plane.")
	}
	for field, property := range map[string]string{"clientId": "clientId", "objectId": "principalId"} {
		given, is := text(p, "identityProfile", "kubeletidentity", field), text(identity.Body, "properties", property)
		if given != "" && !strings.EqualFold(given, is) {
			return badRequest("CustomKubeletIdentityMismatch", "properties.identityProfile.kubeletidentity.%s: %s is not that of %s, %s", field, given, identity.ID, is)
		}
	}
	operator := text(s.get(control[0]).Body, "properties", "principalId")
	if !s.granted(operator, identity.ID, roleIdentityOperator) {
		return badRequest("CustomKubeletIdentityMissingPermissionError", "The cluster identity %s must be granted permission 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on %s: Managed Identity Operator.", control[0], identity.ID)
	}
	p["identityProfile"] = object{"kubeletidentity": object{"resourceId": identity.ID,
		"clientId": text(identity.Body, "properties", "clientId"), "objectId": text(identity.Body, "properties", "principalId")}}
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
	registry, err := s.reference(text(p, "bootstrapProfile", "containerRegistryId"), "properties.bootstrapProfile.containerRegistryId", registryType)
	if err != nil {
		return err
	}
	if text(registry.Body, "sku", "name") != "Premium" {
		return badRequest(badParameter, "properties.bootstrapProfile.containerRegistryId: %s must be Premium, for a private endpoint", registry.ID)
	}
	cached := false
	for _, rule := range s.children(registry.ID, "cacheRules") {
		cached = cached || text(rule.Body, "properties", "sourceRepository") == "mcr.microsoft.com/*" && text(rule.Body, "properties", "targetRepository") == "aks-managed-repository/*"
	}
	if !cached {
		return provisioningError(50, "registry %s has no cache rule from mcr.microsoft.com/* to aks-managed-repository/*", registry.ID)
	}
	if !s.granted(text(p, "identityProfile", "kubeletidentity", "objectId"), registry.ID, roleAcrPull) {
		return provisioningError(50, "the kubelet identity may not pull from %s: it needs AcrPull there before the cluster", registry.ID)
	}
	return nil
}

package azure

import (
	"regexp"
	"slices"
	"strings"
)

const (
	assignmentType = "Microsoft.Authorization/roleAssignments"
	definitionType = "Microsoft.Authorization/roleDefinitions"
	lockType       = "Microsoft.Authorization/locks"
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

// The resource provider Microsoft.Authorization.
func authorizationKinds() []*kind {
	return []*kind{
		{name: assignmentType, versions: []string{"2022-04-01"}, weak: true, prompt: true, silent: true, after: []string{identityType, peeringType, firewallType, zoneLinkType, workspaceType, cacheRuleType, monitorType},
			put: putAssignment, show: showAssignment},
		{name: definitionType, versions: []string{"2022-04-01"}, prompt: true, silent: true, shape: true},
		{name: lockType, versions: []string{"2020-05-01"}, prompt: true, silent: true, shape: true},
	}
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
		return badRequest("InvalidPrincipalId", "A valid principal ID must be provided for role assignment: %q is not a GUID.", principal)
	}
	if !isGUID(role) {
		return badRequest("InvalidRoleDefinitionId", "The role definition ID '%s' is not valid.", text(p, "roleDefinitionId"))
	}
	if !strings.Contains(key(text(p, "roleDefinitionId")), "/providers/microsoft.authorization/roledefinitions/") {
		return badRequest("InvalidRoleDefinitionId", "The role definition ID '%s' is not valid: it ends in /providers/Microsoft.Authorization/roleDefinitions/GUID.", text(p, "roleDefinitionId"))
	}
	if c.old != nil {
		if text(c.old.props(), "principalId") != principal || roleID(text(c.old.props(), "roleDefinitionId")) != role {
			return badRequest("RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
		}
	}
	for _, other := range s.all(assignmentType) {
		if sameID(other.ID, c.id.String()) {
			continue
		}
		if sameID(other.id().Scope, c.id.Scope) && strings.EqualFold(text(other.props(), "principalId"), principal) && roleID(text(other.props(), "roleDefinitionId")) == role {
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
	bag(out)["scope"] = r.id().Scope
}

func roleID(definition string) string {
	return strings.ToLower(definition[strings.LastIndex(definition, "/")+1:])
}

func (s *state) knowsPrincipal(id string) bool {
	return s.asAzure || named(s.principals, id) || s.managed()[strings.ToLower(id)]
}

// granted reports whether a principal has one of some roles at a scope or above
// it; Owner and Contributor hold what the others do.
func (s *state) granted(principal, scope string, roles ...string) bool {
	return s.anyGrant(scope, func(p string) bool { return strings.EqualFold(p, principal) }, roles...)
}

func (s *state) anyGrant(scope string, who func(principal string) bool, roles ...string) bool {
	roles = append(roles, roleOwner, roleContributor)
	for _, one := range s.all(assignmentType) {
		if !under(scope, one.id().Scope) || !who(text(one.props(), "principalId")) {
			continue
		}
		if !slices.Contains(roles, roleID(text(one.props(), "roleDefinitionId"))) {
			continue
		}
		if _, late := s.hidden[key(one.ID)]; late {
			s.hidden[key(one.ID)] = true
			continue
		}
		return true
	}
	return false
}

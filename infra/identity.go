package infra

import (
	"fmt"

	"github.com/google/uuid"
	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The kinds of identity a cluster's control plane can have.
const (
	SystemAssigned   = "systemAssigned"
	UserAssigned     = "userAssigned"
	ServicePrincipal = "servicePrincipal"
)

// Azure's built-in roles, by the GUID of their definition, equal in every
// tenant and cloud (Microsoft, Azure built-in roles, 2026).
const (
	roleNetworkContributor        = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	roleManagedIdentityOperator   = "f1a07417-d97a-45cb-824c-7a7467783830"
	roleAcrPull                   = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
	rolePrivateDNSZoneContributor = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
)

// IdentityArgs say who the cluster is when it talks to Azure.
type IdentityArgs struct {
	// Kind is systemAssigned, userAssigned or servicePrincipal.
	Kind string
	// ControlPlaneID is a user-assigned identity for the control plane; empty
	// makes one. UserAssigned only.
	ControlPlaneID string
	// KubeletID is a user-assigned identity for the nodes; empty makes one.
	// UserAssigned only.
	KubeletID string
	// ClientID and ObjectID name the service principal: sign-in takes the
	// client ID, a role assignment the object ID of the enterprise
	// application. ServicePrincipal only.
	ClientID, ObjectID string
	// ClientSecret is the service principal's secret; it is sent as a secret.
	ClientSecret pulumi.StringInput
	// AssignRoles makes the role assignments the cluster needs. Without it,
	// somebody else has made them: many deployers may not assign roles.
	AssignRoles bool
}

// identity is a user-assigned identity, made or given.
type identity struct {
	id, clientID, principalID pulumi.StringOutput
}

// userAssigned makes an identity, or reads the existing one: a role assignment
// takes its principal ID, and the nodes' profile its client ID too.
func userAssigned(ctx *pulumi.Context, name, azureName string, args *ClusterArgs, existing string, parent pulumi.Resource) (identity, error) {
	if existing != "" {
		id, err := parseID(existing)
		if err != nil {
			return identity{}, err
		}
		found := managedidentity.LookupUserAssignedIdentityOutput(ctx, managedidentity.LookupUserAssignedIdentityOutputArgs{
			ResourceGroupName: pulumi.String(id.Group),
			ResourceName:      pulumi.String(id.Name),
		}, pulumi.Parent(parent))
		return identity{id: pulumi.String(existing).ToStringOutput(), clientID: found.ClientId(), principalID: found.PrincipalId()}, nil
	}
	made, err := managedidentity.NewUserAssignedIdentity(ctx, name, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String(azureName),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              tags(args.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return identity{}, err
	}
	return identity{id: made.ID().ToStringOutput(), clientID: made.ClientId, principalID: made.PrincipalId}, nil
}

// assignRole gives a principal a role on a scope. The assignment's name is a
// GUID derived from the scope, the role and the child's name, so that it is
// the same on every run, and is not taken in another resource group. The
// principal type is said, so that Azure does not look up a principal it has
// not replicated yet (PrincipalNotFound).
func assignRole(ctx *pulumi.Context, name, role string, scope, principal pulumi.StringInput, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	assignment := scope.ToStringOutput().ApplyT(func(scope string) string {
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte(scope+"|"+role+"|"+name)).String()
	}).(pulumi.StringOutput)
	definition := scope.ToStringOutput().ApplyT(func(scope string) (string, error) {
		id, err := parseID(scope)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s", id.Subscription, role), nil
	}).(pulumi.StringOutput)
	return authorization.NewRoleAssignment(ctx, name, &authorization.RoleAssignmentArgs{
		RoleAssignmentName: assignment,
		Scope:              scope,
		RoleDefinitionId:   definition,
		PrincipalId:        principal,
		PrincipalType:      pulumi.String("ServicePrincipal"),
	}, opts...)
}

// identify sets the cluster's identity and makes the roles that must be there
// before it.
func (a *ClusterArgs) identify(ctx *pulumi.Context, name string, c *containerservice.ManagedClusterArgs, parent *Cluster) ([]pulumi.Resource, error) {
	switch a.Identity.Kind {
	case SystemAssigned:
		c.Identity = &containerservice.ManagedClusterIdentityArgs{Type: containerservice.ResourceIdentityTypeSystemAssigned}
		return nil, nil
	case ServicePrincipal:
		c.ServicePrincipalProfile = &containerservice.ManagedClusterServicePrincipalProfileArgs{
			ClientId: pulumi.String(a.Identity.ClientID),
			Secret:   pulumi.ToSecret(a.Identity.ClientSecret).(pulumi.StringOutput),
		}
		made, err := a.roles(ctx, name, pulumi.String(a.Identity.ObjectID), pulumi.Parent(parent))
		if err != nil {
			return nil, err
		}
		return a.pulls(ctx, name, pulumi.String(a.Identity.ObjectID), made, pulumi.Parent(parent))
	}
	control, err := userAssigned(ctx, name+"-identity", a.ClusterName+"-identity", a, a.Identity.ControlPlaneID, parent)
	if err != nil {
		return nil, err
	}
	kubelet, err := userAssigned(ctx, name+"-kubelet-identity", a.ClusterName+"-kubelet-identity", a, a.Identity.KubeletID, parent)
	if err != nil {
		return nil, err
	}
	c.Identity = &containerservice.ManagedClusterIdentityArgs{
		Type:                   containerservice.ResourceIdentityTypeUserAssigned,
		UserAssignedIdentities: pulumi.StringArray{control.id},
	}
	c.IdentityProfile = containerservice.UserAssignedIdentityMap{
		"kubeletidentity": containerservice.UserAssignedIdentityArgs{
			ResourceId: kubelet.id, ClientId: kubelet.clientID, ObjectId: kubelet.principalID,
		},
	}
	made, err := a.roles(ctx, name, control.principalID, pulumi.Parent(parent))
	if err != nil || !a.Identity.AssignRoles {
		return made, err
	}
	operator, err := assignRole(ctx, name+"-operates-kubelet-identity", roleManagedIdentityOperator, kubelet.id, control.principalID, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	return a.pulls(ctx, name, kubelet.principalID, append(made, operator), pulumi.Parent(parent))
}

// pulls lets who the nodes are pull from the registries, and returns the roles
// made so far with those.
func (a *ClusterArgs) pulls(ctx *pulumi.Context, name string, nodes pulumi.StringInput, made []pulumi.Resource, opts ...pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if !a.Identity.AssignRoles {
		return made, nil
	}
	for i, registry := range a.registries() {
		pull, err := assignRole(ctx, numbered(name+"-pulls", i), roleAcrPull, pulumi.String(registry), nodes, opts...)
		if err != nil {
			return nil, err
		}
		made = append(made, pull)
	}
	return made, nil
}

// roles gives the control plane what it needs on the network: its subnets,
// and the route table where kubenet writes into it.
func (a *ClusterArgs) roles(ctx *pulumi.Context, name string, principal pulumi.StringInput, opts ...pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if !a.Identity.AssignRoles {
		return nil, nil
	}
	type grant struct {
		child, role string
		scope       pulumi.StringInput
	}
	grants := []grant{{"joins-node-subnet", roleNetworkContributor, a.SubnetID}}
	if a.PodSubnetID != nil {
		grants = append(grants, grant{"joins-pod-subnet", roleNetworkContributor, a.PodSubnetID})
	}
	if a.RouteTableID != nil {
		grants = append(grants, grant{"writes-routes", roleNetworkContributor, a.RouteTableID})
	}
	if a.ownZone() {
		grants = append(grants,
			grant{"writes-private-dns-zone", rolePrivateDNSZoneContributor, pulumi.String(a.PrivateDNSZone)},
			grant{"links-private-dns-zone", roleNetworkContributor, a.VnetID})
	}
	var made []pulumi.Resource
	for _, g := range grants {
		r, err := assignRole(ctx, name+"-"+g.child, g.role, g.scope, principal, opts...)
		if err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

package infra

import (
	"fmt"

	"github.com/google/uuid"
	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/spec"
)

// Azure's built-in roles, by the GUID of their definition, equal in every
// tenant and cloud (Microsoft, Azure built-in roles, 2026).
const (
	roleNetworkContributor        = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	roleManagedIdentityOperator   = "f1a07417-d97a-45cb-824c-7a7467783830"
	roleAcrPull                   = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
	rolePrivateDNSZoneContributor = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
)

// identity is a user-assigned identity, made or given.
type identity struct {
	id, clientID, principalID pulumi.StringOutput
}

// userAssigned makes an identity, or reads the existing one: a role assignment
// takes its principal ID, and the nodes' profile its client ID too.
func (m *making) userAssigned(child, existing string) (identity, error) {
	if existing != "" {
		at := m.existing(existing)
		found := managedidentity.LookupUserAssignedIdentityOutput(m.ctx, managedidentity.LookupUserAssignedIdentityOutputArgs{
			ResourceGroupName: at.group,
			ResourceName:      at.name,
		}, at.read(m.self)...)
		return identity{id: at.id, clientID: found.ClientId(), principalID: found.PrincipalId()}, nil
	}
	made, err := managedidentity.NewUserAssignedIdentity(m.ctx, m.name+"-"+child, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String(m.spec.Name + "-" + child),
		ResourceGroupName: m.ResourceGroupName,
		Location:          m.location(),
		Tags:              m.tags(),
	}, m.child())
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
func (m *making) assignRole(child, role string, scope, principal pulumi.StringInput, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	name := m.name + "-" + child
	if m.retries.role != nil {
		opts = append(opts, m.retries.role)
	}
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
	return authorization.NewRoleAssignment(m.ctx, name, &authorization.RoleAssignmentArgs{
		RoleAssignmentName: assignment,
		Scope:              scope,
		RoleDefinitionId:   definition,
		PrincipalId:        principal,
		PrincipalType:      pulumi.String("ServicePrincipal"),
	}, append(opts, m.child())...)
}

// identify sets the cluster's identity and makes the roles that must be there
// before it.
func (m *making) identify() ([]pulumi.Resource, error) {
	switch m.spec.Identity {
	case spec.SystemAssigned:
		m.args.Identity = &containerservice.ManagedClusterIdentityArgs{Type: containerservice.ResourceIdentityTypeSystemAssigned}
		return nil, nil
	case spec.ServicePrincipal:
		client, object := m.input(m.spec.ServicePrincipal.ClientID).ToStringOutput(), m.input(m.spec.ServicePrincipal.ObjectID).ToStringOutput()
		m.out.PrincipalID, m.out.KubeletPrincipalID, m.out.KubeletClientID = object, object, client
		m.args.ServicePrincipalProfile = &containerservice.ManagedClusterServicePrincipalProfileArgs{
			ClientId: client,
			Secret:   pulumi.ToSecret(m.wires.ClientSecret).(pulumi.StringOutput),
		}
		made, err := m.roles(object)
		if err != nil {
			return nil, err
		}
		more, err := m.assignPulls(object)
		return append(made, more...), err
	}
	control, err := m.userAssigned("identity", m.spec.ControlPlaneIdentity)
	if err != nil {
		return nil, err
	}
	kubelet, err := m.userAssigned("kubelet-identity", m.spec.KubeletIdentity)
	if err != nil {
		return nil, err
	}
	m.out.PrincipalID, m.out.KubeletPrincipalID, m.out.KubeletClientID = control.principalID, kubelet.principalID, kubelet.clientID
	m.args.Identity = &containerservice.ManagedClusterIdentityArgs{
		Type:                   containerservice.ResourceIdentityTypeUserAssigned,
		UserAssignedIdentities: pulumi.StringArray{control.id},
	}
	m.args.IdentityProfile = containerservice.UserAssignedIdentityMap{
		"kubeletidentity": containerservice.UserAssignedIdentityArgs{
			ResourceId: kubelet.id, ClientId: kubelet.clientID, ObjectId: kubelet.principalID,
		},
	}
	made, err := m.roles(control.principalID)
	if err != nil || m.spec.RoleAssignments != spec.CreateRoles {
		return made, err
	}
	operator, err := m.assignRole("operates-kubelet-identity", roleManagedIdentityOperator, kubelet.id, control.principalID)
	if err != nil {
		return nil, err
	}
	more, err := m.assignPulls(kubelet.principalID)
	return append(append(made, operator), more...), err
}

// assignPulls lets who the nodes are pull from the registries: the bootstrap registry
// of an isolated cluster is one.
func (m *making) assignPulls(nodes pulumi.StringInput, opts ...pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if m.spec.RoleAssignments != spec.CreateRoles {
		return nil, nil
	}
	var made []pulumi.Resource
	for i, registry := range m.spec.Registries() {
		pull, err := m.assignRole(numbered("pulls", i), roleAcrPull, m.input(registry), nodes, append(opts, through(m.component.existing(registry).provider))...)
		if err != nil {
			return nil, err
		}
		made = append(made, pull)
	}
	return made, nil
}

// roles gives the control plane what it needs on the network: its subnets,
// and the route table where it writes into it.
func (m *making) roles(principal pulumi.StringInput, opts ...pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if m.spec.RoleAssignments != spec.CreateRoles {
		return nil, nil
	}
	var made []pulumi.Resource
	for _, g := range []struct {
		needed      bool
		child, role string
		scope       pulumi.StringInput
	}{
		{true, "joins-node-subnet", roleNetworkContributor, m.wires.SubnetID},
		{m.spec.NetworkPlugin == spec.AzurePodSubnet, "joins-pod-subnet", roleNetworkContributor, m.wires.PodSubnetID},
		{m.spec.IngressSubnet.IsValid(), "joins-ingress-subnet", roleNetworkContributor, m.wires.IngressSubnetID},
		{m.plan.LinksZone(m.spec), "links-system-zone", roleNetworkContributor, m.wires.VnetID},
		{m.spec.WritesRoutes(), "writes-routes", roleNetworkContributor, m.wires.RouteTableID},
		{m.spec.OwnZone(), "writes-private-dns-zone", rolePrivateDNSZoneContributor, m.input(m.spec.PrivateDNSZone)},
		{m.spec.OwnZone(), "links-private-dns-zone", roleNetworkContributor, m.wires.VnetID},
	} {
		if !g.needed {
			continue
		}
		r, err := m.assignRole(g.child, g.role, g.scope, principal, opts...)
		if err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

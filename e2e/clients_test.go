package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/sandbox/serve"
)

// served is a server of Azure's REST interface, and what a client of Microsoft's
// is told to find it.
type served struct {
	endpoint, subscription, tenant string
}

// serving starts a server that ends with the test.
func serving(t *testing.T, o serve.Options) served {
	t.Helper()
	o.Addr, o.Unknown = "127.0.0.1:0", "refuse"
	in, closeIn := io.Pipe()
	outRead, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve.Run(context.Background(), o, in, out) }()
	t.Cleanup(func() {
		require.NoError(t, closeIn.Close())
		require.NoError(t, <-done)
	})
	line, err := bufio.NewReader(outRead).ReadBytes('\n')
	require.NoError(t, err)
	var hello struct{ Endpoint, Subscription, Tenant string }
	require.NoError(t, json.Unmarshal(line, &hello))
	return served{hello.Endpoint, hello.Subscription, hello.Tenant}
}

// options are a client's: where Azure is, and no patience, as nobody waits here.
func (s served) options() *arm.ClientOptions {
	return &arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Cloud: cloud.Configuration{
			ActiveDirectoryAuthorityHost: s.endpoint,
			Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: s.endpoint, Audience: s.endpoint}},
		},
		Retry:                           policy.RetryOptions{MaxRetries: -1},
		InsecureAllowCredentialWithHTTP: true,
	}}
}

// GetToken asks for a token as a service principal does, so that a server is a
// credential of its own.
func (s served) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"anybody"}, "client_secret": {"anything"}, "scope": o.Scopes}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint+"/"+s.tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return azcore.AccessToken{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	var token struct {
		Token  string `json:"access_token"`
		Expiry int    `json:"expires_in"`
	}
	err = errors.Join(json.NewDecoder(answer.Body).Decode(&token), answer.Body.Close())
	return azcore.AccessToken{Token: token.Token, ExpiresOn: time.Now().Add(time.Duration(token.Expiry) * time.Second)}, err
}

// clients are Microsoft's, for one server.
type clients struct {
	network    *armnetwork.ClientFactory
	containers *armcontainerservice.ClientFactory
	identities *armmsi.ClientFactory
	roles      *armauthorization.ClientFactory
	resources  *armresources.ClientFactory
}

func clientsOf(t *testing.T, s served) clients {
	t.Helper()
	var c clients
	var errs [5]error
	c.network, errs[0] = armnetwork.NewClientFactory(s.subscription, s, s.options())
	c.containers, errs[1] = armcontainerservice.NewClientFactory(s.subscription, s, s.options())
	c.identities, errs[2] = armmsi.NewClientFactory(s.subscription, s, s.options())
	c.roles, errs[3] = armauthorization.NewClientFactory(s.subscription, s, s.options())
	c.resources, errs[4] = armresources.NewClientFactory(s.subscription, s, s.options())
	require.NoError(t, errors.Join(errs[:]...))
	return c
}

// polled waits for the end of a long-running operation.
func polled[T any](t *testing.T, poller *runtime.Poller[T], err error) T {
	t.Helper()
	require.NoError(t, err)
	last, err := poller.PollUntilDone(t.Context(), nil)
	require.NoError(t, err)
	return last
}

// paged reads all pages.
func paged[T any](t *testing.T, pager *runtime.Pager[T]) (pages []T) {
	t.Helper()
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		require.NoError(t, err)
		pages = append(pages, page)
	}
	return pages
}

// body reads what an operation sent into a client's own type.
func body[T any](t *testing.T, o op) (out T) {
	t.Helper()
	raw, err := json.Marshal(o.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// place is what an ID says: the resource group, and the names below the provider.
func place(id string) (group string, names []string) {
	parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
	for i := 7; i < len(parts); i += 2 {
		names = append(names, parts[i])
	}
	return parts[3], names
}

// refused is the code that a client was refused with.
func refused(t *testing.T, err error) string {
	t.Helper()
	var answer *azcore.ResponseError
	require.ErrorAs(t, err, &answer)
	return answer.ErrorCode
}

// put makes what an operation of the dev stack made, by the client of its type.
func (c clients) put(t *testing.T, o op) {
	t.Helper()
	ctx := t.Context()
	group, names := place(o.ID)
	switch _, kind, _ := strings.Cut(o.Type, "/"); kind {
	case "resourceGroups":
		_, err := c.resources.NewResourceGroupsClient().CreateOrUpdate(ctx, group, body[armresources.ResourceGroup](t, o), nil)
		require.NoError(t, err)
	case "virtualNetworks":
		poller, err := c.network.NewVirtualNetworksClient().BeginCreateOrUpdate(ctx, group, names[0], body[armnetwork.VirtualNetwork](t, o), nil)
		polled(t, poller, err)
	case "virtualNetworks/subnets":
		poller, err := c.network.NewSubnetsClient().BeginCreateOrUpdate(ctx, group, names[0], names[1], body[armnetwork.Subnet](t, o), nil)
		polled(t, poller, err)
	case "publicIPAddresses":
		poller, err := c.network.NewPublicIPAddressesClient().BeginCreateOrUpdate(ctx, group, names[0], body[armnetwork.PublicIPAddress](t, o), nil)
		polled(t, poller, err)
	case "firewallPolicies":
		poller, err := c.network.NewFirewallPoliciesClient().BeginCreateOrUpdate(ctx, group, names[0], body[armnetwork.FirewallPolicy](t, o), nil)
		polled(t, poller, err)
	case "firewallPolicies/ruleCollectionGroups":
		poller, err := c.network.NewFirewallPolicyRuleCollectionGroupsClient().BeginCreateOrUpdate(ctx, group, names[0], names[1], body[armnetwork.FirewallPolicyRuleCollectionGroup](t, o), nil)
		polled(t, poller, err)
	case "azureFirewalls":
		poller, err := c.network.NewAzureFirewallsClient().BeginCreateOrUpdate(ctx, group, names[0], body[armnetwork.AzureFirewall](t, o), nil)
		polled(t, poller, err)
	case "routeTables":
		poller, err := c.network.NewRouteTablesClient().BeginCreateOrUpdate(ctx, group, names[0], body[armnetwork.RouteTable](t, o), nil)
		polled(t, poller, err)
	case "routeTables/routes":
		poller, err := c.network.NewRoutesClient().BeginCreateOrUpdate(ctx, group, names[0], names[1], body[armnetwork.Route](t, o), nil)
		polled(t, poller, err)
	case "managedClusters":
		poller, err := c.containers.NewManagedClustersClient().BeginCreateOrUpdate(ctx, group, names[0], body[armcontainerservice.ManagedCluster](t, o), nil)
		polled(t, poller, err)
	case "roleAssignments":
		scope, name, _ := strings.Cut(o.ID, "/providers/Microsoft.Authorization/roleAssignments/")
		_, err := c.roles.NewRoleAssignmentsClient().Create(ctx, scope, name, body[armauthorization.RoleAssignmentCreateParameters](t, o), nil)
		require.NoError(t, err)
	default:
		require.Fail(t, "no client", "%s", o.Type)
	}
}

// remove deletes it.
func (c clients) remove(t *testing.T, o op) {
	t.Helper()
	ctx := t.Context()
	group, names := place(o.ID)
	switch _, kind, _ := strings.Cut(o.Type, "/"); kind {
	case "resourceGroups":
		poller, err := c.resources.NewResourceGroupsClient().BeginDelete(ctx, group, nil)
		polled(t, poller, err)
	case "virtualNetworks":
		poller, err := c.network.NewVirtualNetworksClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "virtualNetworks/subnets":
		poller, err := c.network.NewSubnetsClient().BeginDelete(ctx, group, names[0], names[1], nil)
		polled(t, poller, err)
	case "publicIPAddresses":
		poller, err := c.network.NewPublicIPAddressesClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "firewallPolicies":
		poller, err := c.network.NewFirewallPoliciesClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "firewallPolicies/ruleCollectionGroups":
		poller, err := c.network.NewFirewallPolicyRuleCollectionGroupsClient().BeginDelete(ctx, group, names[0], names[1], nil)
		polled(t, poller, err)
	case "azureFirewalls":
		poller, err := c.network.NewAzureFirewallsClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "routeTables":
		poller, err := c.network.NewRouteTablesClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "routeTables/routes":
		poller, err := c.network.NewRoutesClient().BeginDelete(ctx, group, names[0], names[1], nil)
		polled(t, poller, err)
	case "managedClusters":
		poller, err := c.containers.NewManagedClustersClient().BeginDelete(ctx, group, names[0], nil)
		polled(t, poller, err)
	case "roleAssignments":
		_, err := c.roles.NewRoleAssignmentsClient().DeleteByID(ctx, o.ID, nil)
		require.NoError(t, err)
	default:
		require.Fail(t, "no client", "%s", o.Type)
	}
}

// TestClients: Microsoft's own clients for Go bring up what the dev stack is,
// list it, change it and delete it, over HTTP.
func TestClients(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	made := newStack(t, "dev").do(sandbox.Up).writes()
	s := serving(t, serve.Options{AsAzure: true})
	c := clientsOf(t, s)
	group, _ := place(made[0].ID)
	clusters, tables := c.containers.NewManagedClustersClient(), c.network.NewRouteTablesClient()

	t.Run("what is not there", func(t *testing.T) {
		_, err := clusters.Get(ctx, group, "aks-egress", nil)
		assert.Equal(t, "ResourceGroupNotFound", refused(t, err))
		_, err = clusters.BeginCreateOrUpdate(ctx, group, "aks-egress", armcontainerservice.ManagedCluster{Location: to.Ptr("eastus")}, nil)
		assert.Equal(t, "ResourceGroupNotFound", refused(t, err))
	})
	require.True(t, t.Run("up", func(t *testing.T) {
		for _, o := range made {
			if strings.HasSuffix(o.Type, "/roleAssignments") { // of the cluster that is here
				cluster, err := clusters.Get(ctx, group, "aks-egress", nil)
				require.NoError(t, err)
				properties, ok := o.Body["properties"].(map[string]any)
				require.True(t, ok)
				properties["principalId"] = *cluster.Identity.PrincipalID
			}
			c.put(t, o)
		}
	}))
	t.Run("lists", func(t *testing.T) {
		var listed, wanted []string
		for _, page := range paged(t, c.resources.NewClient().NewListByResourceGroupPager(group, &armresources.ClientListByResourceGroupOptions{Top: to.Ptr[int32](2)})) {
			for _, r := range page.Value {
				listed = append(listed, *r.ID)
			}
		}
		for _, o := range made {
			if _, names := place(o.ID); len(names) == 1 { // what Azure lists are top-level resources
				wanted = append(wanted, o.ID)
			}
		}
		assert.ElementsMatch(t, wanted, listed)
		var subnets []string
		for _, page := range paged(t, c.network.NewSubnetsClient().NewListPager(group, "aks-egress-vnet", nil)) {
			for _, subnet := range page.Value {
				subnets = append(subnets, *subnet.Name)
			}
		}
		assert.ElementsMatch(t, []string{"AzureFirewallSubnet", "aks-subnet"}, subnets)
		var roles []string
		for _, page := range paged(t, c.roles.NewRoleAssignmentsClient().NewListForResourceGroupPager(group, nil)) {
			for _, role := range page.Value {
				roles = append(roles, *role.ID)
			}
		}
		assert.Equal(t, []string{made[slices.IndexFunc(made, func(o op) bool { return strings.HasSuffix(o.Type, "/roleAssignments") })].ID}, roles)
		var all []string
		for _, page := range paged(t, clusters.NewListPager(nil)) {
			for _, cluster := range page.Value {
				all = append(all, *cluster.Name)
			}
		}
		assert.Equal(t, []string{"aks-egress"}, all)
	})
	t.Run("changes", func(t *testing.T) {
		// Read, changed and sent back with all that Azure put into it.
		got, err := clusters.Get(ctx, group, "aks-egress", nil)
		require.NoError(t, err)
		got.Properties.AgentPoolProfiles[0].Count = to.Ptr[int32](4)
		poller, err := clusters.BeginCreateOrUpdate(ctx, group, "aks-egress", got.ManagedCluster, nil)
		assert.Equal(t, int32(4), *polled(t, poller, err).Properties.AgentPoolProfiles[0].Count)
		credentials, err := clusters.ListClusterUserCredentials(ctx, group, "aks-egress", nil)
		require.NoError(t, err)
		assert.Contains(t, string(credentials.Kubeconfigs[0].Value), *got.Properties.Fqdn)

		tagged, err := tables.UpdateTags(ctx, group, "aks-egress-fwrt", armnetwork.TagsObject{Tags: map[string]*string{"by": to.Ptr("hand")}}, nil)
		require.NoError(t, err)
		assert.Equal(t, "hand", *tagged.Tags["by"])
		assert.Len(t, tagged.Properties.Routes, 3)
	})
	t.Run("refusals", func(t *testing.T) {
		_, err := c.network.NewSubnetsClient().BeginDelete(ctx, group, "aks-egress-vnet", "aks-subnet", nil)
		assert.Equal(t, "InUseSubnetCannotBeDeleted", refused(t, err))
		_, err = c.network.NewSubnetsClient().BeginCreateOrUpdate(ctx, group, "aks-egress-vnet", "other", armnetwork.Subnet{
			Properties: &armnetwork.SubnetPropertiesFormat{AddressPrefix: to.Ptr("10.42.9.1/24")},
		}, nil)
		assert.Equal(t, "InvalidCIDRNotation", refused(t, err))
	})
	t.Run("down", func(t *testing.T) {
		for _, o := range slices.Backward(made) {
			c.remove(t, o)
		}
		_, err := c.resources.NewResourceGroupsClient().Get(ctx, group, nil)
		assert.Equal(t, "ResourceGroupNotFound", refused(t, err))
		for _, page := range paged(t, c.resources.NewClient().NewListPager(nil)) {
			assert.Empty(t, page.Value)
		}
	})
}

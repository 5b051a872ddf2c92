package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

func TestWalkthrough(t *testing.T) {
	h := base(t)
	got := h.put(h.cluster(nil))
	assert.Regexp(t, `^aks-[0-9a-f]{8}\.hcp\.eastus\.azmk8s\.io$`, text(got, "properties", "fqdn"))
	api := rcg(policyID+"/ruleCollectionGroups/api-server", 500, filter("api", 100, "Allow",
		netRule("api", object{"destinationAddresses": nil, "destinationFqdns": []any{text(got, "properties", "fqdn")}, "destinationPorts": []any{"443"}})))
	h.put(api)
	h.remove(api.id, clusterID, nodesID, routeID, tableID, fwID, coreID, policyID, fwSubnet, vnetID, pipID, netBase+"/publicIPAddresses/pip-1", testGroup)
	assert.Empty(t, h.w.List())
}

// TestEveryAnswerIsAzures holds what GET answers against Azure's model, in
// which only read-only properties may be more than a request could have.
func TestEveryAnswerIsAzures(t *testing.T) {
	h := base(t)
	h.put(identity(controlID), zone(zoneID), link(zoneID, vnetID), ipGroup("g", "10.0.0.0/8"), prefixStep(31), fromPrefix(0))
	h.put(h.cluster(all(set("oidcIssuerProfile", object{"enabled": true}), set("addonProfiles", object{"azurepolicy": object{"enabled": true}}))))
	h.put(agentPool("spot", object{"mode": "User", "count": 1, "scaleSetPriority": "Spot"}), grant(nodesID, controlID, roleNetworkContributor))
	h.put(monitoring()...)
	h.put(diagnostic(fwID, "AZFWNetworkRule"))
	for _, got := range h.w.List() {
		body := cloneObject(got)
		for _, name := range []string{"etag", "apiVersion"} {
			delete(body, name)
		}
		assert.Empty(t, h.w.kinds[key(text(got, "type"))].checkExisting(text(got, "id")+" ", text(got, "apiVersion"), body))
	}
	path := filepath.Join(t.TempDir(), "world.json")
	h.w.path = path
	require.NoError(t, h.w.save(h.w.state))
	again, err := Open(path, Options{})
	require.NoError(t, err)
	assert.Equal(t, h.w.List(), again.List(), "a world passes the check it is read with")
}

func TestEveryTypeHasAModel(t *testing.T) {
	for _, k := range kinds() {
		for _, version := range k.versions {
			_, ok := model.Lookup(k.name, version)
			assert.True(t, ok, "%s@%s", k.name, version)
		}
		for _, typ := range k.after {
			assert.Contains(t, kinds(), strings.ToLower(typ), "%s is seeded after it", k.name)
		}
	}
}

func TestTheWorldIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "world.json")
	h := newHarness(t, Options{})
	w, err := Open(path, Options{Latency: 0.001, Tenant: guid("tenant")})
	require.NoError(t, err)
	h.w = w
	h.put(network0()...)
	h.put(policy(policyID, "Standard", nil), core(), firewall(1, nil))
	before := h.w.List()

	again, err := Open(path, Options{Latency: 0.001})
	require.NoError(t, err)
	assert.Equal(t, before, again.List())
	assert.Equal(t, guid("tenant"), again.state.tenant)

	h.w = again
	h.remove(fwID)
	_, err = h.try(firewall(1, object{"networkRuleCollections": []any{object{}}}))
	require.Error(t, err)
	third, err := Open(path, Options{})
	require.NoError(t, err)
	assert.Equal(t, again.List(), third.List(), "a refused request is not saved")

	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no temporary file stays behind")
}

func TestAFileThatIsNoWorld(t *testing.T) {
	for name, content := range map[string]string{
		"is not a world":       "{",
		"its version is 7":     `{"version": 7}`,
		"is not a resource ID": `{"version": 1, "resources": [{"id": "x"}]}`,
		"is null":              `{"version": 1, "resources": [null]}`,
		"resources[0].body.properties.colour: Azure does not have this property": `{"version": 1, "resources": [{"id": "` + vnetID + `", "apiVersion": "2024-05-01", "body": {"location": "eastus", "properties": {"colour": "red"}}}]}`,
		`resources[0].apiVersion: "" is not one of 2024-05-01`:                   `{"version": 1, "resources": [{"id": "` + vnetID + `", "body": {"location": "eastus"}}]}`,
		"does not know": `{"version": 1, "resources": [{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Nope/a/b"}]}`,
	} {
		path := filepath.Join(t.TempDir(), "world.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := Open(path, Options{})
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, path)
	}
	_, err := Open("", Options{Latency: -1})
	require.ErrorContains(t, err, "latency")
}

func TestAWorldThatCannotBeSaved(t *testing.T) {
	dir := t.TempDir()
	w, err := Open(filepath.Join(dir, "world.json"), Options{Latency: 0.001})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	w.path = filepath.Join(dir, "file", "world.json")
	_, err = w.Put(t.Context(), testGroup, "2024-03-01", object{"location": "eastus"})
	require.ErrorContains(t, err, "saving the sandbox's world")
	assert.Empty(t, w.List(), "what cannot be saved did not happen")
}

// gate keeps writes open until the test lets them go.
type gate struct {
	entered chan struct{}
	leave   chan struct{}
}

func (h *harness) gate() *gate {
	g := &gate{entered: make(chan struct{}, 8), leave: make(chan struct{})}
	h.w.wait = func(ctx context.Context, _ time.Duration) error {
		g.entered <- struct{}{}
		select {
		case <-g.leave:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return g
}

// during runs a request while another is open.
func (h *harness) during(first step, second func() error) (error, error) {
	g := h.gate()
	done := make(chan error)
	go func() {
		if first.api == "delete" {
			done <- h.w.Delete(context.Background(), first.id, api(first.id))
			return
		}
		_, err := h.try(first)
		done <- err
	}()
	<-g.entered
	other := make(chan error, 1)
	go func() { other <- second() }()
	var err error
	select {
	case err = <-other: // refused at once
		close(g.leave)
	case <-g.entered: // let in beside the first
		close(g.leave)
		err = <-other
	}
	h.w.wait = pause
	return <-done, err
}

func TestWritesInConflict(t *testing.T) {
	spare := vnetID + "/subnets/spare"
	second := policyID + "/ruleCollectionGroups/second"
	prep := []step{policy(policyID+"-p", "Standard", nil), policy(policyID, "Standard", object{"basePolicy": ref(policyID + "-p")}), vnet(otherVNet, nil, "10.50.0.0/16"), vnet(otherVNet+"3", nil, "10.51.0.0/16"), ipGroup("g", "10.0.0.0/8"),
		rcg(second, 300, filter("c", 100, "Allow", netRule("r", object{"sourceAddresses": nil, "sourceIpGroups": []any{netBase + "/ipGroups/g"}})))}
	for name, c := range map[string]struct {
		first, second step
		code          string // empty: both go
	}{
		"two groups of a policy":         {core(), rcg(second, 300), "AnotherOperationInProgress"},
		"a group and its policy":         {core(), policy(policyID, "Standard", object{"basePolicy": ref(policyID + "-p")}), "AnotherOperationInProgress"},
		"a group and the firewall":       {core(), firewall(1, nil), "AnotherOperationInProgress"},
		"the firewall and a group":       {firewall(1, nil), core(), "AnotherOperationInProgress"},
		"a group written and deleted":    {core(), deleted(second), "AnotherOperationInProgress"},
		"two subnets of a network":       {subnet(spare, "10.42.9.0/24", ""), subnet(vnetID+"/subnets/b", "10.42.10.0/24", ""), "AnotherOperationInProgress"},
		"a subnet and its network":       {subnet(spare, "10.42.9.0/24", ""), embedded(vnet(vnetID, nil, "10.42.0.0/16")), "AnotherOperationInProgress"},
		"a subnet and a peering":         {subnet(spare, "10.42.9.0/24", ""), peering(vnetID, otherVNet, nil), "AnotherOperationInProgress"},
		"a peering and the remote":       {peering(otherVNet, vnetID, nil), subnet(spare, "10.42.9.0/24", ""), "AnotherOperationInProgress"},
		"two routes of a table":          {route(tableID+"/routes/a", "10.0.0.0/8", "None", ""), route(tableID+"/routes/b", "11.0.0.0/8", "None", ""), "AnotherOperationInProgress"},
		"a route and a subnet's table":   {route(tableID+"/routes/a", "10.0.0.0/8", "None", ""), subnet(nodesID, "10.42.1.0/24", tableID), "ReferencedResourceNotProvisioned"},
		"an IP group and its policy":     {ipGroup("g", "10.0.0.0/9"), core(), "AnotherOperationInProgress"},
		"an IP group and the firewall":   {ipGroup("g", "10.0.0.0/9"), firewall(1, nil), "AnotherOperationInProgress"},
		"a group going, something new":   {deleted(testGroup), pip(pipID + "x"), "ResourceGroupBeingDeleted"},
		"something new, the group going": {pip(pipID + "x"), deleted(testGroup), "AnotherOperationInProgress"},
		"an address and the firewall":    {pip(pipID), firewall(1, nil), "ReferencedResourceNotProvisioned"},
		"two subnets of two networks":    {subnet(spare, "10.42.9.0/24", ""), subnet(otherVNet+"/subnets/a", "10.50.1.0/24", ""), ""},
		"two addresses":                  {pip(pipID + "x"), pip(pipID + "y"), ""},
		"a route and a group":            {route(tableID+"/routes/a", "10.0.0.0/8", "None", ""), core(), ""},
		"a parent's group and a child":   {rcg(policyID+"-p/ruleCollectionGroups/g", 200), core(), "AnotherOperationInProgress"},
		"a parent's group, the firewall": {rcg(policyID+"-p/ruleCollectionGroups/g", 200), firewall(1, nil), "AnotherOperationInProgress"},
		"a policy and another":           {policy(policyID, "Standard", nil), policy(policyID+"2", "Standard", nil), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := base(t)
			h.put(prep...)
			first, second := h.during(c.first, func() error {
				if c.second.api == "delete" {
					return h.w.Delete(t.Context(), c.second.id, api(c.second.id))
				}
				_, err := h.try(c.second)
				return err
			})
			require.NoError(t, first)
			if c.code == "" {
				require.NoError(t, second)
				return
			}
			refused(t, second, c.code, "in progress")
			var e *Error
			require.True(t, errors.As(second, &e))
			assert.Equal(t, 409, e.StatusCode())
			assert.Empty(t, h.w.held, "nothing stays held")
		})
	}
}

func TestClusterWritesInConflict(t *testing.T) {
	running := func(t *testing.T) *harness {
		t.Helper()
		h := base(t)
		h.put(h.cluster(nil))
		return h
	}
	users := agentPool("users", object{"mode": "User", "count": 1})
	t.Run("a cluster and a pool", func(t *testing.T) {
		h := running(t)
		_, err := h.during(h.cluster(nil), func() error { _, err := h.try(users); return err })
		refused(t, err, "OperationNotAllowed", "in progress")
	})
	t.Run("two pools", func(t *testing.T) {
		h := running(t)
		_, err := h.during(users, func() error {
			_, err := h.try(agentPool("more", object{"mode": "User", "count": 1, "maxPods": 10}))
			return err
		})
		require.NoError(t, err)
	})
	t.Run("what another write took meanwhile", func(t *testing.T) {
		h := running(t)
		h.put(pip(netBase + "/publicIPAddresses/pip-2"))
		// Both fit while neither is there; the second does not when the first is.
		big := object{"mode": "User", "count": 3, "maxPods": 30}
		first, second := h.during(agentPool("a", big), func() error { _, err := h.try(agentPool("b", big)); return err })
		if first == nil {
			first = second
		}
		refused(t, first, "InsufficientSubnetSize", "aks-subnet")
		assert.Len(t, list(h.get(clusterID), "properties", "agentPoolProfiles"), 2)
	})
}

func TestReadsAreNeverRefused(t *testing.T) {
	h := base(t)
	_, err := h.during(core(), func() error {
		_, err := h.w.Get(t.Context(), coreID, networkAPI)
		return err
	})
	require.NoError(t, err)
}

func TestManyWritesAtOnce(t *testing.T) {
	h := newHarness(t, Options{})
	h.put(group("aks-egress-rg", "eastus"))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(3)
		go func() {
			defer wg.Done()
			_, err := h.try(pip(fmt.Sprintf("%s/publicIPAddresses/pip-%d", netBase, i)))
			assert.NoError(t, err)
		}()
		go func() { defer wg.Done(); h.w.List() }()
		go func() {
			defer wg.Done()
			_, err := h.w.Get(t.Context(), pipID, networkAPI)
			var e *Error
			assert.True(t, err == nil || errors.As(err, &e))
		}()
	}
	wg.Wait()
	assert.Len(t, h.w.List(), 21)
	for _, op := range h.operations() {
		assert.LessOrEqual(t, op.Start, op.End)
	}
}

// TestAClientThatGoesAway: what Azure has accepted goes on without it.
func TestAClientThatGoesAway(t *testing.T) {
	h := newHarness(t, Options{})
	h.put(group("aks-egress-rg", "eastus"))
	ctx, cancel := context.WithCancel(t.Context())
	leave := make(chan struct{})
	h.w.wait = func(context.Context, time.Duration) error { cancel(); <-leave; return nil }
	_, err := h.w.Put(ctx, pipID, networkAPI, pip(pipID).body)
	require.ErrorIs(t, err, context.Canceled)
	var half interface{ WasAccepted() bool }
	require.ErrorAs(t, err, &half)
	assert.True(t, half.WasAccepted())
	assert.Len(t, h.w.List(), 1)
	close(leave)
	h.w.Wait()
	assert.Len(t, h.w.List(), 2)
	assert.Empty(t, h.w.held)
	h.w.wait = pause
	require.ErrorIs(t, h.w.Delete(ctx, testGroup, "2024-03-01"), context.Canceled)
	h.w.Wait()
	assert.Empty(t, h.w.List())
}

func TestTrace(t *testing.T) {
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	h := newHarness(t, Options{Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(250 * time.Microsecond)
		return at
	}})
	h.put(group("aks-egress-rg", "eastus"), pip(pipID), pip(pipID))
	_, err := h.try(step{id: pipID, body: object{"location": "eastus", "nope": true}})
	require.Error(t, err)
	h.get(pipID)
	h.remove(pipID)
	_, err = h.w.Get(t.Context(), pipID, networkAPI)
	require.Error(t, err)

	var got []string
	for _, op := range h.operations() {
		got = append(got, fmt.Sprintf("%s %s@%s %s %.2f-%.2f %d %s", op.Op, op.Type, op.APIVersion, op.Name, op.Start, op.End, op.Status, op.Code))
	}
	assert.Equal(t, []string{
		"create Microsoft.Resources/resourceGroups@2024-03-01 aks-egress-rg 0.25-0.50 201 ",
		"create Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 0.75-1.00 201 ",
		"update Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 1.25-1.50 200 ",
		"update Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 1.75-2.00 400 InvalidRequestContent",
		"read Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 2.25-2.50 200 ",
		"delete Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 2.75-3.00 200 ",
		"read Microsoft.Network/publicIPAddresses@2024-05-01 pip-0 3.25-3.50 404 ResourceNotFound",
	}, got)
	ops := h.operations()
	assert.Equal(t, object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{"publicIPAllocationMethod": "Static"}}, ops[1].Body, "the body exactly as it came")
}

func TestSecretsAreMasked(t *testing.T) {
	h := base(t)
	h.w.path = filepath.Join(t.TempDir(), "world.json")
	h.put(assignment(nodesID, guid("object"), roleNetworkContributor, "ServicePrincipal"))
	got := h.put(h.cluster(func(p, b object) {
		delete(b, "identity")
		p["servicePrincipalProfile"] = object{"clientId": guid("sp"), "secret": "hunter2"}
		p["windowsProfile"] = object{"adminUsername": "azureuser", "adminPassword": "hunter2"}
		p["linuxProfile"] = object{"adminUsername": "azureuser", "ssh": object{"publicKeys": []any{object{"keyData": "ssh-ed25519 AAAA"}}}}
	}))
	assert.NotContains(t, h.trace.String(), "hunter2")
	assert.Contains(t, h.trace.String(), "ssh-ed25519 AAAA")
	raw, err := json.Marshal(got)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "hunter2", "GET shows no secret")

	vault := testGroup + "/providers/Microsoft.KeyVault/vaults/secrets1"
	h.put(step{id: vault, api: "2023-02-01", body: object{"location": "eastus", "properties": object{"tenantId": DefaultTenant, "sku": object{"family": "A", "name": "standard"}}}})
	shown := h.put(step{id: vault + "/secrets/s", api: "2023-02-01", body: object{"properties": object{"value": "hunter2", "contentType": "text"}}})
	assert.Equal(t, "text", text(shown, "properties", "contentType"))
	assert.Nil(t, at(shown, "properties", "value"))
	assert.NotContains(t, h.trace.String(), "hunter2")
	kept, err := os.ReadFile(h.w.path)
	require.NoError(t, err)
	assert.NotContains(t, string(kept), "hunter2")
	assert.Contains(t, string(kept), hashed("hunter2"))
	assert.Equal(t, hashed("hunter2"), hashed(hashed("hunter2").(string)), "once")
	assert.NotEqual(t, hashed("hunter2"), hashed("hunter3"))
}

func TestCreateTrace(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "trace"), filepath.Join(dir, "link")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o644))
	require.NoError(t, os.Symlink(file, link))
	_, err := CreateTrace(link)
	require.ErrorContains(t, err, "is a symbolic link")
	_, err = CreateTrace(filepath.Join(dir, "none", "trace"))
	require.ErrorContains(t, err, "--trace: ")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "old", string(b))

	f, err := CreateTrace(file)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	now, err := os.Stat(file)
	require.NoError(t, err)
	assert.Zero(t, now.Size())
	assert.Equal(t, os.FileMode(0o600), now.Mode().Perm())
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTraceThatCannotBeWritten(t *testing.T) {
	h := newHarness(t, Options{Trace: failing{}})
	require.NoError(t, h.w.TraceError())
	h.put(group("aks-egress-rg", "eastus"))
	require.ErrorContains(t, h.w.TraceError(), "disk full")
}

func TestErrorsReadAsAzures(t *testing.T) {
	err := conflict("AnotherOperationInProgress", "wait")
	assert.Equal(t, `Status=409 Code="AnotherOperationInProgress" Message="wait"`, err.Error())
	assert.Equal(t, 409, err.StatusCode())
	assert.Equal(t, "AnotherOperationInProgress", err.ErrorCode())
}

func TestABodyThatIsNoJSON(t *testing.T) {
	h := newHarness(t, Options{})
	_, err := h.try(step{id: testGroup, body: object{"location": func() {}}})
	refused(t, err, "InvalidRequestContent", "func")
}

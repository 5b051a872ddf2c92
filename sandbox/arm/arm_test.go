package arm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

const (
	subscriptionID = "33333333-4444-4555-8666-777777777777"
	rg             = "/subscriptions/" + subscriptionID + "/resourceGroups/egress"
	vnet           = rg + "/providers/Microsoft.Network/virtualNetworks/spoke"
	table          = rg + "/providers/Microsoft.Network/routeTables/out"
	identity       = rg + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
)

type object = map[string]any

// client sends requests to a server of its own.
type client struct {
	t    *testing.T
	base string
}

func serve(t *testing.T, o azure.Options) *client {
	t.Helper()
	if o.Latency == 0 {
		o.Latency = 0.001
	}
	o.Subscription, o.AnyVersion = subscriptionID, true
	world, err := azure.Open("", o)
	require.NoError(t, err)
	h := New(world, Options{PageSize: 2})
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		h.Wait()
	})
	return &client{t, server.URL}
}

type reply struct {
	status int
	header http.Header
	body   object
}

func (r reply) code() string {
	e, _ := r.body["error"].(object)
	code, _ := e["code"].(string)
	return code
}

// do sends a request at an API version, if the path names none.
func (c *client) do(method, path, version string, body any, headers ...string) reply {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	if version != "" {
		path += "?api-version=" + version
	}
	var raw io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		require.NoError(c.t, err)
		raw = bytes.NewReader(b)
	}
	rq, err := http.NewRequest(method, path, raw)
	require.NoError(c.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		rq.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(rq)
	require.NoError(c.t, err)
	defer func() { require.NoError(c.t, answer.Body.Close()) }()
	out := reply{status: answer.StatusCode, header: answer.Header}
	b, err := io.ReadAll(answer.Body)
	require.NoError(c.t, err)
	if len(b) > 0 {
		require.NoError(c.t, json.Unmarshal(b, &out.body), "%s", b)
	}
	return out
}

// await follows a long-running operation to its end, as Azure's SDKs do.
func (c *client) await(r reply) reply {
	c.t.Helper()
	watch := r.header.Get("Azure-AsyncOperation")
	require.NotEmpty(c.t, watch, "%d %v", r.status, r.body)
	for {
		at := c.do("GET", watch, "", nil)
		require.Equal(c.t, 200, at.status)
		if at.body["status"] != "InProgress" {
			return at
		}
	}
}

func (c *client) put(path, version string, body any) {
	c.t.Helper()
	r := c.do("PUT", path, version, body)
	require.Less(c.t, r.status, 300, r.body)
	if r.header.Get("Azure-AsyncOperation") != "" {
		require.Equal(c.t, "Succeeded", c.await(r).body["status"])
	}
}

func (c *client) group() {
	c.t.Helper()
	c.put(rg, "2021-04-01", object{"location": "westeurope"})
}

func network(tags object) object {
	return object{"location": "westeurope", "tags": tags, "properties": object{"addressSpace": object{"addressPrefixes": []any{"10.70.0.0/16"}}}}
}

func state(r reply) any {
	props, _ := r.body["properties"].(object)
	return props["provisioningState"]
}

// gate keeps writes open until each is let go, with an error or without.
type gate chan error

func (g gate) wait(context.Context, time.Duration) error { return <-g }

// group makes the resource group, which is done when it is answered.
func (g gate) group(c *client) {
	c.t.Helper()
	c.t.Cleanup(func() { close(g) }) // a test that fails leaves nothing waiting
	go func() { g <- nil }()
	r := c.do("PUT", rg, "2021-04-01", object{"location": "westeurope"})
	require.Equal(c.t, 201, r.status)
	require.Empty(c.t, r.header.Get("Azure-AsyncOperation"))
}

// TestALongRunningWrite: accepted, shown as being made, and done only when its
// operation says so; the same for an update and a deletion.
func TestALongRunningWrite(t *testing.T) {
	g := make(gate)
	c := serve(t, azure.Options{Wait: g.wait})
	end := func(r reply) {
		t.Helper()
		g <- nil
		assert.Equal(t, "Succeeded", c.await(r).body["status"])
	}
	g.group(c)

	made := c.do("PUT", vnet, "2023-11-01", network(nil))
	assert.Equal(t, 201, made.status)
	assert.Equal(t, "Creating", state(made))
	assert.NotEmpty(t, made.header.Get("Retry-After"))
	assert.Equal(t, "2024-05-01", made.header.Get("x-sandbox-model"), "the nearest model")
	assert.Equal(t, "InProgress", c.do("GET", made.header.Get("Azure-AsyncOperation"), "", nil).body["status"])
	assert.Equal(t, "Creating", state(c.do("GET", vnet, "2023-11-01", nil)), "it is there meanwhile")
	end(made)
	assert.Equal(t, "Succeeded", state(c.do("GET", vnet, "2023-11-01", nil)))

	changed := c.do("PUT", vnet, "2023-11-01", network(object{"a": "b"}))
	assert.Equal(t, 200, changed.status)
	assert.Equal(t, "Updating", state(changed))
	busy := c.do("PUT", vnet, "2023-11-01", network(nil))
	assert.Equal(t, 409, busy.status, "one write at a time")
	assert.Equal(t, "AnotherOperationInProgress", busy.code())
	end(changed)

	gone := c.do("DELETE", vnet, "2023-11-01", nil)
	assert.Equal(t, 202, gone.status)
	assert.Equal(t, 202, c.do("GET", gone.header.Get("Location"), "", nil).status, "not yet")
	assert.Equal(t, "Deleting", state(c.do("GET", vnet, "2023-11-01", nil)))
	end(gone)
	assert.Equal(t, 204, c.do("GET", gone.header.Get("Location"), "", nil).status)
	missing := c.do("GET", vnet, "2023-11-01", nil)
	assert.Equal(t, 404, missing.status)
	assert.Equal(t, "ResourceNotFound", missing.code())

	group := c.do("DELETE", rg, "2021-04-01", nil)
	assert.Equal(t, 202, group.status)
	assert.Empty(t, group.header.Get("Azure-AsyncOperation"), "of a group Azure gives the location alone")
	assert.NotEmpty(t, group.header.Get("Location"))
	g <- nil
}

// TestAnOperationThatFails says so where it is watched, and at its location.
func TestAnOperationThatFails(t *testing.T) {
	g := make(gate)
	c := serve(t, azure.Options{Wait: g.wait})
	g.group(c)
	made := c.do("PUT", vnet, "2024-05-01", network(nil))
	g <- errors.New("the power went")
	at := c.await(made)
	assert.Equal(t, "Failed", at.body["status"])
	assert.Equal(t, "InternalServerError", at.code())
	assert.Equal(t, "InternalServerError", c.do("GET", strings.Replace(made.header.Get("Azure-AsyncOperation"), "/statuses/", "/results/", 1), "", nil).code())
	assert.Equal(t, 404, c.do("GET", vnet, "2024-05-01", nil).status)
	assert.Equal(t, "NotFound", c.do("GET", "/subscriptions/"+subscriptionID+"/providers/Sandbox.Operations/statuses/none", "2024-05-01", nil).code())
}

// TestAPromptWrite has no operation: an identity is there when it is answered.
func TestAPromptWrite(t *testing.T) {
	c := serve(t, azure.Options{})
	c.group()
	made := c.do("PUT", identity, "2018-11-30", object{"location": "westeurope"})
	assert.Equal(t, 201, made.status)
	assert.Empty(t, made.header.Get("Azure-AsyncOperation"))
	assert.Equal(t, 200, c.do("PUT", identity, "2018-11-30", object{"location": "westeurope"}).status)
	assert.Equal(t, 200, c.do("DELETE", identity, "2018-11-30", nil).status)
	assert.Equal(t, 404, c.do("GET", identity, "2018-11-30", nil).status)
}

func TestRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		status       int
		code         string
		method, path string
		version      string
		body         any
	}{
		"no version":       {400, "MissingApiVersionParameter", "GET", rg, "", nil},
		"no such version":  {400, "NoRegisteredProviderFound", "PUT", vnet, "2019-01-01", network(nil)},
		"no such type":     {404, "SandboxUnknownType", "PUT", rg + "/providers/Microsoft.Cache/redis/r", "2023-08-01", object{}},
		"no such group":    {404, "ResourceGroupNotFound", "PUT", strings.Replace(vnet, "egress", "ingress", 1), "2024-05-01", network(nil)},
		"no such resource": {404, "ResourceNotFound", "GET", vnet, "2024-05-01", nil},
		"no such property": {400, "InvalidRequestContent", "PUT", vnet, "2024-05-01", object{"location": "westeurope", "properties": object{"adresses": object{}}}},
		"not an object":    {400, "InvalidRequestContent", "PUT", vnet, "2024-05-01", []any{1}},
		"no such method":   {405, "HttpMethodNotAllowed", "TRACE", vnet, "2024-05-01", nil},
		"no such action":   {404, "ResourceNotFound", "POST", vnet + "/listNothing", "2024-05-01", object{}},
		"not an ID":        {400, "LinkedInvalidPropertyId", "PUT", "/nobody/knows", "2024-05-01", object{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, azure.Options{})
			c.group()
			r := c.do(row.method, row.path, row.version, row.body)
			assert.Equal(t, row.status, r.status)
			assert.Equal(t, row.code, r.code())
			assert.NotEmpty(t, r.body["error"].(object)["message"])
		})
	}
}

// TestPatch: tags are replaced, everything else stays; what Azure patches as a
// whole is merged.
func TestPatch(t *testing.T) {
	c := serve(t, azure.Options{})
	c.group()
	c.put(vnet, "2024-05-01", network(object{"old": "1"}))
	c.put(vnet+"/subnets/nodes", "2024-05-01", object{"properties": object{"addressPrefix": "10.70.1.0/24"}})
	patched := c.do("PATCH", vnet, "2024-05-01", object{"tags": object{"new": "2"}, "properties": object{"enableDdosProtection": true}})
	require.Equal(t, 200, patched.status, patched.body)
	assert.Empty(t, patched.header.Get("Azure-AsyncOperation"), "done when it is answered")
	assert.Equal(t, "Succeeded", state(patched))
	now := c.do("GET", vnet, "2024-05-01", nil).body
	assert.Equal(t, object{"new": "2"}, now["tags"])
	assert.Len(t, now["properties"].(object)["subnets"], 1, "children stay")
	assert.Equal(t, false, now["properties"].(object)["enableDdosProtection"], "Azure patches a network's tags alone")
	assert.Equal(t, 404, c.do("PATCH", table, "2024-05-01", object{"tags": object{}}).status)

	workspace := rg + "/providers/Microsoft.OperationalInsights/workspaces/logs"
	c.put(workspace, "2022-10-01", object{"location": "westeurope", "properties": object{"retentionInDays": 60}})
	require.Equal(t, 200, c.do("PATCH", workspace, "2022-10-01", object{"properties": object{"publicNetworkAccessForQuery": "Disabled"}}).status)
	props := c.do("GET", workspace, "2022-10-01", nil).body["properties"].(object)
	assert.Equal(t, 60.0, props["retentionInDays"])
	assert.Equal(t, "Disabled", props["publicNetworkAccessForQuery"])
}

// TestConditions: an etag guards against a write in between.
func TestConditions(t *testing.T) {
	c := serve(t, azure.Options{})
	c.group()
	assert.Equal(t, 412, c.do("PUT", vnet, "2024-05-01", network(nil), "If-Match", "*").status, "nothing there to match")
	c.await(c.do("PUT", vnet, "2024-05-01", network(nil), "If-None-Match", "*"))
	assert.Equal(t, 412, c.do("PUT", vnet, "2024-05-01", network(nil), "If-None-Match", "*").status, "there already")

	etag := c.do("GET", vnet, "2024-05-01", nil).header.Get("ETag")
	require.NotEmpty(t, etag)
	assert.Equal(t, 304, c.do("GET", vnet, "2024-05-01", nil, "If-None-Match", etag).status)
	c.await(c.do("PUT", vnet, "2024-05-01", network(object{"by": "another"}), "If-Match", etag))
	stale := c.do("PUT", vnet, "2024-05-01", network(nil), "If-Match", etag)
	assert.Equal(t, 412, stale.status)
	assert.Equal(t, "PreconditionFailed", stale.code())
	assert.Equal(t, 412, c.do("DELETE", vnet, "2024-05-01", nil, "If-Match", etag).status)
}

func TestHead(t *testing.T) {
	c := serve(t, azure.Options{})
	assert.Equal(t, 404, c.do("HEAD", rg, "2021-04-01", nil).status)
	c.group()
	assert.Equal(t, 204, c.do("HEAD", rg, "2021-04-01", nil).status)
}

// names follows the pages of a list.
func (c *client) names(path, version string) []string {
	c.t.Helper()
	var out []string
	next := c.base + path + "?api-version=" + version
	for next != "" {
		page := c.do("GET", next, "", nil)
		require.Equal(c.t, 200, page.status, page.body)
		values := page.body["value"].([]any)
		assert.LessOrEqual(c.t, len(values), 2, "a page")
		for _, v := range values {
			out = append(out, v.(object)["name"].(string))
		}
		next, _ = page.body["nextLink"].(string)
	}
	return out
}

// TestLists: by subscription, group, parent and scope, in pages.
func TestLists(t *testing.T) {
	c := serve(t, azure.Options{})
	c.group()
	other := strings.Replace(rg, "egress", "other", 1)
	c.put(other, "2021-04-01", object{"location": "westeurope"})
	for _, path := range []string{vnet, rg + "/providers/Microsoft.Network/virtualNetworks/hub", other + "/providers/Microsoft.Network/virtualNetworks/far"} {
		c.put(path, "2024-05-01", network(nil))
	}
	for i, name := range []string{"a", "b", "c"} {
		c.put(vnet+"/subnets/"+name, "2024-05-01", object{"properties": object{"addressPrefix": "10.70." + string(rune('1'+i)) + ".0/24"}})
	}
	grant := vnet + "/providers/Microsoft.Authorization/roleAssignments/44444444-5555-4666-8777-888888888888"
	c.put(grant, "2022-04-01", object{"properties": object{"principalId": "55555555-6666-4777-8888-999999999999", "principalType": "ServicePrincipal",
		"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"}})

	for path, want := range map[string][]string{
		"/subscriptions/" + subscriptionID + "/resourceGroups":                              {"egress", "other"},
		"/subscriptions/" + subscriptionID + "/providers/Microsoft.Network/virtualNetworks": {"hub", "spoke", "far"},
		rg + "/providers/Microsoft.Network/virtualNetworks":                                 {"hub", "spoke"},
		rg + "/providers/microsoft.network/routetables":                                     nil,
		vnet + "/subnets": {"a", "b", "c"},
		vnet + "/providers/Microsoft.Authorization/roleAssignments": {"44444444-5555-4666-8777-888888888888"},
		"/subscriptions/" + subscriptionID + "/resources":           {"hub", "spoke", "far"},
		rg + "/resources": {"hub", "spoke"},
		"/subscriptions/" + subscriptionID + "/providers/Microsoft.ContainerService/managedClusters": nil,
	} {
		version := "2024-05-01"
		switch {
		case strings.HasSuffix(path, "resourceGroups"), strings.HasSuffix(path, "resources"):
			version = "2021-04-01"
		case strings.HasSuffix(path, "roleAssignments"):
			version = "2022-04-01"
		}
		assert.Equal(t, want, c.names(path, version), path)
	}
	assert.Equal(t, "ResourceGroupNotFound", c.do("GET", strings.Replace(rg, "egress", "none", 1)+"/providers/Microsoft.Network/virtualNetworks", "2024-05-01", nil).code())
	assert.Equal(t, "ParentResourceNotFound", c.do("GET", vnet+"none/subnets", "2024-05-01", nil).code())
	one := c.do("GET", c.base+"/subscriptions/"+subscriptionID+"/resources?api-version=2021-04-01&$filter="+url.QueryEscape("name eq 'hub'"), "", nil)
	assert.Len(t, one.body["value"], 1)
	assert.Len(t, c.do("GET", c.base+vnet+"/subnets?api-version=2024-05-01&$top=1", "", nil).body["value"], 1)
}

// TestActions: a POST of an action is answered, and needs its resource.
func TestActions(t *testing.T) {
	c := serve(t, azure.Options{})
	c.group()
	workspace := rg + "/providers/Microsoft.OperationalInsights/workspaces/logs"
	assert.Equal(t, 404, c.do("POST", workspace+"/sharedKeys", "2020-08-01", nil).status)
	c.put(workspace, "2023-09-01", object{"location": "westeurope"})
	keys := c.do("POST", workspace+"/sharedKeys", "2023-09-01", nil)
	assert.Equal(t, 200, keys.status)
	assert.NotEmpty(t, keys.body["primarySharedKey"])
}

// TestSignIn: what clients ask before anything else, without a version or a
// token.
func TestSignIn(t *testing.T) {
	c := serve(t, azure.Options{Tenant: "88888888-9999-4aaa-8bbb-cccccccccccc"})
	tenant := "/88888888-9999-4aaa-8bbb-cccccccccccc"
	old := c.do("GET", "/metadata/endpoints", "2015-01-01", nil).body
	assert.Contains(t, old["authentication"].(object)["loginEndpoint"], c.base)
	rq, err := http.Get(c.base + "/metadata/endpoints?api-version=2022-09-01")
	require.NoError(t, err)
	var clouds []object
	require.NoError(t, json.NewDecoder(rq.Body).Decode(&clouds))
	require.NoError(t, rq.Body.Close())
	assert.Equal(t, c.base+"/", clouds[0]["resourceManager"])

	config := c.do("GET", tenant+"/v2.0/.well-known/openid-configuration", "", nil)
	assert.Equal(t, 200, config.status)
	token, err := http.PostForm(config.body["token_endpoint"].(string), url.Values{"client_id": {"me"}, "scope": {"https://management.azure.com/.default"}})
	require.NoError(t, err)
	var got object
	require.NoError(t, json.NewDecoder(token.Body).Decode(&got))
	require.NoError(t, token.Body.Close())
	parts := strings.Split(got["access_token"].(string), ".")
	require.Len(t, parts, 3)
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims object
	require.NoError(t, json.Unmarshal(raw, &claims))
	assert.Equal(t, "88888888-9999-4aaa-8bbb-cccccccccccc", claims["tid"])
	assert.Equal(t, "https://management.azure.com", claims["aud"])
}

// TestAbout: subscriptions, locations and resource providers, every version
// that Microsoft lists among them.
func TestAbout(t *testing.T) {
	c := serve(t, azure.Options{})
	assert.Equal(t, subscriptionID, c.do("GET", "/subscriptions/"+subscriptionID, "2021-01-01", nil).body["subscriptionId"])
	assert.Len(t, c.do("GET", "/subscriptions", "2021-01-01", nil).body["value"], 1)
	assert.Len(t, c.do("GET", "/tenants", "2021-01-01", nil).body["value"], 1)
	assert.NotEmpty(t, c.do("GET", "/subscriptions/"+subscriptionID+"/locations", "2021-01-01", nil).body["value"])
	network := c.do("GET", "/subscriptions/"+subscriptionID+"/providers/microsoft.network", "2021-04-01", nil).body
	assert.Equal(t, "Registered", network["registrationState"])
	versions := map[string][]any{}
	for _, one := range network["resourceTypes"].([]any) {
		versions[one.(object)["resourceType"].(string)] = one.(object)["apiVersions"].([]any)
	}
	assert.Contains(t, versions["azureFirewalls"], "2022-01-01")
	assert.Contains(t, versions["azureFirewalls"], "2024-05-01")
	assert.NotContains(t, versions, "managedClusters")
	assert.Equal(t, 200, c.do("POST", "/subscriptions/"+subscriptionID+"/providers/Microsoft.Network/register", "2021-04-01", nil).status)
	assert.Equal(t, "InvalidResourceNamespace", c.do("GET", "/providers/Microsoft.Nobody", "2021-04-01", nil).code())
}

// TestFaultsOfAcceptedWrites: an operation that fails later, one that nobody
// hears the end of, a gateway that gives up, a connection that ends.
func TestFaultsOfAcceptedWrites(t *testing.T) {
	faults, err := azure.ParseFaults("put:virtualNetworks:when=accepted:code=InternalServerError:times=1,put:virtualNetworks:when=done:times=1," +
		"put:virtualNetworks:when=done:code=ConnectionDropped:times=1,put:virtualNetworks:when=done:code=OperationTimedOut:times=1,delete:virtualNetworks:code=ConnectionDropped:times=1")
	require.NoError(t, err)
	c := serve(t, azure.Options{Faults: faults})
	c.do("PUT", rg, "2024-03-01", object{"location": "eastus"})
	body := object{"location": "eastus", "properties": object{"addressSpace": object{"addressPrefixes": []any{"10.0.0.0/16"}}}}

	failing := c.do("PUT", vnet, "2024-05-01", body)
	assert.Equal(t, http.StatusCreated, failing.status)
	var end reply
	for end = c.do("GET", failing.header.Get("Azure-AsyncOperation"), "", nil); end.body["status"] == "InProgress"; {
		end = c.do("GET", failing.header.Get("Azure-AsyncOperation"), "", nil)
	}
	assert.Equal(t, "Failed", end.body["status"])
	assert.Equal(t, "InternalServerError", end.code())
	assert.Equal(t, "Failed", c.do("GET", vnet, "2024-05-01", nil).body["properties"].(object)["provisioningState"])

	gateway := c.do("PUT", vnet, "2024-05-01", body)
	assert.Equal(t, http.StatusGatewayTimeout, gateway.status)
	assert.Equal(t, "Succeeded", c.do("GET", vnet, "2024-05-01", nil).body["properties"].(object)["provisioningState"])

	send := func(method string) error {
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		rq, err := http.NewRequest(method, c.base+vnet+"?api-version=2024-05-01", bytes.NewReader(raw))
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(rq)
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}
	require.ErrorIs(t, send("PUT"), io.EOF)
	endless := c.do("PUT", vnet, "2024-05-01", body)
	assert.Equal(t, http.StatusOK, endless.status)
	require.ErrorIs(t, send("DELETE"), io.EOF)
	for end = c.do("GET", vnet, "2024-05-01", nil); end.body["properties"].(object)["provisioningState"] != "Succeeded"; {
		end = c.do("GET", vnet, "2024-05-01", nil)
	}
	assert.Equal(t, "InProgress", c.do("GET", endless.header.Get("Azure-AsyncOperation"), "", nil).body["status"])
}

// TestFaultsComeWithTheTimeToWait: 429 says when to come again.
func TestFaultsComeWithTheTimeToWait(t *testing.T) {
	faults, err := azure.ParseFaults("put:virtualNetworks:times=1")
	require.NoError(t, err)
	c := serve(t, azure.Options{Faults: faults})
	c.group()
	r := c.do("PUT", vnet, "2024-05-01", network(nil))
	assert.Equal(t, 429, r.status)
	assert.Equal(t, "TooManyRequests", r.code())
	assert.Equal(t, "1", r.header.Get("Retry-After"))
	c.put(vnet, "2024-05-01", network(nil))
}

// TestUnknownTypesAreKept where the world takes them, and are listed.
func TestUnknownTypesAreKept(t *testing.T) {
	c := serve(t, azure.Options{Unknown: true})
	c.group()
	cache := rg + "/providers/Microsoft.Cache/redis/session"
	c.put(cache, "2023-08-01", object{"location": "westeurope", "properties": object{"size": 3}})
	got := c.do("GET", cache, "2023-08-01", nil).body
	assert.Equal(t, 3.0, got["properties"].(object)["size"])
	assert.Equal(t, []string{"session"}, c.names(rg+"/providers/Microsoft.Cache/redis", "2023-08-01"))
}

// FuzzRequests: no request brings the server down, and every answer is JSON or
// nothing.
func FuzzRequests(f *testing.F) {
	f.Add("PUT", vnet+"?api-version=2024-05-01", `{"location":"westeurope","properties":{"subnets":[{"name":"a"}]}}`)
	f.Add("GET", "/subscriptions/x/resourceGroups?api-version=2021-04-01&$skiptoken=-3&$top=x", "")
	f.Add("PATCH", rg+"?api-version=2021-04-01", `{"tags":null}`)
	f.Add("POST", "//providers/?api-version=1", `[]`)
	f.Add("PUT", rg+"/providers/Microsoft.ContainerService/managedClusters/c?api-version=2020-01-01", `{"location":"x","properties":{"agentPoolProfiles":[7],"networkProfile":"no"}}`)
	world, err := azure.Open("", azure.Options{Subscription: subscriptionID, AnyVersion: true, AsAzure: true, Unknown: true, Latency: 0.0001})
	if err != nil {
		f.Fatal(err)
	}
	h := New(world, Options{})
	put := httptest.NewRequest(http.MethodPut, rg+"?api-version=2021-04-01", strings.NewReader(`{"location":"westeurope"}`))
	h.ServeHTTP(httptest.NewRecorder(), put)
	h.Wait()
	f.Fuzz(func(t *testing.T, method, target, body string) {
		parsed, err := url.ParseRequestURI(target)
		if err != nil || parsed.Host != "" || strings.ContainsAny(method, " \t\r\n") || method == "" {
			return
		}
		rq := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		rq.Method, rq.URL = method, parsed
		w := httptest.NewRecorder()
		h.ServeHTTP(w, rq)
		h.Wait()
		if b := w.Body.Bytes(); len(b) > 0 && !json.Valid(b) {
			t.Errorf("%s %s: %s", method, target, b)
		}
	})
}

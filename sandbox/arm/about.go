package arm

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sort"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// signIn answers what a client asks before it may ask anything else: where
// Azure is, who hands out tokens, and for a token.
func (h *Handler) signIn(w http.ResponseWriter, rq *http.Request, path string) bool {
	here := origin(rq)
	tenant := h.world.Tenant()
	lower := strings.ToLower(path)
	switch {
	case lower == "/metadata/endpoints":
		answer(w, http.StatusOK, endpoints(here, rq.URL.Query().Get("api-version")))
	case strings.HasSuffix(lower, "/.well-known/openid-configuration"):
		answer(w, http.StatusOK, map[string]any{
			"issuer":                                here + "/" + tenant + "/",
			"authorization_endpoint":                here + "/" + tenant + "/oauth2/authorize",
			"token_endpoint":                        here + "/" + tenant + "/oauth2/v2.0/token",
			"device_authorization_endpoint":         here + "/" + tenant + "/oauth2/v2.0/devicecode",
			"jwks_uri":                              here + "/" + tenant + "/discovery/keys",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
			"response_types_supported":              []string{"code", "id_token", "token"},
			"subject_types_supported":               []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"cloud_instance_name":                   "sandbox", "tenant_region_scope": "NA",
		})
	case lower == "/common/discovery/instance":
		answer(w, http.StatusOK, map[string]any{
			"tenant_discovery_endpoint": here + "/" + tenant + "/v2.0/.well-known/openid-configuration",
			"metadata":                  []any{map[string]any{"preferred_network": rq.Host, "preferred_cache": rq.Host, "aliases": []string{rq.Host}}},
		})
	case strings.HasSuffix(lower, "/discovery/keys"):
		answer(w, http.StatusOK, map[string]any{"keys": []any{}})
	case strings.HasSuffix(lower, "/oauth2/token"), strings.HasSuffix(lower, "/oauth2/v2.0/token"):
		h.token(w, rq, here, tenant)
	default:
		return false
	}
	return true
}

// token hands out a token, to anybody. It is not signed: nothing here reads it.
func (h *Handler) token(w http.ResponseWriter, rq *http.Request, here, tenant string) {
	_ = rq.ParseForm() // whatever is asked for is given
	audience := rq.Form.Get("resource")
	if audience == "" {
		audience = strings.TrimSuffix(rq.Form.Get("scope"), "/.default")
	}
	const forever = 4102444800 // 2100
	claims := map[string]any{
		"aud": audience, "iss": here + "/" + tenant + "/", "tid": tenant, "ver": "1.0", "iat": 1700000000, "nbf": 1700000000, "exp": forever,
		"oid": principal, "sub": principal, "appid": rq.Form.Get("client_id"), "name": "sandbox", "upn": "sandbox@example.com",
	}
	token := part(map[string]any{"alg": "none", "typ": "JWT"}) + "." + part(claims) + "."
	answer(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": token, "id_token": token, "expires_in": 86399, "ext_expires_in": 86399,
		"expires_on": "4102444800", "not_before": "1700000000", "resource": audience,
		"client_info": base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"` + principal + `","utid":"` + tenant + `"}`)),
	})
}

// principal is who every client is.
const principal = "77777777-8888-4999-8aaa-bbbbbbbbbbbb"

func part(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// endpoints describes the cloud: one object in the first version of the
// interface, a list of clouds since 2019.
func endpoints(here, version string) any {
	authentication := map[string]any{"loginEndpoint": here + "/", "audiences": []string{here + "/", "https://management.core.windows.net/", "https://management.azure.com/"}}
	if version <= "2018-05-01" {
		return map[string]any{"galleryEndpoint": here + "/", "graphEndpoint": here + "/", "portalEndpoint": here + "/", "graphAudience": here + "/", "authentication": authentication}
	}
	authentication["tenant"], authentication["identityProvider"] = "common", "AAD"
	return []any{map[string]any{
		"name": "AzureCloud", "portal": here, "authentication": authentication,
		"resourceManager": here + "/", "media": here, "graph": here + "/", "graphAudience": here + "/",
		"microsoftGraphResourceId": here + "/", "gallery": here + "/", "batch": here + "/", "sqlManagement": here + "/",
		"activeDirectoryDataLake": here + "/", "logAnalyticsResourceId": here, "appInsightsResourceId": here, "synapseAnalyticsResourceId": here,
		"ossrDbmsResourceId": here, "attestationResourceId": here,
		"suffixes": map[string]any{
			"storage": "core.windows.net", "keyVaultDns": "vault.azure.net", "acrLoginServer": "azurecr.io", "sqlServerHostname": "database.windows.net",
			"azureDataLakeStoreFileSystem": "azuredatalakestore.net", "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
			"mhsmDns": "managedhsm.azure.net", "mysqlServerEndpoint": "mysql.database.azure.com", "postgresqlServerEndpoint": "postgres.database.azure.com",
			"mariadbServerEndpoint": "mariadb.database.azure.com", "synapseAnalytics": "dev.azuresynapse.net", "attestationEndpoint": "attest.azure.net",
		},
	}}
}

// about answers what is above resources: tenants, subscriptions, locations,
// resource providers, and the list of everything.
func (h *Handler) about(w http.ResponseWriter, rq *http.Request, path string) bool {
	parts := strings.Split(strings.ToLower(strings.Trim(path, "/")), "/")
	original := strings.Split(strings.Trim(path, "/"), "/")
	get := rq.Method == http.MethodGet
	sub := ""
	if parts[0] == "subscriptions" && len(parts) > 1 {
		sub = original[1]
	}
	switch {
	case path == "/tenants" && get:
		h.list(w, rq, []map[string]any{{"id": "/tenants/" + h.world.Tenant(), "tenantId": h.world.Tenant(), "displayName": "sandbox", "tenantCategory": "Home"}})
	case path == "/subscriptions" && get:
		h.list(w, rq, []map[string]any{h.subscription(h.world.Subscription())})
	case parts[0] == "subscriptions" && len(parts) == 2 && get:
		answer(w, http.StatusOK, h.subscription(sub))
	case parts[0] == "subscriptions" && len(parts) == 3 && parts[2] == "locations" && get:
		h.list(w, rq, locations(sub))
	case parts[0] == "subscriptions" && len(parts) == 3 && parts[2] == "resources" && get:
		h.list(w, rq, filtered(h.world.Everything("/subscriptions/"+sub), rq.URL.Query().Get("$filter")))
	case parts[0] == "subscriptions" && len(parts) == 5 && parts[2] == "resourcegroups" && parts[4] == "resources" && get:
		h.list(w, rq, filtered(h.world.Everything("/subscriptions/"+sub+"/resourceGroups/"+original[3]), rq.URL.Query().Get("$filter")))
	case parts[len(parts)-1] == "providers" && (len(parts) == 1 || len(parts) == 3) && get:
		h.list(w, rq, h.providers(sub))
	case len(parts) >= 2 && parts[len(parts)-2] == "providers" && (len(parts) == 2 || len(parts) == 4) && get:
		h.provider(w, sub, original[len(original)-1])
	case len(parts) == 5 && parts[2] == "providers" && (parts[4] == "register" || parts[4] == "unregister") && rq.Method == http.MethodPost:
		h.provider(w, sub, original[3])
	default:
		return false
	}
	return true
}

func (h *Handler) subscription(id string) map[string]any {
	return map[string]any{
		"id": "/subscriptions/" + id, "subscriptionId": id, "tenantId": h.world.Tenant(), "displayName": "sandbox", "state": "Enabled",
		"subscriptionPolicies": map[string]any{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
		"authorizationSource":  "RoleBased", "managedByTenants": []any{},
	}
}

// regions are some of Azure's: those of the examples in Microsoft's
// documents, of each cloud that the sandbox knows.
func regions() []string {
	return []string{"australiaeast", "brazilsouth", "canadacentral", "centralus", "eastasia", "eastus", "eastus2", "francecentral",
		"germanywestcentral", "japaneast", "koreacentral", "northcentralus", "northeurope", "southafricanorth", "southcentralus",
		"southeastasia", "swedencentral", "switzerlandnorth", "uksouth", "westcentralus", "westeurope", "westus", "westus2", "westus3"}
}

func locations(sub string) []map[string]any {
	var out []map[string]any
	for _, name := range regions() {
		out = append(out, map[string]any{"id": "/subscriptions/" + sub + "/locations/" + name, "name": name, "type": "Region", "displayName": name, "regionalDisplayName": name})
	}
	return out
}

// providers lists the resource providers with their types and API versions.
func (h *Handler) providers(sub string) []map[string]any {
	types := map[string][]any{}
	for _, t := range h.world.Types() {
		namespace, name, _ := strings.Cut(t.Name, "/")
		newestFirst := append([]string(nil), t.Versions...)
		sort.Sort(sort.Reverse(sort.StringSlice(newestFirst)))
		types[namespace] = append(types[namespace], map[string]any{"resourceType": name, "locations": regions(), "apiVersions": newestFirst, "capabilities": "SupportsTags, SupportsLocation"})
	}
	var names []string
	for name := range types {
		names = append(names, name)
	}
	sort.Strings(names)
	out := []map[string]any{}
	for _, name := range names {
		id := "/providers/" + name
		if sub != "" {
			id = "/subscriptions/" + sub + id
		}
		out = append(out, map[string]any{"id": id, "namespace": name, "registrationState": "Registered", "registrationPolicy": "RegistrationRequired", "resourceTypes": types[name]})
	}
	return out
}

func (h *Handler) provider(w http.ResponseWriter, sub, namespace string) {
	for _, one := range h.providers(sub) {
		if strings.EqualFold(one["namespace"].(string), namespace) {
			answer(w, http.StatusOK, one)
			return
		}
	}
	fail(w, &azure.Error{Status: http.StatusNotFound, Code: "InvalidResourceNamespace", Message: "The resource namespace '" + namespace + "' is invalid: the sandbox does not know it."})
}

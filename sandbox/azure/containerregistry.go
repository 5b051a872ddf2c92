package azure

import (
	"regexp"
	"strings"
)

const (
	registryType      = "Microsoft.ContainerRegistry/registries"
	cacheRuleType     = registryType + "/cacheRules"
	credentialSetType = registryType + "/credentialSets"
)

// The resource provider Microsoft.ContainerRegistry.
func containerRegistryKinds() []*kind {
	versions := []string{"2023-07-01"}
	return []*kind{
		{name: registryType, versions: versions, located: true, patched: true, named: regexp.MustCompile(`^[a-zA-Z0-9]{5,50}$`),
			put: putRegistry, principals: registryPrincipals, post: map[string]func(*state, *resource) (object, *Error){"listcredentials": registryCredentials}},
		{name: cacheRuleType, versions: versions, named: regexp.MustCompile(`^[a-zA-Z0-9-]{5,50}$`), after: []string{credentialSetType}, put: putCacheRule},
		{name: credentialSetType, versions: versions, named: regexp.MustCompile(`^[a-zA-Z0-9-]{5,50}$`), put: putCredentialSet},
	}
}

// registryCredentials are those of the admin user, who is off by default
// (Microsoft, Azure Container Registry authentication options, 2025).
func registryCredentials(_ *state, r *resource) (object, *Error) {
	if !truth(r.props(), "adminUserEnabled") {
		return nil, badRequest("UnAuthorizedForCredentialOperations", "Cannot perform credential operations for %s as admin user is disabled.", r.ID)
	}
	one := func(name string) object { return object{"name": name, "value": guid(name, r.ID)} }
	return object{"username": r.name(), "passwords": []any{one("password"), one("password2")}}, nil
}

func registryPrincipals(registry *resource) []string {
	return []string{text(registry.Body, "identity", "principalId")}
}

func putRegistry(s *state, c *change) *Error {
	p := c.props()
	sku := text(c.body, "sku", "name")
	for _, other := range s.all(registryType) {
		if !sameID(other.ID, c.id.String()) && strings.EqualFold(other.name(), c.id.Name()) {
			return conflict("AlreadyInUse", "The registry %s is already in use.", c.id.Name())
		}
	}
	// Microsoft, Azure Container Registry service tiers, 2025.
	if sku != "Premium" {
		premium := map[string]bool{
			"properties.networkRuleSet":      at(p, "networkRuleSet") != nil,
			"properties.zoneRedundancy":      text(p, "zoneRedundancy") == "Enabled",
			"properties.dataEndpointEnabled": truth(p, "dataEndpointEnabled"),
			"properties.publicNetworkAccess": text(p, "publicNetworkAccess") == "Disabled",
		}
		for _, path := range sortedNames(premium) {
			if premium[path] {
				return badRequest("SkuNotSupported", "%s needs a Premium registry, not %s", path, sku)
			}
		}
	}
	suffix := map[string]string{"public": ".azurecr.io", "china": ".azurecr.cn", "usgovernment": ".azurecr.us"}[cloudOf(c.location())]
	fillAll(p, object{
		"adminUserEnabled": false, "publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices",
		"zoneRedundancy": "Disabled", "dataEndpointEnabled": false,
		"encryption": object{"status": "disabled"},
		"policies": object{
			"quarantinePolicy": object{"status": "disabled"}, "trustPolicy": object{"type": "Notary", "status": "disabled"},
			"retentionPolicy": object{"days": 7.0, "status": "disabled"}, "exportPolicy": object{"status": "enabled"},
		},
	})
	p["loginServer"] = strings.ToLower(c.id.Name()) + suffix
	sub(c.body, "sku")["tier"] = sku
	if strings.Contains(text(c.body, "identity", "type"), "SystemAssigned") {
		identity := sub(c.body, "identity")
		identity["principalId"], identity["tenantId"] = guid("principal", c.id.String()), s.tenant
	}
	return nil
}

func putCacheRule(s *state, c *change) *Error {
	p := c.props()
	source, target := text(p, "sourceRepository"), text(p, "targetRepository")
	if source == "" || target == "" {
		return badRequest("InvalidRequestFormat", "properties: sourceRepository and targetRepository are needed")
	}
	// Microsoft, Artifact cache in Azure Container Registry, 2025: a wildcard on
	// one side wants one on the other.
	if strings.HasSuffix(source, "/*") != strings.HasSuffix(target, "/*") {
		return badRequest("InvalidRequestFormat", "properties: a wildcard stands at the end of both sourceRepository and targetRepository, or of none")
	}
	if c.old != nil && (text(c.old.props(), "sourceRepository") != source || text(c.old.props(), "targetRepository") != target) {
		return badRequest("PropertyChangeNotAllowed", "Changing the repositories of a cache rule is not allowed.")
	}
	for _, other := range s.children(c.id.up(), "cacheRules") {
		if !sameID(other.ID, c.id.String()) && text(other.props(), "targetRepository") == target {
			return conflict("CacheRuleTargetInUse", "properties.targetRepository: %s is already that of cache rule %s", target, other.name())
		}
	}
	if id := text(p, "credentialSetResourceId"); id != "" {
		if _, err := s.reference(id, "properties.credentialSetResourceId", credentialSetType); err != nil {
			return err
		}
	}
	return nil
}

func putCredentialSet(s *state, c *change) *Error {
	if text(c.body, "identity", "type") == "SystemAssigned" {
		identity := sub(c.body, "identity")
		identity["principalId"], identity["tenantId"] = guid("principal", c.id.String()), s.tenant
	}
	return nil
}

package azure

import "regexp"

const (
	identityType   = "Microsoft.ManagedIdentity/userAssignedIdentities"
	credentialType = identityType + "/federatedIdentityCredentials"
)

// The resource provider Microsoft.ManagedIdentity.
func managedIdentityKinds() []*kind {
	versions := []string{"2023-01-31"}
	return []*kind{
		{name: identityType, versions: versions, located: true, prompt: true, named: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$`),
			put: putIdentity, principals: identityPrincipals},
		{name: credentialType, versions: versions, prompt: true, orphan: "ParentResourceNotFound", named: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$`),
			put: putCredential, locks: lockCredential},
	}
}

func identityPrincipals(identity *resource) []string {
	return []string{text(identity.props(), "principalId")}
}

func putIdentity(s *state, c *change) *Error {
	p := c.props()
	for _, name := range []string{"principalId", "clientId", "tenantId"} {
		c.keep(name)
	}
	fill(p, "tenantId", s.tenant)
	fill(p, "principalId", guid("principal", c.id.String()))
	fill(p, "clientId", guid("client", c.id.String()))
	return nil
}

func putCredential(s *state, c *change) *Error {
	for _, other := range s.children(c.id.up(), "federatedIdentityCredentials") {
		if !sameID(other.ID, c.id.String()) &&
			text(other.props(), "issuer") == text(c.props(), "issuer") &&
			text(other.props(), "subject") == text(c.props(), "subject") {
			return conflict("ConflictingFederatedIdentityCredential", "%s has this issuer and subject already.", other.ID)
		}
	}
	return nil
}

// One federated credential at a time for an identity (Microsoft, Workload
// identity federation considerations, 2025).
func lockCredential(_ *state, id resourceID, _ object) []claim {
	return []claim{{key: id.up(), code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"}}
}

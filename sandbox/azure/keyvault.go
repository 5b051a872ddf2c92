package azure

import "regexp"

// The resource provider Microsoft.KeyVault, by its model alone.
func keyVaultKinds() []*kind {
	versions := []string{"2023-02-01"}
	return []*kind{
		{name: "Microsoft.KeyVault/vaults", versions: versions, located: true, patched: true, shape: true, named: regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{2,23}$`)},
		{name: "Microsoft.KeyVault/vaults/secrets", versions: versions, secret: "value", prompt: true, patched: true, shape: true},
		{name: "Microsoft.KeyVault/vaults/keys", versions: versions, prompt: true, shape: true},
	}
}

package azure

import "regexp"

// The resource provider Microsoft.Storage, by its model alone.
func storageKinds() []*kind {
	versions := []string{"2023-05-01"}
	return []*kind{
		{name: "Microsoft.Storage/storageAccounts", versions: versions, located: true, patched: true, shape: true, named: regexp.MustCompile(`^[a-z0-9]{3,24}$`)},
		{name: "Microsoft.Storage/storageAccounts/blobServices", versions: versions, prompt: true, shape: true},
		{name: "Microsoft.Storage/storageAccounts/blobServices/containers", versions: versions, prompt: true, patched: true, shape: true},
	}
}

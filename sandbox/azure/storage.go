package azure

import "regexp"

// The resource provider Microsoft.Storage, by its model alone.
func storageKinds() []*kind {
	versions := []string{"2023-05-01"}
	return []*kind{
		{name: "Microsoft.Storage/storageAccounts", versions: versions, located: true, patched: true, shape: true, named: regexp.MustCompile(`^[a-z0-9]{3,24}$`),
			post: map[string]func(*state, *resource) (object, *Error){"listkeys": accountKeys}},
		{name: "Microsoft.Storage/storageAccounts/blobServices", versions: versions, prompt: true, shape: true},
		{name: "Microsoft.Storage/storageAccounts/blobServices/containers", versions: versions, prompt: true, patched: true, shape: true},
	}
}

// accountKeys are the two keys of a storage account.
func accountKeys(_ *state, r *resource) (object, *Error) {
	one := func(name string) object {
		return object{"keyName": name, "permissions": "FULL", "value": guid(name, r.ID)}
	}
	return object{"keys": []any{one("key1"), one("key2")}}, nil
}

package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// roleRetries bounds how often a cluster's create is tried again while its
// roles spread. A try takes Azure minutes before it refuses, so this is up to
// an hour, the longest Microsoft names (Use kubenet networking with your own
// IP address ranges in AKS, 2024).
const roleRetries = 12

// permissionCodes are the codes a create fails with while a role assignment
// made just before has not reached every part of Azure.
var permissionCodes = []string{
	"LinkedAuthorizationFailed",
	"AuthorizationFailed",
	"CustomRouteTableMissingPermission",
	"CustomKubeletIdentityMissingPermissionError",
	"ServicePrincipalNotFound",
	"PrincipalNotFound",
}

// retryWhileRolesSpread lets the create be tried again when it failed for want
// of a permission, and for nothing else. Nothing waits: how far a role has
// spread cannot be observed except by trying.
func retryWhileRolesSpread(ctx *pulumi.Context, name string) (pulumi.ResourceOption, error) {
	hook, err := ctx.RegisterErrorHook(name+"-roles-spread", func(failed *pulumi.ErrorHookArgs) (bool, error) {
		if !retryable(failed.FailedOperation, failed.Errors) {
			return false, nil
		}
		return true, ctx.Log.Warn(fmt.Sprintf("the cluster's roles have not reached every part of Azure yet; trying again (%d of %d). Azure said: %s",
			len(failed.Errors), roleRetries, failed.Errors[0]), nil)
	})
	if err != nil {
		return nil, err
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
}

// retryable says whether a failed operation may be tried again: a create that
// was refused for want of a permission, not too often. The first code in the
// error says why: a create that Azure accepted and that failed later quotes such
// a code in its text, the cluster exists then, and the next update heals it
// (Azure/AKS#1123, 2019).
func retryable(operation string, errors []string) bool {
	if operation != "create" || len(errors) == 0 || len(errors) > roleRetries {
		return false
	}
	_, after, found := strings.Cut(errors[0], `Code="`)
	code, _, _ := strings.Cut(after, `"`)
	return found && slices.Contains(permissionCodes, code)
}

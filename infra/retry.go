package infra

import (
	"fmt"
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
// lacked a permission, not too often.
func retryable(operation string, errors []string) bool {
	if operation != "create" || len(errors) == 0 || len(errors) > roleRetries {
		return false
	}
	for _, code := range permissionCodes {
		if strings.Contains(errors[0], code) {
			return true
		}
	}
	return false
}

package infra

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// roleRetries bounds how often a cluster's create is tried again while its
// roles spread. A try takes Azure minutes before it refuses, so this is up to
// an hour, the longest Microsoft names (Use kubenet networking with your own
// IP address ranges in AKS, 2024).
const roleRetries = 12

// permissionCodes are the codes a cluster's create fails with while a role
// assignment made just before has not reached every part of Azure.
var permissionCodes = []string{
	"LinkedAuthorizationFailed",
	"AuthorizationFailed",
	"CustomRouteTableMissingPermission",
	"CustomKubeletIdentityMissingPermissionError",
	"ServicePrincipalNotFound",
}

// principalCodes are the codes a role assignment fails with while the identity
// made just before has not: it is refused within a second, so tries wait.
var principalCodes = []string{"PrincipalNotFound"}

// retries are the error hooks of a cluster; without them nothing is tried again.
type retries struct{ cluster, role pulumi.ResourceOption }

// retriesWhileRolesSpread lets the creates of the cluster and of its role
// assignments be tried again where they failed for want of what was made just
// before, and for nothing else. How far that has spread cannot be observed
// except by trying.
func retriesWhileRolesSpread(ctx *pulumi.Context, name string) (retries, error) {
	hook := func(name, what string, codes []string, wait func(try int) time.Duration) (pulumi.ResourceOption, error) {
		hook, err := ctx.RegisterErrorHook(name, func(failed *pulumi.ErrorHookArgs) (bool, error) {
			if !retryable(failed.FailedOperation, failed.Errors, codes) {
				return false, nil
			}
			err := ctx.Log.Warn(fmt.Sprintf("%s; trying again (%d of %d). Azure said: %s", what, len(failed.Errors), roleRetries, failed.Errors[0]), nil)
			time.Sleep(wait(len(failed.Errors)))
			return true, err
		})
		if err != nil {
			return nil, err
		}
		return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
	}
	cluster, err := hook(name+"-roles-spread", "the cluster's roles have not reached every part of Azure yet", permissionCodes, func(int) time.Duration { return 0 })
	if err != nil {
		return retries{}, err
	}
	role, err := hook(name+"-identities-spread", "an identity has not reached every part of Azure yet", principalCodes, principalWait)
	return retries{cluster: cluster, role: role}, err
}

// principalWait is how long to wait before a role assignment is tried again: a
// second at first, half a minute at most, four minutes in all.
func principalWait(try int) time.Duration { return min(time.Second<<(try-1), 30*time.Second) }

// retryable says whether a failed operation may be tried again: a create that
// was refused with one of the codes, not too often. The first code in the error
// says why: a create that Azure accepted and that failed later quotes such a
// code in its text, the cluster exists then, and the next update heals it
// (Azure/AKS#1123, 2019).
func retryable(operation string, errors, codes []string) bool {
	if operation != "create" || len(errors) == 0 || len(errors) > roleRetries {
		return false
	}
	_, after, found := strings.Cut(errors[0], `Code="`)
	code, _, _ := strings.Cut(after, `"`)
	return found && slices.Contains(codes, code)
}

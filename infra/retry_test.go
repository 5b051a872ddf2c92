package infra

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/fault"
)

// Only a create that lacked a permission is tried again, and not for ever.
func TestAzure02OnlyCreatesThatLeftNothing(t *testing.T) {
	missing := `Status=400 Code="LinkedAuthorizationFailed" Message="…"`
	codes := permissionCodes
	for _, row := range []struct {
		want      bool
		operation string
		errors    []string
	}{
		{true, "create", []string{missing}},
		{true, "create", []string{`Code="CustomRouteTableMissingPermission"`}},
		{true, "create", slices.Repeat([]string{missing}, roleRetries)},
		{false, "create", slices.Repeat([]string{missing}, roleRetries+1)},
		{false, "create", []string{`Code="PrincipalNotFound"`}},
		{false, "create", []string{`Code="RouteTableInvalidNextHop"`, missing}},
		{false, "create", []string{`Code="CreateVMSSAgentPoolFailed" Message="… Code=\"AuthorizationFailed\" …"`}},
		{false, "create", []string{"AuthorizationFailed"}},
		{false, "update", []string{missing}},
		{false, "delete", []string{missing}},
		{false, "create", nil},
	} {
		assert.Equal(t, row.want, retryable(row.operation, row.errors, codes), row.errors)
	}
	assert.True(t, retryable("create", []string{`Code="PrincipalNotFound"`}, principalCodes))
	assert.False(t, retryable("create", []string{missing}, principalCodes))

	waits := time.Duration(0)
	for try := range roleRetries {
		waits += principalWait(try + 1)
	}
	assert.Equal(t, time.Second, principalWait(1))
	assert.Equal(t, 241*time.Second, waits, "longer than identities take to spread")
}

func TestParseID(t *testing.T) {
	id, err := parseID("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n")
	assert.NoError(t, err)
	assert.Equal(t, fault.ID{Subscription: "s", Group: "g", Type: "Microsoft.Network/virtualNetworks/subnets", Parent: "v", Name: "n"}, id)
	for _, wrong := range []string{"", "x", "/subscriptions/s", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/"} {
		_, err := parseID(wrong)
		assert.Error(t, err, wrong)
	}
}

package spec_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// parse reads what must be valid: the lines below config.
func parse(t *testing.T, lines string) *spec.Plan {
	t.Helper()
	text := "config:\n  azure-native:location: eastus\n"
	if strings.Contains(lines, "azure-native:location") {
		text = "config:\n"
	}
	for line := range strings.SplitSeq(strings.Trim(lines, "\n"), "\n") {
		text += "  " + line + "\n"
	}
	s, err := settings.Parse("Pulumi.test.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

func id(resource string) string {
	return "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub/providers/" + resource
}

func itoa(n int) string { return strconv.Itoa(n) }

package settings

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/spec"
)

// file is a stack's file with the region and the given lines below config.
func file(lines string) []byte {
	text := "config:\n  azure-native:location: eastus\n"
	if strings.Contains(lines, "azure-native:location") {
		text = "config:\n"
	}
	for line := range strings.SplitSeq(strings.Trim(lines, "\n"), "\n") {
		text += "  " + line + "\n"
	}
	return []byte(text)
}

// parse reads what must be valid.
func parse(t *testing.T, lines string) *spec.Plan {
	t.Helper()
	s, err := Parse("Pulumi.test.yaml", file(lines))
	require.NoError(t, err)
	return s
}

// guid and id make IDs for tests.
const guid = "00000000-0000-0000-0000-000000000000"

func id(resource string) string {
	return "/subscriptions/" + guid + "/resourceGroups/hub/providers/" + resource
}

func itoa(n int) string { return strconv.Itoa(n) }

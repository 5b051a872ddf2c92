package own

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProve(t *testing.T) {
	dir := t.TempDir()
	stack := filepath.Join(dir, "Pulumi.lab.yaml")
	require.NoError(t, os.WriteFile(stack, []byte("config:\n  azure-native:location: northeurope\n"), 0o600))
	prove := func() (int, string, error) {
		var out bytes.Buffer
		code, err := Prove(dir, stack, time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC), &out)
		return code, out.String(), err
	}
	code, out, err := prove()
	require.NoError(t, err)
	assert.Equal(t, 0, code)
	assert.Empty(t, out, "a project without intents says nothing of them")
	for _, row := range []struct {
		code            int
		out, fault, set string
	}{
		{0, "proved   a: every flow of the set passes\n1 proved", "", "always: {to: mcr.microsoft.com, protocol: https}"},
		{1, "refuted  a: allow https://mcr.microsoft.com", "", "never: {to: mcr.microsoft.com}"},
		{3, "unknown  a: possible tcp://20.1.2.3:9000", "", "never: {to: 20.1.2.3, by: address, ports: 9000}"},
		{2, "", `intents.yaml:1: intents[0].never.to: "Storge" is not a service tag`, "never: {to: Storge}"},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "intents.yaml"), []byte("intents: [{name: a, "+row.set+"}]"), 0o600))
		code, out, err := prove()
		assert.Equal(t, row.code, code, row.set)
		if row.fault != "" {
			assert.ErrorContains(t, err, row.fault)
			continue
		}
		require.NoError(t, err)
		assert.Contains(t, out, "Intents of intents.yaml:\n"+row.out)
	}
}

package provider

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What breaks a program, and what does not.
func TestBreaks(t *testing.T) {
	schema := string(Schema(""))
	for _, row := range []struct {
		want     []string
		name     string
		old, new string // a part of the schema
	}{
		{nil, "nothing", "", ""},
		{nil, "a description", "The rule's name. Unique.", "What it is called."},
		{nil, "a further value", `"name": "Kubenet",`, "\"name\": \"Calico\",\n          \"value\": \"calico\"\n        },\n        {\n          \"name\": \"Kubenet\","},
		{[]string{
			"resources.aks-egress:index:Lockdown.inputProperties.prefix is gone",
			"types.aks-egress:index:LockdownSettings.properties.prefix is gone",
		}, "an input is gone", `"prefix": {`, `"prefixes": {`},
		{[]string{
			"resources.aks-egress:index:Lockdown.requiredInputs has prefix now",
			"types.aks-egress:index:LockdownSettings.required has prefix now",
		}, "an input is required", `"location"
      ]`, `"location", "prefix"
      ]`},
		{[]string{"types.aks-egress:index:NetworkPlugin.enum does not have map[name:Kubenet value:kubenet] any more"}, "a value is gone", `"value": "kubenet"`, `"value": "other"`},
		{[]string{"types.aks-egress:index:NodePoolSettings.properties.maxPods.type was integer and is string"}, "another type",
			"Default: 30 with networkPlugin azure, else 110.\",\n          \"plain\": true,\n          \"type\": \"integer\"", "Default: 30 with networkPlugin azure, else 110.\",\n          \"plain\": true,\n          \"type\": \"string\""},
		{[]string{"functions.aks-egress:index:reach is gone"}, "a function is gone", `"aks-egress:index:reach": {`, `"aks-egress:index:reached": {`},
	} {
		t.Run(row.name, func(t *testing.T) {
			changed := strings.ReplaceAll(schema, row.old, row.new)
			if row.old == "" {
				changed = schema
			} else {
				require.NotEqual(t, schema, changed)
			}
			got, err := Breaks([]byte(schema), []byte(changed))
			require.NoError(t, err)
			assert.ElementsMatch(t, row.want, got)
		})
	}
	_, err := Breaks([]byte("no"), []byte(schema))
	assert.Error(t, err)
}

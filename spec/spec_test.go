package spec_test

import (
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// What is built is plain values: no Pulumi, no Azure SDK, no YAML, no I/O.
func TestImports(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			seen++
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			room, ours := strings.CutPrefix(path, "github.com/aks-egress/aks-egress/")
			assert.True(t, ours && slices.Contains([]string{"fault", "policy", "rules"}, room) || !strings.Contains(path, "."), "%s imports %s", f.Name(), path)
			assert.NotContains(t, []string{"os", "os/exec", "io", "net", "net/http", "embed"}, path, f.Name())
		}
	}
	assert.Greater(t, seen, 20)
}

// each calls f with each key and the type of its field.
func each(keys []spec.Key, of reflect.Type, path string, f func(path string, k spec.Key, field reflect.StructField)) {
	for _, k := range keys {
		at, field := path+k.Name, of.Field(k.Field)
		f(at, k, field)
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		each(k.Inner(), inner, at+".", f)
	}
}

// The tags say everything about a key, and nothing that its kind does not have.
func TestTags(t *testing.T) {
	fits := map[string][]spec.Kind{
		"range":   {spec.KindInt},
		"entries": {spec.KindList},
		"single":  {spec.KindList},
		"id":      {spec.KindID},
		"text":    {spec.KindText},
		"or":      {spec.KindRange},
		"secret":  {spec.KindSecret},
		"like":    {spec.KindList, spec.KindObject},
	}
	each(spec.Keys(), reflect.TypeFor[spec.Spec](), "", func(path string, k spec.Key, field reflect.StructField) {
		assert.NotEmpty(t, k.Doc, path)
		assert.True(t, strings.HasSuffix(k.Doc, "."), path)
		assert.NotContains(t, k.Doc, "{", path)
		assert.False(t, k.Required && k.Default+k.Otherwise != "", "%s is required or has a default", path)
		kinds := []spec.Kind{k.Kind}
		if k.Kind == spec.KindList {
			kinds = append(kinds, k.Elem.Kind)
		}
		for tag, of := range fits {
			if _, ok := field.Tag.Lookup(tag); ok {
				assert.True(t, slices.ContainsFunc(kinds, func(kind spec.Kind) bool { return slices.Contains(of, kind) }), "%s: the tag %s", path, tag)
			}
		}
		if field.Tag.Get("text") != "" {
			of := k
			if k.Kind == spec.KindList {
				of = *k.Elem
			}
			assert.NotNil(t, of.Pattern, "%s: the tag text", path)
			assert.NotEmpty(t, of.Form, path)
		}
		if k.Kind == spec.KindInt {
			assert.Less(t, k.Min, k.Max, "%s has a range", path)
		}
	})
}

// Only what is derived has no key.
func TestFieldsHaveKeys(t *testing.T) {
	var without []string
	var walk func(of reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || seen[of] || of.PkgPath() != reflect.TypeFor[spec.Spec]().PkgPath() || of == reflect.TypeFor[spec.Protocol]() {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			if _, ok := of.Field(i).Tag.Lookup("key"); !ok {
				without = append(without, of.Name()+"."+of.Field(i).Name)
			}
			walk(of.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[spec.Spec]())
	assert.Equal(t, []string{"NodePool.Autoscaled"}, without)
}

// Each feature of the catalogue can be switched on by its name in each of its
// clouds, and what has ended in none.
func TestEachFeatureInEachCloud(t *testing.T) {
	regions := map[rules.Cloud]string{rules.Public: "eastus", rules.China: "chinaeast2", rules.USGovernment: "usgovvirginia"}
	pools := map[rules.Feature]string{
		rules.GPU:     ", {name: gpu, vmSize: Standard_NC6s_v3, gpu: true}",
		rules.Windows: ", {name: win, vmSize: Standard_D4s_v5, os: Windows}",
	}
	for _, c := range rules.Catalogue() {
		for _, cloud := range rules.AllClouds() {
			lines := "azure-native:location: " + regions[cloud] + "\naks-egress:features: [" + string(c.Feature) + "]\n" +
				"aks-egress:cluster: {tier: Standard, nodePools: [{name: system, vmSize: Standard_D4s_v5}" + pools[c.Feature] + "]}"
			if !slices.Contains(c.Feature.Clouds(), cloud) {
				continue
			}
			s := parse(t, lines)
			assert.NotEmpty(t, s.Compiled.Policy.Groups)
			for _, f := range append(c.Brings, c.Feature) {
				assert.True(t, s.Clusters()[0].Has(f), "%s in %s", f, cloud)
			}
		}
	}
}

// What only the compiled policy shows comes in the same run as what a value
// shows by itself, with the file's paths and lines.
func TestFaultsOfThePolicyHaveTheFilesPaths(t *testing.T) {
	const internet = `"Internet" is a service tag the firewall does not take: give addresses, or "*" (Microsoft, Virtual network service tags, 2023-01-26)`
	const host = `is "bad_host", not a host name: write it like "mcr.microsoft.com", without scheme, port or path`
	for _, c := range []struct {
		name, lines string
		want        []string
	}{
		{"alone", `aks-egress:egress: [{name: a, serviceTags: [Storage, Internet], protocols: ["tcp:443"]}]`, []string{
			"aks-egress:egress[0].serviceTags[1]: " + internet,
		}},
		{"beside a host name", `aks-egress:egress: [{name: a, serviceTags: [Internet], protocols: ["tcp:443"]}, {name: b, fqdns: [bad_host]}]`, []string{
			"aks-egress:egress[0].serviceTags[0]: " + internet,
			"aks-egress:egress[1].fqdns[0]: " + host,
		}},
		{"in an entry with other faults", `aks-egress:egress: [{serviceTags: [Internet]}]`, []string{
			"aks-egress:egress[0].name: is missing: write up to 48 letters, digits, hyphens and underscores, a letter or digit first",
			`aks-egress:egress[0].protocols[0]: is "https:443", but HTTP and HTTPS are matched by host name: write tcp:443, or fqdns`,
			"aks-egress:egress[0].serviceTags[0]: " + internet,
		}},
		{"of a further cluster", `aks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24}, egress: [{name: a, serviceTags: [Internet], protocols: ["tcp:443"]}]}]`, []string{
			"aks-egress:clusters[0].egress[0].serviceTags[0]: " + internet,
		}},
		{"behind a node subnet that cannot be read", "aks-egress:network: {nodeSubnet: x}\naks-egress:egress: [{name: a, serviceTags: [Internet], protocols: [\"tcp:443\"]}]", []string{
			`aks-egress:network.nodeSubnet: is "x": write an IPv4 range such as 10.42.1.0/24`,
			"aks-egress:egress[0].serviceTags[0]: " + internet,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settings.Parse("Pulumi.test.yaml", []byte("config:\n  azure-native:location: eastus\n  "+strings.ReplaceAll(c.lines, "\n", "\n  ")+"\n"))
			if assert.Error(t, err) {
				assert.Equal(t, strings.Join(c.want, "\n"), err.Error())
			}
		})
	}
}

package fault

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHost(t *testing.T) {
	star, loose := HostSyntax{Star: true}, HostSyntax{Underscores: true}
	for _, c := range []struct {
		want, name string
		syntax     HostSyntax
	}{
		{"", "mcr.microsoft.com", HostSyntax{}},
		{"", "localhost", HostSyntax{}},
		{"", "_sip.example.com", HostSyntax{}},
		{"", "*", star},
		{"", "*.example.com", star},
		{"", "*example.com", star},
		{"", "*-files.sharepoint.com", star},
		{"", "bad_host", loose},
		{"", strings.Repeat("abcdefg.", 31) + "abcde", HostSyntax{}},
		{"is not a host name", strings.Repeat("abcdefg.", 31) + "abcdef", HostSyntax{}},
		{"is not a host name", strings.Repeat("a", 64), HostSyntax{}},
		{"is not a host name", "bad_host", HostSyntax{}},
		{"is not a host name", "example._com", HostSyntax{}},
		{"is not a host name", "https://a.example.com", HostSyntax{}},
		{"is not a host name", "a..b", HostSyntax{}},
		{"is not a host name", "a.b.", HostSyntax{}},
		{"is not a host name", "-a.b", HostSyntax{}},
		{"is not a host name", "a-.b", loose},
		{"is not a host name", "", loose},
		{"is not a host name", "*.", star},
		{"has a star elsewhere than left-most", "www.*.example.com", star},
		{"has a star, which a network rule does not take", "*.example.com", HostSyntax{}},
	} {
		reason, fix := Host(c.name, c.syntax)
		assert.Equal(t, c.want, reason, c.name)
		assert.Equal(t, reason == "", fix == "", c.name)
	}
}

func TestCIDR(t *testing.T) {
	for _, c := range []struct{ want, text string }{
		{"", "10.42.1.0/24"},
		{"", "0.0.0.0/0"},
		{"is not a valid CIDR", "10.42.1.0"},
		{"is not a valid CIDR", "x"},
		{"is not IPv4", "2001:db8::/32"},
		{"is not IPv4", "::ffff:10.0.0.0/104"},
		{"has host bits set (the range is 10.42.1.0/24)", "10.42.1.7/24"},
	} {
		_, reason := CIDR(c.text)
		assert.Equal(t, c.want, reason, c.text)
	}
}

func TestResourceID(t *testing.T) {
	const sub = "/subscriptions/00000000-0000-0000-0000-000000000000"
	for _, c := range []struct{ want, id, of string }{
		{"", sub + "/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s", "Microsoft.Network/virtualNetworks/subnets"},
		{"", sub + "/resourcegroups/g/providers/microsoft.network/routetables/t", "Microsoft.Network/routeTables"},
		{"is the ID of a Microsoft.Network/routeTables", sub + "/resourceGroups/g/providers/Microsoft.Network/routeTables/t", "Microsoft.Network/virtualNetworks"},
		{"is not a resource ID", "acr", "Microsoft.Network/routeTables"},
		{"is not a resource ID", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/routeTables/t", "Microsoft.Network/routeTables"},
		{"is not a resource ID", sub + "/resourceGroups/g/providers/Microsoft.Network/routeTables/", "Microsoft.Network/routeTables"},
		{"is not a resource ID", sub + "/resourceGroups/g/providers/Microsoft.Network/routeTables", "Microsoft.Network/routeTables"},
		{"is not a resource ID", sub + "/resourceGroups/g g/providers/Microsoft.Network/routeTables/t", "Microsoft.Network/routeTables"},
	} {
		assert.Equal(t, c.want, ResourceID(c.id, c.of), c.id)
	}
	id, ok := ParseID(sub + "/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n")
	assert.True(t, ok)
	assert.Equal(t, ID{strings.TrimPrefix(sub, "/subscriptions/"), "g", "Microsoft.Network/virtualNetworks/subnets", "v", "n"}, id)
	assert.Equal(t, "/subscriptions/<GUID>/resourceGroups/<group>/providers/A/b/<name>/c/<name>", IDForm("A/b/c"))
}

func TestImportsTheStandardLibraryAlone(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			seen++
			assert.NotContains(t, spec.Path.Value, ".", f.Name())
		}
	}
	assert.NotZero(t, seen)
}

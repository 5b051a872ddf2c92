package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is asked, what the answers make, and what is refused.
func TestInit(t *testing.T) {
	for name, row := range map[string]struct {
		code    int
		asked   string   // on standard error
		settled []string // in Pulumi.dev.yaml
		in      string
		args    string
	}{
		"defaults": {0, "", []string{"location: eastus", "cloud: public", "addressSpace: 10.42.0.0/16", "nodeSubnet: 10.42.1.0/24", "firewallSubnet: 10.42.2.0/24"}, "", "--yes"},
		"answers": {
			0, "cloud: public, china or usgovernment [public]: region [chinanorth3]: address space of the network [10.42.0.0/16]: subnet of the nodes [10.50.1.0/24]: subnet of the firewall [10.50.2.0/24]: ",
			[]string{"location: chinaeast2", "cloud: china", "nodeSubnet: 10.50.1.0/24", "firewallSubnet: 10.50.9.0/26"}, "china\n chinaeast2 \n10.50.0.0/16\n\n10.50.9.0/26", "",
		},
		"flags are answers": {0, "subnet of the nodes [10.80.1.0/24]: subnet of the firewall [10.80.2.0/24]: ", []string{"location: usgovtexas", "cloud: usgovernment"}, "\n\n", "--region usgovtexas --address-space 10.80.0.0/16"},
		"no answer":         {2, "region [eastus]: \nno answer to \"region\": give flags, or --yes for the defaults\n", nil, "\n", ""},
		"all faults": {2, "--name: \"-\" is not a name: give letters, digits, hyphens, underscores and dots, a letter or digit first\n" +
			"aks-egress:network.nodeSubnet: is 10.9.0.0/24, outside the address space 10.42.0.0/16: choose a range inside it, or widen the address space\n",
			nil, "", "--yes --name - --node-subnet 10.9.0.0/24"},
		"an argument": {2, "init: takes no argument, and \"shop\" is given: give a folder by --dir, a stack by --stack\n", nil, "", "shop"},
		"too small, and no more is asked": {
			2, "address space of the network [10.42.0.0/16]: aks-egress:network.addressSpace: is 10.7.0.0/26, and the nodes' subnet and the firewall's do not fit into it: give a /25 or a larger range\n",
			nil, "\n\n10.7.0.0/26\n", "",
		},
		"no range": {
			2, "address space of the network [10.42.0.0/16]: aks-egress:network.addressSpace: is \"10.7\": write an IPv4 range such as 10.42.1.0/24\n",
			nil, "\n\n10.7\n", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "shop")
			code, out, errOut := call(row.in, append([]string{"init", "--settings-only", "--dir", dir}, strings.Fields(row.args)...)...)
			require.Equal(t, row.code, code, errOut)
			if code != 0 {
				assert.True(t, strings.HasSuffix(errOut, row.asked), errOut)
				assert.NoDirExists(t, dir)
				assert.Empty(t, out)
				return
			}
			assert.Equal(t, row.asked, errOut)
			assert.Equal(t, "wrote "+dir+"/Pulumi.yaml\nwrote "+dir+"/Pulumi.dev.yaml\nnext:\n  cd "+dir+"\n  aks-egress check dev https://mcr.microsoft.com\n", out)
			text, err := os.ReadFile(filepath.Join(dir, "Pulumi.dev.yaml"))
			require.NoError(t, err)
			for _, line := range row.settled {
				assert.Contains(t, string(text), line+"\n")
			}
			t.Chdir(dir)
			code, out, errOut = call("", "check", "dev", "https://example.com")
			assert.Equal(t, 1, code, errOut)
			assert.Contains(t, out, "deny ", "the settings are an operand")
		})
	}
}

// A folder may have any name, and a file in its place is said.
func TestInitFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, errOut := call("", "init", "--yes", "--settings-only", "--dir", "my shop")
	require.Zero(t, code, errOut)
	assert.Contains(t, out, "  cd 'my shop'\n")
	text, err := os.ReadFile("my shop/Pulumi.yaml")
	require.NoError(t, err)
	assert.Contains(t, string(text), "name: my-shop\n")
	require.NoError(t, os.WriteFile("taken", nil, 0o600))
	code, _, errOut = call("", "init", "--yes", "--settings-only", "--dir", "taken")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "--dir taken: cannot be made into a folder: ")
}

// In this module's own folder a new one takes the module from there, as no
// version of it is known.
func TestInitProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	code, out, errOut := call("", "init", "--yes", "--dir", dir)
	require.Zero(t, code, errOut)
	assert.Contains(t, out, "  go mod tidy\n  go tool aks-egress check dev ")
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	assert.Contains(t, string(text), "module shop\n")
	assert.Contains(t, string(text), "\nreplace github.com/aks-egress/aks-egress => "+root+"\n")

	// Elsewhere the version is for the user to choose.
	t.Chdir(t.TempDir())
	code, out, errOut = call("", "init", "--yes", "--name", "shop")
	require.Zero(t, code, errOut)
	assert.Contains(t, out, "next:\n  go get github.com/aks-egress/aks-egress@latest\n")
	text, err = os.ReadFile("go.mod")
	require.NoError(t, err)
	assert.NotContains(t, string(text), "require", "what no proxy has cannot be required")
}

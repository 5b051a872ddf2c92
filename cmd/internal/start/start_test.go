package start

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// sound are answers without a fault.
func sound() Answers {
	return Answers{
		Name: "shop", Stack: "dev", Region: "eastus",
		AddressSpace: "10.42.0.0/16", NodeSubnet: "10.42.1.0/24", FirewallSubnet: "10.42.2.0/24", Version: "v1.2.3",
	}
}

// A name that YAML would read as something else is still a name.
func TestNamesAreTexts(t *testing.T) {
	for _, name := range []string{"shop", "2027", "1e3", "0x1f", "true", "null", "2027-01-02", "1.5"} {
		a := sound()
		a.Name = name
		files, err := Files(a)
		require.NoError(t, err, name)
		var project struct{ Name any }
		require.NoError(t, yaml.Unmarshal([]byte(files[0].Text), &project))
		assert.Equal(t, name, project.Name)
		assert.Regexp(t, `(?m)^module "?`+regexp.QuoteMeta(name)+`"?$`, files[3].Text)
	}
}

// All that is wrong is said at once, with what is in the way, and nothing is
// written.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		want   []string // how each line begins; none: the files are written
		change func(*Answers)
		there  string
	}{
		{nil, func(*Answers) {}, "README.md"},
		{nil, func(a *Answers) { a.SettingsOnly = true }, "main.go"},
		{nil, func(a *Answers) { a.Cloud, a.Region = "china", "chinanorth3" }, ""},
		{[]string{`--name: "a b" is not a name`}, func(a *Answers) { a.Name = "a b" }, ""},
		{[]string{`--stack: "../x" is not a name`}, func(a *Answers) { a.Stack = "../x" }, ""},
		{[]string{`aks-egress:cloud: is "china", but the region "eastus"`}, func(a *Answers) { a.Cloud = "china" }, ""},
		{[]string{`azure-native:location: is "eastus\n  aks-egress:kubeconfig: true"`}, func(a *Answers) { a.Region = "eastus\n  aks-egress:kubeconfig: true" }, ""},
		{[]string{"DIR/main.go: is there already"}, func(*Answers) {}, "main.go"},
		{[]string{"DIR/Pulumi.yaml: is there already, and nothing is written over: move it away, or give --dir another folder; for another stack of this project, copy a stack's file to Pulumi.shop.yaml"}, func(a *Answers) { a.Stack = "shop" }, "Pulumi.yaml"},
		{[]string{"DIR/Pulumi.dev.yaml: is there already, and nothing is written over: move it away, or give --dir another folder"}, func(*Answers) {}, "Pulumi.dev.yaml"},
		{[]string{"aks-egress:network.addressSpace: is 10.7.0.0/27, and the nodes' subnet and the firewall's do not fit into it: give a /25"}, func(a *Answers) { a.AddressSpace, a.NodeSubnet, a.FirewallSubnet = "10.7.0.0/27", "", "" }, ""},
		{[]string{"azure-native:location: is ", "aks-egress:network.addressSpace: is \"10.7\": write"}, func(a *Answers) { a.Region, a.AddressSpace, a.NodeSubnet, a.FirewallSubnet = "East US", "10.7", "", "" }, ""},
		{[]string{
			`--name: "" is not a name`, `--stack: "-" is not a name`, "azure-native:location: is ", "aks-egress:network.nodeSubnet: is ",
			"DIR/Pulumi.yaml: is there already",
		}, func(a *Answers) { a.Name, a.Stack, a.Region, a.NodeSubnet = "", "-", "East US", "10.42.1.0" }, "Pulumi.yaml"},
	} {
		dir := t.TempDir()
		if row.there != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, row.there), []byte("mine"), 0o600))
		}
		a := sound()
		row.change(&a)
		files, err := Write(dir, a)
		if row.want == nil {
			require.NoError(t, err)
			for _, f := range files {
				got, err := os.ReadFile(filepath.Join(dir, f.Name))
				require.NoError(t, err)
				assert.Equal(t, f.Text, string(got))
			}
			assert.Len(t, files, map[bool]int{false: 4, true: 2}[a.SettingsOnly])
		} else {
			require.Error(t, err, "%q", row.want)
			lines := strings.Split(strings.ReplaceAll(err.Error(), dir, "DIR"), "\n")
			require.Len(t, lines, len(row.want), err)
			for i, want := range row.want {
				assert.True(t, strings.HasPrefix(lines[i], want), "%q\n%q", want, lines[i])
			}
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, entries, map[bool]int{false: 0, true: 1}[row.there != ""], "nothing is written")
		}
		if row.there != "" {
			got, err := os.ReadFile(filepath.Join(dir, row.there))
			require.NoError(t, err)
			assert.Equal(t, "mine", string(got), "nothing is written over")
		}
	}
}

func TestSubnets(t *testing.T) {
	for _, row := range [][3]string{
		{"10.42.1.0/24", "10.42.2.0/24", "10.42.0.0/16"},
		{"10.8.5.0/24", "10.8.6.0/24", "10.8.4.0/22"},
		{"10.8.5.0/24", "10.8.6.0/24", "10.8.5.9/22"},
		{"10.8.4.0/24", "10.8.5.0/26", "10.8.4.0/23"},
		{"10.8.4.0/25", "10.8.4.128/26", "10.8.4.0/24"},
		{"10.8.4.128/26", "10.8.4.192/26", "10.8.4.128/25"},
		{"", "", "10.8.4.0/26"},
		{"", "", "fd00::/16"},
		{"", "", "10.8.4.0"},
	} {
		nodes, firewall := Subnets(row[2])
		assert.Equal(t, row, [3]string{nodes, firewall, row[2]})
	}
}

// Whatever the network, the settings are sound: the cluster's own ranges move out
// of its way.
func TestRanges(t *testing.T) {
	for space, want := range map[string]string{
		"10.42.0.0/16": "", "192.168.7.0/24": "", "172.20.0.0/15": "",
		"10.0.0.0/16":   "  aks-egress:cluster: {serviceCidr: 172.20.0.0/16} # apart from the network\n",
		"10.244.0.0/14": "  aks-egress:cluster: {podCidr: 172.21.0.0/16} # apart from the network\n",
		"10.0.0.0/8":    "  aks-egress:cluster: {serviceCidr: 172.20.0.0/16, podCidr: 172.21.0.0/16} # apart from the network\n",
	} {
		a := sound()
		a.AddressSpace = space
		a.NodeSubnet, a.FirewallSubnet = Subnets(space)
		files, err := Files(a)
		require.NoError(t, err, space)
		_, after, _ := strings.Cut(files[1].Text, "firewallSubnet: "+a.FirewallSubnet+"\n")
		assert.True(t, strings.HasPrefix(after, want+"  # Add-ons"), files[1].Text)
	}
}

func TestNameOf(t *testing.T) {
	for folder, want := range map[string]string{"/src/shop": "shop", "/src/my shop": "my-shop", "/src/.shop (old)": "shop-old", "/": ""} {
		assert.Equal(t, want, NameOf(folder))
	}
}

// Each cloud's region is one of that cloud, so that what is proposed is sound.
func TestRegion(t *testing.T) {
	for _, cloud := range []string{"", "public", "china", "usgovernment"} {
		a := sound()
		a.Cloud, a.Region = cloud, Region(cloud)
		_, err := Files(a)
		assert.NoError(t, err)
	}
}

// The example is what is written, and its module goes on where go mod tidy
// has added to it.
func TestExample(t *testing.T) {
	const root = "../../.."
	example := filepath.Join(root, "examples", "own-repository")
	a := sound()
	a.Name, a.Version, a.Replace = "own-repository", "", "../.."
	files, err := Files(a)
	require.NoError(t, err)
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(example, f.Name))
		require.NoError(t, err)
		if f.Name == "go.mod" {
			require1 := regexp.MustCompile(`(?s)require \(\n\t(github.com/aks-egress/aks-egress v0.0.0)\n.*?\n\)\n\nrequire \(\n.*?\n\)`)
			assert.Equal(t, f.Text, require1.ReplaceAllString(string(got), "require $1"))
			continue
		}
		assert.Equal(t, f.Text, string(got), f.Name)
	}
	assert.Equal(t, 7, strings.Count(mainText, "\n"), "main.go has seven lines")
	own, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	assert.Contains(t, string(own), "\ngo "+goVersion+"\n", "a new module is of the same Go")
}

// A folder's name that go.mod would take apart is quoted.
func TestGoPath(t *testing.T) {
	assert.Equal(t, "/src/aks-egress", goPath("/src/aks-egress"))
	assert.Equal(t, `"/my src/aks-egress"`, goPath("/my src/aks-egress"))
}

package start

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// Module is the module that a new repository uses.
const Module = "github.com/aks-egress/aks-egress"

// goVersion is the language version of a new module: that of this one.
const goVersion = "1.25.11"

// Answers are what a new repository is asked for. Region and ranges are texts
// as written, which the settings judge.
type Answers struct {
	Name           string // of the project and of its Go module
	Stack          string
	Cloud          string // empty: the region's
	Region         string
	AddressSpace   string
	NodeSubnet     string
	FirewallSubnet string
	SettingsOnly   bool // no program: check, diff and prove need none

	Version string // of this module, to require; empty: not known
	Replace string // a folder with this module, to take instead of a version
}

// Region is a region to propose in a cloud.
func Region(cloud string) string {
	switch rules.Cloud(cloud) {
	case rules.China:
		return "chinanorth3"
	case rules.USGovernment:
		return "usgovvirginia"
	default:
		return "eastus"
	}
}

// Subnets are the ranges to propose in an address space, for nodes and for the
// firewall: its second and third /24; of a small one the first half, and a /26 of
// the second, which is the least that Azure gives a firewall. They are empty where
// it is too small.
func Subnets(addressSpace string) (nodes, firewall string) {
	space, err := netip.ParsePrefix(addressSpace)
	if err != nil || !space.Addr().Is4() || space.Bits() > 25 {
		return "", ""
	}
	first := space.Masked().Addr().As4()
	at := func(offset uint32, bits int) string {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], binary.BigEndian.Uint32(first[:])+offset)
		return netip.PrefixFrom(netip.AddrFrom4(a), bits).String()
	}
	if space.Bits() > 22 {
		return at(0, space.Bits()+1), at(1<<(31-space.Bits()), 26)
	}
	return at(1<<8, 24), at(2<<8, 24)
}

// clusterRanges are the cluster's own ranges where their defaults overlap the
// network, as they do in 10.0.0.0/16, which Azure proposes for networks.
func clusterRanges(addressSpace string) string {
	space, err := netip.ParsePrefix(addressSpace)
	if err != nil {
		return ""
	}
	var keys []string
	for _, r := range [][3]string{{"serviceCidr", "10.0.0.0/16", "172.20.0.0/16"}, {"podCidr", "10.244.0.0/16", "172.21.0.0/16"}} {
		if space.Overlaps(netip.MustParsePrefix(r[1])) {
			keys = append(keys, r[0]+": "+r[2])
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return "  aks-egress:cluster: {" + strings.Join(keys, ", ") + "} # apart from the network\n"
}

// File is a file to write: its name, and what is in it.
type File struct{ Name, Text string }

var (
	plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9./_-]*$`) // what YAML takes as it is
	name  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)  // of projects and stacks, as Pulumi takes them
)

// NameOf is a name for a project in a folder, of what names may have.
func NameOf(folder string) string {
	return strings.Trim(regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(filepath.Base(folder), "-"), "._-")
}

// scalar is a text as YAML takes it for one: quoted where it would be a number, a
// truth or a day.
func scalar(s string) string {
	var read any
	if err := yaml.Unmarshal([]byte(s), &read); err == nil && read == any(s) && plain.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// Files are the files of a new repository, with all that is wrong with them.
func Files(a Answers) ([]File, error) {
	var faults []error
	for _, one := range []struct{ flag, value string }{{"--name", a.Name}, {"--stack", a.Stack}} {
		if !name.MatchString(one.value) {
			faults = append(faults, fmt.Errorf("%s: %q is not a name: give letters, digits, hyphens, underscores and dots, a letter or digit first", one.flag, one.value))
		}
	}
	stack := File{"Pulumi." + a.Stack + ".yaml", fill(stackText, a)}
	_, err := settings.Parse(stack.Name, []byte(stack.Text))
	err = withoutProposed(a, err)
	files := []File{{"Pulumi.yaml", fill(projectText, a)}, stack}
	if !a.SettingsOnly {
		files = append(files, File{"main.go", mainText}, File{"go.mod", fill(moduleText, a)})
	}
	return files, errors.Join(append(faults, err)...)
}

// withoutProposed leaves out what is wrong with subnets that nobody gave, because
// none could be proposed in the address space: what is wrong is that.
func withoutProposed(a Answers, err error) error {
	if a.NodeSubnet != "" || a.FirewallSubnet != "" {
		return err
	}
	var all, kept fault.List
	if !errors.As(err, &all) {
		return err
	}
	space := false
	for _, f := range all {
		switch f.Path {
		case "aks-egress:network.nodeSubnet", "aks-egress:network.firewallSubnet":
			continue
		case "aks-egress:network.addressSpace":
			space = true
		}
		kept = append(kept, f)
	}
	if !space {
		kept = append(kept, fault.Fault{Path: "aks-egress:network.addressSpace", Reason: "is " + a.AddressSpace + ", and the nodes' subnet and the firewall's do not fit into it", Fix: "give a /25 or a larger range"})
	}
	return kept
}

func fill(text string, a Answers) string {
	require := ""
	switch {
	case a.Replace != "":
		require = "\nrequire " + Module + " v0.0.0\n\nreplace " + Module + " => " + goPath(a.Replace) + "\n"
	case a.Version != "":
		require = "\nrequire " + Module + " " + a.Version + "\n"
	}
	cloud := a.Cloud
	if cloud == "" {
		cloud = string(rules.CloudOf(a.Region))
	}
	return strings.NewReplacer("NAME", scalar(a.Name), "STACK", scalar(a.Stack), "CLOUD", scalar(cloud), "REGION", scalar(a.Region),
		"SPACE", scalar(a.AddressSpace), "NODES", scalar(a.NodeSubnet), "FIREWALL", scalar(a.FirewallSubnet),
		"RANGES", clusterRanges(a.AddressSpace), "GO", goVersion, "MODULE", Module, "REQUIRE", require).Replace(text)
}

// goPath writes a folder as go.mod takes it: quoted where it must be.
func goPath(dir string) string {
	if strings.ContainsAny(dir, " \t\"'`(),") {
		return strconv.Quote(dir)
	}
	return dir
}

// Write writes the files of a new repository into a folder, which it makes, or
// says what is wrong with the answers and which files are there already, and
// writes none at all.
func Write(dir string, a Answers) ([]File, error) {
	files, err := Files(a)
	faults := []error{err}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if there(path) {
			fix := "move it away, or give --dir another folder"
			if f.Name == "Pulumi.yaml" && !there(filepath.Join(dir, "Pulumi."+a.Stack+".yaml")) {
				fix += "; for another stack of this project, copy a stack's file to Pulumi." + a.Stack + ".yaml"
			}
			faults = append(faults, fmt.Errorf("%s: is there already, and nothing is written over: %s", path, fix))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("--dir %s: cannot be made into a folder: %w", dir, err)
	}
	for _, f := range files {
		out, err := os.OpenFile(filepath.Join(dir, f.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, err
		}
		_, err = out.WriteString(f.Text)
		if err := errors.Join(err, out.Close()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

const projectText = `name: NAME
runtime: go
description: An AKS cluster whose only way out is an Azure Firewall
`

const stackText = `config:
  azure-native:location: REGION
  aks-egress:cloud: CLOUD
  aks-egress:network:
    addressSpace: SPACE
    nodeSubnet: NODES
    firewallSubnet: FIREWALL
RANGES  # Add-ons, each with its rows: aks-egress rules list --features all
  aks-egress:features: [updates]
  # What your workloads need besides:
  # aks-egress:egress:
  #   - {name: payments, fqdns: [api.payments.example]}
`

const mainText = `// The cluster that Pulumi.*.yaml describes; its only way out is the firewall.
package main

import "github.com/aks-egress/aks-egress/stack"
import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() { pulumi.Run(stack.Deploy) }
`

const moduleText = `module NAME

go GO

tool (
	MODULE/cmd/aks-egress
	MODULE/cmd/aks-egress-sandbox
)
REQUIRE`

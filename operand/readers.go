package operand

import (
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	plan "github.com/aks-egress/aks-egress/policy/terraform"
)

// The readers of what other tools print: this file is all that knows which
// package reads what.

// text is a file's content as UTF-8 without a byte order mark; Windows
// PowerShell writes neither.
func text(data []byte) ([]byte, error) { return read.Text(data) }

// readAzure reads what Azure prints, with the values of a template's parameters
// if they are given.
func readAzure(data, parameters []byte, allowEmpty bool) (policy.Firewall, policy.Reading, error) {
	return read.Azure(data, read.Options{Parameters: parameters, AllowEmpty: allowEmpty})
}

// isTerraform reports whether JSON is a plan or a state of Terraform.
func isTerraform(data []byte) bool { return plan.Is(data) }

func readTerraform(data []byte) (policy.Firewall, policy.Reading, error) { return plan.Read(data) }

func readWorld(data []byte) (policy.Firewall, policy.Reading, error) { return read.World(data) }

// readIPGroups reads what az network ip-group list prints.
func readIPGroups(data []byte) (map[string][]string, error) { return read.IPGroups(data) }

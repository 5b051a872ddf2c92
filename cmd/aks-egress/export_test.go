package main

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ruleNames are the names in an export as CSV.
func ruleNames(t *testing.T, in string, args ...string) []string {
	t.Helper()
	code, out, errOut := call(in, append([]string{"rules", "export", "--to", "csv"}, args...)...)
	require.Zero(t, code, errOut)
	assert.NotContains(t, errOut, "not in the file", "CSV says everything")
	records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	var names []string
	for _, r := range records[1:] {
		names = append(names, r[4])
	}
	return names
}

const ownRules = `[{"name": "core", "properties": {"priority": 300, "ruleCollections": [
 {"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": "in", "priority": 100, "action": {"type": "DNAT"}, "rules": [
  {"ruleType": "NatRule", "name": "shop", "sourceAddresses": ["203.0.113.0/24"], "ipProtocols": ["TCP"], "destinationAddresses": ["20.0.0.9"], "destinationPorts": ["80"], "translatedAddress": "10.42.1.200", "translatedPort": "8080"}]},
 {"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "aksfwar", "priority": 200, "action": {"type": "Allow"}, "rules": [
  {"ruleType": "ApplicationRule", "name": "core.mcr", "sourceAddresses": ["10.42.1.0/24"], "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["mcr.microsoft.com"]},
  {"ruleType": "ApplicationRule", "name": "own", "sourceAddresses": ["10.42.1.0/24"], "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["a.example.com"]}]}]}}]`

// All rules, unless only those from rows are asked for.
func TestExportLeavesNothingOut(t *testing.T) {
	assert.Equal(t, []string{"shop", "core.mcr", "own"}, ruleNames(t, ownRules, "--policy", "-"))
	assert.Equal(t, []string{"core.mcr"}, ruleNames(t, ownRules, "--policy", "-", "--rows-only"))
	assert.Equal(t, []string{"core.mcr", "fqdn"}, ruleNames(t, ownRules, "--policy", "-", "--rows-only", "--fqdn-tag"))

	dev := ruleNames(t, "", "--stack", "dev")
	assert.Equal(t, "store-front", dev[0], "the forwarded port")
	assert.Contains(t, dev, "fqdn")
	rows := ruleNames(t, "", "--stack", "dev", "--rows-only")
	assert.Equal(t, "core.apiudp", rows[0])
	assert.NotContains(t, rows, "fqdn")
	assert.Len(t, ruleNames(t, "", "--stack", "dev", "--rows-only", "--fqdn-tag"), len(rows)+1)
}

// What a format cannot say is told, a line each, beside the file.
func TestExportTellsWhatIsNotInTheFile(t *testing.T) {
	code, out, errOut := call(ownRules, "rules", "export", "--policy", "-", "--to", "squid")
	assert.Zero(t, code)
	assert.Contains(t, out, "dstdomain mcr.microsoft.com")
	assert.Contains(t, errOut, "not in the file: core/in/shop: rule dnat from 203.0.113.0/24 by tcp:80 to 20.0.0.9 translated to 10.42.1.200:8080: a proxy lets nothing in\n")
}

func TestExportBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"--policy - --region eastus --to csv": "an operand has its rules already",
		"--policy - --stack dev --to csv":     "--stack and --policy cannot be combined",
		"--policy nowhere.json --to csv":      "--policy nowhere.json: open nowhere.json",
		"--policy - --to csv":                 "--policy -: ",
		"--cloud public --to csv --fqdn-tag":  "there is nothing to export",
	} {
		code, out, errOut := call("", append([]string{"rules", "export"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, code, args)
		assert.Contains(t, errOut, want, args)
		assert.Empty(t, out, args)
	}
	code, _, errOut := call(otherSources, "rules", "export", "--policy", "-", "--fqdn-tag", "--to", "csv")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "--fqdn-tag: there are no core rows")
}

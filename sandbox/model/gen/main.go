// Command gen condenses Microsoft's resource types into the data file that package model embeds.
//
//	go run ./sandbox/model/gen DIR
//
// DIR holds types.json files of https://github.com/Azure/bicep-types-az (MIT licence, © Microsoft
// Corporation), each saved under any name ending in .json, and the repository's index.json, which
// lists every type at every version. Descriptions are not needed. The command reads every file, takes
// the resource types listed in wanted, follows their properties, and writes sandbox/model/types.txt;
// the API versions that Azure has of these types go into sandbox/model/versions.txt. Run it from the
// module's root. The output depends on the input alone.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	output   = "sandbox/model/types.txt"
	listed   = "sandbox/model/versions.txt"
	contents = "index.json"
	header   = `# Azure's resource types at the API versions the sandbox knows, one property a line.
# Facts from Azure/bicep-types-az, MIT, © Microsoft Corporation, commit 1f896de2.
# Written by sandbox/model/gen; the format is described in sandbox/model/parse.go. Do not edit.
`
)

// wanted lists the resource types by API version.
var wanted = []string{
	"Microsoft.Resources/resourceGroups@2024-03-01",
	"Microsoft.Network/virtualNetworks@2024-05-01",
	"Microsoft.Network/virtualNetworks/subnets@2024-05-01",
	"Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01",
	"Microsoft.Network/publicIPAddresses@2024-05-01",
	"Microsoft.Network/publicIPPrefixes@2024-05-01",
	"Microsoft.Network/firewallPolicies@2024-05-01",
	"Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01",
	"Microsoft.Network/azureFirewalls@2024-05-01",
	"Microsoft.Network/routeTables@2024-05-01",
	"Microsoft.Network/routeTables/routes@2024-05-01",
	"Microsoft.Network/ipGroups@2024-05-01",
	"Microsoft.Network/networkSecurityGroups@2024-05-01",
	"Microsoft.Network/privateEndpoints@2024-05-01",
	"Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01",
	"Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01",
	"Microsoft.Network/applicationSecurityGroups@2024-05-01",
	"Microsoft.Network/natGateways@2024-05-01",
	"Microsoft.Network/loadBalancers@2024-05-01",
	"Microsoft.Network/networkInterfaces@2024-05-01",
	"Microsoft.Network/bastionHosts@2024-05-01",
	"Microsoft.Network/virtualNetworkGateways@2024-05-01",
	"Microsoft.Network/localNetworkGateways@2024-05-01",
	"Microsoft.Network/ddosProtectionPlans@2024-05-01",
	"Microsoft.Network/privateLinkServices@2024-05-01",
	"Microsoft.Network/customIpPrefixes@2024-05-01",
	"Microsoft.Network/networkWatchers@2024-05-01",
	"Microsoft.Network/networkWatchers/flowLogs@2024-05-01",
	"Microsoft.Network/privateDnsZones@2020-06-01",
	"Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01",
	"Microsoft.Network/privateDnsZones/A@2020-06-01",
	"Microsoft.Network/privateDnsZones/AAAA@2020-06-01",
	"Microsoft.Network/privateDnsZones/CNAME@2020-06-01",
	"Microsoft.Network/privateDnsZones/MX@2020-06-01",
	"Microsoft.Network/privateDnsZones/PTR@2020-06-01",
	"Microsoft.Network/privateDnsZones/SOA@2020-06-01",
	"Microsoft.Network/privateDnsZones/SRV@2020-06-01",
	"Microsoft.Network/privateDnsZones/TXT@2020-06-01",
	"Microsoft.Network/privateDnsZones@2024-06-01",
	"Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01",
	"Microsoft.Network/privateDnsZones/A@2024-06-01",
	"Microsoft.Network/privateDnsZones/AAAA@2024-06-01",
	"Microsoft.Network/privateDnsZones/CNAME@2024-06-01",
	"Microsoft.Network/privateDnsZones/MX@2024-06-01",
	"Microsoft.Network/privateDnsZones/PTR@2024-06-01",
	"Microsoft.Network/privateDnsZones/SOA@2024-06-01",
	"Microsoft.Network/privateDnsZones/SRV@2024-06-01",
	"Microsoft.Network/privateDnsZones/TXT@2024-06-01",
	"Microsoft.ContainerService/managedClusters@2025-01-01",
	"Microsoft.ContainerService/managedClusters/agentPools@2025-01-01",
	"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2025-01-01",
	"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings@2025-01-01",
	"Microsoft.ContainerService/snapshots@2025-01-01",
	"Microsoft.ContainerService/managedClusters@2024-10-01",
	"Microsoft.ContainerService/managedClusters/agentPools@2024-10-01",
	"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2024-10-01",
	"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings@2024-10-01",
	"Microsoft.ContainerService/snapshots@2024-10-01",
	"Microsoft.ContainerService/managedClusters@2024-09-02-preview",
	"Microsoft.ContainerService/managedClusters/agentPools@2024-09-02-preview",
	"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2024-09-02-preview",
	"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings@2024-09-02-preview",
	"Microsoft.ContainerService/snapshots@2024-09-02-preview",
	"Microsoft.ContainerService/managedclustersnapshots@2024-09-02-preview",
	"Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31",
	"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31",
	"Microsoft.Authorization/roleAssignments@2022-04-01",
	"Microsoft.Authorization/roleDefinitions@2022-04-01",
	"Microsoft.Authorization/locks@2020-05-01",
	"Microsoft.OperationalInsights/workspaces@2023-09-01",
	"Microsoft.Insights/diagnosticSettings@2021-05-01-preview",
	"Microsoft.Insights/dataCollectionEndpoints@2022-06-01",
	"Microsoft.Insights/dataCollectionRules@2022-06-01",
	"Microsoft.Insights/dataCollectionRuleAssociations@2022-06-01",
	"Microsoft.Monitor/accounts@2023-04-03",
	"Microsoft.ContainerRegistry/registries@2023-07-01",
	"Microsoft.ContainerRegistry/registries/cacheRules@2023-07-01",
	"Microsoft.ContainerRegistry/registries/credentialSets@2023-07-01",
	"Microsoft.KeyVault/vaults@2023-02-01",
	"Microsoft.KeyVault/vaults/secrets@2023-02-01",
	"Microsoft.KeyVault/vaults/keys@2023-02-01",
	"Microsoft.Storage/storageAccounts@2023-05-01",
	"Microsoft.Storage/storageAccounts/blobServices@2023-05-01",
	"Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01",

	// What unversioned tokens of azure-native's SDKs v2 and v3 mean, where it is not among the above.
	"Microsoft.Resources/resourceGroups@2022-09-01",
	"Microsoft.Network/virtualNetworks@2023-02-01",
	"Microsoft.Network/virtualNetworks/subnets@2023-02-01",
	"Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2023-02-01",
	"Microsoft.Network/publicIPAddresses@2023-02-01",
	"Microsoft.Network/publicIPPrefixes@2023-02-01",
	"Microsoft.Network/firewallPolicies@2023-02-01",
	"Microsoft.Network/firewallPolicies/ruleCollectionGroups@2023-02-01",
	"Microsoft.Network/azureFirewalls@2023-02-01",
	"Microsoft.Network/routeTables@2023-02-01",
	"Microsoft.Network/routeTables/routes@2023-02-01",
	"Microsoft.Network/ipGroups@2023-02-01",
	"Microsoft.Network/networkSecurityGroups@2023-02-01",
	"Microsoft.Network/privateEndpoints@2023-02-01",
	"Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-02-01",
	"Microsoft.Network/networkSecurityGroups/securityRules@2023-02-01",
	"Microsoft.Network/applicationSecurityGroups@2023-02-01",
	"Microsoft.Network/natGateways@2023-02-01",
	"Microsoft.Network/loadBalancers@2023-02-01",
	"Microsoft.Network/networkInterfaces@2023-02-01",
	"Microsoft.Network/bastionHosts@2023-02-01",
	"Microsoft.Network/virtualNetworkGateways@2023-02-01",
	"Microsoft.Network/localNetworkGateways@2023-02-01",
	"Microsoft.Network/ddosProtectionPlans@2023-02-01",
	"Microsoft.Network/privateLinkServices@2023-02-01",
	"Microsoft.Network/customIpPrefixes@2023-02-01",
	"Microsoft.Network/networkWatchers@2023-02-01",
	"Microsoft.Network/networkWatchers/flowLogs@2023-02-01",
	"Microsoft.ContainerService/managedClusters@2025-09-01",
	"Microsoft.ContainerService/managedClusters/agentPools@2025-09-01",
	"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2025-09-01",
	"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings@2025-09-01",
	"Microsoft.ContainerService/snapshots@2025-09-01",
	"Microsoft.ContainerService/managedClusters@2023-04-01",
	"Microsoft.ContainerService/managedClusters/agentPools@2023-04-01",
	"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2023-04-01",
	"Microsoft.ContainerService/snapshots@2023-04-01",
	"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings@2023-05-02-preview",
	"Microsoft.ContainerService/managedclustersnapshots@2023-05-02-preview",
	"Microsoft.ContainerService/managedclustersnapshots@2024-10-02-preview",
	"Microsoft.Authorization/roleDefinitions@2022-05-01-preview",
	"Microsoft.OperationalInsights/workspaces@2022-10-01",
	"Microsoft.ContainerRegistry/registries@2022-12-01",
	"Microsoft.ContainerRegistry/registries@2023-01-01-preview",
	"Microsoft.ContainerRegistry/registries/cacheRules@2023-01-01-preview",
	"Microsoft.ContainerRegistry/registries/credentialSets@2023-01-01-preview",
	"Microsoft.ContainerRegistry/registries/cacheRules@2024-11-01-preview",
	"Microsoft.Storage/storageAccounts@2022-09-01",
	"Microsoft.Storage/storageAccounts/blobServices@2022-09-01",
	"Microsoft.Storage/storageAccounts/blobServices/containers@2022-09-01",
	"Microsoft.Storage/storageAccounts@2024-01-01",
	"Microsoft.Storage/storageAccounts/blobServices@2024-01-01",
	"Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01",
}

// spelled lists where azure-native's SDK differs from Azure beyond its two rules (bags named
// "properties" are emptied, hyphens become camel case): "object.property" to the mark in the data
// file; where a namespace is the exception, it stands first. Found by comparing the argument types of
// azure-native 2.92.3 and 3.16.0 with Microsoft's types.
var spelled = map[string]string{
	"IpamPoolPrefixAllocation.pool":                "flatten",
	"IPRule.value":                                 "sdk=iPAddressOrRange",
	"Microsoft.KeyVault IPRule.value":              "-",
	"RoleDefinitionProperties.type":                "sdk=roleType",
	"resourceGroups.properties":                    "readonly", // a bag that the SDK keeps, and knows in outputs only
	"Encryption.identity":                          "sdk=encryptionIdentity",
	"Encryption.keyvaultproperties":                "sdk=keyVaultProperties",
	"EncryptionIdentity.federatedIdentityClientId": "sdk=encryptionFederatedIdentityClientId",
	"EncryptionIdentity.userAssignedIdentity":      "sdk=encryptionUserAssignedIdentity",
	"KeyAttributes.exp":                            "sdk=expires",
	"KeyAttributes.nbf":                            "sdk=notBefore",
	"KeyProperties.release_policy":                 "sdk=releasePolicy",
	"KeyVaultProperties.keyname":                   "sdk=keyName",
	"KeyVaultProperties.keyvaulturi":               "sdk=keyVaultUri",
	"KeyVaultProperties.keyversion":                "sdk=keyVersion",
	"Microsoft.Storage VirtualNetworkRule.id":      "sdk=virtualNetworkResourceId",
	"SecretAttributes.exp":                         "sdk=expires",
	"SecretAttributes.nbf":                         "sdk=notBefore",
	"StorageAccountPropertiesCreateParametersOrStorageAccountProperties.isNfsV3Enabled":           "sdk=enableNfsV3",
	"StorageAccountPropertiesCreateParametersOrStorageAccountProperties.networkAcls":              "sdk=networkRuleSet",
	"StorageAccountPropertiesCreateParametersOrStorageAccountProperties.supportsHttpsTrafficOnly": "sdk=enableHttpsTrafficOnly",
	"keys.properties":    "-", // bags that the SDK keeps
	"secrets.properties": "-",
	"vaults.properties":  "-",
}

// formats lists what is a date, a time or base64: bicep types do not say so. From Azure's
// specifications, in which these properties have the format date, date-time or byte; "[]" is an element.
var formats = map[string]string{
	"DateSpan.end":                  "date",
	"DateSpan.start":                "date",
	"MaintenanceWindow.startDate":   "date",
	"TimeSpan.end":                  "datetime",
	"TimeSpan.start":                "datetime",
	"UpgradeOverrideSettings.until": "datetime",

	"ManagedClusterSecurityProfile.customCATrustCertificates[]": "base64",
}

// The flags of bicep types.
const (
	required = 1 << iota
	readOnly
)

type ref struct {
	Ref string `json:"$ref"`
}

type bicepProperty struct {
	Type  ref `json:"type"`
	Flags int `json:"flags"`
}

type bicepType struct {
	Kind           string                   `json:"$type"`
	Name           string                   `json:"name"`
	Value          string                   `json:"value"`
	Pattern        string                   `json:"pattern"`
	MinLength      *int                     `json:"minLength"`
	MaxLength      *int                     `json:"maxLength"`
	MinValue       *int                     `json:"minValue"`
	MaxValue       *int                     `json:"maxValue"`
	Body           ref                      `json:"body"`
	ItemType       ref                      `json:"itemType"`
	Additional     *ref                     `json:"additionalProperties"`
	Properties     map[string]bicepProperty `json:"properties"`
	BaseProperties map[string]bicepProperty `json:"baseProperties"`
	Discriminator  string                   `json:"discriminator"`
	// Elements is a list of references in a union and a map of them in a discriminated object.
	Elements json.RawMessage `json:"elements"`
}

// condenser writes the objects of one bicep file.
type condenser struct {
	types     []bicepType
	namespace string         // of the file's resources: Microsoft.Network
	names     map[int]string // object number to its name in the data file
	taken     map[string]bool
	queue     []int
	roots     map[string]bool // the objects that are the body of a resource
	faults    []error
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./sandbox/model/gen DIR (a folder with the types.json files of Azure/bicep-types-az)")
		os.Exit(2)
	}
	text, err := condense(os.Args[1])
	if err == nil {
		err = os.WriteFile(output, []byte(text), 0o644)
	}
	if err == nil {
		text, err = versions(filepath.Join(os.Args[1], contents))
	}
	if err == nil {
		err = os.WriteFile(listed, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// condense reads the JSON files of dir and returns the data file's text.
func condense(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return "", err
	}
	sections := map[string]string{} // by the section's first wanted resource
	found := map[string]bool{}
	for _, path := range paths {
		if filepath.Base(path) == contents {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		c := condenser{names: map[int]string{}, taken: map[string]bool{}, roots: map[string]bool{}}
		if err := json.Unmarshal(raw, &c.types); err != nil {
			return "", fmt.Errorf("%s: not a bicep types file: %w", path, err)
		}
		section, first := c.section(found)
		if len(c.faults) > 0 {
			return "", fmt.Errorf("%s: %w", path, errors.Join(c.faults...))
		}
		if first != "" {
			sections[first] = section
		}
	}
	var b strings.Builder
	b.WriteString(header)
	for _, name := range wanted {
		if !found[name] {
			return "", fmt.Errorf("%s: no file in %s has this resource type", name, dir)
		}
		b.WriteString(sections[name])
	}
	return b.String(), nil
}

// versions lists the API versions of every wanted type: a line of versions, then the types that have
// exactly these.
func versions(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var index struct {
		Resources map[string]any `json:"resources"`
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return "", fmt.Errorf("%s: not the index of bicep types: %w", path, err)
	}
	all := map[string][]string{}
	for _, name := range sorted(index.Resources) {
		typ, version, _ := strings.Cut(strings.ToLower(name), "@")
		all[typ] = append(all[typ], version)
	}
	types := map[string][]string{}
	for _, name := range wanted {
		typ, _, _ := strings.Cut(name, "@")
		line := strings.Join(all[strings.ToLower(typ)], " ")
		if line == "" {
			return "", fmt.Errorf("%s: %s has no version of %s", path, contents, typ)
		}
		if !slices.Contains(types[line], typ) {
			types[line] = append(types[line], typ)
		}
	}
	var b strings.Builder
	b.WriteString(strings.Replace(header, "one property a line", "and all the versions there are", 1))
	b.WriteString("# A line of versions, then the types that have these.\n")
	for _, line := range sorted(types) {
		fmt.Fprintf(&b, "\n%s\n", line)
		for _, typ := range types[line] {
			fmt.Fprintf(&b, "  %s\n", typ)
		}
	}
	return b.String(), nil
}

// section writes the wanted resources of one file and every object they reach, marks them found and
// returns the first one's name, empty if the file has none.
func (c *condenser) section(found map[string]bool) (text, first string) {
	var b strings.Builder
	for _, name := range wanted {
		at := slices.IndexFunc(c.types, func(t bicepType) bool { return t.Kind == "ResourceType" && t.Name == name })
		if at < 0 {
			continue
		}
		found[name] = true
		if first == "" {
			first = name
			c.namespace, _, _ = strings.Cut(name, "/")
			fmt.Fprintf(&b, "\nsection %s\n", name[:strings.Index(name, "/")]+name[strings.Index(name, "@"):])
		}
		root := c.object(index(c.types[at].Body))
		c.roots[root] = true
		fmt.Fprintf(&b, "resource %s %s\n", strings.Replace(name, "@", " ", 1), root)
	}
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.write(&b, next)
	}
	return b.String(), first
}

func index(r ref) int {
	n, err := strconv.Atoi(r.Ref[strings.LastIndexByte(r.Ref, '/')+1:])
	if err != nil {
		return -1
	}
	return n
}

// object names an object and has it written later.
func (c *condenser) object(n int) string {
	if name, ok := c.names[n]; ok {
		return name
	}
	base := c.types[n].Name
	base = base[strings.LastIndexByte(base, '/')+1:]
	name := base
	for i := 2; c.taken[name]; i++ {
		name = base + "#" + strconv.Itoa(i)
	}
	c.taken[name] = true
	c.names[n] = name
	c.queue = append(c.queue, n)
	return name
}

func (c *condenser) write(b *strings.Builder, n int) {
	t := c.types[n]
	name := c.names[n]
	fmt.Fprintf(b, "object %s\n", name)
	c.properties(b, name, t.Properties)
	c.properties(b, name, t.BaseProperties)
	if t.Additional != nil {
		fmt.Fprintf(b, "  * - %s\n", c.expr(index(*t.Additional), name+".*"))
	}
	if t.Kind == "DiscriminatedObjectType" {
		fmt.Fprintf(b, "  by %s\n", t.Discriminator)
		var cases map[string]ref
		if err := json.Unmarshal(t.Elements, &cases); err != nil {
			c.faults = append(c.faults, fmt.Errorf("%s: cases: %w", name, err))
		}
		for _, value := range sorted(cases) {
			fmt.Fprintf(b, "  case %s %s\n", value, c.object(index(cases[value])))
		}
	}
}

func (c *condenser) properties(b *strings.Builder, object string, props map[string]bicepProperty) {
	for _, name := range sorted(props) {
		if name == "apiVersion" && c.roots[object] {
			continue // part of the address, not of the body
		}
		p := props[name]
		t := c.types[index(p.Type)]
		var marks []string
		if p.Flags&required != 0 {
			marks = append(marks, "required")
		}
		if p.Flags&readOnly != 0 {
			marks = append(marks, "readonly")
		}
		mark, ok := spelled[c.namespace+" "+object+"."+name]
		if !ok {
			mark, ok = spelled[object+"."+name]
		}
		switch {
		case ok && mark == "-":
		case ok:
			marks = append(marks, mark)
		case name == "properties" && t.Kind == "ObjectType" && len(t.Properties) > 0:
			marks = append(marks, "flatten")
		case name == "userAssignedIdentities" && t.Kind == "ObjectType":
			marks = append(marks, "keys")
		case strings.Contains(name, "-"):
			marks = append(marks, "sdk="+camel(name))
		}
		if len(marks) == 0 {
			marks = []string{"-"}
		}
		fmt.Fprintf(b, "  %s %s %s\n", name, strings.Join(marks, ","), c.expr(index(p.Type), object+"."+name))
	}
}

func camel(name string) string {
	parts := strings.Split(name, "-")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
	}
	return strings.Join(parts, "")
}

// expr writes a type the way parse.go reads it.
func (c *condenser) expr(n int, where string) string {
	if format, ok := formats[where]; ok {
		return format
	}
	t := c.types[n]
	switch t.Kind {
	case "AnyType":
		return "any"
	case "BooleanType":
		return "bool"
	case "IntegerType":
		return "int" + bounds(t.MinValue, t.MaxValue)
	case "StringType":
		s := "string" + bounds(t.MinLength, t.MaxLength)
		if t.Pattern != "" {
			// Go's regular expressions have no look-ahead: such a pattern is left out, and said so.
			if _, err := regexp.Compile(t.Pattern); err != nil {
				fmt.Fprintf(os.Stderr, "gen: %s: pattern left out: %v\n", where, err)
				return s
			}
			s += " /" + t.Pattern + "/"
		}
		return s
	case "StringLiteralType":
		return "enum " + t.Value
	case "UnionType":
		return c.union(t, where)
	case "ArrayType":
		return "list" + bounds(t.MinLength, t.MaxLength) + " " + c.expr(index(t.ItemType), where+"[]")
	case "ObjectType", "DiscriminatedObjectType":
		if len(t.Properties) == 0 && t.Kind == "ObjectType" && t.Additional != nil {
			return "map " + c.expr(index(*t.Additional), where+".*")
		}
		return "object " + c.object(n)
	default:
		c.faults = append(c.faults, fmt.Errorf("%s: no rule for %s", where, t.Kind))
		return "any"
	}
}

// union writes an enum: closed, or open when Azure's description allows further values.
func (c *condenser) union(t bicepType, where string) string {
	var elements []ref
	if err := json.Unmarshal(t.Elements, &elements); err != nil {
		c.faults = append(c.faults, fmt.Errorf("%s: union: %w", where, err))
	}
	kind := "enum"
	var values []string
	for _, e := range elements {
		switch e := c.types[index(e)]; e.Kind {
		case "StringLiteralType":
			if strings.Contains(e.Value, "|") {
				c.faults = append(c.faults, fmt.Errorf("%s: value %q holds the separator", where, e.Value))
			}
			values = append(values, e.Value)
		case "StringType":
			kind = "openenum"
		default:
			c.faults = append(c.faults, fmt.Errorf("%s: no rule for a union with %s", where, e.Kind))
		}
	}
	return kind + " " + strings.Join(values, "|")
}

func bounds(low, high *int) string {
	if low == nil && high == nil {
		return ""
	}
	write := func(n *int) string {
		if n == nil {
			return ""
		}
		return strconv.Itoa(*n)
	}
	return "(" + write(low) + ".." + write(high) + ")"
}

func sorted[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

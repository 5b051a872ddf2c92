package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// Query is the question of Explain for Log Analytics and Azure Data Explorer:
// what was denied, by where it went, with the rows that name the hosts. The
// tables and the clusters' ranges stand in it. Its answer is a log that a
// Gatherer takes, with as many lines as there are destinations.
func Query(o Operand) (string, error) {
	x, err := newExplainer(o)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("// What Azure Firewall denied, by where it went and by cluster: aks-egress explain --kql,\n")
	fmt.Fprintf(&b, "// with Microsoft's tables of %s. The answer is a log for aks-egress explain.\n", rules.Newest)
	b.WriteString("let window = 7d;\n")
	b.WriteString("let clusters = datatable(Cluster:string, Range:string) [\n")
	ranges := 0
	for _, c := range x.Firewall.Clients {
		for _, s := range c.Sources {
			if strings.Contains(s, "-") || s == "*" { // which no lookup takes
				continue
			}
			if !strings.Contains(s, "/") {
				s += "/32"
			}
			ranges++
			fmt.Fprintf(&b, "  %s, %s,\n", kqlText(c.Name), kqlText(s))
		}
	}
	if ranges == 0 {
		b.WriteString("  \"\", \"0.0.0.0/0\",\n")
	}
	b.WriteString("];\n")
	b.WriteString("let tables = datatable(Row:string, Feature:string, Host:string, Port:int) [\n")
	seen := map[string]bool{}
	for _, l := range x.rows {
		if l.Kind != "app" {
			continue
		}
		for _, d := range l.Destinations {
			d = strings.ToLower(d)
			if i := strings.LastIndexByte(d, '>'); i >= 0 { // no region is known: any
				d = "*" + d[i+1:]
			}
			line := fmt.Sprintf("  %s, %s, %s, %d,\n", kqlText(l.ID), kqlText(string(l.Feature)), kqlText(d), l.Port)
			if !seen[line] {
				seen[line] = true
				b.WriteString(line)
			}
		}
	}
	b.WriteString("];\n")
	b.WriteString(kqlDenied)
	return b.String(), nil
}

// kqlText is a text as KQL writes it.
func kqlText(s string) string { return strconv.QuoteToASCII(s) }

// kqlDenied asks the tables that a workspace has: union leaves out those that
// it has not. The text of legacy logs is taken apart as package flowlog does,
// as far as it says where a flow went; structured logs are there, too, where a
// diagnostic setting sends them to AzureDiagnostics, with their type in the names
// of columns.
const kqlDenied = `let denied = union isfuzzy=true
  (AZFWApplicationRule
  | where TimeGenerated > ago(window) and Action =~ "Deny"
  | project TimeGenerated, Category = "AZFWApplicationRule", Protocol, SourceIp, Fqdn = tolower(Fqdn), DestinationIp = "", DestinationPort = toint(DestinationPort), Action, ActionReason, Policy, RuleCollectionGroup, RuleCollection, Rule),
  (AZFWNetworkRule
  | where TimeGenerated > ago(window) and Action =~ "Deny"
  | project TimeGenerated, Category = "AZFWNetworkRule", Protocol, SourceIp, Fqdn = "", DestinationIp, DestinationPort = toint(DestinationPort), Action, ActionReason, Policy, RuleCollectionGroup, RuleCollection, Rule),
  (AZFWThreatIntel
  | where TimeGenerated > ago(window) and Action =~ "Deny"
  | project TimeGenerated, Category = "AZFWThreatIntel", Protocol, SourceIp, Fqdn = tolower(Fqdn), DestinationIp, DestinationPort = toint(DestinationPort), Action, ActionReason = ThreatDescription, Policy = "", RuleCollectionGroup = "", RuleCollection = "", Rule = ""),
  (AZFWIdpsSignature
  | where TimeGenerated > ago(window) and Action in~ ("Deny", "drop")
  | project TimeGenerated, Category = "AZFWIdpsSignature", Protocol, SourceIp, Fqdn = "", DestinationIp, DestinationPort = toint(DestinationPort), Action, ActionReason = Description, Policy = "", RuleCollectionGroup = "", RuleCollection = "", Rule = ""),
  (AzureDiagnostics
  | where TimeGenerated > ago(window) and Category in ("AzureFirewallApplicationRule", "AzureFirewallNetworkRule")
  | where msg_s has "Action: Deny" or msg_s has "Action: drop" or msg_s has "was denied"
  | extend To = trim_end(@"[.]", extract(@" to ([^ :]+)", 1, msg_s))
  | project TimeGenerated,
      Category = case(msg_s has "ThreatIntel: ", "AZFWThreatIntel", msg_s has "Signature: ", "AZFWIdpsSignature", Category == "AzureFirewallApplicationRule", "AZFWApplicationRule", "AZFWNetworkRule"),
      Protocol = trim(" ", extract(@"^(.*?) request from ", 1, msg_s)),
      SourceIp = extract(@" request from ([0-9.]+[0-9])", 1, msg_s),
      Fqdn = iff(To matches regex @"^[0-9.]*$", "", tolower(To)),
      DestinationIp = iff(To matches regex @"^[0-9.]+$", To, ""),
      DestinationPort = toint(extract(@" to [^ :]+:([0-9]+)", 1, msg_s)),
      Action = "Deny",
      ActionReason = case(msg_s has "SNI TLS extension was missing", "SNI TLS extension was missing", msg_s has "Failed to resolve address", "Failed to resolve address", msg_s has "ThreatIntel: ", extract(@"ThreatIntel: (.+)$", 1, msg_s), msg_s has "IDS: ", extract(@"IDS: (.+?)([.] Priority|$)", 1, msg_s), ""),
      Policy = extract(@"[.] Policy: (.+?)[.] ", 1, msg_s),
      RuleCollectionGroup = extract(@"Rule Collection Group: (.+?)[.] ", 1, msg_s),
      RuleCollection = extract(@"Rule Collection: (.+?)[.] ", 1, msg_s),
      Rule = extract(@"[.] Rule: (.+?)([.] |$)", 1, msg_s)),
  (AzureDiagnostics
  | where TimeGenerated > ago(window) and Category in ("AZFWApplicationRule", "AZFWNetworkRule", "AZFWThreatIntel", "AZFWIdpsSignature")
  | where tostring(column_ifexists("Action_s", "")) in~ ("Deny", "drop")
  | project TimeGenerated, Category,
      Protocol = tostring(column_ifexists("Protocol_s", "")),
      SourceIp = tostring(column_ifexists("SourceIp_s", "")),
      Fqdn = tolower(tostring(column_ifexists("Fqdn_s", ""))),
      DestinationIp = tostring(column_ifexists("DestinationIp_s", "")),
      DestinationPort = toint(column_ifexists("DestinationPort_d", real(null))),
      Action = "Deny",
      ActionReason = case(Category == "AZFWThreatIntel", tostring(column_ifexists("ThreatDescription_s", "")), Category == "AZFWIdpsSignature", tostring(column_ifexists("Description_s", "")), tostring(column_ifexists("ActionReason_s", ""))),
      Policy = tostring(column_ifexists("Policy_s", "")),
      RuleCollectionGroup = tostring(column_ifexists("RuleCollectionGroup_s", "")),
      RuleCollection = tostring(column_ifexists("RuleCollection_s", "")),
      Rule = tostring(column_ifexists("Rule_s", "")))
| evaluate ipv4_lookup(clusters, SourceIp, Range, return_unmatched = true)
| summarize Count = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated), Nodes = count_distinct(SourceIp), Sources = make_set(SourceIp, 256)
    by Cluster, Category, Protocol, Fqdn, DestinationIp, DestinationPort, Action, ActionReason, Policy, RuleCollectionGroup, RuleCollection, Rule;
let named = denied
| where isnotempty(Fqdn)
| distinct Fqdn, DestinationPort
| extend all = 1
| join kind=inner (tables | extend all = 1) on all
| where DestinationPort == Port and (Fqdn == Host or Host startswith "*." and Fqdn endswith substring(Host, 1))
| summarize Rows = make_set(Row), Features = make_set(Feature) by Fqdn, DestinationPort;
denied
| join kind=leftouter named on Fqdn, DestinationPort
| project-away Fqdn1, DestinationPort1
| order by Count desc
`

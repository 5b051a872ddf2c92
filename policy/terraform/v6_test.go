package terraform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// No IPv4 flow matches what is IPv6: nothing is refused for it, and it is said.
func TestIPv6InRules(t *testing.T) {
	for _, v := range []string{"2001:db8:7::1", "2001:db8::/32", "2001:db8::1-2001:db8::9"} {
		for _, key := range []string{"source_addresses", "destination_addresses"} {
			rule := strings.NewReplacer(`"`+key+`":["`, `"`+key+`":["`+v+`","`).Replace(webRule("six"))
			_, reading := mustRead(t, state(hub("org", ""), one{address: "azurerm_firewall_policy_rule_collection_group.six", after: groupValues("six", `"firewall_policy_id":"`+policyType+`org",`, rule)}))
			assert.Contains(t, strings.Join(lines(reading.Warnings), "\n"), v, key)
		}
		mustRead(t, state(hub("org", ""), group("web", "org"), one{address: "azurerm_ip_group.six", after: `{"id":"/x","name":"six","cidrs":["` + v + `"]}`}))
	}
}

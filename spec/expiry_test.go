package spec_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An entry's last day: warned of for thirty days, refused from the day after,
// unless it may go on.
func TestLastDays(t *testing.T) {
	const lines = `aks-egress:egress: [{name: a, fqdns: [a.example.com], until: "2027-01-31"ENTRY}]`
	for _, c := range []struct {
		name, entry, today string
		refused, warned    string
	}{
		{"long before", "", "2027-01-01", "", ""},
		{"thirty days before", "", "2027-01-02", "", "egress[0].until: is 2027-01-31, in 29 days: from the day after a deployment is refused unless it is renewed"},
		{"the day itself", "", "2027-01-31", "", "egress[0].until: is 2027-01-31, in 0 days: from the day after a deployment is refused unless it is renewed"},
		{"the day after", "", "2027-02-01", `egress[0].until: is "2027-01-31", which has passed: ask its owner: write a later date, drop the entry, or write expired: allow`, ""},
		{"allowed", ", expired: allow", "2027-02-01", "", "egress[0].until: was 2027-01-31: the entry goes on because of expired: allow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			today, err := time.Parse(time.DateOnly, c.today)
			require.NoError(t, err)
			p := parse(t, replace(lines, "ENTRY", c.entry))
			text := func(err error) string {
				if err == nil {
					return ""
				}
				return err.Error()
			}
			assert.Equal(t, c.refused, text(p.Expired(today).Err()))
			assert.Equal(t, c.warned, text(p.Warnings(today).Err()))
		})
	}
}

// What an entry says about itself is the rule's description.
func TestDescriptions(t *testing.T) {
	for _, c := range []struct{ want, entry string }{
		{"", ""},
		{"pay by card", ", use: pay by card"},
		{"pay by card (owner: payments, until 2099-01-31)", `, use: pay by card, owner: payments, until: "2099-01-31"`},
		{"(owner: payments)", ", owner: payments"},
	} {
		p := parse(t, "aks-egress:egress: [{name: a, fqdns: [a.example.com]"+c.entry+"}]")
		for _, g := range p.Compiled.Policy.Groups {
			if g.Name == "workloads" {
				assert.Equal(t, c.want, g.Collections[0].Rules[0].Description)
			}
		}
	}
}

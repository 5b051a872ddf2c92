package spec

import (
	"fmt"
	"time"

	"github.com/aks-egress/aks-egress/fault"
)

// noticeDays is how long before its last day an entry is warned of.
const noticeDays = 30

// Expired finds the entries of egress whose last day has passed, for a
// deployment; those that may go on, and those that end soon, are among the
// Warnings. Whoever reads settings for another reason, such as the revision
// before the one that renews an entry, is not stopped by them.
func (s Spec) Expired(today time.Time) fault.List {
	var faults fault.List
	s.ends(today, func(path string, e Egress, days int) {
		if days < 0 && e.Expired != AllowExpired {
			faults.Add(path, "", "is "+fault.Literal(e.Until)+", which has passed", "ask its owner: write a later date, drop the entry, or write expired: allow")
		}
	})
	return faults
}

// ends calls visit for every entry that has a last day, with the days to it.
func (s Spec) ends(today time.Time, visit func(path string, e Egress, days int)) {
	for i, c := range s.Clusters() {
		for j, e := range c.Egress {
			last, err := time.Parse(time.DateOnly, e.Until)
			if err != nil {
				continue // there is none
			}
			days := int(last.Sub(today.UTC().Truncate(24*time.Hour)).Hours() / 24)
			visit(fmt.Sprintf("%segress[%d].until", clusterPath(i), j), e, days)
		}
	}
}

// endings warns of the entries that end soon, or have ended and may go on.
func (s Spec) endings(today time.Time, warn func(path, format string, args ...any)) {
	s.ends(today, func(path string, e Egress, days int) {
		switch {
		case days < 0 && e.Expired == AllowExpired:
			warn(path, "was %s: the entry goes on because of expired: allow", e.Until)
		case days >= 0 && days < noticeDays:
			warn(path, "is %s, in %d days: from the day after a deployment is refused unless it is renewed", e.Until, days)
		}
	})
}

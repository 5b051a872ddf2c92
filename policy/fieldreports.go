package policy

import (
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// fieldReport is a clause to end a reason with: what is reported of the host
// that a flow was denied. It is empty for hosts nobody reported.
func fieldReport(f Flow) string {
	r, ok := rules.ReportOf(f.Host, rules.Protocol(strings.ToUpper(string(f.Protocol))), int(f.Port))
	if !ok {
		return ""
	}
	return fmt.Sprintf("; field report of %s (%s): %s", r.Date, r.Source, r.Advice())
}

package policy

import (
	"strings"
	"sync"

	"github.com/aks-egress/aks-egress/rules"
)

// publishedRow is a row of Microsoft's newest tables as a flow would meet it,
// whatever the region.
type publishedRow struct {
	id       string
	feature  rules.Feature
	host     string // placeholders such as <region> kept
	protocol Protocol
	port     uint16
}

// publishedRows lists the application rows of all clouds and features that are
// on the page today. The contents of FQDN tags and the hosts behind service
// tags are judged by them, as Microsoft publishes neither. They are the same
// for every decider, so they are listed once; nobody writes into the list.
var publishedRows = sync.OnceValue(func() []publishedRow {
	var out []publishedRow
	for _, t := range rules.Tables() {
		for _, r := range t.Application {
			if r.Until != "" || r.OffPage {
				continue
			}
			hosts := r.Deploy
			if hosts == nil {
				hosts = []string{r.Printed}
			}
			for _, h := range hosts {
				out = append(out, publishedRow{r.ID, r.Feature, strings.ToLower(h), Protocol(strings.ToLower(string(r.Protocol))), uint16(r.Port)})
			}
		}
	}
	return out
})

// covers says whether the row's destination names the host, and with which
// region if it has a place for one.
func (r publishedRow) covers(host string) (region string, ok bool) {
	return rules.Covers(r.host, host)
}

// suffix is the part of the host behind the last placeholder or star: what an
// index can look up.
func (r publishedRow) suffix() string {
	s := r.host
	if i := strings.LastIndexAny(s, ">*"); i >= 0 {
		s = strings.TrimPrefix(s[i+1:], ".")
	}
	return s
}

// service is a service tag of the tables with the rows published for the same
// service.
type service struct {
	tag      string // in lower case, without region
	regional bool   // the rows' region is the tag's
	rows     []publishedRow
}

// services lists the service tags of the tables. The tunnel's AzureCloud tag
// and the API server's host names are the same service; so are AzureMonitor
// and the hosts of the Monitor tables, but for the sign-in to Entra ID.
func services(rows []publishedRow) []service {
	cloud := service{tag: "azurecloud", regional: true}
	monitor := service{tag: "azuremonitor"}
	for _, r := range rows {
		switch {
		case r.id == "core.hcp" || r.id == "core.tun":
			cloud.rows = append(cloud.rows, r)
		case r.feature == rules.Monitor && r.id != "monitor.login":
			monitor.rows = append(monitor.rows, r)
		}
	}
	return []service{cloud, monitor}
}

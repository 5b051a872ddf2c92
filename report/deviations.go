package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/rules"
)

// Deviation is one way in which a cluster's rows are not those of Microsoft's
// page.
type Deviation struct {
	Cluster, Row, What, Use string
	Need                    string // how badly a cluster needs the row
	URL, Page, Dated        string
}

// row is a resolved row, as far as two can differ.
type row struct {
	rules.Origin
	to string
}

// resolved are the rows of a selection by their IDs, in the page's order.
func resolved(sel rules.Selection) (byID map[string]row, order, warnings []string, err error) {
	set, err := rules.Resolve(sel)
	if err != nil {
		return nil, nil, nil, err
	}
	byID = map[string]row{}
	add := func(o rules.Origin, protocols []rules.Protocol, ports []int, to []string) {
		at := fmt.Sprint(strings.Trim(fmt.Sprint(protocols), "[]"), " ", strings.Trim(fmt.Sprint(ports), "[]"), " to ", strings.Join(to, ", "))
		if was, ok := byID[o.ID]; ok {
			at = was.to + "; " + at
		} else {
			order = append(order, o.ID)
		}
		byID[o.ID] = row{o, at}
	}
	for _, r := range set.Network {
		to := slices.Concat(r.Addresses, r.ServiceTags, r.FQDNs)
		if r.APIServer {
			to = []string{"the API server"}
		}
		add(r.Origin, r.Protocols, r.Ports, to)
	}
	for _, r := range set.Application {
		add(r.Origin, []rules.Protocol{r.Protocol}, []int{r.Port}, r.FQDNs)
	}
	return byID, order, set.Warnings, nil
}

// deviations holds the rows of each cluster against those of the page as it is
// now, with every choice left out.
func deviations(wants []audit.Want) (out []Deviation, why string) {
	if len(wants) == 0 {
		return nil, "No cluster is known, so nobody can tell which rows it needs: --region and --features say it."
	}
	for _, w := range wants {
		add := func(o rules.Origin, what string) {
			d := Deviation{Cluster: w.Name, Row: o.ID, What: what, Use: o.Use, Need: string(o.Need)}
			d.URL, d.Page, d.Dated = published(o.Source)
			out = append(out, d)
		}
		page, order, _, pageErr := resolved(asPublished(w.Selection))
		own, ownOrder, warnings, ownErr := resolved(w.Selection)
		if pageErr != nil || ownErr != nil {
			out = append(out, Deviation{Cluster: w.Name, What: "its rows are not known: the tables do not have what it asks for"})
			continue
		}
		for _, id := range order {
			here, ok := own[id]
			switch {
			case !ok && slices.Contains(w.Selection.Without, id):
				add(page[id].Origin, "left out by rows.without")
			case !ok:
				add(page[id].Origin, "left out: "+reason(w.Selection))
			case here.to != page[id].to:
				add(here.Origin, fmt.Sprintf("goes to other destinations than the page's first choice: %s, and not %s", here.to, page[id].to))
			}
		}
		for _, id := range ownOrder {
			if _, ok := page[id]; !ok {
				add(own[id].Origin, "is not on the page as it is now: "+own[id].to)
			}
			if note := own[id].Note; note != "" {
				add(own[id].Origin, "remark on the row: "+note)
			}
		}
		for _, warning := range warnings {
			out = append(out, Deviation{Cluster: w.Name, What: warning})
		}
	}
	return out, ""
}

// asPublished is a selection without its choices.
func asPublished(sel rules.Selection) rules.Selection {
	return rules.Selection{
		Cloud: sel.Cloud, Region: sel.Region, Features: sel.Features,
		DNSServers: sel.DNSServers, PodsUseAPIServer: sel.PodsUseAPIServer,
	}
}

// reason says which choices of a selection leave out rows.
func reason(sel rules.Selection) string {
	if sel.NoNetworkFQDNs {
		return "the firewall has no DNS proxy, or another choice of the settings"
	}
	var out []string
	for _, choice := range []struct {
		made bool
		text string
	}{
		{sel.Private, "the cluster is private"},
		{sel.Konnectivity, "rows.konnectivity"},
		{sel.NodesSinceMarch2021, "rows.nodesSinceMarch2021"},
		{sel.AsOf != "", "rows.asOf is " + sel.AsOf},
	} {
		if choice.made {
			out = append(out, choice.text)
		}
	}
	if len(out) == 0 {
		return "by the choice of other settings"
	}
	return "the page exempts it, or had not got it: " + strings.Join(out, ", ")
}

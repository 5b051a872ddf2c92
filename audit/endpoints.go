package audit

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Endpoint is one that Azure says a cluster needs.
type Endpoint struct {
	Category string
	Flow     policy.Flow
}

// Endpoints reads what az aks egress-endpoints list prints: a list of categories,
// or the same from the REST interface with value. Every fault is told at once.
func Endpoints(name string, data []byte) ([]Endpoint, error) {
	type detail struct {
		Port        int    `json:"port"`
		Protocol    string `json:"protocol"`
		IPAddress   string `json:"ipAddress"`
		Description string `json:"description"`
	}
	type category struct {
		Category  string `json:"category"`
		Endpoints []struct {
			DomainName      string   `json:"domainName"`
			EndpointDetails []detail `json:"endpointDetails"`
		} `json:"endpoints"`
	}
	const fix = "give what az aks egress-endpoints list -g GROUP -n CLUSTER prints"
	var list []category
	if err := json.Unmarshal(data, &list); err != nil {
		var rest struct {
			Value []category `json:"value"`
		}
		if json.Unmarshal(data, &rest) != nil || rest.Value == nil {
			return nil, fault.List{{File: name, Path: name, Reason: "is not a list of endpoints: " + err.Error(), Fix: fix}}
		}
		list = rest.Value
	}
	var out []Endpoint
	var faults fault.List
	add := func(path, value, reason string) {
		faults = append(faults, fault.Fault{File: name, Path: path, Value: value, Reason: reason, Fix: fix})
	}
	for i, c := range list {
		for j, e := range c.Endpoints {
			path := fmt.Sprintf("[%d].endpoints[%d]", i, j)
			if len(e.EndpointDetails) == 0 {
				add(path+".endpointDetails", "", "has no port, so nobody can tell what has to pass")
			}
			for k, d := range e.EndpointDetails {
				at := fmt.Sprintf("%s.endpointDetails[%d]", path, k)
				destination := e.DomainName
				if destination == "" {
					destination = d.IPAddress
				}
				f, err := policy.ParseFlow(fmt.Sprintf("%s://%s:%d", strings.ToLower(d.Protocol), destination, d.Port))
				if err != nil {
					add(at, "", err.Error())
					continue
				}
				out = append(out, Endpoint{c.Category, f})
			}
		}
	}
	if len(out) == 0 && len(faults) == 0 {
		add(name, "", "has no endpoint")
	}
	return out, faults.Err()
}

// endpoints holds the policy against the endpoints that Azure listed.
func (a *auditor) endpoints() {
	for _, e := range a.Endpoints {
		n := need{id: "", use: e.Category, source: "az aks egress-endpoints list", required: true, alternatives: [][]policy.Flow{{e.Flow}}, named: []string{e.Flow.Destination()}}
		a.asked[asked(e.Flow)] = append(a.asked[asked(e.Flow)], e.Category)
		w := Want{Name: "endpoints", Sources: []string{"*"}}
		for _, x := range a.Wants {
			if len(x.Sources) > 0 {
				w.Sources = x.Sources
			}
		}
		if len(w.Sources) == 1 && w.Sources[0] == "*" {
			w.Sources = a.guessed([]need{n})
		}
		a.need(n, w, false)
	}
}

package explain

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// Operand is the firewall whose log it is.
type Operand struct {
	Firewall policy.Firewall
	Options  policy.Options
	// Settings are what the firewall was compiled from; nil if it was read as
	// a policy. Only then are changes proposed.
	Settings *Settings
	// Cloud, Region and Features are of the cluster where there are no
	// settings that say it. Empty is not known.
	Cloud    rules.Cloud
	Region   string
	Features []rules.Feature
}

// Settings are the settings of a stack.
type Settings struct {
	File string // as a patch names it
	Text []byte
	Spec *spec.Plan
	// Compile reads another text of the settings and compiles it.
	Compile func(text []byte) (policy.Firewall, error)
}

// explainer is an operand with what is asked of it again and again.
type explainer struct {
	Operand
	decider *policy.Decider
	rows    []rules.Line
	clouds  *policy.Decider // whether an address is one of Azure's
	named   map[rules.Feature]bool
	opened  map[rules.Feature]bool    // by what the policy lets through, where no settings say it
	denied  map[rules.Feature]int     // how many hosts of a feature's rows are denied
	taken   map[int32]map[string]bool // names of entries of egress, by cluster
	proofs  int
}

func newExplainer(o Operand) (*explainer, error) {
	if s := o.Settings; s != nil {
		o.Cloud, o.Region = s.Spec.Cloud, s.Spec.Location
	}
	rows, err := rules.List(rules.Query{Cloud: o.Cloud, Region: o.Region})
	if err != nil {
		return nil, err
	}
	azure := policy.Policy{Groups: []policy.Group{{Name: "azure", Priority: 100, Collections: []policy.Collection{{
		Name: "azure", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{
			Name: "azure", Sources: []string{"*"}, Protocols: []string{"Any"}, Destinations: []string{"AzureCloud"}, DestinationPorts: []string{"*"},
		}},
	}}}}}
	x := &explainer{
		Operand: o, rows: rows, denied: map[rules.Feature]int{}, taken: map[int32]map[string]bool{},
		decider: policy.NewDecider(o.Firewall.Policy, o.Options), clouds: policy.NewDecider(azure, o.Options),
	}
	if o.Settings == nil && len(o.Features) == 0 {
		x.infer()
	}
	return x, nil
}

// infer finds out which features a policy is for: those whose rows name its
// rules, and those of which it lets most hosts through.
func (x *explainer) infer() {
	x.named, x.opened = map[rules.Feature]bool{}, map[rules.Feature]bool{}
	for _, groups := range [][]policy.Group{x.Firewall.Policy.Parent, x.Firewall.Policy.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					if row := r.RowID(); row != "" {
						feature, _, _ := strings.Cut(row, ".")
						x.named[rules.Feature(feature)] = true
					}
				}
			}
		}
	}
	ofCore := map[string]bool{}
	for _, l := range x.rows {
		if l.Feature == rules.Core {
			for _, d := range l.Destinations {
				ofCore[d] = true
			}
		}
	}
	type of struct {
		feature rules.Feature
		cloud   rules.Cloud
	}
	all, open := map[of]int{}, map[of]int{}
	for _, l := range x.rows {
		if l.Kind != "app" || l.Feature == rules.Core {
			continue
		}
		for _, d := range l.Destinations {
			if ofCore[d] || strings.Contains(d, "<") {
				continue
			}
			all[of{l.Feature, l.Cloud}]++
			f := policy.Flow{Protocol: policy.Protocol(strings.ToLower(string(l.Protocol))), Host: strings.ToLower(d), Port: uint16(l.Port)}
			if x.decide(f, 0).Decision == policy.Allowed {
				open[of{l.Feature, l.Cloud}]++
			}
		}
	}
	for f, n := range all {
		x.opened[f.feature] = x.opened[f.feature] || 2*open[f] > n
	}
}

// clusters are the clusters of the settings.
func (x *explainer) clusters() []spec.Cluster {
	if x.Settings == nil {
		return nil
	}
	return x.Settings.Spec.Clusters()
}

// on reports whether a cluster has a feature.
func (x *explainer) on(client int32, f rules.Feature) bool {
	switch all := x.clusters(); {
	case f == rules.Core:
		return true
	case client >= 0 && int(client) < len(all):
		return all[client].Has(f)
	case len(all) > 0:
		return slices.ContainsFunc(all, func(c spec.Cluster) bool { return c.Has(f) })
	case len(x.Features) > 0:
		return rules.On(x.Features, f) || slices.Contains(x.Features, rules.AllFeatures)
	default:
		return x.named[f] || x.opened[f]
	}
}

// sources are where a cluster's flows come from; none is everywhere.
func (x *explainer) sources(client int32) []string {
	if client >= 0 && int(client) < len(x.Firewall.Clients) {
		return x.Firewall.Clients[client].Sources
	}
	return nil
}

// decide decides a flow from where a cluster's flows come from.
func (x *explainer) decide(f policy.Flow, client int32) policy.Verdict {
	return policy.Combined(x.decider.DecideFrom(f, x.sources(client)))
}

// cluster is a cluster's name; empty where there is one, or where it is none.
func (x *explainer) cluster(client int32) string {
	if client >= 0 && len(x.Firewall.Clients) > 1 {
		return x.Firewall.Clients[client].Name
	}
	return ""
}

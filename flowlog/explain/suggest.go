package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/patch"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// mostProofs is how many changes are proved for one log. Each compiles the
// settings anew and compares two firewalls.
const mostProofs = 100

// Change is a change of settings that lets flows through. It is proved: with it
// every flow of the cause is allowed, and a comparison shows nothing but Opens.
type Change struct {
	Settings []string `json:"settings"` // in words, an edit each
	Opens    []string `json:"opens"`    // a line each, as diff writes them
	edits    []patch.Edit
	flows    []policy.Flow
	client   int32
	wide     bool // it opens more than a patch should without being asked
}

// try is a change that may help, and what it may let through.
type try struct {
	edits []patch.Edit
	takes func(policy.Change) bool
	wide  bool
}

// path is where a cluster's settings have a key.
func (x *explainer) path(client int32, keys ...any) []any {
	if client == 0 {
		first, _ := keys[0].(string)
		return append([]any{"config", "aks-egress:" + first}, keys[1:]...)
	}
	return append([]any{"config", "aks-egress:clusters", int(client) - 1}, keys...)
}

// byRow takes changes by a row.
func byRow(row string) func(policy.Change) bool {
	return func(c policy.Change) bool { return c.Row == row }
}

// byFeature takes changes by the rows of a feature and of what it brings.
func byFeature(f rules.Feature) func(policy.Change) bool {
	brings := []rules.Feature{f}
	for _, c := range rules.Catalogue() {
		if c.Feature == f {
			brings = append(brings, c.Brings...)
		}
	}
	return func(c policy.Change) bool {
		feature, _, _ := strings.Cut(c.Row, ".")
		return slices.Contains(brings, rules.Feature(feature))
	}
}

// tries are the changes that may help a cause, the one to prefer first.
func (x *explainer) tries(f finding, flows []policy.Flow, client int32) []try {
	cluster := x.clusters()[client]
	var out []try
	set := func(takes func(policy.Change) bool, value string, keys ...any) {
		out = append(out, try{edits: []patch.Edit{{Op: patch.Set, Path: x.path(client, keys...), Value: value}}, takes: takes})
	}
	back := func(row string) {
		if slices.Contains(cluster.Rows.Without, row) {
			out = append(out, try{edits: []patch.Edit{{Op: patch.Remove, Path: x.path(client, "rows", "without"), Value: row}}, takes: byRow(row)})
		}
		if cluster.Rows.Konnectivity {
			set(byRow(row), "false", "rows", "konnectivity")
		}
		if cluster.Rows.NodesSinceMarch2021 {
			set(byRow(row), "false", "rows", "nodesSinceMarch2021")
		}
		if cluster.Rows.AsOf != "" {
			out = append(out, try{edits: []patch.Edit{{Op: patch.Drop, Path: x.path(client, "rows", "asOf")}}, takes: byRow(row)})
		}
		if row == "core.apiserver" && !cluster.PodsUseAPIServer {
			set(byRow(row), "true", "cluster", "podsUseApiServer")
		}
	}
	switch f.remedy {
	case remedyFeature:
		for _, feature := range f.features {
			out = append(out, try{edits: []patch.Edit{{Op: patch.Add, Path: x.path(client, "features"), Value: string(feature)}}, takes: byFeature(feature)})
		}
	case remedyRow:
		back(f.row)
	case remedyReport:
		set(byRow(f.report), "true", "rows", "fieldReports")
	case remedyNTP:
		back(f.row)
		if !cluster.Rows.NTPAnywhere {
			set(byRow(f.row), "true", "rows", "ntpAnywhere")
			out[len(out)-1].wide = true
		}
	case noRemedy:
		return nil
	}
	if f.code == CodeSNI || f.code == CodeTunnel || f.code == CodeNTP {
		return out
	}
	entries := x.entry(flows, client)
	if f.code == CodeDNS && slices.ContainsFunc(flows, func(f policy.Flow) bool { return f.Address.IsValid() && !private(f.Address) }) {
		for i := range entries { // a resolver on the Internet is a way out for data
			entries[i].wide = true
		}
	}
	return append(out, entries...)
}

// entry is an entry of egress for flows that go to the same place.
func (x *explainer) entry(flows []policy.Flow, client int32) []try {
	taken := x.taken[client]
	if taken == nil {
		taken = map[string]bool{}
		x.taken[client] = taken
		for _, e := range x.clusters()[client].Egress {
			taken[e.Name] = true
		}
	}
	var edits []patch.Edit
	var names []string
	for _, f := range flows {
		to, key := f.Host, "fqdns"
		if to == "" {
			to, key = text(f.Address), "addresses"
		}
		protocol := string(f.Protocol)
		if f.Protocol == policy.MSSQL {
			protocol = string(policy.TCP)
		}
		if to == "" || f.Protocol == policy.ICMP {
			return nil
		}
		name := entryName(to, taken)
		taken[name] = true
		names = append(names, "workload."+name)
		if several := len(x.clusters()) > 1; several {
			names[len(names)-1] = "workload." + x.clusters()[client].Name + "." + name
		}
		value := fmt.Sprintf("{name: %s, %s: [%q], protocols: [%q]}", name, key, to, protocol+":"+strconv.Itoa(int(f.Port)))
		edits = append(edits, patch.Edit{Op: patch.Add, Path: x.path(client, "egress"), Value: value})
	}
	takes := func(c policy.Change) bool {
		return slices.ContainsFunc(names, func(n string) bool { return c.Rule == n || strings.HasPrefix(c.Rule, n+".") })
	}
	return []try{{edits: edits, takes: takes}}
}

// entryName is a name for an entry that no other has.
func entryName(to string, taken map[string]bool) string {
	name := strings.Map(func(r rune) rune {
		if r == '.' {
			return '-'
		}
		return r
	}, to)
	const most = 40
	name = strings.Trim(name[:min(len(name), most)], "-_")
	free := name
	for i := 2; taken[free]; i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	return free
}

// prove tries a change: it is the change if it does what it is for and nothing
// else, or why not.
func (x *explainer) prove(t try, flows []policy.Flow, client int32) (*Change, string) {
	edited, err := patch.Apply(x.Settings.Text, t.edits)
	if err != nil {
		return nil, err.Error()
	}
	fw, err := x.Settings.Compile(edited)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, "the settings refuse it: " + first
	}
	if int(client) >= len(fw.Clients) {
		return nil, "the cluster is not in the changed settings"
	}
	decider := policy.NewDecider(fw.Policy, x.Options)
	for _, f := range flows {
		if v := policy.Combined(decider.DecideFrom(f, fw.Clients[client].Sources)); v.Decision != policy.Allowed {
			return nil, fmt.Sprintf("%s would still be %s", f, v.Decision)
		}
	}
	c := policy.Compare(x.Firewall, fw, x.Options)
	out := &Change{Opens: []string{}, edits: t.edits, flows: flows, client: client, wide: t.wide}
	for _, change := range c.Changes {
		if change.Unclear || !change.Grows() || !t.takes(change) {
			return nil, "it changes more: " + change.String()
		}
		line := change.String()
		if len(change.Wide) > 0 {
			line += " WIDE (" + strings.Join(change.Wide, "; ") + ")"
		}
		out.Opens = append(out.Opens, line)
	}
	for _, s := range c.Settings {
		return nil, "it changes more: " + s.String()
	}
	for _, e := range t.edits {
		out.Settings = append(out.Settings, e.String())
	}
	return out, ""
}

// suggest finds the changes for a cause: the one to prefer first. Without any,
// it says why not.
func (x *explainer) suggest(f finding, flows []policy.Flow, client int32) (proved []*Change, why string) {
	switch {
	case x.Settings == nil || f.remedy == noRemedy || len(flows) == 0:
		return nil, ""
	case client < 0 || int(client) >= len(x.clusters()):
		return nil, "no cluster of the settings has the sender's address, and settings open hosts for the clusters' ranges alone"
	}
	for _, t := range x.tries(f, flows, client) {
		if x.proofs >= mostProofs {
			if len(proved) == 0 {
				why = fmt.Sprintf("the first %d changes of this log were tried: explain a shorter one", mostProofs)
			}
			break
		}
		x.proofs++
		change, reason := x.prove(t, flows, client)
		if change != nil {
			proved = append(proved, change)
		} else if why == "" {
			why = t.edits[0].String() + ": " + reason
		}
	}
	if len(proved) > 0 {
		why = ""
	}
	return proved, why
}

// Patch is one patch for the settings with all changes that the causes of a
// report propose and that are worth making. It is proved as a whole: every flow
// passes with it.
func (r *Report) Patch() (string, error) {
	x := r.explainer
	if x == nil || x.Settings == nil {
		return "", nil
	}
	var edits []patch.Edit
	var changes []*Change
	seen := map[string]bool{}
	for _, c := range r.Causes {
		if c.Change == nil || !c.worth() {
			continue
		}
		changes = append(changes, c.Change)
		for _, e := range c.Change.edits {
			if s := e.String(); !seen[s] {
				seen[s] = true
				edits = append(edits, e)
			}
		}
	}
	if len(edits) == 0 {
		return "", nil
	}
	edited, err := patch.Apply(x.Settings.Text, edits)
	if err != nil {
		return "", err
	}
	fw, err := x.Settings.Compile(edited)
	if err != nil {
		return "", fmt.Errorf("all changes together: %w", err)
	}
	decider := policy.NewDecider(fw.Policy, x.Options)
	for _, c := range changes {
		for _, f := range c.flows {
			if v := policy.Combined(decider.DecideFrom(f, fw.Clients[c.client].Sources)); v.Decision != policy.Allowed {
				return "", fmt.Errorf("with all changes together %s would still be %s", f, v.Decision)
			}
		}
	}
	return patch.Unified(x.Settings.File, x.Settings.Text, edited), nil
}

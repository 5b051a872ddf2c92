package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParsePolicy reads a policy from what Azure prints:
//
//   - the list of rule collection groups that `az network firewall policy
//     rule-collection-group list` prints, or one group;
//   - the same from the REST API, with properties bags, as a list or {"value": …};
//   - an exported ARM template with groups; if it also holds the policy's base
//     policy, that one's groups become the parent's;
//   - a firewall with classic rules, from `az network firewall show` or the
//     REST API; its collections become one group, GroupClassic.
//
// The error is a Faults with everything that could not be read, by its path.
func ParsePolicy(data []byte) (Policy, error) {
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return Policy{}, fmt.Errorf("the policy is not JSON: %w: give what az network firewall policy rule-collection-group list prints", err)
	}
	tree = unbag(tree)
	r := reader{}
	p := r.policy(tree)
	if err := r.faults.err(); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// unbag lifts what is in properties bags to where the bag is, which is how the
// command line prints it.
func unbag(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unbag(v[i])
		}
	case map[string]any:
		if bag, ok := v["properties"].(map[string]any); ok {
			delete(v, "properties")
			for key, inner := range bag {
				if _, taken := v[key]; !taken {
					v[key] = inner
				}
			}
		}
		for key := range v {
			v[key] = unbag(v[key])
		}
	}
	return v
}

// reader walks through decoded JSON and collects what it cannot read.
type reader struct {
	faults Faults
}

func (r *reader) fault(where, value, reason, mend string) {
	if where == "" {
		where = "policy"
	}
	r.faults = append(r.faults, Fault{Where: where, Value: value, Reason: reason, Mend: mend})
}

const wanted = "give what az network firewall policy rule-collection-group list or az network firewall show prints, or an exported template"

func (r *reader) policy(tree any) Policy {
	switch v := tree.(type) {
	case []any:
		if len(v) == 1 {
			if o, ok := v[0].(map[string]any); ok && isFirewall(o) {
				return r.classic("[0]", o)
			}
		}
		return Policy{Groups: r.groups("", v)}
	case map[string]any:
		switch {
		case v["resources"] != nil:
			return r.template(v)
		case v["value"] != nil:
			return Policy{Groups: r.groups("value", r.list("", v, "value"))}
		case isFirewall(v):
			return r.classic("", v)
		case v["ruleCollections"] != nil:
			return Policy{Groups: r.groups("", []any{v})}
		}
	}
	r.fault("", "", "is neither a list of rule collection groups, a firewall nor a template", wanted)
	return Policy{}
}

// isFirewall says whether an object is a firewall rather than a group.
func isFirewall(o map[string]any) bool {
	for _, key := range []string{"networkRuleCollections", "applicationRuleCollections", "natRuleCollections", "ipConfigurations", "firewallPolicy"} {
		if _, ok := o[key]; ok {
			return true
		}
	}
	return false
}

func (r *reader) groups(where string, list []any) []Group {
	var out []Group
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", where, i)
		o, ok := item.(map[string]any)
		if !ok {
			r.fault(at, "", "is not a rule collection group", wanted)
			continue
		}
		out = append(out, r.group(at, o, r.text(at, o, "name")))
	}
	return out
}

func (r *reader) group(at string, o map[string]any, name string) Group {
	g := Group{Name: name, Priority: r.number(at, o, "priority")}
	if _, ok := o["ruleCollections"]; !ok {
		r.fault(at, name, "has no ruleCollections", wanted)
	}
	for i, c := range r.objects(at, o, "ruleCollections") {
		g.Collections = append(g.Collections, r.collection(fmt.Sprintf("%s.ruleCollections[%d]", at, i), c, ""))
	}
	return g
}

// classic reads a firewall's own rules.
func (r *reader) classic(at string, o map[string]any) Policy {
	g := Group{Name: GroupClassic, Priority: minPriority}
	for _, list := range []struct {
		key  string
		kind Kind
	}{
		{"natRuleCollections", DNAT},
		{"networkRuleCollections", Network},
		{"applicationRuleCollections", Application},
	} {
		for i, c := range r.objects(at, o, list.key) {
			g.Collections = append(g.Collections, r.collection(fmt.Sprintf("%s[%d]", join(at, list.key), i), c, list.kind))
		}
	}
	if policy, ok := o["firewallPolicy"].(map[string]any); ok && len(g.Collections) == 0 {
		id, _ := policy["id"].(string)
		r.fault(join(at, "firewallPolicy"), id, "holds this firewall's rules, and they are not in what az network firewall show prints", "list them with az network firewall policy rule-collection-group list")
	}
	return Policy{Groups: []Group{g}}
}

// collection reads a collection; of what kind it is follows from where it is
// listed or, if kind is empty, from its own words.
func (r *reader) collection(at string, o map[string]any, kind Kind) Collection {
	c := Collection{Name: r.text(at, o, "name"), Priority: r.number(at, o, "priority"), Kind: kind}
	rules := r.objects(at, o, "rules")
	if kind == "" {
		c.Kind = r.kind(at, o, rules)
	}
	action := ""
	switch a := o["action"].(type) {
	case map[string]any:
		action = r.text(at+".action", a, "type")
	case string:
		action = a
	}
	for _, known := range []Action{Allow, Deny, Translate} {
		if strings.EqualFold(action, string(known)) {
			c.Action = known
		}
	}
	if (c.Action == Translate) != (c.Kind == DNAT) || c.Action == "" {
		r.fault(at+".action", action, "is no action of a "+string(c.Kind)+" collection", "DNAT collections translate, the others Allow or Deny")
	}
	for i, rule := range rules {
		c.Rules = append(c.Rules, r.rule(fmt.Sprintf("%s.rules[%d]", at, i), rule, c.Kind))
	}
	return c
}

func (r *reader) kind(at string, o map[string]any, rules []map[string]any) Kind {
	if t := r.text(at, o, "ruleCollectionType"); strings.EqualFold(t, natCollection) {
		return DNAT
	} else if t != "" && !strings.EqualFold(t, filterCollection) {
		r.fault(at+".ruleCollectionType", t, "is no type of collection", "it is "+filterCollection+" or "+natCollection)
	}
	var kind Kind
	for i, rule := range rules {
		where := fmt.Sprintf("%s.rules[%d].ruleType", at, i)
		t := r.text(at, rule, "ruleType")
		var this Kind
		switch {
		case strings.EqualFold(t, natRule):
			this = DNAT
		case strings.EqualFold(t, networkRule):
			this = Network
		case strings.EqualFold(t, applicationRule):
			this = Application
		default:
			r.fault(where, t, "is no type of rule", "it is "+natRule+", "+networkRule+" or "+applicationRule)
			continue
		}
		if kind == "" {
			kind = this
		}
		if this != kind {
			r.fault(where, t, "is another kind than the collection's first rule", "a collection's rules are of one kind")
		}
	}
	if kind == "" {
		return Network // a collection without rules: it matches nothing
	}
	return kind
}

func (r *reader) rule(at string, o map[string]any, kind Kind) Rule {
	rule := Rule{
		Name:              r.text(at, o, "name"),
		Description:       r.text(at, o, "description"),
		Sources:           r.texts(at, o, "sourceAddresses"),
		SourceIPGroups:    r.texts(at, o, "sourceIpGroups"),
		Destinations:      r.texts(at, o, "destinationAddresses"),
		TranslatedAddress: r.text(at, o, "translatedAddress"),
		TranslatedFQDN:    r.text(at, o, "translatedFqdn"),
		TranslatedPort:    r.text(at, o, "translatedPort"),
	}
	if kind == Application {
		rule.TargetFQDNs = r.texts(at, o, "targetFqdns")
		rule.FQDNTags = r.texts(at, o, "fqdnTags")
		rule.TargetURLs = r.texts(at, o, "targetUrls")
		rule.WebCategories = r.texts(at, o, "webCategories")
		if tls, ok := o["terminateTLS"].(bool); ok {
			rule.TerminateTLS = tls
		}
		for i, p := range r.objects(at, o, "protocols") {
			where := fmt.Sprintf("%s.protocols[%d]", at, i)
			rule.ApplicationProtocols = append(rule.ApplicationProtocols, ApplicationProtocol{
				Type: canonical(r.text(where, p, "protocolType"), "Http", "Https", "Mssql"),
				Port: r.number(where, p, "port"),
			})
		}
		return rule
	}
	rule.DestinationIPGroups = r.texts(at, o, "destinationIpGroups")
	rule.DestinationFQDNs = r.texts(at, o, "destinationFqdns")
	rule.DestinationPorts = r.texts(at, o, "destinationPorts")
	key := "ipProtocols"
	if o[key] == nil {
		key = "protocols" // classic rules
	}
	for _, p := range r.texts(at, o, key) {
		rule.Protocols = append(rule.Protocols, canonical(p, "TCP", "UDP", "ICMP", "Any"))
	}
	return rule
}

// canonical is the known spelling of a word, or the word as it is.
func canonical(word string, known ...string) string {
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
	}
	return word
}

// text reads a string that may be missing or null. Numbers, as templates have
// for ports, are read as they are written.
func (r *reader) text(at string, o map[string]any, key string) string {
	switch v := o[key].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		r.fault(join(at, key), "", "is not a string", "write it in quotes")
		return ""
	}
}

func (r *reader) number(at string, o map[string]any, key string) int {
	switch v := o[key].(type) {
	case float64:
		if n := int(v); float64(n) == v {
			return n
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n
		}
	}
	r.fault(join(at, key), fmt.Sprint(o[key]), "is not a whole number", "give the number; parameters of a template have to be filled in")
	return 0
}

func (r *reader) list(at string, o map[string]any, key string) []any {
	switch v := o[key].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		r.fault(join(at, key), "", "is not a list", "write it in brackets")
		return nil
	}
}

func (r *reader) texts(at string, o map[string]any, key string) []string {
	var out []string
	for i, v := range r.list(at, o, key) {
		s, ok := v.(string)
		if !ok {
			r.fault(fmt.Sprintf("%s[%d]", join(at, key), i), fmt.Sprint(v), "is not a string", "write it in quotes")
			continue
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) objects(at string, o map[string]any, key string) []map[string]any {
	var out []map[string]any
	for i, v := range r.list(at, o, key) {
		inner, ok := v.(map[string]any)
		if !ok {
			r.fault(fmt.Sprintf("%s[%d]", join(at, key), i), fmt.Sprint(v), "is not an object", wanted)
			continue
		}
		out = append(out, inner)
	}
	return out
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

const (
	typePolicy = "Microsoft.Network/firewallPolicies"
	typeGroup  = typePolicy + "/ruleCollectionGroups"
)

// template reads an exported ARM template: its groups, told by the policy they
// are of, and which policy is whose base.
func (r *reader) template(t map[string]any) Policy {
	x := newExpressions(t)
	groups := map[string][]Group{} // by policy
	var policies []string          // in the template's order
	base := map[string]string{}
	note := func(policy string) {
		if !slices.Contains(policies, policy) {
			policies = append(policies, policy)
		}
	}
	var classic []Policy
	var walk func(at, parentType, parentName string, resources any)
	walk = func(at, parentType, parentName string, resources any) {
		for _, item := range resourceList(at, resources) {
			o, ok := item.value.(map[string]any)
			if !ok {
				r.fault(item.at, "", "is not a resource", wanted)
				continue
			}
			kind, name := r.text(item.at, o, "type"), x.value(r.text(item.at, o, "name"))
			if parentType != "" && !strings.HasPrefix(kind, "Microsoft.") {
				kind, name = parentType+"/"+kind, parentName+"/"+name
			}
			switch {
			case strings.EqualFold(kind, typePolicy):
				note(name)
				if b, ok := o["basePolicy"].(map[string]any); ok {
					id := x.value(r.text(item.at+".basePolicy", b, "id"))
					base[name] = id[strings.LastIndexByte(id, '/')+1:]
				}
			case strings.EqualFold(kind, typeGroup):
				policy, group, ok := cutLast(name, '/')
				if !ok {
					r.fault(item.at+".name", name, "does not name policy and group", "write it like policy/group")
				}
				note(policy)
				groups[policy] = append(groups[policy], r.group(item.at, o, group))
			case strings.EqualFold(kind, "Microsoft.Network/azureFirewalls"):
				if o["networkRuleCollections"] != nil || o["applicationRuleCollections"] != nil || o["natRuleCollections"] != nil {
					if p := r.classic(item.at, o); len(p.Groups[0].Collections) > 0 {
						classic = append(classic, p)
					}
				}
			}
			if o["resources"] != nil {
				walk(item.at+".resources", kind, name, o["resources"])
			}
		}
	}
	walk("resources", "", "", t["resources"])
	switch {
	case len(classic) == 1 && len(policies) == 0:
		return classic[0]
	case len(classic)+len(policies) == 0:
		r.fault("resources", "", "hold neither a firewall policy's groups nor classic rules", "export the policy with its groups")
		return Policy{}
	}
	for _, child := range policies {
		if parent, ok := base[child]; ok && len(policies) <= 2 {
			return Policy{Parent: groups[parent], Groups: groups[child]}
		}
	}
	if len(policies) > 1 {
		r.fault("resources", strings.Join(policies, ", "), "are several policies, none of them the other's base", "export one policy, with its base policy if it has one")
		return Policy{}
	}
	return Policy{Groups: groups[policies[0]]}
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// resource is a resource of a template with its path.
type resource struct {
	at    string
	value any
}

// resourceList is a template's resources: a list, or an object by symbolic
// name, which is read in the order of the names.
func resourceList(at string, v any) []resource {
	var out []resource
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			out = append(out, resource{fmt.Sprintf("%s[%d]", at, i), item})
		}
	case map[string]any:
		var names []string
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			out = append(out, resource{at + "." + name, v[name]})
		}
	default:
		out = append(out, resource{at, v})
	}
	return out
}

// expressions resolves the few template expressions that exported names are
// made of: parameters with defaults, variables, concat, format, resourceId.
type expressions struct {
	parameters map[string]any
	variables  map[string]any
}

func newExpressions(t map[string]any) expressions {
	p, _ := t["parameters"].(map[string]any)
	v, _ := t["variables"].(map[string]any)
	return expressions{p, v}
}

// value is what an expression stands for; what cannot be resolved stays as it
// is written.
func (x expressions) value(s string) string {
	if !strings.HasPrefix(s, "[") || strings.HasPrefix(s, "[[") || !strings.HasSuffix(s, "]") {
		return s
	}
	v, rest, err := x.eval(s[1:len(s)-1], 0)
	if err != nil || strings.TrimSpace(rest) != "" {
		return s
	}
	return v
}

var errExpression = errors.New("not an expression that can be resolved")

// eval resolves one expression at the start of s and returns what follows it.
func (x expressions) eval(s string, depth int) (value, rest string, err error) {
	s = strings.TrimSpace(s)
	if depth > 8 {
		return "", "", errExpression
	}
	if text, ok := strings.CutPrefix(s, "'"); ok {
		value, rest, ok = strings.Cut(text, "'")
		if !ok {
			return "", "", errExpression
		}
		return value, rest, nil
	}
	name, rest, ok := strings.Cut(s, "(")
	if !ok {
		return "", "", errExpression
	}
	var args []string
	for {
		rest = strings.TrimSpace(rest)
		if after, closed := strings.CutPrefix(rest, ")"); closed {
			rest = after
			break
		}
		rest = strings.TrimPrefix(rest, ",")
		var arg string
		if arg, rest, err = x.eval(rest, depth+1); err != nil {
			return "", "", err
		}
		args = append(args, arg)
	}
	value, err = x.call(strings.ToLower(strings.TrimSpace(name)), args, depth)
	return value, rest, err
}

func (x expressions) call(name string, args []string, depth int) (string, error) {
	if len(args) == 0 {
		return "", errExpression
	}
	switch name {
	case "parameters":
		p, _ := x.parameters[args[0]].(map[string]any)
		if v, ok := p["defaultValue"].(string); ok {
			return v, nil
		}
		return args[0], nil // exported parameters are named after the resource
	case "variables":
		if v, ok := x.variables[args[0]].(string); ok {
			if inner, bracketed := strings.CutPrefix(v, "["); bracketed {
				value, _, err := x.eval(strings.TrimSuffix(inner, "]"), depth+1)
				return value, err
			}
			return v, nil
		}
	case "concat":
		return strings.Join(args, ""), nil
	case "format":
		out := args[0]
		for i, a := range args[1:] {
			out = strings.ReplaceAll(out, "{"+strconv.Itoa(i)+"}", a)
		}
		return out, nil
	case "resourceid":
		return strings.Join(args, "/"), nil
	}
	return "", errExpression
}

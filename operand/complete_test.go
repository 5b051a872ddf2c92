package operand_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

const (
	hub       = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub/providers/Microsoft.Network/firewallPolicies/"
	withBase  = settingsText + "  aks-egress:firewall: {parentPolicyId: " + hub + "org}\n"
	inPolicy  = settingsText + "  aks-egress:firewall: {existingFirewallPolicyId: " + hub + "shared}\n"
	otherBase = settingsText + "  aks-egress:firewall: {parentPolicyId: " + hub + "else}\n"
)

// childTemplate is an exported template with a policy and its base.
const childTemplate = `{"resources": [
  {"type": "Microsoft.Network/firewallPolicies", "name": "org", "properties": {}},
  {"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "org/o", "properties": {"priority": 100, "ruleCollections": [
    {"name": "c", "priority": 100, "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Deny"}, "rules": [{"ruleType": "NetworkRule", "name": "org-no"}]}]}},
  {"type": "Microsoft.Network/firewallPolicies", "name": "shared", "properties": {"basePolicy": {"id": "` + hub + `org"}}},
  {"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "shared/s", "properties": {"priority": 100, "ruleCollections": [
    {"name": "c", "priority": 100, "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Allow"}, "rules": [{"ruleType": "NetworkRule", "name": "shared-yes"}]}]}}]}`

func missing(x operand.Loaded) []string {
	var out []string
	for _, m := range x.Firewall.Policy.Missing {
		out = append(out, m.What)
	}
	return out
}

func TestFilesThatComplete(t *testing.T) {
	dir := folder(t, map[string]string{
		"base.yaml": withBase, "in.yaml": inPolicy, "own.yaml": settingsText,
		"org.json": groups("org-rule"), "shared.json": groups("shared-rule"), "core.json": groups("core"), "both.json": childTemplate,
	})
	for _, c := range []struct {
		missing []string
		rules   []string // each is there
		not     string   // a rule that is not there
		refusal string
		arg     string
		flags   operand.Flags
	}{
		{[]string{"the parent policy org (" + hub + "org)"}, []string{"workload.payments"}, "", "", "base.yaml", operand.Flags{}},
		{nil, []string{"parent's org-rule", "workload.payments"}, "org-rule", "", "base.yaml", operand.Flags{Parent: "org.json"}},
		{[]string{"the other rule collection groups of shared (" + hub + "shared)", "a parent policy that shared (" + hub + "shared) may have"}, []string{"workload.payments"}, "", "", "in.yaml", operand.Flags{}},
		// A list of groups does not say whether the policy has a parent.
		{[]string{"a parent policy that shared (" + hub + "shared) may have"}, []string{"shared-rule", "workload.payments"}, "", "", "in.yaml", operand.Flags{Groups: "shared.json"}},
		{nil, []string{"shared-rule", "workload.payments"}, "", "", "in.yaml", operand.Flags{Groups: "shared.json", Parent: "none"}},
		{nil, []string{"shared-rule", "parent's org-rule"}, "", "", "in.yaml", operand.Flags{Groups: "shared.json", Parent: "org.json"}},
		// A template that holds the base says so itself.
		{nil, []string{"shared-yes", "parent's org-no", "workload.payments"}, "", "", "in.yaml", operand.Flags{Groups: "both.json"}},
		// A group of the stack's own name is the stack's.
		{[]string{"a parent policy that shared (" + hub + "shared) may have"}, []string{"core.mcr"}, "core", "", "in.yaml", operand.Flags{Groups: "core.json"}},
		{nil, nil, "", "--parent org.json: nothing here has a parent policy whose rules are missing: leave it out", "own.yaml", operand.Flags{Parent: "org.json"}},
		{nil, nil, "", "--parent none: nothing here has a parent policy", "own.yaml", operand.Flags{Parent: "none"}},
		{nil, nil, "", "base.yaml: --parent none: it has the parent policy org (" + hub + "org): give its groups with --parent FILE", "base.yaml", operand.Flags{Parent: "none"}},
		{nil, nil, "", "base.yaml: --parent both.json holds a policy with a parent of its own: give the parent's groups alone", "base.yaml", operand.Flags{Parent: "both.json"}},
		{nil, nil, "", "--groups shared.json: nothing here has an existing policy whose other groups are missing", "base.yaml", operand.Flags{Groups: "shared.json", Parent: "org.json"}},
		{nil, nil, "", "--parameters org.json: nothing here is a template that takes parameters: leave it out", "own.yaml", operand.Flags{Parameters: "org.json"}},
		{nil, nil, "", "--parent nope.json: ", "base.yaml", operand.Flags{Parent: "nope.json"}},
		{nil, nil, "", "--groups nope.json: ", "in.yaml", operand.Flags{Groups: "nope.json"}},
		{nil, nil, "", "--ip-groups nope.json: ", "own.yaml", operand.Flags{IPGroups: "nope.json"}},
		{nil, nil, "", "--parameters nope.json: ", "own.yaml", operand.Flags{Parameters: "nope.json"}},
	} {
		l := operand.Loader{Dir: dir, Flags: c.flags}
		x, err := l.Load(operand.Operand{Arg: c.arg})
		if c.refusal != "" {
			assert.ErrorContains(t, err, c.refusal)
			continue
		}
		require.NoError(t, err, "%s %+v", c.arg, c.flags)
		assert.Equal(t, c.missing, missing(x), "%s %+v", c.arg, c.flags)
		assert.Subset(t, rules(x), c.rules, "%s %+v", c.arg, c.flags)
		if c.not != "" {
			assert.NotContains(t, rules(x), c.not)
		}
		given := 1
		for _, file := range []string{c.flags.Parent, c.flags.Groups} {
			if file != "" && file != "none" {
				given++
			}
		}
		assert.Len(t, x.Read, given, "what completed it is said, too")
	}
	// All that is wrong is said at once, the operand and its files.
	l := operand.Loader{Dir: dir, Flags: operand.Flags{Parent: "a", Groups: "b", Parameters: "c"}}
	_, err := l.Load(operand.Operand{Arg: "d"})
	for _, want := range []string{"--parent a: ", "--groups b: ", "--parameters c: ", "d: is neither"} {
		assert.ErrorContains(t, err, want)
	}
}

// One file cannot be the parent of two different children, or a comparison
// would miss that the parent is another.
func TestFilesThatCompleteAPair(t *testing.T) {
	dir := folder(t, map[string]string{
		"base.yaml": withBase, "else.yaml": otherBase, "own.yaml": settingsText, "org.json": groups("org-rule"),
		"bad.yaml": "config: {aks-egress:nope: 1}\n",
	})
	a, b, err := loadPair(dir, "base.yaml", "base.yaml", operand.Flags{Parent: "org.json"})
	require.NoError(t, err)
	assert.Contains(t, rules(a), "parent's org-rule")
	assert.Contains(t, rules(b), "parent's org-rule")
	// One that has none is left as it is.
	a, b, err = loadPair(dir, "own.yaml", "base.yaml", operand.Flags{Parent: "org.json"})
	require.NoError(t, err)
	assert.NotContains(t, rules(a), "parent's org-rule")
	assert.Contains(t, rules(b), "parent's org-rule")

	_, _, err = loadPair(dir, "base.yaml", "else.yaml", operand.Flags{Parent: "org.json"})
	assert.ErrorContains(t, err, "--parent org.json: would stand for two different things, the parent policy org ("+hub+"org) and the parent policy else ("+hub+"else): compile each operand with its own --parent, and compare the documents")
	_, _, err = loadPair(dir, "own.yaml", "own.yaml", operand.Flags{Parent: "org.json"})
	assert.ErrorContains(t, err, "--parent org.json: nothing here has a parent policy")
	// What a revision lacks is no parent without rules.
	repo := repository(t, map[string]string{"base.yaml": withBase})
	write(t, repo, map[string]string{"org.json": groups("org-rule")})
	_, _, err = loadPair(repo, "base.yaml", "v1:base.yaml", operand.Flags{Parent: "v1:org.json"})
	assert.ErrorContains(t, err, "--parent v1:org.json: is not in that revision: give a file that is there")
	// A base that is faulty may have had one.
	_, _, err = loadPair(dir, "bad.yaml", "own.yaml", operand.Flags{Parent: "org.json"})
	assert.NoError(t, err)
}

// An operand's own addresses of an IP group count, and not those of a file that
// was read beside it; Azure's IDs are the same in any case.
func TestIPGroupsOfFilesThatComplete(t *testing.T) {
	child := policy.Firewall{Policy: policy.Policy{
		IPGroups: map[string][]string{"/Groups/A": {"203.0.113.1"}},
		Missing:  []policy.Missing{{What: "a module", Fix: "plan again"}, {What: "the parent policy x", First: true, Fix: "give its groups with --parent"}},
		Parent:   []policy.Group{{Name: "planned", Priority: 100}},
	}}
	parent := policy.Firewall{Policy: policy.Policy{
		IPGroups: map[string][]string{"/GROUPS/a": {"203.0.113.2"}, "/groups/b": {}},
		Missing:  []policy.Missing{{What: "something else"}},
		Groups:   []policy.Group{{Name: "Planned", Priority: 900}, {Name: "other", Priority: 200}},
	}}
	files := map[string]string{}
	for name, fw := range map[string]policy.Firewall{"child.json": child, "parent.json": parent} {
		var b strings.Builder
		require.NoError(t, policy.WriteDocument(&b, fw, policy.About{}))
		files[name] = b.String()
	}
	l := operand.Loader{Dir: folder(t, files), Flags: operand.Flags{Parent: "parent.json", AllowEmpty: true}}
	x, err := l.Load(operand.Operand{Arg: "child.json"})
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"/Groups/A": {"203.0.113.1"}, "/groups/b": {}}, x.Firewall.Policy.IPGroups)
	assert.Equal(t, []string{"a module", "something else"}, missing(x), "what the file does not give, or lacks itself, is missing")
	assert.Equal(t, []policy.Group{{Name: "planned", Priority: 100}, {Name: "other", Priority: 200}}, x.Firewall.Policy.Parent)

	l = operand.Loader{Dir: l.Dir, Flags: operand.Flags{Groups: "parent.json", AllowEmpty: true}}
	_, err = l.Load(operand.Operand{Arg: "child.json"})
	assert.ErrorContains(t, err, "--groups parent.json: nothing here has an existing policy", "a module is not what --groups gives")
}

func TestWhatDecidingDependsOn(t *testing.T) {
	dir := folder(t, map[string]string{"tags.json": "\xef\xbb\xbf" + `{"values":[{"name":"Sql","properties":{"addressPrefixes":["20.1.0.0/16"]}}]}`})
	l := operand.Loader{Dir: dir, Flags: operand.Flags{ServiceTags: "tags.json", Resolve: []string{"GHCR.io.=140.82.112.33,140.82.113.33", "ghcr.io=140.82.112.33", "a.example= 203.0.113.1"}}}
	o, err := l.Options()
	require.NoError(t, err)
	assert.Equal(t, map[string][]netip.Addr{
		"ghcr.io":   {netip.MustParseAddr("140.82.112.33"), netip.MustParseAddr("140.82.113.33")},
		"a.example": {netip.MustParseAddr("203.0.113.1")},
	}, o.Resolve)
	l = operand.Loader{Dir: dir, Flags: operand.Flags{ServiceTags: "nope", Resolve: []string{"x", "=1.2.3.4", "y=", "z=fd00::1,1.2.3"}}}
	_, err = l.Options()
	require.Error(t, err)
	for _, want := range []string{"--service-tags nope: ", "--resolve x: is not a name", "--resolve =1.2.3.4: is not a name", "--resolve y=: is not a name", `"fd00::1" is not an IPv4 address`, `"1.2.3" is not an IPv4 address`} {
		assert.Contains(t, err.Error(), want)
	}
	assert.Equal(t, 6, strings.Count(err.Error(), "\n")+1)
}

// What completes an operand is of the policy that it lacks, and of no other.
func TestFilesOfAnotherPolicy(t *testing.T) {
	of := func(policy string) string {
		return strings.Replace(groups("extra"), `"priority": 300`, `"id": "`+policy+`/ruleCollectionGroups/extra", "priority": 300`, 1)
	}
	dir := folder(t, map[string]string{
		"base.yaml": withBase, "in.yaml": inPolicy, "right.json": of(strings.ToUpper(hub) + "Org"), "wrong.json": of(hub + "quarantine"),
		"shared.json": of(hub + "SHARED"), "nobody.json": groups("extra"),
	})
	for _, c := range []struct {
		arg     string
		flags   operand.Flags
		refusal string
		note    string
	}{
		{"base.yaml", operand.Flags{Parent: "right.json"}, "", ""},
		{"base.yaml", operand.Flags{Parent: "wrong.json"}, "base.yaml: --parent wrong.json holds the groups of " + hub + "quarantine, and what is missing is the parent policy org", ""},
		{"base.yaml", operand.Flags{Parent: "nobody.json"}, "", "--parent nobody.json is taken for the parent policy org"},
		{"in.yaml", operand.Flags{Groups: "shared.json"}, "", ""},
		{"in.yaml", operand.Flags{Groups: "wrong.json"}, "in.yaml: --groups wrong.json holds the groups of " + hub + "quarantine", ""},
	} {
		l := operand.Loader{Dir: dir, Flags: c.flags}
		x, err := l.Load(operand.Operand{Arg: c.arg})
		if c.refusal != "" {
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), c.refusal), err)
			continue
		}
		require.NoError(t, err)
		if notes := strings.Join(x.Notes, ". "); c.note == "" {
			assert.NotContains(t, notes, "is taken for")
		} else {
			assert.Contains(t, notes, c.note)
		}
	}
}

// What was given for a reason that did not come about is refused.
func TestWhatCompletesNothing(t *testing.T) {
	const id = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/ipGroups/"
	ipGroup := func(name string) string {
		return `[{"id": "` + id + name + `", "name": "` + name + `", "ipAddresses": ["10.6.0.0/16"]}]`
	}
	dir := folder(t, map[string]string{
		"asks.json": strings.Replace(groups("asks"), `"sourceAddresses": ["*"]`, `"sourceIpGroups": ["`+id+`lan"]`, 1), "plain.json": groups("plain"),
		"lan.json": ipGroup("LAN"), "dmz.json": ipGroup("dmz"), "none.json": "[]",
	})
	for _, c := range []struct {
		arg, file string
		fits      bool
	}{{"asks.json", "lan.json", true}, {"asks.json", "dmz.json", false}, {"asks.json", "none.json", false}, {"plain.json", "lan.json", false}} {
		l := operand.Loader{Dir: dir, Flags: operand.Flags{IPGroups: c.file}}
		_, err := l.Load(operand.Operand{Arg: c.arg})
		if c.fits {
			assert.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, "no rule here refers to one of them", "%+v", c)
		}
	}
	for _, name := range []string{"*.b.example", "c d", "https://e.example", "-f.example", "g..example"} {
		_, err := (&operand.Loader{Flags: operand.Flags{Resolve: []string{name + "=192.0.2.1"}}}).Options()
		assert.ErrorContains(t, err, "is not the name of a host", name)
	}
}

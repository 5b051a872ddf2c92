package operand

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// supplies are what the flags give to complete operands with.
type supplies struct {
	parent, groups *Loaded
	noParent       bool // the existing policy is said to have no parent
	ipGroups       map[string][]string
	parameters     []byte
}

// supply reads the files that the flags name, once, with everything that is
// wrong with them.
func (l *Loader) supply() (*supplies, error) {
	if l.supplied != nil {
		return l.supplied, l.supplyErr
	}
	l.supplied = &supplies{}
	s := l.supplied
	var faults []error
	var err error
	if l.Flags.Parameters != "" {
		s.parameters, err = l.Input("--parameters", l.Flags.Parameters)
		faults = append(faults, err)
	}
	switch l.Flags.Parent {
	case "":
	case "none":
		s.noParent = true
	default:
		s.parent, err = l.supplement("--parent", l.Flags.Parent)
		faults = append(faults, err)
	}
	if l.Flags.Groups != "" {
		s.groups, err = l.supplement("--groups", l.Flags.Groups)
		faults = append(faults, err)
	}
	if l.Flags.IPGroups != "" {
		data, err := l.Input("--ip-groups", l.Flags.IPGroups)
		if err == nil {
			s.ipGroups, err = readIPGroups(data)
			err = marked("--ip-groups", l.Flags.IPGroups, err)
		}
		faults = append(faults, err)
	}
	l.supplyErr = errors.Join(faults...)
	return s, l.supplyErr
}

// supplement reads the firewall whose groups a flag gives.
func (l *Loader) supplement(role, arg string) (*Loaded, error) {
	loaded, err := l.load(Operand{Arg: arg, As: File, Role: role})
	l.parameters = false // that is for the operands
	if err == nil && loaded.Nothing {
		err = errors.New("is not in that revision: give a file that is there") // nothing is an answer for operands only
	}
	if err != nil {
		return nil, marked(role, arg, err)
	}
	return &loaded, nil
}

// complete adds what the flags give to operands that lack it. What nobody
// lacks is refused: it was given for a reason, which did not come about.
func (l *Loader) complete(operands ...*Loaded) error {
	s, err := l.supply()
	if err != nil {
		return err
	}
	var faults []error
	if len(operands) == 2 && operands[0].Nothing && operands[1].Nothing && operands[0].Unreadable == nil {
		faults = append(faults, errors.New("both operands are nothing, so there is nothing to compare: give a firewall for one of them"))
	}
	var groupsOf, parentOf []string // whose groups were filled in, in words
	faulty := false                 // what it would have lacked is not known
	known := false                  // some IP group was asked for
	mark := func(x *Loaded, err error) error {
		if len(operands) == 1 {
			return err // Load says whose it is
		}
		return marked("", x.Name, err)
	}
	for _, x := range operands {
		if x.Nothing {
			faulty = faulty || x.Unreadable != nil
			continue
		}
		if s.groups != nil {
			filled, err := x.addGroups(s.groups)
			groupsOf = append(groupsOf, filled...)
			faults = append(faults, mark(x, err))
		}
		switch {
		case s.noParent:
			filled, err := x.noParent()
			parentOf = append(parentOf, filled...)
			faults = append(faults, mark(x, err))
		case s.parent != nil:
			filled, err := x.addParent(s.parent)
			parentOf = append(parentOf, filled...)
			faults = append(faults, mark(x, err))
		}
		known = known || x.asksFor(s.ipGroups)
		x.addIPGroups(s.ipGroups)
	}
	if faulty {
		return errors.Join(faults...)
	}
	if l.Flags.Parent != "" && errors.Join(faults...) == nil {
		faults = append(faults, oneOwner("--parent", l.Flags.Parent, parentOf, "nothing here has a parent policy whose rules are missing: leave it out"))
	}
	if l.Flags.Groups != "" && errors.Join(faults...) == nil {
		faults = append(faults, oneOwner("--groups", l.Flags.Groups, groupsOf, "nothing here has an existing policy whose other groups are missing: leave it out"))
	}
	if l.Flags.IPGroups != "" && !known && errors.Join(faults...) == nil {
		faults = append(faults, marked("--ip-groups", l.Flags.IPGroups, fmt.Errorf("holds %d IP groups, and no rule here refers to one of them whose addresses are missing: leave it out, or give the groups that the rules name", len(s.ipGroups))))
	}
	if l.Flags.Parameters != "" && !l.parameters {
		faults = append(faults, marked("--parameters", l.Flags.Parameters, errors.New("nothing here is a template that takes parameters: leave it out")))
	}
	return errors.Join(faults...)
}

// oneOwner is the error of a flag whose file completed nothing, or completed
// different policies, which cannot both have what is in it.
func oneOwner(flag, arg string, owners []string, unused string) error {
	switch {
	case len(owners) == 0:
		return marked(flag, arg, errors.New(unused))
	case len(owners) == 2 && !strings.EqualFold(owners[0], owners[1]):
		return marked(flag, arg, fmt.Errorf("would stand for two different things, %s and %s: compile each operand with its own %s, and compare the documents", owners[0], owners[1], flag))
	default:
		return nil
	}
}

// What is missing says itself which flag gives it.
const (
	byGroups   = "--groups"
	byParent   = "--parent"
	byNoParent = "--parent none"
)

// without takes out the first missing part that a flag gives, and says what it
// was. Other parts, such as a module that nobody has read, stay missing.
func (x *Loaded) without(flag string) (what []string) {
	missing := slices.Clone(x.Firewall.Policy.Missing)
	if i := slices.IndexFunc(missing, func(m policy.Missing) bool { return strings.Contains(m.Fix, flag) }); i >= 0 {
		what = []string{missing[i].What}
		missing = slices.Delete(missing, i, i+1)
	}
	if len(missing) == 0 {
		missing = nil
	}
	x.Firewall.Policy.Missing = missing
	return what
}

// addGroups adds the groups of an existing policy that the operand adds its
// own to. A group of the same name is the operand's: it would be overwritten.
func (x *Loaded) addGroups(from *Loaded) (of []string, err error) {
	if of = x.without(byGroups); of == nil {
		return nil, nil
	}
	if err := x.sameOwner("--groups", of[0], from); err != nil {
		return nil, err
	}
	fw, existing := &x.Firewall, from.Firewall
	fw.Policy.Groups = merged(fw.Policy.Groups, existing.Policy.Groups)
	// A file that holds the policy itself says whether it has a parent, and
	// which settings; a list of groups does not.
	if holdsPolicy := slices.ContainsFunc(existing.Settings, firewallsOwn); holdsPolicy {
		x.without(byNoParent)
		if !slices.ContainsFunc(fw.Settings, func(s policy.Setting) bool { return firewallsOwn(s) && s.Name != policy.SettingVNetDNS }) {
			for _, s := range existing.Settings {
				if firewallsOwn(s) {
					fw.Settings = append(fw.Settings, s)
				}
			}
			slices.SortStableFunc(fw.Settings, bySubject)
		}
	}
	if len(existing.Policy.Parent) > 0 && len(fw.Policy.Parent) == 0 {
		x.without(byNoParent)
		fw.Policy.Parent = existing.Policy.Parent
	}
	x.take(from)
	return of, nil
}

// policyID finds the resource ID of a firewall policy in a text. Its scope may
// be left open, as templates do.
var policyID = regexp.MustCompile(`(?i)(/subscriptions/[^ ()]+|\.\.\.[^ ()]*)/providers/microsoft\.network/firewallpolicies/[^ ()/\[\]]+`)

// sameOwner refuses the groups of another policy than the one that is missing.
// Where one of the two does not say which it is, it is taken at its word.
func (x *Loaded) sameOwner(flag, what string, from *Loaded) error {
	wanted, given := policyID.FindString(what), policyID.FindString(from.Read[0].PolicyID)
	if wanted == "" || given == "" {
		x.Notes = append(x.Notes, fmt.Sprintf("%s %s is taken for %s, as they do not both say of which policy they are", flag, from.Name, what))
		return nil
	}
	name := func(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
	same := strings.EqualFold(wanted, given)
	if strings.HasPrefix(wanted, ".") || strings.HasPrefix(given, ".") {
		same = strings.EqualFold(name(wanted), name(given))
	}
	if !same {
		return fmt.Errorf("%s %s holds the groups of %s, and what is missing is %s: give the groups of that policy", flag, from.Name, given, what)
	}
	return nil
}

// merged is groups with those of a file that have other names.
func merged(own, more []policy.Group) []policy.Group {
	all := slices.Clone(own)
	for _, g := range more {
		if !slices.ContainsFunc(all, func(o policy.Group) bool { return strings.EqualFold(o.Name, g.Name) }) {
			all = append(all, g)
		}
	}
	return all
}

// firewallsOwn reports whether a setting is the firewall's, not a cluster's.
func firewallsOwn(s policy.Setting) bool { return s.Of == "" }

func bySubject(a, b policy.Setting) int {
	if a.Of != b.Of {
		return strings.Compare(a.Of, b.Of)
	}
	return strings.Compare(string(a.Name), string(b.Name))
}

// addParent adds the groups of the parent policy.
func (x *Loaded) addParent(from *Loaded) (of []string, err error) {
	if len(from.Firewall.Policy.Parent) > 0 {
		return nil, fmt.Errorf("--parent %s holds a policy with a parent of its own: give the parent's groups alone", from.Name)
	}
	if of = x.without(byParent); of != nil {
		if err := x.sameOwner("--parent", of[0], from); err != nil {
			return nil, err
		}
		x.Firewall.Policy.Parent = merged(x.Firewall.Policy.Parent, from.Firewall.Policy.Groups)
		x.take(from)
	}
	return of, nil
}

// noParent takes a person's word that an existing policy has no parent.
func (x *Loaded) noParent() (of []string, err error) {
	if of = x.without(byNoParent); of != nil {
		return of, nil
	}
	for _, m := range x.Firewall.Policy.Missing {
		if strings.Contains(m.Fix, byParent) {
			return nil, fmt.Errorf("--parent none: it has %s: give its groups with --parent FILE", m.What)
		}
	}
	return nil, nil
}

// take adds what else a file that completes the operand says.
func (x *Loaded) take(from *Loaded) {
	x.Firewall.Policy.Missing = append(x.Firewall.Policy.Missing, from.Firewall.Policy.Missing...)
	x.Read = append(x.Read, from.Read...)
	x.Notes = append(x.Notes, from.Notes...)
	x.addIPGroups(from.Firewall.Policy.IPGroups)
}

// asksFor reports whether a rule names one of some IP groups whose addresses
// the operand does not hold itself.
func (x *Loaded) asksFor(groups map[string][]string) bool {
	end := func(id string) string { return strings.ToLower(id[strings.LastIndexByte(id, '/')+1:]) }
	given, held := map[string]bool{}, map[string]bool{}
	for id := range groups {
		given[end(id)] = true
	}
	for id := range x.Firewall.Policy.IPGroups {
		held[strings.ToLower(id)] = true
	}
	asks := func(id string) bool { return given[end(id)] && !held[strings.ToLower(id)] }
	for _, list := range [][]policy.Group{x.Firewall.Policy.Parent, x.Firewall.Policy.Groups} {
		for _, g := range list {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					if slices.ContainsFunc(r.SourceIPGroups, asks) || slices.ContainsFunc(r.DestinationIPGroups, asks) {
						return true
					}
				}
			}
		}
	}
	return false
}

// addIPGroups adds the addresses of IP groups that the operand does not hold
// itself.
func (x *Loaded) addIPGroups(groups map[string][]string) {
	if len(groups) == 0 {
		return
	}
	all := maps.Clone(x.Firewall.Policy.IPGroups)
	if all == nil {
		all = map[string][]string{}
	}
	known := map[string]bool{}
	for id := range all {
		known[strings.ToLower(id)] = true
	}
	for id, addresses := range groups {
		if !known[strings.ToLower(id)] {
			all[id] = addresses
		}
	}
	x.Firewall.Policy.IPGroups = all
}

// hostName is what a host may be called, in lower case.
var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

// Options are what deciding depends on besides the operands: the flags
// --service-tags and --resolve.
func (l *Loader) Options() (policy.Options, error) {
	var o policy.Options
	var faults []error
	if l.Flags.ServiceTags != "" {
		data, err := l.Input("--service-tags", l.Flags.ServiceTags)
		if err == nil {
			o.ServiceTags, err = policy.ParseServiceTags(data)
			err = marked("--service-tags", l.Flags.ServiceTags, err)
		}
		faults = append(faults, err)
	}
	for _, given := range l.Flags.Resolve {
		name, list, ok := strings.Cut(given, "=")
		name = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".")
		if !ok || name == "" || list == "" {
			faults = append(faults, fmt.Errorf("--resolve %s: is not a name with its addresses: write it like ghcr.io=140.82.112.33,140.82.113.33", given))
			continue
		}
		if !hostName.MatchString(name) || len(name) > 253 {
			faults = append(faults, fmt.Errorf("--resolve %s: %q is not the name of a host: write it like ghcr.io=140.82.112.33", given, name))
			continue
		}
		if o.Resolve == nil {
			o.Resolve = map[string][]netip.Addr{}
		}
		for part := range strings.SplitSeq(list, ",") {
			addr, err := netip.ParseAddr(strings.TrimSpace(part))
			if err != nil || !addr.Is4() {
				faults = append(faults, fmt.Errorf("--resolve %s: %q is not an IPv4 address: write it like ghcr.io=140.82.112.33", given, part))
				continue
			}
			if !slices.Contains(o.Resolve[name], addr) {
				o.Resolve[name] = append(o.Resolve[name], addr)
			}
		}
	}
	return o, errors.Join(faults...)
}

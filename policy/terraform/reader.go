package terraform

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// reader collects what is read and what is wrong with it.
type reader struct {
	faults  policy.Faults
	reading policy.Reading
	secrets map[string]bool // sensitive values that were read: no message may hold them

	file      string // a digest of the whole document
	doc       document
	there     []*resource
	gone      []*resource
	policies  []*policyItem
	firewalls []*firewallItem
	groups    []groupItem
	classic   []classicItem
	ipGroups  []*ipGroupItem
	missing   []policy.Missing
	used      []string // IDs of IP groups, as the rules write them
}

func (r *reader) fault(where, value, reason, mend string) {
	r.faults = append(r.faults, policy.Fault{Where: where, Value: value, Reason: reason, Mend: mend})
}

func (r *reader) warn(where, value, reason, mend string) {
	r.reading.Warnings = append(r.reading.Warnings, policy.Fault{Where: where, Value: value, Reason: reason, Mend: mend})
}

func (r *reader) unsure(where, value, reason, mend string) {
	r.reading.Unsure = append(r.reading.Unsure, policy.Fault{Where: where, Value: value, Reason: reason, Mend: mend})
}

// Why a value is not there.
const (
	notYet   = "is only known after apply"
	notKnown = "is not known to this version"
	withheld = "is sensitive, and not in this document"
)

// planAgain is what helps with a value that is not known yet.
const planAgain = "plan again once it exists, or read the state after the apply"

// miss notes rules that nobody can see yet.
func (r *reader) miss(what, fix string, first bool) {
	m := policy.Missing{What: what, Fix: fix, First: first}
	if !slices.Contains(r.missing, m) {
		r.missing = append(r.missing, m)
	}
}

// lacking reports why a value cannot be had: it is unknown, or sensitive and
// left out.
func (x value) lacking() (reason string, lacks bool) {
	switch {
	case x.isUnknown():
		return notYet, true
	case x.v == nil && x.isSecret():
		return withheld, true
	default:
		return "", false
	}
}

// secret notes a sensitive value, so that no message shows it.
func (r *reader) secret(x value, s string) {
	if x.isSecret() && s != "" {
		if r.secrets == nil {
			r.secrets = map[string]bool{}
		}
		r.secrets[s] = true
	}
}

// text is a string that may be missing. What is not known is no fault here:
// who needs it asks first.
func (r *reader) text(x value) string {
	switch x.v.(type) {
	case nil:
		return ""
	case string, float64:
		s, _ := plain(x.v)
		r.secret(x, s)
		return s
	default:
		r.fault(x.at, x.shown(), "is not a string", wanted)
		return ""
	}
}

// needed is a string without which rules cannot be put in order.
func (r *reader) needed(x value) string {
	if reason, lacks := x.lacking(); lacks {
		r.fault(x.at, "", reason+", and decides which rule comes first", planAgain)
		return ""
	}
	s := r.text(x)
	if s == "" {
		r.fault(x.at, "", "is missing", wanted)
	}
	return s
}

// number is a whole number without which rules cannot be put in order.
func (r *reader) number(x value) int {
	s := r.needed(x)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		r.fault(x.at, x.shown(), "is not a whole number", "give the number")
		return 0
	}
	return n
}

// name is a name. One that is not known yet decides no flow: the place stands
// for it.
func (r *reader) name(x value, instead string) string {
	if reason, lacks := x.lacking(); lacks {
		r.warn(x.at, "", reason+", and is called "+instead+" here", "")
		return instead
	}
	s := r.text(x)
	if s == "" {
		r.fault(x.at, "", "is missing", wanted)
	}
	return s
}

// list is a list that may be missing; an object stands for a list of one, as
// blocks do in some providers.
func (r *reader) list(x value) []value {
	if x.v == nil && !anyTrue(x.unknown) {
		return nil
	}
	if _, ok := x.v.(map[string]any); ok {
		return []value{x}
	}
	items, ok := x.items()
	if !ok {
		r.fault(x.at, x.shown(), "is not a list", wanted)
	}
	return items
}

// texts are the strings of a list that can be had. lacks says why others cannot.
func (r *reader) texts(x value, lacks func(at value, reason string)) []value {
	if reason, no := x.lacking(); no {
		lacks(x, reason)
		return nil
	}
	if s, ok := x.v.(string); ok && s != "" {
		return []value{x}
	}
	if s, ok := x.v.(string); ok && s == "" {
		return nil
	}
	var out []value
	for _, item := range r.list(x) {
		reason, no := item.lacking()
		s, isText := plain(item.v)
		switch {
		case no:
			lacks(item, reason)
		case item.v == nil:
			lacks(item, "is null")
		case !isText:
			r.fault(item.at, item.shown(), "is not a string", wanted)
		case strings.HasPrefix(s, "${"):
			lacks(item, "is a placeholder, not a value")
		default:
			r.secret(item, s)
			item.v = s
			out = append(out, item)
		}
	}
	return out
}

// redact is faults without sensitive values.
func (r *reader) redact(faults []policy.Fault) policy.Faults {
	var secrets []string
	for s := range r.secrets {
		secrets = append(secrets, s)
	}
	// The longest first: one may be a part of another.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	out := make(policy.Faults, len(faults))
	for i, f := range faults {
		for _, s := range secrets {
			if f.Value == s || len(s) >= shortest && strings.Contains(f.Value, s) {
				f.Value = hidden
			}
			if len(s) >= shortest {
				f.Reason = strings.ReplaceAll(f.Reason, s, hidden)
				f.Mend = strings.ReplaceAll(f.Mend, s, hidden)
			}
		}
		out[i] = f
	}
	return out
}

// shortest is the length from which a sensitive value is looked for within
// other text: "*" or "80" would be found everywhere and tells nobody anything.
const shortest = 4

func (r *reader) redacted() policy.Reading {
	out := r.reading
	if out.Unsure != nil {
		out.Unsure = r.redact(out.Unsure)
	}
	if out.Warnings != nil {
		out.Warnings = r.redact(out.Warnings)
	}
	return out
}

package tighten

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/patch"
	"github.com/aks-egress/aks-egress/policy"
)

// Change is a change of settings that takes something away. It is proved: with
// it every flow of the log that passed still does, and a comparison shows
// nothing but Closes.
type Change struct {
	Settings []string `json:"settings"` // in words, an edit each
	Closes   []string `json:"closes"`   // a line each, as diff writes them
	edits    edits
	asked    bool // nobody should make it without being asked
}

type edits []patch.Edit

func removal(path []any, value string) edits {
	return edits{{Op: patch.Remove, Path: path, Value: value}}
}

func addition(path []any, value string) edits {
	return edits{{Op: patch.Add, Path: path, Value: value}}
}

// path is where a cluster's settings have a key.
func (j *judge) path(client int32, keys ...any) []any {
	if client == 0 {
		first, _ := keys[0].(string)
		return append([]any{"config", "aks-egress:" + first}, keys[1:]...)
	}
	return append([]any{"config", "aks-egress:clusters", int(client) - 1}, keys...)
}

// written is a path as a person writes it.
func written(path []any) string {
	var b strings.Builder
	for _, p := range path[1:] {
		switch p := p.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(p) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}

// prove tries a change: it is the change if it takes away what it is for and
// nothing else, or why not.
func (j *judge) prove(e edits, takes func(policy.Change) bool) (*Change, string) {
	edited, err := patch.Apply(j.Settings.Text, e)
	if err != nil {
		return nil, err.Error()
	}
	after, err := j.Settings.Compile(edited)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, "the settings refuse it: " + first
	}
	c := policy.Compare(j.Firewall, after, j.Options)
	out := &Change{Closes: []string{}, edits: e}
	for _, change := range c.Changes {
		if change.Unclear || change.Grows() || !takes(change) {
			return nil, "it changes more: " + change.String()
		}
		out.Closes = append(out.Closes, change.String())
	}
	for _, s := range c.Settings {
		return nil, "it changes more: " + s.String()
	}
	if f, stopped := j.stops(after); stopped {
		return nil, f.String() + " from " + f.Source.String() + " passed, and would not any more"
	}
	if j.against != nil {
		if why := j.against(after); why != "" {
			return nil, why
		}
	}
	for _, edit := range e {
		out.Settings = append(out.Settings, edit.String())
	}
	return out, ""
}

// stops finds a flow of the log that another firewall lets through less than
// the operand does.
func (j *judge) stops(after policy.Firewall) (policy.Flow, bool) {
	decider := policy.NewDecider(after.Policy, j.Options)
	for i, u := range j.usage.order {
		if u.kind == flowlog.KindNAT || j.before[i] == policy.Denied {
			continue
		}
		f, ok := u.policyFlow()
		if !ok {
			continue
		}
		if now := decider.Decide(f).Decision; now == policy.Denied || now == policy.Possible && j.before[i] == policy.Allowed {
			return f, true
		}
	}
	return policy.Flow{}, false
}

// Patch is one patch with all changes that a report proposes, proved as a
// whole. It is empty if there is none.
func (r *Report) Patch() (string, error) {
	text, err := r.Tightened()
	if text == nil || err != nil {
		return "", err
	}
	s := r.judge.Settings
	return patch.Unified(s.File, s.Text, text), nil
}

// Tightened is the text of the settings with all changes that the patch has,
// proved as a whole. It is nil if there is none.
func (r *Report) Tightened() ([]byte, error) {
	j := r.judge
	if j.Settings == nil {
		return nil, nil
	}
	text := j.Settings.Text
	made := 0
	changes := make([]*Change, 0, len(r.Unused)+len(r.Stars))
	// Places in lists stay right only if what is later in the file goes first.
	for i := len(r.Stars) - 1; i >= 0; i-- {
		changes = append(changes, r.Stars[i].Change)
	}
	for _, whole := range []bool{false, true} {
		for i := len(r.Unused) - 1; i >= 0; i-- {
			if strings.HasPrefix(r.Unused[i].What, "entry ") == whole {
				changes = append(changes, r.Unused[i].Change)
			}
		}
	}
	for _, c := range changes {
		if c == nil || c.asked {
			continue
		}
		edited, err := patch.Apply(text, c.edits)
		if err != nil {
			return nil, fmt.Errorf("all changes together: %w", err)
		}
		text = edited
		made++
	}
	if made == 0 {
		return nil, nil
	}
	after, err := j.Settings.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("all changes together: %w", err)
	}
	c := policy.Compare(j.Firewall, after, j.Options)
	for _, change := range c.Changes {
		if change.Unclear || change.Grows() {
			return nil, fmt.Errorf("all changes together change more: %s", change)
		}
	}
	for _, s := range c.Settings {
		return nil, fmt.Errorf("all changes together change more: %s", s)
	}
	if f, stopped := j.stops(after); stopped {
		return nil, fmt.Errorf("all changes together stop %s from %s, which passed", f, f.Source)
	}
	return text, nil
}

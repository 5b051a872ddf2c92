package spec

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Plan is a spec that is complete and has passed every check, with the policy
// that it compiles to. [Spec.Plan] makes it, and nothing else does: what takes
// a Plan need not check it again.
type Plan struct {
	Spec
	Compiled policy.Compiled
	// Outputs is how many values the spec leaves to outputs of the program.
	Outputs int

	sound bool
}

// Sound reports whether Spec.Plan has made the plan.
func (p *Plan) Sound() bool { return p != nil && p.sound }

// With is the plan with other rule collection groups instead of its own: a
// firewall takes rules from anywhere, as long as Azure takes them.
func (p *Plan) With(groups ...policy.Group) (*Plan, error) {
	out := *p
	out.Compiled = policy.Compiled{Policy: policy.Policy{Groups: groups}}
	if err := policy.Validate(out.Compiled.Policy, p.limits()).Faults().Err(); err != nil {
		return nil, err
	}
	return &out, nil
}

// Subscriptions lists those of the IDs in the plan, in small letters.
func (p *Plan) Subscriptions() []string {
	var out []string
	each(keys(), reflect.ValueOf(&p.Spec).Elem(), "", func(k *Key, v reflect.Value, _ string) bool {
		if id, ok := fault.ParseID(v.String()); k.Kind == KindID && ok {
			out = append(out, strings.ToLower(id.Subscription))
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// AllWarnings are those of the settings and of the rules, each as one line with
// the settings' path as path writes it.
func (p *Plan) AllWarnings(path func(string) string, today time.Time) []string {
	var out []string
	for _, w := range p.Warnings(today).At(path) {
		out = append(out, w.String())
	}
	return append(out, p.Compiled.Warnings...)
}

// Plan completes the spec, checks it and compiles its policy. The error is a
// fault.List of all that is wrong, by the paths of the keys.
//
// A field that is zero takes its default. The keys whose zero is meant are
// named: Plan("cluster.localAccounts", "cluster.nodePools[1].count").
func (s Spec) Plan(meant ...string) (*Plan, error) {
	w := Written{Keys: map[string]bool{}}
	for _, path := range meant {
		w.Keys[path] = true
	}
	s = s.clone()
	s.Complete(w)
	bad, outputs := s.values()
	for _, f := range bad {
		w.Keys[f.Path] = false
	}
	p, faults := s.Planned(w, bad)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	p.Outputs = outputs
	return p, nil
}

// Planned checks a complete spec and makes its plan, for a reader of settings;
// bad is what it could not read. The faults are those and what else is wrong.
func (s Spec) Planned(w Written, bad fault.List) (*Plan, fault.List) {
	compiled, found := s.check(w)
	faults := append(slices.Clone(bad), found.Sound(bad.Paths()).Apart(bad.Paths())...)
	if len(faults) > 0 {
		return nil, faults
	}
	return &Plan{Spec: s, Compiled: compiled, sound: true}, nil
}

// clone is the spec with the lists that Complete writes to copied.
func (s Spec) clone() Spec {
	s.Cluster, s.Egress, s.Ingress, s.Further = s.Cluster.clone(), slices.Clone(s.Egress), slices.Clone(s.Ingress), slices.Clone(s.Further)
	for i := range s.Further {
		c := &s.Further[i]
		c.Profile, c.Egress = c.clone(), slices.Clone(c.Egress)
	}
	return s
}

func (p Profile) clone() Profile {
	p.NodePools = slices.Clone(p.NodePools)
	if p.Entra != nil {
		entra := *p.Entra
		p.Entra = &entra
	}
	if p.MaintenanceWindow != nil {
		window := *p.MaintenanceWindow
		p.MaintenanceWindow = &window
	}
	return p
}

// values holds every field that is not zero against its key, and counts what
// is left to outputs. A reader of settings has done so when it read the texts.
func (s *Spec) values() (faults fault.List, outputs int) {
	each(keys(), reflect.ValueOf(s).Elem(), "", func(k *Key, v reflect.Value, path string) bool {
		zero := v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
		switch {
		case zero && k.Required:
			faults.Add(path, "", "is missing", "write "+k.Wants())
		case zero:
			return false // nor are the keys below it written
		case k.wrong(v) != "":
			faults.Add(path, "", k.wrong(v), "write "+k.Wants())
			if !strings.HasSuffix(path, "]") { // lists of texts are the caller's
				v.SetZero() // as what a reader of settings could not read
			}
		case k.Kind == KindMap && k.Input:
			for texts := v.MapRange(); texts.Next(); {
				n, _ := IsOutput(texts.Value().String())
				outputs = max(outputs, n)
			}
		case k.Kind == KindID || k.Input:
			n, _ := IsOutput(v.String())
			outputs = max(outputs, n)
		}
		return true
	})
	return faults, outputs
}

const outputMark = "output:"

// Output stands in a spec for a value that another resource of the program
// gives: an ID, or a text whose key takes outputs too. The n-th is numbered n,
// from 1; package infra hands them out and holds the values.
func Output(n int) string { return outputMark + strconv.Itoa(n) }

// IsOutput reports whether a text stands for an output, and its number.
func IsOutput(text string) (n int, ok bool) {
	digits, marked := strings.CutPrefix(text, outputMark)
	if n, err := strconv.Atoi(digits); marked && err == nil && n > 0 {
		return n, true
	}
	return 0, false
}

package sandbox

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Step is what an operation does to one resource of Azure's.
type Step struct {
	Op       string   // create, update, replace, delete, read, import
	Type     string   // as in the program: azure-native:network/v20240501:RouteTable
	Name     string   // as in the program
	Changed  []string // the properties that differ, sorted; of updates and replacements
	Replaces []string // those of them that only a new resource can have
}

// Refusal is what was refused, and what to do about it. What the program itself
// refuses has neither type nor name.
type Refusal struct{ Name, Type, Reason, Next string }

// step notes what the engine is about to do. A replacement is told as one step
// besides the two that it consists of, which are left out.
func (f *failures) step(m apitype.StepEventMetadata) {
	switch state := m.New; {
	case m.Op == apitype.OpSame, m.Op == apitype.OpCreateReplacement, m.Op == apitype.OpDeleteReplaced, m.Op == apitype.OpDiscardReplaced:
		return
	case state == nil && m.Old == nil, state != nil && !state.Custom, state == nil && !m.Old.Custom, strings.HasPrefix(m.Type, "pulumi:"):
		return
	}
	name, typ := failure{urn: m.URN}.name()
	s := Step{Op: string(m.Op), Type: typ, Name: name, Changed: slices.Clone(m.Diffs)}
	if len(m.DetailedDiff) > 0 {
		s.Changed = slices.Collect(maps.Keys(m.DetailedDiff))
	}
	for path, d := range m.DetailedDiff {
		if strings.HasSuffix(string(d.Kind), "-replace") {
			s.Replaces = append(s.Replaces, path)
		}
	}
	if len(s.Replaces) == 0 && m.Op == apitype.OpReplace {
		s.Replaces = slices.Clone(m.Keys)
	}
	slices.Sort(s.Changed)
	slices.Sort(s.Replaces)
	f.steps = append(f.steps, s)
}

// refusals are what was refused at resources, or else what the program or the
// engine itself had to say.
func (f *failures) refusals(op Operation) []Refusal {
	var out, program []Refusal
	for _, one := range f.all {
		one.parent, one.provider = f.places[one.urn][0], f.places[one.urn][1]
		if name, typ := one.name(); typ != "" && typ != "pulumi:pulumi:Stack" {
			out = append(out, Refusal{name, typ, one.reason(), one.next(op)})
		} else {
			program = append(program, Refusal{Reason: one.reason()})
		}
	}
	if out != nil {
		return out
	}
	return program
}

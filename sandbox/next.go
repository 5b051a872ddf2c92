package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// failure is what went wrong with one resource.
type failure struct {
	urn  string
	said string // what Azure, or the engine, said

	parent, provider string // URNs; empty if the engine did not say
}

// failures collects what goes wrong from the engine's events.
type failures struct {
	events chan events.EngineEvent
	over   chan struct{} // nothing more comes
	done   sync.WaitGroup
	all    []failure
	ended  bool                 // the engine has summed up
	places map[string][2]string // the parent and the provider of a resource
	steps  []Step               // what happens to resources
}

func watch() *failures {
	f := &failures{events: make(chan events.EngineEvent), over: make(chan struct{}), places: map[string][2]string{}}
	f.done.Go(func() {
		for {
			select {
			case e, more := <-f.events:
				if !more {
					return
				}
				f.note(e)
			case <-f.over: // an engine that could not even start has closed nothing
				return
			}
		}
	})
	return f
}

func (f *failures) note(e events.EngineEvent) {
	if d := e.DiagnosticEvent; d != nil && d.Severity == "error" {
		f.all = append(f.all, failure{urn: d.URN, said: strings.TrimSpace(colourTag.ReplaceAllString(d.Message, ""))})
	}
	f.ended = f.ended || e.SummaryEvent != nil
	if r := e.ResourcePreEvent; r != nil {
		f.step(r.Metadata)
	}
	if r := e.ResourcePreEvent; r != nil && r.Metadata.New != nil {
		provider := r.Metadata.Provider // the URN, and an ID of the provider's
		if i := strings.LastIndex(provider, "::"); i > 0 {
			provider = provider[:i]
		}
		f.places[r.Metadata.URN] = [2]string{r.Metadata.New.Parent, provider}
	}
}

// end ends the collecting: the operation is over.
func (f *failures) end() {
	close(f.over)
	f.done.Wait()
}

// err says which operation failed, at which resources, and what to do next. The
// engine has printed the rest. One that ended without its summary was killed,
// and the state says what it was at.
func (f *failures) err(op Operation, stack auto.Stack) error {
	var out []string
	if lines := f.pending(stack); len(lines) > 0 {
		out = append(out, fmt.Sprintf("%s ended in the middle, and Azure may have gone on with:\n%s\n    next: pulumi cancel, if no other run is alive; pulumi refresh --clear-pending-creates; and the same %[1]s again, which says what it finds in Azure already", op, strings.Join(lines, "\n")))
	}
	switch lines, said := f.lines(op), f.program(); {
	case len(lines) > 0:
		out = append(out, fmt.Sprintf("%s failed at:\n%s", op, strings.Join(lines, "\n")))
	case len(said) > 0:
		out = append(out, fmt.Sprintf("%s failed:\n  %s", op, strings.Join(said, "\n  ")))
	}
	if out == nil {
		return fmt.Errorf("%s failed", op)
	}
	return errors.New(strings.Join(out, "\n"))
}

func (f *failures) lines(op Operation) []string {
	var out []string
	for _, r := range f.refusals(op) {
		if r.Type != "" {
			out = append(out, fmt.Sprintf("  %s (%s): %s\n    next: %s", r.Name, r.Type, r.Reason, r.Next))
		}
	}
	return out
}

// program is what the program, or the engine itself, had to say.
func (f *failures) program() []string {
	var out []string
	for _, one := range f.all {
		for _, line := range one.plain() {
			if line != "update failed" { // as everybody sees
				out = append(out, line)
			}
		}
	}
	return out
}

// pending is what an engine was at that ended in the middle.
func (f *failures) pending(stack auto.Stack) []string {
	if f.ended {
		return nil
	}
	exported, err := stack.Export(context.Background()) // an interrupted operation has no time left
	if err != nil {
		return nil
	}
	var state apitype.DeploymentV3
	if err := json.Unmarshal(exported.Deployment, &state); err != nil {
		return nil
	}
	var out []string
	for _, one := range state.PendingOperations {
		name, typ := failure{urn: string(one.Resource.URN)}.name()
		out = append(out, fmt.Sprintf("  %s (%s): %s", name, typ, one.Type))
	}
	return out
}

// name is the resource's name in the program, and its type.
func (f failure) name() (name, typ string) {
	parts := strings.Split(f.urn, "::")
	if len(parts) < 4 {
		return "", ""
	}
	typ = parts[2][strings.LastIndexByte(parts[2], '$')+1:]
	return parts[len(parts)-1], typ
}

// wraps are what Pulumi's SDK puts before an error on its way out of a program.
var wraps = regexp.MustCompile(`^(an unhandled error occurred|program failed|waiting for RPCs|marshaling (properties|dependsOn|aliases)|awaiting input property "?[^ :]+)( errors?)?:\s*`)

// plain is what was said without that, a line each.
func (f failure) plain() []string {
	var out []string
	for line := range strings.Lines(f.said) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "*"))
		for more := wraps.FindString(line); more != ""; more = wraps.FindString(line) {
			line = line[len(more):]
		}
		if line != "" && line != "1 error occurred:" {
			out = append(out, line)
		}
	}
	return out
}

// reason is what was said in one line.
func (f failure) reason() string { return strings.Join(f.plain(), " ") }

// next is what to do about it.
func (f failure) next(op Operation) string {
	says := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(f.said, word) {
				return true
			}
		}
		return false
	}
	switch _, typ := f.name(); {
	case says("cannot create already existing resource"):
		name, _ := f.name()
		_, id, _ := strings.Cut(f.said, "'")
		id, _, _ = strings.Cut(id, "'")
		if version := version(typ); onAnother(id) && version != "" {
			// An import loses the leading slash of what it is of, and the next up
			// replaces what it has just taken over (pulumi-azure-native#4683, fixed
			// by #4818 of 2026-08-29, which the v2 line does not have). If that is
			// interrupted in turn, no import helps any more.
			return fmt.Sprintf("it is in Azure, and not in this stack's state. If an earlier run made it and never heard so, remove it: az rest --method delete --url '%s?api-version=%s'; and run the same %s again; otherwise it is somebody else's: choose another name", id, version, op)
		}
		return fmt.Sprintf("it is in Azure, and not in this stack's state. If an earlier run made it and never heard so, take it over: pulumi import %s %s %s%s%s --generate-code=false --protect=false; otherwise it is somebody else's: choose another name",
			typ, name, id, given("parent", f.parent), given("provider", f.provider))
	case says("resource created but read failed", "1 error occurred"):
		return fmt.Sprintf("Azure had accepted it, and the state keeps it: run the same %s again, which writes it again", op)
	case says(`Code="LinkedAuthorizationFailed"`, `Code="AuthorizationFailed"`, `Code="PrincipalNotFound"`, "MissingPermission"):
		return fmt.Sprintf("a role or an identity may not have reached every part of Azure yet: run the same %s again in some minutes", op)
	case says("Status=400", "Status=403", "Status=404"):
		return fmt.Sprintf("nothing was written: fix what it says, and run the same %s again", op)
	case says("Status=4", "Status=5", "EOF", "timed out"):
		return fmt.Sprintf("run the same %s again in some minutes", op)
	}
	return fmt.Sprintf("fix what it says, and run the same %s again", op)
}

// onAnother reports whether an ID is of a resource that belongs to another one,
// whatever that is: a role assignment, a diagnostic setting, an association.
func onAnother(id string) bool {
	return strings.Count(id, "/providers/") > 1 || strings.Contains(id, "/providers/Microsoft.Authorization/")
}

var dated = regexp.MustCompile(`/v(\d{4})(\d\d)(\d\d)(preview)?:`)

// version is the API version in a type's token, v20220401 say, or empty.
func version(typ string) string {
	day := dated.FindStringSubmatch(typ)
	if day == nil {
		return ""
	}
	out := strings.Join(day[1:4], "-")
	if day[4] != "" {
		out += "-" + day[4]
	}
	return out
}

// given is an option of pulumi import that names a resource by a name of its own.
func given(option, urn string) string {
	if urn == "" {
		return ""
	}
	return fmt.Sprintf(" --%s '%s=%s'", option, option, urn)
}

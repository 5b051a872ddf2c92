package azure

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// Condition is what a request wants of the resource as it is: the headers
// If-Match and If-None-Match. The zero value wants nothing.
type Condition struct {
	Match     string // an etag, or * for any
	NoneMatch string // * for none
}

func (c Condition) check(s *state, id resourceID) *Error {
	r := s.get(id.String())
	if c.NoneMatch == "*" && r != nil || c.Match == "*" && r == nil {
		return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "The condition of the request is not met: %s is there: %t.", id.String(), r != nil)
	}
	if c.Match == "" || c.Match == "*" {
		return nil
	}
	if r == nil || strings.Trim(c.Match, `"`) != strings.Trim(r.etag(), `"`) {
		return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "The etag of the request, %s, is not that of %s.", c.Match, id.String())
	}
	return nil
}

// Pending is a write that Azure has accepted and not finished. Until Finish it
// keeps to itself what the write needs.
type Pending struct {
	ID      string         // of the resource, as Azure spells it
	Created bool           // it is not there yet
	Prompt  bool           // Azure answers when it is done, not before
	View    map[string]any // what GET shows meanwhile; nil for a DELETE

	w      *World
	kind   *kind
	rec    *record
	key    string
	id     string
	claims []claim
	apply  func(*state) ([]claim, *Error)
	out    object // what GET shows once it is done
	fault  *Fault // what goes wrong once it is accepted
}

// StartPut checks a PUT and takes what it needs. The error is an *Error.
func (w *World) StartPut(id, apiVersion string, body map[string]any, when Condition) (*Pending, error) {
	rec := w.begin("create", id, apiVersion, body)
	p, refused := w.startPut(rec, "put", id, apiVersion, body, when, nil)
	if refused != nil {
		w.end(rec, refused)
		return nil, refused
	}
	return p, nil
}

// StartPatch is StartPut for a PATCH: what the body does not speak of stays, and
// it is done when it is answered.
func (w *World) StartPatch(id, apiVersion string, body map[string]any, when Condition) (*Pending, error) {
	rec := w.begin("update", id, apiVersion, body)
	p, refused := w.startPut(rec, "put", id, apiVersion, body, when, merged)
	if refused != nil {
		w.end(rec, refused)
		return nil, refused
	}
	return p, nil
}

func (w *World) startPut(rec *record, op, id, apiVersion string, body object, when Condition, onto func(k *kind, old, body object) object) (*Pending, *Error) {
	parsed, k, refused := w.route(op, id, apiVersion)
	if refused != nil {
		return nil, refused
	}
	rec.named(parsed, k)
	rec.op.Op, rec.status = w.creates(parsed)
	clean, err := normalise(body)
	if err != nil {
		return nil, badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %v.", err)
	}
	loose := w.asAzure || w.anyVersion && w.unknown
	if onto != nil {
		w.mu.Lock()
		r, refused := w.state.find(parsed)
		if refused == nil {
			clean, loose = onto(k, w.state.view(r), clean), true
		}
		w.mu.Unlock()
		if refused != nil {
			return nil, refused
		}
	}
	if clean, refused = k.check(apiVersion, clean, loose); refused != nil {
		return nil, refused
	}
	p := &Pending{w: w, kind: k, rec: rec, key: key(parsed.String()), Created: rec.status == http.StatusCreated, Prompt: k.prompt || onto != nil}
	p.apply = func(s *state) ([]claim, *Error) {
		if refused := when.check(s, parsed); refused != nil {
			return nil, refused
		}
		r, refused := s.put(k, parsed, w.modelOf(k, apiVersion), clean, false)
		if refused != nil {
			return nil, refused
		}
		p.id, p.out = r.ID, s.view(r)
		return k.claims(s, r.id(), clean), nil
	}
	if refused := p.take(); refused != nil {
		return nil, refused
	}
	p.fault = w.faultsNow().after("put", parsed, p.Prompt)
	return p, nil
}

// Fails names the code of what a write that was accepted comes to, on purpose;
// empty if it comes to what it should. Answered is whether the client gets an
// answer to its request first.
func (p *Pending) Fails() (code string, answered bool) {
	if p.fault == nil {
		return "", true
	}
	return p.fault.Code, p.fault.When == Accepted || p.fault.Code == TimedOut
}

// modelOf is the version that a resource is kept at.
func (w *World) modelOf(k *kind, apiVersion string) string {
	if slices.Contains(k.versions, apiVersion) || k.free {
		return apiVersion
	}
	if known, ok := model.Nearest(k.name, apiVersion); ok {
		return known.APIVersion
	}
	return apiVersion
}

// merged writes a PATCH onto what GET shows: the tags, and everything else
// where the type is patched as a whole.
func merged(k *kind, old, body object) object {
	if !k.patched {
		tags, given := body["tags"]
		if given {
			old["tags"] = tags
		}
		return old
	}
	return merge(old, body)
}

func merge(old, patch object) object {
	for name, v := range patch {
		there, isObject := old[name].(object)
		if o, ok := v.(object); ok && isObject && name != "tags" {
			old[name] = merge(there, o)
			continue
		}
		old[name] = v
	}
	return old
}

// StartDelete checks a DELETE and takes what it needs. The error is an *Error.
// Both are nil where Azure answers that there is nothing to delete.
func (w *World) StartDelete(id, apiVersion string, when Condition) (*Pending, error) {
	rec := w.begin("delete", id, apiVersion, nil)
	p, refused := w.startDelete(rec, id, apiVersion, when)
	if refused != nil {
		w.end(rec, refused)
		return nil, refused
	}
	return p, nil
}

func (w *World) startDelete(rec *record, id, apiVersion string, when Condition) (*Pending, *Error) {
	parsed, k, refused := w.route("delete", id, apiVersion)
	if refused != nil {
		return nil, refused
	}
	rec.named(parsed, k)
	if w.nothing(parsed, k) {
		rec.status = http.StatusNoContent
		w.end(rec, nil)
		return nil, nil
	}
	p := &Pending{w: w, kind: k, rec: rec, key: key(parsed.String()), Prompt: k.prompt && !k.lingers}
	p.apply = func(s *state) ([]claim, *Error) {
		r, refused := s.find(parsed)
		if refused != nil {
			return nil, refused
		}
		if refused := when.check(s, parsed); refused != nil {
			return nil, refused
		}
		p.id = r.ID
		claims := k.claims(s, r.id(), r.Body)
		return claims, s.remove(r)
	}
	if refused := p.take(); refused != nil {
		return nil, refused
	}
	p.fault = w.faultsNow().after("delete", parsed, p.Prompt)
	return p, nil
}

// nothing reports whether a DELETE finds nothing and Azure is content with
// that. Elsewhere than under AsAzure, it is 404: who deletes it twice should
// know.
func (w *World) nothing(id resourceID, k *kind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asAzure || w.state.get(id.String()) != nil || id.Type == groupType {
		return false
	}
	if k.silent {
		return true
	}
	up, nested := id.parent()
	return (id.Group == "" || w.state.get(id.group()) != nil) && (!nested || w.state.get(up.String()) != nil)
}

// take is the first half of a write: it is checked against the world as it is
// and takes what it needs to itself.
func (p *Pending) take() *Error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	try := w.state.clone()
	try.hidden = w.faults.hidden()
	claims, refused := p.apply(try)
	w.faults.missed(try.hidden)
	if refused == nil {
		refused = w.take(claims)
	}
	if refused != nil {
		return refused
	}
	p.claims, p.ID = claims, p.id
	shown, doing := p.out, "Updating"
	switch {
	case p.out == nil:
		doing = "Deleting"
		if r := w.state.res[p.key]; r != nil {
			shown = w.state.view(r)
		}
	case p.Created:
		doing = "Creating"
	}
	shown = cloneObject(shown)
	if _, has := propsOf(shown)["provisioningState"]; has && !p.Prompt {
		bag(shown)["provisioningState"] = doing
	}
	w.open[p.key] = shown
	if p.out != nil {
		p.View = cloneObject(shown)
	}
	return nil
}

// Finish is the second half: the write stays open for a moment, and is checked
// against the world again, as that may have changed meanwhile. The answer is
// what GET answers then, nil for a DELETE.
func (p *Pending) Finish(ctx context.Context) (map[string]any, error) {
	err := p.finish(ctx)
	p.w.end(p.rec, err)
	if err != nil {
		return nil, err
	}
	return p.out, nil
}

func (p *Pending) finish(ctx context.Context) error {
	w, slow := p.w, p.kind.slow
	if slow == 0 {
		slow = 1
	}
	d := time.Duration(float64(opened) * slow * w.latency)
	if w.azureTime {
		w.mu.Lock()
		d = time.Duration(float64(p.lasts(w.state)) / 60 * w.latency)
		w.mu.Unlock()
	}
	gone := w.wait(ctx, d)

	w.mu.Lock()
	defer w.mu.Unlock()
	w.give(p.claims)
	delete(w.open, p.key)
	if gone != nil {
		return gone
	}
	next := w.state.clone()
	if _, refused := p.apply(next); refused != nil {
		return refused
	}
	if p.fault != nil && p.fault.When == Accepted {
		p.spoil(next)
	}
	if r := next.res[p.key]; r != nil {
		next.saw(r)
	}
	if err := w.save(next); err != nil {
		return err
	}
	w.state = next
	id, refused := parseID(p.ID)
	if refused != nil {
		return refused
	}
	if p.fault != nil {
		return p.fault.error(id)
	}
	op := "put"
	if p.out == nil {
		op = "delete"
	}
	w.faults.wrote(op, id)
	return nil
}

// spoil leaves what a write leaves that was accepted and failed: the resource
// says Failed, and one that was to go is still there, with all that lies in it.
func (p *Pending) spoil(next *state) {
	if p.out == nil {
		*next = *p.w.state.clone()
	}
	r := next.res[p.key]
	if r == nil {
		return
	}
	if _, has := r.props()["provisioningState"]; has {
		next.set(r.with(func(body object) { bag(body)["provisioningState"] = "Failed" }))
	}
}

package azure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options says what world it is. The zero value is a new world, with
// writes that last as long as by default and no trace.
type Options struct {
	Subscription string           // default: DefaultSubscription
	Tenant       string           // default: DefaultTenant
	Latency      float64          // scale of how long a write stays open; 0 is 1
	Trace        io.Writer        // gets a JSON line for each operation; nil: none
	Faults       []Fault          // errors to answer on purpose
	Principals   []string         // object IDs of service principals that the tenant knows
	Clock        func() time.Time // for the trace; default: time.Now
}

// What a world is called that is not told.
const (
	DefaultSubscription = "11111111-2222-4333-8444-555555555555"
	DefaultTenant       = "66666666-7777-4888-9999-aaaaaaaaaaaa"
)

// open is how long an ordinary write stays open, so that writes which are not
// ordered are seen to overlap.
const open = 20 * time.Millisecond

// World is a stand-in for Azure Resource Manager. It is safe for use by
// several goroutines.
type World struct {
	path    string
	latency float64
	clock   func() time.Time
	wait    func(ctx context.Context, d time.Duration) error // how a write stays open
	faults  *faults
	trace   *tracer
	kinds   map[string]*kind

	mu    sync.Mutex
	state *state
	held  map[string]*hold
}

// Open opens the world kept in a file, which need not exist yet; an empty path
// is a world in memory.
func Open(path string, opts Options) (*World, error) {
	if opts.Latency < 0 {
		return nil, fmt.Errorf("latency %v: a scale is not negative", opts.Latency)
	}
	w := &World{
		path:    path,
		latency: opts.Latency,
		clock:   opts.Clock,
		wait:    pause,
		faults:  newFaults(opts.Faults),
		kinds:   kinds(),
		held:    map[string]*hold{},
		state: &state{
			subscription: opts.Subscription,
			tenant:       opts.Tenant,
			principals:   append([]string(nil), opts.Principals...),
			res:          map[string]*resource{},
		},
	}
	if w.latency == 0 {
		w.latency = 1
	}
	if w.clock == nil {
		w.clock = time.Now
	}
	if w.state.subscription == "" {
		w.state.subscription = DefaultSubscription
	}
	if w.state.tenant == "" {
		w.state.tenant = DefaultTenant
	}
	w.state.kinds = w.kinds
	w.trace = &tracer{out: opts.Trace, began: w.clock()}
	if err := w.load(); err != nil {
		return nil, err
	}
	return w, nil
}

// Subscription is the ID of the world's subscription.
func (w *World) Subscription() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.subscription
}

// TraceError is what went wrong while writing the trace, if anything did.
func (w *World) TraceError() error { return w.trace.failed() }

// Put creates a resource or replaces it, and answers what GET answers then.
// The error is an *Error where Azure refuses.
func (w *World) Put(ctx context.Context, id, apiVersion string, body map[string]any) (map[string]any, error) {
	rec := w.begin("create", id, apiVersion, body)
	out, err := w.put(ctx, rec, id, apiVersion, body)
	w.end(rec, err)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (w *World) put(ctx context.Context, rec *record, id, apiVersion string, body map[string]any) (object, error) {
	parsed, k, refused := w.route("put", id, apiVersion)
	if refused != nil {
		return nil, refused
	}
	rec.named(parsed, k)
	rec.op.Op, rec.status = w.creates(parsed)
	clean, err := normalise(body)
	if err != nil {
		return nil, badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %v.", err)
	}
	if refused := k.check(apiVersion, clean); refused != nil {
		return nil, refused
	}
	var out object
	err = w.write(ctx, k, func(s *state) ([]claim, *Error) {
		r, refused := s.put(k, parsed, apiVersion, clean, false)
		if refused != nil {
			return nil, refused
		}
		out = s.view(r)
		return k.claims(s, r.id(), clean), nil
	})
	return out, err
}

// creates says what a PUT of a resource is, and its status.
func (w *World) creates(id resourceID) (string, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.get(id.String()) != nil {
		return "update", http.StatusOK
	}
	return "create", http.StatusCreated
}

// Get answers a resource with its defaults and children.
func (w *World) Get(_ context.Context, id, apiVersion string) (map[string]any, error) {
	rec := w.begin("read", id, apiVersion, nil)
	out, refused := w.get(rec, id, apiVersion)
	if refused != nil {
		w.end(rec, refused)
		return nil, refused
	}
	w.end(rec, nil)
	return out, nil
}

func (w *World) get(rec *record, id, apiVersion string) (object, *Error) {
	parsed, k, refused := w.route("get", id, apiVersion)
	if refused != nil {
		return nil, refused
	}
	rec.named(parsed, k)
	w.mu.Lock()
	defer w.mu.Unlock()
	r, refused := w.state.find(parsed)
	if refused != nil {
		return nil, refused
	}
	return w.state.view(r), nil
}

func (s *state) find(id resourceID) (*resource, *Error) {
	if r := s.get(id.String()); r != nil {
		return r, nil
	}
	if id.Type == groupType || id.Group != "" && s.get(id.group()) == nil {
		return nil, refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	return nil, notFound(id)
}

// Delete deletes a resource with what lies in it.
func (w *World) Delete(ctx context.Context, id, apiVersion string) error {
	rec := w.begin("delete", id, apiVersion, nil)
	err := w.delete(ctx, rec, id, apiVersion)
	w.end(rec, err)
	return err
}

func (w *World) delete(ctx context.Context, rec *record, id, apiVersion string) error {
	parsed, k, refused := w.route("delete", id, apiVersion)
	if refused != nil {
		return refused
	}
	rec.named(parsed, k)
	return w.write(ctx, k, func(s *state) ([]claim, *Error) {
		r, refused := s.find(parsed)
		if refused != nil {
			return nil, refused
		}
		claims := k.claims(s, r.id(), r.Body)
		return claims, s.remove(r)
	})
}

// Post runs an action of a resource, such as listClusterUserCredential.
func (w *World) Post(_ context.Context, id, action, apiVersion string, body map[string]any) (map[string]any, error) {
	rec := w.begin("read", id, apiVersion, body)
	rec.op.Action = action
	out, refused := w.post(rec, id, action, apiVersion)
	if refused != nil {
		w.end(rec, refused)
		return nil, refused
	}
	w.end(rec, nil)
	return out, nil
}

func (w *World) post(rec *record, id, action, apiVersion string) (object, *Error) {
	parsed, k, refused := w.route("post", id, apiVersion)
	if refused != nil {
		return nil, refused
	}
	rec.named(parsed, k)
	w.mu.Lock()
	defer w.mu.Unlock()
	r, refused := w.state.find(parsed)
	if refused != nil {
		return nil, refused
	}
	return w.state.act(r, action)
}

// List answers every resource, ordered by ID.
func (w *World) List() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []map[string]any
	for _, k := range w.state.ordered().keys {
		r := w.state.res[k]
		view := w.state.view(r)
		view["apiVersion"] = r.APIVersion
		out = append(out, view)
	}
	return out
}

// route finds the type that answers a request.
func (w *World) route(op, id, apiVersion string) (resourceID, *kind, *Error) {
	parsed, refused := parseID(id)
	if refused != nil {
		return resourceID{}, nil, refused
	}
	k := w.kinds[strings.ToLower(parsed.Type)]
	if k == nil {
		return resourceID{}, nil, refuse(http.StatusNotFound, "InvalidResourceType",
			"The resource type '%s' could not be found: the sandbox does not know it. It knows %s.", parsed.Type, strings.Join(typeNames(w.kinds), ", "))
	}
	if !slices.Contains(k.versions, apiVersion) {
		return resourceID{}, nil, badRequest("NoRegisteredProviderFound",
			"No registered resource provider found for API version '%s' for type '%s'. The supported api-versions are '%s'.", apiVersion, k.name, strings.Join(k.versions, ", "))
	}
	if planned := w.faults.next(op, parsed); planned != nil {
		return resourceID{}, nil, planned
	}
	return parsed, k, nil
}

func typeNames(kinds map[string]*kind) []string {
	var names []string
	for _, name := range sortedNames(kinds) {
		names = append(names, kinds[name].name)
	}
	return names
}

// write runs a write the way Azure does: it is checked against the world as it
// is, takes what it needs to itself, stays open for a moment, and is checked
// against the world again, as that may have changed meanwhile.
func (w *World) write(ctx context.Context, k *kind, apply func(*state) ([]claim, *Error)) error {
	w.mu.Lock()
	claims, refused := apply(w.state.clone())
	if refused == nil {
		refused = w.take(claims)
	}
	w.mu.Unlock()
	if refused != nil {
		return refused
	}

	slow := k.slow
	if slow == 0 {
		slow = 1
	}
	gone := w.wait(ctx, time.Duration(float64(open)*slow*w.latency))

	w.mu.Lock()
	defer w.mu.Unlock()
	w.give(claims)
	if gone != nil {
		return gone
	}
	next := w.state.clone()
	if _, refused := apply(next); refused != nil {
		return refused
	}
	if err := w.save(next); err != nil {
		return err
	}
	w.state = next
	return nil
}

// pause waits, unless the client goes away first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// record is a line of the trace in the making.
type record struct {
	op     operation
	status int
}

func (w *World) begin(op, id, apiVersion string, body map[string]any) *record {
	rec := &record{op: operation{Op: op, ID: id, APIVersion: apiVersion, Start: w.trace.since(w.clock())}, status: http.StatusOK}
	if body != nil {
		if clean, err := normalise(body); err == nil {
			rec.op.Body, _ = mask(clean).(object)
		}
	}
	if parsed, err := parseID(id); err == nil {
		rec.op.Type, rec.op.Name = parsed.Type, parsed.Name()
	}
	return rec
}

func (r *record) named(id resourceID, k *kind) { r.op.Type, r.op.Name = k.name, id.Name() }

func (w *World) end(rec *record, err error) {
	rec.op.Status = rec.status
	var refused *Error
	switch {
	case err == nil:
	case errors.As(err, &refused):
		rec.op.Status, rec.op.Code = refused.Status, refused.Code
	default: // the client went away, or the world could not be saved
		rec.op.Status, rec.op.Code = 499, "ClientClosedRequest"
	}
	rec.op.End = w.trace.since(w.clock())
	w.trace.write(rec.op)
}

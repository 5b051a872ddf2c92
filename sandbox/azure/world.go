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

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// Options says what world it is. The zero value is a new world, with
// writes that last as long as by default and no trace.
type Options struct {
	Subscription string           // default: DefaultSubscription
	Tenant       string           // default: DefaultTenant
	Latency      float64          // scale of how long a write stays open; 0 is 1
	AzureTime    bool             // a write stays open for a second, times Latency, for each minute that Azure is at it
	Trace        io.Writer        // gets a JSON line for each operation; nil: none
	Faults       []Fault          // errors to answer on purpose
	Principals   []string         // object IDs of service principals that the tenant knows
	Clock        func() time.Time // for the trace; default: time.Now
	// Wait is how a write stays open; default: as long as it is told.
	Wait func(ctx context.Context, d time.Duration) error

	// AsAzure leaves out what is stricter than Azure: every refusal whose code begins with Sandbox but
	// those of what the sandbox does not know. What a request refers to in a resource group that the
	// world has never seen counts as there.
	AsAzure bool
	// AnyVersion takes every API version that Azure lists for a type; a body is held against the
	// nearest model there is. Otherwise it takes the models' versions alone.
	AnyVersion bool
	// Unknown takes types that the sandbox does not know, and keeps what it is given. Told hears of each once.
	Unknown bool
	Told    func(line string)
}

// What a world is called that is not told.
const (
	DefaultSubscription = "11111111-2222-4333-8444-555555555555"
	DefaultTenant       = "66666666-7777-4888-9999-aaaaaaaaaaaa"
)

// opened is how long an ordinary write stays open, so that writes which are not
// ordered are seen to overlap.
const opened = 20 * time.Millisecond

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

	asAzure    bool
	anyVersion bool
	unknown    bool
	told       func(line string)
	azureTime  bool

	mu    sync.Mutex
	state *state
	held  map[string]*hold
	open  map[string]object // what is being written, as it shows meanwhile
	going sync.WaitGroup    // writes that go on
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
		open:    map[string]object{},

		asAzure:    opts.AsAzure,
		anyVersion: opts.AnyVersion,
		unknown:    opts.Unknown,
		told:       opts.Told,
		azureTime:  opts.AzureTime,

		state: &state{
			asAzure:      opts.AsAzure,
			wide:         opts.AnyVersion,
			groups:       map[string]bool{},
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
	if opts.Wait != nil {
		w.wait = opts.Wait
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

// SetFaults puts other faults in the place of those there are. What follows from
// earlier ones, names that stay reserved, goes on.
func (w *World) SetFaults(all []Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := newFaults(all)
	next.late, next.reserved = w.faults.late, w.faults.reserved
	w.faults = next
}

// Unmet lists the faults that no request has met, as ParseFaults reads them.
func (w *World) Unmet() []string { return w.faultsNow().unmet() }

func (w *World) faultsNow() *faults {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.faults
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
	p, err := w.StartPut(id, apiVersion, body, Condition{})
	if err != nil {
		return nil, err
	}
	return w.await(ctx, p)
}

// await waits for a write. A client that goes away meanwhile does not take back
// what it asked for: the write goes on without it.
func (w *World) await(ctx context.Context, p *Pending) (out map[string]any, err error) {
	done := make(chan struct{})
	w.going.Add(1)
	go func() {
		defer w.going.Done()
		defer close(done)
		out, err = p.Finish(context.WithoutCancel(ctx))
	}()
	if p.Prompt {
		<-done
		return out, err
	}
	select {
	case <-done:
		return out, err
	case <-ctx.Done():
		return nil, gone{ctx.Err()}
	}
}

// Wait waits for the writes whose clients have gone away.
func (w *World) Wait() { w.going.Wait() }

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

// find answers what Azure does not find by what it looks for first: the
// resource group of what is tracked, which has a region, and the parent of
// what is not (recorded traffic of Microsoft's command line test suites, 2020
// to 2026-04).
func (s *state) find(id resourceID) (*resource, *Error) {
	if r := s.get(id.String()); r != nil {
		return r, nil
	}
	k := s.kind(id.Type)
	if up, nested := id.parent(); nested && k != nil && !k.located && !k.global && s.get(up.String()) == nil {
		if k.orphan != "" {
			return nil, refuse(http.StatusNotFound, k.orphan,
				"Failed to perform 'read' on resource(s) of type '%s', because the parent resource '%s' could not be found.", id.Type, up.String())
		}
		return nil, notFound(up)
	}
	if id.Type == groupType || id.Group != "" && s.get(id.group()) == nil {
		return nil, refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	return nil, notFound(id)
}

// Delete deletes a resource with what lies in it.
func (w *World) Delete(ctx context.Context, id, apiVersion string) error {
	p, err := w.StartDelete(id, apiVersion, Condition{})
	if err != nil || p == nil {
		return err
	}
	_, err = w.await(ctx, p)
	return err
}

// Made counts the resources that were not there from the start.
func (w *World) Made() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.state.res {
		if !r.Seeded {
			n++
		}
	}
	return n
}

// Forget takes resources out of the world, with what lies in them, without
// asking what Azure would say, and answers which of them were there.
func (w *World) Forget(ids []string) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.state.clone()
	var gone []string
	for _, id := range ids {
		r := next.get(id)
		if r == nil || r.Seeded {
			continue
		}
		gone = append(gone, r.ID)
		for _, one := range append(next.within(r.ID), r) {
			if k := next.kind(one.Type); k != nil && k.gone != nil {
				k.gone(next, one)
			}
			next.drop(one.ID)
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	if err := w.save(next); err != nil {
		return nil, err
	}
	w.state = next
	return gone, nil
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
	k, refused := w.kindOf(parsed.Type)
	if refused != nil {
		return resourceID{}, nil, refused
	}
	if refused := w.answers(k, apiVersion); refused != nil {
		return resourceID{}, nil, refused
	}
	if planned := w.faultsNow().before(op, parsed); planned != nil {
		return resourceID{}, nil, planned
	}
	return parsed, k, nil
}

// kindOf finds a type, and takes one that nobody knows if the world does.
func (w *World) kindOf(typ string) (*kind, *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.kinds[strings.ToLower(typ)]
	switch {
	case k != nil:
		return k, nil
	case w.unknown:
		k = &kind{name: typ, free: true}
		w.kinds[strings.ToLower(typ)] = k
		if w.told != nil {
			w.told("The sandbox does not know the type " + typ + ": what it is given is kept, unchecked.")
		}
		return k, nil
	case w.anyVersion:
		return nil, refuse(http.StatusNotFound, "SandboxUnknownType",
			"The sandbox does not know the resource type '%s'. It knows %s.", typ, strings.Join(typeNames(w.kinds), ", "))
	}
	return nil, refuse(http.StatusNotFound, "InvalidResourceType",
		"The resource type '%s' could not be found: the sandbox does not know it. It knows %s.", typ, strings.Join(typeNames(w.kinds), ", "))
}

// answers says whether a type has an API version.
func (w *World) answers(k *kind, apiVersion string) *Error {
	if k.free || slices.Contains(k.versions, apiVersion) {
		return nil
	}
	versions := k.versions
	if w.anyVersion {
		if _, ok := model.Nearest(k.name, apiVersion); ok {
			return nil
		}
		versions = model.Versions(k.name)
	}
	return badRequest("NoRegisteredProviderFound",
		"No registered resource provider found for API version '%s' for type '%s'. The supported api-versions are '%s'.", apiVersion, k.name, strings.Join(versions, ", "))
}

// Model is the API version whose model a request is held against; empty for a
// type that the sandbox does not know.
func (w *World) Model(id, apiVersion string) string {
	parsed, refused := parseID(id)
	if refused != nil {
		return ""
	}
	if known, ok := model.Nearest(parsed.Type, apiVersion); ok {
		return known.APIVersion
	}
	return ""
}

func typeNames(kinds map[string]*kind) []string {
	var names []string
	for _, name := range sortedNames(kinds) {
		names = append(names, kinds[name].name)
	}
	return names
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
			rec.op.Body = clean
		}
	}
	secret := ""
	if parsed, err := parseID(id); err == nil {
		rec.op.Type, rec.op.Name = parsed.Type, parsed.Name()
		if k := w.kinds[strings.ToLower(parsed.Type)]; k != nil {
			secret = k.secret
		}
	}
	if rec.op.Body != nil {
		rec.op.Body, _ = mask(rec.op.Body, secret, masked).(object)
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

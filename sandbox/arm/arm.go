package arm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// Options say how the interface answers.
type Options struct {
	PageSize int // how many entries a page of a list has; 0 is 100
}

// Handler answers Azure Resource Manager's requests.
type Handler struct {
	world *azure.World
	page  int

	mu         sync.Mutex
	operations map[string]*operation
	made       int
	open       sync.WaitGroup
}

// New returns a handler in front of a world.
func New(world *azure.World, o Options) *Handler {
	h := &Handler{world: world, page: o.PageSize, operations: map[string]*operation{}}
	if h.page <= 0 {
		h.page = 100
	}
	return h
}

// Wait waits for the operations that go on.
func (h *Handler) Wait() { h.open.Wait() }

// maxBody is how much of a request is read: Azure takes 4 MB.
const maxBody = 4 << 20

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	w.Header().Set("x-ms-request-id", h.next())
	w.Header().Set("x-ms-correlation-request-id", w.Header().Get("x-ms-request-id"))
	w.Header().Set("Cache-Control", "no-cache")
	if id := rq.Header.Get("x-ms-client-request-id"); id != "" {
		w.Header().Set("x-ms-client-request-id", id)
	}
	path := strings.TrimRight(rq.URL.Path, "/")
	if h.signIn(w, rq, path) {
		return
	}
	version := rq.URL.Query().Get("api-version")
	if version == "" {
		fail(w, &azure.Error{Status: http.StatusBadRequest, Code: "MissingApiVersionParameter", Message: "The api-version query parameter (?api-version=) is required for all requests."})
		return
	}
	if h.operationStatus(w, path) || h.about(w, rq, path) {
		return
	}
	if model := h.world.Model(path, version); model != "" {
		w.Header().Set("x-sandbox-model", model)
	}
	var body map[string]any
	if rq.Method == http.MethodPut || rq.Method == http.MethodPatch || rq.Method == http.MethodPost {
		var err error
		if body, err = read(rq.Body); err != nil {
			fail(w, &azure.Error{Status: http.StatusBadRequest, Code: "InvalidRequestContent", Message: "The request content was invalid and could not be deserialized: '" + err.Error() + "'."})
			return
		}
	}
	when := azure.Condition{Match: rq.Header.Get("If-Match"), NoneMatch: rq.Header.Get("If-None-Match")}
	switch rq.Method {
	case http.MethodPut:
		p, err := h.world.StartPut(path, version, body, when)
		h.write(w, rq, p, err)
	case http.MethodPatch:
		p, err := h.world.StartPatch(path, version, body, when)
		h.write(w, rq, p, err)
	case http.MethodDelete:
		p, err := h.world.StartDelete(path, version, when)
		h.write(w, rq, p, err)
	case http.MethodGet, http.MethodHead:
		h.read(w, rq, path, version)
	case http.MethodPost:
		id, action := path, ""
		if i := strings.LastIndexByte(path, '/'); i > 0 {
			id, action = path[:i], path[i+1:]
		}
		out, err := h.world.Post(rq.Context(), id, action, version, body)
		if err != nil {
			fail(w, err)
			return
		}
		answer(w, http.StatusOK, out)
	default:
		fail(w, &azure.Error{Status: http.StatusMethodNotAllowed, Code: "HttpMethodNotAllowed", Message: "The method " + rq.Method + " is not allowed here."})
	}
}

// read reads a body: an object or nothing.
func read(r io.Reader) (map[string]any, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBody {
		return nil, errors.New("the body is larger than 4 MB")
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return map[string]any{}, nil
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	return body, nil
}

// read answers a GET or a HEAD of a resource or a list.
func (h *Handler) read(w http.ResponseWriter, rq *http.Request, path, version string) {
	if collection(path) {
		if rq.Method == http.MethodHead {
			fail(w, &azure.Error{Status: http.StatusMethodNotAllowed, Code: "HttpMethodNotAllowed", Message: "A list has no HEAD."})
			return
		}
		all, err := h.world.Collection(path, version)
		if err != nil {
			fail(w, err)
			return
		}
		h.list(w, rq, filtered(all, rq.URL.Query().Get("$filter")))
		return
	}
	out, etag, err := h.world.Look(rq.Context(), path, version)
	if err != nil {
		fail(w, err)
		return
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
		if rq.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if rq.Method == http.MethodHead {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, http.StatusOK, out)
}

// collection reports whether a path names a list: after the last provider a
// namespace and types, each but the last with its name.
func collection(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if strings.EqualFold(parts[i], "providers") {
			return (len(parts)-i-1)%2 == 0
		}
	}
	return len(parts)%2 == 1
}

// list answers a page of a list.
func (h *Handler) list(w http.ResponseWriter, rq *http.Request, all []map[string]any) {
	query := rq.URL.Query()
	from, _ := strconv.Atoi(query.Get("$skiptoken"))
	size := h.page
	if top, err := strconv.Atoi(query.Get("$top")); err == nil && top > 0 {
		size = min(size, top)
	}
	from = min(max(from, 0), len(all))
	to := min(from+size, len(all))
	out := map[string]any{"value": all[from:to]}
	if to < len(all) {
		query.Set("$skiptoken", strconv.Itoa(to))
		out["nextLink"] = origin(rq) + rq.URL.Path + "?" + query.Encode()
	}
	answer(w, http.StatusOK, out)
}

// filtered applies the filters that clients use: equality of a property or of
// one in the bag, and atScope(), which lists leave as they are.
func filtered(all []map[string]any, filter string) []map[string]any {
	name, value, ok := strings.Cut(filter, " eq ")
	if !ok {
		return all
	}
	name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), "'")
	if name == "resourceType" {
		name = "type"
	}
	out := []map[string]any{}
	for _, one := range all {
		there, _ := one[name].(string)
		if bag, ok := one["properties"].(map[string]any); ok && there == "" {
			there, _ = bag[name].(string)
		}
		if strings.EqualFold(there, value) {
			out = append(out, one)
		}
	}
	return out
}

func origin(rq *http.Request) string {
	scheme := "http"
	if rq.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + rq.Host
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // the client went away: there is nobody to tell
	}
}

// fail answers with an error in Azure's form.
func fail(w http.ResponseWriter, err error) {
	var refused *azure.Error
	if !errors.As(err, &refused) {
		refused = &azure.Error{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: err.Error()}
		if errors.Is(err, context.Canceled) {
			refused.Status = 499
		}
	}
	if refused.Code == azure.Dropped {
		panic(http.ErrAbortHandler) // which is how a handler of net/http ends a connection
	}
	if refused.Status == http.StatusTooManyRequests || refused.Status == http.StatusServiceUnavailable {
		retry(w)
	}
	answer(w, refused.Status, map[string]any{"error": failure(refused)})
}

func failure(e *azure.Error) map[string]any {
	out := map[string]any{"code": e.Code, "message": e.Message, "details": []any{}}
	if path, _, ok := strings.Cut(e.Message, ": "); ok && !strings.ContainsAny(path, " '\"") {
		out["target"] = path
	}
	return out
}

// retry says when to come again: in a second, or, to clients that read it, in
// less.
func retry(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	w.Header().Set("retry-after-ms", "20")
	w.Header().Set("x-ms-retry-after-ms", "20")
}

package arm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// operation is a write that goes on.
type operation struct {
	done   bool
	failed *azure.Error
	view   map[string]any // of the resource, once it is there
}

// next makes an ID of a request or an operation; the same in every run.
func (h *Handler) next() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made++
	return fmt.Sprintf("5a4db0c5-0000-4000-8000-%012x", h.made)
}

// write answers a PUT, a PATCH or a DELETE that the world has taken or not.
func (h *Handler) write(w http.ResponseWriter, rq *http.Request, p *azure.Pending, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	if p == nil { // what is not there is deleted
		w.WriteHeader(http.StatusNoContent)
		return
	}
	fails, answered := p.Fails()
	if p.Prompt || !answered {
		// The client's going away does not take back what it asked for.
		out, err := p.Finish(context.WithoutCancel(rq.Context()))
		switch {
		case err != nil:
			fail(w, err)
		case out == nil:
			w.WriteHeader(http.StatusOK)
		default:
			answer(w, status(p), out)
		}
		return
	}
	op, id := &operation{}, h.next()
	h.mu.Lock()
	h.operations[id] = op
	h.mu.Unlock()
	h.open.Add(1)
	go func() { //nolint:contextcheck // Azure goes on when the client has left
		defer h.open.Done()
		out, err := p.Finish(context.Background())
		h.mu.Lock()
		defer h.mu.Unlock()
		if fails == azure.TimedOut { // nobody ever hears of it
			return
		}
		op.done, op.view = true, out
		if err != nil && !errors.As(err, &op.failed) {
			op.failed = &azure.Error{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: err.Error()}
		}
	}()
	at := origin(rq) + "/subscriptions/" + subscription(p.ID) + "/providers/Sandbox.Operations/"
	query := "/" + id + "?api-version=" + rq.URL.Query().Get("api-version")
	retry(w)
	if p.View == nil {
		w.Header().Set("Location", at+"results"+query)
		if !group(p.ID) { // of which Azure gives the location alone
			w.Header().Set("Azure-AsyncOperation", at+"statuses"+query)
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Azure-AsyncOperation", at+"statuses"+query)
	answer(w, status(p), p.View)
}

func status(p *azure.Pending) int {
	if p.Created {
		return http.StatusCreated
	}
	return http.StatusOK
}

func subscription(id string) string {
	parts := strings.SplitN(id, "/", 4)
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

func group(id string) bool { return strings.Count(id, "/") == 4 }

// operationStatus answers how an operation stands: its status, or at its
// location 202 until it is done.
func (h *Handler) operationStatus(w http.ResponseWriter, path string) bool {
	_, rest, ok := strings.Cut(path, "/providers/Sandbox.Operations/")
	if !ok {
		return false
	}
	which, id, _ := strings.Cut(rest, "/")
	h.mu.Lock()
	op := h.operations[id]
	var now operation
	if op != nil {
		now = *op
	}
	h.mu.Unlock()
	switch {
	case op == nil:
		fail(w, &azure.Error{Status: http.StatusNotFound, Code: "NotFound", Message: "There is no operation " + id + "."})
	case which == "results" && !now.done:
		retry(w)
		w.Header().Set("Location", path)
		w.WriteHeader(http.StatusAccepted)
	case which == "results" && now.failed != nil:
		fail(w, now.failed)
	case which == "results" && now.view != nil:
		answer(w, http.StatusOK, now.view)
	case which == "results":
		w.WriteHeader(http.StatusNoContent)
	case !now.done:
		retry(w)
		answer(w, http.StatusOK, map[string]any{"id": path, "name": id, "status": "InProgress"})
	case now.failed != nil:
		answer(w, http.StatusOK, map[string]any{"id": path, "name": id, "status": "Failed", "error": failure(now.failed)})
	default:
		answer(w, http.StatusOK, map[string]any{"id": path, "name": id, "status": "Succeeded"})
	}
	return true
}

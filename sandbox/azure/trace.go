package azure

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// operation is a line of the trace: one request and how it ended.
type operation struct {
	Op         string         `json:"op"` // create, update, delete, read
	Type       string         `json:"type"`
	APIVersion string         `json:"apiVersion"`
	Name       string         `json:"name"`
	ID         string         `json:"id"`
	Action     string         `json:"action,omitempty"` // of a POST
	Start      float64        `json:"start"`            // milliseconds since the trace began
	End        float64        `json:"end"`
	Status     int            `json:"status"`
	Code       string         `json:"code,omitempty"` // Azure's error code, of a request it refused
	Body       map[string]any `json:"body,omitempty"`
}

// tracer writes operations as they end, a line each.
type tracer struct {
	mu    sync.Mutex
	out   io.Writer
	began time.Time
	err   error
}

func (t *tracer) write(op operation) {
	if t == nil || t.out == nil {
		return
	}
	line, err := json.Marshal(op)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && t.err == nil {
		_, err = t.out.Write(append(line, '\n'))
	}
	if t.err == nil {
		t.err = err
	}
}

func (t *tracer) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// since is the time on the trace's clock, in milliseconds.
func (t *tracer) since(now time.Time) float64 {
	return float64(now.Sub(t.began).Microseconds()) / 1000
}

const masked = "***"

// mask copies a body without its secrets. An SSH key is a public one, and the
// configuration of an add-on holds resource IDs: both stay readable.
func mask(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for name, x := range v {
			if _, isText := x.(string); isText && secretName(name) {
				out[name] = masked
				continue
			}
			out[name] = mask(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = mask(x)
		}
		return out
	}
	return v
}

func secretName(name string) bool {
	switch name {
	case "secret", "password", "adminPassword", "serverAppSecret", "clientSecret":
		return true
	}
	return false
}

package azure

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
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

// CreateTrace makes a file for a trace, for this user alone, and follows no
// symbolic link: what it leads to might be somebody's.
func CreateTrace(path string) (*os.File, error) {
	at, err := os.Lstat(path)
	if err == nil && at.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("--trace: %s is a symbolic link: give the file itself", path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	if at, err = f.Stat(); err == nil && at.Mode().IsRegular() {
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--trace: %w", err), f.Close())
	}
	return f, nil
}

// hashed stands for a secret in the world: whoever compares can tell two apart,
// and nobody can read one.
func hashed(secret string) any {
	const prefix = "sha256:"
	if secret == "" || strings.HasPrefix(secret, prefix) {
		return secret
	}
	return fmt.Sprintf("%s%x", prefix, sha256.Sum256([]byte(secret)))
}

// masked stands for a secret in the trace.
func masked(string) any { return "***" }

// mask copies a body with something in the place of its secrets, or without
// them if there is nothing to put there. An SSH key is a public one, and the
// configuration of an add-on holds resource IDs: both stay readable. One more
// name may be that of a secret.
func mask(v any, more string, instead func(string) any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for name, x := range v {
			secret, isText := x.(string)
			switch {
			case !isText || !secretName(name) && (more == "" || name != more):
				out[name] = mask(x, more, instead)
			case instead != nil:
				out[name] = instead(secret)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = mask(x, more, instead)
		}
		return out
	}
	return v
}

func secretName(name string) bool {
	switch name {
	case "secret", "password", "adminPassword", "serverAppSecret", "clientSecret", "radiusServerSecret", "sharedKey", "authorizationKey":
		return true
	}
	return false
}

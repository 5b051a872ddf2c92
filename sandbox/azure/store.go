package azure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The file of a world:
//
//	{"version": 1, "subscription": "…", "tenant": "…", "resources": [
//	{"id": "…", "type": "…", "apiVersion": "…", "body": {…}},
//	…
//	]}
//
// one resource a line, ordered by ID. A version this code does not know is an
// error.
const fileVersion = 1

type worldFile struct {
	Version      int         `json:"version"`
	Subscription string      `json:"subscription"`
	Tenant       string      `json:"tenant"`
	Resources    []*resource `json:"resources"`
}

// ErrNotAWorld is of a file that cannot be read as a world.
var ErrNotAWorld = errors.New("not a world of the sandbox")

func (w *World) load() error {
	if w.path == "" {
		return nil
	}
	raw, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the sandbox's world: %w", err)
	}
	var file worldFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("%s is %w: %w", w.path, ErrNotAWorld, err)
	}
	if file.Version != fileVersion {
		return fmt.Errorf("%s is %w that can be read here: its version is %d, not %d", w.path, ErrNotAWorld, file.Version, fileVersion)
	}
	if file.Subscription != "" {
		w.state.subscription = file.Subscription
	}
	if file.Tenant != "" {
		w.state.tenant = file.Tenant
	}
	for i, r := range file.Resources {
		if r == nil {
			return fmt.Errorf("%s is %w: resource %d is null", w.path, ErrNotAWorld, i)
		}
		id, refused := parseID(r.ID)
		if refused != nil {
			return fmt.Errorf("%s: resource %d: %s", w.path, i, refused.Message)
		}
		k, refused := w.kindOf(id.Type)
		if refused != nil {
			return fmt.Errorf("%s: resource %d: the sandbox does not know the type %s: run it with --unknown accept, as it was made", w.path, i, id.Type)
		}
		if r.Body == nil {
			r.Body = object{}
		}
		w.state.saw(r)
		if r.Loose {
			w.state.set(r)
			continue
		}
		if wrong := k.checkExisting(fmt.Sprintf("resources[%d].body.", i), r.APIVersion, r.Body); len(wrong) > 0 {
			return fmt.Errorf("%s is %w that can be read here: %s", w.path, ErrNotAWorld, strings.Join(wrong, "; "))
		}
		w.state.set(r)
	}
	return nil
}

// save writes the world next to its file and renames it into place, so that
// who reads it finds the old world or the new one.
func (w *World) save(s *state) error {
	if w.path == "" {
		return nil
	}
	raw, err := s.encode()
	if err != nil {
		return fmt.Errorf("encoding the sandbox's world: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return fmt.Errorf("saving the sandbox's world: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(w.path), filepath.Base(w.path)+".*")
	if err != nil {
		return fmt.Errorf("saving the sandbox's world: %w", err)
	}
	_, err = temp.Write(raw)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), w.path)
	}
	if err != nil {
		return fmt.Errorf("saving the sandbox's world: %w", errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}

// encode writes the world; a resource that did not change since the last time
// is not encoded again.
func (s *state) encode() ([]byte, error) {
	var b bytes.Buffer
	head, err := json.Marshal(worldFile{Version: fileVersion, Subscription: s.subscription, Tenant: s.tenant, Resources: []*resource{}})
	if err != nil {
		return nil, err
	}
	b.Write(bytes.TrimSuffix(head, []byte("]}")))
	for i, k := range s.ordered().keys {
		r := s.res[k]
		if r.line == nil {
			if r.line, err = json.Marshal(r); err != nil {
				return nil, err
			}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(r.line)
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}

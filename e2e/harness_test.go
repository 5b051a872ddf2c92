package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/sandbox/model/armgo"
	"github.com/aks-egress/aks-egress/stack"
)

// root is the project's folder.
const root = ".."

// traces keeps the trace of every run in a folder, to be looked at or held
// against other checkers.
var traces = flag.String("traces", "", "folder to keep the traces in")

// testStack is one stack with its own state, world and settings.
type testStack struct {
	t    *testing.T
	name string
	o    sandbox.Options
	doc  map[string]any // the settings file
	runs int
}

// newStack starts from a stack file of the project.
func newStack(t *testing.T, name string) *testStack {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "Pulumi."+name+".yaml"))
	require.NoError(t, err)
	return stackOf(t, name, string(b))
}

// stackOf starts from settings written out in a test.
func stackOf(t *testing.T, name, settings string) *testStack {
	t.Helper()
	s := &testStack{t: t, name: name, doc: map[string]any{}}
	require.NoError(t, yaml.Unmarshal([]byte(settings), &s.doc))
	s.o = sandbox.Options{Dir: root, State: t.TempDir(), Stack: name, Program: stack.Deploy, Diff: true}
	return s
}

// set changes a setting: a key such as "firewall.publicIps", below
// "aks-egress:". A nil value removes it.
func (s *testStack) set(key string, value any) *testStack {
	s.t.Helper()
	parts := strings.Split(key, ".")
	config, ok := s.doc["config"].(map[string]any)
	require.True(s.t, ok)
	at := config
	parts[0] = "aks-egress:" + parts[0]
	for _, p := range parts[:len(parts)-1] {
		next, ok := at[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[p] = next
		}
		at = next
	}
	if value == nil {
		delete(at, parts[len(parts)-1])
	} else {
		at[parts[len(parts)-1]] = value
	}
	return s
}

// result is what one operation did.
type result struct {
	t       *testing.T
	changes sandbox.Changes
	ops     []op
	said    string // everything that was printed
	err     error
}

// op is a line of the trace.
type op struct {
	Op, Type, Name, ID, APIVersion string
	Start, End                     float64
	Status                         int
	Code                           string
	Body                           map[string]any
}

// try runs an operation and returns what came of it, failed or not.
func (s *testStack) try(what sandbox.Operation) result {
	s.t.Helper()
	s.runs++
	b, err := yaml.Marshal(s.doc)
	require.NoError(s.t, err)
	file := filepath.Join(s.o.State, "settings.yaml")
	require.NoError(s.t, os.WriteFile(file, b, 0o600))
	o := s.o
	o.File = file
	o.Trace = filepath.Join(s.o.State, fmt.Sprintf("trace-%d.ndjson", s.runs))
	var said bytes.Buffer
	o.Out, o.Err = &said, &said
	changes, err := sandbox.Run(context.Background(), what, o)
	if *traces != "" {
		b, readErr := os.ReadFile(o.Trace)
		require.NoError(s.t, readErr)
		name := strings.NewReplacer("/", "-", " ", "-").Replace(s.t.Name())
		require.NoError(s.t, os.WriteFile(filepath.Join(*traces, fmt.Sprintf("%s-%d.ndjson", name, s.runs)), b, 0o600))
	}
	return result{t: s.t, changes: changes, ops: readTrace(s.t, o.Trace), said: said.String(), err: err}
}

// do runs an operation that must work.
func (s *testStack) do(what sandbox.Operation) result {
	s.t.Helper()
	r := s.try(what)
	require.NoError(s.t, r.err, r.said)
	// A second opinion on what was sent: Microsoft's own Go models.
	for _, o := range r.writes() {
		if faults, _ := armgo.Roundtrip(o.Type, o.APIVersion, o.Body); o.Body != nil {
			require.Empty(s.t, faults, "%s %s", o.Type, o.Name)
		}
	}
	return r
}

// world is the IDs of what the sandbox holds for the stack.
func (s *testStack) world() []string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.o.State, "world.json"))
	require.NoError(s.t, err)
	var w struct {
		Resources []struct {
			ID string `json:"id"`
		} `json:"resources"`
	}
	require.NoError(s.t, json.Unmarshal(b, &w), string(b))
	var out []string
	for _, r := range w.Resources {
		out = append(out, r.ID)
	}
	return out
}

func readTrace(t *testing.T, path string) []op {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var out []op
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var o op
		require.NoError(t, json.Unmarshal(lines.Bytes(), &o), lines.Text())
		out = append(out, o)
	}
	require.NoError(t, lines.Err())
	return out
}

// writes are the operations that changed something.
func (r result) writes() []op {
	var out []op
	for _, o := range r.ops {
		if o.Op != "read" {
			out = append(out, o)
		}
	}
	return out
}

// of picks the writes of one type, by the end of its name.
func (r result) of(kind string) []op {
	var out []op
	for _, o := range r.writes() {
		if strings.HasSuffix(strings.ToLower(o.Type), strings.ToLower("/"+kind)) {
			out = append(out, o)
		}
	}
	return out
}

// one is the only write of a type.
func (r result) one(kind string) op {
	r.t.Helper()
	all := r.of(kind)
	require.Len(r.t, all, 1, kind)
	return all[0]
}

// named is the write of a name.
func (r result) named(kind, name string) op {
	r.t.Helper()
	for _, o := range r.of(kind) {
		if o.Name == name {
			return o
		}
	}
	r.t.Fatalf("no write of the %s %s", kind, name)
	return op{}
}

// at reads a body by a path such as properties.ipConfigurations.0.name.
func (o op) at(path string) any {
	var v any = o.Body
	for _, p := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			var i int
			if _, err := fmt.Sscanf(p, "%d", &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// edit changes a resource in the world behind everybody's back: the one whose
// line, one resource each, names the end of its ID.
func (s *testStack) edit(idEnd string, change func(line string) string) {
	s.t.Helper()
	path := filepath.Join(s.o.State, "world.json")
	b, err := os.ReadFile(path)
	require.NoError(s.t, err)
	lines := strings.Split(string(b), "\n")
	edited := 0
	for i, line := range lines {
		if strings.HasPrefix(line, `{"id":"`) && strings.Contains(line, idEnd+`","type"`) {
			if changed := change(line); changed != line {
				lines[i] = changed
				edited++
			}
		}
	}
	require.Equal(s.t, 1, edited, "one resource is edited")
	require.NoError(s.t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
}

package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/azure"
	"github.com/aks-egress/aks-egress/sandbox/provider"
)

// errTaken says that somebody else has a lock.
var errTaken = errors.New("taken")

// Check says what is wrong with the options, before anything runs.
func (o *Options) Check() error {
	return errors.Join(checkStack(o.Stack), o.WorldOptions.Check())
}

// checkStack holds a stack's name against Pulumi's rule; it becomes a folder,
// too.
func checkStack(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`).MatchString(name) || strings.Trim(name, ".") == "" {
		return fmt.Errorf("--stack: %q is not a stack name: use up to 100 letters, digits, hyphens, underscores and periods", name)
	}
	return nil
}

func (o *Options) backend() string { return filepath.Join(o.state(), "backend") }

// private makes a folder for this user alone.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// own takes the stack's folder until it is released, and puts right what a run
// that was killed has left there.
func (o *Options) own() (release func() error, err error) {
	for _, dir := range []string{o.state(), filepath.Join(o.state(), "work"), o.backend(), filepath.Join(o.state(), "home")} {
		if err := private(dir); err != nil {
			return nil, err
		}
	}
	if release, err = lock(filepath.Join(o.state(), "lock"), false); errors.Is(err, errTaken) {
		return nil, fmt.Errorf("another run of this stack has not ended yet (%s): wait for it", o.state())
	}
	if err != nil {
		return nil, err
	}
	if err := o.clear(); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

// clear removes the lock and the half-written files of a run that was killed.
// Nobody else has the folder, so whatever lies there is of such.
func (o *Options) clear() error {
	return filepath.WalkDir(o.state(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		locks := filepath.Join(o.backend(), ".pulumi", "locks") + string(filepath.Separator)
		switch {
		case strings.HasPrefix(path, locks):
			fmt.Fprintln(o.Err, "The last run was ended before it was done: its lock is removed.")
			return os.Remove(path)
		case strings.HasPrefix(path, filepath.Join(o.state(), "world.json.")):
			return os.Remove(path)
		}
		return nil
	})
}

// checkpoint is what is read of Pulumi's state; all else in it is kept as it
// is.
type checkpoint struct {
	Resources []stated `json:"resources"`
	Pending   []struct {
		Resource stated `json:"resource"`
		Type     string `json:"type"`
	} `json:"pending_operations"`
}

type stated struct {
	URN      string         `json:"urn"`
	Type     string         `json:"type"`
	ID       string         `json:"id"`
	Custom   bool           `json:"custom"`
	Provider string         `json:"provider"`
	Inputs   map[string]any `json:"inputs"`
}

func (r stated) azure() bool { return r.Custom && strings.HasPrefix(r.Type, "azure-native:") }

// kept reads the stack's state: the path of its file, and nil if it has none.
func (o *Options) kept() (path string, raw map[string]any, c checkpoint, err error) {
	found, err := filepath.Glob(filepath.Join(o.backend(), ".pulumi", "stacks", "*", o.Stack+".json"))
	if err != nil || len(found) == 0 {
		return "", nil, c, err
	}
	path = found[0]
	b, err := os.ReadFile(path)
	if err != nil {
		return path, nil, c, err
	}
	var file struct {
		Checkpoint struct {
			Latest *checkpoint `json:"latest"`
		} `json:"checkpoint"`
	}
	whole := json.NewDecoder(bytes.NewReader(b))
	whole.UseNumber() // what is not read stays as it is
	if err := errors.Join(whole.Decode(&raw), json.Unmarshal(b, &file)); err != nil {
		return path, nil, c, fmt.Errorf("%s was written halfway: %s", path, o.startOver())
	}
	if file.Checkpoint.Latest != nil {
		c = *file.Checkpoint.Latest
	}
	return path, raw, c, nil
}

// startOver is what helps when state and world do not fit.
func (o *Options) startOver() string {
	said := "aks-egress sandbox reset --stack " + o.Stack
	if o.State != "" {
		said += " --state " + o.State
	}
	return said + " starts over with both"
}

// fits refuses a state whose world is gone: to the engine all would be as it
// was.
func (o *Options) fits(c checkpoint) error {
	n := 0
	for _, r := range c.Resources {
		if r.azure() {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	_, err := os.Stat(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is gone, and the state has %d resources of it: %s", o.Path, n, o.startOver())
	}
	return err
}

// settle makes an end of what a killed run was about to do: what it was
// creating, and the state has no ID of, leaves the world.
func (o *Options) settle(world *azure.World) error {
	path, raw, c, err := o.kept()
	if err != nil || len(c.Pending) == 0 {
		return err
	}
	subscriptions := map[string]string{}
	for _, r := range c.Resources {
		if s, ok := r.Inputs["subscriptionId"].(string); ok && strings.HasPrefix(r.Type, "pulumi:providers:") {
			subscriptions[r.URN+"::"+r.ID] = s
		}
	}
	var ids []string
	for _, p := range c.Pending {
		if p.Type != "creating" || !p.Resource.azure() {
			continue
		}
		subscription := subscriptions[p.Resource.Provider]
		if subscription == "" {
			subscription = azure.DefaultSubscription
		}
		id, err := provider.ID(p.Resource.Type, subscription, p.Resource.Inputs)
		if err != nil {
			return fmt.Errorf("%s was being created when the last run ended: %w: %s", p.Resource.URN, err, o.startOver())
		}
		ids = append(ids, id)
	}
	gone, err := world.Forget(ids)
	if err != nil {
		return err
	}
	inner, _ := raw["checkpoint"].(map[string]any)
	latest, _ := inner["latest"].(map[string]any)
	delete(latest, "pending_operations")
	b, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Err, "The last run ended in the middle of %d operations: they are taken back, with %d resources that it had just made.\n", len(c.Pending), len(gone))
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Reset removes a stack's folder, its state and its world, and says whether
// there was one.
func Reset(o Options) (bool, error) {
	if err := checkStack(o.Stack); err != nil {
		return false, err
	}
	at, err := os.Lstat(o.state())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(o.backend()); err != nil || !at.IsDir() {
		return false, fmt.Errorf("%s is not the folder of a sandbox: it has no backend in it", o.state())
	}
	release, err := lock(filepath.Join(o.state(), "lock"), false)
	if errors.Is(err, errTaken) {
		return false, fmt.Errorf("a run of this stack has not ended yet (%s): wait for it", o.state())
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = release() }()
	entries, err := os.ReadDir(o.state())
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		switch name, _, _ := strings.Cut(e.Name(), "."); name {
		case "backend", "work", "home", "world", "lock":
			if err := os.RemoveAll(filepath.Join(o.state(), e.Name())); err != nil {
				return false, err
			}
		}
	}
	_ = os.Remove(o.state()) // what is not ours stays, and the folder with it
	return true, nil
}

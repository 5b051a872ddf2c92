package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"gopkg.in/yaml.v3"
)

// copyStackFile writes a copy of a stack file that needs no key: encryption
// settings are left out, save the salt of an earlier copy, which the state was
// encrypted with, and secure values are taken out. It returns the paths of
// those, for placeholders to be set in their place.
func copyStackFile(from, to string) (secrets []string, err error) {
	b, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if doc == nil {
		doc = map[string]any{}
	}
	for _, key := range []string{"encryptionsalt", "encryptedkey", "secretsprovider"} {
		delete(doc, key)
	}
	salt, err := oldSalt(to)
	if err != nil {
		return nil, err
	}
	if salt != "" {
		doc["encryptionsalt"] = salt
	}
	if config, ok := doc["config"].(map[string]any); ok {
		for key := range config {
			paths, all := takeSecrets(key, config[key])
			secrets = append(secrets, paths...)
			if all {
				delete(config, key)
			}
		}
	}
	slices.Sort(secrets)
	out, err := yaml.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return secrets, os.WriteFile(to, out, 0o600)
}

// oldSalt is the encryption salt of an earlier copy, or empty.
func oldSalt(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var old struct {
		Salt string `yaml:"encryptionsalt"`
	}
	if err := yaml.Unmarshal(b, &old); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return old.Salt, nil
}

// takeSecrets removes {secure: …} below a value and returns their paths as the
// CLI writes them; all says that the value itself was one.
func takeSecrets(path string, value any) (paths []string, all bool) {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v["secure"]; ok && len(v) == 1 {
			return []string{path}, true
		}
		for k, child := range v {
			p, whole := takeSecrets(path+"."+k, child)
			if whole {
				delete(v, k)
			}
			paths = append(paths, p...)
		}
	case []any:
		for i, child := range v {
			p, whole := takeSecrets(fmt.Sprintf("%s[%d]", path, i), child)
			if whole {
				v[i] = ""
			}
			paths = append(paths, p...)
		}
	}
	return paths, false
}

// copyProject writes a project file that the inline program can run under: the
// project's name and nothing that would build or configure it.
func copyProject(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var project struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(b, &project); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	out, err := yaml.Marshal(map[string]string{"name": project.Name, "runtime": "go"})
	if err != nil {
		return err
	}
	return os.WriteFile(to, out, 0o600)
}

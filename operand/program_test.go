package operand_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The settings of a stack say what is built only if the program is
// stack.Deploy: of any other an answer would be about a cluster that nobody
// has.
func TestStacksOfOtherPrograms(t *testing.T) {
	const goProject = "name: x\nruntime: go\n"
	const own = "package main\n\nimport \"example.com/team/platform\"\n\nfunc main() { platform.Deploy() }\n"
	const refusal = "dev: the program of this project is not stack.Deploy"
	for _, c := range []struct {
		name    string
		refusal string // a part of the error; empty: the stack is answered for
		files   map[string]string
	}{
		{"stack.Deploy", "", map[string]string{"Pulumi.yaml": goProject, "main.go": ours}},
		{"under another name", "", map[string]string{"Pulumi.yaml": goProject, "main.go": strings.NewReplacer(`"github.com/aks-egress/aks-egress/stack"`, `lockdown "github.com/aks-egress/aks-egress/stack"`, "stack.Deploy", "lockdown.Deploy").Replace(ours)}},
		{"called", "", map[string]string{"Pulumi.yaml": goProject, "main.go": strings.Replace(ours, "pulumi.Run(stack.Deploy)", "pulumi.Run(func(c *pulumi.Context) error { return stack.Deploy(c) })", 1)}},
		{"dot import", "", map[string]string{"Pulumi.yaml": goProject, "main.go": strings.NewReplacer(`"github.com/aks-egress/aks-egress/stack"`, `. "github.com/aks-egress/aks-egress/stack"`, "stack.Deploy", "Deploy").Replace(ours)}},
		{"in another file", "", map[string]string{"Pulumi.yaml": goProject, "main.go": own, "deploy.go": ours}},
		{"in the folder main", "", map[string]string{"Pulumi.yaml": "name: x\nruntime: {name: go}\nmain: infra/\n", "infra/main.go": ours}},
		{"no program at all", "", map[string]string{"Pulumi.yaml": goProject}},
		{"a team's own", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": own}},
		{"imported, but not used", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": strings.Replace(ours, "pulumi.Run(stack.Deploy)", "_ = stack.Other", 1)}},
		{"another package's Deploy", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": strings.Replace(ours, "aks-egress/aks-egress/stack", "team/fork/stack", 1)}},
		{"named in a text", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": "package main\n\nimport \"example.com/team/stack\"\n\nconst like = \"github.com/aks-egress/aks-egress/stack\"\n\nfunc main() { stack.Deploy() }\n"}},
		{"another's field", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": strings.Replace(ours, "stack.Deploy", "other.stack.Deploy", 1)}},
		{"another's Deploy beside a dot import", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": strings.NewReplacer(`"github.com/aks-egress/aks-egress/stack"`, `. "github.com/aks-egress/aks-egress/stack"`, "stack.Deploy", "platform.Deploy").Replace(ours)}},
		{"between back quotes", "", map[string]string{"Pulumi.yaml": goProject, "main.go": strings.Replace(ours, `"github.com/aks-egress/aks-egress/stack"`, "`github.com/aks-egress/aks-egress/stack`", 1)}},
		{"in a comment", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": own + "// stack.Deploy of github.com/aks-egress/aks-egress/stack\n"}},
		{"in a test alone", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": own, "main_test.go": ours}},
		{"in a file that is not built", refusal, map[string]string{"Pulumi.yaml": goProject, "main.go": own, "old.go": "//go:build ignore\n\n" + ours}},
		{"in another folder", refusal, map[string]string{"Pulumi.yaml": "name: x\nruntime: go\nmain: infra\n", "infra/main.go": own, "main.go": ours}},
		{"a binary", refusal, map[string]string{"Pulumi.yaml": "name: x\nruntime:\n  name: go\n  options: {binary: bin/infra}\n"}},
		{"another language", `dev: the program of this project is not stack.Deploy but one for the runtime "nodejs", so its settings`, map[string]string{"Pulumi.yaml": "name: x\nruntime: nodejs\n", "index.ts": ""}},
		{"YAML", `one for the runtime "yaml"`, map[string]string{"Pulumi.yaml": "name: x\nruntime: {name: yaml}\nresources: {}\n"}},
		{"no program and no settings", "dev: the project has no program, and the stack no settings of aks-egress", map[string]string{"Pulumi.yaml": goProject, "Pulumi.dev.yaml": "config:\n  azure-native:location: eastus\n"}},
		{"no folder", "dev: the program of this project cannot be read", map[string]string{"Pulumi.yaml": "name: x\nruntime: go\nmain: nowhere\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"Pulumi.dev.yaml": settingsText}
			maps.Copy(files, c.files)
			dir := folder(t, files)
			x, err := load(dir, "", "dev")
			if c.refusal == "" {
				require.NoError(t, err)
				assert.Contains(t, rules(x), "workload.payments")
				return
			}
			require.Error(t, err)
			assert.ErrorContains(t, err, c.refusal)
			if !strings.Contains(c.refusal, "cannot be read") {
				assert.ErrorContains(t, err, "give a sandbox world (`aks-egress sandbox exec --world world.json -- …`, then --world world.json) or a policy file")
			}
			// The file itself is settings, whoever uses them.
			_, err = load(dir, "", "Pulumi.dev.yaml")
			assert.NoError(t, err)
		})
	}
}

func TestProjectThatIsNone(t *testing.T) {
	_, err := load(folder(t, map[string]string{"Pulumi.yaml": "name: [\n", "Pulumi.dev.yaml": settingsText}), "", "dev")
	assert.ErrorContains(t, err, "dev: is neither a file, nor a stack (")
	assert.ErrorContains(t, err, "Pulumi.yaml is not a Pulumi project: yaml: ")
}

// Pulumi may keep the stacks' files in a folder of their own, and may spell
// the project's file otherwise.
func TestWhereStacksAreKept(t *testing.T) {
	dir := folder(t, map[string]string{
		"Pulumi.yml":              "name: x\nruntime: go\nstackConfigDir: stacks\n",
		"main.go":                 ours,
		"stacks/Pulumi.dev.yml":   settingsText,
		"stacks/Pulumi.other.yml": settingsText,
		"Pulumi.here.yml":         settingsText,
	})
	x, err := load(filepath.Join(dir, "stacks"), "", "dev")
	require.NoError(t, err)
	assert.Contains(t, rules(x), "workload.payments")
	_, err = load(dir, "", "here")
	assert.ErrorContains(t, err, "nor a stack of the project (there are dev, other)")
}

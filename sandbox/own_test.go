package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

func TestStackNames(t *testing.T) {
	for name, good := range map[string]bool{
		"dev": true, "dev-2_x.y": true, strings.Repeat("a", 100): true,
		"": false, ".": false, "..": false, "../x": false, "a/b": false, `a\b`: false, "a b": false, "é": false, strings.Repeat("a", 101): false,
	} {
		assert.Equal(t, good, (&Options{Stack: name}).Check() == nil, name)
	}
}

// kept is a stack's folder with a state in it.
func kept(t *testing.T, state string) (*Options, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	o := &Options{Dir: "..", State: filepath.Join(t.TempDir(), "state"), Stack: "dev", Err: &said}
	o.Path = filepath.Join(o.State, "world.json")
	for path, text := range map[string]string{
		"backend/.pulumi/stacks/aks-egress/dev.json":               state,
		"backend/.pulumi/locks/organization/aks-egress/dev/x.json": "{}",
		"world.json.123": "half",
	} {
		path = filepath.Join(o.State, filepath.FromSlash(path))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return o, &said
}

const oneVNet = `{"version":3,"checkpoint":{"latest":{"resources":[
	{"urn":"urn:s","type":"pulumi:pulumi:Stack"},
	{"urn":"urn:v","custom":true,"type":"azure-native:network/v20240501:VirtualNetwork","id":"/v"}]}}}`

// A run has the folder to itself, and clears what a killed one left there.
func TestTheFolderIsOwned(t *testing.T) {
	o, said := kept(t, oneVNet)
	release, err := o.own()
	require.NoError(t, err)
	assert.Equal(t, "The last run was ended before it was done: its lock is removed.\n", said.String())
	require.NoError(t, filepath.WalkDir(o.State, func(path string, d fs.DirEntry, err error) error {
		assert.NotContains(t, path, "x.json")
		assert.NotContains(t, path, "world.json.")
		return err
	}))
	for _, dir := range []string{"", "backend", "work", "home"} {
		at, err := os.Stat(filepath.Join(o.State, dir))
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o700), at.Mode().Perm(), dir)
	}

	_, err = o.own()
	require.ErrorContains(t, err, "another run of this stack has not ended yet")
	_, err = Reset(*o)
	require.ErrorContains(t, err, "has not ended yet")
	require.NoError(t, release())
	release, err = o.own()
	require.NoError(t, err)
	require.NoError(t, release())
}

// An engine that outlives its killed run is waited for.
func TestAnOrphanIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := lock(path, false)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("999999999"), 0o600)) // no process has this number
	taken := make(chan error)
	go func() {
		again, err := lock(path, false)
		if err == nil {
			err = again()
		}
		taken <- err
	}()
	require.NoError(t, release())
	require.NoError(t, <-taken)
}

// A state that does not fit its world is refused, and what helps is said.
func TestStateAndWorld(t *testing.T) {
	for says, row := range map[string]struct{ state, world string }{
		"dev.json was written halfway: aks-egress sandbox reset --stack dev": {`{"version":3,"checkpoint":{"la`, "{}"},
		"world.json is gone, and the state has 1 resources":                  {oneVNet, ""},
		"": {oneVNet, "{}"},
	} {
		o, _ := kept(t, row.state)
		if row.world != "" {
			require.NoError(t, os.WriteFile(o.Path, []byte(row.world), 0o600))
		}
		_, _, c, err := o.kept()
		if err == nil {
			err = o.fits(c)
		}
		if says == "" {
			assert.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says)
		assert.ErrorContains(t, err, "reset --stack dev --state "+o.State)
	}
	o, _ := kept(t, `{"version":3,"checkpoint":{"stack":"dev"}}`)
	_, _, c, err := o.kept()
	require.NoError(t, err)
	assert.NoError(t, o.fits(c), "nothing is kept of an empty state")

	o, _ = kept(t, oneVNet)
	require.NoError(t, os.WriteFile(o.Path, []byte("{"), 0o600))
	_, err = azure.Open(o.Path, azure.Options{})
	assert.ErrorIs(t, err, azure.ErrNotAWorld)
}

// What a killed run was creating, and the state knows no ID of, leaves the
// world, so that the next one can create it.
func TestWhatIsPendingIsTakenBack(t *testing.T) {
	const sub = "33333333-2222-4333-8444-555555555555"
	o, said := kept(t, `{"version":3,"checkpoint":{"stack":"dev","latest":{"manifest":{"magic":12345678901234567890},"resources":[
		{"urn":"urn:p","custom":true,"type":"pulumi:providers:azure-native","id":"one","inputs":{"subscriptionId":"`+sub+`"}},
		{"urn":"urn:g","custom":true,"type":"azure-native:resources/v20240301:ResourceGroup","id":"/subscriptions/`+sub+`/resourceGroups/g","provider":"urn:p::one"}],
	"pending_operations":[
		{"type":"creating","resource":{"urn":"urn:t","custom":true,"type":"azure-native:network/v20240501:RouteTable","provider":"urn:p::one","inputs":{"resourceGroupName":"g","routeTableName":"t"}}},
		{"type":"creating","resource":{"urn":"urn:n","custom":true,"type":"azure-native:network/v20240501:IpGroup","provider":"urn:p::one","inputs":{"resourceGroupName":"g","ipGroupsName":"never"}}},
		{"type":"updating","resource":{"urn":"urn:g","custom":true,"type":"azure-native:resources/v20240301:ResourceGroup","provider":"urn:p::one","inputs":{"resourceGroupName":"g"}}}]}}}`)
	world, err := azure.Open(o.Path, azure.Options{Latency: 0.001})
	require.NoError(t, err)
	group := "/subscriptions/" + sub + "/resourceGroups/g"
	for _, one := range []struct{ id, version string }{{group, "2024-03-01"}, {group + "/providers/Microsoft.Network/routeTables/t", "2024-05-01"}} {
		_, err := world.Put(context.Background(), one.id, one.version, map[string]any{"location": "eastus"})
		require.NoError(t, err)
	}
	require.NoError(t, o.settle(world))
	assert.Equal(t, "The last run ended in the middle of 3 operations: they are taken back, with 1 resources that it had just made.\n", said.String())
	require.Len(t, world.List(), 1)
	assert.Equal(t, group, world.List()[0]["id"])

	path, _, c, err := o.kept()
	require.NoError(t, err)
	assert.Empty(t, c.Pending)
	assert.Len(t, c.Resources, 2)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, json.Valid(b))
	assert.Contains(t, string(b), "12345678901234567890", "the rest stays as it is")
	said.Reset()
	require.NoError(t, o.settle(world))
	assert.Empty(t, said.String())
}

func TestReset(t *testing.T) {
	o, _ := kept(t, oneVNet)
	gone, err := Reset(*o)
	require.NoError(t, err)
	assert.True(t, gone)
	assert.NoDirExists(t, o.State)
	gone, err = Reset(*o)
	require.NoError(t, err)
	assert.False(t, gone)

	other := Options{Stack: "dev", State: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(other.State, "world.json"), nil, 0o600))
	_, err = Reset(other)
	require.ErrorContains(t, err, "is not the folder of a sandbox")
	assert.FileExists(t, filepath.Join(other.State, "world.json"))

	o, _ = kept(t, oneVNet)
	theirs := filepath.Join(o.State, "notes.txt")
	require.NoError(t, os.WriteFile(theirs, nil, 0o600))
	_, err = Reset(*o)
	require.NoError(t, err)
	assert.FileExists(t, theirs, "what is not the sandbox's stays")
}

// A command that compares a state with an empty world needs a yes.
func TestHarmless(t *testing.T) {
	for command, good := range map[string]bool{
		"pulumi preview": true, "pulumi up --yes": true, "make refreshments": true,
		"pulumi refresh --yes": false, "pulumi -C x destroy": false, "sh -c pulumi;pulumi destroy": false, "pulumi up --refresh": false, "(pulumi refresh)": false,
		"pulumi up -r": false, "pulumi preview -yr": false, "pulumi up -s prod": true, "pulumi up -m -rework": true, "env PULUMI_OPTION_REFRESH=true pulumi up": false,
	} {
		assert.Equal(t, good, harmless(strings.Fields(command), 0) == nil, command)
		assert.NoError(t, harmless(strings.Fields(command), 1), command)
	}
	module, err := filepath.Abs("..")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	assert.Empty(t, always())
	require.NoError(t, os.WriteFile("Pulumi.yaml", []byte("name: x\nruntime: go\noptions: {refresh: always}\n"), 0o600))
	assert.Equal(t, []string{"options.refresh=always"}, always())
	require.Error(t, harmless(always(), 0))
	t.Setenv("PULUMI_OPTION_REFRESH", "true")
	require.NoError(t, os.Remove("Pulumi.yaml"))
	assert.Equal(t, []string{"PULUMI_OPTION_REFRESH=true"}, always())
	require.Error(t, harmless(always(), 0))
	t.Setenv("PULUMI_OPTION_REFRESH", "")

	var out bytes.Buffer
	o := ExecOptions{Dir: module, Out: &out, Err: &out}
	_, err = Exec(context.Background(), o, []string{"sh", "-c", "echo ran; : pulumi destroy"})
	require.ErrorContains(t, err, "say --yes before the --")
	assert.NotContains(t, out.String(), "ran")
	o.Yes = true
	_, err = Exec(context.Background(), o, []string{"sh", "-c", "echo ran; : pulumi destroy"})
	require.NoError(t, err)
	assert.Contains(t, out.String(), "ran")
}

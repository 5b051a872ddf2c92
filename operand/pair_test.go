package operand_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
)

func loadPair(dir, older, newer string, f operand.Flags) (a, b operand.Loaded, err error) {
	l := operand.Loader{Dir: dir, Flags: f}
	return l.LoadPair(operand.Operand{Arg: older, Role: "OLD"}, operand.Operand{Arg: newer, Role: "NEW"})
}

// Nothing is an answer only where it is known to be meant: a name that is
// nowhere must not read like a firewall that lets nothing through.
func TestWhatIsNothing(t *testing.T) {
	dir := repository(t, map[string]string{
		"p/Pulumi.yaml":     "name: x\nruntime: go\n",
		"p/main.go":         ours,
		"p/Pulumi.dev.yaml": settingsText,
		"p/gone.json":       groups("gone"),
	})
	write(t, dir, map[string]string{"p/Pulumi.new.yaml": moreSettings, "p/new.json": groups("new"), "root.json": groups("root")})
	commit(t, dir, "v2")
	git(t, dir, "rm", "-q", "p/gone.json")
	commit(t, dir, "v3")
	write(t, dir, map[string]string{"p/Pulumi.draft.yaml": moreSettings})
	for _, c := range []struct {
		oldNothing, newNothing bool
		refusal                string // a part of the error
		older, newer           string
	}{
		{false, false, "", "dev", "new"},
		{true, false, "", "none", "dev"},
		{false, true, "", "dev", "none"},
		// The revision lacks what the working tree has.
		{true, false, "", "v1:Pulumi.new.yaml", "new"},
		{true, false, "", "v1:p/Pulumi.new.yaml", "new"},
		{true, false, "", "v1:./Pulumi.new.yaml", "new"},
		{true, false, "", "v1:new", "new"},
		{true, false, "", "v1:root.json", "dev"},
		{true, false, "", "v1:../root.json", "dev"},
		{true, false, "", "v2:draft", "draft"},
		{false, true, "", "dev", "v1:new"},
		// It lacks what the other operand's revision has.
		{true, false, "", "v1:new.json", "v2:new.json"},
		{false, true, "", "v1:gone.json", "v3:gone.json"},
		// What is nowhere is a slip of the pen.
		{false, false, "OLD v1:Pulumi.nwe.yaml: revision v1 has no file Pulumi.nwe.yaml", "v1:Pulumi.nwe.yaml", "new"},
		{false, false, "OLD v1:nwe: revision v1 has no file nwe", "v1:nwe", "new"},
		{false, false, "NEW v2:Pulumi.nwe.yaml: revision v2 has no file", "dev", "v2:Pulumi.nwe.yaml"},
		{false, false, "OLD v1:./root.json: revision v1 has no file ./root.json", "v1:./root.json", "dev"},
		{false, false, "OLD v9:Pulumi.new.yaml: revision v9 cannot be found", "v9:Pulumi.new.yaml", "new"},
		{false, false, "OLD v1:..: .. is outside of the repository", "v1:..", "new"},
		{false, false, "OLD p: is neither a file", "p", "new"},
		// Two nothings are no comparison.
		{false, false, "both operands are nothing", "none", "none"},
		{false, false, "both operands are nothing", "v1:new.json", "v1:new"},
	} {
		what := c.older + " " + c.newer
		a, b, err := loadPair(filepath.Join(dir, "p"), c.older, c.newer, operand.Flags{})
		if c.refusal != "" {
			assert.ErrorContains(t, err, c.refusal, what)
			continue
		}
		require.NoError(t, err, what)
		assert.Equal(t, c.oldNothing, a.Nothing, what)
		assert.Equal(t, c.newNothing, b.Nothing, what)
		assert.NoError(t, a.Unreadable, what)
		for _, x := range []operand.Loaded{a, b} {
			assert.Equal(t, x.Nothing, len(x.Read) == 0, what)
			assert.Equal(t, x.Nothing, len(x.Firewall.Policy.Groups) == 0, what)
			assert.Equal(t, x.Nothing && strings.Contains(x.Name, ":"), len(x.Notes) == 1, "that a file is taken for nothing is said: %s", what)
		}
	}
}

// A faulty base is nothing, and says so; a base that is none at all, or a
// faulty head, is an error.
func TestFaultyBase(t *testing.T) {
	dir := folder(t, map[string]string{
		"good.yaml":  settingsText,
		"bad.yaml":   "config:\n  azure-native:location: eastus\n  aks-egress:nope: 1\n",
		"empty.json": `[{"name":"g"}]`,
		"cut.json":   `[{"name":`,
		"half.json":  `{"aksEgress": {}}`,
		"rules.yaml": "config:\n  azure-native:location: eastus\n  aks-egress:rows: {asOf: 1999-01-01}\n",
		"merge.yaml": "config:\n<<<<<<< HEAD\n  azure-native:location: eastus\n",
		"notes.txt":  "neither\n",
	})
	for older, want := range map[string]string{
		"bad.yaml":   "OLD bad.yaml:3: aks-egress:nope: is not a known key",
		"empty.json": "OLD empty.json: [0]: ",
		"cut.json":   "OLD cut.json: ",
		"half.json":  "OLD half.json: groups: is missing",
		"rules.yaml": "OLD rules.yaml:3: ",
	} {
		a, b, err := loadPair(dir, older, "good.yaml", operand.Flags{})
		require.NoError(t, err, older)
		assert.ErrorContains(t, a.Unreadable, want)
		assert.True(t, a.Nothing)
		assert.Empty(t, a.Firewall.Policy.Groups)
		assert.NotEmpty(t, b.Firewall.Policy.Groups)

		_, _, err = loadPair(dir, "good.yaml", older, operand.Flags{})
		assert.ErrorContains(t, err, strings.Replace(want, "OLD ", "NEW ", 1))
	}
	for _, older := range []string{"notes.txt", "nowhere.yaml", "merge.yaml"} {
		_, _, err := loadPair(dir, older, "good.yaml", operand.Flags{})
		assert.ErrorContains(t, err, "OLD "+older+": is neither")
	}
	// In a revision the path was right once, whatever stands there.
	repo := repository(t, map[string]string{"cluster.yaml": "config:\n<<<<<<< HEAD\n  azure-native:location: eastus\n", "empty.yaml": "", "good.yaml": settingsText})
	for _, older := range []string{"v1:cluster.yaml", "v1:empty.yaml"} {
		a, _, err := loadPair(repo, older, "good.yaml", operand.Flags{})
		require.NoError(t, err, older)
		assert.ErrorContains(t, a.Unreadable, "OLD "+older+": is ")
		_, _, err = loadPair(repo, "good.yaml", older, operand.Flags{})
		assert.ErrorContains(t, err, "NEW "+older+": is ")
	}
	// Both at once, each line with its operand.
	_, _, err := loadPair(dir, "bad.yaml", "half.json", operand.Flags{})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "OLD bad.yaml:3: aks-egress:nope: ")
	assert.Contains(t, err.Error(), "\nNEW half.json: groups: is missing")
}

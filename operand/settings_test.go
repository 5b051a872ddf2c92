package operand_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
)

// Settings can be tried with another text, and what completes them completes
// that, too.
func TestOtherTextOfSettings(t *testing.T) {
	dir := folder(t, map[string]string{"base.yaml": withBase, "org.json": groups("org-rule")})
	l := operand.Loader{Dir: dir, Flags: operand.Flags{Parent: "org.json"}}
	x, err := l.Load(operand.Operand{Arg: "base.yaml"})
	require.NoError(t, err)
	require.NotNil(t, x.Settings)
	assert.Equal(t, "base.yaml", x.Settings.File)
	assert.Equal(t, withBase, string(x.Settings.Text))
	more := strings.Replace(withBase, settingsText, moreSettings, 1)
	for range 2 { // as often as it takes
		y, err := l.WithSettings(x, []byte(more))
		require.NoError(t, err)
		assert.Empty(t, missing(y))
		assert.Equal(t, x.Firewall.Policy.Parent, y.Firewall.Policy.Parent)
		assert.Equal(t, more, string(y.Settings.Text))
		collections := 0
		for _, g := range y.Firewall.Policy.Groups {
			for _, c := range g.Collections {
				if c.Name == "orders" {
					collections++
				}
			}
		}
		assert.Equal(t, 1, collections)
	}
	_, err = l.WithSettings(x, []byte("config: {}"))
	assert.ErrorContains(t, err, "azure-native:location: is missing")
	groupsOnly, err := l.Load(operand.Operand{Arg: "org.json"})
	if err == nil {
		assert.Nil(t, groupsOnly.Settings)
		_, err = l.WithSettings(groupsOnly, []byte(withBase))
	}
	assert.Error(t, err)
}

// What is too long to hold is read as it comes; standard input once.
func TestStream(t *testing.T) {
	dir := folder(t, map[string]string{"log": "text"})
	l := operand.Loader{Dir: dir, In: strings.NewReader("input")}
	for _, row := range []struct {
		name, text string
		size       int64
	}{{"log", "text", 4}, {"-", "input", 0}} {
		in, size, err := l.Stream("LOG", row.name)
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		assert.Equal(t, row.text, string(text))
		assert.Equal(t, row.size, size)
		require.NoError(t, in.Close())
	}
	for name, said := range map[string]string{"-": "LOG -: standard input is LOG already", "gone": "LOG gone: open ", ".": "LOG .: is a folder: give a file"} {
		_, _, err := l.Stream("LOG", name)
		assert.ErrorContains(t, err, said)
	}
}

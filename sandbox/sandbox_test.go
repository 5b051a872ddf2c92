package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAtLeast(t *testing.T) {
	for _, row := range []struct {
		want            bool
		version, wanted string
	}{
		{true, "3.250.0", "3.250.0"},
		{true, "3.251.0", "3.250.0"},
		{true, "4.0.0", "3.250.0"},
		{true, "3.250.1-alpha.1+x", "3.250.0"},
		{false, "3.249.9", "3.250.0"},
		{false, "3.99.0", "3.250.0"},
		{false, "", "3.250.0"},
		{false, "three", "3.250.0"},
	} {
		assert.Equal(t, row.want, atLeast(row.version, row.wanted), row.version)
	}
}

// The version that is built is the one that the tools module pins.
func TestCLIVersionIsPinned(t *testing.T) {
	b, err := os.ReadFile("../tools/go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(b), "github.com/pulumi/pulumi/pkg/v3 v"+wantedCLI)
}

func TestShowProgress(t *testing.T) {
	clock := time.Unix(0, 0)
	now := func() time.Time { clock = clock.Add(3 * time.Second); return clock }
	var out bytes.Buffer
	said := showProgress(bufio.NewScanner(strings.NewReader("a/b\nc/d\ne/f\n# a/b\nx.go:1:2: wrong\ng/h\n")), 40, &out, now)
	assert.Equal(t, "  2 of up to 40 packages compiled\n  4 of up to 40 packages compiled\n", out.String())
	assert.Equal(t, []string{"# a/b", "x.go:1:2: wrong"}, said)
}

// A run works on a copy: no key is needed, secrets are placeholders, and the
// salt that the state was encrypted with is kept.
func TestCopyStackFile(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from.yaml"), filepath.Join(dir, "to.yaml")
	text := `secretsprovider: azurekeyvault://vault
encryptedkey: abc
encryptionsalt: v1:theirs
config:
  aks-egress:prefix: p
  aks-egress:servicePrincipalSecret:
    secure: v1:secret
  other:nested: {list: [{secure: v1:a}, b], plain: 1, password: {secure: v1:c}}
`
	require.NoError(t, os.WriteFile(from, []byte(text), 0o600))
	secrets, err := copyStackFile(from, to)
	require.NoError(t, err)
	assert.Equal(t, []string{"aks-egress:servicePrincipalSecret", "other:nested.list[0]", "other:nested.password"}, secrets)
	b, err := os.ReadFile(to)
	require.NoError(t, err)
	for _, gone := range []string{"secure", "v1:", "encryptedkey", "secretsprovider", "theirs"} {
		assert.NotContains(t, string(b), gone)
	}
	assert.Contains(t, string(b), "aks-egress:prefix: p")

	require.NoError(t, os.WriteFile(to, []byte("encryptionsalt: v1:ours\n"), 0o600))
	_, err = copyStackFile(from, to)
	require.NoError(t, err)
	b, err = os.ReadFile(to)
	require.NoError(t, err)
	assert.Contains(t, string(b), "encryptionsalt: v1:ours")
	b, err = os.ReadFile(from)
	require.NoError(t, err)
	assert.Equal(t, text, string(b), "the user's file is never written")
}

func TestUntagged(t *testing.T) {
	var out bytes.Buffer
	n, err := untagged{&out}.Write([]byte("a <{%fg 1%}>1 errored<{%reset%}> b"))
	require.NoError(t, err)
	assert.Equal(t, 34, n)
	assert.Equal(t, "a 1 errored b", out.String())
}

func TestWithPath(t *testing.T) {
	assert.Equal(t, []string{"A=1", "B=2", "PATH=/cli:/usr/bin"}, withPath([]string{"A=1", "PATH=/usr/bin", "B=2"}, "/cli"))
}

// The command's exit code is passed on, and its engine is told where to look.
func TestExec(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	o := ExecOptions{WorldOptions: WorldOptions{Trace: filepath.Join(dir, "trace")}, Dir: "..", Out: &out, Err: &out}
	code, err := Exec(context.Background(), o, []string{"sh", "-c", "echo $PULUMI_DEBUG_PROVIDERS; command -v pulumi >&2; exit 7"})
	require.NoError(t, err)
	assert.Equal(t, 7, code)
	assert.Regexp(t, `(?m)^azure-native:\d+$`, out.String())
	assert.Contains(t, out.String(), "pulumi\n")
	_, err = os.Stat(o.Trace)
	assert.NoError(t, err)

	_, err = Exec(context.Background(), o, nil)
	assert.Error(t, err)
	_, err = Exec(context.Background(), o, []string{"no-such-command-anywhere"})
	assert.ErrorContains(t, err, "not found")
}

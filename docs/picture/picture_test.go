package main

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "draw the picture anew")

// comment is what diff says to a pull request that adds a feature, a host and
// a service tag without a region to the stack dev.
func comment(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	command := filepath.Join(dir, "aks-egress")
	build := exec.Command("go", "build", "-o", command, "./cmd/aks-egress")
	build.Dir = root
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	before, err := os.ReadFile(filepath.Join(root, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	const features = "[registries, updates]"
	require.Contains(t, string(before), features)
	after := strings.Replace(string(before), features, "[registries, updates, keyVault]", 1) + `  aks-egress:egress:
    - {name: payments, fqdns: [api.payments.example], use: card payments, owner: shop}
    - {name: backup, serviceTags: [Storage], protocols: ["tcp:443"], use: nightly copies}
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "after.yaml"), []byte(after), 0o600))
	diff := exec.Command(command, "diff", "dev", filepath.Join(dir, "after.yaml"), "--format", "markdown")
	diff.Dir = root
	out, err := diff.Output()
	exit := (*exec.ExitError)(nil)
	require.True(t, errors.As(err, &exit), "the reach grows")
	require.Equal(t, 1, exit.ExitCode(), string(exit.Stderr))
	return string(out)
}

// The picture of the README is what the command says today.
func TestPictureIsOfToday(t *testing.T) {
	const file = "../pull-request.svg"
	picture := draw(comment(t))
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(picture), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), picture, "make picture draws it anew; look at it")
	for _, seen := range []string{"api.payments.example", "service tag without a region", "prefers-color-scheme: dark"} {
		assert.Contains(t, picture, seen)
	}
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "it is well formed")
	}
}

func TestParse(t *testing.T) {
	text := func(words []word) string {
		var out []string
		for _, w := range words {
			glue := map[bool]string{true: "+"}[w.glued]
			out = append(out, glue+w.style+":"+w.text)
		}
		return strings.Join(out, " ")
	}
	var show func(blocks []block) []string
	show = func(blocks []block) []string {
		var out []string
		for _, b := range blocks {
			out = append(out, strings.TrimSpace(b.kind+b.alert+" "+text(b.words)))
			for _, row := range b.rows {
				for _, cell := range row {
					out = append(out, "cell "+text(cell))
				}
			}
			for _, one := range show(b.inner) {
				out = append(out, "> "+one)
			}
		}
		return out
	}
	for _, row := range []struct {
		markdown string
		want     []string
	}{
		{"### Two words", []string{"heading :Two :words"}},
		{"a\n\nb", []string{"paragraph :a", "paragraph :b"}},
		{"- `c d`: **e**\n- [f g](<https://h>), i", []string{"item code:c d +:: bold:e", "item link:f link:g +:, :i"}},
		{"> **w**\n>\n> - x", []string{"quote", "> paragraph bold:w", "> item :x"}},
		{"> [!WARNING]\n> x", []string{"quoteWARNING", "> paragraph :x"}},
		{"| a | b |\n|---|---|\n| `c/d` | e\\|f |", []string{"table", "cell :a", "cell :b", "cell code:c/ +code:d", "cell :e|f"}},
		{"<details><summary>More</summary>\n\nhidden\n\n</details>\n\nafter", []string{"summary :▸ :More", "paragraph :after"}},
	} {
		assert.Equal(t, row.want, show(parse(row.markdown)), row.markdown)
	}
}

package operand_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// utf16File is a text as Windows PowerShell saves it.
func utf16File(text string, order binary.AppendByteOrder, mark string) string {
	out := []byte(mark)
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// document is settings as "aks-egress compile" writes them.
func document(t *testing.T) string {
	t.Helper()
	x, err := load(t.TempDir(), settingsText, "-")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, policy.WriteDocument(&b, x.Firewall, policy.About{Version: "v9", Tables: "2024-12-11"}))
	return b.String()
}

func TestWhatAnArgumentStandsFor(t *testing.T) {
	dir := repository(t, map[string]string{
		"top.yaml":               settingsText,
		"deep/Pulumi.yaml":       "name: x\nruntime: go\n",
		"deep/Pulumi.dev.yaml":   settingsText,
		"deep/Pulumi.json.yaml":  `{"config": {"azure-native:location": "eastus", "aks-egress:prefix": "x"}}`,
		"deep/main.go":           ours,
		"deep/other.yml":         settingsText,
		"deep/flow.yaml":         "{config: {azure-native:location: eastus}}",
		"deep/bom.yaml":          "\xef\xbb\xbf" + settingsText,
		"deep/wide.yaml":         utf16File(settingsText, binary.LittleEndian, "\xff\xfe"),
		"deep/wide-be.yaml":      utf16File(settingsText, binary.BigEndian, "\xfe\xff"),
		"deep/groups.json":       groups("a"),
		"deep/wide-groups.json":  utf16File(groups("a"), binary.LittleEndian, "\xff\xfe"),
		"deep/decision.json":     document(t),
		"deep/sub/groups.json":   groups("b"),
		"deep/sub/ignore.me":     "",
		"deep/name with spaces":  groups("spaces"),
		"deep/a:b.json":          groups("colon"),
		"deep/*.json":            groups("star"),
		":(odd)":                 groups("odd"),
		"deep/sub/Pulumi.yaml.x": "",
	})
	here := filepath.Join(dir, "deep")
	for _, c := range []struct {
		what, rule string // what was read, where that is said here, and a rule of it
		in, arg    string
	}{
		{"settings", "workload.payments", "", "dev"},
		{"settings", "core.mcr", "", "json"},
		{"settings", "workload.payments", "", "Pulumi.dev.yaml"},
		{"settings", "workload.payments", "", "other.yml"},
		{"settings", "core.mcr", "", "flow.yaml"},
		{"settings", "workload.payments", "", "bom.yaml"},
		{"settings", "workload.payments", "", "wide.yaml"},
		{"settings", "workload.payments", "", "wide-be.yaml"},
		{"settings", "workload.payments", "", "../top.yaml"},
		{"settings", "workload.payments", "", filepath.Join(dir, "top.yaml")},
		{"settings", "workload.payments", settingsText, "-"},
		{"", "a", "", "groups.json"},
		{"", "a", "", "wide-groups.json"},
		{"", "spaces", "", "name with spaces"},
		{"", "colon", "", "a:b.json"},
		{"", "star", "", "*.json"},
		{"", "in", groups("in"), "-"},
		{"what aks-egress v9 compiled with the tables of 2024-12-11", "workload.payments", "", "decision.json"},
		// In a revision: from the repository's root, from the project, from here.
		{"settings", "workload.payments", "", "v1:deep/Pulumi.dev.yaml"},
		{"settings", "workload.payments", "", "HEAD~0:top.yaml"},
		{"settings", "workload.payments", "", "v1:Pulumi.dev.yaml"},
		{"settings", "workload.payments", "", "v1:./Pulumi.dev.yaml"},
		{"settings", "workload.payments", "", "v1:../top.yaml"},
		{"settings", "workload.payments", "", "v1:dev"},
		{"settings", "workload.payments", "", "v1:wide.yaml"},
		{"", "b", "", "v1:sub/groups.json"},
		{"", "a", "", "v1:sub/../groups.json"},
		{"", "spaces", "", "v1:name with spaces"},
		{"", "star", "", "v1:deep/*.json"},
		{"", "odd", "", "v1::(odd)"},
		{"what aks-egress v9 compiled with the tables of 2024-12-11", "workload.payments", "", "v1:decision.json"},
	} {
		x, err := load(here, c.in, c.arg)
		if !assert.NoError(t, err, c.arg) {
			continue
		}
		require.Len(t, x.Read, 1, c.arg)
		if c.what != "" {
			assert.Equal(t, c.what, x.Read[0].What, c.arg)
		}
		assert.Equal(t, c.arg, x.Read[0].From, c.arg)
		assert.Contains(t, rules(x), c.rule, c.arg)
		assert.Equal(t, len(rules(x)), x.Read[0].Rules, c.arg)
		assert.False(t, x.Nothing, c.arg)
	}
	// Below the project its files and stacks are found, too.
	for _, arg := range []string{"dev", "v1:Pulumi.dev.yaml", "v1:dev", "v1:../Pulumi.dev.yaml"} {
		x, err := load(filepath.Join(here, "sub"), "", arg)
		require.NoError(t, err, arg)
		assert.Contains(t, rules(x), "workload.payments", arg)
	}
}

func TestWhatAnArgumentCannotStandFor(t *testing.T) {
	dir := repository(t, map[string]string{
		"top.yaml":            settingsText,
		"p/Pulumi.yaml":       "name: x\nruntime: go\n",
		"p/Pulumi.dev.yaml":   settingsText,
		"p/Pulumi.prd.yaml":   settingsText,
		"p/main.go":           ours,
		"p/stray":             settingsText,
		"p/Pulumi.stray.yaml": settingsText,
		"p/notes.txt":         "neither\n",
		"p/empty.yaml":        "",
		"p/Pulumi.bad.yaml":   "name: x\n",
		"p/bad.json":          `[{"name":"g"}]`,
		"p/broken.json":       `[{"name":`,
		"p/faults.yaml":       "config:\n  azure-native:location: eastus\n  aks-egress:nope: 1\n  aks-egress:firewall: {tier: Cheap}\n",
		"p/half.json":         `{"aksEgress": {}}`,
	})
	require.NoError(t, os.Symlink("top.yaml", filepath.Join(dir, "link")))
	commit(t, dir, "v2")
	trap := filepath.Join(dir, "trap")
	for _, c := range []struct {
		want []string
		arg  string
	}{
		{[]string{"the operand is empty: give a stack, a file"}, ""},
		{[]string{"nope: is neither a file, nor a stack of the project (there are bad, dev, prd, stray), nor REV:PATH: give a stack"}, "nope"},
		{[]string{"dve: is neither a file, nor a stack of the project (there are bad, dev, prd, stray: did you mean dev?), nor REV:PATH"}, "dve"},
		{[]string{"p: is neither a file"}, "p"},
		{[]string{"../x: is neither a file"}, "../x"},
		{[]string{"stray: is a file and a stack at once: write ./stray or Pulumi.stray.yaml"}, "stray"},
		{[]string{"none: is nothing, which diff can compare with and nobody can decide by"}, "none"},
		{[]string{"bad.json: [0]: "}, "bad.json"},
		{[]string{"broken.json: "}, "broken.json"},
		{[]string{"notes.txt: is neither settings (YAML with the key config), nor a policy"}, "notes.txt"},
		{[]string{"empty.yaml: is empty: give what az"}, "empty.yaml"},
		{[]string{"faults.yaml:3: aks-egress:nope: is not a known key", "faults.yaml:4: aks-egress:firewall.tier"}, "faults.yaml"},
		{[]string{"half.json: aksEgress.tables: is missing", "half.json: groups: is missing"}, "half.json"},
		{[]string{"bad: Pulumi.bad.yaml:1: name: is not a known key"}, "bad"},
		{[]string{"gone:Pulumi.dev.yaml: revision gone cannot be found: fetch it first"}, "gone:Pulumi.dev.yaml"},
		{[]string{"HEAD@{4711}:Pulumi.dev.yaml: revision HEAD@{4711} cannot be found: fetch it first"}, "HEAD@{4711}:Pulumi.dev.yaml"},
		{[]string{"v1:gone.yaml: revision v1 has no file gone.yaml, neither from the repository's root nor from the project's"}, "v1:gone.yaml"},
		{[]string{"revision v1 has no file ./gone.yaml"}, "v1:./gone.yaml"},
		{[]string{"revision v1 has no file ./top.yaml"}, "v1:./top.yaml"},
		{[]string{"revision v1: p is a folder: name a file in it"}, "v1:p"},
		{[]string{"revision v1: p is a folder"}, "v1:p/"},
		{[]string{"revision v2: link is a symbolic link: name the file it leads to"}, "v2:link"},
		{[]string{"../../x is outside of the repository"}, "v1:../../x"},
		{[]string{"x/../../y is outside of the repository"}, "v1:x/../../y"},
		{[]string{"\"v1:\": has no path after the colon"}, "v1:"},
		{[]string{":top.yaml: has no revision before the colon"}, ":top.yaml"},
		// Nothing reaches git as an option, or as anything but a revision.
		{[]string{`"--output=` + trap + `" is not a revision: none begins with a dash`}, "--output=" + trap + ":top.yaml"},
		{[]string{`"-p" is not a revision`}, "-p:top.yaml"},
		{[]string{"revision v1..HEAD cannot be found"}, "v1..HEAD:top.yaml"},
		{[]string{"revision ^v1 is not one commit"}, "^v1:top.yaml"},
		{[]string{"revision v1 has no file --output=" + trap}, "v1:--output=" + trap},
		{[]string{"revision v1 has no file :(top)top.yaml"}, "v1::(top)top.yaml"},
	} {
		_, err := load(filepath.Join(dir, "p"), "", c.arg)
		if !assert.Error(t, err, c.arg) {
			continue
		}
		for _, want := range c.want {
			assert.Contains(t, err.Error(), want, c.arg)
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			assert.True(t, strings.HasPrefix(strings.ReplaceAll(line, `"`, ""), c.arg+":") || c.arg == "", "%q says which operand it is about", line)
		}
	}
	assert.NoFileExists(t, trap)

	_, err := load(t.TempDir(), "", "dev")
	assert.ErrorContains(t, err, "dev: is neither a file, nor a stack (no Pulumi.yaml here or in a folder above: run this in the project's folder), nor REV:PATH")
	_, err = load(t.TempDir(), "", "v1:dev")
	assert.ErrorContains(t, err, "v1:dev: revision v1 cannot be read: git says: fatal: not a git repository")
	t.Setenv("PATH", t.TempDir())
	_, err = load(dir, "", "v1:top.yaml")
	assert.ErrorContains(t, err, "v1:top.yaml: revision v1 cannot be read: git is not on PATH: install it, or give a file instead of a revision")
}

// The flags --stack, --policy and --world take one kind each.
func TestFlagsOfOneKind(t *testing.T) {
	dir := folder(t, map[string]string{
		"Pulumi.yaml": "name: x\nruntime: go\n", "Pulumi.dev.yaml": settingsText, "main.go": ours,
		"dev": groups("a"), "none": groups("b"),
	})
	for _, c := range []struct {
		want string // a rule, or an error
		as   operand.As
		arg  string
	}{
		{"workload.payments", operand.Stack, "dev"},
		{"a", operand.File, "dev"},
		{"b", operand.File, "none"},
		{"b", operand.Any, "./none"},
		{"is not a stack of the project (there is dev)", operand.Stack, "none"},
		{"is not a stack of the project (there is dev)", operand.Stack, "Pulumi.dev.yaml"},
		{"is not a stack of the project (there is dev)", operand.Stack, "-"},
		{"no such file", operand.File, "prod"},
		{"is not a sandbox world: give what", operand.World, "dev"},
		{"no such file", operand.World, "x.json"},
		{"is nothing and a file at once: write ./none", operand.Any, "none"},
		{"is a file and a stack at once", operand.Any, "dev"},
	} {
		l := operand.Loader{Dir: dir}
		x, err := l.Load(operand.Operand{Arg: c.arg, As: c.as, Role: "--flag"})
		if err != nil {
			assert.ErrorContains(t, err, "--flag "+c.arg+": ")
			assert.ErrorContains(t, err, c.want)
			continue
		}
		assert.Contains(t, rules(x), c.want, c.arg)
	}
}

// Standard input is there once.
func TestStandardInputOnce(t *testing.T) {
	l := operand.Loader{In: strings.NewReader(groups("a")), Dir: t.TempDir()}
	_, err := l.Load(operand.Operand{Arg: "-", Role: "--policy"})
	require.NoError(t, err)
	_, err = l.Input("--flows", "-")
	assert.ErrorContains(t, err, "--flows -: standard input is --policy already, and --policy and --flows cannot both be standard input: write one to a file")

	l = operand.Loader{In: strings.NewReader(settingsText), Dir: t.TempDir()}
	_, _, err = l.LoadPair(operand.Operand{Arg: "-", Role: "OLD"}, operand.Operand{Arg: "-", Role: "NEW"})
	assert.ErrorContains(t, err, "NEW -: standard input is OLD already, and OLD and NEW cannot both be standard input")

	l = operand.Loader{Dir: t.TempDir()}
	_, err = l.Load(operand.Operand{Arg: "-"})
	assert.ErrorContains(t, err, "there is no standard input")
}

// endless never ends, as /dev/zero.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestInputsThatAreTooLong(t *testing.T) {
	l := operand.Loader{In: endless{}, Dir: t.TempDir()}
	_, err := l.Load(operand.Operand{Arg: "-"})
	assert.ErrorContains(t, err, "-: is longer than the 64 MiB that are read")

	file := filepath.Join(t.TempDir(), "sparse.json")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, errors.Join(f.Truncate(65<<20), f.Close()))
	_, err = load(t.TempDir(), "", file)
	assert.ErrorContains(t, err, "is longer than the 64 MiB that are read")
	_, err = (&operand.Loader{In: io.LimitReader(endless{}, 64<<20)}).Input("--flows", "-")
	assert.NoError(t, err)
}

// What settings were compiled with is known; what a file holds is not.
func TestTablesOfAnOperand(t *testing.T) {
	dir := folder(t, map[string]string{"decision.json": document(t), "s.yaml": settingsText, "groups.json": groups("a")})
	for arg, want := range map[string]policy.About{
		"decision.json": {Version: "v9", Tables: "2024-12-11"},
		"s.yaml":        {Tables: "2026-06-18"},
		"groups.json":   {},
	} {
		x, err := load(dir, "", arg)
		require.NoError(t, err)
		assert.Equal(t, want, x.About, arg)
	}
}

// A document without rules reads like a firewall that denies everything.
func TestDocumentWithoutRules(t *testing.T) {
	for name, c := range map[string]struct {
		fw      policy.Firewall
		allow   bool
		refused bool
	}{
		"nothing":           {refused: true},
		"groups of nothing": {fw: policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{{Name: "web", Priority: 400}}}}, refused: true},
		"it is said":        {allow: true},
		"a stack":           {fw: policy.Firewall{Clients: []policy.Client{{Name: "shop", Sources: []string{"10.7.0.0/16"}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, policy.WriteDocument(&b, c.fw, policy.About{}))
			l := operand.Loader{Dir: folder(t, map[string]string{"d.json": b.String()}), Flags: operand.Flags{AllowEmpty: c.allow}}
			_, err := l.Load(operand.Operand{Arg: "d.json"})
			if !c.refused {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, "d.json: holds no rule of its own")
		})
	}
}

// What a template begins with is no reason not to read it.
func TestCommentsInFront(t *testing.T) {
	dir := folder(t, map[string]string{
		"line.json": "\n// made by hand\n  // twice\n" + groups("yes"), "block.json": "/* made\nby hand */ // and\n" + groups("yes"),
		"open.json": "/* made by hand", "blank.json": " \n", "terse.json": "// " + groups("yes"),
	})
	for _, name := range []string{"line.json", "block.json"} {
		x, err := load(dir, "", name)
		require.NoError(t, err)
		assert.Equal(t, []string{"yes"}, rules(x))
	}
	for _, name := range []string{"open.json", "terse.json"} {
		_, err := load(dir, "", name)
		assert.ErrorContains(t, err, name+": is neither settings")
	}
	_, err := load(dir, "", "blank.json")
	assert.ErrorContains(t, err, "blank.json: is empty")
}

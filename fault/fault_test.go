package fault

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLines(t *testing.T) {
	for _, c := range []struct {
		want string
		f    Fault
	}{
		{`a: is missing: write it`, Fault{Path: "a", Reason: "is missing", Fix: "write it"}},
		{`a: "x" is not a tier: write Basic (Azure, 2024)`, Fault{Path: "a", Value: "x", Reason: "is not a tier", Fix: "write Basic", Source: "Azure, 2024"}},
		{`a: is wrong`, Fault{Path: "a", Reason: "is wrong", File: "f.yaml", Line: 7}},
		{`a\nb: "\x1b[31m\u202e" is\rwrong: fix\tit`, Fault{Path: "a\nb", Value: "\x1b[31m\u202e", Reason: "is\rwrong", Fix: "fix\tit"}},
		{`a: "` + strings.Repeat("é", 60) + `…" is long`, Fault{Path: "a", Value: strings.Repeat("é", 61), Reason: "is long"}},
	} {
		assert.Equal(t, c.want, c.f.String())
	}
	assert.Equal(t, 199, strings.Count(List(make([]Fault, 200)).Error(), "\n"))
	assert.True(t, strings.HasSuffix(List(make([]Fault, 201)).Error(), "\nand 1 more"))
	assert.NoError(t, List{}.Err())
}

func TestReRooting(t *testing.T) {
	in := List{{Path: "zones[1]", By: []string{"tier"}}, {Path: "[0]"}, {Path: ""}}
	for _, c := range []struct {
		root string
		want []string
		by   string
	}{
		{"", []string{"zones[1]", "[0]", ""}, "tier"},
		{"firewall", []string{"firewall.zones[1]", "firewall[0]", "firewall"}, "firewall.tier"},
		{"aks-egress:", []string{"aks-egress:zones[1]", "aks-egress:[0]", "aks-egress:"}, "aks-egress:tier"},
	} {
		out := in.Under(c.root)
		assert.Equal(t, c.want, out.Paths())
		assert.Equal(t, []string{c.by}, out[0].By)
		assert.Equal(t, "zones[1]", in[0].Path, "the faults given are not changed")
	}
}

func TestWhatFollowsIsLeftOut(t *testing.T) {
	faults := List{
		{Path: "cluster.nodePools", Reads: []string{"cluster.nodePools[0].mode"}},
		{Path: "network.nodeSubnet", By: []string{"cluster.nodePools"}},
		{Path: "firewall"},
	}
	for _, c := range []struct {
		bad          string
		apart, sound []string
	}{
		{"cluster.nodePools[0].count", []string{"cluster.nodePools", "network.nodeSubnet", "firewall"}, []string{"cluster.nodePools", "firewall"}},
		{"cluster.nodePools[0].mode", []string{"network.nodeSubnet", "firewall"}, []string{"cluster.nodePools", "firewall"}},
		{"firewall.zones[0]", []string{"cluster.nodePools", "network.nodeSubnet"}, []string{"cluster.nodePools", "network.nodeSubnet", "firewall"}},
		{"firewalls", []string{"cluster.nodePools", "network.nodeSubnet", "firewall"}, []string{"cluster.nodePools", "network.nodeSubnet", "firewall"}},
	} {
		assert.Equal(t, c.apart, faults.Apart([]string{c.bad}).Paths(), c.bad)
		assert.Equal(t, c.sound, faults.Sound([]string{c.bad}).Paths(), c.bad)
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ want, word string }{
		{"updates", "update"}, {"updates", "UPDATES"}, {"", "zzzzzzzz"}, {"", strings.Repeat("u", 61)},
	} {
		assert.Equal(t, c.want, Nearest(c.word, []string{"monitor", "updates"}), c.word)
	}
}

// File and line stand in front where they are known, a file's own name once.
func TestWithLines(t *testing.T) {
	faults := List{
		{Path: "a.b", Reason: "is wrong", File: "f.yaml", Line: 7},
		{Path: "f.yaml", Reason: "is empty", File: "f.yaml", Line: 1},
		{Path: "f.yaml", Reason: "is too long", File: "f.yaml"},
		{Path: "policy", Reason: "is too wide"},
	}
	assert.EqualError(t, WithLines(faults), "f.yaml:7: a.b: is wrong\nf.yaml:1: is empty\nf.yaml: is too long\npolicy: is too wide")
	assert.Equal(t, "a.b: is wrong", faults[0].String(), "the faults themselves stay as they are")
	more := errors.Join(faults, errors.New("and more"))
	assert.Equal(t, more, WithLines(more), "nothing is lost")
	assert.NoError(t, WithLines(nil))
}

// A terminal takes nothing of a text for a command or for a line of its own,
// and nothing of it is lost.
func TestClean(t *testing.T) {
	for _, row := range []struct{ want, text string }{
		{"plain, größer, 你好", "plain, größer, 你好"},
		{`\x1b[31mred\x1b[0m`, "\x1b[31mred\x1b[0m"},
		{`a\nallow b\tc`, "a\nallow b\tc"},
		{`\x1b]8;;https://example.com\alink`, "\x1b]8;;https://example.com\x07link"},
		{`a\u202eb\u2028c`, "a\u202eb\u2028c"},
	} {
		assert.Equal(t, row.want, Clean(row.text), "%q", row.text)
	}
}

package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/spec"
)

// elements are those of a page, in order.
func elements(t *testing.T, text string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	var out []*html.Node
	for n := range root.Descendants() {
		assert.NotEqual(t, html.CommentNode, n.Type)
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// The page has what a reader without eyes or without a mouse goes by.
func TestAccessible(t *testing.T) {
	all := elements(t, written(t, HTML, ofSettings(t, small)))
	ids := map[string]*html.Node{}
	labels := map[string]bool{}
	for _, n := range all {
		if id := attr(n, "id"); id != "" {
			assert.Nil(t, ids[id], "%s is there twice", id)
			ids[id] = n
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	}
	level, links, tables := 0, 0, 0
	for _, n := range all {
		for _, ref := range strings.Fields(attr(n, "aria-labelledby")) {
			require.NotNil(t, ids[ref], ref)
			assert.NotEmpty(t, textOf(ids[ref]), ref)
		}
		switch n.Data {
		case "html":
			assert.Equal(t, "en", attr(n, "lang"))
		case "title", "desc", "summary", "li", "figcaption":
			assert.NotEmpty(t, strings.TrimSpace(textOf(n)), n.Data)
		case "h1", "h2", "h3":
			at := int(n.Data[1] - '0')
			assert.True(t, at <= level+1 && (at > 1 || level == 0), "%s %s skips a level, or is a second first", n.Data, textOf(n))
			level = at
		case "a":
			href := attr(n, "href")
			if anchor, ok := strings.CutPrefix(href, "#"); ok {
				assert.NotNil(t, ids[anchor], href)
				links++
			} else {
				assert.True(t, strings.HasPrefix(href, "https://learn.microsoft.com/"), href)
			}
			assert.NotEmpty(t, textOf(n))
		case "input":
			assert.True(t, labels[attr(n, "id")], "%s has no label", attr(n, "id"))
		case "section", "table", "svg":
			assert.NotEmpty(t, attr(n, "aria-labelledby"), n.Data)
			if n.Data == "table" {
				tables++
			}
		case "th":
			assert.Contains(t, []string{"row", "col"}, attr(n, "scope"))
		case "td":
			assert.NotEmpty(t, attr(n, "data-label"), "a phone shows the column's name")
		}
		if n.Data == "table" || n.Data == "tr" || n.Data == "td" || n.Data == "th" || n.Data == "tbody" || n.Data == "thead" {
			assert.NotEmpty(t, attr(n, "role"), "a phone's style would take the role of %s away", n.Data)
		}
	}
	assert.Equal(t, 11, links, "the sections, and the report itself")
	assert.GreaterOrEqual(t, tables, 7)
}

// Nothing is loaded from anywhere, and what runs is the script that the page's
// own policy names.
func TestSelfContained(t *testing.T) {
	text := written(t, HTML, ofSettings(t, small))
	csp := ""
	for _, n := range elements(t, text) {
		assert.NotContains(t, []string{"link", "img", "iframe", "object", "embed", "base", "form", "audio", "video", "image", "use", "foreignobject"}, strings.ToLower(n.Data))
		for _, a := range n.Attr {
			assert.NotContains(t, []string{"src", "srcset", "style", "action", "ping", "xlink:href"}, a.Key)
			assert.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
			if a.Key == "href" {
				assert.Equal(t, "a", n.Data)
			}
		}
		switch {
		case attr(n, "http-equiv") == "Content-Security-Policy":
			csp = attr(n, "content")
		case n.Data == "style" || n.Data == "script":
			assert.Contains(t, csp, n.Data+"-src "+digest(textOf(n)), "the page's policy names the %s as it is", n.Data)
		}
	}
	assert.True(t, strings.HasPrefix(csp, "default-src 'none'; "), csp)
	assert.NotContains(t, style, "@import")
	assert.NotContains(t, style, "url(")
	for _, word := range []string{"innerHTML", "eval", "document.write", "fetch(", "XMLHttpRequest"} {
		assert.NotContains(t, script, word)
	}
	assert.NotContains(t, style+script, "</")
	assert.NotContains(t, script, "<!--")
}

// hostileInput is a firewall every text of which somebody has chosen.
func hostileInput(evil string) Input {
	rule := policy.Rule{Name: evil, Description: evil, Sources: []string{"10.0.0.0/8"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{strings.ReplaceAll(evil, "*", "") + ".example", "*.com"}}
	fw := policy.Firewall{
		Policy: policy.Policy{Groups: []policy.Group{{Name: evil, Priority: 200, Collections: []policy.Collection{
			{Name: evil, Priority: 200, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{rule}},
			{Name: evil + "2", Priority: 300, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{{Name: evil, Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"20.1.1.1"}, DestinationPorts: []string{"22"}, TranslatedFQDN: evil, TranslatedPort: "22"}}},
		}}}},
		Settings: []policy.Setting{{Name: policy.SettingTier, Values: []string{evil}}, {Name: policy.SettingThreatIntel, Values: []string{evil}}},
		Clients:  []policy.Client{{Name: evil, Sources: []string{evil}}},
	}
	in := Input{Operand: evil, Day: day, Firewall: fw, Read: []string{evil}, Since: &Since{evil, policy.Compare(policy.Firewall{}, fw, policy.Options{})}}
	in.Audit = audit.Report{Findings: []audit.Finding{{Code: audit.WideOpen, Severity: audit.Error, Where: evil, Row: evil, Detail: evil, Fix: evil, Accepted: evil}, {Code: audit.Missing, Severity: audit.Error, Where: evil, Row: evil, Detail: evil, Fix: evil}}}
	in.Spec = &spec.Spec{Prefix: evil, Egress: []spec.Egress{{Name: evil, Use: evil, Owner: evil, Until: evil, FQDNs: []string{evil}}}}
	return in
}

// A path goes on in the next line behind a slash, and a flow before a dot.
func TestCodeBreaks(t *testing.T) {
	for code, want := range map[string]string{
		"a/b.c/d": "<code>a/<wbr>b.c/<wbr>d</code>", "a//": "<code>a/<wbr>/</code>", "/a<": "<code>/<wbr>a&lt;</code>", "core.mcr": "<code>core.mcr</code>",
		"tcp *.a.b": "<code>tcp *<wbr>.a<wbr>.b</code>", "": "<code></code>",
	} {
		var d document
		d.coded(code)
		assert.Equal(t, want, d.String(), code)
	}
}

// Whatever a policy's names and descriptions hold, the page has the elements and
// the attributes that it has for harmless ones, and their text is told as it is.
func TestHostileNamesAreText(t *testing.T) {
	shape := func(text string) (out []string) {
		for _, n := range elements(t, text) {
			s := n.Data
			for _, a := range n.Attr {
				s += " " + a.Key
			}
			if s != "wbr" { // where a line may break, which depends on the name
				out = append(out, s)
			}
		}
		return out
	}
	want := shape(written(t, HTML, hostileInput("harmless")))
	markdownWant := strings.Count(written(t, Markdown, hostileInput("harmless")), "\n")
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title></style></script><svg onload=alert(1)>`,
		`<!--`, `]]>`, `&lt;b&gt;`, `javascript:alert(1)`, "a\x00b\x1b[2J\u202eexe", "`|` | **x** [a](javascript:b) <u>", "</td></tr></table>", `\`,
	} {
		page := written(t, HTML, hostileInput(evil))
		assert.Equal(t, want, shape(page), evil)
		assert.NotContains(t, page, "\u202e")
		assert.NotContains(t, page, "\x1b")
		if !strings.ContainsAny(evil, "\x00\x1b") {
			root, err := html.Parse(strings.NewReader(page))
			require.NoError(t, err)
			assert.GreaterOrEqual(t, strings.Count(textOf(root), evil), 15, "%s is told as it is", evil)
		}
		md := written(t, Markdown, hostileInput(evil))
		assert.Equal(t, markdownWant, strings.Count(md, "\n"), "%s begins no line", evil)
		for _, line := range strings.Split(md, "\n") {
			outside := regexp.MustCompile("`[^`]*`").ReplaceAllString(regexp.MustCompile(`\\.`).ReplaceAllString(line, ""), "")
			for _, mark := range []string{"<script", "<img", "<svg", "<!--", "](javascript", "<u>", "</td>", "**x"} {
				assert.NotContains(t, outside, mark, line)
			}
		}
	}
}

// Text is told apart from what is behind it as WCAG 2 asks (4.5 to 1), lines and
// marks 3 to 1, in light, dark and print.
func TestContrast(t *testing.T) {
	blocks := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(style, -1)
	require.Len(t, blocks, 3)
	for i, block := range blocks {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]{6});`).FindAllStringSubmatch(block[1], -1) {
			colors[m[1]] = luminance(m[2])
		}
		require.Len(t, colors, 9, "%d", i)
		for _, back := range []string{"paper", "panel"} {
			for _, ink := range []string{"ink", "muted", "accent", "bad", "warn", "good"} {
				a, b := max(colors[back], colors[ink]), min(colors[back], colors[ink])
				assert.GreaterOrEqual(t, (a+0.05)/(b+0.05), 4.5, "%s on %s of block %d", ink, back, i)
			}
		}
	}
	assert.Contains(t, style, "@media (prefers-color-scheme: dark)")
	assert.Contains(t, style, "@media print")
	assert.Contains(t, style, "@media (max-width:")
}

func luminance(hex string) float64 {
	part := func(at int) float64 {
		n, err := strconv.ParseUint(hex[at:at+2], 16, 8)
		if err != nil {
			panic(err)
		}
		c := float64(n) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(0) + 0.7152*part(2) + 0.0722*part(4)
}

// A line that only may pass says so in words, and so does a wide one: the filter
// finds the latter by its mark.
func TestMarks(t *testing.T) {
	page := written(t, HTML, ofSettings(t, small))
	rows, wide := 0, 0
	for _, n := range elements(t, page) {
		if n.Data == "tr" && n.Parent.Data == "tbody" {
			rows++
			if has(n, "data-wide") {
				wide++
				assert.Regexp(t, `wide|warning|error|refuted`, textOf(n))
			}
		}
	}
	assert.Positive(t, wide)
	assert.Less(t, wide, rows)
	missing := Input{Operand: "p", Day: day, Firewall: policy.Firewall{Policy: policy.Policy{Missing: []policy.Missing{{What: "the parent policy head", Fix: "give --parent"}}}}}
	assert.Contains(t, written(t, HTML, missing), `<span class="mark possible">possible</span>`)
	assert.Contains(t, written(t, Markdown, missing), "(possible)")
	assert.Contains(t, written(t, Markdown, missing), "`not read: the parent policy head`")
	assert.Contains(t, fmt.Sprint(New(missing).Figures), "{3 of them only possible: what was read does not decide it}")
}

func TestDocumentEscapes(t *testing.T) {
	var d document
	d.element("a", `<b>"&'`, at("href", `" onclick="x`), number("x", -3))
	assert.Equal(t, `<a href="&#34; onclick=&#34;x" x="-3">&lt;b&gt;&#34;&amp;&#39;</a>`, d.String())
}

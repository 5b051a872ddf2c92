package main

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the picture, in pixels.
const (
	width  = 880.0
	margin = 16.0
	size   = 13.0 // of text
	line   = 20.0
)

// style is the picture's colours, GitHub's own, in light and in dark.
const style = `<style>
svg { --fg: #1f2328; --muted: #59636e; --line: #d1d9e0; --page: #ffffff; --head: #f6f8fa; --link: #0969da; --code: #818b981f; --warn: #9a6700 }
@media (prefers-color-scheme: dark) {
svg { --fg: #f0f6fc; --muted: #9198a1; --line: #3d444d; --page: #0d1117; --head: #151b23; --link: #4493f8; --code: #656c7633; --warn: #d29922 }
}
text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--fg); white-space: pre }
.bold { font-weight: 600 } .heading { font-weight: 600; font-size: 16px } .muted { fill: var(--muted) } .link { fill: var(--link) } .warn { fill: var(--warn); font-weight: 600 }
.code { font: 11px ui-monospace, SFMono-Regular, "Liberation Mono", Menlo, Consolas, monospace }
.mark { fill: var(--code) } .rule { stroke: var(--line) } .box { fill: var(--page); stroke: var(--line) } .head { fill: var(--head); stroke: var(--line) } .bar { fill: var(--line) } .warnbar { fill: var(--warn) }
</style>`

// picture is what is drawn so far, down to y.
type picture struct {
	out strings.Builder
	y   float64
}

// draw draws a comment.
func draw(markdown string) string {
	p := &picture{y: 40 + margin}
	p.blocks(parse(markdown), margin, width-2*margin, "")
	height := p.y + margin/2
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">`, width, height, width, height)
	s.WriteString("\n<title>A comment on a pull request: what the change lets out</title>\n" + style + "\n")
	fmt.Fprintf(&s, `<rect class="box" x=".5" y=".5" width="%.0f" height="%.0f" rx="6"/>`+"\n", width-1, height-1)
	fmt.Fprintf(&s, `<path class="head" d="M.5 40V6.5a6 6 0 0 1 6-6H%.1fa6 6 0 0 1 6 6V40z"/>`+"\n", width-6.5)
	s.WriteString(`<text x="16" y="25"><tspan class="bold">github-actions</tspan><tspan class="muted"> commented</tspan></text>` + "\n")
	return s.String() + p.out.String() + "</svg>\n"
}

func (p *picture) blocks(all []block, x, w float64, class string) {
	for i, b := range all {
		switch b.kind {
		case "quote":
			top := p.y
			bar := "bar"
			if b.alert != "" {
				bar = "warnbar"
				p.words([]word{{"⚠ " + b.alert[:1] + strings.ToLower(b.alert[1:]), "warn", false}}, x+16, w-16, "")
			}
			p.blocks(b.inner, x+16, w-16, "muted")
			if b.alert != "" {
				// GitHub writes what is in an alert in the text's own colour.
				body := strings.ReplaceAll(p.out.String(), `class="muted"`, `class="plain"`)
				p.out.Reset()
				p.out.WriteString(body)
			}
			fmt.Fprintf(&p.out, `<rect class="%s" x="%.1f" y="%.1f" width="4" height="%.1f"/>`+"\n", bar, x, top, p.y-top)
			p.y += 12
		case "table":
			p.table(b.rows, x, w)
		case "item":
			p.word(word{"•", "", false}, x+4, class)
			p.words(b.words, x+18, w-18, class)
			if i+1 < len(all) && all[i+1].kind != "item" {
				p.y += 10
			}
		case "heading":
			p.words(b.words, x, w, "heading")
			p.y += 10
		default:
			p.words(b.words, x, w, class)
			if i+1 < len(all) {
				p.y += 10
			}
		}
	}
}

// table draws a table, its columns as wide as they need, or less where that is
// too much: the widest give way first.
func (p *picture) table(rows [][][]word, x, w float64) {
	const pad = 8
	columns := make([]float64, len(rows[0]))
	least := make([]float64, len(columns))
	for i := range columns {
		for _, row := range rows {
			all := 0.0
			for _, cell := range row[i] {
				all += measure(cell, "bold") + space
				least[i] = max(least[i], measure(cell, "bold")+2*pad)
			}
			columns[i] = max(columns[i], all+2*pad)
		}
	}
	for sum(columns) > w {
		widest := -1
		for i := range columns {
			if columns[i] > least[i] && (widest < 0 || columns[i]-least[i] > columns[widest]-least[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		columns[widest] = max(least[widest], columns[widest]-1)
	}
	for n, row := range rows {
		class, top, bottom := "", p.y, p.y
		if n == 0 {
			class = "bold"
		}
		mark := p.out.Len()
		for i, at := 0, x; i < len(row); i++ {
			p.y = top + 5
			p.words(row[i], at+pad, columns[i]-2*pad, class)
			bottom = max(bottom, p.y+5)
			at += columns[i]
		}
		cells := p.out.String()[mark:]
		before := p.out.String()[:mark]
		p.out.Reset()
		p.out.WriteString(before)
		for i, at := 0, x; i < len(row); i++ {
			fmt.Fprintf(&p.out, `<rect class="box" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", at, top, columns[i], bottom-top)
			at += columns[i]
		}
		p.out.WriteString(cells)
		p.y = bottom
	}
	p.y += 16
}

// words writes words in lines as wide as there is room. Words of one style that
// follow on one another are one text, whose spaces are the font's.
func (p *picture) words(words []word, x, w float64, class string) {
	run, from := words[0], x
	for _, one := range words[1:] {
		joined, at := run, from+measure(run, class)
		if !one.glued {
			joined.text += " "
			at += space
		}
		joined.text += one.text
		joins := run.style == one.style && (one.glued || one.style != "code")
		end := at + measure(one, class)
		if joins {
			end = from + measure(joined, class)
		}
		switch {
		case end > x+w && (!one.glued || joins):
			p.word(run, from, class)
			p.y += line
			run, from = one, x
		case joins:
			run = joined
		default:
			p.word(run, from, class)
			run, from = one, at
		}
	}
	p.word(run, from, class)
	p.y += line
}

func (p *picture) word(one word, x float64, class string) {
	if one.style != "" && class != "heading" {
		class = one.style
	}
	if one.style == "code" {
		fmt.Fprintf(&p.out, `<rect class="mark" x="%.1f" y="%.1f" width="%.1f" height="17" rx="4"/>`, x, p.y+1, measure(one, ""))
		fmt.Fprintf(&p.out, `<text class="code" x="%.1f" y="%.1f" textLength="%.1f">%s</text>`+"\n", x+4, p.y+13.5, measure(one, "")-8, html.EscapeString(one.text))
		return
	}
	fmt.Fprintf(&p.out, `<text class="%s" x="%.1f" y="%.1f">%s</text>`+"\n", class, x, p.y+14, html.EscapeString(one.text))
}

const space = 4.0

// measure is about how wide a word is: nobody knows which font it is drawn in.
func measure(w word, class string) float64 {
	if w.style == "code" {
		return 6.62*float64(len([]rune(w.text))) + 8
	}
	em := 0.0
	for _, r := range w.text {
		switch {
		case strings.ContainsRune("iljtfrI.,:;'|!()[]", r):
			em += 0.31
		case strings.ContainsRune("mwMW@%⚠", r):
			em += 0.86
		case r >= 'A' && r <= 'Z':
			em += 0.67
		default:
			em += 0.56
		}
	}
	switch {
	case class == "heading":
		em *= 1.06 * 16 / 13
	case class == "bold" || w.style == "bold":
		em *= 1.06
	}
	return em * size
}

func sum(all []float64) float64 {
	total := 0.0
	for _, one := range all {
		total += one
	}
	return total
}

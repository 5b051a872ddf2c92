package main

import (
	"regexp"
	"strings"
)

// block is a piece of a document: as much of GitHub's Markdown as diff writes.
type block struct {
	kind  string // heading, paragraph, item, table, quote, summary
	words []word // of a heading, paragraph, item or summary
	rows  [][][]word
	inner []block
	alert string // of a quote: WARNING and the like, empty for a plain one
}

// word is a text in one style that no line ends within: without a space, or a
// piece of code up to a slash.
type word struct {
	text, style string // style: "", bold, code, link
	glued       bool   // to the word before
}

var alertLine = regexp.MustCompile(`^\[!([A-Z]+)\]$`)

// parse reads a document. What a closed fold holds is not seen, so it is left
// out.
func parse(text string) []block {
	var out []block
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		rest := func(begins string) []string { // this line and those after it that begin so
			first := i
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], begins) {
				i++
			}
			return lines[first : i+1]
		}
		switch {
		case line == "" || strings.HasPrefix(line, "<!--") || line == "<details>":
		case strings.HasPrefix(line, "<details><summary>"), strings.HasPrefix(line, "<summary>"):
			_, title, _ := strings.Cut(line, "<summary>")
			title, _, _ = strings.Cut(title, "</summary>")
			out = append(out, block{kind: "summary", words: inline("▸ " + title)})
			for i+1 < len(lines) && !strings.Contains(lines[i], "</details>") {
				i++
			}
		case strings.HasPrefix(line, "#"):
			out = append(out, block{kind: "heading", words: inline(strings.TrimLeft(line, "# "))})
		case strings.HasPrefix(line, ">"):
			var quoted []string
			for _, l := range rest(">") {
				quoted = append(quoted, strings.TrimPrefix(strings.TrimPrefix(l, ">"), " "))
			}
			b := block{kind: "quote"}
			if m := alertLine.FindStringSubmatch(strings.TrimSpace(quoted[0])); m != nil {
				b.alert, quoted = m[1], quoted[1:]
			}
			b.inner = parse(strings.Join(quoted, "\n"))
			out = append(out, b)
		case strings.HasPrefix(line, "|"):
			var rows [][][]word
			for n, l := range rest("|") {
				if n != 1 { // the line between head and body
					rows = append(rows, cells(l))
				}
			}
			out = append(out, block{kind: "table", rows: rows})
		case strings.HasPrefix(line, "- "):
			out = append(out, block{kind: "item", words: inline(line[2:])})
		default:
			out = append(out, block{kind: "paragraph", words: inline(line)})
		}
	}
	return out
}

// cells are those of a table's line.
func cells(line string) [][]word {
	line = strings.ReplaceAll(line, `\|`, "\x00")
	var out [][]word
	for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		out = append(out, inline(strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|")))
	}
	return out
}

var (
	span = regexp.MustCompile("`([^`]*)`|\\*\\*(.+?)\\*\\*|\\[([^\\]]*)\\]\\((?:<[^>]*>|[^)]*)\\)")
	tag  = regexp.MustCompile(`</?[a-z]+[^>]*>`)
	slip = regexp.MustCompile(`\\([[:punct:]])`)
)

// inline reads the spans of a text.
func inline(text string) []word {
	var out []word
	add := func(text, style string, glued bool) {
		if style != "code" {
			text = slip.ReplaceAllString(tag.ReplaceAllString(text, " "), "$1")
		}
		glued = glued && text != "" && text[0] != ' '
		pieces := strings.Fields(text)
		if style == "code" {
			pieces = strings.SplitAfter(text, "/")
		}
		for i, one := range pieces {
			glued = glued || i > 0 && style == "code"
			out = append(out, word{one, style, glued})
			glued = false
		}
	}
	at := 0
	for _, m := range span.FindAllStringSubmatchIndex(text, -1) {
		add(text[at:m[0]], "", at > 0)
		glued := m[0] > 0 && text[m[0]-1] != ' '
		for group, style := range map[int]string{1: "code", 2: "bold", 3: "link"} {
			if m[2*group] >= 0 {
				add(text[m[2*group]:m[2*group+1]], style, glued)
			}
		}
		at = m[1]
	}
	add(text[at:], "", at > 0)
	return out
}

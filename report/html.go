package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/policy"
)

// page writes the report as one page. Its own policy names style and script by
// their digests, so that nothing else runs or is loaded, whatever was read.
func page(r Report) string {
	var d document
	d.WriteString("<!doctype html>\n")
	d.open("html", at("lang", "en"))
	d.in("head", func() { d.head(r) })
	d.line()
	d.in("body", func() {
		d.element("a", "Skip to the report", at("class", "skip"), at("href", "#main"))
		d.top(r)
		d.in("main", func() { d.main(r) }, at("id", "main"), at("tabindex", "-1"))
		d.raw("script", script)
	})
	d.close("html")
	d.line()
	return d.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (d *document) head(r Report) {
	d.open("meta", at("charset", "utf-8"))
	d.open("meta", at("name", "viewport"), at("content", "width=device-width, initial-scale=1"))
	d.open("meta", at("http-equiv", "Content-Security-Policy"), at("content",
		"default-src 'none'; style-src "+digest(style)+"; script-src "+digest(script)+"; base-uri 'none'; form-action 'none'"))
	d.open("meta", at("name", "color-scheme"), at("content", "light dark"))
	d.element("title", "What "+r.Operand+" lets through, "+r.Day)
	d.raw("style", style)
}

// part is a section of the page.
type part struct {
	id    string
	title string
	write func(*document, Report)
}

func parts(r Report) []part {
	out := []part{
		{"picture", "The picture", (*document).picture},
		{"first", "Look here first", func(d *document, r Report) {
			d.element("p", "Wide openings, destinations behind which anybody can receive data, and ports that everybody may use, as the audit grades them.")
			d.findings(r.First, "first-head", r.noneFirst())
		}},
		{"out", "What may leave", (*document).leaving},
		{"in", "Who may come in", (*document).entering},
		{"owned", "Owners and last days", (*document).owned},
		{"intents", "Intents", (*document).intents},
		{"snat", "SNAT capacity", (*document).snat},
		{"deviations", "Deviations from Microsoft's page", (*document).deviations},
		{"other", "Other findings", func(d *document, r Report) { d.findings(r.Other, "other-head", "There are none.") }},
	}
	if r.Since != "" {
		out = append(out, part{"changes", "What changed since " + r.Since, (*document).changes})
	}
	return append(out, part{"read", "What was read", func(d *document, r Report) { d.list(r.Read) }})
}

func (d *document) top(r Report) {
	d.in("header", func() {
		d.element("h1", "What "+r.Operand+" lets through")
		d.element("p", "As of "+r.Day+", decided from what was read and without sending anything.")
		d.in("ul", func() {
			for _, f := range r.Figures {
				d.in("li", func() {
					d.element("strong", f.Number)
					d.text(" " + f.Of)
				})
			}
		}, at("class", "figures"))
	})
	d.in("nav", func() {
		d.in("ul", func() {
			for _, p := range parts(r) {
				d.in("li", func() { d.element("a", p.title, at("href", "#"+p.id)) })
			}
		})
	}, at("aria-label", "Sections"))
	d.in("div", func() {
		d.element("label", "Search all tables", at("for", "words"))
		d.open("input", at("id", "words"), at("type", "search"), at("autocomplete", "off"), at("spellcheck", "false"))
		d.in("span", func() {
			d.open("input", at("id", "wide"), at("type", "checkbox"))
			d.element("label", "only what is wide or grave", at("for", "wide"))
		}, at("class", "tick"))
		d.element("output", "", at("id", "shown"), at("for", "words wide"))
	}, at("class", "search"), at("role", "search"))
	d.line()
}

func (d *document) main(r Report) {
	for _, p := range parts(r) {
		d.in("section", func() {
			d.element("h2", p.title, at("id", p.id+"-head"))
			p.write(d, r)
		}, at("id", p.id), at("aria-labelledby", p.id+"-head"))
		d.line()
	}
}

func (d *document) list(texts []string) {
	d.in("ul", func() {
		for _, s := range texts {
			d.element("li", s)
		}
	})
}

// tableRow is a row: its cells, the first of which is its heading, and whether it
// is grave.
type tableRow struct {
	cells []func()
	grave bool
}

// table writes a table below a heading. The roles are said because a phone's
// style shows rows as blocks, which would take them away.
func (d *document) table(heading string, columns []string, rows []tableRow, otherwise string) {
	if len(rows) == 0 {
		d.element("p", otherwise)
		return
	}
	d.in("table", func() {
		d.in("thead", func() {
			d.in("tr", func() {
				for _, c := range columns {
					d.element("th", c, at("scope", "col"), at("role", "columnheader"))
				}
			}, at("role", "row"))
		}, at("role", "rowgroup"))
		d.in("tbody", func() {
			for _, r := range rows {
				d.line()
				with := []attribute{at("role", "row")}
				if r.grave {
					with = append(with, at("data-wide", ""))
				}
				d.in("tr", func() {
					for i, write := range r.cells {
						if i == 0 {
							d.in("th", write, at("scope", "row"), at("role", "rowheader"), at("data-label", columns[i]))
						} else {
							d.in("td", write, at("role", "cell"), at("data-label", columns[i]))
						}
					}
				}, with...)
			}
		}, at("role", "rowgroup"))
	}, at("role", "table"), at("aria-labelledby", heading))
}

func (d *document) word(s string) func() { return func() { d.text(s) } }

func (d *document) code(s string) func() { return func() { d.coded(s) } }

// mark is a word that stands out, in a colour of its own and in words.
func (d *document) mark(kind string) { d.element("span", kind, at("class", "mark "+kind)) }

// flow is a set of flows with what is to be known about it.
func (d *document) flow(l Line) func() {
	return func() {
		d.coded(l.Flow)
		if l.Verdict == policy.Possible.String() {
			d.text(" ")
			d.mark("possible")
		}
		if len(l.Wide) > 0 {
			d.text(" ")
			d.mark("wide")
			d.text(" ")
			d.element("span", strings.Join(l.Wide, "; "), at("class", "why"))
		}
	}
}

// published is where a row stands, linked.
func (d *document) published(url, page, dated string) func() {
	return func() {
		if !strings.HasPrefix(url, "https://") {
			d.text(or(page, "not published"))
			return
		}
		d.element("a", page, at("href", url), at("rel", "noopener noreferrer"))
		if dated != "" {
			d.text(", ")
			d.element("time", dated, at("datetime", dated))
		}
	}
}

func (d *document) row(id, otherwise string) func() {
	if id == "" {
		return d.word(otherwise)
	}
	return d.code(id)
}

func (d *document) leaving(r Report) {
	var rows []tableRow
	for _, l := range r.Out {
		rows = append(rows, tableRow{[]func(){d.flow(l), d.word(l.From), d.word(or(l.Use, "not stated")), d.row(l.Row, "none, a custom rule"), d.published(l.URL, l.Page, l.Dated), d.code(l.Rule)}, len(l.Wide) > 0})
	}
	d.table("out-head", []string{"Flow", "From", "What for", "Row", "Published", "Rule"}, rows, "Nothing may leave, as far as what was read says.")
}

func (d *document) entering(r Report) {
	var rows []tableRow
	for _, l := range r.In {
		rows = append(rows, tableRow{[]func(){d.flow(l), d.word(l.From), d.code(l.To), d.word(or(l.Use, "not stated")), d.code(l.Rule)}, len(l.Wide) > 0})
	}
	d.table("in-head", []string{"Through", "Who", "To", "What for", "Rule"}, rows, "Nobody may come in through the firewall, as far as what was read says.")
}

func (d *document) owned(r Report) {
	var rows []tableRow
	for _, o := range r.Owned {
		until := "no last day"
		if o.Until != "" {
			until = o.Until + " (" + o.Left + ")"
		}
		way := func() {
			d.coded(o.Name)
			d.text(" of " + o.Cluster)
		}
		rows = append(rows, tableRow{cells: []func(){way, d.word(o.To), d.word(or(o.Use, "not stated")), d.word(or(o.Owner, "not stated")), d.word(until)}})
	}
	d.table("owned-head", []string{"Way out", "To", "What for", "Owner", "Until"}, rows, "No way out states an owner or a last day in what was read.")
}

func (d *document) intents(r Report) {
	if r.Intents == nil {
		d.element("p", "There are none: a file intents.yaml beside Pulumi.yaml, or --intents, says what is wanted.")
		return
	}
	d.element("p", fmt.Sprintf("%s, decided for all flows: %s.", r.Intents.Summary(), r.Intents.File))
	var rows []tableRow
	for _, a := range r.Intents.Answers {
		rows = append(rows, tableRow{[]func(){d.word(a.Name), func() { d.mark(a.ResultName()) }, d.word(a.Why())}, a.ResultName() == string(policy.Refuted)})
	}
	d.table("intents-head", []string{"Intent", "State", "Why"}, rows, "The file holds none.")
}

func (d *document) deviations(r Report) {
	var rows []tableRow
	for _, x := range r.Deviations {
		use := ""
		if x.Use != "" {
			use = x.Use + " (" + x.Need + ")"
		}
		rows = append(rows, tableRow{cells: []func(){d.row(x.Row, "rows as a whole"), d.word(x.Cluster), d.word(x.What), d.word(use), d.published(x.URL, x.Page, x.Dated)}})
	}
	d.table("deviations-head", []string{"Row", "Cluster", "Deviation", "What the row is for", "Published"}, rows, or(r.NoRows, "Every row is as the page has it."))
	d.element("h3", "Rows that do not pass, or are out of date", at("id", "asked-head"))
	d.findings(r.Asked, "asked-head", or(r.NoRows, "None was found."))
}

func (d *document) changes(r Report) {
	var rows []tableRow
	for _, c := range r.Changes {
		rows = append(rows, tableRow{cells: []func(){d.word(c.What), d.word(c.Text)}})
	}
	d.table("changes-head", []string{"What", "Change"}, rows, "Nothing that decides what passes.")
}

func (d *document) findings(list []audit.Finding, heading, otherwise string) {
	var rows []tableRow
	for _, f := range list {
		where := func() {
			d.coded(f.Where)
			if f.Row != "" {
				d.text(" (row ")
				d.coded(f.Row)
				d.text(")")
			}
		}
		severity := func() {
			d.mark(string(f.Severity))
			if f.Accepted != "" {
				d.text(" accepted: " + f.Accepted)
			}
		}
		rows = append(rows, tableRow{[]func(){where, severity, d.word(string(f.Code)), d.word(f.Detail), d.word(f.Fix)}, f.Severity != audit.Info && f.Accepted == ""})
	}
	d.table(heading, []string{"Where", "Severity", "Code", "What", "Fix"}, rows, otherwise)
}

package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// svg is a picture with its title and its words.
func (d *document) svg(id string, width, height int, title, words string, draw func()) {
	d.in("figure", func() {
		d.in("svg", func() {
			d.element("title", title, at("id", id+"-title"))
			d.element("desc", words, at("id", id+"-words"))
			draw()
		}, at("viewBox", fmt.Sprintf("0 0 %d %d", width, height)), at("role", "img"), at("aria-labelledby", id+"-title "+id+"-words"))
	})
	d.line()
}

func (d *document) rectangle(b Box, class string) {
	d.element("rect", "", number("x", b.X), number("y", b.Y), number("width", b.Width), number("height", b.Height), at("rx", "6"), at("class", class))
}

func (d *document) stroke(x1, y1, x2, y2 int, class string, more ...attribute) {
	d.element("line", "", append([]attribute{number("x1", x1), number("y1", y1), number("x2", x2), number("y2", y2), at("class", class)}, more...)...)
}

func (d *document) label(x, y int, class, s string) {
	d.element("text", s, number("x", x), number("y", y), at("class", class))
}

func (d *document) picture(r Report) {
	t := r.Topology
	d.svg("picture", t.Width, t.Height, "Who sends through the firewall", strings.Join(t.Sentences, " "), func() {
		d.in("defs", func() {
			d.in("marker", func() { d.element("path", "", at("d", "M0 0 10 5 0 10z"), at("class", "point")) },
				at("id", "head"), at("viewBox", "0 0 10 10"), at("refX", "9"), at("refY", "5"), at("markerWidth", "8"), at("markerHeight", "8"), at("orient", "auto-start-reverse"))
		})
		for _, f := range t.Frames {
			d.rectangle(f, "frame")
			for _, l := range f.Lines {
				d.label(l.X, l.Y, "aside", l.Text)
			}
		}
		for _, a := range t.Arrows {
			d.stroke(a.X1, a.Y1, a.X2, a.Y2, "arrow", at("marker-end", "url(#head)"))
			switch {
			case a.Label.Text == "":
			case a.Label.X < a.X1:
				d.label(a.Label.X, a.Label.Y, "along before", a.Label.Text)
			default:
				d.label(a.Label.X, a.Label.Y, "along", a.Label.Text)
			}
		}
		for _, b := range t.Boxes {
			d.rectangle(b, "box "+b.Kind)
			for _, l := range b.Lines {
				class := "words"
				if l.Head {
					class = "name"
				}
				d.label(l.X, l.Y, class, l.Text)
			}
		}
	})
	d.in("details", func() {
		d.element("summary", "The same in words")
		d.list(t.Sentences)
	})
}

func (d *document) snat(r Report) {
	if r.SNAT == nil {
		d.element("p", r.NoSNAT)
		return
	}
	n, p := r.SNAT, r.SNAT.Plot
	d.element("p", n.String())
	words := fmt.Sprintf("A line that rises with each address. %s: %d ports; the nodes may want %d.", fault.Count(n.Addresses, "public IP"), n.Capacity, n.Need)
	d.svg("snat", p.Width, p.Height, "SNAT ports to one destination, by number of public IPs", words, func() {
		for _, t := range p.Steps {
			d.stroke(p.Left, t.At, p.Right, t.At, "grid")
			d.label(p.Left-8, t.At+4, "axis y", strconv.Itoa(t.Value))
		}
		for _, t := range p.Counts {
			d.label(t.At, p.Bottom+20, "axis", strconv.Itoa(t.Value))
		}
		d.label((p.Left+p.Right)/2, p.Bottom+42, "axis", "public IPs")
		d.stroke(p.Left, p.Bottom, p.LineX, p.LineY, "curve")
		d.stroke(p.Left, p.NeedY, p.Right, p.NeedY, "need")
		d.label(p.Right, p.NeedY-6, "axis y", fmt.Sprintf("the nodes may want %d", n.Need))
		d.element("circle", "", number("cx", p.HereX), number("cy", p.HereY), at("r", "6"), at("class", "here"))
		here := fmt.Sprintf("%d: %d", n.Addresses, n.Capacity)
		if p.HereX-p.Left > 100 { // nothing is above the line
			d.label(p.HereX-10, p.HereY-10, "axis y", here)
		} else {
			d.label(p.HereX+10, p.HereY+18, "axis x", here)
		}
	})
}

package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Topology is the picture of who sends through what, and the same in sentences.
type Topology struct {
	Width, Height int
	Frames        []Box // networks around what follows
	Boxes         []Box
	Arrows        []Arrow
	Sentences     []string
}

// Box is a rectangle with lines of text.
type Box struct {
	X, Y, Width, Height int
	Kind                string // internet, firewall, clients or network
	Lines               []Label
}

// Label is a line of text at a place.
type Label struct {
	X, Y int
	Text string
	Head bool
}

// Arrow is a line with a head, and what goes along it.
type Arrow struct {
	X1, Y1, X2, Y2 int
	Label          Label
}

// The measures of the picture, in its own units.
const (
	pictureWidth = 720
	boxLine      = 19
	perRow       = 3
	mostDrawn    = 9
)

// sender is a cluster, or where flows come from that nobody knows a cluster of.
type sender struct {
	name  string
	lines []string
	spoke bool // in a network of its own, peered with the firewall's
}

// topology draws the way out: the Internet above, the firewall, and who sends.
func topology(in Input, out, inbound []Line) Topology {
	t := Topology{Width: pictureWidth}
	senders := sendersOf(in, out)
	wide := 0
	for _, l := range out {
		wide += 1 - rank(l)
	}
	leaves := fmt.Sprintf("%s of flows may leave, %d wide", fault.Count(len(out), "set"), wide)
	enters := fmt.Sprintf("%s of flows may come in", fault.Count(len(inbound), "set"))
	t.box(20, 10, 680, "internet", "Internet", "registries, Azure's APIs, and what else is let through")
	top := 140
	fire := firewallLines(in)
	height := 2*12 + boxLine*len(fire)
	t.box(180, top+24, 360, "firewall", fire...)
	t.Arrows = append(t.Arrows, Arrow{300, top + 24, 300, 72, Label{X: 288, Y: 106, Text: leaves}})
	if len(inbound) > 0 {
		t.Arrows = append(t.Arrows, Arrow{420, 72, 420, top + 24, Label{X: 432, Y: 106, Text: enters}})
	}
	y := top + 24 + height + 50
	inside, outside := []sender{}, []sender{}
	for _, x := range senders {
		if x.spoke {
			outside = append(outside, x)
		} else {
			inside = append(inside, x)
		}
	}
	y = t.senders(inside, y, top+24+height)
	if in.Spec != nil && in.Spec.Network.ExistingHubVnetID == "" {
		frame := Box{X: 20, Y: top, Width: 680, Height: y - top, Kind: "network", Lines: []Label{{X: 30, Y: top + 17, Text: short("VNet "+join(in.Spec.Network.AddressSpaces), 24)}}}
		t.Frames = append(t.Frames, frame)
	}
	if len(outside) > 0 {
		y = t.senders(outside, y+40, y)
	}
	t.Height = y + 8
	t.Sentences = append(t.Sentences, "The firewall: "+strings.Join(fire, "; ")+".", leaves+", "+enters+".")
	for _, s := range senders {
		t.Sentences = append(t.Sentences, "Behind it: "+s.name+": "+strings.Join(s.lines, "; ")+".")
	}
	return t
}

// senders draws boxes from a height downwards, the first row with arrows up to
// what they send to. It returns the height below.
func (t *Topology) senders(list []sender, y, target int) int {
	for from := 0; from < len(list); from += perRow {
		row := list[from:min(from+perRow, len(list))]
		width := (pictureWidth - 80 - (perRow-1)*14) / perRow
		tallest := 0
		for i, s := range row {
			x := 40 + i*(width+14)
			if len(row) == 1 {
				x = (pictureWidth - width) / 2
			}
			tallest = max(tallest, t.box(x, y, width, "clients", append([]string{s.name}, s.lines...)...))
			if from == 0 {
				t.Arrows = append(t.Arrows, Arrow{X1: x + width/2, Y1: y, X2: min(max(x+width/2, 200), 520), Y2: target})
			}
		}
		y += tallest + 16
	}
	return y
}

// box adds a rectangle and returns its height.
func (t *Topology) box(x, y, width int, kind string, lines ...string) int {
	b := Box{X: x, Y: y, Width: width, Height: 2*12 + boxLine*len(lines), Kind: kind}
	for i, line := range lines {
		b.Lines = append(b.Lines, Label{X: x + width/2, Y: y + 26 + boxLine*i, Text: short(line, (width-16)/7), Head: i == 0})
	}
	t.Boxes = append(t.Boxes, b)
	return b.Height
}

// short is a text that fits; the whole of it stands in the sentences.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// firewallLines is what is known about the firewall.
func firewallLines(in Input) []string {
	set := func(name policy.SettingName) string {
		for _, s := range in.Firewall.Settings {
			if s.Of == "" && s.Name == name {
				return strings.Join(s.Values, ", ")
			}
		}
		return ""
	}
	lines := []string{"Azure Firewall"}
	if tier := set(policy.SettingTier); tier != "" {
		lines[0] += ", " + tier
	}
	if s := in.Spec; s != nil {
		if a := s.FirewallPrivateIP(); a.IsValid() {
			line := "private IP " + a.String()
			if s.Network.FirewallSubnet.IsValid() {
				line += ", " + s.Network.FirewallSubnet.String()
			}
			lines = append(lines, line)
		}
		if s.Firewall.ExistingFirewallID != "" {
			lines = append(lines, "an existing one")
		}
		if attached, reserved := s.Firewall.Addresses(); attached > 0 {
			line := fault.Count(attached, "public IP")
			if reserved > 0 {
				line += fmt.Sprintf(", %d more reserved", reserved)
			}
			lines = append(lines, line)
		}
	}
	if mode := set(policy.SettingThreatIntel); mode != "" {
		lines = append(lines, "threat intelligence: "+mode)
	}
	if proxy := set(policy.SettingDNSProxy); proxy != "" {
		lines = append(lines, "DNS proxy: "+proxy)
	}
	if len(in.Firewall.Settings) == 0 {
		lines = append(lines, "its settings were not read")
	}
	return lines
}

// sendersOf are the clusters, or else the sources of what may leave.
func sendersOf(in Input, out []Line) []sender {
	var all []sender
	switch {
	case in.Spec != nil:
		for _, c := range in.Spec.Clusters() {
			s := sender{name: c.Name, lines: []string{"nodes " + c.NodeSubnet.String()}}
			if c.NetworkPlugin != "" {
				s.lines = append(s.lines, "plugin "+string(c.NetworkPlugin))
			}
			nodes := 0
			for _, p := range c.NodePools {
				nodes += p.MaxNodes()
			}
			s.lines = append(s.lines, fmt.Sprintf("%s, up to %s", fault.Count(len(c.NodePools), "pool"), fault.Count(nodes, "node")))
			if c.InSpoke() {
				s.spoke = true
				s.lines = append(s.lines, "spoke "+join(c.AddressSpaces))
			}
			if c.Private {
				s.lines = append(s.lines, "private API server")
			}
			all = append(all, s)
		}
	case len(in.Firewall.Clients) > 0:
		for _, c := range in.Firewall.Clients {
			all = append(all, sender{name: c.Name, lines: c.Sources})
		}
	default:
		flows := map[string]int{}
		var order []string
		for _, l := range out {
			if flows[l.From]++; !slices.Contains(order, l.From) {
				order = append(order, l.From)
			}
		}
		for _, from := range order {
			all = append(all, sender{name: from, lines: []string{fault.Count(flows[from], "set") + " of flows"}})
		}
	}
	if len(all) > mostDrawn {
		more := sender{name: fmt.Sprintf("%d more", len(all)-mostDrawn+1)}
		for _, s := range all[mostDrawn-1:] {
			more.lines = append(more.lines, s.name)
		}
		if len(more.lines) > mostDrawn {
			more.lines = []string{"too many to draw: the tables have them"}
		}
		all = append(all[:mostDrawn-1], more)
	}
	return all
}

func join(list []netip.Prefix) string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

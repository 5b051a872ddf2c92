package report

import (
	"fmt"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// SNAT is how many connections to one destination the firewall can hold, and how
// many the nodes might want.
type SNAT struct {
	Addresses, Nodes        int
	Capacity, Need          int
	Least                   int // addresses that would do
	PerAddress, PerNode     int
	Instances               int
	Plot                    Plot
	MaxAddresses, MaxWanted int // the ends of the axes
}

// Plot is the coordinates of the curve.
type Plot struct {
	Width, Height            int
	Left, Right, Top, Bottom int
	LineX, LineY             int // where the capacity's line ends
	NeedY                    int
	HereX, HereY             int
	Steps                    []Tick // of the ports' axis
	Counts                   []Tick // of the addresses' axis
}

// Tick is a place on an axis.
type Tick struct{ At, Value int }

// mostAddresses is how many public IPs Azure takes.
const mostAddresses = 250

// snat reckons for settings; why says why there is nothing to reckon with.
func snat(s *spec.Spec) (out *SNAT, why string) {
	switch {
	case s == nil:
		return nil, "Addresses and nodes are not in what was read: a stack or its settings have them."
	case s.Firewall.ForcedTunnelling:
		return nil, "With forced tunnelling everything leaves by the premises, and the firewall translates to none of its public addresses."
	case s.Firewall.ExistingFirewallID != "":
		return nil, "The firewall is an existing one, which is not made here: how many addresses and instances it has, Azure knows."
	}
	n := SNAT{Addresses: s.Firewall.PublicIPs, PerAddress: spec.SNATPortsPerIP, PerNode: spec.SNATPortsPerNode, Instances: spec.FirewallInstances, Capacity: s.SNATPorts()}
	for _, c := range s.Clusters() {
		for _, p := range c.NodePools {
			n.Nodes += p.MaxNodes()
		}
	}
	n.Need = n.Nodes * n.PerNode
	each := n.PerAddress * n.Instances
	n.Least = max(1, (n.Need+each-1)/each)
	n.MaxAddresses = min(mostAddresses, max(4, 2*max(n.Addresses, min(n.Least, mostAddresses))))
	n.MaxWanted = max(n.MaxAddresses*each, n.Need)
	n.Plot = n.plot(each)
	return &n, ""
}

func (n SNAT) plot(each int) Plot {
	p := Plot{Width: 720, Height: 320, Left: 84, Right: 700, Top: 24, Bottom: 268}
	x := func(addresses int) int { return p.Left + (p.Right-p.Left)*addresses/n.MaxAddresses }
	y := func(ports int) int { return p.Bottom - (p.Bottom-p.Top)*ports/n.MaxWanted }
	p.LineX, p.LineY = x(n.MaxAddresses), y(n.MaxAddresses*each)
	p.NeedY = y(n.Need)
	p.HereX, p.HereY = x(n.Addresses), y(n.Capacity)
	for i := range 5 {
		p.Steps = append(p.Steps, Tick{y(n.MaxWanted * i / 4), n.MaxWanted * i / 4})
		p.Counts = append(p.Counts, Tick{x(n.MaxAddresses * i / 4), n.MaxAddresses * i / 4})
	}
	return p
}

// String is the reckoning in sentences.
func (n SNAT) String() string {
	verdict := "that is enough"
	if !n.Enough() {
		verdict = fmt.Sprintf("%d addresses would do", n.Least)
	}
	return fmt.Sprintf("%s: %d ports to one destination, with %d instances at %d each. Up to %s at %d each may want %d: %s. The ports of a node are an estimate, and more instances come with load.",
		fault.Count(n.Addresses, "public IP"), n.Capacity, n.Instances, n.PerAddress, fault.Count(n.Nodes, "node"), n.PerNode, n.Need, verdict)
}

// Enough reports whether the addresses would do for all nodes.
func (n SNAT) Enough() bool { return n.Capacity >= n.Need }

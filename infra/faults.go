package infra

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// faults collects what is wrong with an Args, so that all of it is reported
// together.
type faults struct {
	component string
	all       []error
}

// add records one fault: the field, what is wrong with its value, and what to
// do about it.
func (f *faults) add(path, problem, mend string) {
	f.all = append(f.all, fmt.Errorf("%s.%s: %s: %s", f.component, path, problem, mend))
}

// err returns all faults as one error, or nil.
func (f *faults) err() error { return errors.Join(f.all...) }

// required records a fault when a value is missing.
func (f *faults) required(path, value string) {
	if strings.TrimSpace(value) == "" {
		f.add(path, "missing", "give it a value")
	}
}

// present records a fault when an input is missing.
func (f *faults) present(path string, given bool) {
	if !given {
		f.add(path, "missing", "give it a value or another resource's output")
	}
}

// cidr records a fault when a value is no IPv4 network, has host bits, or is
// smaller than maxBits allows. Azure Firewall rules and AKS behind them speak
// IPv4 only.
func (f *faults) cidr(path, value string, maxBits int) netip.Prefix {
	p, err := netip.ParsePrefix(value)
	switch {
	case err != nil:
		f.add(path, fmt.Sprintf("%q is no CIDR", value), "write an address and a length, such as 10.42.1.0/24")
	case !p.Addr().Is4():
		f.add(path, fmt.Sprintf("%q is not IPv4", value), "Azure Firewall filters IPv4 only; give an IPv4 range")
	case p != p.Masked():
		f.add(path, fmt.Sprintf("%q has bits set behind its length", value), "write "+p.Masked().String())
	case p.Bits() > maxBits:
		f.add(path, fmt.Sprintf("%q is too small", value), fmt.Sprintf("Azure takes /%d or larger here", maxBits))
	}
	return p
}

// resourceID records a fault when a value is no ID of a resource of the given
// type, e.g. "Microsoft.Network/routeTables".
func (f *faults) resourceID(path, value, armType string) {
	id, err := parseID(value)
	if err != nil {
		f.add(path, fmt.Sprintf("%q is no resource ID", value), "write /subscriptions/…/resourceGroups/…/providers/"+armType+"/…")
		return
	}
	if !strings.EqualFold(id.armType, armType) {
		f.add(path, fmt.Sprintf("%q is the ID of a %s", value, id.armType), "give the ID of a "+armType)
	}
}

// azureID is an Azure resource ID taken apart.
type azureID struct {
	subscription, resourceGroup, armType string
	parent                               string // the name before the last, for a child resource
	name                                 string
}

// parseID takes an Azure resource ID in a resource group apart.
func parseID(id string) (azureID, error) {
	parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
	if len(parts) < 8 || len(parts)%2 != 0 || !strings.EqualFold(parts[0], "subscriptions") ||
		!strings.EqualFold(parts[2], "resourceGroups") || !strings.EqualFold(parts[4], "providers") {
		return azureID{}, fmt.Errorf("%q is no Azure resource ID", id)
	}
	out := azureID{subscription: parts[1], resourceGroup: parts[3], armType: parts[5]}
	for i := 6; i < len(parts); i += 2 {
		if parts[i] == "" || parts[i+1] == "" {
			return azureID{}, fmt.Errorf("%q is no Azure resource ID", id)
		}
		out.armType += "/" + parts[i]
		out.parent, out.name = out.name, parts[i+1]
	}
	return out, nil
}

package infra

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// faults collects what is wrong with an Args, so that all of it is reported
// together, with paths below the component's name.
type faults struct {
	component string
	all       fault.List
}

// add records one fault: the field, what is wrong with its value, and what to
// do about it.
func (f *faults) add(path, problem, fix string) { f.all.Add(path, "", problem, fix) }

// err returns all faults as one error, or nil.
func (f *faults) err() error { return f.all.Under(f.component).Err() }

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

// cidr records a fault when a value is not an IPv4 network, has host bits, or
// is smaller than maxBits allows. Azure Firewall rules and AKS behind them speak
// IPv4 only.
func (f *faults) cidr(path, value string, maxBits int) netip.Prefix {
	p, reason := fault.CIDR(value)
	switch {
	case reason != "" && p.IsValid():
		f.all.Add(path, value, reason, "write "+p.Masked().String())
	case reason != "":
		f.all.Add(path, value, reason, "write an IPv4 address and a length, such as 10.42.1.0/24")
	case p.Bits() > maxBits:
		f.all.Add(path, value, "is too small", fmt.Sprintf("Azure takes /%d or larger here", maxBits))
	}
	return p
}

// resourceID records a fault when a value is not the ID of a resource of the
// given type, e.g. "Microsoft.Network/routeTables".
func (f *faults) resourceID(path, value, armType string) {
	if reason := fault.ResourceID(value, armType); reason != "" {
		f.all.Add(path, value, reason, "write "+fault.IDForm(armType))
	}
}

// parseID takes the ID of an existing resource apart.
func parseID(id string) (fault.ID, error) {
	out, ok := fault.ParseID(id)
	if !ok {
		return fault.ID{}, fmt.Errorf("%s is not an Azure resource ID", fault.Quote(id))
	}
	return out, nil
}

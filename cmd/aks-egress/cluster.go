package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/rules"
)

// describedCluster is a cluster that flags describe, where the operand does not
// say which rows it needs.
type describedCluster struct {
	cloud, region     string
	features, sources []string
	private           bool
}

func (d *describedCluster) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.cloud, "cloud", "", "public, china or usgovernment (default: the region's)")
	f.StringVar(&d.region, "region", "", "the cluster's region, such as eastus")
	f.StringSliceVar(&d.features, "features", nil, "features besides core, or all")
	f.StringSliceVar(&d.sources, "sources", nil, "ranges that the cluster's flows come from")
	f.BoolVar(&d.private, "private", false, "the cluster is private, so that it does not need some rows")
}

// given reports whether any flag describes a cluster.
func (d describedCluster) given() bool {
	return d.cloud != "" || d.region != "" || d.features != nil || d.sources != nil || d.private
}

// wants is the cluster that the flags describe; none where there are none.
func (d describedCluster) wants() ([]audit.Want, error) {
	if !d.given() {
		return nil, nil
	}
	sourcesErr := checkRanges("--sources", d.sources)
	sel := rules.Selection{Cloud: rules.Cloud(d.cloud), Region: d.region, Private: d.private}
	for _, f := range d.features {
		sel.Features = append(sel.Features, rules.Feature(f))
	}
	if d.region == "" {
		_, err := rules.List(rules.Query{Cloud: sel.Cloud, Features: sel.Features})
		return nil, errors.Join(sourcesErr, errors.New("--region is missing: which rows a cluster needs depends on its region, such as eastus"), flagged(err))
	}
	if sel.Cloud == "" {
		sel.Cloud = rules.CloudOf(d.region)
	}
	_, err := rules.Resolve(sel)
	return []audit.Want{{Selection: sel, Sources: d.sources}}, errors.Join(sourcesErr, flagged(err))
}

// flagged is what is wrong with a choice of rows by the flags that made it.
func flagged(err error) error {
	var faults fault.List
	if !errors.As(err, &faults) {
		return err
	}
	return faults.At(func(path string) string {
		name, _, _ := strings.Cut(path, "[")
		if name == "asOf" {
			name = "as-of"
		}
		return "--" + name
	})
}

// refuse is what is wrong with describing clusters that an operand describes.
func (d describedCluster) refuse(loaded []operand.Loaded) error {
	var faults []error
	for _, x := range loaded {
		if d.given() && len(x.Clusters) > 0 {
			faults = append(faults, fmt.Errorf("%s says itself which rows it needs: leave out --cloud, --region, --features, --sources and --private", x.Name))
		}
	}
	return errors.Join(faults...)
}

// auditInput is what is audited of an operand, with the clusters that flags
// describe.
func auditInput(x operand.Loaded, described []audit.Want) audit.Input {
	in := audit.Input{Operand: x.Name, Firewall: x.Firewall, Wants: described}
	for _, c := range x.Clusters {
		in.Wants = append(in.Wants, audit.Want{Name: c.Name, Selection: c.Selection, Sources: c.Sources})
	}
	for _, r := range x.Read {
		in.Unread, in.Warnings = append(in.Unread, r.Unsure...), append(in.Warnings, r.Warnings...)
	}
	return in
}

package settings

import (
	"slices"

	"github.com/aks-egress/aks-egress/rules"
)

// Has tells whether a feature is switched on for the cluster.
func (c Cluster) Has(f rules.Feature) bool {
	return f == rules.Core || slices.Contains(c.Features, f)
}

package rules

import "github.com/aks-egress/aks-egress/fault"

// checks collects what is wrong with a Selection or a Query.
type checks struct{ fault.List }

package azure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// duration is how long Azure is at a write.
type duration struct {
	create, update, remove time.Duration
	source                 string // empty: an assumption
}

// durations are those of the types that Azure is at for minutes; everything
// else is assumed to be done in seconds.
func durations() map[string]duration {
	const known = "Microsoft, Azure Firewall known issues and limitations, read 2026-08: a configuration update takes three to five minutes on average"
	return map[string]duration{
		firewallType: {8 * time.Minute, 4 * time.Minute, 8 * time.Minute, known + "; the other two are assumptions"},
		groupRCType:  {4 * time.Minute, 4 * time.Minute, 4 * time.Minute, known + "; for groups whose policy a firewall has"},
		clusterType:  {6 * time.Minute, 3 * time.Minute, 5 * time.Minute, ""},
		poolType:     {3 * time.Minute, 2 * time.Minute, 3 * time.Minute, ""},
		gatewayType:  {30 * time.Minute, 10 * time.Minute, 10 * time.Minute, ""},
		bastionType:  {6 * time.Minute, 4 * time.Minute, 6 * time.Minute, ""},
	}
}

const short = 5 * time.Second

// lasts is how long Azure is at a write.
func (p *Pending) lasts(s *state) time.Duration {
	d, ok := durations()[p.kind.name]
	switch {
	case !ok, p.kind.name == groupRCType && !s.onAFirewall(p.ID):
		return short
	case p.out == nil:
		return d.remove
	case p.Created:
		return d.create
	}
	return d.update
}

// onAFirewall reports whether a firewall has the policy of a group.
func (s *state) onAFirewall(group string) bool {
	policy, _, _ := strings.Cut(key(group), "/rulecollectiongroups/")
	for _, fw := range s.all(firewallType) {
		if sameID(text(fw.props(), "firewallPolicy", "id"), policy) {
			return true
		}
	}
	return false
}

// LatencyFlag reads --latency: a scale of 20 ms and more, or azure, which is a
// second for each minute that Azure is at a write.
type LatencyFlag struct {
	Scale *float64
	Azure *bool
}

// Set reads a scale or azure.
func (f LatencyFlag) Set(s string) error {
	*f.Azure = s == "azure"
	if *f.Azure {
		return nil
	}
	scale, err := strconv.ParseFloat(s, 64)
	if err != nil || scale < 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		return fmt.Errorf("%q is not a scale: give a number of 0 or more, or azure", s)
	}
	*f.Scale = scale
	return nil
}

func (f LatencyFlag) String() string {
	if f.Scale == nil {
		return ""
	}
	return strconv.FormatFloat(*f.Scale, 'g', -1, 64)
}

// Type is what help calls the value.
func (f LatencyFlag) Type() string { return "SCALE" }

package settings

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// sane holds a result to what every reading promises: settings that validate
// again and give their derived values, or faults of one line each.
func sane(t *testing.T, s *spec.Plan, err error) {
	if err != nil {
		var faults fault.List
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		for _, f := range faults {
			if f.Path == "" || f.Reason == "" || f.Fix == "" {
				t.Fatalf("a fault without path, problem or fix: %q", f)
			}
			if text := f.String(); !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Fatalf("a fault that breaks its line: %q", text)
			}
		}
		return
	}
	if _, err := s.Plan("firewall.publicIps", "cluster.nodePools[0].count"); err != nil {
		t.Fatalf("accepted, but: %v", err)
	}
	if !s.FirewallPrivateIP().IsValid() {
		t.Fatal("accepted without a next hop")
	}
	s.VNetDNS()
	_ = s.Warnings(time.Now())
	for _, c := range s.Clusters() {
		for _, r := range c.SourceRanges() {
			if !r.IsValid() {
				t.Fatal("accepted without source ranges")
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/walkthrough.yaml", "testdata/every-key.yaml", "../../Pulumi.dev.yaml", "../../Pulumi.prod.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("Pulumi.fuzz.yaml", data)
		sane(t, s, err)
	})
}

// FuzzFromConfig takes the configuration as the engine hands it over: one JSON
// object of texts.
func FuzzFromConfig(f *testing.F) {
	for _, seed := range []string{
		`{"azure-native:location":"eastus"}`,
		`{"azure-native:location":"eastus","aks-egress:network":"{\"nodeSubnet\":\"10.42.1.0/24\"}","aks-egress:features":"[\"updates\"]"}`,
		`{"azure-native:location":"chinaeast2","aks-egress:firewall":"{\"publicIps\":3,\"zones\":[\"1\"]}","aks-egress:kubeconfig":"true"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var config map[string]string
		if json.Unmarshal(data, &config) != nil {
			return
		}
		s, err := FromConfig(config)
		sane(t, s, err)
	})
}

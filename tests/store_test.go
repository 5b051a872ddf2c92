package tests

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// manifest is what the tests read of a Kubernetes manifest.
type manifest struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct {
		Type  string
		Ports []struct {
			Port       int
			TargetPort int `yaml:"targetPort"`
		}
		Template struct {
			Spec struct {
				Containers []struct {
					Image string
					Ports []struct {
						ContainerPort int `yaml:"containerPort"`
					}
				}
			}
		}
	}
}

func readManifests(t *testing.T, path string) []manifest {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []manifest
	for d := yaml.NewDecoder(bytes.NewReader(b)); ; {
		var m manifest
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out = append(out, m)
	}
}

// The store's manifests and its settings say the same: the address and port
// that DNAT leads to are those of an internal load balancer, and every image
// comes from where the firewall lets the nodes fetch it.
func TestStoreManifests(t *testing.T) {
	t.Parallel()
	s, err := settings.Load(filepath.Join(root, "examples", "store", "Pulumi.store.yaml"))
	require.NoError(t, err)
	decider := policy.NewDecider(s.Compiled.Policy, policy.Options{})
	node := s.Clusters()[0].NodeSubnet.Addr().Next()
	require.Len(t, s.Ingress, 1)
	in := s.Ingress[0]

	listens := map[int]bool{}
	images, doors := 0, 0
	all := readManifests(t, filepath.Join(root, "examples", "store", "store.yaml"))
	for _, m := range all {
		for _, c := range m.Spec.Template.Spec.Containers {
			images++
			host, _, _ := strings.Cut(c.Image, "/")
			v := decider.Decide(policy.Flow{Source: node, Protocol: policy.HTTPS, Host: host, Port: 443})
			assert.Equal(t, policy.Allowed, v.Decision, "%s: %s", c.Image, v.Reason())
			for _, p := range c.Ports {
				listens[p.ContainerPort] = true
			}
		}
	}
	for _, m := range all {
		if m.Kind != "Service" {
			continue
		}
		for _, p := range m.Spec.Ports {
			assert.True(t, listens[cmp.Or(p.TargetPort, p.Port)], "%s leads to a port that a container has", m.Metadata.Name)
		}
		if m.Spec.Type != "LoadBalancer" {
			continue
		}
		doors++
		annotation := func(name string) string {
			return m.Metadata.Annotations["service.beta.kubernetes.io/azure-load-balancer-"+name]
		}
		assert.Equal(t, "true", annotation("internal"), "a public load balancer would be another way in")
		assert.Equal(t, in.TranslatedAddress, netip.MustParseAddr(annotation("ipv4")))
		assert.Equal(t, in.TranslatedPort, m.Spec.Ports[0].Port)
	}
	assert.Equal(t, 4, images)
	assert.Equal(t, 1, doors, "one way in")
}

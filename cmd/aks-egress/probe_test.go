package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProbe(t *testing.T) {
	stack, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	dir := written(t, map[string]string{
		"lacks.yaml": string(stack) + "  aks-egress:rows: {without: [core.mcr]}\n",
		"two.yaml":   string(stack) + "  aks-egress:clusters: [{name: two, network: {nodeSubnet: 10.42.8.0/24}, features: [policy]}]\n",
	})
	lacks, two := filepath.Join(dir, "lacks.yaml"), filepath.Join(dir, "two.yaml")
	for _, row := range []struct {
		code  int
		want  string
		said  string
		args  []string
		notIn string
	}{
		{0, "\npass core.mcr https://mcr.microsoft.com:443/\n", "read dev: ", []string{"dev"}, "policy"},
		{0, "kind: Job\n", "", []string{"dev", "--format", "job", "--image", "registry.example/curl:8"}, "nothing"},
		{0, "https://data.policy.core.windows.net:443/", "", []string{two, "--cluster", "aks-egress-two"}, "registry-1.docker.io"},
		{0, "https://mcr.microsoft.com:443/", "", []string{exportedPolicy(t), "--region", "eastus", "--features", "monitor"}, "policy"},
		{1, "pass core.mcr-edge ", "https://mcr.microsoft.com: row core.mcr asks for it, and the operand denies it", []string{exportedPolicy(t, "--sources", "10.9.9.0/24"), "--region", "eastus", "--features", "gpu"}, "nothing"},
		{2, "", "--cluster is missing: the stack has aks-egress, aks-egress-two", []string{two}, "pass"},
		{2, "", "--cluster: \"three\" is not a cluster of the stack", []string{two, "--cluster", "three"}, "pass"},
		{2, "", "--region is missing: a policy does not say where its cluster is", []string{exportedPolicy(t)}, "pass"},
		{2, "", "--cluster is for settings", []string{exportedPolicy(t), "--cluster", "x"}, "pass"},
		{2, "", "--image is missing", []string{"dev", "--format", "job"}, "pass"},
		{2, "", "--image: \"a b\" is not the name of an image", []string{"dev", "--format", "job", "--image", "a b"}, "pass"},
		{2, "", "--namespace: \"No\" is not a Kubernetes name", []string{"dev", "--format", "job", "--image", "i", "--namespace", "No"}, "pass"},
		{2, "", "--image is for a Job: give --format job as well, or leave it out\n--namespace is for a Job", []string{"dev", "--image", "i", "--namespace", "n"}, "pass"},
		{2, "", "--format: \"yaml\" is not a format", []string{"dev", "--format", "yaml"}, "pass"},
	} {
		code, out, errOut := call("", append([]string{"probe"}, row.args...)...)
		if row.code == 1 {
			row.said = "" // which rows are denied follows from the policy
			assert.Contains(t, errOut, "asks for it, and the operand denies it")
		}
		assert.Equal(t, row.code, code, "%s%s", row.args, errOut)
		assert.Contains(t, out, row.want)
		assert.Contains(t, errOut, row.said)
		assert.NotContains(t, out, row.notIn)
	}
	// Settings that leave a row out do not ask for it.
	_, out, _ := call("", "probe", lacks)
	assert.NotContains(t, out, "core.mcr ")
}

package azure

import (
	"slices"
	"strconv"
	"strings"
)

// clusterDefaults shows what AKS fills in beyond the network profile, where
// the API version has it (recorded traffic of Microsoft's command line test
// suites, 2020 to 2026-04).
func clusterDefaults(c *change, wide bool) {
	p := c.props()
	defaults := map[string]any{
		"oidcIssuerProfile.enabled":                 false,
		"storageProfile.diskCSIDriver.enabled":      true,
		"storageProfile.diskCSIDriver.version":      "v1",
		"storageProfile.fileCSIDriver.enabled":      true,
		"storageProfile.snapshotController.enabled": true,
		"autoUpgradeProfile.nodeOSUpgradeChannel":   "NodeImage",
		"metricsProfile.costAnalysis.enabled":       false,
		"nodeProvisioningProfile.mode":              "Manual",
		"nodeResourceGroupProfile.restrictionLevel": "Unrestricted",
		"bootstrapProfile.artifactSource":           "Direct",
		"networkProfile.podLinkLocalAccess":         "IMDS",
	}
	if truth(p, "networkProfile", "advancedNetworking", "enabled") {
		cilium := text(p, "networkProfile", "networkDataplane") == "cilium"
		defaults["networkProfile.advancedNetworking.observability.enabled"] = true
		defaults["networkProfile.advancedNetworking.security.enabled"] = cilium
	}
	if lb, ok := at(p, "networkProfile", "loadBalancerProfile").(object); ok && (lb["idleTimeoutInMinutes"] != nil || lb["allocatedOutboundPorts"] != nil) {
		defaults["networkProfile.loadBalancerProfile.idleTimeoutInMinutes"] = 30.0
		defaults["networkProfile.loadBalancerProfile.allocatedOutboundPorts"] = 0.0
	}
	if text(c.body, "sku", "name") == "Automatic" {
		defaults["nodeProvisioningProfile.mode"] = "Auto"
		defaults["nodeResourceGroupProfile.restrictionLevel"] = "ReadOnly"
	}
	switch outboundOf(p) {
	case "loadBalancer":
		defaults["networkProfile.loadBalancerProfile.backendPoolType"] = "NodeIPConfiguration"
		defaults["networkProfile.loadBalancerProfile.clusterServiceLoadBalancerHealthProbeMode"] = "ServiceNodePort"
	case "managedNATGateway":
		defaults["networkProfile.natGatewayProfile.idleTimeoutInMinutes"] = 4.0
		defaults["networkProfile.natGatewayProfile.managedOutboundIPProfile.count"] = 1.0
	}
	if pluginOf(p) == "azure" {
		defaults["windowsProfile.adminUsername"] = "azureuser"
		defaults["windowsProfile.enableCSIProxy"] = true
	}
	if truth(p, "securityProfile", "imageCleaner", "enabled") {
		defaults["securityProfile.imageCleaner.intervalHours"] = 168.0
	}
	if truth(p, "ingressProfile", "webAppRouting", "enabled") {
		defaults["ingressProfile.webAppRouting.nginx.defaultIngressControllerType"] = "AnnotationControlled"
	}
	if p["safeguardsProfile"] != nil {
		defaults["safeguardsProfile.systemExcludedNamespaces"] = []any{"kube-system", "calico-system", "tigera-system", "gatekeeper-system"}
	}
	if wide && truth(p, "workloadAutoScalerProfile", "verticalPodAutoscaler", "enabled") { // a value that the types do not have
		defaults["workloadAutoScalerProfile.verticalPodAutoscaler.addonAutoscaling"] = "Unspecified"
	}
	for _, path := range sortedNames(defaults) {
		c.fill(path, defaults[path])
	}
	if c.model != nil && c.model.Has("kind") {
		fill(c.body, "kind", "Base")
	}
	if aad, ok := p["aadProfile"].(object); ok && truth(aad, "managed") {
		fill(aad, "enableAzureRBAC", false)
	}
	if scaler, ok := p["autoScalerProfile"].(object); ok && (len(scaler) > 0 || c.old != nil && at(c.old.props(), "autoScalerProfile") != nil) {
		fillAll(scaler, scalerDefaults())
	}
}

// scalerDefaults are those of the cluster autoscaler once one is given
// (recorded traffic, as above; Microsoft, Cluster autoscaler profile settings,
// 2025).
func scalerDefaults() object {
	return object{
		"balance-similar-node-groups": "false", "expander": "random", "max-empty-bulk-delete": "10", "max-graceful-termination-sec": "600",
		"max-node-provision-time": "15m", "max-total-unready-percentage": "45", "new-pod-scale-up-delay": "0s", "ok-total-unready-count": "3",
		"scale-down-delay-after-add": "10m", "scale-down-delay-after-delete": "10s", "scale-down-delay-after-failure": "3m",
		"scale-down-unneeded-time": "10m", "scale-down-unready-time": "20m", "scale-down-utilization-threshold": "0.5",
		"scan-interval": "10s", "skip-nodes-with-local-storage": "false", "skip-nodes-with-system-pods": "true",
	}
}

// poolDefaults does the same for a pool.
func poolDefaults(c *change) {
	p := c.props()
	defaults := map[string]any{
		"kubeletDiskType": "OS", "enableFIPS": false, "scaleDownMode": "Delete", "enableNodePublicIP": false,
		"enableEncryptionAtHost": false, "enableUltraSSD": false, "securityProfile.enableVTPM": false, "securityProfile.enableSecureBoot": false,
		"securityProfile.sshAccess": "LocalUser",
	}
	if text(p, "osType") != "Windows" && text(p, "scaleSetPriority") != "Spot" && text(p, "mode") == "System" {
		defaults["upgradeSettings.maxSurge"] = "10%"
	}
	for _, path := range sortedNames(defaults) {
		c.fill(path, defaults[path])
	}
	if whole(p, "osDiskSizeGB") == 0 { // zero asks for the default, that of the size
		p["osDiskSizeGB"] = 128.0
	}
}

// overlayByDefault reports whether a cluster that names no network plugin gets
// Azure CNI overlay: since Kubernetes 1.30, before it was kubenet (recorded
// traffic, as above).
func overlayByDefault(version string) bool {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return true
	}
	minor, err := strconv.Atoi(parts[1])
	return err != nil || minor >= 30
}

// emptied takes out what a client sends empty for what it does not want to
// say: AKS reads "" as nothing there.
func emptied(o object, names ...string) {
	for name, v := range o {
		if v == "" && slices.Contains(names, name) {
			delete(o, name)
		}
	}
}

package azure

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWalkthrough(t *testing.T) {
	h := base(t)
	got := h.put(h.cluster(nil))
	assert.Regexp(t, `^aks-[0-9a-f]{8}\.hcp\.eastus\.azmk8s\.io$`, text(got, "properties", "fqdn"))
	h.remove(clusterID, nodesID, routeID, tableID, fwID, coreID, policyID, fwSubnet, vnetID, pipID, netBase+"/publicIPAddresses/pip-1", testGroup)
	assert.Empty(t, h.w.List())
}

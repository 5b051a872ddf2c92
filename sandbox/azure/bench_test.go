package azure

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkPutBesideAHundredClusters is one write in a world of a hundred
// clusters behind one firewall, saved to its file.
func BenchmarkPutBesideAHundredClusters(b *testing.B) {
	h := base(&testing.T{})
	h.put(embedded(vnet(vnetID, []any{"10.42.2.4"}, "10.42.0.0/16", "10.128.0.0/9")), oneRule(appRule("a", object{"sourceAddresses": []any{"*"}})))
	for i := range 100 {
		nodes := fmt.Sprintf("%s/subnets/nodes-%d", vnetID, i)
		rt := fmt.Sprintf("%s-%d", tableID, i)
		s := h.cluster(all(poolsOf(pool("system", object{"vnetSubnetID": nodes}))))
		s.id = fmt.Sprintf("%s-%d", clusterID, i)
		h.put(table(rt), route(rt+"/routes/default", "0.0.0.0/0", "VirtualAppliance", "10.42.2.4"), subnet(nodes, fmt.Sprintf("10.130.%d.0/24", i), rt), s)
	}
	w, err := Open(filepath.Join(b.TempDir(), "world.json"), Options{Latency: 1e-9})
	if err != nil {
		b.Fatal(err)
	}
	w.state = h.w.state.clone()
	put := route(tableID+"/routes/more", "198.51.100.1/32", "Internet", "")
	for b.Loop() {
		if _, err := w.Put(b.Context(), put.id, api(put.id), put.body); err != nil {
			b.Fatal(err)
		}
	}
}

package spec_test
import ("testing";"fmt";"strings";"github.com/aks-egress/aks-egress/stack/settings")
func many(n int) string {
		var b strings.Builder
		b.WriteString("config:\n  azure-native:location: eastus\n  aks-egress:features: [updates, monitor]\n  aks-egress:network: {addressSpace: 10.0.0.0/16, nodeSubnet: 10.0.1.0/24, firewallSubnet: 10.0.2.0/24}\n  aks-egress:cluster: {serviceCidr: 172.16.0.0/16, podCidr: 192.168.0.0/16}\n  aks-egress:clusters:\n")
		for i := range n - 1 {
			fmt.Fprintf(&b, "    - {name: c%d, features: [updates, monitor], cluster: {serviceCidr: 172.16.0.0/16, podCidr: 192.168.0.0/16}, network: {addressSpace: 10.%d.%d.0/23, nodeSubnet: 10.%d.%d.0/24}}\n", i, 1+i/128, i%128*2, 1+i/128, i%128*2)
		}
		return b.String()
}
func BenchmarkMany(b *testing.B){ d:=[]byte(many(100)); for b.Loop() { if _,err:=settings.Parse("x",d); err!=nil {b.Fatal(err)} } }
func BenchmarkMany500(b *testing.B){ d:=[]byte(many(500)); for b.Loop() { _,_=settings.Parse("x",d) } }
func BenchmarkOne(b *testing.B){ d:=[]byte("config:\n  azure-native:location: eastus\n"); for b.Loop() { if _,err:=settings.Parse("x",d); err!=nil {b.Fatal(err)} } }

package infra

import (
	"strconv"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NodePool is an agent pool.
type NodePool struct {
	// Name is 1 to 12 lower-case letters and digits, at most 6 for Windows.
	Name string
	// VMSize is e.g. "Standard_D4s_v5".
	VMSize string
	// Count is how many nodes there are, or at first with autoscaling.
	Count int
	// Min and Max bound the autoscaler; both zero switches it off.
	Min, Max int
	// OS is Linux or Windows; empty is Linux.
	OS string
	// Mode is System or User.
	Mode string
	// Zones are availability zones "1".."3".
	Zones []string
	// Taints are written key=value:Effect.
	Taints []string
	// Spot takes evictable capacity; User pools only.
	Spot bool
	// MaxPods is pods a node; 0 leaves Azure's default for the plugin.
	MaxPods int
	// MaxSurge is how many nodes an upgrade adds; 0 leaves Azure's default,
	// and is what a spot pool must have.
	MaxSurge int
}

func (p NodePool) upgrade() containerservice.AgentPoolUpgradeSettingsPtrInput {
	if p.MaxSurge == 0 {
		return nil
	}
	return &containerservice.AgentPoolUpgradeSettingsArgs{MaxSurge: pulumi.String(strconv.Itoa(p.MaxSurge))}
}

// maxPods is sent only when it is said.
func (p NodePool) maxPods() pulumi.IntPtrInput {
	if p.MaxPods <= 0 {
		return nil
	}
	return pulumi.Int(p.MaxPods)
}

// podSubnet is where pods have their addresses; nil but for AzurePodSubnet.
func (a *ClusterArgs) podSubnet() pulumi.StringPtrInput {
	if a.PodSubnetID == nil {
		return nil
	}
	return a.PodSubnetID.ToStringOutput()
}

func (p NodePool) autoscaled() bool { return p.Min != 0 || p.Max != 0 }

// splitPools returns the pool that is part of the cluster, the first System
// one, and the others.
func (a *ClusterArgs) splitPools() (NodePool, []NodePool) {
	var system NodePool
	var others []NodePool
	for _, p := range a.NodePools {
		if p.Mode == "System" && system.Name == "" {
			system = p
			continue
		}
		others = append(others, p)
	}
	return system, others
}

func (a *ClusterArgs) systemPool(p NodePool) containerservice.ManagedClusterAgentPoolProfileArgs {
	out := containerservice.ManagedClusterAgentPoolProfileArgs{
		Name:              pulumi.String(p.Name),
		VmSize:            pulumi.String(p.VMSize),
		Count:             pulumi.Int(p.Count),
		Mode:              pulumi.String("System"),
		Type:              pulumi.String("VirtualMachineScaleSets"),
		OsType:            pulumi.String(or(p.OS, "Linux")),
		VnetSubnetID:      a.SubnetID.ToStringOutput(),
		AvailabilityZones: list(p.Zones),
		NodeTaints:        list(p.Taints),
		UpgradeSettings:   p.upgrade(),
		PodSubnetID:       a.podSubnet(),
		MaxPods:           p.maxPods(),
	}
	if p.autoscaled() {
		out.EnableAutoScaling = pulumi.Bool(true)
		out.MinCount, out.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
	}
	return out
}

// changedByAzure lists what Azure changes by itself and no plan should show as
// a change: the version under an upgrade channel, the count of a pool that
// scales. An update for another reason sends what the state holds, so where
// these move, refresh first (pulumi up --refresh).
func (a *ClusterArgs) changedByAzure(system NodePool) []string {
	var out []string
	if a.KubernetesVersion != "" && a.UpgradeChannel != "" && a.UpgradeChannel != "none" {
		out = append(out, "kubernetesVersion")
	}
	if system.autoscaled() {
		out = append(out, "agentPoolProfiles[0].count")
	}
	return out
}

// otherPools makes the pools that are resources of their own, one after
// another: Azure takes one write at a time per cluster.
func (a *ClusterArgs) otherPools(ctx *pulumi.Context, name string, clusterName pulumi.StringInput, cluster pulumi.Resource, pools []NodePool, parent *Cluster) error {
	before := []pulumi.Resource{cluster}
	for _, p := range pools {
		pool := &containerservice.AgentPoolArgs{
			AgentPoolName:     pulumi.String(p.Name),
			ResourceName:      clusterName,
			ResourceGroupName: a.ResourceGroupName,
			VmSize:            pulumi.String(p.VMSize),
			Count:             pulumi.Int(p.Count),
			Mode:              pulumi.String(p.Mode),
			Type:              pulumi.String("VirtualMachineScaleSets"),
			OsType:            pulumi.String(or(p.OS, "Linux")),
			VnetSubnetID:      a.SubnetID.ToStringOutput(),
			AvailabilityZones: list(p.Zones),
			NodeTaints:        list(p.Taints),
			UpgradeSettings:   p.upgrade(),
			PodSubnetID:       a.podSubnet(),
			MaxPods:           p.maxPods(),
		}
		opts := []pulumi.ResourceOption{pulumi.Parent(parent), pulumi.DependsOn(before), timeouts()}
		if p.autoscaled() {
			pool.EnableAutoScaling = pulumi.Bool(true)
			pool.MinCount, pool.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
			opts = append(opts, pulumi.IgnoreChanges([]string{"count"}))
		}
		if p.Spot {
			pool.ScaleSetPriority = pulumi.String("Spot")
			pool.ScaleSetEvictionPolicy = pulumi.String("Delete")
			pool.SpotMaxPrice = pulumi.Float64(-1)
		}
		made, err := containerservice.NewAgentPool(ctx, name+"-pool-"+p.Name, pool, opts...)
		if err != nil {
			return err
		}
		before = append(before, made)
	}
	return nil
}

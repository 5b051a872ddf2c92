package infra

import (
	"slices"
	"strconv"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/spec"
)

// surge is how many nodes an upgrade adds, sent only when it is said.
func surge(p spec.NodePool) containerservice.AgentPoolUpgradeSettingsPtrInput {
	if p.MaxSurge == 0 {
		return nil
	}
	return &containerservice.AgentPoolUpgradeSettingsArgs{MaxSurge: pulumi.String(strconv.Itoa(p.MaxSurge))}
}

// number is an input for a number, nil for 0 so that nothing is sent.
func number(n int) pulumi.IntPtrInput {
	if n == 0 {
		return nil
	}
	return pulumi.Int(n)
}

// podSubnet is where pods have their addresses; nil but for azurePodSubnet.
func (m *making) podSubnet() pulumi.StringPtrInput {
	if m.spec.NetworkPlugin != spec.AzurePodSubnet {
		return nil
	}
	return m.wires.PodSubnetID.ToStringOutput()
}

// splitPools returns the pool that is part of the cluster's body, and those that
// are resources of their own. A pool never moves from one to the other: its
// resource would be deleted, and AKS refuses a pool in the body that it does not
// have yet. So the pool that the cluster was made with stays there, at first the
// first System pool. When it is gone, a running pool stands in the body as
// well, because a body needs one; it remains a resource.
func (m *making) splitPools() (inside spec.NodePool, others []spec.NodePool) {
	pools := m.spec.NodePools
	system := func(p spec.NodePool) bool { return p.Mode == spec.SystemPool }
	if was := m.wires.Running; was != nil {
		if i := slices.IndexFunc(pools, func(p spec.NodePool) bool { return p.Name == was.Inline }); i >= 0 {
			return pools[i], slices.Delete(slices.Clone(pools), i, i+1)
		}
		if i := slices.IndexFunc(pools, func(p spec.NodePool) bool { return system(p) && was.Has(p.Name) }); i >= 0 {
			return pools[i], pools
		}
	}
	i := slices.IndexFunc(pools, system)
	return pools[i], slices.Delete(slices.Clone(pools), i, i+1)
}

// inlineVersion is the version that is sent for the pool in the cluster's body:
// AKS takes it only where that is the only pool.
func (m *making) inlineVersion(p spec.NodePool, others []spec.NodePool) string {
	if len(others) > 0 || m.wires.Running != nil && !m.wires.Running.Alone(p.Name) {
		return ""
	}
	return m.wires.Running.PoolVersion(p)
}

func (m *making) inlinePool(p spec.NodePool, version string) containerservice.ManagedClusterAgentPoolProfileArgs {
	out := containerservice.ManagedClusterAgentPoolProfileArgs{
		Name:                pulumi.String(p.Name),
		VmSize:              pulumi.String(p.VMSize),
		Count:               pulumi.Int(p.Count),
		Mode:                pulumi.String(string(p.Mode)),
		Type:                pulumi.String("VirtualMachineScaleSets"),
		OsType:              pulumi.String(string(p.OS)),
		OsSKU:               optional(p.OSSKU),
		OsDiskType:          optional(p.OSDiskType),
		OsDiskSizeGB:        number(p.OSDiskSizeGB),
		NodeLabels:          texts(p.NodeLabels()),
		OrchestratorVersion: optional(version),
		VnetSubnetID:        m.wires.SubnetID.ToStringOutput(),
		AvailabilityZones:   list(p.Zones),
		NodeTaints:          list(p.NodeTaints()),
		UpgradeSettings:     surge(p),
		PodSubnetID:         m.podSubnet(),
		MaxPods:             number(p.MaxPods),
	}
	if p.Autoscaled {
		out.EnableAutoScaling = pulumi.Bool(true)
		out.MinCount, out.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
	}
	return out
}

// changedByAzure lists what Azure changes by itself and no plan should show as
// a change: the version under an upgrade channel, the count of a pool that
// scales, and what is never sent here but comes with a refresh or an import and
// would replace the cluster by being left out. An update for another reason
// sends what the state holds, so where these move, run pulumi refresh first.
func (m *making) changedByAzure(inside spec.NodePool) []string {
	out := []string{"linuxProfile", "windowsProfile", "fqdnSubdomain", "diskEncryptionSetID"}
	if m.spec.KubernetesVersion != "" && m.spec.UpgradeChannel != spec.NoUpgrades {
		out = append(out, "kubernetesVersion")
	}
	if inside.Autoscaled {
		out = append(out, "agentPoolProfiles[0].count")
	}
	return out
}

// otherPools makes the pools that are resources of their own, one after
// another: Azure takes one write at a time per cluster.
func (m *making) otherPools(clusterName pulumi.StringInput, pools []spec.NodePool) error {
	before := []pulumi.Resource{m.out.Azure}
	for _, p := range pools {
		pool := &containerservice.AgentPoolArgs{
			AgentPoolName:       pulumi.String(p.Name),
			ResourceName:        clusterName,
			ResourceGroupName:   m.ResourceGroupName,
			VmSize:              pulumi.String(p.VMSize),
			Count:               pulumi.Int(p.Count),
			Mode:                pulumi.String(string(p.Mode)),
			Type:                pulumi.String("VirtualMachineScaleSets"),
			OsType:              pulumi.String(string(p.OS)),
			OsSKU:               optional(p.OSSKU),
			OsDiskType:          optional(p.OSDiskType),
			OsDiskSizeGB:        number(p.OSDiskSizeGB),
			NodeLabels:          texts(p.NodeLabels()),
			OrchestratorVersion: optional(m.wires.Running.PoolVersion(p)),
			VnetSubnetID:        m.wires.SubnetID.ToStringOutput(),
			AvailabilityZones:   list(p.Zones),
			NodeTaints:          list(p.NodeTaints()),
			UpgradeSettings:     surge(p),
			PodSubnetID:         m.podSubnet(),
			MaxPods:             number(p.MaxPods),
		}
		opts := []pulumi.ResourceOption{m.child(before...), timeouts()}
		if p.Autoscaled {
			pool.EnableAutoScaling = pulumi.Bool(true)
			pool.MinCount, pool.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
			opts = append(opts, pulumi.IgnoreChanges([]string{"count"}))
		}
		if p.Spot {
			pool.ScaleSetPriority = pulumi.String("Spot")
			pool.ScaleSetEvictionPolicy = pulumi.String("Delete")
			pool.SpotMaxPrice = pulumi.Float64(-1)
		}
		made, err := containerservice.NewAgentPool(m.ctx, m.name+"-pool-"+p.Name, pool, opts...)
		if err != nil {
			return err
		}
		before = append(before, made)
	}
	return nil
}

// autoscaler are the autoscaler's settings, nil for Azure's.
func autoscaler(settings map[string]string) containerservice.ManagedClusterPropertiesAutoScalerProfilePtrInput {
	if len(settings) == 0 {
		return nil
	}
	text := func(name string) pulumi.StringPtrInput { return optional(settings[name]) }
	truth := func(name string) pulumi.BoolPtrInput {
		if settings[name] == "" {
			return nil
		}
		return pulumi.Bool(settings[name] == "true")
	}
	return &containerservice.ManagedClusterPropertiesAutoScalerProfileArgs{
		BalanceSimilarNodeGroups:          text("balance-similar-node-groups"),
		DaemonsetEvictionForEmptyNodes:    truth("daemonset-eviction-for-empty-nodes"),
		DaemonsetEvictionForOccupiedNodes: truth("daemonset-eviction-for-occupied-nodes"),
		Expander:                          text("expander"),
		IgnoreDaemonsetsUtilization:       truth("ignore-daemonsets-utilization"),
		MaxEmptyBulkDelete:                text("max-empty-bulk-delete"),
		MaxGracefulTerminationSec:         text("max-graceful-termination-sec"),
		MaxNodeProvisionTime:              text("max-node-provision-time"),
		MaxTotalUnreadyPercentage:         text("max-total-unready-percentage"),
		NewPodScaleUpDelay:                text("new-pod-scale-up-delay"),
		OkTotalUnreadyCount:               text("ok-total-unready-count"),
		ScaleDownDelayAfterAdd:            text("scale-down-delay-after-add"),
		ScaleDownDelayAfterDelete:         text("scale-down-delay-after-delete"),
		ScaleDownDelayAfterFailure:        text("scale-down-delay-after-failure"),
		ScaleDownUnneededTime:             text("scale-down-unneeded-time"),
		ScaleDownUnreadyTime:              text("scale-down-unready-time"),
		ScaleDownUtilizationThreshold:     text("scale-down-utilization-threshold"),
		ScanInterval:                      text("scan-interval"),
		SkipNodesWithLocalStorage:         text("skip-nodes-with-local-storage"),
		SkipNodesWithSystemPods:           text("skip-nodes-with-system-pods"),
	}
}

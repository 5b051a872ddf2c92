// Package stack composes the components of package infra into the stack that
// the settings describe. [Deploy] is what main.go hands to Pulumi, and what
// the sandbox runs: nothing in it knows which of the two it is.
//
// It refuses what package settings refuses, before anything is registered, and
// what the compiled policy says Azure would refuse.
//
// The stack's outputs stay compatible: firewallPublicIps, firewallPrivateIp,
// firewallPolicyId, clusterName, clusterFqdn, nodeSubnetId, routeTableId, and
// kubeconfig when the settings ask for it. With several clusters the cluster
// outputs are the first one's, and clusters holds them by name.
package stack

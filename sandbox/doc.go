// Package sandbox lets the real Pulumi engine preview, bring up, refresh and
// destroy a stack with no Azure account: it serves the azure-native provider
// in process ([provider]) in front of a strict stand-in for Azure ([azure])
// and points the engine at it.
//
// It knows nothing of this project's own rooms: the settings, the rules and
// the components are checked against Azure's models, order and conflicts, not
// against themselves. What it refuses is listed in the packages below it.
//
// State is kept in one folder a stack: the engine's state, a copy of the stack
// file, and the world, the resources that the stand-in holds. Nothing outside
// that folder is written.
//
// [provider]: github.com/aks-egress/aks-egress/sandbox/provider
// [azure]: github.com/aks-egress/aks-egress/sandbox/azure
package sandbox

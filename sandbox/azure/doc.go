// Package azure is a stand-in for Azure Resource Manager.
package azure

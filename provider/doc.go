// Package provider is the component plugin: the lockdown for programs in every
// language that Pulumi speaks.
//
// # What it has
//
// The component Lockdown: the stack that [stack.Deploy] makes, below one
// resource, from the settings of package spec. Its parts, each made by package
// infra from the same settings and wires. The functions checkFlows and reach:
// what its firewall lets through, without anything being deployed.
//
// # The schema
//
// [Schema] makes it from [spec.Keys]: a key is described in one place. What
// another resource may give (IDs, tags, tenants, the principal's secret) is an
// Input; everything else is plain, because it decides what is built. Defaults
// stand in the descriptions and not in the schema's own field: an SDK would send
// them, and for some keys (firewall.existingFirewallId) it matters whether
// another one is written.
//
// # Without pulumi-go-provider
//
// The protocol is spoken directly, with the provider package of Pulumi's SDK.
// The inference of pulumi-go-provider checks nothing that it is handed and makes
// the schema from structs that it can copy into: the settings would have to be
// written as structs once more, and read strictly all the same.
//
// # What it refuses
//
// What a settings file refuses, all at once, with paths in the component's own
// terms (egress[0].fqdns[1]), before anything is registered; outputs and secrets
// where a plain value is needed; a second Lockdown in a program; settings as
// configuration of the plugin, which nobody would read.
//
// # What stays compatible
//
// The schema (schema.json is golden), type tokens and the children's names.
package provider

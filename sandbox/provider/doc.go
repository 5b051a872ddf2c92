// Package provider stands in for the azure-native provider, version 2.92, in the process of the
// sandbox: a gRPC server that speaks the Pulumi provider protocol, to which the real engine is
// pointed with PULUMI_DEBUG_PROVIDERS=azure-native:PORT. Behind it stands whatever implements
// [Azure].
//
// It behaves as azure-native does where a program, a preview or a refresh can see it: automatic names
// and locations, which changes replace and whether the old resource goes first, previews with unknown
// values, drift applied to the old inputs, children of a virtual network or route table kept when an
// update does not mention them, secret __inputs in the outputs, a resource that is gone counted as
// deleted. A write that Azure accepted and that failed, or took too long, is kept in the state with its
// error, and written again by the next update; one whose result cannot be read is kept as its answer
// said, with a warning. Sources: pulumi/pulumi-azure-native, provider/pkg/provider/provider.go and diff.go,
// provider/pkg/gen/replacement.go, provider/pkg/resources/resources.go, provider/pkg/provider/crud/crud.go,
// provider/pkg/azure/client_azcore.go, read 2026-11.
//
// It is stricter where leniency would hide a mistake, and refuses:
//
//   - a resource type or function it does not know: never an echo;
//   - properties that azure-native's SDK does not have, and read-only ones, in Check (azure-native
//     leaves them out in silence);
//   - to repeat a request that Azure answers with 409 AnotherOperationInProgress, 429, 500 or 503:
//     azure-native repeats them up to three times, after 20, 60 and 120 seconds, and a program that
//     leans on that is one whose order is wrong, or that nobody has tried on a day when Azure goes on
//     like that. What got no answer, or a gateway's, is repeated here too, without a wait: whether it
//     was carried out is not known.
//
// What it leaves out: the functions and resource types that no stack here uses, default values that
// azure-native restores for removed properties, and arrays that azure-native compares by key
// (x-ms-identifiers).
//
// Tokens without an API version get the newest version here, as azure-native's own defaults are
// older than what the sandbox knows. The modules privatedns and monitor are those of SDK v3, whose
// defaults are the versions that these have here (read in SDK v3.16.0 for privatedns, 2026-11).
//
// What stays compatible: [Azure], [Options] and [Server].
package provider

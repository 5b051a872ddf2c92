// Package arm speaks Azure Resource Manager's REST interface over HTTP in front of a world of package
// azure, so that any client of Azure's can use the sandbox: its SDKs, its command lines, other tools.
//
//	h := arm.New(world, arm.Options{})
//	http.ListenAndServe("127.0.0.1:0", h)
//
// [Serve] does that, announces itself on standard output, and ends with its context.
//
// # What it answers
//
//   - Resources: PUT, PATCH (the tags, or all of it where Azure patches all; done when answered), GET, HEAD, DELETE, and
//     POST for actions; lists by subscription, resource group, parent and scope, in pages
//     ($top, $skiptoken, nextLink).
//   - Long-running operations: a write answers 201, 200 or 202 with Azure-AsyncOperation, a DELETE with
//     Location as well, and Retry-After; meanwhile the resource shows Creating, Updating or Deleting.
//   - Conditions: If-Match and If-None-Match; ETag.
//   - Errors as {"error": {"code", "message", "target", "details"}}.
//   - What clients ask before they start: /metadata/endpoints, OpenID configurations, tokens for
//     anybody, /tenants, /subscriptions, /locations, /providers.
//
// Every API version that Microsoft lists for a type is answered. A body is held against the nearest model
// that package model has, whose version the header x-sandbox-model names. A type that nobody knows is
// 404 SandboxUnknownType, unless the world takes unknown types.
//
// # What it refuses
//
// Addresses that are not loopback: anybody gets a token here.
//
// # What stays compatible
//
// The header x-sandbox-model, the line that [Serve] writes, and the codes that begin with Sandbox.
package arm

// Package model knows Azure's resource types at exact API versions: which properties a request body
// may have, of which type, in which range, and which must be there.
//
// It is the part of the sandbox that says no. [Resource.Check] checks a request body against Azure's
// type and refuses a property Azure does not have, a value of the wrong type or outside its enum,
// range, length or pattern, a read-only property that is set, a required one that is missing and a
// wrong discriminator; it reports every fault with the property's path. An enum that Azure may
// extend without a new API version is held to the values known here as well.
//
// Azure wraps most of an object's properties in a bag named "properties"; the azure-native provider
// empties that bag, at every depth. [Resource.Body] turns inputs as azure-native's SDK spells them
// into the body that Azure gets, [Resource.Outputs] turns Azure's answer into outputs as the SDK
// spells them, and [Resource.Inputs] keeps of such outputs what can be an input. Rule collections
// are untyped in the SDK, and pass through Body as they are: Check, as Azure, looks into them.
//
// [Resource.Take] reads a body as Azure does, which is less strict, and [Nearest] finds the model that
// a request at any of Azure's versions ([Versions]) is held against.
//
// [Resource.Lift] turns what `az … show` prints, which empties the bags as well, into Azure's own form,
// and [Resource.CheckExisting] checks a resource that is there already, so that read-only properties
// are set.
//
// A value that is not known yet, as in a preview, is an [Unknown]: it fits everywhere.
// [Resource.Preview] says what is known of a resource that does not exist, [Resource.Describe] lists
// its properties for a schema.
//
// The types are facts from Microsoft (https://github.com/Azure/bicep-types-az, MIT licence,
// © Microsoft Corporation, commit 1f896de2), condensed by sandbox/model/gen into types.txt, and the
// versions that there are into versions.txt. To add a resource type or an API version, add it to the generator's list and run
//
//	go run ./sandbox/model/gen DIR
//
// with DIR holding the types.json files of that repository for the namespaces and versions listed, and
// its index.json.
//
// What stays compatible: paths are written as in Azure's own error messages,
// properties.ipConfigurations[0].name, and a path given by Body is written as the SDK spells it.
package model
